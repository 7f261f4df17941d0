//! Source text to syntax trees, with `syn`.
//!
//! Finds the modules marked `#[encrypted]` and turns them into [`syntax`](crate::syntax) trees. What Rust has and the
//! language has not is reported here, at its line, with what to write instead.
//!
//! # Layout
//! - `items`: modules, structs, enums, traits, functions, constants.
//! - `types`: types, paths, generics. `patterns`: patterns.
//! - `files`: other files and library crates.
//! - `expressions`: expressions and statements. `macros`: what looks like a macro call.

mod expressions;
mod files;
mod items;
mod macros;
mod patterns;
mod types;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use files::Files;
use proc_macro2::Span as TokenSpan;
use syn::spanned::Spanned;

use crate::diagnostics::{Diagnostic, Reporter};
use crate::source::{Sources, Span};
use crate::syntax::{Module, Name};

/// A circuit module found in a file.
#[derive(Clone, Debug)]
pub struct FoundModule {
    /// The modules around it, from the root of its crate.
    pub around: Vec<Name>,
    /// Its name.
    pub name: Name,
    /// What is in it.
    pub module: Arc<Module>,
    /// Whether it is marked `#[encrypted_library]`: its contents belong to the module around it.
    pub is_library: bool,
    /// The number of its crate; that of the author's is 0.
    pub crate_number: usize,
}

/// What was found in a file, and in what it refers to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The circuit modules.
    pub modules: Vec<FoundModule>,
    /// What each crate calls other crates, by their numbers.
    pub crates: Vec<BTreeMap<Arc<str>, usize>>,
}

/// Parses the file of this index, and what it refers to, and gives the circuit modules. `path` is where the file is, for
/// the library crates that it uses.
pub fn parse(sources: &mut Sources, file: u32, path: Option<&Path>, reporter: &Reporter) -> Found {
    let files = Files::new(std::mem::take(sources));
    let found = find(&files, file, path, reporter);
    *sources = files.sources.into_inner();
    found
}

fn find(files: &Files, file: u32, path: Option<&Path>, reporter: &Reporter) -> Found {
    let parser = Parser::new(files, file, reporter);
    let before = reporter.count();
    let Some(text) = files.sources.borrow().file(file).map(|source| source.text.clone()) else {
        return Found::default();
    };
    let Some(parsed) = parser.file(&text) else { return Found::default() };
    let mut modules = parser.modules(&parsed.items, &[]);
    if modules.is_empty() && reporter.count() == before {
        let start = Span { file, start: 0, end: 0 };
        reporter.report(
            Diagnostic::new(start, "there is no circuit module in this file")
                .help("write one: `#[encrypted] mod circuits { use arcis::*; .. }`"),
        );
    }
    let mut crates = vec![BTreeMap::new()];
    if let Some(path) = path {
        let (libraries, names) = files::library_crates(files, reporter, file, path);
        modules.extend(libraries);
        crates = names;
    }
    Found { modules, crates }
}

/// Parses a file all of which is one module.
pub fn parse_module(sources: &mut Sources, file: u32, reporter: &Reporter) -> Module {
    let files = Files::new(std::mem::take(sources));
    let text = files.sources.borrow().file(file).map(|source| source.text.clone()).unwrap_or_default();
    let parser = Parser::new(&files, file, reporter);
    let module = parser.file(&text).map(|parsed| parser.module(&parsed.items)).unwrap_or_default();
    *sources = files.sources.into_inner();
    module
}

fn folder_of(name: &str) -> std::path::PathBuf {
    Path::new(name).parent().map(Path::to_owned).unwrap_or_default()
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
    blocks: RefCell<Vec<Arc<Module>>>,
    /// All files.
    files: &'a Files,
    /// The number of the crate that this file belongs to.
    crate_number: usize,
}

impl<'a> Parser<'a> {
    fn new(files: &'a Files, file: u32, reporter: &'a Reporter) -> Self {
        let name = files.sources.borrow().file(file).map(|source| source.name.clone()).unwrap_or_default();
        let folder = folder_of(&name);
        Self { file, reporter, folder, blocks: RefCell::default(), files, crate_number: 0 }
    }

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
