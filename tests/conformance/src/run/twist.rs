//! Changes of messages that no field path can say.

use bytes::{BufMut as _, Bytes, BytesMut};
use eush_wire::bus::v1::{Attachment, SignedDocument};
use eush_wire::conformance::v1::Twist;

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
            | Twist::SignAgain => {}
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
            | Twist::SignAgain => {}
        }
    }
}

/// Attachments that twists add.
pub(crate) fn attachments(twists: &[Twist]) -> Vec<Attachment> {
    twists
        .iter()
        .filter_map(|twist| match twist {
            Twist::ExtraAttachment => Some(attachment("eush-conformance-extra", paper("extra"))),
            Twist::LargeAttachment => Some(attachment("eush-conformance-large", vec![b'%'; (1 << 20) + 1])),
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
            | Twist::SignAgain => None,
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

/// A small PDF that says what it is.
pub(crate) fn paper(kind: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% conformance test paper: {kind}\n%%EOF\n").into_bytes()
}
