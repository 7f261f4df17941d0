//! What a path stands for.

use std::sync::Arc;

use super::{Definition, Program, Scope};
use crate::diagnostics::Diagnostic;
use crate::syntax::{GenericArgument, Name, Path, Segment, Type, TypeKind};
use crate::types::{AdtId, TraitId};

/// The two kinds of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    Types,
    Values,
}

/// What a path in an expression or a pattern stands for.
#[derive(Clone, Debug)]
pub enum Resolved {
    /// A generic parameter that is a constant, by its number.
    Parameter(u32),
    /// A function or constant, with its generic arguments.
    Item(Definition, Option<Vec<GenericArgument>>),
    /// A tuple struct or a struct without fields, by its type.
    Struct(Box<Type>),
    /// A variant of an enum, and the generic arguments of the enum.
    Variant(AdtId, u32, Option<Vec<GenericArgument>>),
    /// What belongs to a type or, when it is given, is a trait's.
    Member(Box<Type>, Option<Path>, Segment),
    /// What belongs to a trait.
    TraitMember(TraitId, Option<Vec<GenericArgument>>, Segment),
}

impl Program<'_> {
    /// What a name stands for in a module, or around it where it is a block, or in the prelude.
    pub(super) fn lookup(&self, module: usize, name: &str, namespace: Namespace) -> Option<Definition> {
        self.lookup_from(module, name, namespace, &mut Vec::new())
    }

    /// As [`Self::lookup`]; `seen` are the names being looked up, which imports may lead back to.
    fn lookup_from(
        &self,
        module: usize,
        name: &str,
        namespace: Namespace,
        seen: &mut Vec<(usize, Arc<str>)>,
    ) -> Option<Definition> {
        let mut current = Some(module);
        while let Some(number) = current {
            let found = self.lookup_in(number, name, namespace, seen);
            if found.is_some() {
                return found;
            }
            let definition = &self.modules[number];
            current = definition.parent.filter(|_| definition.is_block);
        }
        self.lookup_in(0, name, namespace, seen)
    }

    /// What a name stands for in a module alone, its imports included.
    fn lookup_in(
        &self,
        module: usize,
        name: &str,
        namespace: Namespace,
        seen: &mut Vec<(usize, Arc<str>)>,
    ) -> Option<Definition> {
        let definition = &self.modules[module];
        let names = match namespace {
            Namespace::Types => &definition.types,
            Namespace::Values => &definition.values,
        };
        if let Some((found, _)) = names.get(name) {
            return Some(*found);
        }
        if definition.imports.is_empty() || seen.iter().any(|(other, it)| *other == module && &**it == name) {
            return None;
        }
        seen.push((module, Arc::from(name)));
        let named =
            definition.imports.iter().filter(|it| it.alias.as_ref().is_some_and(|it| &*it.text == name));
        for import in named {
            let found = self.import(module, &import.path, namespace, seen);
            if found.is_some() {
                seen.pop();
                return found;
            }
        }
        for import in definition.imports.iter().filter(|it| it.alias.is_none()) {
            let found = match self.import(module, &import.path, Namespace::Types, seen) {
                Some(Definition::Module(other)) => self.lookup_in(other, name, namespace, seen),
                Some(Definition::Adt(id)) => self.variant(id, name),
                _ => None,
            };
            if found.is_some() {
                seen.pop();
                return found;
            }
        }
        seen.pop();
        None
    }

    /// The variant of this name.
    pub fn variant(&self, id: AdtId, name: &str) -> Option<Definition> {
        let adt = self.adt(id);
        let index = adt.items.iter().position(|item| &*item.name.text == name)?;
        adt.is_enum.then_some(Definition::Variant(id, index as u32))
    }

    /// What the path of an import leads to.
    fn import(
        &self,
        module: usize,
        path: &[Name],
        namespace: Namespace,
        seen: &mut Vec<(usize, Arc<str>)>,
    ) -> Option<Definition> {
        let (first, rest) = path.split_first()?;
        let external = matches!(&*first.text, "arcis" | "std" | "core" | "alloc");
        let mut current = match &*first.text {
            _ if external => Definition::Module(0),
            "crate" => Definition::Module(self.root(module)),
            "self" => Definition::Module(module),
            "super" => Definition::Module(self.parent(module)?),
            name if rest.is_empty() => {
                let found = self.lookup_from(module, name, namespace, seen);
                return found.or_else(|| self.library(module, name));
            }
            name => {
                let found = self.lookup_from(module, name, Namespace::Types, seen);
                found.or_else(|| self.library(module, name))?
            }
        };
        for (index, name) in rest.iter().enumerate() {
            let last = index + 1 == rest.len();
            let namespace = if last { namespace } else { Namespace::Types };
            let found = match current {
                Definition::Module(number) if &*name.text == "super" => {
                    self.parent(number).map(Definition::Module)
                }
                Definition::Module(number) => self
                    .lookup_in(number, &name.text, namespace, seen)
                    .or_else(|| if external { self.lookup_in(0, &name.text, namespace, seen) } else { None }),
                Definition::Adt(id) => self.variant(id, &name.text),
                _ => None,
            };
            current = match found {
                Some(found) => found,
                // Modules of the standard library are not told apart: every name is known once.
                None if external && !last => current,
                None => return None,
            };
        }
        Some(current)
    }

    /// The root of the crate that a module is in.
    fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }

    /// The root of the library crate of this name, as the crate of a module calls it. (Root 1 is that of crate 0.)
    fn library(&self, module: usize, name: &str) -> Option<Definition> {
        let names = self.crates.get(self.root(module).checked_sub(1)?)?;
        names.get(name).map(|number| Definition::Module(number + 1))
    }

    /// The module around a module, blocks left out.
    fn parent(&self, mut module: usize) -> Option<usize> {
        while self.modules[module].is_block {
            module = self.modules[module].parent?;
        }
        self.modules[module].parent
    }

    /// Imports have to lead somewhere.
    pub(super) fn check_imports(&self) {
        for (module, definition) in self.modules.iter().enumerate() {
            for import in &definition.imports {
                let Some(first) = import.path.first() else { continue };
                let Some(last) = import.path.last() else { continue };
                let found = [Namespace::Types, Namespace::Values]
                    .into_iter()
                    .any(|namespace| self.import(module, &import.path, namespace, &mut Vec::new()).is_some());
                if found {
                    continue;
                }
                let path: Vec<&str> = import.path.iter().map(|name| &*name.text).collect();
                let help = match &*first.text {
                    "std" | "core" | "alloc" => {
                        "circuits know only what `use arcis::*` brings and a part of `std`"
                    }
                    "super" | "crate" => {
                        "a circuit module sees other circuit modules only; move what it needs into one of them"
                    }
                    _ => {
                        "a circuit module sees `arcis`, other circuit modules, and library crates that its `Cargo.toml` names with their path"
                    }
                };
                self.reporter.report(
                    Diagnostic::new(
                        first.span.to(last.span),
                        format!("`{}` is not known here", path.join("::")),
                    )
                    .help(help),
                );
            }
        }
    }

    /// What the first segments of a path stand for, as far as they are modules: the module they lead to, and how many
    /// segments that took.
    fn modules_of(&self, scope: &Scope, segments: &[Segment]) -> (usize, usize, bool) {
        let mut module = scope.module;
        let mut taken = 0;
        let mut inside = false;
        let mut external = false;
        while let Some(segment) = segments.get(taken) {
            let next = match &*segment.name.text {
                "arcis" | "std" | "core" | "alloc" if taken == 0 => {
                    external = true;
                    Some(0)
                }
                "crate" if taken == 0 => Some(self.root(module)),
                "self" if taken == 0 && segments.len() > 1 => Some(module),
                "super" => self.parent(module),
                name => {
                    let found = if inside {
                        self.lookup_in(module, name, Namespace::Types, &mut Vec::new())
                    } else {
                        let found = self.lookup(module, name, Namespace::Types);
                        if taken == 0 { found.or_else(|| self.library(module, name)) } else { found }
                    };
                    match found {
                        Some(Definition::Module(number)) => Some(number),
                        // An unknown module of the standard library.
                        None if external && taken + 1 < segments.len() => Some(module),
                        _ => None,
                    }
                }
            };
            let Some(next) = next else { break };
            if taken + 1 == segments.len() {
                break;
            }
            module = next;
            inside = true;
            taken += 1;
        }
        (module, taken, inside)
    }

    fn find(&self, module: usize, inside: bool, name: &str, namespace: Namespace) -> Option<Definition> {
        if inside {
            let found = self.lookup_in(module, name, namespace, &mut Vec::new());
            // Not all that a module of the standard library has is in the prelude's module of its name.
            found.or_else(|| {
                let of_prelude = self.root(module) == 0;
                if of_prelude { self.lookup_in(0, name, namespace, &mut Vec::new()) } else { None }
            })
        } else {
            self.lookup(module, name, namespace)
        }
    }

    /// The type-like definition that a path of modules ends in, and how many segments it took.
    pub(super) fn type_of_path(&self, scope: &Scope, segments: &[Segment]) -> Option<(Definition, usize)> {
        let (module, taken, inside) = self.modules_of(scope, segments);
        let segment = segments.get(taken)?;
        Some((self.find(module, inside, &segment.name.text, Namespace::Types)?, taken + 1))
    }

    /// The number of a generic parameter.
    pub(super) fn parameter(&self, scope: &Scope, name: &str) -> Option<u32> {
        scope.generics.names.iter().position(|(other, _)| &**other == name).map(|index| index as u32)
    }

    /// What a path in an expression or a pattern stands for.
    pub fn resolve_value(&self, scope: &Scope, path: &Path) -> Option<Resolved> {
        let segments = &path.segments;
        let last = segments.last()?;
        if let Some(qualified) = &path.qualified {
            let (ty, of_trait) = &**qualified;
            return Some(Resolved::Member(Box::new(ty.clone()), of_trait.clone(), last.clone()));
        }
        let as_type = |count: usize| {
            let path = Path {
                qualified: None,
                segments: segments[..count].to_vec(),
                span: segments[0].name.span.to(segments[count - 1].name.span),
            };
            Box::new(Type { span: path.span, kind: TypeKind::Path(path) })
        };
        if let [only] = segments.as_slice() {
            let name = &*only.name.text;
            if name == "Self" {
                return Some(Resolved::Struct(as_type(1)));
            }
            if let Some(index) = self.parameter(scope, name)
                && scope.generics.names[index as usize].1.is_some()
            {
                return Some(Resolved::Parameter(index));
            }
        } else if &*segments[0].name.text == "Self"
            || self.parameter(scope, &segments[0].name.text).is_some()
            || crate::types::Type::primitive(&segments[0].name.text).is_some()
                && !matches!(
                    self.lookup(scope.module, &segments[0].name.text, Namespace::Types),
                    Some(Definition::Module(_))
                )
        {
            return Some(Resolved::Member(as_type(segments.len() - 1), None, last.clone()));
        }
        let (module, taken, inside) = self.modules_of(scope, segments);
        let remaining = &segments[taken..];
        match remaining {
            [segment] => {
                let found = self.find(module, inside, &segment.name.text, Namespace::Values);
                match found.or_else(|| self.find(module, inside, &segment.name.text, Namespace::Types))? {
                    Definition::Variant(id, index) => {
                        Some(Resolved::Variant(id, index, segment.arguments.clone()))
                    }
                    Definition::Adt(_) | Definition::Alias(_) => {
                        Some(Resolved::Struct(as_type(segments.len())))
                    }
                    found => Some(Resolved::Item(found, segment.arguments.clone())),
                }
            }
            [first, ..] => match self.find(module, inside, &first.name.text, Namespace::Types)? {
                Definition::Adt(id) if remaining.len() == 2 => match self.variant(id, &last.name.text) {
                    Some(Definition::Variant(id, index)) => {
                        let arguments = first.arguments.clone().or_else(|| last.arguments.clone());
                        Some(Resolved::Variant(id, index, arguments))
                    }
                    _ => Some(Resolved::Member(as_type(segments.len() - 1), None, last.clone())),
                },
                Definition::Trait(id) => {
                    Some(Resolved::TraitMember(id, first.arguments.clone(), last.clone()))
                }
                _ => Some(Resolved::Member(as_type(segments.len() - 1), None, last.clone())),
            },
            [] => None,
        }
    }

    /// A name like this one that is known in the module, or in the prelude, for a message.
    pub fn similar_name(&self, scope: &Scope, name: &str) -> Option<Arc<str>> {
        let names = [scope.module, 0].into_iter().find_map(|module| {
            let module = &self.modules[module];
            let names = module.types.keys().chain(module.values.keys());
            similar(name, names.filter(|name| !name.starts_with("__"))).into_iter().next()
        });
        names.cloned()
    }

    /// Names of functions in `impl` blocks and traits that are like this one, the most similar first.
    pub fn similar_members(&self, name: &str) -> Vec<&Arc<str>> {
        similar(name, self.members.keys().filter(|name| !name.starts_with("__")))
    }
}

/// Those of the names that differ in one or two letters, or in capitals, the most similar first.
pub fn similar<'n>(name: &str, names: impl Iterator<Item = &'n Arc<str>>) -> Vec<&'n Arc<str>> {
    // A short name with other letters is another name.
    let most = (name.chars().count() / 4).min(2);
    let with_distance = names.map(|other| (distance(name, other), other));
    let is_similar = |(distance, other): &(usize, &Arc<str>)| {
        (1..=most).contains(distance) || *distance > 0 && name.len() > 1 && other.eq_ignore_ascii_case(name)
    };
    let mut found: Vec<_> = with_distance.filter(is_similar).collect();
    found.sort();
    found.into_iter().map(|(_, other)| other).collect()
}

/// How many letters have to be changed, added or left out to make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..b.len() {
            let changed = diagonal + usize::from(letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
