//! Constraints that an authority's certificate puts on everything below it (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.10,
//! 4.2.1.11, 4.2.1.14), and the policies that certificates name.

use eush_sign::asn1::{DerError, Reader, Tlv, tag};
use eush_sign::oids::Oid;

use super::general_name::GeneralName;

/// anyPolicy.
pub const ANY_POLICY: Oid = Oid::new_unwrap("2.5.29.32.0");

/// nameConstraints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// Names below must lie within one of these of their form, where there is one.
    pub permitted: Vec<GeneralName>,
    /// Names below must not lie within any of these.
    pub excluded: Vec<GeneralName>,
}

/// policyConstraints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// After so many more certificates an explicit policy is demanded.
    pub require_explicit_policy: Option<u32>,
    /// After so many more certificates mappings do not count.
    pub inhibit_policy_mapping: Option<u32>,
}

const MAX: usize = 256;

fn counted(count: usize, what: &'static str) -> Result<(), DerError> {
    if (1..=MAX).contains(&count) { Ok(()) } else { Err(DerError::Value { what }) }
}

pub(super) fn policies(value: &[u8]) -> Result<Vec<Oid>, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let mut policies = Vec::new();
    while !reader.is_empty() {
        let policy = reader.sequence()?.oid()?;
        if policies.contains(&policy) {
            return Err(DerError::Value { what: "each policy once" });
        }
        policies.push(policy);
        counted(policies.len(), "at most 256 policies")?;
    }
    counted(policies.len(), "at least one policy")?;
    Ok(policies)
}

/// Pairs of issuer's and subject's policy. Mapping from or to anyPolicy is refused on sight.
pub(super) fn policy_mappings(value: &[u8]) -> Result<Vec<(Oid, Oid)>, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let mut mappings = Vec::new();
    while !reader.is_empty() {
        let mut mapping = reader.sequence()?;
        let pair = (mapping.oid()?, mapping.oid()?);
        mapping.finish()?;
        mappings.push(pair);
        counted(mappings.len(), "at most 256 mappings")?;
    }
    counted(mappings.len(), "at least one mapping")?;
    Ok(mappings)
}

// An INTEGER under an implicit tag.
fn skip_certificates(tlv: &Tlv<'_>) -> Result<u32, DerError> {
    let integer = eush_sign::asn1::writer::tlv(tag::INTEGER, tlv.value);
    Reader::new(&integer).small()
}

pub(super) fn policy_constraints(value: &[u8]) -> Result<PolicyConstraints, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let require = reader.optional(tag::context(0))?;
    let inhibit = reader.optional(tag::context(1))?;
    reader.finish()?;
    if require.is_none() && inhibit.is_none() {
        return Err(DerError::Value { what: "at least one constraint" });
    }
    Ok(PolicyConstraints {
        require_explicit_policy: require.as_ref().map(skip_certificates).transpose()?,
        inhibit_policy_mapping: inhibit.as_ref().map(skip_certificates).transpose()?,
    })
}

pub(super) fn inhibit_any_policy(value: &[u8]) -> Result<u32, DerError> {
    let mut reader = Reader::new(value);
    let skip = reader.small()?;
    reader.finish()?;
    Ok(skip)
}

pub(super) fn name_constraints(value: &[u8]) -> Result<NameConstraints, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let permitted = reader.optional(tag::context_constructed(0))?;
    let excluded = reader.optional(tag::context_constructed(1))?;
    reader.finish()?;
    if permitted.is_none() && excluded.is_none() {
        return Err(DerError::Value { what: "at least one subtree" });
    }
    Ok(NameConstraints {
        permitted: permitted.as_ref().map(subtrees).transpose()?.unwrap_or_default(),
        excluded: excluded.as_ref().map(subtrees).transpose()?.unwrap_or_default(),
    })
}

fn subtrees(list: &Tlv<'_>) -> Result<Vec<GeneralName>, DerError> {
    let mut reader = list.reader();
    let mut names = Vec::new();
    while !reader.is_empty() {
        let mut subtree = reader.sequence()?;
        names.push(GeneralName::read(&subtree.any()?)?);
        // RFC 5280 allows minimum 0 only, which DER does not write, and no maximum.
        subtree.finish()?;
        counted(names.len(), "at most 256 subtrees")?;
    }
    counted(names.len(), "at least one subtree")?;
    Ok(names)
}
