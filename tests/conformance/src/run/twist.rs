//! Changes of messages that no field path can say.

use bytes::{BufMut as _, Bytes, BytesMut};
use eush_sign::cms::SignedData;
use eush_wire::bus::v1::{Attachment, SignedDocument};
use eush_wire::conformance::v1::Twist;

const MEBIBYTE: usize = 1 << 20;

/// Number of a field that no message of the contract has.
const UNKNOWN_FIELD: u32 = 19_999 - 1;

/// Bytes of a field that is unknown to every reader of today. Its text has Kazakh letters.
pub(crate) fn unknown_field() -> Vec<u8> {
    let text = "болашақ өріс".as_bytes();
    let mut bytes = BytesMut::new();
    prost::encoding::encode_key(UNKNOWN_FIELD, prost::encoding::WireType::LengthDelimited, &mut bytes);
    prost::encoding::encode_varint(text.len() as u64, &mut bytes);
    bytes.put_slice(text);
    bytes.to_vec()
}

/// Bytes that are no protobuf message: a field of a length that is not there.
pub(crate) fn garbage() -> Vec<u8> {
    vec![0x0a, 0xff, 0xff, 0xff, 0x7f, 0x00]
}

/// Twists of the whole request.
pub(crate) fn request(mut bytes: Vec<u8>, twists: &[Twist]) -> Bytes {
    for twist in twists {
        match twist {
            Twist::UnknownFields => bytes.extend(unknown_field()),
            Twist::Oversize => bytes.extend(padding(20 << 20)),
            Twist::Garbage => bytes = garbage(),
            Twist::Unspecified
            | Twist::ContentGarbage
            | Twist::FormGarbage
            | Twist::TamperContent
            | Twist::TamperSignature
            | Twist::NoSignature
            | Twist::SignatureGarbage
            | Twist::ExtraAttachment
            | Twist::LargeAttachment
            | Twist::SignAgain
            | Twist::OtherAlgorithm
            | Twist::CertificateGarbage
            | Twist::FullAttachments => {}
        }
    }
    bytes.into()
}

/// An unknown field of about this many bytes.
fn padding(length: usize) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    prost::encoding::encode_key(UNKNOWN_FIELD, prost::encoding::WireType::LengthDelimited, &mut bytes);
    prost::encoding::encode_varint(length as u64, &mut bytes);
    bytes.put_bytes(0, length);
    bytes.to_vec()
}

/// Twists of a document that has been signed.
pub(crate) fn signed(document: &mut SignedDocument, twists: &[Twist]) {
    for twist in twists {
        match twist {
            Twist::TamperContent => {
                // Another unknown field: the content stays readable, and is not what was signed.
                let mut content = document.content.to_vec();
                content.extend(unknown_field());
                document.content = content.into();
            }
            Twist::TamperSignature => {
                if let Some(last) = document.signature.last_mut() {
                    *last ^= 1;
                }
            }
            Twist::NoSignature => document.signature.clear(),
            Twist::SignatureGarbage => document.signature = b"no signed data".to_vec(),
            Twist::Unspecified
            | Twist::UnknownFields
            | Twist::Oversize
            | Twist::Garbage
            | Twist::ContentGarbage
            | Twist::FormGarbage
            | Twist::ExtraAttachment
            | Twist::LargeAttachment
            | Twist::SignAgain
            | Twist::FullAttachments => {}
            Twist::OtherAlgorithm => other_algorithm(&mut document.signature),
            Twist::CertificateGarbage => certificate_garbage(&mut document.signature),
        }
    }
}

/// Turns the last arc of the signature algorithm into one that nobody has registered. The algorithm stands right before
/// the signature's value, with or without a NULL behind it.
fn other_algorithm(signature: &mut [u8]) {
    const OID: u8 = 6;
    const UNREGISTERED: u8 = 0x63;
    let Some(value) = value_of(signature) else { return };
    let header = match signature.get(..value) {
        Some([.., 4, 0x82, _, _]) => value - 4,
        Some([.., 4, 0x81, _]) => value - 3,
        Some(_) | None => value.saturating_sub(2),
    };
    let ends = |at: usize| {
        let length = usize::from(*signature.get(at + 1)?);
        let end = at + 2 + length;
        let null = signature.get(end..end + 2) == Some(&[5, 0]);
        (signature[at] == OID && length > 0 && (end == header || (null && end + 2 == header))).then_some(end)
    };
    if let Some(end) = (0..header.saturating_sub(2)).rev().find_map(ends) {
        signature[end - 1] = UNREGISTERED;
    }
}

/// Where the value of the first signer's signature begins.
fn value_of(signature: &[u8]) -> Option<usize> {
    let data = SignedData::parse(signature).ok()?;
    let value = data.signers().first()?.signature();
    signature.windows(value.len().max(1)).rposition(|bytes| bytes == value)
}

/// Makes the beginning of the period of the signer's certificate a time that no calendar has.
fn certificate_garbage(signature: &mut [u8]) {
    let Ok(data) = SignedData::parse(signature) else { return };
    let Some(leaf) = data.signers().first().and_then(|signer| data.candidates(signer).first().copied())
    else {
        return;
    };
    let Some(start) = signature.windows(leaf.len()).position(|bytes| bytes == leaf) else {
        return;
    };
    // UTCTime of 13 characters, or GeneralizedTime of 15.
    let time = |at: &usize| matches!(signature.get(*at..*at + 2), Some([0x17, 13] | [0x18, 15]));
    if let Some(at) = (start..start + leaf.len()).find(time) {
        signature[at + 2..at + 12].fill(b'9');
    }
}

/// Attachments that twists add.
pub(crate) fn attachments(twists: &[Twist]) -> Vec<Attachment> {
    twists
        .iter()
        .flat_map(|twist| match twist {
            Twist::ExtraAttachment => vec![attachment("eush-conformance-extra", paper("extra"))],
            Twist::LargeAttachment => vec![attachment("eush-conformance-large", paper_of(MEBIBYTE + 1))],
            Twist::FullAttachments => ["eush-conformance-full-1", "eush-conformance-full-2"]
                .map(|kind| attachment(kind, paper_of(MEBIBYTE)))
                .to_vec(),
            Twist::Unspecified
            | Twist::UnknownFields
            | Twist::Oversize
            | Twist::Garbage
            | Twist::ContentGarbage
            | Twist::FormGarbage
            | Twist::TamperContent
            | Twist::TamperSignature
            | Twist::NoSignature
            | Twist::SignatureGarbage
            | Twist::SignAgain
            | Twist::OtherAlgorithm
            | Twist::CertificateGarbage => Vec::new(),
        })
        .collect()
}

/// A stand-in for a scanned paper.
pub(crate) fn attachment(kind: &str, content: Vec<u8>) -> Attachment {
    Attachment {
        kind: kind.to_owned(),
        file_name: format!("{kind}.pdf"),
        media_type: "application/pdf".to_owned(),
        content: content.into(),
    }
}

/// A PDF of so many bytes.
fn paper_of(bytes: usize) -> Vec<u8> {
    let mut paper = paper("large");
    paper.resize(bytes, b'%');
    paper
}

/// A small PDF that says what it is.
pub(crate) fn paper(kind: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% conformance test paper: {kind}\n%%EOF\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use eush_sign::cms;
    use eush_wire::management::v1::CertificateSubject;
    use time::macros::datetime;

    use super::*;
    use crate::play::authority::TestAuthority;
    use crate::run::keys::Signatory;

    fn document() -> SignedDocument {
        let subject =
            CertificateSubject { common_name: "СЫНАҚ".to_owned(), ..CertificateSubject::default() };
        let issued = TestAuthority::new(1).unwrap().enroll(&subject).unwrap();
        let signature =
            Signatory::of(issued).unwrap().sign(b"content", datetime!(2026-03-02 10:00 UTC)).unwrap();
        SignedDocument { content: Bytes::from_static(b"content"), signature, ..SignedDocument::default() }
    }

    #[test]
    fn signatures_are_spoilt_in_one_respect() {
        let mut other = document();
        signed(&mut other, &[Twist::OtherAlgorithm]);
        assert!(matches!(SignedData::parse(&other.signature), Err(cms::CmsError::AlgorithmUnknown { .. })));

        let good = document();
        let mut garbage = document();
        signed(&mut garbage, &[Twist::CertificateGarbage]);
        let (before, after) =
            (SignedData::parse(&good.signature).unwrap(), SignedData::parse(&garbage.signature).unwrap());
        assert_eq!(before.signers(), after.signers());
        assert_eq!(before.certificates().len(), after.certificates().len());
        assert_ne!(before.candidates(&before.signers()[0]), after.candidates(&after.signers()[0]));
    }
}
