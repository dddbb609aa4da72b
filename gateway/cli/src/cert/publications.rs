//! `eush cert defects|fault|lists|publish`: what the test authority publishes, spoiled on purpose or put out at once.

use eush_wire::management::v1::bus_service_client::BusServiceClient;
use eush_wire::management::v1::{
    Defect, DefectDescription, DescribeDefectsRequest, KeyAlgorithm, ListPublicationFaultsRequest,
    PublicationFault, PublicationFaultRecord, PublicationPoint, PublishNowRequest, RefreshRevocationRequest,
    ResetPublicationFaultsRequest, SetPublicationFaultRequest,
};
use serde_json::{Value, json};

use super::{Authority, algorithm_name};
use crate::args::{Point, PublicationFaultAction};
use crate::bus::Keys;
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

impl Authority {
    async fn catalogue(&mut self) -> Result<Vec<DefectDescription>, Failure> {
        match self.client.describe_defects(DescribeDefectsRequest {}).await {
            Ok(answer) => Ok(answer.into_inner().defects),
            Err(status) => Err(self.failed(status)),
        }
    }
}

/// The catalogue of deliberate defects.
pub(super) async fn defects(authority: &mut Authority, printer: Printer) -> Result<(), Failure> {
    let catalogue = authority.catalogue().await?;
    let row = |one: &DefectDescription| {
        vec![one.name.clone(), places(one).join(","), one.expected.clone(), one.change.clone()]
    };
    for line in output::table(&catalogue.iter().map(row).collect::<Vec<_>>()) {
        printer.line(line);
    }
    printer.line("");
    printer.line("Those of a certificate: eush cert issue --as PERSON --defect NAME. The others: eush cert fault set NAME.");
    let data = |one: &DefectDescription| {
        json!({
            "name": one.name,
            "of": if one.defect() == Defect::Unspecified { "publication" } else { "certificate" },
            "points": one.points().map(point_name).collect::<Vec<_>>(),
            "change": one.change,
            "expected": one.expected,
        })
    };
    printer.data(&catalogue.iter().map(data).collect::<Vec<_>>())
}

/// Where a defect is: a certificate, or the points of a publication's.
fn places(one: &DefectDescription) -> Vec<&'static str> {
    if one.defect() == Defect::Unspecified {
        one.points().map(point_name).collect()
    } else {
        vec!["certificate"]
    }
}

/// Sets, ends and lists faults of what is published.
pub(super) async fn fault(
    authority: &mut Authority,
    action: PublicationFaultAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    match action {
        PublicationFaultAction::List => list(authority, printer).await?,
        PublicationFaultAction::Reset { at, algorithm } => {
            let request = ResetPublicationFaultsRequest {
                algorithm: keys(algorithm).into(),
                point: at.map_or(PublicationPoint::Unspecified, PublicationPoint::from).into(),
            };
            let ended = match authority.client.reset_publication_faults(request).await {
                Ok(answer) => answer.into_inner().reset,
                Err(status) => return Err(authority.failed(status)),
            };
            printer.line(format!("faults ended: {ended}"));
            printer.data(&json!({ "reset": ended }))?;
        }
        PublicationFaultAction::Set { fault, at, algorithm } => {
            let catalogue = authority.catalogue().await?;
            let (fault, point) = chosen(&catalogue, &fault, at)?;
            let request = SetPublicationFaultRequest {
                algorithm: keys(algorithm).into(),
                point: point.into(),
                fault: fault.into(),
            };
            if let Err(status) = authority.client.set_publication_fault(request).await {
                return Err(authority.failed(status));
            }
            list(authority, printer).await?;
            if point != PublicationPoint::Ocsp {
                printer.line("Who holds an earlier list meets the fault when it is fetched again; the gateway by `eush cert lists`, and it keeps the last good one.");
            }
        }
    }
    Ok(Outcome::Positive)
}

/// The fault of a name, and where: a fault that can be in one place only needs none named.
fn chosen(
    catalogue: &[DefectDescription],
    name: &str,
    at: Option<Point>,
) -> Result<(PublicationFault, PublicationPoint), Failure> {
    let faults = || catalogue.iter().filter(|one| one.fault() != PublicationFault::Unspecified);
    let Some(found) = faults().find(|one| one.name == name) else {
        let names: Vec<_> = faults().map(|one| one.name.as_str()).collect();
        return Err(Failure::Usage(format!("there is no fault `{name}`; there are {}", names.join(", "))));
    };
    let possible = || found.points().map(point_name).collect::<Vec<_>>().join(", ");
    let point = match (at, found.points().collect::<Vec<_>>().as_slice()) {
        (Some(at), points) if points.contains(&at.into()) => at.into(),
        (Some(_), _) => {
            return Err(Failure::Usage(format!("`{name}` can be set with --at {} only", possible())));
        }
        (None, [only]) => *only,
        (None, _) => return Err(Failure::Usage(format!("say where with --at: {}", possible()))),
    };
    Ok((found.fault(), point))
}

async fn list(authority: &mut Authority, printer: Printer) -> Result<(), Failure> {
    let records = match authority.client.list_publication_faults(ListPublicationFaultsRequest {}).await {
        Ok(answer) => answer.into_inner().records,
        Err(status) => return Err(authority.failed(status)),
    };
    let row = |one: &PublicationFaultRecord| {
        let ended = one.reset_at.as_ref().map(|at| output::time(Some(at)));
        vec![
            fault_name(one.fault()),
            point_name(one.point()).to_owned(),
            algorithm_name(one.algorithm()).to_owned(),
            output::time(one.set_at.as_ref()),
            ended.map_or_else(|| "in force".to_owned(), |at| format!("ended {at}")),
            format!("met {}", one.served),
        ]
    };
    for line in output::table(&records.iter().map(row).collect::<Vec<_>>()) {
        printer.line(line);
    }
    if records.is_empty() {
        printer.line("no fault was set since the certificate services started");
    }
    let data = |one: &PublicationFaultRecord| {
        json!({
            "fault": fault_name(one.fault()),
            "point": point_name(one.point()),
            "algorithm": algorithm_name(one.algorithm()),
            "set_at": output::rfc3339(one.set_at.as_ref()),
            "reset_at": output::rfc3339(one.reset_at.as_ref()),
            "served": one.served,
        })
    };
    printer.data(&records.iter().map(data).collect::<Vec<_>>())
}

/// Publishes lists at once, due or not.
pub(super) async fn publish(
    authority: &mut Authority,
    at: Option<Point>,
    algorithm: Option<Keys>,
    printer: Printer,
) -> Result<(), Failure> {
    if at == Some(Point::Ocsp) {
        return Err(Failure::Usage("a responder publishes nothing: it answers as things are".to_owned()));
    }
    let request = PublishNowRequest {
        algorithm: keys(algorithm).into(),
        point: at.map_or(PublicationPoint::Unspecified, PublicationPoint::from).into(),
    };
    let done = match authority.client.publish_now(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Err(authority.failed(status)),
    };
    printer.line(format!("lists published: {}", done.published));
    printer.data(&json!({ "published": done.published, "next_due": output::rfc3339(done.next_due.as_ref()) }))
}

/// Has the gateway fetch its lists and shows what it holds of each. Negative where one was not taken.
pub(super) async fn lists(bus: &Bus, printer: Printer) -> Result<Outcome, Failure> {
    let address = bus.address("management")?.to_owned();
    let mut client = BusServiceClient::new(bus.channel("management").await?);
    let lists = match client.refresh_revocation(RefreshRevocationRequest {}).await {
        Ok(answer) => answer.into_inner().lists,
        Err(status) => return Err(Failure::from_status(&address, status)),
    };
    let mut rows = Vec::new();
    let mut data: Vec<Value> = Vec::new();
    for list in &lists {
        rows.push(vec![
            list.issuer.clone(),
            format!("number {}", if list.number.is_empty() { "none" } else { &list.number }),
            format!("entries {}", list.entries),
            format!("until {}", output::time(list.next_update.as_ref())),
            list.error.clone(),
        ]);
        data.push(json!({
            "issuer": list.issuer,
            "number": list.number,
            "this_update": output::rfc3339(list.this_update.as_ref()),
            "next_update": output::rfc3339(list.next_update.as_ref()),
            "entries": list.entries,
            "error": list.error,
        }));
    }
    for line in output::table(&rows) {
        printer.line(line);
    }
    printer.data(&data)?;
    Ok(Outcome::of(!lists.is_empty() && lists.iter().all(|list| list.error.is_empty())))
}

fn keys(algorithm: Option<Keys>) -> KeyAlgorithm {
    match algorithm {
        None => KeyAlgorithm::Unspecified,
        Some(Keys::Gost) => KeyAlgorithm::Gost2015512,
        Some(Keys::Rsa) => KeyAlgorithm::Rsa2048,
    }
}

/// The protocol's name in lower case, as the catalogue has it.
fn fault_name(fault: PublicationFault) -> String {
    fault.as_str_name().trim_start_matches("PUBLICATION_FAULT_").to_lowercase().replace('_', "-")
}

fn point_name(point: PublicationPoint) -> &'static str {
    match point {
        PublicationPoint::Unspecified => "unspecified",
        PublicationPoint::DeltaList => "delta-list",
        PublicationPoint::List => "list",
        PublicationPoint::Ocsp => "ocsp",
        PublicationPoint::RootList => "root-list",
    }
}

impl From<Point> for PublicationPoint {
    fn from(point: Point) -> Self {
        match point {
            Point::DeltaList => Self::DeltaList,
            Point::List => Self::List,
            Point::Ocsp => Self::Ocsp,
            Point::RootList => Self::RootList,
        }
    }
}
