//! Extensions of certificates, read strictly. What is not understood is remembered if it is critical.

use eush_domain::CertificateRole;
use eush_sign::asn1::{DerError, Reader, Tlv, named_bits, tag};
use eush_sign::oids::Oid;

use super::ParseError;
use super::constraints::{self, NameConstraints, PolicyConstraints};
use super::general_name::GeneralName;
use crate::crl::scope::{self, Reasons};
use crate::name::DistinguishedName;

/// Object identifiers of extensions.
pub mod oid {
    use eush_sign::oids::Oid;

    /// subjectKeyIdentifier.
    pub const SUBJECT_KEY_ID: Oid = Oid::new_unwrap("2.5.29.14");
    /// keyUsage.
    pub const KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.15");
    /// subjectAltName.
    pub const SUBJECT_ALT_NAME: Oid = Oid::new_unwrap("2.5.29.17");
    /// issuerAltName.
    pub const ISSUER_ALT_NAME: Oid = Oid::new_unwrap("2.5.29.18");
    /// basicConstraints.
    pub const BASIC_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.19");
    /// nameConstraints.
    pub const NAME_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.30");
    /// cRLDistributionPoints.
    pub const CRL_DISTRIBUTION_POINTS: Oid = Oid::new_unwrap("2.5.29.31");
    /// certificatePolicies.
    pub const CERTIFICATE_POLICIES: Oid = Oid::new_unwrap("2.5.29.32");
    /// policyMappings.
    pub const POLICY_MAPPINGS: Oid = Oid::new_unwrap("2.5.29.33");
    /// authorityKeyIdentifier.
    pub const AUTHORITY_KEY_ID: Oid = Oid::new_unwrap("2.5.29.35");
    /// policyConstraints.
    pub const POLICY_CONSTRAINTS: Oid = Oid::new_unwrap("2.5.29.36");
    /// extKeyUsage.
    pub const EXTENDED_KEY_USAGE: Oid = Oid::new_unwrap("2.5.29.37");
    /// freshestCRL.
    pub const FRESHEST_CRL: Oid = Oid::new_unwrap("2.5.29.46");
    /// inhibitAnyPolicy.
    pub const INHIBIT_ANY_POLICY: Oid = Oid::new_unwrap("2.5.29.54");
    /// authorityInfoAccess.
    pub const AUTHORITY_INFO_ACCESS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.1.1");
    /// Access method of OCSP.
    pub const ACCESS_OCSP: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1");
    /// Access method of issuers' certificates.
    pub const ACCESS_CA_ISSUERS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.2");
}

/// basicConstraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub ca: bool,
    /// Most intermediates below, where it is limited.
    pub path_length: Option<u32>,
}

/// authorityKeyIdentifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityKeyId {
    /// Issuer's key identifier; 20 bytes today, 4 in old Kazakh certificates.
    pub key_id: Option<Vec<u8>>,
    /// Issuer's issuer, as the Name's DER, and serial number without leading zeros. A hint and nothing more.
    pub issuer_and_serial: Option<(Vec<u8>, Vec<u8>)>,
}

/// One point of cRLDistributionPoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionPoint {
    /// Where the list is; empty where only its issuer is named.
    pub names: Vec<GeneralName>,
    /// Reasons that the list there is about.
    pub reasons: Reasons,
    /// Who issues the list, where that is not the certificate's issuer.
    pub issuers: Vec<GeneralName>,
}

/// What a certificate's extensions say. Absent ones are `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage: bits of [`super::key_usage`].
    pub key_usage: Option<u16>,
    /// extKeyUsage, in order; `None` where absent.
    pub extended_key_usage: Option<Vec<Oid>>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// authorityKeyIdentifier.
    pub authority_key_id: Option<AuthorityKeyId>,
    /// cRLDistributionPoints.
    pub distribution_points: Vec<DistributionPoint>,
    /// URIs of cRLDistributionPoints.
    pub crl_urls: Vec<String>,
    /// URIs of freshestCRL.
    pub delta_crl_urls: Vec<String>,
    /// URIs of the OCSP responder.
    pub ocsp_urls: Vec<String>,
    /// URIs of issuers' certificates.
    pub issuer_urls: Vec<String>,
    /// Policies of certificatePolicies, in order; `None` where absent.
    pub policies: Option<Vec<Oid>>,
    /// policyMappings: issuer's and subject's policy.
    pub policy_mappings: Vec<(Oid, Oid)>,
    /// policyConstraints.
    pub policy_constraints: PolicyConstraints,
    /// inhibitAnyPolicy: after so many more certificates anyPolicy does not count.
    pub inhibit_any_policy: Option<u32>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// subjectAltName.
    pub subject_alt_names: Vec<GeneralName>,
    /// Critical extensions that are not understood: any one refuses.
    pub unhandled: Vec<Oid>,
    /// Other extensions that are not read here, by their mere presence.
    pub unknown: Vec<Oid>,
}

impl Extensions {
    const MAX: usize = 64;

    pub(super) fn read<'a>(
        all: impl Iterator<Item = (&'a [u8], bool, &'a [u8])>,
        issuer: &DistinguishedName,
    ) -> Result<Self, ParseError> {
        let mut read = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        for (bytes, critical, value) in all {
            if seen.contains(&bytes) {
                return Err(ParseError::ExtensionTwice { oid: dotted(bytes) });
            }
            seen.push(bytes);
            if seen.len() > Self::MAX {
                return Err(DerError::Value { what: "at most 64 extensions" }.into());
            }
            // An identifier too long for the type is none that we understand; it matters only if it is critical.
            let oid = Oid::from_bytes(bytes).unwrap_or(UNREADABLE);
            read.take(oid, critical, value, issuer)
                .map_err(|source| ParseError::Extension { oid: oid.to_string(), source })?;
        }
        Ok(read)
    }

    fn take(
        &mut self,
        oid: Oid,
        critical: bool,
        value: &[u8],
        issuer: &DistinguishedName,
    ) -> Result<(), DerError> {
        match oid {
            oid::BASIC_CONSTRAINTS => self.basic_constraints = Some(basic_constraints(value)?),
            oid::KEY_USAGE => self.key_usage = Some(key_usage(value)?),
            oid::EXTENDED_KEY_USAGE => self.extended_key_usage = Some(oids(value)?),
            oid::SUBJECT_KEY_ID => {
                self.subject_key_id = Some(Reader::whole(value, tag::OCTET_STRING)?.value.to_vec());
            }
            oid::AUTHORITY_KEY_ID => self.authority_key_id = Some(authority_key_id(value)?),
            oid::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = distribution_points(value, issuer)?;
                self.crl_urls = urls(&self.distribution_points);
            }
            oid::FRESHEST_CRL => self.delta_crl_urls = urls(&distribution_points(value, issuer)?),
            oid::AUTHORITY_INFO_ACCESS => {
                self.ocsp_urls = access_urls(value, oid::ACCESS_OCSP)?;
                self.issuer_urls = access_urls(value, oid::ACCESS_CA_ISSUERS)?;
            }
            oid::CERTIFICATE_POLICIES => self.policies = Some(constraints::policies(value)?),
            oid::POLICY_MAPPINGS => self.policy_mappings = constraints::policy_mappings(value)?,
            oid::POLICY_CONSTRAINTS => self.policy_constraints = constraints::policy_constraints(value)?,
            oid::INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(constraints::inhibit_any_policy(value)?);
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(constraints::name_constraints(value)?),
            oid::SUBJECT_ALT_NAME => {
                let names = Reader::whole(value, tag::SEQUENCE)?.value;
                self.subject_alt_names = GeneralName::read_all(names)?;
            }
            oid::ISSUER_ALT_NAME => {}
            other if critical => self.unhandled.push(other),
            other => self.unknown.push(other),
        }
        Ok(())
    }

    /// Roles by extended key usage, in order.
    pub fn roles(&self) -> Vec<CertificateRole> {
        let usages = self.extended_key_usage.iter().flatten();
        usages.filter_map(|oid| CertificateRole::from_oid(&oid.to_string())).collect()
    }
}

// Stands for identifiers beyond the type's 39 bytes: an arc of the standards body that nobody uses.
const UNREADABLE: Oid = Oid::new_unwrap("2.25.0");

fn dotted(bytes: &[u8]) -> String {
    Oid::from_bytes(bytes).map_or_else(|_| crate::finding::hex(bytes), |oid| oid.to_string())
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let ca = match reader.peek() {
        // DER does not write a default, yet old certificates spell out `false`; it means the same.
        Some(tag::BOOLEAN) => reader.boolean()?,
        Some(_) | None => false,
    };
    let path_length = match reader.peek() {
        Some(tag::INTEGER) => Some(reader.small()?),
        Some(_) | None => None,
    };
    reader.finish()?;
    if path_length.is_some() && !ca {
        return Err(DerError::Value { what: "a path length for authorities only" });
    }
    Ok(BasicConstraints { ca, path_length })
}

fn key_usage(value: &[u8]) -> Result<u16, DerError> {
    let usage = named_bits(Reader::whole(value, tag::BIT_STRING)?.value)?;
    if usage == 0 { Err(DerError::Value { what: "at least one key usage" }) } else { Ok(usage) }
}

fn oids(value: &[u8]) -> Result<Vec<Oid>, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let mut oids = Vec::new();
    while !reader.is_empty() {
        oids.push(reader.oid()?);
    }
    if oids.is_empty() { Err(DerError::Value { what: "at least one usage" }) } else { Ok(oids) }
}

pub(crate) fn authority_key_id(value: &[u8]) -> Result<AuthorityKeyId, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let key_id = reader.optional(tag::context(0))?.map(|tlv| tlv.value.to_vec());
    let issuer = reader.optional(tag::context_constructed(1))?;
    let serial = reader.optional(tag::context(2))?;
    reader.finish()?;
    let issuer_and_serial = match (issuer, serial) {
        (Some(issuer), Some(serial)) => directory_name(&issuer)?.map(|name| {
            let skip = serial.value.iter().take_while(|&&byte| byte == 0).count();
            (name, serial.value[skip..].to_vec())
        }),
        (None, None) => None,
        _ => return Err(DerError::Value { what: "issuer and serial number together" }),
    };
    Ok(AuthorityKeyId { key_id, issuer_and_serial })
}

// The first directoryName of GeneralNames.
fn directory_name(names: &Tlv<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let mut reader = names.reader();
    while !reader.is_empty() {
        let name = reader.any()?;
        if name.tag == tag::context_constructed(4) {
            return Ok(Some(Reader::whole(name.value, tag::SEQUENCE)?.raw.to_vec()));
        }
    }
    Ok(None)
}

fn distribution_points(value: &[u8], issuer: &DistinguishedName) -> Result<Vec<DistributionPoint>, DerError> {
    let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
    let mut points = Vec::new();
    while !reader.is_empty() {
        let mut point = reader.sequence()?;
        let name = point.optional(tag::context_constructed(0))?;
        let reasons = point.optional(tag::context(1))?;
        let issuers = match point.optional(tag::context_constructed(2))? {
            Some(names) => GeneralName::read_all(names.value)?,
            None => vec![],
        };
        point.finish()?;
        // A relative name continues the name of whoever issues the list.
        let base = issuers.iter().find_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            GeneralName::Dns(_)
            | GeneralName::Email(_)
            | GeneralName::Ip(_)
            | GeneralName::Other(_)
            | GeneralName::Uri(_) => None,
        });
        let names = match &name {
            Some(name) => scope::point_name(name, base.unwrap_or(issuer))?,
            None => vec![],
        };
        if names.is_empty() && issuers.is_empty() {
            return Err(DerError::Value { what: "a name of the point or of its issuer" });
        }
        let reasons = reasons.as_ref().map_or(Ok(scope::ALL_REASONS), scope::reason_flags)?;
        points.push(DistributionPoint { names, reasons, issuers });
    }
    if points.is_empty() { Err(DerError::Value { what: "at least one point" }) } else { Ok(points) }
}

fn urls(points: &[DistributionPoint]) -> Vec<String> {
    let names = points.iter().flat_map(|point| &point.names);
    names.filter_map(GeneralName::uri).map(str::to_owned).collect()
}

fn access_urls(value: &[u8], method: Oid) -> Result<Vec<String>, DerError> {
    let mut descriptions = Reader::whole(value, tag::SEQUENCE)?.reader();
    let mut urls = Vec::new();
    while !descriptions.is_empty() {
        let mut description = descriptions.sequence()?;
        let found = description.oid()?;
        let location = description.any()?;
        description.finish()?;
        if found == method {
            urls.extend(GeneralName::read(&location)?.uri().map(str::to_owned));
        }
    }
    Ok(urls)
}
