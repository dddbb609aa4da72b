//! A call to an agency as scripts see it: one tree of fields, made from what would go to the agency.

use eush_wire::adapter::v1 as adapter;
use eush_wire::bus::v1 as bus;
use eush_words as words;
use prost::{Message, Name};
use prost_reflect::DynamicMessage;
use serde_json::{Value as Json, json};

/// Kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A document is handed over.
    Deliver,
    /// A register is asked.
    Lookup,
}

impl Kind {
    /// Word in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Lookup => "lookup",
        }
    }
}

/// What the certificate of whoever signed says. Empty where nobody signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignerFacts {
    /// Twelve digits.
    pub iin: Option<String>,
    /// Twelve digits.
    pub bin: Option<String>,
    /// Upper-case hexadecimal.
    pub serial: Option<String>,
    /// Common name of the issuer.
    pub issuer: Option<String>,
    /// Names of roles, for example `employee`.
    pub roles: Vec<String>,
    /// Object identifiers of certificate policies.
    pub policies: Vec<String>,
    /// Common name of the subject.
    pub name: Option<String>,
    /// Object identifier of an information system.
    pub system: Option<String>,
    /// Name of the key's algorithm.
    pub algorithm: Option<String>,
}

/// A call to an agency.
#[derive(Clone, Debug)]
pub struct Asked {
    pub(crate) kind: Kind,
    pub(crate) message_id: String,
    pub(crate) agency: String,
    pub(crate) service: String,
    pub(crate) application: String,
    pub(crate) regulation: String,
    pub(crate) bus_time: Option<prost_types::Timestamp>,
    pub(crate) about: String,
    pub(crate) view: Json,
}

impl Asked {
    /// A question to a register. `pseudonym` is how the journal knows whom it is about.
    pub fn lookup(
        agency: &str,
        request: &adapter::LookupRequest,
        signer: &SignerFacts,
        pseudonym: &str,
    ) -> Self {
        let about = request.about.as_ref().map(digits).unwrap_or_default();
        let mut asked = Self::of(Kind::Lookup, agency, request.delivery.as_ref(), &about, signer, pseudonym);
        let payload = request.request.as_ref().map(view).unwrap_or_default();
        asked.view["request"] = payload;
        asked
    }

    /// A document for an agency. A document that cannot be decoded has no fields to match.
    pub fn deliver(
        agency: &str,
        request: &adapter::DeliverRequest,
        signer: &SignerFacts,
        pseudonym: &str,
    ) -> Self {
        let content = request.document.as_ref().map(|document| document.content.clone()).unwrap_or_default();
        let document = bus::Document::decode(content).unwrap_or_default();
        let about = document.applicant.as_ref().map(digits).unwrap_or_default();
        let mut asked = Self::of(Kind::Deliver, agency, request.delivery.as_ref(), &about, signer, pseudonym);
        let document = view(&document);
        asked.view["form"] = document["form"].clone();
        asked.view["document"] = document;
        asked
    }

    fn of(
        kind: Kind,
        agency: &str,
        delivery: Option<&adapter::DeliveryInfo>,
        about: &str,
        signer: &SignerFacts,
        pseudonym: &str,
    ) -> Self {
        let info = delivery.cloned().unwrap_or_default();
        let channel = words::POOL.get_enum_by_name("eush.bus.v1.Channel");
        let channel = channel.filter(|_| info.channel != 0).map(|found| words::word(&found, info.channel));
        let mut view = json!({
            "agency": agency,
            "kind": kind.name(),
            "service": info.service_id,
            "sender": info.sender_id,
            "message": info.message_id,
            "attempt": info.attempt,
            "profile": info.profile,
            "about": about,
            ABOUT_PSEUDONYM: pseudonym,
            "signer": signer.view(),
        });
        let mut put = |name: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                view[name] = text.into();
            }
        };
        put("channel", channel.as_deref());
        put("regulation", Some(&info.regulation_id));
        put("application", Some(&info.application_id));
        Self {
            kind,
            message_id: info.message_id,
            agency: agency.to_owned(),
            service: info.service_id,
            application: info.application_id,
            regulation: info.regulation_id,
            bus_time: info.bus_time,
            about: about.to_owned(),
            view,
        }
    }

    /// Kind of the call.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The public service; empty for a question outside any application.
    pub fn regulation(&self) -> &str {
        &self.regulation
    }
}

/// Where the view keeps how the journal knows whom a call is about. No path of a file.
pub(crate) const ABOUT_PSEUDONYM: &str = "about pseudonym";

impl SignerFacts {
    fn view(&self) -> Json {
        let texts = [
            ("iin", &self.iin),
            ("bin", &self.bin),
            ("serial", &self.serial),
            ("issuer", &self.issuer),
            ("name", &self.name),
            ("system", &self.system),
            ("algorithm", &self.algorithm),
        ];
        let present =
            texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        let mut view: serde_json::Map<String, Json> = present.collect();
        for (name, list) in [("role", &self.roles), ("policy", &self.policies)] {
            if !list.is_empty() {
                view.insert(name.to_owned(), list.clone().into());
            }
        }
        view.into()
    }
}

/// The number of a party of the wire.
pub(crate) fn digits(party: &bus::Party) -> String {
    match &party.number {
        Some(bus::party::Number::Bin(digits) | bus::party::Number::Iin(digits)) => digits.clone(),
        None => String::new(),
    }
}

/// Any message of this build in JSON, in our words.
pub(crate) fn view<M: Message + Name>(message: &M) -> Json {
    let read = DynamicMessage::decode(words::known(&M::full_name()), message.encode_to_vec().as_slice());
    read.map(|message| words::to_json(&message)).unwrap_or_default()
}
