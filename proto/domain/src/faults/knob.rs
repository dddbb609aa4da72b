//! The kinds of faults, a row each: what it does, which liberty of a real bus it takes, where it can act, its parameters.
//! `gateway/NASTINESS.md` is made from this table.

use super::words;

words! {
    /// A kind of fault.
    Knob {
        /// The agency ends and begins again.
        AgencyRestart = "agency-restart",
        /// The signature over a result does not hold.
        BadResultSignature = "bad-result-signature",
        /// The bus's clock jumps ahead.
        ClockJump = "clock-jump",
        /// The status at the end of an answer cannot be read.
        CorruptStatus = "corrupt-status",
        /// An agency is handed the same more than once.
        DuplicateDelivery = "duplicate-delivery",
        /// A call waits until somebody lets it go.
        Hold = "hold",
        /// A call takes longer.
        Latency = "latency",
        /// An answer ends without a status.
        MissingStatus = "missing-status",
        /// What the test authority publishes has a fault.
        PublicationFault = "publication-fault",
        /// Deliveries overtake each other.
        Reordering = "reordering",
        /// The answer breaks off after its headers.
        ResetAfterHeaders = "reset-after-headers",
        /// The call breaks off without a byte of an answer.
        ResetBeforeHeaders = "reset-before-headers",
        /// The answer comes in drips.
        SlowBody = "slow-body",
        /// A gRPC status instead of an answer.
        Status = "status",
        /// The message of an answer is shorter than it says.
        TruncatedMessage = "truncated-message",
        /// An answer names another message than the one that was asked.
        WrongCorrelation = "wrong-correlation",
    }
}

words! {
    /// At which of the bus's sides a fault acts.
    Place {
        /// Calls of the bus to agencies.
        Agency = "agency",
        /// Calls to the bus, of fronts and of agencies.
        Gateway = "gateway",
    }
}

words! {
    /// When within a call.
    Point {
        /// Before anything is done with the call.
        Arrival = "arrival",
        /// After everything is done, before the caller learns it.
        Answer = "answer",
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct KnobFacts {
    /// Which.
    pub knob: Knob,
    /// What it does.
    pub does: &'static str,
    /// Which liberty it takes that a real bus or agency takes too.
    pub liberty: &'static str,
    /// Where it can act.
    pub places: &'static [Place],
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// Share of calls in the profile `realistic`, whole per cents.
    pub realistic: u8,
    /// Share of calls in the profile `hostile`, whole per cents.
    pub hostile: u8,
}

/// One parameter of a knob.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Name.
    pub name: &'static str,
    /// What holds where nothing is said.
    pub default: &'static str,
    /// What a good value is.
    pub expected: &'static str,
    /// What it is for.
    pub does: &'static str,
}

const fn parameter(
    name: &'static str,
    default: &'static str,
    expected: &'static str,
    does: &'static str,
) -> Parameter {
    Parameter { name, default, expected, does }
}

const BOTH: &[Place] = &[Place::Agency, Place::Gateway];
const AGENCY: &[Place] = &[Place::Agency];
const GATEWAY: &[Place] = &[Place::Gateway];

const POINT: Parameter = parameter(
    "point",
    "arrival",
    "`arrival` or `answer`",
    "before anything is done with the call, or after everything is done and before the caller learns it",
);
const HOW: Parameter = parameter(
    "how",
    "stream",
    "`stream` or `connection`",
    "RST_STREAM for this call alone, or the connection cut with everything on it",
);

impl Knob {
    /// Its row.
    pub fn facts(self) -> &'static KnobFacts {
        // The table has a row for every variant in its order; a test holds it to that.
        &KNOBS[self as usize]
    }
}

/// Every knob, in the order of [`Knob::ALL`].
pub const KNOBS: &[KnobFacts] = &[
    KnobFacts {
        knob: Knob::AgencyRestart,
        does: "The agency's process ends while it works on the call and begins again with empty memory: its calls in \
               progress break, remembered answers are gone, of the call's session alone. Obeyed by agencies made with \
               the adapter kit.",
        liberty: "Agencies are deployed in working hours.",
        places: AGENCY,
        parameters: &[Parameter {
            does: "before the agency has looked at the call, or after it has decided and before it answers",
            ..POINT
        }],
        realistic: 0,
        hostile: 2,
    },
    KnobFacts {
        knob: Knob::BadResultSignature,
        does: "One byte of the signature over a provider's result is another, in a delivery's answer or in \
               CompleteDelivery.",
        liberty: "Providers sign with wrong keys and software re-encodes what was signed.",
        places: BOTH,
        parameters: &[],
        realistic: 0,
        hostile: 2,
    },
    KnobFacts {
        knob: Knob::ClockJump,
        does: "Before the message is looked at the bus's clock goes ahead: lists are published and terms fall due on \
               the way. Never during CompleteDelivery, which can itself be part of a moving clock.",
        liberty: "Clocks of connected systems are set by hand, and messages lie in queues.",
        places: GATEWAY,
        parameters: &[parameter("by", "1h", "a term such as `90s`, `2h`, `3wd`", "how far")],
        realistic: 0,
        hostile: 1,
    },
    KnobFacts {
        knob: Knob::CorruptStatus,
        does: "The answer's `grpc-status` is no number, its `grpc-status-details-bin` no base64, or both.",
        liberty: "Proxies in between rewrite trailers.",
        places: BOTH,
        parameters: &[parameter("part", "both", "`status`, `details` or `both`", "what cannot be read")],
        realistic: 0,
        hostile: 2,
    },
    KnobFacts {
        knob: Knob::DuplicateDelivery,
        does: "The agency is handed the same delivery, or told the same term, again after it has answered. The first \
               answer counts.",
        liberty: "Queues deliver at least once.",
        places: AGENCY,
        parameters: &[parameter("copies", "1", "1 to 9", "how many more times")],
        realistic: 2,
        hostile: 20,
    },
    KnobFacts {
        knob: Knob::Hold,
        does: "The call waits until it is released, its rule goes, or its caller loses patience.",
        liberty: "Threads of agencies hang.",
        places: BOTH,
        parameters: &[POINT],
        realistic: 0,
        hostile: 0,
    },
    KnobFacts {
        knob: Knob::Latency,
        does: "The call takes longer, in real time.",
        liberty: "Networks and agencies are slow, most of all at the end of a quarter.",
        places: BOTH,
        parameters: &[
            POINT,
            parameter(
                "distribution",
                "fixed",
                "`fixed`, `normal` or `log-normal`",
                "always `millis`; around `millis` with `deviation`; with the median `millis` and the spread `sigma`",
            ),
            parameter("millis", "100", "0 to 600000", "milliseconds"),
            parameter("deviation", "20", "0 to 600000", "standard deviation in milliseconds, of `normal`"),
            parameter("sigma", "0.5", "0 to 5", "standard deviation of the logarithm, of `log-normal`"),
            parameter("longest", "60000", "0 to 600000", "milliseconds that are never exceeded"),
        ],
        realistic: 30,
        hostile: 60,
    },
    KnobFacts {
        knob: Knob::MissingStatus,
        does: "The answer's stream ends without trailers, or its only headers without a status.",
        liberty: "Proxies in between do not pass trailers on.",
        places: BOTH,
        parameters: &[],
        realistic: 0,
        hostile: 2,
    },
    KnobFacts {
        knob: Knob::PublicationFault,
        does: "Before the message is looked at the test authority begins to serve a list or its responder's answers \
               with a fault, and the bus fetches. It stays so until the rule goes.",
        liberty: "Revocation lists are late, and firewalls answer for them.",
        places: GATEWAY,
        parameters: &[
            parameter(
                "publication",
                "list",
                "`list`, `delta-list`, `root-list` or `ocsp`",
                "which publication",
            ),
            parameter(
                "fault",
                "empty",
                "a name that `eush cert defects` lists for the publication, such as `stale` or `wrong-key`",
                "which fault",
            ),
        ],
        realistic: 0,
        hostile: 1,
    },
    KnobFacts {
        knob: Knob::Reordering,
        does: "The delivery is kept back until another one to the same agency has passed it, or `longest` is over.",
        liberty: "Connections are many and queues are not fair.",
        places: AGENCY,
        parameters: &[parameter(
            "longest",
            "2000",
            "0 to 600000",
            "milliseconds that it is kept back at most",
        )],
        realistic: 1,
        hostile: 10,
    },
    KnobFacts {
        knob: Knob::ResetAfterHeaders,
        does: "Everything is done, the headers of the answer arrive, and it breaks off.",
        liberty: "Connections end when they like.",
        places: BOTH,
        parameters: &[HOW],
        realistic: 0,
        hostile: 3,
    },
    KnobFacts {
        knob: Knob::ResetBeforeHeaders,
        does: "Everything is done, and the call breaks off without a byte of an answer.",
        liberty: "Connections end when they like.",
        places: BOTH,
        parameters: &[HOW],
        realistic: 1,
        hostile: 5,
    },
    KnobFacts {
        knob: Knob::SlowBody,
        does: "After its headers the answer comes a few bytes at a time, in real time.",
        liberty: "Lines to districts are thin.",
        places: BOTH,
        parameters: &[
            parameter("bytes", "64", "1 to 65536", "bytes of a drip"),
            parameter("pause", "20", "0 to 60000", "milliseconds between two drips"),
        ],
        realistic: 2,
        hostile: 10,
    },
    KnobFacts {
        knob: Knob::Status,
        does: "A gRPC status is the answer, with any details. At the point `answer` everything is done and the caller \
               is told otherwise.",
        liberty: "Load balancers answer for systems that they cannot reach.",
        places: BOTH,
        parameters: &[
            POINT,
            parameter("code", "UNAVAILABLE", "a name of a gRPC status code but `OK`", "code"),
            parameter("message", "", "up to 200 characters", "message; a made one where empty"),
        ],
        realistic: 2,
        hostile: 10,
    },
    KnobFacts {
        knob: Knob::TruncatedMessage,
        does: "The answer's message is cut short: fewer bytes come than its prefix says, and then the trailers.",
        liberty: "Buffers of proxies have ends.",
        places: BOTH,
        parameters: &[parameter(
            "keep",
            "50",
            "0 to 99",
            "per cent of the message that come; its prefix always does",
        )],
        realistic: 0,
        hostile: 3,
    },
    KnobFacts {
        knob: Knob::WrongCorrelation,
        does: "The agency's answer, or the delivery that it completes, is another message's.",
        liberty: "Agencies answer from shared buffers.",
        places: BOTH,
        parameters: &[],
        realistic: 0,
        hostile: 3,
    },
];
