//! Every fault of a publication, set over the wire and met over HTTP, gives exactly what the catalogue says.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use common::judging::{judged_by, person};
use common::running::{Running, fetch};
use common::{NOW, subject};
use eush_ca::{
    Authorities, DefectFacts, Enrollment, EnrollmentRequest, Expected, Flaw, KeyAlgorithm, PublicationFault,
    PublicationPoint, catalogue,
};
use eush_pki::judge::{Outcome, Policy, Verdict};
use eush_pki::ocsp::judge_answer;
use eush_pki::{
    Certificate, CrlError, CrlIndex, OcspPolicy, OcspRequest, OcspState, RevocationEvidence,
    RevocationPolicy, RevocationScope, RevocationSource,
};
use eush_sign::DerError;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use http::Method;
use tonic::transport::Channel;

const NONCE: &[u8] = b"eight by";
const LISTS: [PublicationPoint; 3] =
    [PublicationPoint::List, PublicationPoint::DeltaList, PublicationPoint::RootList];

/// A client team's checker, and what it checks.
struct Checker {
    running: Running,
    client: CertificateAuthorityServiceClient<Channel>,
    algorithm: KeyAlgorithm,
    authorities: Authorities,
    enrollment: Enrollment,
}

/// What came of fetching something.
type Fetched = Option<Vec<u8>>;

impl Checker {
    async fn new(algorithm: KeyAlgorithm) -> Self {
        let running = Running::start().await;
        let client = CertificateAuthorityServiceClient::new(running.channel().await);
        let request =
            EnrollmentRequest { algorithm: Some(algorithm), ..EnrollmentRequest::golden(subject("aigerim")) };
        let enrollment = running.authority.enroll(&request).unwrap();
        let all = running.authority.authorities().unwrap();
        let authorities = all.into_iter().find(|one| one.algorithm == algorithm).unwrap();
        Self { running, client, algorithm, authorities, enrollment }
    }

    fn certificate(&self, at: usize) -> Certificate {
        Certificate::parse(&self.enrollment.chain[at]).unwrap()
    }

    /// Fetches; gives up where the server holds the answer, once it has surely met the request.
    async fn fetch(&mut self, point: PublicationPoint, fault: Option<PublicationFault>) -> Fetched {
        let url = match point {
            PublicationPoint::DeltaList => &self.authorities.delta_crl_urls[0],
            PublicationPoint::List => &self.authorities.crl_urls[0],
            PublicationPoint::Ocsp => &self.authorities.ocsp_urls[0],
            PublicationPoint::RootList => &self.authorities.crl_urls[1],
        };
        let path = url.strip_prefix(&format!("http://{}", self.running.address)).unwrap().to_owned();
        let (method, body) = match point {
            PublicationPoint::Ocsp => (Method::POST, self.request().encode()),
            PublicationPoint::DeltaList | PublicationPoint::List | PublicationPoint::RootList => {
                (Method::GET, Vec::new())
            }
        };
        let task = tokio::spawn(fetch(self.running.address.clone(), method, path, body));
        if fault == Some(PublicationFault::Slow) {
            self.running.met(&mut self.client, 1).await;
            assert!(!task.is_finished(), "a held answer came");
            task.abort();
            return None;
        }
        task.await.unwrap()
    }

    fn request(&self) -> OcspRequest {
        OcspRequest::about(&self.certificate(0), &self.certificate(1), Some(NONCE)).unwrap()
    }

    async fn by_lists(&mut self, faulty: Option<(PublicationPoint, PublicationFault)>) -> Verdict {
        let mut evidence = RevocationEvidence::default();
        for point in LISTS {
            let fault = faulty.filter(|one| one.0 == point).map(|one| one.1);
            let Some(der) = self.fetch(point, fault).await else { continue };
            let delta = point == PublicationPoint::DeltaList;
            let issuer = self.certificate(if point == PublicationPoint::RootList { 2 } else { 1 });
            let built =
                if delta { CrlIndex::build_delta(&der, &issuer) } else { CrlIndex::build(&der, &issuer) };
            if let Some(fault) = fault {
                assert_eq!(built.as_ref().err().map(discriminant), error_of(fault), "{fault:?} {point:?}");
            }
            match built {
                Ok(list) if delta => evidence.add_delta(Arc::new(list)),
                Ok(list) => evidence.add(Arc::new(list)),
                Err(error) => evidence.add_untrusted(&issuer, error.to_string()),
            }
        }
        self.verdict(&evidence, RevocationScope::Chain)
    }

    async fn by_answer(&mut self, fault: Option<PublicationFault>) -> Verdict {
        let state = match self.fetch(PublicationPoint::Ocsp, fault).await {
            Some(der) => {
                judge_answer(&der, &self.request(), &self.certificate(1), NOW, &OcspPolicy::default())
            }
            None => OcspState::unavailable("no answer"),
        };
        let mut evidence = RevocationEvidence::default().asking(RevocationSource::Ocsp);
        evidence.add_answer(&self.certificate(0), &self.certificate(1), state);
        self.verdict(&evidence, RevocationScope::Leaf)
    }

    fn verdict(&self, evidence: &RevocationEvidence, scope: RevocationScope) -> Verdict {
        let policy = Policy { revocation: RevocationPolicy { scope }, ..Policy::default() };
        let authority = &self.running.authority;
        judged_by(authority, &self.enrollment, &person("aigerim"), (NOW, evidence), &policy)
    }

    async fn check(&mut self, row: &DefectFacts, fault: PublicationFault, point: PublicationPoint) {
        self.running.authority.set_fault(Some(self.algorithm), point, fault).unwrap();
        let verdict = match point {
            PublicationPoint::Ocsp => self.by_answer(Some(fault)).await,
            PublicationPoint::DeltaList | PublicationPoint::List | PublicationPoint::RootList => {
                self.by_lists(Some((point, fault))).await
            }
        };
        let name = format!("{fault:?} {point:?} {:?}: {:#?}", self.algorithm, verdict.stages);
        let failed = verdict.stages.iter().filter(|one| one.outcome == Outcome::Fail).count();
        match row.expected_at(point) {
            Expected::Refused(rejection) => {
                assert_eq!((verdict.rejection, failed), (Some(rejection), 1), "{name}");
            }
            Expected::Warned(warning) => {
                assert_eq!(verdict.rejection, None, "{name}");
                assert_eq!(revocation_warnings(&verdict), [warning], "{name}");
            }
            Expected::ByOcsp(rejection) => panic!("{rejection:?} of a publication"),
        }
        let record = *self.running.authority.faults().last().unwrap();
        assert_eq!((record.fault, record.served, record.reset_at), (fault, 1, None));
        let reset = wire::ResetPublicationFaultsRequest::default();
        assert_eq!(self.client.reset_publication_faults(reset).await.unwrap().into_inner().reset, 1);
    }

    async fn golden(&mut self) {
        for (verdict, asked) in [(self.by_lists(None).await, 0), (self.by_answer(None).await, 1)] {
            assert_eq!(verdict.rejection, None, "{:#?}", verdict.stages);
            // With the leaf alone asked about, the finding says that nobody asked about its issuer.
            assert_eq!(revocation_warnings(&verdict).len(), asked, "{:#?}", verdict.stages);
        }
    }
}

fn revocation_warnings(verdict: &Verdict) -> Vec<&'static str> {
    verdict.stages.iter().flat_map(|stage| stage.warnings.iter().copied()).collect()
}

/// How a list with the fault fails by itself, the place in it aside; `None` where it is a sound list.
fn error_of(fault: PublicationFault) -> Option<Discriminant<CrlError>> {
    let error = match fault {
        PublicationFault::Empty => CrlError::Empty,
        PublicationFault::Html => CrlError::Encoding(DerError::Boolean),
        PublicationFault::NextUpdateMissing => CrlError::NextUpdateMissing,
        PublicationFault::WrongKey => CrlError::Signature,
        PublicationFault::Garbage
        | PublicationFault::InternalError
        | PublicationFault::NeverIssued
        | PublicationFault::OldNonce
        | PublicationFault::Reset
        | PublicationFault::Slow
        | PublicationFault::Stale
        | PublicationFault::TryLater
        | PublicationFault::Unauthorized
        | PublicationFault::WrongBase
        | PublicationFault::WrongCertId
        | PublicationFault::WrongResponder => return None,
    };
    Some(discriminant(&error))
}

async fn every_fault(algorithm: KeyAlgorithm) {
    let mut checker = Checker::new(algorithm).await;
    checker.golden().await;
    let mut checked = 0;
    for row in catalogue() {
        let Flaw::Publication(fault) = row.flaw else { continue };
        for point in PublicationPoint::ALL.into_iter().filter(|point| fault.applies_to(*point)) {
            checker.check(&row, fault, point).await;
            checked += 1;
        }
    }
    // Seven of complete lists, twice, those and another of delta lists, eleven of the responder.
    assert_eq!(checked, 7 + 7 + 8 + 11);
    checker.golden().await;
}

#[tokio::test]
async fn every_fault_gives_its_own_outcome_with_gost() {
    every_fault(KeyAlgorithm::Gost2015_512).await;
}

#[tokio::test]
async fn every_fault_gives_its_own_outcome_with_rsa() {
    every_fault(KeyAlgorithm::Rsa2048).await;
}
