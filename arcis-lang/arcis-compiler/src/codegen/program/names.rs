//! Names in the generated module: every item's and every argument's, each used once.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use arcis_circuit::{Interface, Output, OutputKind, Parameter, ParameterKind, Type};

use crate::CompiledInstruction;

/// What the items of one instruction are called.
pub(super) struct InstructionNames {
    pub(super) definition: String,
    pub(super) arguments: String,
    pub(super) outputs: String,
    pub(super) function: String,
}

/// The names of all items, each used once.
pub(super) struct Names<'a> {
    pub(super) instructions: Vec<InstructionNames>,
    /// The structs and enums in order of first use.
    pub(super) types: Vec<(&'a Type, String)>,
    by_type: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    pub(super) fn of(instructions: &'a [CompiledInstruction]) -> Self {
        let mut used = BTreeSet::from(["APPLICATION".to_owned(), "DEFINITIONS".to_owned()]);
        let own = instructions
            .iter()
            .map(|instruction| {
                let name = &instruction.artifact.interface.name;
                let camel = camel_case(name);
                InstructionNames {
                    definition: unused(&mut used, &name.to_uppercase()),
                    arguments: unused(&mut used, &camel),
                    outputs: unused(&mut used, &format!("{camel}Outputs")),
                    function: unused(&mut used, &identifier(name)),
                }
            })
            .collect();
        let mut names = Self { instructions: own, types: Vec::new(), by_type: BTreeMap::new() };
        for instruction in instructions {
            let interface = &instruction.artifact.interface;
            let parameters = interface.parameters.iter().map(|parameter| &parameter.ty);
            for ty in parameters.chain(interface.outputs.iter().map(|output| &output.ty)) {
                names.collect(&mut used, ty);
            }
        }
        names
    }

    /// Names the structs and enums in a type, the inner ones first.
    fn collect(&mut self, used: &mut BTreeSet<String>, ty: &'a Type) {
        match ty {
            Type::Bool | Type::Integer { .. } | Type::Fixed { .. } | Type::PublicKey => {}
            Type::Array(element, _) => self.collect(used, element),
            Type::Tuple(elements) => elements.iter().for_each(|element| self.collect(used, element)),
            Type::Option(value) => self.collect(used, value),
            Type::Struct { name, fields } => {
                fields.iter().for_each(|(_, field)| self.collect(used, field));
                self.name(used, ty, name);
            }
            Type::Enum { name, variants } => {
                let fields = variants.iter().flat_map(|variant| &variant.fields);
                fields.for_each(|(_, field)| self.collect(used, field));
                self.name(used, ty, name);
            }
        }
    }

    fn name(&mut self, used: &mut BTreeSet<String>, ty: &'a Type, wanted: &str) {
        // Two of one name in different modules of the circuit are different types.
        if let Entry::Vacant(place) = self.by_type.entry(format!("{ty:?}")) {
            let name = unused(used, &identifier(wanted));
            place.insert(name.clone());
            self.types.push((ty, name));
        }
    }

    /// A type as it is written in the generated source.
    pub(super) fn source(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Integer { bits, signed } => format!("{}{bits}", if *signed { 'i' } else { 'u' }),
            Type::Fixed { bits } => format!("i{}", 2 * u32::from(*bits)),
            Type::PublicKey => "::arx_anchor::Pubkey".to_owned(),
            Type::Option(value) => format!("::core::option::Option<{}>", self.source(value)),
            Type::Array(element, len) => format!("[{}; {len}]", self.source(element)),
            Type::Tuple(elements) => match elements.as_slice() {
                [only] => format!("({},)", self.source(only)),
                several => {
                    let elements: Vec<_> = several.iter().map(|element| self.source(element)).collect();
                    format!("({})", elements.join(", "))
                }
            },
            Type::Struct { .. } | Type::Enum { .. } => {
                self.by_type.get(&format!("{ty:?}")).cloned().unwrap_or_default()
            }
        }
    }
}

/// What the fields of the argument type are called: one per parameter (`None` for a marker, which has no data) and one
/// per output that goes to a cell of its own.
pub(super) struct ArgumentFields {
    pub(super) parameters: Vec<Option<String>>,
    pub(super) outputs: Vec<Option<String>>,
}

impl ArgumentFields {
    pub(super) fn of(interface: &Interface) -> Self {
        let mut used = BTreeSet::new();
        let parameter_field = |(index, parameter): (usize, &Parameter)| {
            let wanted = match parameter.name.as_str() {
                "_" => format!("argument_{index}"),
                name => identifier(name),
            };
            (parameter.kind != ParameterKind::Mxe).then(|| unused(&mut used, &wanted))
        };
        let parameters = interface.parameters.iter().enumerate().map(parameter_field).collect();
        let is_target = |output: &Output| output.kind == OutputKind::Cell { source: None };
        let only = interface.outputs.iter().filter(|output| is_target(output)).count() == 1;
        let output_field = |(index, output): (usize, &Output)| {
            let wanted = if only { "output_cell".to_owned() } else { format!("output_cell_{index}") };
            is_target(output).then(|| unused(&mut used, &wanted))
        };
        let outputs = interface.outputs.iter().enumerate().map(output_field).collect();
        Self { parameters, outputs }
    }
}

/// `wanted`, or `wanted2`, `wanted3` .. if it is taken; takes it.
fn unused(used: &mut BTreeSet<String>, wanted: &str) -> String {
    let free = |name: &String| !used.contains(name);
    let numbered = (2u32..).map(|number| format!("{wanted}{number}"));
    let name = std::iter::once(wanted.to_owned()).chain(numbered).find(free).unwrap_or_default();
    used.insert(name.clone());
    name
}

/// `place_bid` becomes `PlaceBid`.
fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for word in name.split('_') {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            camel.push(first.to_ascii_uppercase());
            camel.push_str(letters.as_str());
        }
    }
    match camel.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => identifier(&camel),
        _ => format!("Instruction{camel}"),
    }
}

pub(super) fn is_position(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name of the circuit as an identifier: what is a keyword only here becomes raw.
pub(super) fn identifier(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() {
        return name.to_owned();
    }
    let raw = format!("r#{name}");
    if syn::parse_str::<syn::Ident>(&raw).is_ok() { raw } else { format!("{name}_") }
}
