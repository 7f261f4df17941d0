//! Source text to syntax trees, with `syn`.
//!
//! Finds the modules marked `#[encrypted]` and turns them into [`syntax`](crate::syntax) trees. What Rust has and the
//! language has not is reported here, at its line, with what to write instead.
//!
//! # Layout
//! - `items`: modules, structs, enums, traits, functions, constants.
//! - `types`: types, paths, generics. `patterns`: patterns.
//! - `expressions`: expressions and statements. `macros`: what looks like a macro call.

mod expressions;
mod items;
mod macros;
mod patterns;
mod types;

use std::sync::Arc;

use proc_macro2::Span as TokenSpan;
use syn::spanned::Spanned;

use crate::diagnostics::{Diagnostic, Reporter};
use crate::source::{Sources, Span};
use crate::syntax::{Module, Name};

/// A circuit module found in a file.
#[derive(Clone, Debug)]
pub struct FoundModule {
    /// Its name.
    pub name: Name,
    /// What is in it.
    pub module: Arc<Module>,
    /// Whether it is marked `#[encrypted_library]`: it has no instructions.
    pub is_library: bool,
}

/// Parses the file of this index and gives its circuit modules.
pub fn parse(sources: &Sources, file: u32, reporter: &Reporter) -> Vec<FoundModule> {
    let Some(source) = sources.file(file) else { return Vec::new() };
    let parser = Parser { file, reporter, folder: folder_of(&source.name), blocks: Default::default() };
    let before = reporter.count();
    let Some(parsed) = parser.file(&source.text) else { return Vec::new() };
    let modules = parser.modules(&parsed.items);
    if modules.is_empty() && reporter.count() == before {
        let start = Span { file, start: 0, end: 0 };
        reporter.report(
            Diagnostic::new(start, "there is no circuit module in this file")
                .help("write one: `#[encrypted] mod circuits { use arcis::*; .. }`"),
        );
    }
    modules
}

/// Parses a file all of which is one module.
pub fn parse_module(sources: &Sources, file: u32, reporter: &Reporter) -> Module {
    let Some(source) = sources.file(file) else { return Module::default() };
    let parser = Parser { file, reporter, folder: folder_of(&source.name), blocks: Default::default() };
    parser.file(&source.text).map(|parsed| parser.module(&parsed.items)).unwrap_or_default()
}

fn folder_of(name: &str) -> std::path::PathBuf {
    std::path::Path::new(name).parent().map(std::path::Path::to_owned).unwrap_or_default()
}

/// Keeps byte positions as they are.
fn without_byte_order_mark(text: &str) -> String {
    text.strip_prefix('\u{feff}').map_or_else(|| text.to_owned(), |rest| format!("   {rest}"))
}

/// Turns the parts of one file into syntax trees.
struct Parser<'a> {
    file: u32,
    reporter: &'a Reporter,
    /// Where the file is: what it includes is looked for from there.
    folder: std::path::PathBuf,
    /// The items found within functions, as modules, since the current module began.
    blocks: std::cell::RefCell<Vec<Arc<Module>>>,
}

impl Parser<'_> {
    fn file(&self, text: &str) -> Option<syn::File> {
        match syn::parse_str::<syn::File>(&without_byte_order_mark(text)) {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                // syn gives several errors only where a parser combined them.
                for error in error {
                    let diagnostic =
                        Diagnostic::new(self.span(error.span()), format!("cannot parse this: {error}"));
                    self.reporter
                        .report(diagnostic.help("the file has to be valid Rust; `cargo check` says more"));
                }
                None
            }
        }
    }

    fn span(&self, span: TokenSpan) -> Span {
        let range = span.byte_range();
        Span { file: self.file, start: range.start as u32, end: range.end as u32 }
    }

    fn span_of(&self, node: &impl Spanned) -> Span {
        self.span(node.span())
    }

    fn name(&self, ident: &syn::Ident) -> Name {
        let text = ident.to_string();
        Name::new(text.strip_prefix("r#").unwrap_or(&text), self.span(ident.span()))
    }

    /// Reports something that Rust has and the language has not.
    fn unsupported(&self, span: Span, what: &str, instead: &str) {
        self.reporter
            .report(Diagnostic::new(span, format!("{what} cannot be used in a circuit")).help(instead));
    }
}

/// Whether an attribute's path ends in `name`: `#[encrypted]` and `#[arcis::encrypted]` are the same.
fn has_attribute(attributes: &[syn::Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| is_attribute(attribute, name))
}

fn is_attribute(attribute: &syn::Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// Whether something is there for rustc's tests only.
fn is_test_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}
