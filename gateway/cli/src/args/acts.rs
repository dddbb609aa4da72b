//! `eush acts`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct Acts {
    #[command(subcommand)]
    pub(crate) action: ActsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ActsAction {
    /// Which items and branches of which acts a run has exercised.
    Coverage {
        /// Saved answers of `eush apply --json` or `eush journal --json`; a running bus is asked where none is given.
        files: Vec<PathBuf>,
        /// How it is written; --json gives data.
        #[arg(long, value_enum, default_value_t = CoverageFormat::Table)]
        format: CoverageFormat,
        /// Every described flow, not only the ones that were touched.
        #[arg(long)]
        all: bool,
        /// File to write to.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Draw a flow: who talks to whom, or the process with its branches.
    Diagram {
        /// Flow, for example 000-A/portal.
        flow: String,
        /// Notation. BPMN holds both views in one.
        #[arg(long, value_enum, default_value_t = DiagramFormat::Svg)]
        format: DiagramFormat,
        /// What is drawn.
        #[arg(long, value_enum, default_value_t = DiagramView::Process)]
        view: DiagramView,
        /// File to write to.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// How two flows, or two services, differ.
    Diff {
        /// Flow or service.
        left: String,
        /// Flow or service.
        right: String,
    },
    /// Every public service, or the ones with a text in id or name.
    List {
        /// Text to look for.
        text: Option<String>,
    },
    /// One public service with everything that the catalogue has of it.
    Show {
        /// Id or short form, for example 000-A.
        service: String,
    },
}

/// How coverage is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// One file that a browser opens.
    Html,
    /// Lines of text.
    Table,
}

/// Notations of diagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramFormat {
    /// BPMN 2.0 XML.
    Bpmn,
    /// Mermaid source.
    Mermaid,
    /// One picture.
    Svg,
}

/// Views of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagramView {
    /// Systems and people, and what goes between them.
    Interaction,
    /// Items and branches.
    Process,
}
