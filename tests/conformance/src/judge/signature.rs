//! Whether a signed document is signed: the signature holds over exactly these bytes, by the key of the certificate that
//! travels with it. Chains, periods and revocation are not judged here: the judge does not use the judged's own checks.

use eush_sign::PublicKey;
use eush_sign::cms::SignedData;
use prost_reflect::DynamicMessage;

use crate::play::authority::TestAuthority;
use crate::play::x509::{self, Holder};

/// Who signed.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) holder: Holder,
    pub(crate) leaf: Vec<u8>,
}

/// Verifies the signature of an `eush.bus.v1.SignedDocument`.
pub(crate) fn verify(document: &DynamicMessage) -> Result<Signed, String> {
    let bytes = |name: &str| {
        document.get_field_by_name(name).and_then(|value| value.as_bytes().cloned()).unwrap_or_default()
    };
    verify_detached(&bytes("content"), &bytes("signature"))
}

/// Verifies a detached signature with exactly one signer.
pub(crate) fn verify_detached(content: &[u8], signature: &[u8]) -> Result<Signed, String> {
    verify_cms(Some(content), signature)
}

/// Verifies a signature; the content is within where none is given.
pub(crate) fn verify_cms(content: Option<&[u8]>, signature: &[u8]) -> Result<Signed, String> {
    if signature.is_empty() {
        return Err("there is no signature".to_owned());
    }
    let data =
        SignedData::parse(signature).map_err(|error| format!("the signature cannot be read: {error}"))?;
    let [signer] = data.signers() else {
        return Err(format!("it has {} signers, expected one", data.signers().len()));
    };
    let candidates = data.candidates(signer);
    let Some(leaf) = candidates.first() else {
        return Err("the signer's certificate does not travel with the signature".to_owned());
    };
    let holder =
        x509::holder(leaf).map_err(|error| format!("the signer's certificate cannot be read: {error}"))?;
    let key = PublicKey::from_spki_der(&holder.spki)
        .map_err(|error| format!("the signer's key cannot be read: {error}"))?;
    data.verify_signer(0, content, &key).map_err(|error| format!("the signature does not hold: {error}"))?;
    Ok(Signed { holder, leaf: leaf.to_vec() })
}

/// What is wrong with a result's signature: it must hold, name the provider that the result names, and be made with a
/// key of the runner's authority where the subject has its keys from there.
pub(crate) fn result(document: &DynamicMessage, issued: Option<&TestAuthority>) -> Vec<String> {
    let signed = match verify(document) {
        Ok(signed) => signed,
        Err(fault) => return vec![fault],
    };
    let mut findings = Vec::new();
    let view = crate::words::to_json(document);
    let provider = view["decoded"]["provider_bin"].as_str().unwrap_or_default();
    if signed.holder.bin != provider {
        findings.push("the signer's certificate has another BIN than the result's provider".to_owned());
    }
    if issued.is_some_and(|authority| !authority.knows(&signed.leaf)) {
        findings.push("the signer's certificate is none that the runner's authority gave out".to_owned());
    }
    findings
}
