//! `eush.management.v1.BusService`.

use std::sync::Arc;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::bus_service_server::BusService;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::evidence::ListReport;
use crate::parts::Core;

/// The service.
#[derive(Clone)]
pub(crate) struct BusState(pub(crate) Arc<Core>);

fn list(report: &ListReport) -> wire::RevocationList {
    let held = report.held.as_ref();
    wire::RevocationList {
        issuer: held.map_or_else(|| report.url.clone(), |list| list.issuer().to_string()),
        number: held.map(|list| list.number_text()).unwrap_or_default(),
        this_update: held.map(|list| convert::timestamp(list.this_update())),
        next_update: held.map(|list| convert::timestamp(list.next_update())),
        entries: held.map_or(0, |list| u64::try_from(list.len()).unwrap_or(u64::MAX)),
        error: report.error.clone(),
    }
}

#[tonic::async_trait]
impl BusService for BusState {
    async fn describe_bus(
        &self,
        request: Request<wire::DescribeBusRequest>,
    ) -> Result<Response<wire::DescribeBusResponse>, Status> {
        let core = &self.0;
        let realm = core.realm(&request)?;
        let listeners = core.listeners.iter().map(|listener| wire::Listener {
            name: listener.name.to_owned(),
            address: listener.address.to_string(),
            purpose: listener.purpose.to_owned(),
        });
        let flows = eush_acts::catalogue().flows().flat_map(|resolved| {
            let short = format!("{}/{}", resolved.regulation.alias, resolved.flow.id.channel.name());
            [short, resolved.flow.id.to_string()]
        });
        Ok(Response::new(wire::DescribeBusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            profile: realm.profile.name().to_owned(),
            seed: core.ground.seed,
            listeners: listeners.collect(),
            flows: flows.collect(),
        }))
    }

    async fn refresh_revocation(
        &self,
        request: Request<wire::RefreshRevocationRequest>,
    ) -> Result<Response<wire::RefreshRevocationResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let reports = realm.evidence.changed().await;
        Ok(Response::new(wire::RefreshRevocationResponse { lists: reports.iter().map(list).collect() }))
    }
}
