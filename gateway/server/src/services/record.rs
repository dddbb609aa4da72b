//! `eush.management.v1.RecordService`.

use std::sync::Arc;

use eush_domain::{AgencyId, Clock as _};
use eush_scripts::Book;
use eush_scripts::record::RecordError;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::record_service_server::RecordService;
use eush_wire::management::v1::start_replay_request::Source;
use tonic::{Code, Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::rescue;
use crate::scripting::Replay;

use super::journal::shown;
use super::script::{faulty, keep};

/// The service.
#[derive(Clone)]
pub(crate) struct Records(pub(crate) Arc<Core>);

fn failed(error: &RecordError) -> Status {
    let (code, reason) = match error {
        RecordError::Id { .. } => (Code::InvalidArgument, "RECORDING_ID_INVALID"),
        RecordError::Taken { .. } => (Code::AlreadyExists, "RECORDING_EXISTS"),
        RecordError::TooMany => (Code::ResourceExhausted, "RECORDINGS_TOO_MANY"),
        RecordError::Unknown { .. } => (Code::NotFound, "RECORDING_UNKNOWN"),
    };
    rescue::management(code, reason, &error.to_string())
}

#[tonic::async_trait]
impl RecordService for Records {
    async fn start_recording(
        &self,
        request: Request<wire::StartRecordingRequest>,
    ) -> Result<Response<wire::StartRecordingResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let known = |code: &String| {
            AgencyId::parse(code).is_ok_and(|code| self.0.ground.config.agencies.contains_key(&code))
        };
        let unknown: Vec<_> = request
            .agencies
            .iter()
            .enumerate()
            .filter(|(_, code)| !known(code))
            .map(|(index, _)| (format!("agencies[{index}]"), "the code of an agency of this bus".to_owned()))
            .collect();
        if !unknown.is_empty() {
            return Err(rescue::fields(unknown));
        }
        let redaction = wire::Redaction::try_from(request.redaction)
            .map_err(|_| rescue::fields(vec![("redaction".to_owned(), "full or none".to_owned())]))?;
        let now = convert::timestamp(realm.clock.now());
        let recording = realm.scripting.recorder.start(&request.id, request.agencies, redaction, now);
        let recording = Some(recording.map_err(|error| failed(&error))?);
        keep(&realm).await?;
        Ok(Response::new(wire::StartRecordingResponse { recording }))
    }

    async fn stop_recording(
        &self,
        request: Request<wire::StopRecordingRequest>,
    ) -> Result<Response<wire::StopRecordingResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let now = convert::timestamp(realm.clock.now());
        let recording = realm.scripting.recorder.stop(&request.into_inner().id, now);
        let recording = Some(recording.map_err(|error| failed(&error))?);
        keep(&realm).await?;
        Ok(Response::new(wire::StopRecordingResponse { recording }))
    }

    async fn list_recordings(
        &self,
        request: Request<wire::ListRecordingsRequest>,
    ) -> Result<Response<wire::ListRecordingsResponse>, Status> {
        let recordings = self.0.realm(&request)?.scripting.recorder.list();
        Ok(Response::new(wire::ListRecordingsResponse { recordings }))
    }

    async fn export_recording(
        &self,
        request: Request<wire::ExportRecordingRequest>,
    ) -> Result<Response<wire::ExportRecordingResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let file = realm.scripting.recorder.export(&request.into_inner().id);
        let file = Some(file.map_err(|error| failed(&error))?);
        Ok(Response::new(wire::ExportRecordingResponse { file }))
    }

    async fn delete_recording(
        &self,
        request: Request<wire::DeleteRecordingRequest>,
    ) -> Result<Response<wire::DeleteRecordingResponse>, Status> {
        let realm = self.0.realm(&request)?;
        realm.scripting.recorder.delete(&request.into_inner().id).map_err(|error| failed(&error))?;
        keep(&realm).await?;
        Ok(Response::new(wire::DeleteRecordingResponse {}))
    }

    async fn start_replay(
        &self,
        request: Request<wire::StartReplayRequest>,
    ) -> Result<Response<wire::StartReplayResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let unmatched = request.unmatched();
        let mut id = request.id;
        let mut file = match request.source {
            Some(Source::File(file)) => file,
            Some(Source::Recording(recording)) => {
                let file = realm.scripting.recorder.export(&recording).map_err(|error| failed(&error))?;
                if id.is_empty() {
                    id = recording;
                }
                file
            }
            None => {
                let expected = "a recording of this bus, or an exported one in its place".to_owned();
                return Err(rescue::fields(vec![("recording".to_owned(), expected)]));
            }
        };
        if !eush_scripts::script::is_id(&id) {
            return Err(rescue::fields(vec![("id".to_owned(), "`[a-z0-9][a-z0-9-]{0,62}`".to_owned())]));
        }
        file.people.extend(request.people);
        let scripts = eush_scripts::file(&file, realm.scripting.people.as_ref());
        let scripts = scripts.map_err(|faults| faulty(faults, "file"))?;
        let book = Book::default();
        book.add(
            scripts,
            if unmatched == wire::Unmatched::Unspecified { file.unmatched() } else { unmatched },
        );
        let replay = Replay { id: id.clone(), book };
        let state = replay.state();
        if realm.scripting.start_replay(replay) {
            keep(&realm).await?;
            return Ok(Response::new(wire::StartReplayResponse { replay: Some(state) }));
        }
        let message = format!("There is a replay `{id}`; stop it, or give this one another id.");
        Err(rescue::management(Code::AlreadyExists, "REPLAY_EXISTS", &message))
    }

    async fn stop_replay(
        &self,
        request: Request<wire::StopReplayRequest>,
    ) -> Result<Response<wire::StopReplayResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let id = request.into_inner().id;
        let replay = realm.scripting.stop_replay(&id).ok_or_else(|| {
            let message = format!("There is no replay `{}`; `eush replay list` shows them.", shown(&id));
            rescue::management(Code::NotFound, "REPLAY_UNKNOWN", &message)
        })?;
        keep(&realm).await?;
        Ok(Response::new(wire::StopReplayResponse { replay: Some(replay.state()) }))
    }

    async fn list_replays(
        &self,
        request: Request<wire::ListReplaysRequest>,
    ) -> Result<Response<wire::ListReplaysResponse>, Status> {
        let replays = self.0.realm(&request)?.scripting.replays();
        let replays = replays.iter().map(|replay| replay.state()).collect();
        Ok(Response::new(wire::ListReplaysResponse { replays }))
    }
}
