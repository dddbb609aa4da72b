//! A correct agency in one file: the registers `gbdfl`, `gbdul`, `enis`, the provider's system `enbek`, and `monitoring`, which
//! people use by hand alone; with one defect at most.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_wire::adapter::v1 as wire;
use eush_wire::adapter::v1::agency_service_server::AgencyServiceServer;
use eush_wire::adapter::v1::deliver_response::Decision;
use eush_wire::bus::v1 as bus;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::management::v1 as management;
use eush_wire::registry::{enbek, enis};
use prost::Message as _;
use tonic::Status;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;

use super::defects::defects;
use super::{keys, payloads};

mod services;
mod workplace;

defects! {
    /// a lookup is answered for another message
    LookupEchoesAnotherId on "gbdfl" by "Lookups/service:GBDFL_Person/echoes-the-message-id",
    /// a delivery is answered for another message
    DeliveryEchoesAnotherId on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/golden",
    /// absence is told as NOT_FOUND
    AbsentAsError on "gbdfl" by "Lookups/service:GBDFL_Person/nobody",
    /// absence is told as an empty entry
    AbsentAsEmptyEntry on "gbdfl" by "Lookups/service:GBDFL_Person/nobody",
    /// a person whom the register does not have is found
    KnowsTheAbsent on "gbdfl" by "Lookups/service:GBDFL_Person/gbdfl/absent-person",
    /// somebody else's entry comes
    AnswersAboutSomebodyElse on "gbdfl" by "Lookups/service:GBDFL_Person/gbdfl/the-person-asked-about",
    /// a malformed number is told as absence
    MalformedIsAbsent on "gbdfl" by "Lookups/service:GBDFL_Person/malformed/short-number",
    /// a malformed number is an internal error
    MalformedIsInternal on "gbdfl" by "Lookups/service:GBDFL_Person/malformed/letters-in-number",
    /// the refusal repeats the number
    LeaksTheNumber on "gbdfl" by "Agency/wire/no-such-field-in-error",
    /// Kazakh letters become Russian ones
    LosesKazakhLetters on "gbdfl" by "Lookups/service:GBDFL_Person/gbdfl/kazakh-letters",
    /// the number inside the question decides, not the one that the bus checked
    TrustsTheFormInside on "gbdfl" by "Lookups/service:GBDFL_Person/other-person-inside",
    /// dictionary values lack their Kazakh names
    DictionariesWithoutKazakh on "gbdfl" by "Lookups/service:GBDFL_Person/gbdfl/dictionaries",
    /// a question without the bus's header is answered
    HeaderNotNeeded on "gbdfl" by "Lookups/service:GBDFL_Person/malformed/no-delivery",
    /// a service that is not offered is answered
    UnknownServiceAnswered on "gbdfl" by "Lookups/service:GBDFL_Person/unknown-service",
    /// a question of another type is answered
    AnyQuestionWillDo on "gbdfl" by "Lookups/service:GBDFL_Person/form-of-another-type",
    /// unknown fields are refused
    UnknownFieldsRefused on "gbdfl" by "Lookups/service:GBDFL_Person/unknown-fields",
    /// of parallel questions only one is answered
    OneAtATime on "gbdfl" by "Lookups/service:GBDFL_Person/concurrent",
    /// an oversize message is OUT_OF_RANGE
    OversizeOutOfRange on "gbdfl" by "Lookups/oversize",
    /// a request that is not gRPC is answered
    AnyContentType on "gbdfl" by "Agency/wire/other-content-type",
    /// calls are not counted
    NothingCounted on "gbdfl" by "Lookups/counted",
    /// Describe is counted as a call
    DescribeCounted on "gbdfl" by "Agency/describe/is-no-call",
    /// the name is in Russian only
    OneLanguage on "gbdfl" by "Agency/describe/in-three-languages",
    /// no version is told
    NoVersion on "gbdfl" by "Agency/describe/names-itself",
    /// Describe answers differently each time
    DescribesDifferently on "gbdfl" by "Agency/describe/is-stable",
    /// health does not know the agency service
    HealthOfServerOnly on "gbdfl" by "Agency/health/agency-service",
    /// health says SERVING of whatever is asked
    HealthOfAnything on "gbdfl" by "Agency/health/unknown-service",
    /// there is no reflection
    NoReflection on "gbdfl" by "Agency/reflection/v1",
    /// a power of attorney is found for any representative
    AnyRepresentative on "enis" by "Lookups/service:ENIS_PowerOfAttorney/enis/other-representative",
    /// a revoked or never notarised power of attorney is found
    AnyPower on "enis" by "Lookups/service:ENIS_PowerOfAttorney/enis/not-notarised",
    /// an organisation without entry is found
    KnowsTheAbsentOrganization on "gbdul" by "Lookups/service:GBDUL_Organization/gbdul/absent-organization",
    /// the entry has no name in Kazakh
    OrganizationInRussian on "gbdul" by "Lookups/service:GBDUL_Organization/gbdul/the-organisation-asked-about",
    /// the same delivery again is decided anew
    DecidesAnew on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/again/the-same-answer",
    /// another attempt is another delivery
    AttemptIsIdentity on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/again/another-attempt",
    /// parallel redeliveries are decided each
    RacesOnRedelivery on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/again/at-once",
    /// another document under the same id gets the old answer
    OtherContentTaken on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/again/other-content",
    /// a refused delivery is accepted when it comes again
    RefusalForgotten on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/refused-the-same-again",
    /// a delivery that was cancelled can never come again
    CancelledForEver on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/cancelled-then-again",
    /// two deliveries get one registration number
    OneNumberForAll on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/two-deliveries",
    /// papers are not looked at
    TakesWithoutPapers on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/none",
    /// a paper more than needed is refused
    RefusesMorePapers on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/extra-paper",
    /// a refusal has no Kazakh text
    RefusesInRussian on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/none",
    /// a refusal for papers is told as grounds
    WrongReason on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/none",
    /// a refusal is told as an error status
    RefusalAsError on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/documents/none",
    /// grounds are not looked at
    GroundsNotChecked on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/enbek/not-registered",
    /// the type of the form is not looked at
    AnyFormWillDo on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/form/another-type",
    /// a form that cannot be read is taken
    UnreadableFormTaken on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/form/garbage",
    /// a form about another person is taken
    FormAboutAnother on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/enbek/form-about-another",
    /// a document signed for another message is taken
    DocumentOfAnotherMessage on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/document/of-another-message",
    /// content that is no document crashes the call
    GarbageIsInternal on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/document/garbage",
    /// the answer has no decision
    NoDecision on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/decides",
    /// nothing is registered
    NotRegistered on "enbek" by "Deliveries/service:ENBEK_UnemployedCertificate/registered",
    /// the result comes before its term
    ResultBeforeTerm on "enbek" by "Results/service:ENBEK_UnemployedCertificate/not-before-the-term",
    /// the result never comes
    ResultNever on "enbek" by "Results/service:ENBEK_UnemployedCertificate/comes",
    /// the result names another delivery
    ResultOfAnotherDelivery on "enbek" by "Results/service:ENBEK_UnemployedCertificate/answers-its-delivery",
    /// each term brings another result
    ResultDiffers on "enbek" by "Results/service:ENBEK_UnemployedCertificate/term-again",
    /// the result has no signature
    ResultUnsigned on "enbek" by "Results/service:ENBEK_UnemployedCertificate/signed",
    /// the result was changed after it was signed
    ResultTampered on "enbek" by "Results/service:ENBEK_UnemployedCertificate/signed",
    /// the signer belongs to another organisation
    ResultOfAnotherProvider on "enbek" by "Results/service:ENBEK_UnemployedCertificate/signed",
    /// the result's body is of another type
    ResultOfAnotherType on "enbek" by "Results/service:ENBEK_UnemployedCertificate/body-as-described",
    /// the result's title is in one language
    ResultInRussian on "enbek" by "Results/service:ENBEK_UnemployedCertificate/says-what-it-is",
    /// the certificate cuts what was asked to its ASCII
    ResultLosesLetters on "enbek" by "Results/service:ENBEK_UnemployedCertificate/enbek/certificate",
    /// a refused delivery gets a result
    ResultAfterRefusal on "enbek" by "Results/service:ENBEK_UnemployedCertificate/of-a-refused-delivery",
    /// the outcome is sent without credentials
    ResultWithoutSender on "enbek" by "Results/service:ENBEK_UnemployedCertificate/answers-its-delivery",
    /// a term is counted as a call
    TermCounted on "enbek" by "Results/service:ENBEK_UnemployedCertificate/term-is-no-call",
    /// the result of one delivery is given to the next
    ResultsSwapped on "enbek" by "Results/service:ENBEK_UnemployedCertificate/order",
    /// neither services are offered nor a screen
    OfNoUse on "gbdfl" by "Agency/describe/offers-something",
    /// a use by hand is answered for another use
    UseEchoesAnotherId on "monitoring" by "Workplace/use:monitoring|identity/shows",
    /// the same use shows something else each time
    UseDiffers on "monitoring" by "Workplace/use:monitoring|identity/again/the-same-answer",
    /// somebody is shown whom the system does not know
    NobodyShown on "monitoring" by "Workplace/use:monitoring|identity/nothing",
    /// a check fails that nobody asked for
    UseFailsUnasked on "monitoring" by "Workplace/use:monitoring|identity/unasked",
    /// it does not matter what is done at the screen
    AccessNotNeeded on "monitoring" by "Workplace/use:monitoring|identity/malformed/no-access",
    /// the refusal at the screen repeats the number
    UseLeaksTheNumber on "monitoring" by "Workplace/use:monitoring|identity/malformed/number",
    /// a use by hand is counted as a call
    UseIsCall on "monitoring" by "Workplace/use:monitoring|identity/is-no-call",
}

/// The agency.
pub struct Reference {
    code: &'static str,
    defect: Option<Defect>,
    population: Population,
    gateway: SocketAddr,
    secret: String,
    calls: Mutex<Vec<management::AgencyCallRecord>>,
    uses: Mutex<Vec<management::ManualUseRecord>>,
    answers: tokio::sync::Mutex<HashMap<String, (Vec<u8>, wire::DeliverResponse)>>,
    begun: Mutex<Vec<String>>,
    slow: Mutex<Vec<String>>,
    busy: std::sync::atomic::AtomicUsize,
    turns: std::sync::atomic::AtomicU64,
    last_place: Mutex<Option<wire::DeliveryInfo>>,
}

/// Starts it on a port of the system's choice.
pub async fn start(
    code: &'static str,
    defect: Option<Defect>,
    gateway: SocketAddr,
    secret: &str,
) -> SocketAddr {
    start_over(code, defect, gateway, secret, None).await
}

/// Starts it with TLS or without.
pub async fn start_over(
    code: &'static str,
    defect: Option<Defect>,
    gateway: SocketAddr,
    secret: &str,
    tls: Option<tonic::transport::ServerTlsConfig>,
) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let reference = Arc::new(Reference {
        code,
        defect,
        population: Population::new(1, Scheme::default()),
        gateway,
        secret: secret.to_owned(),
        calls: Mutex::default(),
        uses: Mutex::default(),
        answers: Default::default(),
        begun: Mutex::default(),
        slow: Mutex::default(),
        busy: Default::default(),
        turns: Default::default(),
        last_place: Mutex::default(),
    });
    let health = tonic_health::server::HealthReporter::new();
    if defect != Some(Defect::HealthOfServerOnly) {
        health.set_service_status("eush.adapter.v1.AgencyService", ServingStatus::Serving).await;
    }
    if defect == Some(Defect::HealthOfAnything) {
        health.set_service_status("no.such.Service", ServingStatus::Serving).await;
    }
    let health = tonic_health::pb::health_server::HealthServer::new(
        tonic_health::server::HealthService::from_health_reporter(health),
    );
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(eush_wire::FILE_DESCRIPTOR_SET)
            .with_service_name("eush.adapter.v1.AgencyService")
    };
    let with_reflection = defect != Some(Defect::NoReflection);
    let mut routes = tonic::service::RoutesBuilder::default();
    routes
        .add_service(AgencyServiceServer::from_arc(Arc::clone(&reference)).max_decoding_message_size(4 << 20))
        .add_service(workplace::Workplace(Arc::clone(&reference)))
        .add_service(services::Control(reference))
        .add_service(health);
    if with_reflection {
        routes.add_service(reflection().build_v1().unwrap());
        routes.add_service(reflection().build_v1alpha().unwrap());
    }
    let layer = super::guard::Guard {
        oversize: defect != Some(Defect::OversizeOutOfRange),
        content_type: defect != Some(Defect::AnyContentType),
    };
    let server = match tls {
        None => Server::builder(),
        Some(tls) => Server::builder().tls_config(tls).unwrap(),
    };
    let serving = server.layer(layer).add_routes(routes.routes());
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    address
}

impl Reference {
    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn service(&self) -> (&'static str, wire::ServiceKind, &'static str, &'static str) {
        match self.code {
            "gbdfl" => (
                "GBDFL_Person",
                wire::ServiceKind::Lookup,
                "eush.registry.gbdfl.v1.PersonRequest",
                "eush.registry.gbdfl.v1.PersonResponse",
            ),
            "gbdul" => (
                "GBDUL_Organization",
                wire::ServiceKind::Lookup,
                "eush.registry.gbdul.v1.OrganizationRequest",
                "eush.registry.gbdul.v1.OrganizationResponse",
            ),
            "enis" => (
                "ENIS_PowerOfAttorney",
                wire::ServiceKind::Lookup,
                "eush.registry.enis.v1.PowerOfAttorneyRequest",
                "eush.registry.enis.v1.PowerOfAttorneyResponse",
            ),
            "monitoring" => ("", wire::ServiceKind::Unspecified, "", ""),
            _ => (
                "ENBEK_UnemployedCertificate",
                wire::ServiceKind::Delivery,
                "eush.registry.enbek.v1.UnemployedCertificateApplication",
                "eush.registry.enbek.v1.UnemployedCertificate",
            ),
        }
    }

    fn count(&self, info: &wire::DeliveryInfo, kind: &str) {
        if self.has(Defect::NothingCounted) {
            return;
        }
        self.calls.lock().unwrap().push(management::AgencyCallRecord {
            message_id: info.message_id.clone(),
            service_id: info.service_id.clone(),
            kind: kind.to_owned(),
            ..Default::default()
        });
    }

    /// Never comes back for a message that is to be slow: the deadline ends the call.
    async fn hold(&self, info: &wire::DeliveryInfo) {
        if self.slow.lock().unwrap().contains(&info.message_id) {
            std::future::pending::<()>().await;
        }
    }

    /// The bus's header, checked.
    fn header(&self, info: Option<wire::DeliveryInfo>) -> Result<wire::DeliveryInfo, Status> {
        let info = match info {
            None if self.has(Defect::HeaderNotNeeded) => {
                wire::DeliveryInfo { service_id: self.service().0.to_owned(), ..Default::default() }
            }
            None => return Err(Status::invalid_argument("`delivery` is missing")),
            Some(info) => info,
        };
        let good = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
        if !self.has(Defect::HeaderNotNeeded)
            && (info.message_id.is_empty() || !info.message_id.chars().all(good))
        {
            return Err(Status::invalid_argument("`delivery.message_id` is no id"));
        }
        Ok(info)
    }

    fn offered(&self, info: &wire::DeliveryInfo, kind: wire::ServiceKind) -> Result<(), Status> {
        let (service, offered, ..) = self.service();
        if (info.service_id == service || self.has(Defect::UnknownServiceAnswered)) && offered == kind {
            Ok(())
        } else {
            Err(Status::not_found("this is not offered"))
        }
    }

    fn malformed(&self, digits: &str, fault: String) -> Result<Option<prost_types::Any>, Status> {
        if self.has(Defect::MalformedIsAbsent) {
            Ok(None)
        } else if self.has(Defect::MalformedIsInternal) {
            Err(Status::internal("cannot parse"))
        } else if self.has(Defect::LeaksTheNumber) {
            Err(Status::invalid_argument(format!("`{digits}` is no IIN")))
        } else {
            Err(Status::invalid_argument(fault))
        }
    }

    fn entry(&self, request: &wire::LookupRequest) -> Result<Option<prost_types::Any>, Status> {
        let question = request.request.as_ref();
        let wanted = self.service().2;
        let typed = question.is_some_and(|any| any.type_url.ends_with(&format!("/{wanted}")));
        if !typed && !self.has(Defect::AnyQuestionWillDo) {
            return Err(Status::invalid_argument("`request` is of another type"));
        }
        match self.code {
            "gbdfl" => self.person(request),
            "gbdul" => self.organization(request),
            _ => self.power(request),
        }
    }

    fn person(&self, request: &wire::LookupRequest) -> Result<Option<prost_types::Any>, Status> {
        use eush_wire::registry::gbdfl::v1::PersonRequest;

        let digits = match request.about.as_ref().and_then(|party| party.number.as_ref()) {
            Some(bus::party::Number::Iin(digits)) => digits.clone(),
            Some(bus::party::Number::Bin(_)) | None => String::new(),
        };
        let mut iin = match payloads::iin(request.about.as_ref()) {
            Ok(iin) => iin,
            Err(fault) => return self.malformed(&digits, fault),
        };
        let inside: Option<PersonRequest> = payloads::unpack(request.request.as_ref());
        let Some(inside) =
            inside.or_else(|| self.has(Defect::AnyQuestionWillDo).then(PersonRequest::default))
        else {
            return Err(Status::invalid_argument("`request` cannot be read"));
        };
        if self.has(Defect::TrustsTheFormInside) {
            iin = eush_domain::Iin::parse(&inside.iin).unwrap_or(iin);
        } else if !inside.iin.is_empty() && inside.iin != iin.digits() {
            return Err(Status::invalid_argument("`request.iin` is another person's"));
        }
        if self.has(Defect::AnswersAboutSomebodyElse) {
            iin = self.population.person("bolat").unwrap().iin;
        }
        let mut found = payloads::person(&self.population, &iin);
        if found.is_none() && self.has(Defect::KnowsTheAbsent) {
            found = payloads::person(&self.population, &self.population.person("aigerim").unwrap().iin);
        }
        if found.is_none() && self.has(Defect::AbsentAsEmptyEntry) {
            found = Some(Default::default());
        }
        if let Some(person) = found.as_mut().and_then(|found| found.persons.first_mut()) {
            if self.has(Defect::LosesKazakhLetters) {
                for name in [&mut person.name, &mut person.surname] {
                    *name = name
                        .replace('Ә', "А")
                        .replace('ә', "а")
                        .replace('қ', "к")
                        .replace('ұ', "у")
                        .replace('і', "и");
                }
            }
            if self.has(Defect::DictionariesWithoutKazakh)
                && let Some(gender) = &mut person.gender
            {
                gender.name_kz.clear();
            }
        }
        if found.is_none() && self.has(Defect::AbsentAsError) {
            return Err(Status::not_found("no such person"));
        }
        Ok(found.map(|found| payloads::pack(&found)))
    }

    fn organization(&self, request: &wire::LookupRequest) -> Result<Option<prost_types::Any>, Status> {
        use eush_wire::registry::gbdul::v1::OrganizationRequest;

        let bin = payloads::bin(request.about.as_ref()).map_err(Status::invalid_argument)?;
        if payloads::unpack::<OrganizationRequest>(request.request.as_ref()).is_none() {
            return Err(Status::invalid_argument("`request` cannot be read"));
        }
        let mut found = payloads::organization(&self.population, &bin);
        if found.is_none() && self.has(Defect::KnowsTheAbsentOrganization) {
            found = payloads::organization(
                &self.population,
                &self.population.organization("state-corporation").unwrap().bin,
            );
        }
        if self.has(Defect::OrganizationInRussian)
            && let Some(name) = found
                .as_mut()
                .and_then(|found| found.organization.as_mut())
                .and_then(|found| found.full_name.as_mut())
        {
            name.kz.clear();
        }
        Ok(found.map(|found| payloads::pack(&found)))
    }

    fn power(&self, request: &wire::LookupRequest) -> Result<Option<prost_types::Any>, Status> {
        payloads::iin(request.about.as_ref()).map_err(Status::invalid_argument)?;
        let mut question: enis::v1::PowerOfAttorneyRequest = payloads::unpack(request.request.as_ref())
            .ok_or_else(|| Status::invalid_argument("`request` cannot be read"))?;
        if self.has(Defect::AnyRepresentative) {
            question.representative = None;
        }
        let mut found = payloads::power(&self.population, &question);
        if found.is_none() && self.has(Defect::AnyPower) {
            found = Some(enis::v1::PowerOfAttorneyResponse { number: question.number, ..Default::default() });
        }
        Ok(found.map(|found| payloads::pack(&found)))
    }
}

/// What a delivery holds, checked.
struct Read {
    document: bus::Document,
    form: enbek::v1::UnemployedCertificateApplication,
}

impl Reference {
    fn read(&self, info: &wire::DeliveryInfo, signed: Option<&bus::SignedDocument>) -> Result<Read, Status> {
        let signed = signed.ok_or_else(|| Status::invalid_argument("`document` is missing"))?;
        let document = bus::Document::decode(signed.content.clone()).map_err(|_| {
            if self.has(Defect::GarbageIsInternal) {
                Status::internal("cannot parse")
            } else {
                Status::invalid_argument("`document.content` is no document")
            }
        })?;
        if document.message_id != info.message_id && !self.has(Defect::DocumentOfAnotherMessage) {
            return Err(Status::invalid_argument("the document was signed for another message"));
        }
        let applicant = payloads::iin(document.applicant.as_ref()).map_err(Status::invalid_argument)?;
        let form: Option<enbek::v1::UnemployedCertificateApplication> =
            payloads::unpack(document.form.as_ref());
        let typed = document
            .form
            .as_ref()
            .is_some_and(|form| form.type_url.ends_with("UnemployedCertificateApplication"));
        let lenient =
            (self.has(Defect::AnyFormWillDo) && !typed) || (self.has(Defect::UnreadableFormTaken) && typed);
        let form = match form {
            Some(form) => form,
            None if lenient => enbek::v1::UnemployedCertificateApplication {
                iin: applicant.digits().to_owned(),
                ..Default::default()
            },
            None => return Err(Status::invalid_argument("`document.content.form` is not this service's")),
        };
        if form.iin != applicant.digits() && !self.has(Defect::FormAboutAnother) {
            return Err(Status::invalid_argument("`form.iin` is not the applicant's"));
        }
        Ok(Read { document, form })
    }

    fn refusal(&self, reason: bus::ProviderRefusalReason) -> Decision {
        let mut text = bus::LocalizedText {
            kk: "Құжаттар тізбеге сәйкес емес.".to_owned(),
            ru: "Документы не соответствуют перечню.".to_owned(),
            en: "The documents do not match the list.".to_owned(),
        };
        if self.has(Defect::RefusesInRussian) {
            text.kk.clear();
        }
        Decision::Refusal(bus::ProviderRefusal { reason: reason.into(), text: Some(text) })
    }

    fn decide(&self, info: &wire::DeliveryInfo, read: &Read) -> Result<wire::DeliverResponse, Status> {
        use bus::ProviderRefusalReason::{DocumentsNotConforming, GroundsNotMet};

        let kinds: Vec<&str> = read.document.attachments.iter().map(|paper| paper.kind.as_str()).collect();
        let papers = kinds.contains(&"identity-document") || self.has(Defect::TakesWithoutPapers);
        let too_many = self.has(Defect::RefusesMorePapers) && kinds.len() > 1;
        let person = payloads::iin(read.document.applicant.as_ref()).map_err(Status::invalid_argument)?;
        let grounds = self.population.unemployment(&person).is_some() || self.has(Defect::GroundsNotChecked);
        let decision = if !papers || too_many {
            if self.has(Defect::RefusalAsError) {
                return Err(Status::failed_precondition("documents do not conform"));
            }
            self.refusal(if self.has(Defect::WrongReason) { GroundsNotMet } else { DocumentsNotConforming })
        } else if grounds {
            Decision::Accepted(wire::Accepted {})
        } else {
            self.refusal(GroundsNotMet)
        };
        let turn = self.turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let number = if self.has(Defect::OneNumberForAll) {
            "N-1".to_owned()
        } else {
            format!("N-{turn}-{}", info.message_id)
        };
        let registration = wire::Registration { number, registered_at: info.bus_time };
        Ok(wire::DeliverResponse {
            message_id: if self.has(Defect::DeliveryEchoesAnotherId) {
                "another".to_owned()
            } else {
                info.message_id.clone()
            },
            registration: (!self.has(Defect::NotRegistered)).then_some(registration),
            decision: (!self.has(Defect::NoDecision)).then_some(decision),
        })
    }

    async fn deliver_once(
        &self,
        info: &wire::DeliveryInfo,
        signed: Option<&bus::SignedDocument>,
    ) -> Result<wire::DeliverResponse, Status> {
        let read = self.read(info, signed)?;
        if self.has(Defect::DecidesAnew) {
            return self.decide(info, &read);
        }
        let content = signed.map(|signed| signed.content.to_vec()).unwrap_or_default();
        let key = if self.has(Defect::AttemptIsIdentity) {
            format!("{}/{}", info.message_id, info.attempt)
        } else {
            info.message_id.clone()
        };
        if self.has(Defect::RacesOnRedelivery) {
            if let Some((_, answer)) = self.answers.lock().await.get(&key) {
                return Ok(answer.clone());
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let answer = self.decide(info, &read)?;
            self.answers.lock().await.insert(key, (content, answer.clone()));
            return Ok(answer);
        }
        let mut answers = self.answers.lock().await;
        if let Some((known, answer)) = answers.get(&key) {
            if *known != content && !self.has(Defect::OtherContentTaken) {
                return Err(Status::already_exists("this id came before with another document"));
            }
            if self.has(Defect::RefusalForgotten) && matches!(answer.decision, Some(Decision::Refusal(_))) {
                return Ok(wire::DeliverResponse {
                    decision: Some(Decision::Accepted(wire::Accepted {})),
                    ..answer.clone()
                });
            }
            return Ok(answer.clone());
        }
        let answer = self.decide(info, &read)?;
        answers.insert(key, (content, answer.clone()));
        Ok(answer)
    }

    async fn answer_term(
        &self,
        info: &wire::DeliveryInfo,
        signed: Option<&bus::SignedDocument>,
    ) -> Result<(), Status> {
        if self.has(Defect::ResultNever) {
            return Ok(());
        }
        let read = self.read(info, signed)?;
        let outcome = bus::complete_delivery_request::Outcome::Result(self.result(info, &read).await?);
        let mut correlation = info.message_id.clone();
        if self.has(Defect::ResultOfAnotherDelivery) {
            correlation.push_str("-another");
        }
        let sender = bus::Sender { sender_id: self.code.to_uppercase(), password: self.secret.clone() };
        let header = bus::MessageInfo {
            message_id: format!("complete-{}", info.message_id),
            correlation_id: correlation,
            service_id: info.service_id.clone(),
            message_date: info.bus_time,
            sender: (!self.has(Defect::ResultWithoutSender)).then_some(sender),
            ..Default::default()
        };
        let request = bus::CompleteDeliveryRequest { info: Some(header), outcome: Some(outcome) };
        let unavailable = |error: tonic::transport::Error| Status::unavailable(error.to_string());
        let mut client =
            GatewayServiceClient::connect(format!("http://{}", self.gateway)).await.map_err(unavailable)?;
        client.complete_delivery(request).await?;
        Ok(())
    }

    async fn result(&self, info: &wire::DeliveryInfo, read: &Read) -> Result<bus::SignedDocument, Status> {
        let person = payloads::iin(read.document.applicant.as_ref()).map_err(Status::invalid_argument)?;
        // A defect that takes anybody has nobody's registration to certify.
        let registered = self
            .population
            .by_iin(&person)
            .filter(|person| self.population.unemployment(&person.iin).is_some());
        let person = registered.ok_or_else(|| Status::internal("no such person"))?;
        let mut place = read.form.place_of_presentation.clone();
        if self.has(Defect::ResultLosesLetters) {
            place.retain(|c| c.is_ascii());
        }
        let certificate = payloads::certificate(&self.population, person, &place, &info.message_id);
        let mut title = bus::LocalizedText {
            kk: "Жұмыссыз ретінде тіркеу туралы анықтама".to_owned(),
            ru: "Справка о регистрации в качестве безработного".to_owned(),
            en: "Certificate of registration as unemployed".to_owned(),
        };
        if self.has(Defect::ResultInRussian) {
            title.kk.clear();
        }
        let mut named = info.clone();
        if self.has(Defect::ResultsSwapped)
            && let Some(before) = self.last_place.lock().unwrap().replace(info.clone())
        {
            named = before;
        }
        let centre = self.population.organization("astana-employment-centre").unwrap();
        let issued_at = info.bus_time.unwrap_or_default();
        let turn = self.turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let document = bus::ResultDocument {
            message_id: named.message_id.clone(),
            application_id: info.application_id.clone(),
            regulation_id: info.regulation_id.clone(),
            applicant: read.document.applicant.clone(),
            provider_bin: centre.bin.digits().to_owned(),
            kind: if self.has(Defect::ResultDiffers) {
                format!("certificate-{turn}")
            } else {
                "unemployed-certificate".to_owned()
            },
            title: Some(title.clone()),
            body: Some(if self.has(Defect::ResultOfAnotherType) {
                payloads::pack(&title)
            } else {
                payloads::pack(&certificate)
            }),
            issued_at: Some(issued_at),
        };
        let signatory = if self.has(Defect::ResultOfAnotherProvider) {
            "aktobe-education-signatory"
        } else {
            "astana-employment-centre-signatory"
        };
        let subject = self.population.certificate_subject(signatory).unwrap();
        let (key, chain) = keys::enroll(self.gateway, subject).await?;
        let mut content = document.encode_to_vec();
        let signature = keys::sign(&key, &chain, &content, &issued_at);
        if self.has(Defect::ResultTampered) {
            content = bus::ResultDocument { kind: "another".to_owned(), ..document }.encode_to_vec();
        }
        Ok(bus::SignedDocument {
            content: content.into(),
            content_type: "application/x-protobuf; message=eush.bus.v1.ResultDocument".to_owned(),
            signature: if self.has(Defect::ResultUnsigned) { Vec::new() } else { signature },
        })
    }
}
