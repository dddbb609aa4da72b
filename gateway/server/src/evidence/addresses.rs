//! Which addresses that a certificate names may be used.
//!
//! Whoever writes a certificate writes addresses into it. A gateway that called any of them could be sent to call services
//! inside its own network, so only what lies under a configured address counts.

use http::Uri;

/// Addresses under which certificates may send us.
#[derive(Clone, Debug)]
pub(super) struct AllowList(Vec<Uri>);

impl AllowList {
    pub(super) fn new(under: Vec<Uri>) -> Self {
        Self(under)
    }

    /// Those of the addresses that may be used, in their order.
    pub(super) fn of(&self, named: &[String]) -> Vec<Uri> {
        named.iter().filter_map(|text| self.allowed(text)).collect()
    }

    /// As texts, for people.
    pub(super) fn show(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    fn allowed(&self, text: &str) -> Option<Uri> {
        let address: Uri = text.parse().ok()?;
        let authority = address.authority()?;
        // A name before `@` is there to mislead, and `..` may climb out of where the address seems to lie.
        let odd = authority.as_str().contains('@')
            || address.path().split('/').any(|part| part == ".." || part.contains('%'));
        (!odd && self.0.iter().any(|base| is_under(&address, base))).then_some(address)
    }
}

fn is_under(address: &Uri, base: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    let port = |uri: &Uri| uri.port_u16().unwrap_or(80);
    let folder = base.path().trim_end_matches('/');
    let below =
        address.path().strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    address.scheme_str() == Some("http")
        && base.scheme_str() == Some("http")
        && host(address).is_some()
        && host(address) == host(base)
        && port(address) == port(base)
        && below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_under_an_address_is_allowed() {
        let base = |text: &str| text.parse::<Uri>().unwrap();
        let list = AllowList::new(vec![base("http://127.0.0.1:7072"), base("http://pki.example/public/")]);
        for good in [
            "http://127.0.0.1:7072/crl/gost.crl",
            "http://127.0.0.1:7072",
            "http://pki.example/public/ocsp",
            "http://PKI.example:80/public/ocsp/",
            "http://pki.example/public",
        ] {
            assert!(list.allowed(good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:7073/crl/gost.crl",
            "https://127.0.0.1:7072/crl/gost.crl",
            "http://127.0.0.1.example:7072/",
            "http://127.0.0.1:7072@example/",
            "http://somebody@127.0.0.1:7072/",
            "http://pki.example/publication",
            "http://pki.example/private",
            "http://pki.example/public/../private",
            "http://pki.example/public/%2e%2e/private",
            "http://pki.example.kz/public/",
            "ldap://pki.example/public/",
            "/public/ocsp",
            "pki.example",
            "",
        ] {
            assert!(list.allowed(bad).is_none(), "{bad}");
        }
        assert!(AllowList::new(Vec::new()).of(&["http://127.0.0.1/".to_owned()]).is_empty());
    }
}
