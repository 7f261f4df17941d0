//! Symbolic evaluation: typed trees to circuits.
//!
//! The program is run once, as an interpreter would, except that a word is a wire of the [`Graph`] and not a number. What is
//! known when compiling (loop bounds, indices, constants) are wires with a constant value; calls are followed, loops unrolled.
//!
//! - `if` on a constant runs the branch taken.
//! - `if` on anything else runs both branches from the same `memory`, and whatever either wrote, fields and elements
//!   included, becomes a choice between the two (`branches`). So does the value of the `if`.
//! - `.reveal()` under a secret condition is an error: that it happens would tell the condition. Under a condition everybody
//!   knows, what is revealed is zero unless the condition holds.
//!
//! # Layout
//! - `value`: values and constants.
//! - `memory`: variables, references, what a branch changed.
//! - `expressions`, `operators`, `builtins`, `branches`: the rules for each form.
//! - `instruction`: parameters become inputs, the result becomes outputs.

mod branches;
mod builtins;
mod expressions;
mod instruction;
mod memory;
mod operators;
mod value;

use arcis_circuit::WireId;

pub use instruction::{EvaluatedInstruction, instruction};
pub use value::{Constant, Value};

use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::program::Program;
use crate::source::Span;
use crate::tree::Body;
use crate::types::FunctionId;
use memory::Memory;

/// Most steps of an evaluation: beyond it, something was meant otherwise.
const MAX_STEPS: u64 = 1 << 25;
/// Most operations of a circuit that can be loaded.
const MAX_OPERATIONS: usize = 1 << 22;
/// Deepest calls within calls.
const MAX_CALL_DEPTH: usize = 128;

/// The evaluation cannot go on; the reason was reported.
#[derive(Debug)]
pub(crate) struct Stop;

/// Evaluates a body that has no parameters to a constant; `None` when something was reported.
pub fn constant(program: &Program<'_>, body: &Body) -> Option<Constant> {
    let mut evaluator = Evaluator::new(program);
    let value = evaluator.body(body, Vec::new()).ok()?;
    if evaluator.failed {
        return None;
    }
    let constant = Constant::of(&value, &evaluator.graph);
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
struct Evaluator<'a> {
    program: &'a Program<'a>,
    graph: Graph,
    memory: Memory,
    /// The conditions under which the current place is reached, the innermost last.
    conditions: Vec<Condition>,
    /// The functions being run, and where each was called, the innermost last.
    calls: Vec<(FunctionId, Span)>,
    steps: u64,
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

impl<'a> Evaluator<'a> {
    fn new(program: &'a Program<'a>) -> Self {
        Self {
            program,
            graph: Graph::default(),
            memory: Memory::default(),
            conditions: Vec::new(),
            calls: Vec::new(),
            steps: 0,
            failed: false,
        }
    }

    /// Reports something wrong; the evaluation may go on with any value of the right type.
    fn report(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.program.reporter().report(diagnostic);
    }

    /// Reports something wrong after which nothing makes sense.
    fn stop(&mut self, diagnostic: Diagnostic) -> Stop {
        self.report(diagnostic);
        Stop
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
            return Err(self.too_large(span));
        }
        Ok(())
    }

    fn too_large(&mut self, span: Span) -> Stop {
        self.stop(
            Diagnostic::new(span, "the circuit becomes too large here")
                .help("make loops and arrays smaller: every step of every loop is part of the circuit"),
        )
    }
}
