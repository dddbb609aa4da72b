//! A subject that listens on TLS is judged as any other: the reference agency behind tonic's own TLS, with certificates
//! made here.

mod reference;
mod tls;

use eush_conformance::{Results, RunOptions, SubjectKind, Target, exit_status, run, text};
use time::macros::datetime;
use tls::{Issuer, towards};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

fn options(address: std::net::SocketAddr, gateway: std::net::SocketAddr) -> RunOptions {
    let target = Target::Address(address.to_string());
    let mut options = RunOptions::new(SubjectKind::Agency, target, datetime!(2026-03-02 10:00 UTC));
    options.gateway_listen = gateway;
    options.results = Results::Here;
    options.patience = std::time::Duration::from_secs(60);
    options.silence = std::time::Duration::from_millis(60);
    options
}

/// The provider's system behind TLS; `asks` has it want a certificate of whoever calls.
async fn start(issuer: &Issuer, asks: bool, gateway: std::net::SocketAddr) -> std::net::SocketAddr {
    let made = issuer.issue("gateway.test");
    let config = ServerTlsConfig::new().identity(Identity::from_pem(made.certificate, made.key));
    let config = if asks { config.client_ca_root(Certificate::from_pem(issuer.pem())) } else { config };
    reference::agency::start_over("enbek", None, gateway, "conformance-only", Some(config)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_on_tls_is_judged_whole() {
    let issuer = Issuer::new();
    let gateway = reference::free_address();
    let mut options = options(start(&issuer, false, gateway).await, gateway);
    options.tls = Some(towards(&issuer, None));
    let report = run(&options).await.unwrap();
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error), (0, 0, 0), "{}", text(&report));
    assert!(tally.pass >= 50, "{}", text(&report));
    assert_eq!(report.subject.unwrap().transport, "tls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_that_asks_who_calls_is_shown_a_certificate() {
    let issuer = Issuer::new();
    let gateway = reference::free_address();
    let address = start(&issuer, true, gateway).await;
    let mut options = options(address, gateway);
    options.only = vec![eush_conformance::Pattern::new("Agency/**")];
    options.tls = Some(towards(&issuer, Some(&issuer.issue("runner.test"))));
    let report = run(&options).await.unwrap();
    let tally = report.tally.unwrap();
    assert_eq!((tally.fail, tally.warn, tally.error), (0, 0, 0), "{}", text(&report));
    assert_eq!(exit_status(&report, eush_conformance::Skips::Allow), 0);
    assert_eq!(report.subject.unwrap().transport, "mutual-tls");

    // Who shows none, or one of another authority, is not let in; and a stranger's authority is not taken for the subject's.
    let stranger = Issuer::new();
    let strangers_own = stranger.issue("runner.test");
    let mixed =
        eush_conformance::Tls { authorities: issuer.pem(), ..towards(&stranger, Some(&strangers_own)) };
    for tls in [towards(&issuer, None), mixed, towards(&stranger, None)] {
        options.tls = Some(tls);
        options.gateway_listen = reference::free_address();
        let error = run(&options).await.unwrap_err();
        assert_eq!(error.exit_status(), 3, "{error}");
    }
    options.tls = None;
    options.gateway_listen = reference::free_address();
    let error = run(&options).await.unwrap_err();
    assert!(error.exit_status() == 3 && error.to_string().contains("--ca"), "{error}");
    options.tls = Some(eush_conformance::Tls {
        authorities: "no certificate".to_owned(),
        identity: None,
        server_name: None,
    });
    assert_eq!(run(&options).await.unwrap_err().exit_status(), 2);
}
