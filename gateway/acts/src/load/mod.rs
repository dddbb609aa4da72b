//! From data files to the model. Reads every file to its end and collects every fault, so that an author sees all.

use eush_domain::term::parse_terms;
use eush_domain::{AgencyId, IdError, LocalizedText, RegulationId, ServiceId, SystemId, Term};
use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::catalogue::{Act, Catalogue, Named, RegisteredService, System};
use crate::error::{CatalogueError, Fault, LoadError, Place};
use crate::model::{
    Lines, OnFailure, Otherwise, Provider, Regulation, ServiceResult, ServiceTerm, Source, Spelling,
};
use crate::raw::{RawActors, RawActs, RawLines, RawOtherwise, RawRegulation, RawResult, RawSystems};
use crate::validate;

mod flow;
mod procedure;
#[cfg(test)]
mod tests;

/// One file while it is read: where faults are noted.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    pub(crate) faults: Vec<CatalogueError>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, faults: Vec::new() }
    }

    /// Notes a fault at a byte offset of the file.
    pub(crate) fn fault(&mut self, offset: usize, fault: Fault) {
        let line = self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1;
        self.faults.push(CatalogueError { place: Place { file: self.file.to_owned(), line }, fault });
    }

    fn parse<T: DeserializeOwned>(&mut self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                self.fault(offset, Fault::Syntax(error.message().replace('\n', " ")));
                None
            }
        }
    }

    fn id<T>(&mut self, offset: usize, parsed: Result<T, IdError>) -> Option<T> {
        parsed.map_err(|error| self.fault(offset, Fault::Identifier(error.to_string()))).ok()
    }

    fn term(&mut self, offset: usize, text: &str) -> Option<Term> {
        let single = |terms: Vec<Term>| <[Term; 1]>::try_from(terms).ok().map(|[term]| term);
        let term = parse_terms(text).ok().and_then(single);
        if term.is_none() {
            self.fault(offset, Fault::Duration(text.to_owned()));
        }
        term
    }

    fn optional_term(&mut self, offset: usize, text: Option<&str>) -> Option<Term> {
        text.and_then(|text| self.term(offset, text))
    }

    fn otherwise(&mut self, offset: usize, raw: Option<&RawOtherwise>) -> Option<Otherwise> {
        let raw = raw?;
        self.text(offset, "otherwise.when", &raw.when);
        let duration = self.term(offset, &raw.duration)?;
        Some(Otherwise { duration, when: raw.when.clone() })
    }

    fn optional_text(&mut self, offset: usize, of: &str, text: Option<&LocalizedText>) {
        if let Some(text) = text {
            self.text(offset, of, text);
        }
    }

    fn text(&mut self, offset: usize, of: &str, text: &LocalizedText) {
        if !text.is_complete() {
            self.fault(offset, Fault::TextMissing(of.to_owned()));
        }
    }

    fn lines(&mut self, offset: usize, [first, last]: RawLines, outer: Lines) -> Lines {
        if first > last || first < outer.first || last > outer.last {
            let fault = Fault::Lines { first, last, outer_first: outer.first, outer_last: outer.last };
            self.fault(offset, fault);
        }
        Lines { first, last }
    }

    fn known_actor(&mut self, offset: usize, catalogue: &Catalogue, code: &str) {
        if catalogue.actor(code).is_none() {
            self.fault(offset, Fault::UnknownName { what: "actor", value: code.to_owned() });
        }
    }

    fn system(&mut self, offset: usize, catalogue: &Catalogue, code: &str) -> Option<SystemId> {
        let system = catalogue.systems.iter().find(|system| system.code.as_str() == code);
        if system.is_none() {
            self.fault(offset, Fault::UnknownName { what: "system", value: code.to_owned() });
        }
        system.map(|system| system.code.clone())
    }

    fn service(&mut self, offset: usize, catalogue: &Catalogue, id: &str) -> Option<(AgencyId, ServiceId)> {
        let service = catalogue.services.iter().find(|service| service.id.as_str() == id);
        if service.is_none() {
            self.fault(offset, Fault::UnknownName { what: "service", value: id.to_owned() });
        }
        service.map(|service| (service.agency.clone(), service.id.clone()))
    }
}

pub(crate) fn load(files: &[(&str, &str)]) -> Result<Catalogue, LoadError> {
    let mut catalogue = Catalogue::default();
    let mut faults = Vec::new();
    let is_table =
        |name: &str| ["acts.toml", "actors.toml", "systems.toml"].iter().any(|t| name.ends_with(t));
    // Tables first: the regulations refer to them.
    for &(name, text) in files.iter().filter(|(name, _)| is_table(name)) {
        let mut reader = Reader::new(name, text);
        match name.rsplit('/').next() {
            Some("acts.toml") => read_acts(&mut reader, &mut catalogue),
            Some("actors.toml") => read_actors(&mut reader, &mut catalogue),
            _ => read_systems(&mut reader, &mut catalogue),
        }
        faults.append(&mut reader.faults);
    }
    for &(name, text) in files.iter().filter(|(name, _)| !is_table(name)) {
        let mut reader = Reader::new(name, text);
        if let Some(raw) = reader.parse::<RawRegulation>() {
            let offset = raw.id.span().start;
            if let Some(regulation) = read_regulation(&mut reader, &catalogue, &raw) {
                validate::unique_regulation(&mut reader, offset, &catalogue, &regulation);
                catalogue.regulations.push(regulation);
            }
        }
        faults.append(&mut reader.faults);
    }
    catalogue.regulations.sort_by(|a, b| {
        (a.source.act.as_str(), a.service_number).cmp(&(b.source.act.as_str(), b.service_number))
    });
    if faults.is_empty() { Ok(catalogue) } else { Err(LoadError { faults }) }
}

fn read_acts(reader: &mut Reader<'_>, catalogue: &mut Catalogue) {
    let Some(raw) = reader.parse::<RawActs>() else { return };
    for act in raw.acts {
        let offset = act.span().start;
        let act = act.into_inner();
        reader.text(offset, "issuer", &act.issuer);
        if catalogue.act(&act.id).is_some() {
            reader.fault(offset, Fault::Duplicate { what: "act", value: act.id.clone() });
        }
        let (id, number, date, issuer, file) = (act.id, act.number, act.date, act.issuer, act.file);
        catalogue.acts.push(Act { id, number, date, issuer, file });
    }
}

fn read_actors(reader: &mut Reader<'_>, catalogue: &mut Catalogue) {
    let Some(raw) = reader.parse::<RawActors>() else { return };
    for actor in raw.actors {
        let offset = actor.span().start;
        let actor = actor.into_inner();
        reader.text(offset, "names", &actor.names);
        if catalogue.actor(&actor.code).is_some() {
            reader.fault(offset, Fault::Duplicate { what: "actor", value: actor.code.clone() });
        }
        catalogue.actors.push(Named { code: actor.code, names: actor.names });
    }
}

fn read_systems(reader: &mut Reader<'_>, catalogue: &mut Catalogue) {
    let Some(raw) = reader.parse::<RawSystems>() else { return };
    for system in raw.systems {
        let offset = system.span().start;
        let system = system.into_inner();
        reader.text(offset, "names", &system.names);
        for name in std::iter::once(&system.code).chain(&system.aliases) {
            if catalogue.system(name).is_some() {
                reader.fault(offset, Fault::Duplicate { what: "system", value: name.clone() });
            }
        }
        if let Some(code) = reader.id(offset, SystemId::parse(&system.code)) {
            let (kind, names, aliases) = (system.kind, system.names, system.aliases);
            catalogue.systems.push(System { code, kind, names, aliases });
        }
    }
    for service in raw.services {
        let offset = service.span().start;
        let service = service.into_inner();
        reader.text(offset, "names", &service.names);
        if catalogue.services.iter().any(|known| known.id.as_str() == service.id) {
            reader.fault(offset, Fault::Duplicate { what: "service", value: service.id.clone() });
        }
        reader.system(offset, catalogue, &service.agency);
        let id = reader.id(offset, ServiceId::parse(&service.id));
        let agency = reader.id(offset, AgencyId::parse(&service.agency));
        if let (Some(id), Some(agency)) = (id, agency) {
            catalogue.services.push(RegisteredService { id, agency, names: service.names });
        }
    }
}

fn read_regulation(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    raw: &RawRegulation,
) -> Option<Regulation> {
    let id = reader.id(raw.id.span().start, RegulationId::parse(raw.id.get_ref()))?;
    let Some(act) = catalogue.act(raw.act.get_ref()) else {
        let fault = Fault::UnknownName { what: "act", value: raw.act.get_ref().clone() };
        reader.fault(raw.act.span().start, fault);
        return None;
    };
    let whole = Lines { first: 1, last: u32::MAX };
    let lines = reader.lines(raw.lines.span().start, *raw.lines.get_ref(), whole);
    reader.text(raw.names.span().start, "names", raw.names.get_ref());
    reader.text(raw.recipients.span().start, "recipients", raw.recipients.get_ref());

    let at = raw.provider.span().start;
    let provider = raw.provider.get_ref();
    reader.text(at, "provider.name", &provider.name);
    let provider = Provider {
        name: provider.name.clone(),
        organization: provider.organization.clone(),
        lines: reader.lines(at, provider.lines, lines),
    };
    let mut channels = Vec::new();
    for channel in &raw.channels {
        let flow = flow::read(reader, catalogue, &id, channel, lines);
        validate::channel(reader, channel, &flow, &channels);
        channels.push(flow);
    }
    Some(Regulation {
        source: Source {
            act: act.id.clone(),
            number: act.number.clone(),
            date: act.date.clone(),
            edition: raw.edition.clone(),
            issuer: act.issuer.clone(),
            file: act.file.clone(),
            lines,
        },
        alias: raw.alias.get_ref().clone(),
        service_number: raw.service_number,
        names: raw.names.get_ref().clone(),
        provider,
        recipients: raw.recipients.get_ref().clone(),
        form: raw.form,
        results: read_results(reader, raw, lines),
        procedure: procedure::read(reader, catalogue, &raw.procedure, lines),
        variants: procedure::read_variants(reader, catalogue, raw, lines),
        terms: read_terms(reader, raw, lines),
        channels,
        oddities: raw.oddities.clone(),
        spellings: read_spellings(reader, catalogue, raw, lines),
        id,
    })
}

fn read_spellings(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    raw: &RawRegulation,
    outer: Lines,
) -> Vec<Spelling> {
    let mut spellings: Vec<Spelling> = Vec::new();
    for spelling in &raw.spellings {
        let (at, raw) = (spelling.span().start, spelling.get_ref());
        if spellings.iter().any(|known| known.printed == raw.printed) {
            reader.fault(at, Fault::Duplicate { what: "spelling", value: raw.printed.clone() });
        }
        let lines = reader.lines(at, raw.lines, outer);
        if let Some(system) = reader.system(at, catalogue, &raw.system) {
            spellings.push(Spelling { printed: raw.printed.clone(), system, lines });
        }
    }
    spellings
}

fn read_results(reader: &mut Reader<'_>, raw: &RawRegulation, outer: Lines) -> Vec<ServiceResult> {
    let read = |result: &Spanned<RawResult>| {
        let (at, result) = (result.span().start, result.get_ref());
        reader.text(at, "name", &result.name);
        ServiceResult {
            kind: result.kind.clone(),
            name: result.name.clone(),
            signed_by: result.signed_by,
            outcome: result.outcome,
            lines: reader.lines(at, result.lines, outer),
        }
    };
    raw.results.iter().map(read).collect()
}

fn read_terms(reader: &mut Reader<'_>, raw: &RawRegulation, outer: Lines) -> Vec<ServiceTerm> {
    let (mut terms, variants) = (Vec::new(), &raw.variants);
    for term in &raw.terms {
        let (at, raw) = (term.span().start, term.get_ref());
        reader.text(at, "text", &raw.text);
        let lines = reader.lines(at, raw.lines, outer);
        let Some(term) = reader.term(at, &raw.term) else { continue };
        if let Some(key) = &raw.procedure
            && !variants.iter().any(|variant| variant.get_ref().key == *key)
        {
            reader.fault(at, Fault::UnknownName { what: "procedure", value: key.clone() });
        }
        terms.push(ServiceTerm {
            term,
            kind: raw.kind,
            starts: raw.starts,
            channel: raw.channel,
            procedure: raw.procedure.clone(),
            text: raw.text.clone(),
            acceptance_day: raw.acceptance_day,
            lines,
        });
    }
    terms
}

/// What the data write in `on_failure`.
fn on_failure(text: Option<&str>) -> OnFailure {
    match text {
        None => OnFailure::None,
        Some("refuse") => OnFailure::Refuse,
        Some("undefined") => OnFailure::Undefined,
        Some(label) => OnFailure::Label(label.to_owned()),
    }
}
