//! One visit to a front, call by call, with everything that it was told.

use eush_sign::SigningKey;
use eush_wire::application::v1::application_service_client::ApplicationServiceClient;
use eush_wire::application::v1::{
    BringRequest, FillRequest, FillResponse, HandOverRequest, StartRequest, SubmitRequest, WatchRequest,
    WatchResponse,
};
use eush_wire::bus::v1::{ApplicationState, ApplicationStatus, Refusal, SignedDocument, Step};
use eush_wire::management::v1::EnrollResponse;
use prost::Message as _;
use tonic::{Status, Streaming};

use crate::connect::{Bus, BusChannel};
use crate::exit::Failure;

/// Content type of a document that a person signs.
const DOCUMENT: &str = "application/x-protobuf; message=eush.bus.v1.Document";

/// A person (or an operator for them) at a front.
#[derive(Debug)]
pub(crate) struct Visit {
    address: String,
    client: ApplicationServiceClient<BusChannel>,
    session: String,
    /// What the front last said of the application.
    pub(crate) status: ApplicationStatus,
    /// Items executed so far, in order.
    pub(crate) steps: Vec<Step>,
}

/// A key with its certificates, ready to sign.
#[derive(Debug)]
pub(crate) struct Signatory {
    key: SigningKey,
    chain: Vec<Vec<u8>>,
}

impl Signatory {
    /// Of what the test authority gave.
    pub(crate) fn of(enrolled: &EnrollResponse) -> Result<Self, Failure> {
        let key = SigningKey::from_pkcs8_der(&enrolled.private_key)
            .map_err(|error| Failure::Bug(error.to_string()))?;
        Ok(Self { key, chain: enrolled.chain.clone() })
    }

    /// Signs exactly these bytes at a moment of the bus's clock.
    pub(crate) fn sign(&self, content: &[u8], at: eush_domain::Timestamp) -> Result<SignedDocument, Failure> {
        let (leaf, above) =
            self.chain.split_first().ok_or_else(|| Failure::Bug("a key without certificate".to_owned()))?;
        let signature = eush_sign::cms::sign_detached(content, &self.key, leaf, above, at)
            .map_err(|error| Failure::Bug(error.to_string()))?;
        Ok(SignedDocument { content: content.to_vec().into(), content_type: DOCUMENT.to_owned(), signature })
    }
}

impl Visit {
    /// Logs in and picks a public service. A refused login is an answer, not an error: see `status`.
    pub(crate) async fn start(
        bus: &Bus,
        front: &str,
        regulation_id: &str,
        login: &str,
        password: &str,
    ) -> Result<Self, Failure> {
        let request = StartRequest {
            regulation_id: regulation_id.to_owned(),
            login: login.to_owned(),
            password: password.to_owned(),
            ..StartRequest::default()
        };
        Self::begin(bus, front, request).await
    }

    /// The same, with everything that can be said at the start.
    pub(crate) async fn begin(bus: &Bus, front: &str, request: StartRequest) -> Result<Self, Failure> {
        let address = bus.address(front)?.to_owned();
        let mut client =
            ApplicationServiceClient::new(bus.channel(front).await?).max_decoding_message_size(16 << 20);
        let answer = client
            .start(request)
            .await
            .map_err(|status| Failure::from_status(&address, status))?
            .into_inner();
        let status = answer.status.unwrap_or_default();
        Ok(Self { address, client, session: answer.front_session, status, steps: answer.steps })
    }

    /// Id of the application.
    pub(crate) fn application(&self) -> &str {
        &self.status.application_id
    }

    /// Fills the form; the front makes the lookups that the act wants. The answer holds the bytes to sign.
    pub(crate) async fn fill(&mut self, mut request: FillRequest) -> Result<FillResponse, Failure> {
        request.front_session.clone_from(&self.session);
        request.application_id = self.application().to_owned();
        let answer = self.client.fill(request).await.map_err(|status| self.refused(status))?.into_inner();
        self.told(answer.status.clone(), answer.steps.clone());
        Ok(answer)
    }

    /// Hands in the signed document.
    pub(crate) async fn submit(
        &mut self,
        document: SignedDocument,
        patience: Option<std::time::Duration>,
    ) -> Result<(), Failure> {
        let mut request = tonic::Request::new(SubmitRequest {
            front_session: self.session.clone(),
            application_id: self.application().to_owned(),
            document: Some(document),
        });
        if let Some(patience) = patience {
            request.set_timeout(patience);
        }
        let answer = self.client.submit(request).await.map_err(|status| self.refused(status))?.into_inner();
        self.told(answer.status, answer.steps);
        Ok(())
    }

    /// The operator hands the result to the person.
    pub(crate) async fn hand_over(&mut self) -> Result<(), Failure> {
        let request = HandOverRequest {
            front_session: self.session.clone(),
            application_id: self.application().to_owned(),
        };
        let answer =
            self.client.hand_over(request).await.map_err(|status| self.refused(status))?.into_inner();
        self.told(answer.status, answer.steps);
        Ok(())
    }

    /// The person brings what the provider waits for.
    pub(crate) async fn bring(&mut self) -> Result<(), Failure> {
        let request = BringRequest {
            front_session: self.session.clone(),
            application_id: self.application().to_owned(),
        };
        let answer = self.client.bring(request).await.map_err(|status| self.refused(status))?.into_inner();
        self.told(answer.status, answer.steps);
        Ok(())
    }

    /// Everything so far, then each change as it comes.
    pub(crate) async fn watch(&mut self) -> Result<Streaming<WatchResponse>, Failure> {
        let request = WatchRequest {
            front_session: self.session.clone(),
            application_id: self.application().to_owned(),
        };
        let stream = self.client.watch(request).await.map_err(|status| self.refused(status))?;
        Ok(stream.into_inner())
    }

    /// Asks for everything that has happened so far, and takes it as the truth.
    pub(crate) async fn catch_up(&mut self) -> Result<(), Failure> {
        let mut stream = self.watch().await?;
        if let Some(now) = stream.message().await.map_err(|status| self.refused(status))? {
            self.status = now.status.unwrap_or_default();
            self.steps = now.steps;
        }
        Ok(())
    }

    /// Whether the application is in this state.
    pub(crate) fn is(&self, state: ApplicationState) -> bool {
        self.status.state() == state
    }

    fn told(&mut self, status: Option<ApplicationStatus>, steps: Vec<Step>) {
        self.status = status.unwrap_or_default();
        self.steps.extend(steps);
    }

    fn refused(&self, status: Status) -> Failure {
        Failure::from_status(&self.address, status)
    }
}

/// What the bus found before it refused, where the status carries it.
pub(crate) fn refusal(status: &Status) -> Option<Refusal> {
    let wire = tonic_types::pb::Status::decode(status.details()).ok()?;
    wire.details.iter().find_map(|detail| detail.to_msg::<Refusal>().ok())
}
