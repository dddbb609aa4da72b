//! Load-bearing: each check is left out in turn, and what it alone holds back goes through.

use eush_domain::Rejection;

use crate::finding::CheckId;
use crate::fixture::people::WORLD;
use crate::fixture::store::MemoryStore;
use crate::fixture::{CERTIFICATE_DESK, CERTIFICATE_PORTAL, Flow, TestBus, person};
use crate::profile::Policy;
use crate::raw::{RawSend, Secret};
use crate::refusal::Failure;

/// What happens to the bad message when its check is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It reaches the agency: nothing else holds it.
    Passes,
    /// Another check holds it, for another reason.
    HeldBy(Rejection),
}

struct Load {
    check: CheckId,
    flow: Flow,
    rejection: Rejection,
    setting: fn(&TestBus),
    message: fn(&Flow, &str) -> RawSend,
    then: Then,
}

fn nothing(_: &TestBus) {}

fn edited(flow: &Flow, application: &str, edit: impl FnOnce(&mut RawSend)) -> RawSend {
    let mut message = flow.request("m", application);
    edit(&mut message);
    message
}

fn load(check: CheckId, rejection: Rejection, message: fn(&Flow, &str) -> RawSend) -> Load {
    let flow = CERTIFICATE_PORTAL;
    Load { check, flow, rejection, setting: nothing, message, then: Then::Passes }
}

fn loads() -> Vec<Load> {
    vec![
        load(CheckId::Sender, Rejection::SenderUnknown, |flow, app| {
            edited(flow, app, |message| message.info.password = Secret::new("guess"))
        }),
        Load {
            setting: |test| test.directory.change("PORTAL", |entry| entry.services.clear()),
            ..load(CheckId::Agreement, Rejection::SenderNotAllowed, |flow, app| flow.request("m", app))
        },
        Load {
            then: Then::HeldBy(Rejection::ChannelNotDescribed),
            ..load(CheckId::Service, Rejection::ServiceUnknown, |flow, app| {
                edited(flow, app, |message| message.info.service_id = "NOBODY_Nothing".to_owned())
            })
        },
        load(CheckId::Channel, Rejection::ChannelNotDescribed, |flow, app| {
            edited(flow, app, |message| message.info.service_id = "ZHAO_Application".to_owned())
        }),
        Load {
            flow: CERTIFICATE_DESK,
            ..load(CheckId::Operator, Rejection::OperatorNotListed, |flow, app| {
                let mut message = flow.signed_by("m", app, "operator-2");
                message.document.as_mut().unwrap().signer = Some(person("operator-2"));
                message
            })
        },
        load(CheckId::Process, Rejection::EnvelopeMalformed, |flow, app| {
            let mut message = flow.signed_by("m", app, "bolat");
            let document = message.document.as_mut().unwrap();
            document.applicant = Some(person("bolat"));
            document.signer = Some(person("bolat"));
            message
        }),
        load(CheckId::Signature, Rejection::SignatureInvalid, |flow, app| {
            edited(flow, app, |message| message.signed.content.0.push(b'!'))
        }),
        Load {
            then: Then::HeldBy(Rejection::RevocationUnavailable),
            ..load(CheckId::Chain, Rejection::IssuerUnknown, |flow, app| {
                flow.flawed("m", app, "unknown-issuer")
            })
        },
        load(CheckId::Validity, Rejection::CertificateExpired, |flow, app| flow.flawed("m", app, "expired")),
        load(CheckId::Revocation, Rejection::CertificateRevoked, |flow, app| {
            flow.flawed("m", app, "revoked")
        }),
        load(CheckId::Subject, Rejection::IinMismatch, |flow, app| flow.signed_by("m", app, "bolat")),
        load(CheckId::Role, Rejection::RoleNotAllowed, |flow, app| flow.flawed("m", app, "role-missing")),
    ]
}

async fn sent(load: &Load, left_out: &[CheckId]) -> (Option<Rejection>, usize) {
    let test = TestBus::over(MemoryStore::default(), Policy::default(), &[]);
    let application = test.ready(&load.flow, "m").await;
    // The same store, and a bus without the check.
    let without = TestBus::over(test.store.clone(), Policy::default(), left_out);
    (load.setting)(&without);
    let result = without.send((load.message)(&load.flow, &application)).await;
    let reason = match result {
        Ok(_) => None,
        Err(Failure::Refused(refusal)) => Some(refusal.rejection),
        Err(Failure::Fault(fault)) => panic!("{:?}: {fault}", load.check),
    };
    (reason, without.agencies.deliveries())
}

#[tokio::test]
async fn every_check_bears_its_load() {
    for load in loads() {
        assert_eq!(sent(&load, &[]).await, (Some(load.rejection), 0), "{:?} in place", load.check);
        let expected = match load.then {
            Then::Passes => (None, 1),
            Then::HeldBy(rejection) => (Some(rejection), 0),
        };
        assert_eq!(sent(&load, &[load.check]).await, expected, "{:?} left out", load.check);
    }
}

#[test]
fn every_check_is_tried() {
    let tried: Vec<_> = loads().iter().map(|load| load.check).collect();
    assert_eq!(tried, CheckId::ALL);
    assert!(WORLD.population.person("bolat").is_some());
}
