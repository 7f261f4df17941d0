//! Functions marked `#[inline(never)]`. They stay functions of the circuit: written once, called as often as they are
//! used. So a circuit that does the same for many elements is as small as its source. In return nothing that is known of the
//! arguments goes into them: each is a word of its type.

use std::sync::Arc;

use arcis_circuit::{Op, Visibility, WireId};

use super::instruction::Source;
use super::memory::Reference;
use super::value::Value;
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::layout::layout;
use crate::passes;
use crate::source::Span;
use crate::tree::Body;
use crate::types::{FunctionId, Type, Types};

/// A function that is in the circuit.
pub(super) struct Outlined {
    id: FunctionId,
    generics: Types,
    function: u32,
}

impl Evaluator<'_, '_> {
    /// Calls a function that stays one. Where all of its arguments are known, or there is no circuit, it is run instead.
    pub(super) fn outlined_call(
        &mut self,
        id: FunctionId,
        generics: &Types,
        body: &Body,
        arguments: Vec<Value>,
        span: Span,
    ) -> Result<Value, Stop> {
        if self.public_calls.is_none() {
            return self.body(body, arguments);
        }
        let program = self.program;
        let signature = program.signature(id);
        let normalized = |ty: &Type| program.normalized(&ty.substitute(generics));
        let parameters: Vec<Type> = signature.parameters.iter().map(normalized).collect();
        let result = normalized(&signature.result);
        for ty in parameters.iter().map(pointee).chain([&result]) {
            if layout(program, ty).is_err() {
                let (name, ty) = (&program.function(id).item.name, program.type_name(ty));
                let message = format!("`{}` cannot stay a function: `{ty}` is not plain data", name.text);
                return Err(self.stop(Diagnostic::new(name.span, message).help(
                    "take and give numbers, bools, keys, structs, enums, tuples and arrays of them, or `&` of those; or remove `#[inline(never)]`",
                )));
            }
        }
        let mut words = Vec::new();
        for (argument, ty) in arguments.iter().zip(&parameters) {
            let value = match argument {
                Value::Reference(reference) => self.read(reference, span)?,
                value => value.clone(),
            };
            self.output_words(&value, pointee(ty), span, &mut words)?;
        }
        if words.iter().all(|word| self.graph.constant_value(*word).is_some()) {
            return self.body(body, arguments);
        }
        let known = self.outlined.iter().find(|known| known.id == id && known.generics == *generics);
        let function = match known {
            Some(known) => known.function,
            None => self.outline(id, generics, body, &parameters, &result, span)?,
        };
        let words = self.graph.call_function(function, words, span);
        let value = self.input(&result, &mut Source::Function(words.into_iter()), "", span)?;
        self.checked(&value, &result, span)
    }

    /// Evaluates a body on arguments of which nothing is known, and adds it to the circuit's functions.
    fn outline(
        &mut self,
        id: FunctionId,
        generics: &Types,
        body: &Body,
        parameters: &[Type],
        result: &Type,
        span: Span,
    ) -> Result<u32, Stop> {
        let mut inner = Evaluator::new(self.program);
        inner.public_calls = Some(Vec::new());
        inner.outlined = std::mem::take(&mut self.outlined);
        inner.graph = Graph::with_library_of(&self.graph);
        inner.graph.here = self.graph.here;
        inner.here = self.here;
        inner.calls = self.calls.clone();
        inner.steps = self.steps;
        let outputs = inner.outline_body(body, parameters, result, span);
        self.steps = inner.steps;
        self.failed |= inner.failed;
        self.outlined = inner.outlined;
        let outputs = outputs?;
        let called = inner.public_calls.unwrap_or_default();
        let graph = inner.graph;
        let forbidden = graph.nodes().find(|(_, node)| match &node.op {
            Op::Random { .. } | Op::Sign { .. } => true,
            Op::Shuffle { .. } => node.part == 0,
            // What follows from constants alone is revealed for free.
            Op::Reveal(word) => graph.op(*word).is_none_or(|op| !matches!(op, Op::Call { .. })),
            _ => false,
        });
        if let Some(at) = called.first().map(|call| call.span).or(forbidden.map(|(_, node)| node.span)) {
            let name = &self.program.function(id).item.name.text;
            let message = format!("`{name}` stays a function, and cannot do this");
            return Err(self.stop(
                Diagnostic::new(at, message)
                    .label(
                        "reveals, signatures, randomness and public functions belong where they happen once",
                    )
                    .help("do this in the function that calls it; or remove `#[inline(never)]`"),
            ));
        }
        let (graph, outputs) = passes::run(graph, outputs);
        let function = self.graph.add_function(&self.program.function(id).item.name.text, graph, outputs);
        self.outlined.push(Outlined { id, generics: generics.clone(), function });
        Ok(function)
    }

    fn outline_body(
        &mut self,
        body: &Body,
        parameters: &[Type],
        result: &Type,
        span: Span,
    ) -> Result<Vec<WireId>, Stop> {
        let mut source = Source::Argument(Visibility::Secret);
        let inputs = parameters.iter().map(|ty| self.input(pointee(ty), &mut source, "", span));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let mut arguments = Vec::with_capacity(inputs.len());
        for (input, ty) in inputs.iter().zip(parameters) {
            let value = self.checked(input, pointee(ty), span)?;
            arguments.push(match ty {
                Type::Reference(..) => {
                    Value::Reference(Arc::new(Reference::slot(self.memory.allocate(value))))
                }
                _ => value,
            });
        }
        let value = self.body(body, arguments)?;
        let mut words = Vec::new();
        self.output_words(&value, result, span, &mut words)?;
        Ok(words)
    }
}

/// What a shared reference leads to; any other type itself.
fn pointee(ty: &Type) -> &Type {
    match ty {
        Type::Reference(false, target) => target,
        ty => ty,
    }
}
