//! Responders: one for each authority, certified by it and with a key of its algorithm, made on first need.

use std::sync::Arc;

use eush_sign::SigningKey;
use eush_sign::asn1::{Reader, tag};

use crate::certificate::{Signature, Template, from_hex, hex, subject_name};
use crate::error::{PublishError, StoreError};
use crate::hierarchy::Issuer;
use crate::key;
use crate::profile::{self, ResponderPurpose};
use crate::store::lists::ResponderRow;

/// A responder, ready to sign.
#[derive(Debug)]
pub(crate) struct Responder {
    /// Name, DER.
    pub(crate) name: Vec<u8>,
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// Upper-case hex.
    pub(crate) serial: String,
    pub(crate) key: Arc<SigningKey>,
}

impl Responder {
    /// A responder of the store.
    pub(crate) fn load(row: ResponderRow) -> Result<Self, PublishError> {
        let ResponderRow { certificate, key } = row;
        let key = SigningKey::from_pkcs8_der(&key)
            .map_err(|_| StoreError::Corrupt { what: "key of a responder" })?;
        let mut tbs = Reader::whole(&certificate, tag::SEQUENCE)?.reader().sequence()?;
        let _version = tbs.optional(tag::context_constructed(0))?;
        let serial = hex(tbs.unsigned()?);
        Ok(Self { name: subject_name(&certificate)?, serial, key: Arc::new(key), certificate })
    }
}

/// Certificate of a responder's key by its authority. Its period is its authority's: virtual time may jump, and nobody
/// should have to wait for a new one.
pub(crate) fn certify(
    issuer: &Issuer,
    key: &SigningKey,
    purpose: ResponderPurpose,
    base_url: &str,
) -> Result<Vec<u8>, PublishError> {
    let serial = key::serial()?;
    let issuer_serial =
        from_hex(&issuer.serial).ok_or(StoreError::Corrupt { what: "serial number of an authority" })?;
    let context = profile::Context {
        algorithm: issuer.algorithm,
        standing: issuer.standing,
        base_url,
        serial: &serial,
        issuer_serial: &issuer_serial,
    };
    let template = Template {
        serial: &serial,
        issuer: &subject_name(&issuer.certificate)?,
        not_before: issuer.not_before,
        not_after: issuer.not_after,
        subject: &profile::responder_name(issuer.algorithm).der,
        spki: key.public_key().spki_der(),
        extensions: &context.responder(purpose),
    };
    Ok(template.sign(&issuer.key, Signature::Sound)?)
}
