//! Calls of public functions. They are not run here: what they take and give are recorded as words, which
//! [`crate::split`] takes out of the circuit.

use std::collections::BTreeSet;

use arcis_circuit::{Op, WireId};

use super::instruction::Source;
use super::value::Value;
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::graph::{Node, operands};
use crate::layout::layout;
use crate::source::Span;
use crate::types::{FunctionId, Type, Types};

/// A call of a public function.
#[derive(Clone, Debug)]
pub struct RecordedCall {
    /// The function.
    pub function: FunctionId,
    /// What its generic parameters are.
    pub generics: Types,
    /// The words that it takes: all public.
    pub arguments: Vec<WireId>,
    /// The words that it gives.
    pub results: Vec<WireId>,
    /// Bits of each.
    pub result_widths: Vec<u32>,
    /// Where it is called.
    pub span: Span,
}

impl Evaluator<'_, '_> {
    /// Records a call of a public function: its result is what comes from outside.
    pub(super) fn public_call(
        &mut self,
        id: FunctionId,
        generics: &Types,
        arguments: &[Value],
        span: Span,
    ) -> Result<Value, Stop> {
        let program = self.program;
        let name = program.function(id).item.name.text.clone();
        let condition = self.conditions.last().map(|condition| condition.span);
        if condition.is_some() || self.live(span).is_some() {
            let message = format!("the public function `{name}` is called under a condition");
            let diagnostic = Diagnostic::new(span, message).help(
                "call it always, and choose between the results; or pass the condition, if everybody knows it, and test it in the function",
            );
            return Err(self.stop(match condition {
                Some(condition) => diagnostic.related(condition, "the condition is not known when compiling"),
                None => diagnostic,
            }));
        }
        self.record_public_call(id, generics, arguments, span)
    }

    /// Records a call under whatever condition: of a function that may as well run where nothing comes of it.
    pub(super) fn record_public_call(
        &mut self,
        id: FunctionId,
        generics: &Types,
        arguments: &[Value],
        span: Span,
    ) -> Result<Value, Stop> {
        let program = self.program;
        let name = program.function(id).item.name.text.clone();
        let signature = program.signature(id);
        let mut words = Vec::new();
        for (argument, ty) in arguments.iter().zip(signature.parameters.iter()) {
            let ty = program.normalized(&ty.substitute(generics));
            self.public_argument(argument, &ty, span, &mut words)?;
        }
        if words.iter().any(|word| !self.graph.is_public(*word)) {
            let message = format!("the public function `{name}` is called with a secret");
            return Err(self.stop(
                Diagnostic::new(span, message)
                    .label("a secret value flows into an argument")
                    .help("reveal it before: `.reveal()`, or remove `#[public]`, so that the function becomes a part of the circuit"),
            ));
        }
        let result = program.normalized(&signature.result.substitute(generics));
        if layout(program, &result).is_err() {
            let message = format!("the result of the public function `{name}` is not plain data");
            return Err(self.stop(
                Diagnostic::new(program.function(id).item.result.span, message)
                    .help("return numbers, bools, keys, or structs, enums, tuples and arrays of them"),
            ));
        }
        let mut source = Source::PublicFunction(Vec::new());
        let value = self.input(&result, &mut source, &name, span)?;
        let value = self.checked(&value, &result, span)?;
        let Source::PublicFunction(results) = source else {
            return Err(self.inconsistent(span, "a result from elsewhere"));
        };
        let result_widths = results.iter().map(|word| self.graph.width(*word)).collect();
        let (function, generics) = (id, generics.clone());
        let call = RecordedCall { function, generics, arguments: words, results, result_widths, span };
        if let Some(calls) = &mut self.public_calls {
            calls.push(call);
        }
        Ok(value)
    }

    /// Whether words are known before the circuit runs: they follow from plaintext arguments, constants and results of
    /// public functions that only take such.
    pub(super) fn is_before(&self, words: &[WireId]) -> bool {
        let Some(calls) = &self.public_calls else {
            return false;
        };
        let mut seen = BTreeSet::new();
        let mut open = words.to_vec();
        while let Some(wire) = open.pop() {
            if !seen.insert(wire) {
                continue;
            }
            if let Some(call) = calls.iter().find(|call| call.results.contains(&wire)) {
                open.extend(&call.arguments);
                continue;
            }
            match self.graph.node(wire) {
                None if self.graph.is_public(wire) => {}
                None => return false,
                Some(node) if node.part > 0 => open.push(node.of),
                Some(Node { op: Op::Random { .. } | Op::Shuffle { .. } | Op::Sign { .. }, .. }) => {
                    return false;
                }
                Some(node) => open.extend(operands(&node.op)),
            }
        }
        true
    }

    /// The words of an argument: a slice is its length in 32 bits, and its elements.
    fn public_argument(
        &mut self,
        argument: &Value,
        ty: &Type,
        span: Span,
        words: &mut Vec<WireId>,
    ) -> Result<(), Stop> {
        let program = self.program;
        let (value, ty) = match (argument, ty) {
            (Value::Reference(reference), Type::Reference(false, target)) => {
                (self.read(reference, span)?, (**target).clone())
            }
            (value, ty) => (value.clone(), ty.clone()),
        };
        match (&value, &ty) {
            (Value::Aggregate(parts), Type::Slice(element)) if layout(program, element).is_ok() => {
                words.push(self.graph.integer(parts.len() as u128, 32, span));
                parts.iter().try_for_each(|part| self.output_words(part, element, span, words))
            }
            (value, ty) if layout(program, ty).is_ok() => self.output_words(value, ty, span, words),
            _ => {
                let name = program.type_name(&ty);
                Err(self.stop(
                    Diagnostic::new(span, format!("a public function cannot take `{name}` from a circuit")).help(
                        "pass plain data: numbers, bools, keys, structs, enums, tuples and arrays of them, `&` of those, or `&[T]`",
                    ),
                ))
            }
        }
    }
}
