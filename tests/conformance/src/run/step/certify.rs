//! Certificates of the bus's authority, and what becomes of them before they are used.

use std::sync::Arc;

use eush_wire::conformance::v1::Certificate;
use prost_reflect::{DynamicMessage, Value};
use serde_json::json;

use super::target;
use crate::run::case::{Playing, Record};
use crate::run::keys::{self, Wanted};
use crate::run::vars;
use crate::{wire, words};

pub(super) async fn certify(
    playing: &mut Playing<'_>,
    name: &str,
    certificate: &Certificate,
) -> Result<(), String> {
    let label = playing.shared.message_id();
    let wanted = Wanted {
        role: vars::text(&certificate.role, playing)?,
        defect: keys::defect(&vars::text(&certificate.defect, playing)?)?,
        roles: certificate.roles.clone(),
        label,
    };
    let signatory = playing.enroll(&wanted).await?;
    let serial = signatory.serial.clone();
    let methods: &[&str] = match vars::text(&certificate.then, playing)?.as_str() {
        "" => &[],
        "revoke" => &["RevokeCertificate"],
        "hold" => &["HoldCertificate"],
        "hold-and-release" => &["HoldCertificate", "ReleaseCertificate"],
        other => {
            return Err(format!(
                "nothing is known of `then: {other}`; write revoke, hold or hold-and-release"
            ));
        }
    };
    for method in methods {
        let method =
            words::method(&format!("CertificateAuthorityService.{method}")).ok_or("no such method")?;
        let channel = target(playing, "management").await?;
        let mut request = DynamicMessage::new(method.input.clone());
        request.set_field_by_name("serial", Value::String(serial.clone()));
        if method.input.get_field_by_name("reason").is_some() {
            request.set_field_by_name("reason", Value::EnumNumber(1));
        }
        let bytes = prost::Message::encode_to_vec(&request).into();
        let reply =
            wire::call(&channel, &method, bytes, &playing.shared.manner()).await?.ok_or("no answer")?;
        if reply.code != tonic::Code::Ok {
            return Err(format!("{} of the certificate: {}", method.path, reply.summary()));
        }
        playing.trace.note(format!("{} {serial}", method.path));
    }
    let (certificate, issuer) = signatory.certificates();
    let view = json!({ "serial": serial, "certificate": certificate, "issuer": issuer });
    playing.records.insert(name.to_owned(), Record { view, ..Record::default() });
    playing.certificates.insert(name.to_owned(), Arc::clone(&signatory));
    Ok(())
}
