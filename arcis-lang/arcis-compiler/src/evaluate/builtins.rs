//! What the language brings along.

use std::rc::Rc;

use arcis_circuit::{Op, WireId};

use super::value::{Owner, Value};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::tree::Builtin;
use crate::types::Type;

impl Evaluator<'_> {
    /// Applies a function of the language to values; `ty` is the type of the result.
    pub(super) fn builtin(
        &mut self,
        builtin: Builtin,
        arguments: &[Value],
        ty: &Type,
        span: Span,
    ) -> Result<Value, Stop> {
        match (builtin, arguments) {
            (Builtin::Reveal, [value]) => self.reveal(value, span),
            (Builtin::ToArcis, [Value::Encrypted(_, data)]) => Ok((**data).clone()),
            (Builtin::FromArcis, [Value::Owner(owner), value]) => {
                Ok(Value::Encrypted(*owner, Rc::new(value.clone())))
            }
            (Builtin::MxeGet, []) => Ok(Value::Owner(Owner::Application { source: None })),
            (Builtin::KeyFromBytes, [bytes]) => match bytes.words() {
                Some(words) => Ok(Value::Word(self.graph.build(Op::Concat(words), span))),
                None => Err(self.inconsistent(span, "bytes were expected")),
            },
            (Builtin::KeyToBytes, [Value::Word(key)]) => {
                let bytes = (0..32).map(|index| {
                    let byte = Op::Slice { a: *key, offset: index * 8, width: 8 };
                    Value::Word(self.graph.build(byte, span))
                });
                Ok(Value::aggregate(bytes.collect()))
            }
            (Builtin::Default, []) => self.default_value(ty, span),
            (Builtin::Clone, [value]) => Ok(value.clone()),
            (Builtin::Min | Builtin::Max, [Value::Word(a), Value::Word(b)]) => {
                let signed = self.integer_type(ty, span)?.signed;
                let less = self.graph.build(Op::Less { a: *a, b: *b, signed }, span);
                let (when_true, when_false) = if builtin == Builtin::Min { (*a, *b) } else { (*b, *a) };
                let choice = Op::Select { condition: less, when_true, when_false };
                Ok(Value::Word(self.graph.build(choice, span)))
            }
            (Builtin::WrappingAdd, [Value::Word(a), Value::Word(b)]) => {
                Ok(Value::Word(self.graph.build(Op::Add(*a, *b), span)))
            }
            (Builtin::WrappingSub, [Value::Word(a), Value::Word(b)]) => {
                Ok(Value::Word(self.graph.build(Op::Sub(*a, *b), span)))
            }
            (Builtin::WrappingMul, [Value::Word(a), Value::Word(b)]) => {
                Ok(Value::Word(self.graph.build(Op::Mul(*a, *b), span)))
            }
            _ => Err(self.inconsistent(span, "a function of the language got other arguments than it takes")),
        }
    }

    fn reveal(&mut self, value: &Value, span: Span) -> Result<Value, Stop> {
        if let Some(condition) = self.secret_condition() {
            // Whether something is revealed must not depend on a secret: seeing it would tell the secret.
            self.report(
                Diagnostic::new(span, "a secret decides whether this is revealed")
                    .related(condition, "this condition is secret")
                    .help("assign to a variable under the condition, and reveal the variable after the `if`"),
            );
            return Ok(value.clone());
        }
        let path = self.path_condition(span);
        self.revealed(value, path, span)
    }

    fn revealed(&mut self, value: &Value, path: Option<WireId>, span: Span) -> Result<Value, Stop> {
        self.step(span)?;
        match value {
            Value::Word(wire) if self.graph.is_public(*wire) => Ok(value.clone()),
            Value::Word(wire) => {
                let shown = match path {
                    Some(condition) => {
                        let zero = self.graph.integer(0, self.graph.width(*wire), span);
                        let choice = Op::Select { condition, when_true: *wire, when_false: zero };
                        self.graph.build(choice, span)
                    }
                    None => *wire,
                };
                Ok(Value::Word(self.graph.build(Op::Reveal(shown), span)))
            }
            Value::Aggregate(parts) => {
                let parts = parts.iter().map(|part| self.revealed(part, path, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            _ => Err(self.stop(
                Diagnostic::new(span, "only data can be revealed")
                    .help("reveal numbers, bools and keys, or structs, tuples and arrays of them"),
            )),
        }
    }

    /// All zero.
    pub(super) fn default_value(&mut self, ty: &Type, span: Span) -> Result<Value, Stop> {
        match ty {
            Type::Bool => Ok(Value::Word(self.graph.integer(0, 1, span))),
            Type::Integer(integer) => Ok(Value::Word(self.graph.integer(0, integer.bits.into(), span))),
            Type::PublicKey => Ok(Value::Word(self.graph.integer(0, 256, span))),
            Type::Array(element, length) => {
                let element = self.default_value(element, span)?;
                Ok(Value::aggregate(vec![element; usize::try_from(*length).unwrap_or(0)]))
            }
            Type::Tuple(elements) => {
                let parts = elements.iter().map(|element| self.default_value(element, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            Type::Struct(id) => {
                let fields = self.program.fields(*id);
                let parts = fields.iter().map(|field| self.default_value(&field.ty, span));
                parts.collect::<Result<_, _>>().map(Value::aggregate)
            }
            _ => Err(self.inconsistent(span, "a type without a default was expected to have one")),
        }
    }
}
