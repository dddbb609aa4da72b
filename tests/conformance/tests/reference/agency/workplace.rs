//! The reference as people of an office use it: a system with one screen, which shows identity data.

use eush_wire::management::v1 as management;
use eush_wire::registry::monitoring::v1::IdentityDocument;

use super::super::face::{face, read, write};
use super::*;

face!(Workplace, "eush.adapter.v1.WorkplaceService", Arc<Reference>, used);

async fn used(agency: Arc<Reference>, _: &str, body: bytes::Bytes) -> Result<bytes::Bytes, Status> {
    if agency.code != "monitoring" {
        return Err(Status::unimplemented("nobody uses this by hand"));
    }
    write(&agency.shows(read(body)?)?)
}

impl Reference {
    fn shows(&self, request: wire::UseRequest) -> Result<wire::UseResponse, Status> {
        let missing = |field: &str| Err(Status::invalid_argument(format!("`{field}` is missing")));
        if request.use_id.is_empty() || request.use_id.len() > 96 {
            return Err(Status::invalid_argument("`use_id` has 1 to 96 characters"));
        }
        if request.access() == wire::Access::Unspecified && !self.has(Defect::AccessNotNeeded) {
            return missing("access");
        }
        if request.bus_time.is_none() {
            return missing("bus_time");
        }
        let iin = match &request.about {
            None => None,
            about @ Some(party) => match payloads::iin(about.as_ref()) {
                Ok(iin) => Some(iin),
                Err(fault) => {
                    let told = if self.has(Defect::UseLeaksTheNumber) { format!("{party:?}") } else { fault };
                    return Err(Status::invalid_argument(told));
                }
            },
        };
        let entry = iin.and_then(|iin| self.identity(&iin));
        self.count_use(&request);
        let mut failing = Vec::new();
        if entry.is_none() || self.has(Defect::UseFailsUnasked) {
            let asked = |check: &&str| {
                self.has(Defect::UseFailsUnasked) || request.checks.iter().any(|asked| asked == check)
            };
            failing.extend(["presence"].iter().filter(|check| asked(check)).map(|&check| check.to_owned()));
        }
        let shown = match entry {
            Some(entry) => wire::use_response::Shown::Entry(payloads::pack(&entry)),
            None => wire::use_response::Shown::Nothing(wire::NothingShown {}),
        };
        let use_id = if self.has(Defect::UseEchoesAnotherId) { "another".to_owned() } else { request.use_id };
        Ok(wire::UseResponse { use_id, shown: Some(shown), failing })
    }

    /// Identity data that the state has.
    fn identity(&self, iin: &eush_domain::Iin) -> Option<IdentityDocument> {
        use eush_domain::synthetic::population::Presence;

        let known = self.population.by_iin(iin)?;
        if known.presence != Presence::Present && !self.has(Defect::NobodyShown) {
            return None;
        }
        let turn = self.turns.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let number = known.identity_card.number.clone();
        Some(IdentityDocument {
            iin: known.iin.digits().to_owned(),
            surname: known.names.kk.surname.clone(),
            name: known.names.kk.given.clone(),
            patronymic: known.names.kk.patronymic.clone(),
            birth_date: known.birth_date.to_string(),
            document_number: if self.has(Defect::UseDiffers) { format!("{number}-{turn}") } else { number },
            valid_until: known.identity_card.valid_until.to_string(),
        })
    }

    fn count_use(&self, request: &wire::UseRequest) {
        if self.has(Defect::UseIsCall) {
            self.calls.lock().unwrap().push(management::AgencyCallRecord {
                application_id: request.application_id.clone(),
                ..Default::default()
            });
        }
        self.uses.lock().unwrap().push(management::ManualUseRecord {
            use_id: request.use_id.clone(),
            application_id: request.application_id.clone(),
            ..Default::default()
        });
    }

    /// Uses of an application.
    pub(super) fn uses_of(&self, application_id: &str) -> Vec<management::ManualUseRecord> {
        let uses = self.uses.lock().unwrap();
        uses.iter().filter(|known| known.application_id == application_id).cloned().collect()
    }
}
