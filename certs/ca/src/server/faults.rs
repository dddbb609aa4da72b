//! Between the wire's words of publications and faults and the authority's.

use eush_wire::management::v1 as wire;
use tonic::Status;

use super::convert;
use crate::catalogue::{DefectFacts, Flaw};
use crate::error::FaultError;
use crate::fault::{FaultRecord, PublicationFault, PublicationPoint};

impl From<FaultError> for Status {
    fn from(error: FaultError) -> Self {
        match error {
            FaultError::NotApplicable { .. } => {
                convert::invalid("fault", "one of what is published at the point")
            }
        }
    }
}

/// A point; `None` where none is named.
pub(super) fn any_point(value: i32) -> Result<Option<PublicationPoint>, Status> {
    let known =
        wire::PublicationPoint::try_from(value).map_err(|_| convert::invalid("point", "a known point"))?;
    Ok(match known {
        wire::PublicationPoint::Unspecified => None,
        wire::PublicationPoint::DeltaList => Some(PublicationPoint::DeltaList),
        wire::PublicationPoint::List => Some(PublicationPoint::List),
        wire::PublicationPoint::Ocsp => Some(PublicationPoint::Ocsp),
        wire::PublicationPoint::RootList => Some(PublicationPoint::RootList),
    })
}

fn point(point: PublicationPoint) -> wire::PublicationPoint {
    match point {
        PublicationPoint::DeltaList => wire::PublicationPoint::DeltaList,
        PublicationPoint::List => wire::PublicationPoint::List,
        PublicationPoint::Ocsp => wire::PublicationPoint::Ocsp,
        PublicationPoint::RootList => wire::PublicationPoint::RootList,
    }
}

/// A fault.
pub(super) fn fault(value: i32) -> Result<PublicationFault, Status> {
    let unknown = || convert::invalid("fault", "a known fault");
    Ok(match wire::PublicationFault::try_from(value).map_err(|_| unknown())? {
        wire::PublicationFault::Unspecified => return Err(unknown()),
        wire::PublicationFault::Empty => PublicationFault::Empty,
        wire::PublicationFault::Garbage => PublicationFault::Garbage,
        wire::PublicationFault::Html => PublicationFault::Html,
        wire::PublicationFault::InternalError => PublicationFault::InternalError,
        wire::PublicationFault::NeverIssued => PublicationFault::NeverIssued,
        wire::PublicationFault::NextUpdateMissing => PublicationFault::NextUpdateMissing,
        wire::PublicationFault::OldNonce => PublicationFault::OldNonce,
        wire::PublicationFault::Reset => PublicationFault::Reset,
        wire::PublicationFault::Slow => PublicationFault::Slow,
        wire::PublicationFault::Stale => PublicationFault::Stale,
        wire::PublicationFault::TryLater => PublicationFault::TryLater,
        wire::PublicationFault::Unauthorized => PublicationFault::Unauthorized,
        wire::PublicationFault::WrongBase => PublicationFault::WrongBase,
        wire::PublicationFault::WrongCertId => PublicationFault::WrongCertId,
        wire::PublicationFault::WrongKey => PublicationFault::WrongKey,
        wire::PublicationFault::WrongResponder => PublicationFault::WrongResponder,
    })
}

fn to_fault(fault: PublicationFault) -> wire::PublicationFault {
    match fault {
        PublicationFault::Empty => wire::PublicationFault::Empty,
        PublicationFault::Garbage => wire::PublicationFault::Garbage,
        PublicationFault::Html => wire::PublicationFault::Html,
        PublicationFault::InternalError => wire::PublicationFault::InternalError,
        PublicationFault::NeverIssued => wire::PublicationFault::NeverIssued,
        PublicationFault::NextUpdateMissing => wire::PublicationFault::NextUpdateMissing,
        PublicationFault::OldNonce => wire::PublicationFault::OldNonce,
        PublicationFault::Reset => wire::PublicationFault::Reset,
        PublicationFault::Slow => wire::PublicationFault::Slow,
        PublicationFault::Stale => wire::PublicationFault::Stale,
        PublicationFault::TryLater => wire::PublicationFault::TryLater,
        PublicationFault::Unauthorized => wire::PublicationFault::Unauthorized,
        PublicationFault::WrongBase => wire::PublicationFault::WrongBase,
        PublicationFault::WrongCertId => wire::PublicationFault::WrongCertId,
        PublicationFault::WrongKey => wire::PublicationFault::WrongKey,
        PublicationFault::WrongResponder => wire::PublicationFault::WrongResponder,
    }
}

pub(super) fn record(record: &FaultRecord) -> wire::PublicationFaultRecord {
    wire::PublicationFaultRecord {
        algorithm: convert::algorithm(record.algorithm).into(),
        point: point(record.point).into(),
        fault: to_fault(record.fault).into(),
        set_at: Some(convert::to_instant(record.set_at)),
        reset_at: record.reset_at.map(convert::to_instant),
        served: record.served,
    }
}

pub(super) fn description(facts: &DefectFacts) -> wire::DefectDescription {
    let (defect, fault, points) = match facts.flaw {
        Flaw::Certificate(defect) => {
            (convert::defect(defect), wire::PublicationFault::Unspecified, Vec::new())
        }
        Flaw::Publication(fault) => {
            let points = PublicationPoint::ALL.into_iter().filter(|point| fault.applies_to(*point));
            let points = points.map(|one| point(one).into()).collect();
            (wire::Defect::Unspecified, to_fault(fault), points)
        }
    };
    wire::DefectDescription {
        name: facts.flaw.name().to_owned(),
        defect: defect.into(),
        fault: fault.into(),
        points,
        change: facts.change.to_owned(),
        expected: facts.expected.word().to_owned(),
    }
}
