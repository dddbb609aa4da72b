//! Both profiles' verdicts on one signed request, side by side.

use eush_wire::bus::v1::SignedDocument;
use eush_wire::management::v1::journal_service_client::JournalServiceClient;
use eush_wire::management::v1::{CompareProfilesRequest, ProfileVerdict};
use serde_json::{Value, json};

use crate::connect::Bus;
use crate::exit::Failure;
use crate::journal::{check_data, found};
use crate::output;

/// What each profile says, in the bus's order.
#[derive(Clone, Debug)]
pub(crate) struct Comparison(Vec<ProfileVerdict>);

/// Asks the bus; nothing is sent on.
pub(crate) async fn profiles(
    bus: &Bus,
    application_id: &str,
    document: &SignedDocument,
) -> Result<Comparison, Failure> {
    let address = bus.address("management")?;
    let mut client = JournalServiceClient::new(bus.channel("management").await?);
    let request = CompareProfilesRequest {
        application_id: application_id.to_owned(),
        document: Some(document.clone()),
    };
    let answer =
        client.compare_profiles(request).await.map_err(|status| Failure::from_status(address, status))?;
    Ok(Comparison(answer.into_inner().verdicts))
}

impl Comparison {
    /// One line a check, one column a profile.
    pub(crate) fn lines(&self) -> Vec<String> {
        let told = |verdict: &ProfileVerdict| {
            if verdict.reason.is_empty() { "passes".to_owned() } else { verdict.reason.clone() }
        };
        let head = std::iter::once(String::new());
        let mut rows: Vec<Vec<String>> =
            vec![head.chain(self.0.iter().map(|verdict| verdict.profile.clone())).collect()];
        let first = self.0.first().map_or(&[][..], |verdict| verdict.checks.as_slice());
        for (index, check) in first.iter().enumerate() {
            let cells = self.0.iter().map(|verdict| {
                verdict.checks.get(index).map_or_else(String::new, |check| found(check).to_owned())
            });
            rows.push(std::iter::once(check.stage.clone()).chain(cells).collect());
        }
        rows.push(std::iter::once("verdict".to_owned()).chain(self.0.iter().map(told)).collect());
        output::table(&rows)
    }

    /// As data, by profile.
    pub(crate) fn data(&self) -> Value {
        let verdicts = self.0.iter().map(|verdict| {
            let told = json!({
                "passes": verdict.reason.is_empty(),
                "reason": (!verdict.reason.is_empty()).then_some(&verdict.reason),
                "checks": verdict.checks.iter().map(check_data).collect::<Vec<_>>(),
            });
            (verdict.profile.clone(), told)
        });
        Value::Object(verdicts.collect())
    }
}
