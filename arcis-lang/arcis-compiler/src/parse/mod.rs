//! Source text to syntax trees, with `syn`.
//!
//! Finds the modules marked `#[encrypted]` and turns them into [`syntax`](crate::syntax) trees. What Rust has and the
//! language has not is reported here, at its line, with what to write instead.
//!
//! # Layout
//! - `items`: modules, structs, functions, constants.
//! - `types`: types, paths and patterns.
//! - `expressions`: expressions and statements.

mod expressions;
mod items;
mod types;

use proc_macro2::Span as TokenSpan;
use syn::spanned::Spanned;

use crate::diagnostics::{Diagnostic, Reporter};
use crate::source::{Sources, Span};
use crate::syntax::{Module, Name};

/// Parses the file of this index and gives its circuit modules.
pub fn parse(sources: &Sources, file: u32, reporter: &Reporter) -> Vec<Module> {
    let Some(source) = sources.file(file) else { return Vec::new() };
    let parser = Parser { file, reporter };
    let before = reporter.count();
    let modules = match syn::parse_str::<syn::File>(&without_byte_order_mark(&source.text)) {
        Ok(parsed) => parser.modules(&parsed.items),
        Err(error) => {
            // syn gives several errors only where a parser combined them.
            for error in error {
                let diagnostic =
                    Diagnostic::new(parser.span(error.span()), format!("cannot parse this: {error}"));
                reporter.report(diagnostic.help("the file has to be valid Rust; `cargo check` says more"));
            }
            return Vec::new();
        }
    };
    if modules.is_empty() && reporter.count() == before {
        let start = Span { file, start: 0, end: 0 };
        reporter.report(
            Diagnostic::new(start, "there is no circuit module in this file")
                .help("write one: `#[encrypted] mod circuits { use arcis::*; .. }`"),
        );
    }
    modules
}

/// Keeps byte positions as they are.
fn without_byte_order_mark(text: &str) -> String {
    text.strip_prefix('\u{feff}').map_or_else(|| text.to_owned(), |rest| format!("   {rest}"))
}

/// Turns the parts of one file into syntax trees.
struct Parser<'a> {
    file: u32,
    reporter: &'a Reporter,
}

impl Parser<'_> {
    fn span(&self, span: TokenSpan) -> Span {
        let range = span.byte_range();
        Span { file: self.file, start: range.start as u32, end: range.end as u32 }
    }

    fn span_of(&self, node: &impl Spanned) -> Span {
        self.span(node.span())
    }

    fn name(&self, ident: &syn::Ident) -> Name {
        let text = ident.to_string();
        Name { text: text.strip_prefix("r#").unwrap_or(&text).to_owned(), span: self.span(ident.span()) }
    }

    /// Reports something that Rust has and the language has not.
    fn unsupported(&self, span: Span, what: &str, instead: &str) {
        self.reporter
            .report(Diagnostic::new(span, format!("{what} cannot be used in a circuit")).help(instead));
    }
}
