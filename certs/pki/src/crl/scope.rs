//! Which certificates and reasons a list speaks of: issuing distribution point and distribution points (RFC 5280, 5.2.5,
//! 4.2.1.13, and the matching of 6.3.3 (b)).

use eush_sign::asn1::{DerError, Reader, Tlv, named_bits, tag, writer};

use super::CrlError;
use crate::certificate::Certificate;
use crate::certificate::extensions::DistributionPoint;
use crate::certificate::general_name::GeneralName;
use crate::name::DistinguishedName;

/// Reasons as bits, numbered as in ReasonFlags; bit 0 is unused.
pub type Reasons = u16;

/// Every reason that a list can be about.
pub const ALL_REASONS: Reasons = 0b1_1111_1110;

/// Holders that a list is limited to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holders {
    /// Not limited.
    #[default]
    Any,
    /// Authorities only.
    Authorities,
    /// Everybody but authorities.
    Users,
}

/// What a list speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Holders that it is limited to.
    pub holders: Holders,
    /// Reasons that it is limited to.
    pub reasons: Reasons,
    /// Whether it speaks of other issuers' certificates too.
    pub indirect: bool,
    /// Names of the point that it is published at; `None` where it names none.
    pub point: Option<Vec<GeneralName>>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { holders: Holders::Any, reasons: ALL_REASONS, indirect: false, point: None }
    }
}

impl Scope {
    pub(super) fn read(value: &[u8], issuer: &DistinguishedName) -> Result<Self, CrlError> {
        let mut reader = Reader::whole(value, tag::SEQUENCE)?.reader();
        let mut scope = Self::default();
        if let Some(name) = reader.optional(tag::context_constructed(0))? {
            scope.point = Some(point_name(&name, issuer)?);
        }
        let (users, authorities) = (flag(&mut reader, 1)?, flag(&mut reader, 2)?);
        let reasons = reader.optional(tag::context(3))?;
        let (indirect, attributes) = (flag(&mut reader, 4)?, flag(&mut reader, 5)?);
        reader.finish()?;
        scope.holders = match (users, authorities, attributes) {
            (false, false, false) => Holders::Any,
            (true, false, false) => Holders::Users,
            (false, true, false) => Holders::Authorities,
            // Attribute certificates only, or a contradiction: nobody whom we judge is meant.
            _ => return Err(CrlError::Partial),
        };
        if let Some(tlv) = reasons {
            scope.reasons = reason_flags(&tlv)?;
        }
        scope.indirect = indirect;
        Ok(scope)
    }

    /// The reasons for which a list of this scope and issuer tells about a certificate; 0 where it tells nothing.
    pub fn covers(&self, list_issuer: &DistinguishedName, certificate: &Certificate) -> Reasons {
        let authority = certificate.extensions().basic_constraints.is_some_and(|constraints| constraints.ca);
        let holder = match self.holders {
            Holders::Any => true,
            Holders::Authorities => authority,
            Holders::Users => !authority,
        };
        if !holder {
            return 0;
        }
        let points = &certificate.extensions().distribution_points;
        // Whoever asks has tied the list to the issuer's key already; the spelling of its name may differ from what the
        // certificate writes.
        let direct = list_issuer.is_same(certificate.issuer_dn());
        let meant = points.iter().filter(|point| self.is_meant(point, list_issuer, direct));
        let by_points = meant.fold(0, |reasons, point| reasons | (point.reasons & self.reasons));
        // A complete list of the issuer itself tells about all of its certificates, whether they name a point or not.
        let by_issuer = if direct && self.point.is_none() { self.reasons } else { 0 };
        by_points | by_issuer
    }

    fn is_meant(&self, point: &DistributionPoint, list_issuer: &DistinguishedName, direct: bool) -> bool {
        let named = point
            .issuers
            .iter()
            .any(|name| matches!(name, GeneralName::Directory(name) if name.is_same(list_issuer)));
        let issuer_fits = if point.issuers.is_empty() { direct } else { named && self.indirect };
        issuer_fits
            && match &self.point {
                None => true,
                Some(names) => {
                    // A point without a name of its own is known by its issuer's.
                    let own = if point.names.is_empty() { &point.issuers } else { &point.names };
                    names.iter().any(|name| own.contains(name))
                }
            }
    }
}

fn flag(reader: &mut Reader<'_>, number: u8) -> Result<bool, DerError> {
    match reader.optional(tag::context(number))? {
        None => Ok(false),
        Some(tlv) if tlv.value == [0xff] => Ok(true),
        Some(_) => Err(DerError::Boolean),
    }
}

/// ReasonFlags as bits.
pub(crate) fn reason_flags(tlv: &Tlv<'_>) -> Result<Reasons, DerError> {
    Ok(named_bits(tlv.value)? & ALL_REASONS)
}

/// DistributionPointName: full names, or one relative to the issuer of lists.
pub(crate) fn point_name(
    explicit: &Tlv<'_>,
    issuer: &DistinguishedName,
) -> Result<Vec<GeneralName>, DerError> {
    let mut reader = explicit.reader();
    let choice = reader.any()?;
    reader.finish()?;
    match choice.tag {
        0xa0 => GeneralName::read_all(choice.value),
        0xa1 => {
            let relative = writer::tlv(tag::SET, choice.value);
            let base = Reader::whole(issuer.der(), tag::SEQUENCE)?.value;
            let name = DistinguishedName::parse(&writer::sequence([base, &relative]))?;
            Ok(vec![GeneralName::Directory(name)])
        }
        found => Err(DerError::Tag { expected: 0xa0, found }),
    }
}
