//! `eush.management.v1.VerifyService`.

use std::sync::Arc;

use eush_domain::LocalizedText;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::verify_calls_request::Expected;
use eush_wire::management::v1::verify_service_server::VerifyService;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue;
use crate::store::{CallFilter, End, SeenCall};

use super::filter::call_filter;
use super::journal::failed;

/// The service.
#[derive(Clone)]
pub(crate) struct Verifies(pub(crate) Arc<Core>);

/// Calls told at most.
const TOLD: u32 = 100;
/// Calls told at most of what was found instead.
const TOLD_INSTEAD: u32 = 20;

fn seen(realm: &Realm, call: &SeenCall) -> Option<wire::CallSeen> {
    let made = call.call()?;
    let verdict = &call.verdict;
    let about = made.about.as_ref().and_then(|about| realm.scripting.people.key_of(about));
    Some(wire::CallSeen {
        message_id: verdict.message_id.clone(),
        agency: made.agency.as_str().to_owned(),
        service_id: made.service.as_str().to_owned(),
        application_id: verdict.application.as_ref().map_or("", |id| id.as_str()).to_owned(),
        sender_id: verdict.sender_id.clone(),
        outcome: made.outcome.clone(),
        decided_by: made.decided_by.clone(),
        about: about.unwrap_or_default().to_owned(),
        received_at: Some(convert::timestamp(verdict.received_at)),
    })
}

/// How many calls there must be.
#[derive(Clone, Copy)]
struct Count {
    least: u64,
    most: u64,
}

impl Count {
    fn of(expected: Option<&Expected>) -> Self {
        match expected {
            Some(Expected::Exactly(count)) => Self { least: u64::from(*count), most: u64::from(*count) },
            Some(Expected::AtLeast(count)) => Self { least: u64::from(*count), most: u64::MAX },
            Some(Expected::AtMost(count)) => Self { least: 0, most: u64::from(*count) },
            None => Self { least: 1, most: u64::MAX },
        }
    }

    fn words(self) -> LocalizedText {
        let (kk, ru, en) = match (self.least, self.most) {
            (0, 0) => ("бірде-бір рет емес".to_owned(), "ни разу".to_owned(), "never".to_owned()),
            (least, most) if least == most => {
                (format!("дәл {least} рет"), format!("ровно {least} раз"), format!("exactly {least} times"))
            }
            (0, most) => (
                format!("{most} реттен артық емес"),
                format!("не более {most} раз"),
                format!("at most {most} times"),
            ),
            (least, _) => (
                format!("кемінде {least} рет"),
                format!("не менее {least} раз"),
                format!("at least {least} times"),
            ),
        };
        LocalizedText { kk, ru, en }
    }
}

impl Verifies {
    async fn told(
        &self,
        realm: &Realm,
        filter: CallFilter,
        limit: u32,
    ) -> Result<Vec<wire::CallSeen>, Status> {
        let calls = realm.store.calls(filter, End::Newest, limit).await.map_err(|error| failed(&error))?;
        Ok(calls.iter().rev().filter_map(|call| seen(realm, call)).collect())
    }

    async fn counted(
        &self,
        realm: &Realm,
        filter: CallFilter,
        expected: Count,
    ) -> Result<wire::VerifyCallsResponse, Status> {
        let found = realm.store.count_calls(filter.clone()).await.map_err(|error| failed(&error))?;
        let held = (expected.least..=expected.most).contains(&found);
        let instead = if held {
            Vec::new()
        } else {
            let calls = self.told(realm, filter.clone(), TOLD).await?;
            let near = CallFilter { agency: filter.agency.clone(), ..CallFilter::default() };
            let near = self.told(realm, near, TOLD_INSTEAD + TOLD).await?;
            let other: Vec<_> = near.into_iter().filter(|call| !calls.contains(call)).collect();
            let skip = other.len().saturating_sub(usize::try_from(TOLD_INSTEAD).unwrap_or(usize::MAX));
            other.into_iter().skip(skip).collect()
        };
        let words = expected.words();
        let summary = LocalizedText {
            kk: format!("Күтілгені: {}; табылғаны: {found}.", words.kk),
            ru: format!("Ожидалось: {}; найдено: {found}.", words.ru),
            en: format!("Expected {}, found {found}.", words.en),
        };
        let calls = self.told(realm, filter, TOLD).await?;
        Ok(wire::VerifyCallsResponse { held, found, summary: Some(convert::text(&summary)), calls, instead })
    }

    async fn in_order(
        &self,
        realm: &Realm,
        steps: Vec<CallFilter>,
    ) -> Result<wire::VerifyCallsResponse, Status> {
        let wanted = steps.len();
        let mut calls = Vec::new();
        let mut after = None;
        for step in steps {
            let next = CallFilter { after, ..step };
            let found = realm.store.calls(next, End::Oldest, 1).await.map_err(|error| failed(&error))?;
            let Some(call) = found.first() else { break };
            after = Some(call.place);
            calls.extend(seen(realm, call));
        }
        let held = calls.len() == wanted;
        let met = calls.len();
        let instead =
            if held { Vec::new() } else { self.told(realm, CallFilter::default(), TOLD_INSTEAD).await? };
        let summary = LocalizedText {
            kk: format!("Ретімен {wanted} шақыру күтілді; {met} табылды."),
            ru: format!("Ожидалось вызовов по порядку: {wanted}; найдено: {met}."),
            en: format!("Expected {wanted} calls in this order, found {met} of them."),
        };
        Ok(wire::VerifyCallsResponse {
            held,
            found: u64::try_from(met).unwrap_or(u64::MAX),
            summary: Some(convert::text(&summary)),
            calls,
            instead,
        })
    }
}

#[tonic::async_trait]
impl VerifyService for Verifies {
    async fn verify_calls(
        &self,
        request: Request<wire::VerifyCallsRequest>,
    ) -> Result<Response<wire::VerifyCallsResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let mut faults = Vec::new();
        let has_order = !request.in_order.is_empty();
        if has_order && (request.calls.is_some() || request.expected.is_some()) {
            let expected = "nothing beside it: an order is met or not".to_owned();
            faults.push(("in_order".to_owned(), expected));
        }
        let steps: Vec<_> = request
            .in_order
            .into_iter()
            .enumerate()
            .map(|(index, step)| call_filter(&format!("in_order[{index}]"), step, &realm, &mut faults))
            .collect();
        let calls = call_filter("calls", request.calls.unwrap_or_default(), &realm, &mut faults);
        if !faults.is_empty() {
            return Err(rescue::fields(faults));
        }
        let answer = if has_order {
            self.in_order(&realm, steps).await?
        } else {
            self.counted(&realm, calls, Count::of(request.expected.as_ref())).await?
        };
        Ok(Response::new(answer))
    }
}
