//! What is wrong with a source, said at its line, with what to write instead.
//!
//! Every stage reports through a [`Reporter`] and goes on, so that a compilation tells everything at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{Position, Sources, Span};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// What is to be seen at the place itself; may be empty.
    pub label: String,
    /// Other places that matter.
    pub related: Vec<(Span, String)>,
    /// What to write instead.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without label and help.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: String::new(), related: Vec::new(), help: None }
    }

    /// Says what is to be seen at the place.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Says what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Points at another place.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}

/// Collects diagnostics.
#[derive(Debug, Default)]
pub struct Reporter {
    entries: RefCell<BTreeSet<Diagnostic>>,
}

impl Reporter {
    /// Adds a diagnostic. Saying the same thing again (of the same line in a loop, say) has no effect.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.entries.borrow_mut().insert(diagnostic);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.entries.borrow().len()
    }

    /// All of them, in source order, or `None` when there are none.
    pub fn finish(self, sources: &Sources) -> Option<Diagnostics> {
        let entries: Vec<Diagnostic> = self.entries.into_inner().into_iter().collect();
        (!entries.is_empty()).then(|| Diagnostics { entries, sources: sources.clone() })
    }
}

/// Everything that is wrong with a module, in source order.
///
/// It displays as a report with the source lines, the way rustc shows its errors; [`Diagnostics::render_colored`] has colors.
#[derive(Clone)]
pub struct Diagnostics {
    entries: Vec<Diagnostic>,
    sources: Sources,
}

impl Diagnostics {
    /// A single diagnostic about a whole file, such as one that cannot be read.
    pub(crate) fn about_file(name: &str, message: String) -> Self {
        let mut sources = Sources::default();
        let file = sources.add(name, "");
        Self { entries: vec![Diagnostic::new(Span { file, start: 0, end: 0 }, message)], sources }
    }

    /// The diagnostics, in source order.
    pub fn entries(&self) -> &[Diagnostic] {
        &self.entries
    }

    /// Where a diagnostic points.
    pub fn position(&self, diagnostic: &Diagnostic) -> Position {
        self.sources.position(diagnostic.span)
    }

    /// The report with colors, for a terminal.
    pub fn render_colored(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let reports: Vec<String> =
            self.entries.iter().map(|entry| self.render_one(entry, renderer)).collect();
        reports.join("\n\n")
    }

    fn render_one(&self, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
        let Some(file) = self.sources.file(diagnostic.span.file) else { return diagnostic.message.clone() };
        if file.text.is_empty() {
            return format!("error: {}: {}", file.name, diagnostic.message);
        }
        let range = |span: Span| span.start as usize..span.end as usize;
        let primary = AnnotationKind::Primary.span(range(diagnostic.span));
        let primary =
            if diagnostic.label.is_empty() { primary } else { primary.label(diagnostic.label.as_str()) };
        let mut snippet = Snippet::source(file.text.as_str()).path(&*file.name).annotation(primary);
        for (span, label) in &diagnostic.related {
            snippet = snippet.annotation(AnnotationKind::Context.span(range(*span)).label(label.as_str()));
        }
        let mut group: Group<'_> = Level::ERROR.primary_title(diagnostic.message.as_str()).element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl fmt::Debug for Diagnostics {
    /// The report itself, so that an `unwrap` in a test shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Diagnostics {}
