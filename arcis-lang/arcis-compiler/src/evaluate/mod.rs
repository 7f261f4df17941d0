//! Symbolic evaluation: typed trees to circuits.
//!
//! The program is run once, as an interpreter would, except that a word is a wire of the [`Graph`] and not a number. What is
//! known when compiling (loop bounds, indices, constants, which variant an `Option` is) are wires with a constant value;
//! calls are followed, loops unrolled.
//!
//! - `if` on a constant runs the branch taken.
//! - `if` on anything else runs both branches from the same `memory`, and whatever either wrote, fields and elements
//!   included, becomes a choice between the two (`branches`). So does the value of the `if`.
//! - `return`, `break` and `continue` under such a condition set a flag. What comes after them still runs, and what it
//!   writes counts only where the flag is not set (`control`).
//! - `.reveal()` under a secret condition is an error: that it happens would tell the condition. Under a condition everybody
//!   knows, what is revealed is zero unless the condition holds.
//!
//! # Layout
//! - `value`: values and constants.
//! - `memory`, `places`: variables, references, what a branch changed; reading and writing through references.
//! - `expressions`, `matching`, `operators`, `control`, `branches`: the rules for each form.
//! - `structural`: what works on values by their parts: comparison, default, revealing.
//! - `intrinsics`: what the prelude leaves to the compiler.
//! - `outlined`: functions that stay functions of the circuit.
//! - `public`: calls of public functions, which are not run but recorded.
//! - `instruction`: parameters become inputs, the result becomes outputs.

mod branches;
mod control;
mod expressions;
mod instruction;
mod intrinsics;
mod matching;
mod memory;
mod operators;
mod outlined;
mod places;
mod public;
mod structural;
mod value;

use std::collections::BTreeMap;

use arcis_circuit::WireId;

pub use instruction::{EvaluatedInstruction, instruction};
pub use public::RecordedCall;
pub use value::{Constant, EnumValue, Value};

use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::program::Program;
use crate::source::Span;
use crate::tree::Body;
use crate::types::FunctionId;
use control::{Frame, Guard};
use memory::Memory;
use outlined::Outlined;

/// Most steps of an evaluation: beyond it, something was meant otherwise.
const MAX_STEPS: u64 = 1 << 23;
/// Most operations of a circuit that can be loaded.
const MAX_OPERATIONS: usize = 1 << 22;
/// Deepest calls within calls.
const MAX_CALL_DEPTH: usize = 256;

/// Why an expression gives no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The evaluation cannot go on; the reason was reported.
    Failed,
    /// Control goes elsewhere: `return`, `break`, `continue`. Slots from this one on are not needed there.
    Leaves(usize),
}

/// Evaluates a body that has no parameters to a constant; `None` when something was reported.
pub fn constant(program: &Program<'_>, body: &Body) -> Option<Constant> {
    let mut evaluator = Evaluator::new(program);
    let value = evaluator.body(body, Vec::new()).ok()?;
    if evaluator.failed {
        return None;
    }
    let constant = evaluator.constant_of(&value);
    if constant.is_none() {
        let span = body.value.span;
        program.reporter().report(
            Diagnostic::new(span, "this is not a constant")
                .help("use literals, other constants and functions of them"),
        );
    }
    constant
}

/// Runs a program on wires.
struct Evaluator<'p, 'a> {
    program: &'p Program<'a>,
    graph: Graph,
    memory: Memory,
    frame: Frame,
    /// The conditions under which the current place is reached, the innermost last.
    conditions: Vec<Condition>,
    /// What may have been left, the innermost last.
    guards: Vec<Guard>,
    /// The functions being run, and where each was called, the innermost last.
    calls: Vec<(FunctionId, Span)>,
    /// The place in the author's source that is being evaluated.
    here: Span,
    /// The calls of public functions so far; `None` where there is no run time, as in constants.
    public_calls: Option<Vec<RecordedCall>>,
    /// The functions of the circuit so far that are the author's.
    outlined: Vec<Outlined>,
    steps: u64,
    /// Clients' keys that are arguments of their own, by their slots: the slots of the data that they are said to be the
    /// keys of.
    keys_of: BTreeMap<u16, u16>,
    failed: bool,
}

/// A condition under which something is reached.
#[derive(Clone, Copy)]
struct Condition {
    wire: WireId,
    /// Whether the wire is one there.
    holds: bool,
    span: Span,
}

impl<'p, 'a> Evaluator<'p, 'a> {
    fn new(program: &'p Program<'a>) -> Self {
        Self {
            program,
            graph: Graph::default(),
            memory: Memory::default(),
            frame: Frame::default(),
            conditions: Vec::new(),
            guards: Vec::new(),
            calls: Vec::new(),
            here: Span::default(),
            public_calls: None,
            outlined: Vec::new(),
            steps: 0,
            keys_of: BTreeMap::new(),
            failed: false,
        }
    }

    /// Where to point: the prelude is not the author's, what is wrong is how it was called.
    fn shown(&self, span: Span) -> Span {
        if span.file == 0 && self.here.file != 0 { self.here } else { span }
    }

    /// Reports something wrong; the evaluation may go on with any value of the right type.
    fn report(&mut self, mut diagnostic: Diagnostic) {
        self.failed = true;
        diagnostic.span = self.shown(diagnostic.span);
        diagnostic.related.retain(|(span, _)| span.file == diagnostic.span.file);
        self.program.reporter().report(diagnostic);
    }

    /// Reports something wrong after which nothing makes sense.
    fn stop(&mut self, diagnostic: Diagnostic) -> Stop {
        self.report(diagnostic);
        Stop::Failed
    }

    /// A state that the earlier stages exclude. It is reported, not panicked on, so that the author's build says where.
    fn inconsistent(&mut self, span: Span, what: &str) -> Stop {
        self.stop(
            Diagnostic::new(span, format!("the compiler is at fault here: {what}"))
                .help("please report this with the source"),
        )
    }

    /// Counts a step; the evaluation must not run away.
    fn step(&mut self, span: Span) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.graph.len() > MAX_OPERATIONS {
            return Err(self
                .stop(Diagnostic::new(span, "the circuit becomes too large here").help(
                    "make loops and arrays smaller: every step of every loop is part of the circuit",
                )));
        }
        Ok(())
    }

    /// The value as a constant; `None` when something in it is not known.
    fn constant_of(&self, value: &Value) -> Option<Constant> {
        let all =
            |parts: &[Value]| parts.iter().map(|part| self.constant_of(part)).collect::<Option<Vec<_>>>();
        match value {
            Value::Word(wire) => self.graph.constant_value(*wire).cloned().map(Constant::Word),
            Value::Aggregate(parts) => all(parts).map(Constant::Aggregate),
            Value::Enum(value) => {
                let variant = self.graph.constant_value(value.tag)?.to_u64()? as u32;
                let fields = value.fields.get(variant as usize)?.as_ref()?;
                Some(Constant::Enum(variant, value.fields.len(), all(fields)?))
            }
            Value::Reference(reference) => {
                let target = self.peek(reference)?;
                self.constant_of(&target).map(|target| Constant::Reference(Box::new(target)))
            }
            _ => None,
        }
    }
}
