//! `eush.management.v1.SnapshotService`.

use std::pin::Pin;
use std::sync::Arc;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::snapshot_service_server::SnapshotService;
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::convert;
use crate::parts::Core;
use crate::rescue::{self, Context};
use crate::snapshot::{LARGEST, StateError};

/// The service.
#[derive(Clone)]
pub(crate) struct SnapshotCalls(pub(crate) Arc<Core>);

/// Bytes in one answer.
const CHUNK: usize = 256 << 10;

impl From<StateError> for Status {
    fn from(error: StateError) -> Self {
        let message = error.to_string();
        match error {
            StateError::Agency { status, .. } => {
                rescue::management(status.code(), "AGENCY_PART_FAILED", &message)
            }
            StateError::File(_) | StateError::Kind(_) | StateError::Store(_) => {
                rescue::management(Code::InvalidArgument, "SNAPSHOT_UNUSABLE", &message)
            }
            StateError::Seed { .. } => {
                rescue::management(Code::FailedPrecondition, "SNAPSHOT_OF_ANOTHER_SEED", &message)
            }
            StateError::HalfDone(_) => rescue::management(Code::Internal, "RESTORE_HALF_DONE", &message),
            StateError::PutBack(cause) => {
                let told = [Code::FailedPrecondition, Code::InvalidArgument, Code::Unavailable];
                let code = Some(Self::from(*cause).code()).filter(|code| told.contains(code));
                rescue::management(code.unwrap_or(Code::Internal), "RESTORE_UNDONE", &message)
            }
            StateError::Session(error) => error.into(),
        }
    }
}

fn named(text: &str) -> Result<Option<eush_domain::SessionKey>, Status> {
    (!text.is_empty()).then(|| super::session::key("session", text)).transpose()
}

async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, StateError>> + Send + 'static,
) -> Result<T, Status> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(rescue::incident(&error, &Context::default())),
    }
}

#[tonic::async_trait]
impl SnapshotService for SnapshotCalls {
    type SaveSnapshotStream = Pin<Box<dyn Stream<Item = Result<wire::SaveSnapshotResponse, Status>> + Send>>;

    async fn save_snapshot(
        &self,
        request: Request<wire::SaveSnapshotRequest>,
    ) -> Result<Response<Self::SaveSnapshotStream>, Status> {
        let session = named(&request.get_ref().session)?;
        let sessions = self.0.sessions.clone();
        let file = whole(async move { sessions.save_snapshot(session.as_ref()).await }).await?;
        let file = bytes::Bytes::from(file);
        let chunks = (0..file.len()).step_by(CHUNK).map(move |from| {
            let chunk = file.slice(from..file.len().min(from + CHUNK)).to_vec();
            Ok(wire::SaveSnapshotResponse { chunk })
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }

    async fn restore_snapshot(
        &self,
        request: Request<Streaming<wire::RestoreSnapshotRequest>>,
    ) -> Result<Response<wire::RestoreSnapshotResponse>, Status> {
        let mut requests = request.into_inner();
        let mut session = None;
        let mut file = Vec::new();
        let mut first = true;
        while let Some(request) = requests.message().await? {
            if std::mem::take(&mut first) {
                session = named(&request.session)?;
            }
            if file.len() + request.chunk.len() > LARGEST {
                let message = format!("a snapshot has at most {LARGEST} bytes");
                return Err(rescue::management(Code::ResourceExhausted, "SNAPSHOT_TOO_LARGE", &message));
            }
            file.extend_from_slice(&request.chunk);
        }
        let sessions = self.0.sessions.clone();
        let restored = whole(async move { sessions.restore_snapshot(session, &file).await }).await?;
        Ok(Response::new(wire::RestoreSnapshotResponse {
            made_at: Some(convert::timestamp(restored.made_at)),
            sessions: restored.sessions.iter().map(|key| key.as_str().to_owned()).collect(),
        }))
    }
}
