//! Instructions: parameters become inputs of the circuit, the result becomes its outputs.
//!
//! The leak check is here: what goes to everybody has to have been revealed.

use std::sync::Arc;

use arcis_circuit::interface::MAX_PARAMETERS;
use arcis_circuit::library::{FieldFunction, Gadget};
use arcis_circuit::{Interface, Op, Output, OutputKind, Parameter, ParameterKind, Visibility, WireId};

use super::public::RecordedCall;
use super::value::{EnumValue, Owner, Value, tag_width};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::layout::layout;
use crate::program::Program;
use crate::source::Span;
use crate::syntax::{self, PatternKind};
use crate::tree::{Body, Expr, ExprKind};
use crate::types::{FunctionId, Type};

/// An instruction, evaluated.
#[derive(Clone, Debug)]
pub struct EvaluatedInstruction {
    /// What it takes and gives.
    pub interface: Interface,
    /// The operations.
    pub graph: Graph,
    /// The wires that are the result.
    pub outputs: Vec<WireId>,
    /// The calls of public functions, in order.
    pub calls: Vec<RecordedCall>,
}

/// Evaluates an instruction; `None` when something was reported.
pub fn instruction(program: &Program<'_>, id: FunctionId) -> Option<EvaluatedInstruction> {
    let mut evaluator = Evaluator::new(program);
    evaluator.public_calls = Some(Vec::new());
    let evaluated = evaluator.instruction(id).ok()?;
    (!evaluator.failed).then_some(evaluated)
}

/// Where words come from that are not computed.
pub(super) enum Source {
    /// An argument that is seen by everybody or by nobody.
    Argument(Visibility),
    /// What a public function gives: the words so far.
    PublicFunction(Vec<WireId>),
    /// What a function of the circuit gives: the words that are left.
    Function(std::vec::IntoIter<WireId>),
}

/// What a type is to the interface.
enum Role {
    Data,
    Encrypted(Type, Type),
    EncryptedAlone(Type),
    Shared,
    Mxe,
}

impl Evaluator<'_, '_> {
    fn instruction(&mut self, id: FunctionId) -> Result<EvaluatedInstruction, Stop> {
        let program = self.program;
        let item = &program.function(id).item;
        let signature = program.signature(id);
        if !item.generics.parameters.is_empty() {
            // Reported where names are collected.
            return Err(Stop::Failed);
        }
        self.here = item.span;
        self.graph.here = item.span;
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut arguments = Vec::new();
        let mut declared = Vec::new();
        // Of every parameter of the interface.
        let mut types = Vec::new();
        // All before the body is run: what is wrong with the signature is reported together.
        let mut fits = true;
        for ((pattern, written), ty) in item.parameters.iter().zip(signature.parameters.iter()) {
            let ty = program.normalized(ty);
            match self.parameters(&mut parameters, &mut types, pattern, written.span, &ty) {
                Ok(argument) => {
                    arguments.push(argument);
                    declared.push(ty);
                }
                Err(_) => fits = false,
            }
        }
        let result = program.normalized(&signature.result);
        let result_types = self.output_types(&result);
        let outputs: Vec<_> = result_types.iter().map(|ty| self.output_type(ty, item.result.span)).collect();
        let Some(body) = program.body(id, &Arc::from([])).filter(|_| fits) else { return Err(Stop::Failed) };
        let outputs = outputs.into_iter().collect::<Result<Vec<_>, _>>()?;
        // Inputs are numbered before operations, so numbers of variants are looked at when all inputs are there.
        let arguments = arguments.iter().zip(&declared);
        let arguments = arguments
            .map(|(argument, ty)| self.checked(argument, ty, item.span))
            .collect::<Result<_, _>>()?;
        self.calls.push((id, item.name.span));
        let value = self.body(&body, arguments)?;
        self.calls.pop();

        let values = match (&result, &value) {
            (Type::Tuple(elements), Value::Aggregate(parts)) => {
                elements.iter().cloned().zip(parts.iter().cloned()).collect()
            }
            _ => vec![(result.clone(), value)],
        };
        let spans = result_spans(&body, values.len());
        let values =
            values.into_iter().zip(spans).flat_map(|((ty, value), span)| match (&value, self.each(&ty)) {
                (Value::Aggregate(parts), Some(_)) => parts.iter().map(|part| (part.clone(), span)).collect(),
                _ => vec![(value, span)],
            });
        let values: Vec<_> = values.collect();
        let mut wires = Vec::new();
        let mut written: Vec<Output> = Vec::new();
        for (((value, span), output), ty) in values.iter().zip(outputs).zip(&result_types) {
            let output = self.output(value, output, ty, &written, &types, *span, &mut wires)?;
            written.push(output);
        }
        let interface = Interface { name: item.name.text.to_string(), parameters, outputs: written };
        let calls = self.public_calls.take().unwrap_or_default();
        Ok(EvaluatedInstruction { interface, graph: std::mem::take(&mut self.graph), outputs: wires, calls })
    }

    fn role(&self, ty: &Type) -> Role {
        let Type::Adt(id, arguments) = ty else { return Role::Data };
        match (self.program.prelude_name(*id), &arguments[..]) {
            (Some("Enc"), [owner, data]) => Role::Encrypted(owner.clone(), data.clone()),
            (Some("EncData"), [data]) => Role::EncryptedAlone(data.clone()),
            (Some("Shared" | "ArcisX25519Pubkey"), _) => Role::Shared,
            (Some("Mxe"), _) => Role::Mxe,
            _ => Role::Data,
        }
    }

    fn is_shared(&self, ty: &Type) -> bool {
        matches!(ty, Type::Adt(id, _) if self.program.prelude_name(*id) == Some("Shared"))
    }

    /// The elements of an array of encrypted data or owners: each is a parameter or an output of its own.
    fn each(&self, ty: &Type) -> Option<(Type, usize)> {
        match ty {
            Type::Array(element, length) => match **length {
                Type::Constant(length) if !matches!(self.role(element), Role::Data) => {
                    // More than an interface can have are refused with it.
                    Some((
                        (**element).clone(),
                        usize::try_from(length).unwrap_or(usize::MAX).min(MAX_PARAMETERS + 1),
                    ))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn output_types(&self, result: &Type) -> Vec<Type> {
        let elements = match result {
            Type::Tuple(elements) => elements.to_vec(),
            other => vec![other.clone()],
        };
        let each = |ty: Type| match self.each(&ty) {
            Some((element, length)) => vec![element; length],
            None => vec![ty],
        };
        elements.into_iter().flat_map(each).collect()
    }

    /// A parameter of the function: one of the interface, or one for each element.
    fn parameters(
        &mut self,
        parameters: &mut Vec<Parameter>,
        types: &mut Vec<Type>,
        pattern: &syntax::Pattern,
        span: Span,
        ty: &Type,
    ) -> Result<Value, Stop> {
        let name = match &pattern.kind {
            PatternKind::Binding { name, .. } => name.text.to_string(),
            _ => format!("argument_{}", parameters.len()),
        };
        let Some((element, length)) = self.each(ty) else {
            let (parameter, argument) = self.parameter(parameters, name, span, ty)?;
            parameters.push(parameter);
            types.push(ty.clone());
            return Ok(argument);
        };
        if length > MAX_PARAMETERS {
            let message = format!("this is more than {MAX_PARAMETERS} arguments");
            return Err(self.stop(
                Diagnostic::new(span, message)
                    .label("each element is an argument of its own")
                    .help("encrypt the elements together, as one array: `Enc<_, [T; N]>`"),
            ));
        }
        let mut elements = Vec::with_capacity(length);
        for index in 0..length {
            let (parameter, argument) =
                self.parameter(parameters, format!("{name}_{index}"), span, &element)?;
            parameters.push(parameter);
            types.push(element.clone());
            elements.push(argument);
        }
        Ok(Value::aggregate(elements))
    }

    fn parameter(
        &mut self,
        earlier: &[Parameter],
        name: String,
        span: Span,
        ty: &Type,
    ) -> Result<(Parameter, Value), Stop> {
        let index = earlier.len();
        let clients = earlier.iter().filter(|parameter| {
            matches!(parameter.kind, ParameterKind::Shared { .. } | ParameterKind::Recipient { .. })
        });
        let slot = clients.count() as u16;
        let source = Some(index as u16);
        let (kind, data) = match self.role(ty) {
            Role::Encrypted(owner, data) if self.is_shared(&owner) => (ParameterKind::Shared { slot }, data),
            Role::Encrypted(_, data) => (ParameterKind::Cell, data),
            Role::EncryptedAlone(data) => (ParameterKind::Shared { slot }, data),
            Role::Shared => (ParameterKind::Recipient { slot }, Type::unit()),
            Role::Mxe => (ParameterKind::Mxe, Type::unit()),
            Role::Data => (ParameterKind::Plaintext, ty.clone()),
        };
        let layout = self.layout(&data, span)?;
        let visibility =
            if kind == ParameterKind::Plaintext { Visibility::Public } else { Visibility::Secret };
        let value = self.input(&data, &mut Source::Argument(visibility), &name, span)?;
        let owned = |owner, value| Value::aggregate(vec![Value::Owner(owner), value]);
        let value = match kind {
            ParameterKind::Plaintext => value,
            ParameterKind::Shared { slot } if matches!(self.role(ty), Role::EncryptedAlone(_)) => {
                Value::aggregate(vec![value, Value::Owner(Owner::Client { slot })])
            }
            ParameterKind::Shared { slot } => owned(Owner::Client { slot }, value),
            ParameterKind::Cell => owned(Owner::Application { source }, value),
            ParameterKind::Recipient { slot } => Value::Owner(Owner::Client { slot }),
            ParameterKind::Mxe => Value::Owner(Owner::Application { source: None }),
        };
        Ok((Parameter { name, kind, ty: layout }, value))
    }

    /// Inputs for a value of this type, one word for each scalar.
    pub(super) fn input(
        &mut self,
        ty: &Type,
        source: &mut Source,
        name: &str,
        span: Span,
    ) -> Result<Value, Stop> {
        match ty {
            Type::Bool | Type::Integer(_) | Type::Float(_) | Type::Word(_) => {
                let width = self.word_width(ty, span)?;
                Ok(Value::Word(self.entering(width, source, name, span)))
            }
            Type::Array(element, length) => {
                let Type::Constant(length) = **length else {
                    return Err(self.inconsistent(span, "an array without a length"));
                };
                (0..length)
                    .map(|index| self.input(element, source, &format!("{name}[{index}]"), span))
                    .collect::<Result<_, _>>()
                    .map(Value::aggregate)
            }
            Type::Tuple(elements) => elements
                .iter()
                .enumerate()
                .map(|(index, element)| self.input(element, source, &format!("{name}.{index}"), span))
                .collect::<Result<_, _>>()
                .map(Value::aggregate),
            Type::Adt(id, _) => {
                let variants = self.program.variants(*id);
                let types = self.program.variant_types(ty);
                let mut fields = Vec::new();
                let is_enum = self.program.adt(*id).is_enum;
                let tag = if is_enum {
                    let is_option = self.program.prelude_name(*id) == Some("Option");
                    let width = if is_option { 1 } else { 8 };
                    Some(self.entering(width, source, &format!("{name}.variant"), span))
                } else {
                    None
                };
                for (variant, types) in variants.iter().zip(&types) {
                    let parts = variant
                        .fields
                        .iter()
                        .zip(types)
                        .map(|(field, ty)| self.input(ty, source, &format!("{name}.{}", field.name), span))
                        .collect::<Result<Vec<_>, _>>()?;
                    fields.push(parts);
                }
                match tag {
                    None => Ok(Value::aggregate(fields.into_iter().next().unwrap_or_default())),
                    Some(tag) => {
                        let fields = fields.into_iter().map(|parts| Some(Arc::new(parts))).collect();
                        Ok(Value::Enum(Arc::new(EnumValue { tag, fields })))
                    }
                }
            }
            _ => Err(self.inconsistent(span, "an argument of a type without layout")),
        }
    }

    /// A word that enters from outside.
    fn entering(&mut self, width: u32, source: &mut Source, name: &str, span: Span) -> WireId {
        match source {
            Source::Argument(visibility) => self.graph.input(width, *visibility, name.to_owned()),
            Source::PublicFunction(words) => {
                let word = self.graph.outside(width, span);
                words.push(word);
                word
            }
            Source::Function(words) => words.next().unwrap_or_default(),
        }
    }

    /// The type of data in the interface. Reports what cannot be there.
    pub(super) fn layout(&mut self, ty: &Type, span: Span) -> Result<arcis_circuit::Type, Stop> {
        match layout(self.program, ty) {
            // Checked here, since inputs are made for every scalar of it.
            Ok(layout) => match layout.validate() {
                Ok(()) => Ok(layout),
                Err(error) => {
                    let message =
                        format!("this cannot be an argument or a result of an instruction: {error}");
                    Err(self.stop(Diagnostic::new(span, message).help("split it over several calls")))
                }
            },
            Err(None) => {
                self.failed = true;
                Err(Stop::Failed)
            }
            Err(Some(why)) => {
                let message = "this cannot be an argument or a result of an instruction";
                Err(self.stop(Diagnostic::new(span, message).label(why.what).help(why.instead)))
            }
        }
    }

    fn output_type(&mut self, ty: &Type, span: Span) -> Result<arcis_circuit::Type, Stop> {
        match self.role(ty) {
            Role::Encrypted(_, data) => self.layout(&data, span),
            _ => self.layout(ty, span),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an output is judged by all of them, in one place")]
    fn output(
        &mut self,
        value: &Value,
        layout: arcis_circuit::Type,
        ty: &Type,
        earlier: &[Output],
        parameters: &[Type],
        span: Span,
        wires: &mut Vec<WireId>,
    ) -> Result<Output, Stop> {
        let encrypted = match (self.role(ty), value) {
            (Role::Encrypted(_, inner), Value::Aggregate(parts)) => match parts.as_slice() {
                [Value::Owner(owner), data] => Some((*owner, data.clone(), inner)),
                _ => None,
            },
            _ => None,
        };
        let (kind, data, data_type) = match encrypted {
            Some((Owner::Client { slot }, data, inner)) => {
                // The client who encrypted data gets what is for its key: to that client the network binds the ciphertext.
                let slot = self.keys_of.get(&slot).copied().unwrap_or(slot);
                (OutputKind::Shared { slot }, data, inner)
            }
            Some((Owner::Application { source }, data, inner)) => {
                // A cell is overwritten once, and with what it is for; further outputs go to cells that the caller names.
                let fits = |source: &u16| {
                    parameters.get(usize::from(*source)) == Some(ty)
                        && !earlier
                            .iter()
                            .any(|output| output.kind == OutputKind::Cell { source: Some(*source) })
                };
                (OutputKind::Cell { source: source.filter(fits) }, data, inner)
            }
            None => (OutputKind::Public, value.clone(), ty.clone()),
        };
        let mut words = Vec::new();
        self.output_words(&data, &data_type, span, &mut words)?;
        if kind == OutputKind::Public && words.iter().any(|wire| !self.graph.is_public(*wire)) {
            self.report(
                Diagnostic::new(span, "this result is secret, but everybody would see it")
                    .label("a secret value flows into this")
                    .help(
                        "write `.reveal()` to make it public, or return it encrypted: `owner.from_arcis(..)`",
                    ),
            );
        }
        wires.extend(words);
        Ok(Output { kind, ty: layout })
    }

    /// The words of a value in the order of the interface; what an enum has in variants that it is not is zero.
    pub(super) fn output_words(
        &mut self,
        value: &Value,
        ty: &Type,
        span: Span,
        words: &mut Vec<WireId>,
    ) -> Result<(), Stop> {
        match (value, ty) {
            (Value::Word(wire), _) => {
                words.push(*wire);
                Ok(())
            }
            (Value::Aggregate(parts), Type::Array(element, _)) => {
                parts.iter().try_for_each(|part| self.output_words(part, element, span, words))
            }
            (Value::Aggregate(parts), Type::Tuple(elements)) => parts
                .iter()
                .zip(elements.iter())
                .try_for_each(|(part, ty)| self.output_words(part, ty, span, words)),
            (Value::Aggregate(parts), Type::Adt(..)) => {
                let types = self.program.variant_types(ty).into_iter().next().unwrap_or_default();
                parts.iter().zip(&types).try_for_each(|(part, ty)| self.output_words(part, ty, span, words))
            }
            (Value::Enum(value), Type::Adt(id, _)) => {
                let is_option = self.program.prelude_name(*id) == Some("Option");
                let masked = self.masked(value, span)?;
                let width = self.graph.width(masked.tag);
                let tag =
                    if is_option { masked.tag } else { self.resized(masked.tag, width, 8, false, span) };
                words.push(tag);
                let types = self.program.variant_types(ty);
                for (fields, types) in masked.fields.iter().zip(&types) {
                    for (index, ty) in types.iter().enumerate() {
                        let part = match fields {
                            Some(fields) => fields[index].clone(),
                            None => self.zero_of(ty, span)?,
                        };
                        self.output_words(&part, ty, span, words)?;
                    }
                }
                Ok(())
            }
            (Value::Uninitialized, _) => {
                let zero = self.zero_of(ty, span)?;
                match zero {
                    Value::Uninitialized => Err(self.inconsistent(span, "an output without a value")),
                    zero => self.output_words(&zero, ty, span, words),
                }
            }
            _ => Err(self.inconsistent(span, "an output of a type without layout")),
        }
    }

    /// Zeros of a type's layout.
    fn zero_of(&mut self, ty: &Type, span: Span) -> Result<Value, Stop> {
        match ty {
            Type::Bool | Type::Integer(_) | Type::Word(_) | Type::Float(_) => self.default_value(ty, span),
            Type::Array(element, length) => {
                let element = self.zero_of(element, span)?;
                let Type::Constant(length) = **length else {
                    return Err(self.inconsistent(span, "an array without a length"));
                };
                Ok(Value::aggregate(vec![element; length as usize]))
            }
            Type::Tuple(elements) => elements
                .iter()
                .map(|element| self.zero_of(element, span))
                .collect::<Result<_, _>>()
                .map(Value::aggregate),
            Type::Adt(id, _) => {
                let types = self.program.variant_types(ty);
                let is_enum = self.program.adt(*id).is_enum;
                let mut variants = Vec::new();
                for types in &types {
                    let parts =
                        types.iter().map(|ty| self.zero_of(ty, span)).collect::<Result<Vec<_>, _>>()?;
                    variants.push(parts);
                }
                if !is_enum {
                    return Ok(Value::aggregate(variants.into_iter().next().unwrap_or_default()));
                }
                let tag = self.graph.integer(0, tag_width(variants.len()), span);
                let fields = variants.into_iter().map(|parts| Some(Arc::new(parts))).collect();
                Ok(Value::Enum(Arc::new(EnumValue { tag, fields })))
            }
            _ => Ok(Value::Uninitialized),
        }
    }

    /// Arguments come from anybody. What no value of their type would be is made one: a number of a variant that there is
    /// not the first variant, the length of a `BoundedVec` at most its bound, an element of a field less than the modulus.
    pub(super) fn checked(&mut self, value: &Value, ty: &Type, span: Span) -> Result<Value, Stop> {
        match (value, ty) {
            (Value::Aggregate(parts), Type::Array(element, _)) => {
                let parts = parts.iter().map(|part| self.checked(part, element, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            (Value::Aggregate(parts), Type::Tuple(elements)) => {
                let parts = parts.iter().zip(elements.iter());
                let parts = parts.map(|(part, element)| self.checked(part, element, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            (Value::Aggregate(parts), Type::Adt(id, arguments)) => {
                let types = self.program.variant_types(ty).into_iter().next().unwrap_or_default();
                let parts = parts.iter().zip(&types).map(|(part, ty)| self.checked(part, ty, span));
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                Ok(match (self.program.prelude_name(*id), parts.as_slice(), &arguments[..]) {
                    (Some("BoundedVec"), [Value::Word(length), items], [_, Type::Constant(bound)]) => {
                        Value::aggregate(vec![self.at_most(*length, *bound, span), items.clone()])
                    }
                    (Some("BaseField25519"), [bytes], _) => {
                        Value::aggregate(vec![self.below_modulus(bytes, span)])
                    }
                    _ => Value::aggregate(parts),
                })
            }
            (Value::Enum(inner), _) => {
                let types = self.program.variant_types(ty);
                let mut fields = Vec::with_capacity(types.len());
                for (parts, types) in inner.fields.iter().flatten().zip(&types) {
                    let parts = parts.iter().zip(types).map(|(part, ty)| self.checked(part, ty, span));
                    fields.push(Some(Arc::new(parts.collect::<Result<_, _>>()?)));
                }
                let tag = self.checked_variant(inner.tag, types.len(), span);
                Ok(Value::Enum(Arc::new(EnumValue { tag, fields })))
            }
            (other, _) => Ok(other.clone()),
        }
    }

    /// The number of a variant, no wider than it has to be, and none that is no variant's.
    fn checked_variant(&mut self, wire: WireId, count: usize, span: Span) -> WireId {
        let (width, own) = (self.graph.width(wire), tag_width(count));
        let tag = self.resized(wire, width, own, false, span);
        if (count as u128) >= 1 << width {
            return tag;
        }
        let limit = self.graph.integer(count as u128, width, span);
        let condition = self.graph.build(Op::Less { a: wire, b: limit, signed: false }, span);
        let first = self.graph.integer(0, own, span);
        self.graph.build(Op::Select { condition, when_true: tag, when_false: first }, span)
    }

    fn at_most(&mut self, wire: WireId, bound: u128, span: Span) -> Value {
        let width = self.graph.width(wire);
        let bound = self.graph.integer(bound, width, span);
        let condition = self.graph.build(Op::Less { a: bound, b: wire, signed: false }, span);
        let choice = Op::Select { condition, when_true: bound, when_false: wire };
        Value::Word(self.graph.build(choice, span))
    }

    /// The bytes of a number of 255 bits (the highest bit does not count) modulo 2^255 - 19.
    fn below_modulus(&mut self, bytes: &Value, span: Span) -> Value {
        let word = self.graph.build(Op::Concat(bytes.words().unwrap_or_default()), span);
        let low = self.graph.build(Op::Slice { a: word, offset: 0, width: 255 }, span);
        let low = self.resized(low, 255, 256, false, span);
        let zero = self.graph.integer(0, 256, span);
        // Less than twice the modulus, which is what an addition takes away.
        let sum = self.graph.call(&Gadget::Field25519(FieldFunction::Add), vec![low, zero], span)[0];
        let bytes = (0..32).map(|index| {
            let byte = Op::Slice { a: sum, offset: index * 8, width: 8 };
            Value::Word(self.graph.build(byte, span))
        });
        Value::aggregate(bytes.collect())
    }
}

/// Where each output is computed: the elements of a tuple that ends the function, else its last expression.
fn result_spans(body: &Body, count: usize) -> Vec<Span> {
    fn last(expression: &Expr) -> &Expr {
        match &expression.kind {
            ExprKind::Block(_, value) => last(value),
            _ => expression,
        }
    }
    let value = last(&body.value);
    match &value.kind {
        ExprKind::Aggregate(elements) if elements.len() == count && matches!(value.ty, Type::Tuple(_)) => {
            elements.iter().map(|element| element.span).collect()
        }
        _ => vec![value.span; count],
    }
}
