//! The other files of a compilation: what `encrypted_mod!` includes, modules in files of their own, library crates.
//!
//! A library crate is a dependency by path, in the `Cargo.toml` around the file that is compiled, with modules marked
//! `#[encrypted_library]`. It is read when the file mentions its name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FoundModule, Parser, has_attribute};
use crate::diagnostics::{Diagnostic, Reporter};
use crate::source::{Sources, Span};
use crate::syntax::{Module, Name};

/// Deepest nesting of files that include each other.
const MAX_FILE_DEPTH: usize = 32;

/// The files of one compilation, as they are found.
pub(super) struct Files {
    /// All that were read.
    pub sources: RefCell<Sources>,
    /// Which are being read, to find circles.
    open: RefCell<Vec<PathBuf>>,
}

/// `encrypted_mod!("file.rs")` or `encrypted_mod!("file.rs", name)`
struct EncryptedMod {
    path: syn::LitStr,
    name: Option<syn::Ident>,
}

impl syn::parse::Parse for EncryptedMod {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let name = match input.parse::<Option<syn::Token![,]>>()? {
            Some(_) if !input.is_empty() => Some(input.parse()?),
            _ => None,
        };
        input.parse::<Option<syn::Token![,]>>()?;
        Ok(Self { path, name })
    }
}

impl Files {
    pub fn new(sources: Sources) -> Self {
        Self { sources: RefCell::new(sources), open: RefCell::default() }
    }

    fn text(&self, file: u32) -> String {
        self.sources.borrow().file(file).map(|file| file.text.clone()).unwrap_or_default()
    }
}

impl<'a> Parser<'a> {
    /// A parser for another file; `None`, and a diagnostic at `span`, when it cannot be read.
    fn of_other_file(&self, path: &Path, span: Span) -> Option<Parser<'a>> {
        match self.must_read(path) {
            Ok(parser) => Some(parser),
            Err(why) => {
                let message = format!("cannot read {}: {why}", path.display());
                let help = "the path starts at the folder of this source file";
                self.reporter.report(Diagnostic::new(span, message).help(help));
                None
            }
        }
    }

    fn must_read(&self, path: &Path) -> Result<Parser<'a>, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        if u32::try_from(text.len()).is_err() {
            return Err("this file is too large".to_owned());
        }
        let file = self.files.sources.borrow_mut().add(&path.display().to_string(), &text);
        Ok(Parser::new(self.files, file, self.reporter))
    }

    /// Runs `work` while a file counts as open; reports files that include themselves.
    fn while_open<T>(&self, path: &Path, span: Span, work: impl FnOnce() -> T) -> Option<T> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let depth = {
            let open = self.files.open.borrow();
            if open.contains(&path) { usize::MAX } else { open.len() }
        };
        if depth >= MAX_FILE_DEPTH {
            let message = format!("{} includes itself", path.display());
            let help = "move what both need into a file that neither includes the other from";
            self.reporter.report(Diagnostic::new(span, message).help(help));
            return None;
        }
        self.files.open.borrow_mut().push(path);
        let result = work();
        self.files.open.borrow_mut().pop();
        Some(result)
    }

    /// The module that `encrypted_mod!` stands for.
    pub(super) fn encrypted_mod(&self, call: &syn::Macro) -> Option<(Name, Module)> {
        let span = self.span_of(call);
        let parsed: EncryptedMod = match syn::parse2(call.tokens.clone()) {
            Ok(parsed) => parsed,
            Err(error) => {
                let message = format!("cannot parse this: {error}");
                let help = "write `encrypted_mod!(\"file.rs\")` or `encrypted_mod!(\"file.rs\", name)`";
                self.reporter.report(Diagnostic::new(self.span(error.span()), message).help(help));
                return None;
            }
        };
        let path = self.folder.join(parsed.path.value());
        let name = match &parsed.name {
            Some(name) => self.name(name),
            None => {
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                Name::new(&stem.unwrap_or_default(), self.span_of(&parsed.path))
            }
        };
        let inner = self.of_other_file(&path, span)?;
        let module = self.while_open(&path, span, || inner.library(span))??;
        Some((name, module))
    }

    /// The contents of the `#[encrypted_library]` module of this file.
    fn library(&self, included_at: Span) -> Option<Module> {
        let parsed = self.file(&self.files.text(self.file))?;
        let libraries = parsed.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) if has_attribute(&module.attrs, "encrypted_library") => {
                module.content.as_ref()
            }
            _ => None,
        });
        let mut modules: Vec<Module> = libraries.map(|(_, items)| self.library_module(items)).collect();
        let Some(mut whole) = modules.pop() else {
            let message = format!("there is no circuit library in {}", self.name_of_file());
            let help = "write one there: `#[encrypted_library] mod arcis_library { .. }`";
            self.reporter.report(Diagnostic::new(included_at, message).help(help));
            return None;
        };
        for module in modules {
            whole.items.extend(module.items);
            whole.imports.extend(module.imports);
            whole.blocks.extend(module.blocks);
        }
        Some(whole)
    }

    /// A module that has no instructions.
    pub(super) fn library_module(&self, items: &[syn::Item]) -> Module {
        for item in items {
            if let syn::Item::Fn(function) = item
                && has_attribute(&function.attrs, "instruction")
            {
                let name = self.name(&function.sig.ident);
                let message = format!("`{}` is an instruction in a library", name.text);
                let help = "a library has none: remove `#[instruction]`, or mark the module `#[encrypted]`";
                self.reporter.report(Diagnostic::new(name.span, message).help(help));
            }
        }
        self.module(items)
    }

    fn name_of_file(&self) -> Arc<str> {
        self.files.sources.borrow().file(self.file).map_or_else(|| "".into(), |file| file.name.clone())
    }

    /// The circuit modules of `mod name;`: those of its file, if there are any. That a file is missing says rustc.
    pub(super) fn module_file(&self, module: &syn::ItemMod, around: &[Name]) -> Vec<FoundModule> {
        let name = self.name(&module.ident);
        let candidates = match path_attribute(&module.attrs) {
            Some(path) => vec![self.folder.join(path)],
            None => {
                let folder =
                    around.iter().fold(self.modules_folder(), |folder, name| folder.join(&*name.text));
                vec![folder.join(format!("{}.rs", name.text)), folder.join(&*name.text).join("mod.rs")]
            }
        };
        let Some(path) = candidates.into_iter().find(|path| path.is_file()) else { return Vec::new() };
        let Ok(inner) = self.must_read(&path) else { return Vec::new() };
        let text = self.files.text(inner.file);
        // Files without circuits need not be what the language takes.
        if !text.contains("encrypted") && !text.contains("mod ") {
            return Vec::new();
        }
        let found = self.while_open(&path, name.span, || {
            let inner = Parser { crate_number: self.crate_number, ..inner };
            let parsed =
                if text.contains("encrypted") { inner.file(&text) } else { syn::parse_str(&text).ok() }?;
            let mut around = around.to_vec();
            around.push(name.clone());
            Some(inner.modules(&parsed.items, &around))
        });
        found.flatten().unwrap_or_default()
    }

    /// Where the files of this file's modules are.
    fn modules_folder(&self) -> PathBuf {
        let name = self.name_of_file();
        let stem = Path::new(&*name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        match stem.as_deref() {
            None | Some("lib" | "main" | "mod") => self.folder.clone(),
            Some(stem) => self.folder.join(stem),
        }
    }
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| {
        match &attribute.meta.require_name_value().ok()?.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        }
    })
}

/// The circuit modules of the library crates that a crate's text mentions, and what it calls these crates.
pub(super) fn library_crates(
    files: &Files,
    reporter: &Reporter,
    file: u32,
    path: &Path,
) -> (Vec<FoundModule>, Vec<BTreeMap<Arc<str>, usize>>) {
    let mut modules = Vec::new();
    // What is to be searched: the first file of a crate, and where it is.
    let mut crates = vec![(file, path.to_owned())];
    let mut names: Vec<BTreeMap<Arc<str>, usize>> = Vec::new();
    while let Some((_, path)) = crates.get(names.len()).cloned() {
        let number = names.len();
        let mentioned: Vec<String> = {
            // All files read so far: those of this crate are among them.
            let sources = files.sources.borrow();
            (1..).map_while(|file| sources.file(file)).map(|file| file.text.clone()).collect()
        };
        let mut own = BTreeMap::new();
        for (name, library) in dependencies(&path) {
            if !mentioned.iter().any(|text| text.contains(&name)) {
                continue;
            }
            let known = crates.iter().position(|(_, path)| *path == library);
            let index = match known {
                Some(index) => index,
                None => {
                    let Ok(text) = std::fs::read_to_string(&library) else { continue };
                    let file = files.sources.borrow_mut().add(&library.display().to_string(), &text);
                    let parser = Parser { crate_number: crates.len(), ..Parser::new(files, file, reporter) };
                    let Ok(parsed) = syn::parse_str::<syn::File>(&text) else { continue };
                    let found = parser.modules(&parsed.items, &[]);
                    if found.is_empty() {
                        continue;
                    }
                    // What is an instruction there is compiled there.
                    modules.extend(found.into_iter().map(without_instructions));
                    crates.push((file, library));
                    crates.len() - 1
                }
            };
            own.insert(Arc::from(name), index);
        }
        debug_assert_eq!(names.len(), number);
        names.push(own);
    }
    (modules, names)
}

fn without_instructions(mut found: FoundModule) -> FoundModule {
    fn clear(module: &mut Module) {
        for item in &mut module.items {
            match item {
                crate::syntax::Item::Function(function) => function.instruction = false,
                crate::syntax::Item::Module(_, inner) => clear(Arc::make_mut(inner)),
                _ => {}
            }
        }
    }
    clear(Arc::make_mut(&mut found.module));
    found
}

/// The crates that the `Cargo.toml` around a file depends on by path, as they are called there, and their first files.
fn dependencies(path: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Some((folder, manifest)) = absolute.ancestors().skip(1).find_map(manifest_in) else { return found };
    let workspace =
        || folder.ancestors().filter_map(manifest_in).find(|(_, it)| it.contains_key("workspace"));
    let Some(toml::Value::Table(listed)) = manifest.get("dependencies") else { return found };
    for (name, dependency) in listed {
        let text = |key: &str| dependency.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let place = match text("path") {
            Some(path) => Some(folder.join(path)),
            None if dependency.get("workspace").is_some() => workspace().and_then(|(root, manifest)| {
                let shared = manifest.get("workspace")?.get("dependencies")?.get(name)?;
                Some(root.join(shared.get("path")?.as_str()?))
            }),
            None => None,
        };
        let Some((place, manifest)) = place.as_deref().and_then(manifest_in) else { continue };
        let of_library = |key: &str| manifest.get("lib")?.get(key)?.as_str();
        let library = place.join(of_library("path").unwrap_or("src/lib.rs"));
        // A renamed dependency has the name it is given, another one that of its library.
        let own = of_library("name").filter(|_| text("package").is_none());
        let name = own.unwrap_or(name).replace('-', "_");
        if name != "arcis" && library.is_file() {
            found.insert(name, library.canonicalize().unwrap_or(library));
        }
    }
    found
}

fn manifest_in(folder: &Path) -> Option<(PathBuf, toml::Table)> {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    Some((folder.to_owned(), text.parse().ok()?))
}
