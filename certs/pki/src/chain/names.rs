//! Name constraints along a path (RFC 5280, 4.2.1.10 and 6.1.4 (g)).
//!
//! A constraint on a form of name that is not read here refuses every certificate that has a name of that form: nothing
//! unknown is taken for harmless.

use crate::certificate::Certificate;
use crate::certificate::constraints::NameConstraints;
use crate::certificate::general_name::GeneralName;
use crate::name::{DistinguishedName, attribute};

/// Whether every name below each constraining authority lies where it must. `path` is leaf first, anchor last; the
/// anchor's constraints count as well, as in other implementations.
pub(super) fn hold(path: &[Certificate]) -> bool {
    (1..path.len()).all(|position| match &path[position].extensions().name_constraints {
        None => true,
        Some(constraints) => path[..position].iter().enumerate().all(|(below, certificate)| {
            // Self-issued certificates in the middle are exempt: they change keys, not names.
            (below > 0 && certificate.is_self_issued()) || names_hold(certificate, constraints)
        }),
    })
}

fn names_hold(certificate: &Certificate, constraints: &NameConstraints) -> bool {
    let subject = certificate.subject_dn();
    let alternatives = &certificate.extensions().subject_alt_names;
    let mut names = alternatives.clone();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.clone()));
    }
    // Old certificates carry addresses in the subject; they count where no alternative name has one.
    if !alternatives.iter().any(|name| matches!(name, GeneralName::Email(_))) {
        names.extend(subject.all(attribute::EMAIL).map(|mail| GeneralName::Email(mail.to_owned())));
    }
    names.iter().all(|name| name_holds(name, constraints))
}

fn name_holds(name: &GeneralName, constraints: &NameConstraints) -> bool {
    let of_form = |tree: &&GeneralName| same_form(tree, name);
    let is_excluded = |tree: &GeneralName| within(name, tree) != Some(false) || stands_for(name, tree);
    if constraints.excluded.iter().filter(of_form).any(is_excluded) {
        return false;
    }
    let mut permitted = constraints.permitted.iter().filter(of_form).peekable();
    permitted.peek().is_none() || permitted.any(|tree| within(name, tree) == Some(true))
}

fn same_form(tree: &GeneralName, name: &GeneralName) -> bool {
    match (tree, name) {
        (GeneralName::Other(tree), GeneralName::Other(name)) => tree == name,
        (tree, name) => std::mem::discriminant(tree) == std::mem::discriminant(name),
    }
}

/// Whether a name lies within a subtree of the same form; `None` where that cannot be told.
fn within(name: &GeneralName, tree: &GeneralName) -> Option<bool> {
    match (name, tree) {
        (GeneralName::Directory(name), GeneralName::Directory(tree)) => Some(directory_within(name, tree)),
        (GeneralName::Dns(name), GeneralName::Dns(tree)) => dns_within(name, tree),
        (GeneralName::Email(name), GeneralName::Email(tree)) => email_within(name, tree),
        (GeneralName::Ip(name), GeneralName::Ip(tree)) => ip_within(name, tree),
        (GeneralName::Uri(name), GeneralName::Uri(tree)) => uri_within(name, tree),
        _ => None,
    }
}

fn directory_within(name: &DistinguishedName, tree: &DistinguishedName) -> bool {
    name.canonical().starts_with(tree.canonical())
}

fn dns_within(name: &str, tree: &str) -> Option<bool> {
    let (name, tree) = (name.to_ascii_lowercase(), tree.to_ascii_lowercase());
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.is_empty() {
        return None;
    }
    // A leading dot is not of the standard but common, and means subdomains only.
    if let Some(domain) = tree.strip_prefix('.') {
        return Some(name.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')));
    }
    Some(domain_within(name, &tree))
}

/// Whether a wildcard stands for a host of an excluded tree, although it lies outside: `*.kz` for `bad.kz`.
fn stands_for(name: &GeneralName, tree: &GeneralName) -> bool {
    let (GeneralName::Dns(name), GeneralName::Dns(tree)) = (name, tree) else { return false };
    let tree = tree.to_ascii_lowercase();
    name.to_ascii_lowercase().strip_prefix("*.").is_some_and(|domain| {
        tree.trim_start_matches('.').strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    })
}

fn domain_within(name: &str, domain: &str) -> bool {
    domain.is_empty()
        || name == domain
        || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
}

fn email_within(name: &str, tree: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    let host = host.to_ascii_lowercase();
    if let Some((tree_local, tree_host)) = tree.rsplit_once('@') {
        return Some(local == tree_local && host == tree_host.to_ascii_lowercase());
    }
    host_within(&host, &tree.to_ascii_lowercase())
}

// A host by itself, or with a leading dot every host below it (addresses and URIs).
fn host_within(host: &str, tree: &str) -> Option<bool> {
    if host.is_empty() {
        return None;
    }
    Some(match tree.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => tree.is_empty() || host == tree,
    })
}

fn uri_within(name: &str, tree: &str) -> Option<bool> {
    let (_, rest) = name.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // An address in place of a host name has no place in a tree of host names.
    if host.starts_with('[') {
        return None;
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host).to_ascii_lowercase();
    if host.split('.').all(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    host_within(&host, &tree.to_ascii_lowercase())
}

fn ip_within(name: &[u8], tree: &[u8]) -> Option<bool> {
    if !matches!(name.len(), 4 | 16) || !matches!(tree.len(), 8 | 32) {
        return None;
    }
    if name.len() * 2 != tree.len() {
        return Some(false);
    }
    let (network, mask) = tree.split_at(name.len());
    // A mask with a hole in it is none.
    let after_ones = mask.iter().skip_while(|&&byte| byte == 0xff);
    let sound = after_ones.enumerate().all(|(place, byte)| match place {
        0 => byte.leading_ones() == byte.count_ones(),
        _ => *byte == 0,
    });
    if !sound {
        return None;
    }
    Some(name.iter().zip(network).zip(mask).all(|((name, network), mask)| name & mask == network & mask))
}
