//! A program run in every way that needs neither rustc nor other parties.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arcis_circuit::gates::{GateProgram, Shape, lower};
use arcis_circuit::{Bits, Circuit, evaluate};
use thiserror::Error;

use crate::interpret;
use crate::layout::{random_bits, read, width, write};
use crate::print::{INSTRUCTION, source};
use crate::random::Random;
use crate::shrink::shrink;
use crate::syntax::{Program, Value};

/// Why a program failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The generator made no sense.
    #[error("the program makes no sense to the interpreter")]
    Senseless,
    /// The compiler refused it.
    #[error("the compiler refuses it: {0}")]
    Refused(String),
    /// Something panicked.
    #[error("{0} panicked: {1}")]
    Panicked(&'static str, String),
    /// The circuit cannot be run.
    #[error("{0} fails: {1}")]
    Broken(&'static str, String),
    /// Two ways give different results.
    #[error("{ways} differ on {arguments:x}: {left:x} and {right:x}")]
    Differs {
        /// Which.
        ways: &'static str,
        /// The arguments.
        arguments: Bits,
        /// What the first one gives.
        left: Bits,
        /// What the second one gives.
        right: Bits,
    },
}

impl Failure {
    /// Whether two failures are of one kind, so that one may stand for the other.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            // The first line says what, the others where.
            (Self::Refused(a), Self::Refused(b)) => a.lines().next() == b.lines().next(),
            (Self::Panicked(a, x), Self::Panicked(b, y)) => a == b && x == y,
            (Self::Differs { ways: a, .. }, Self::Differs { ways: b, .. }) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// Arguments, one after another as bits, for several runs.
#[derive(Clone, Debug)]
pub struct Inputs(pub Vec<Bits>);

impl Inputs {
    /// So many random ones.
    pub fn of_seed(program: &Program, seed: u64, count: usize) -> Self {
        let mut random = Random::new(seed ^ 0x5eed);
        let inputs = (0..count).map(|_| {
            let mut bits = Bits::new();
            for (ty, _) in &program.instruction().parameters {
                random_bits(program, ty, &mut random, &mut bits);
            }
            bits
        });
        Self(inputs.collect())
    }
}

/// A compiled program.
pub struct Compiled {
    /// Its circuit.
    pub circuit: Circuit,
    /// Its gates in both shapes.
    pub gates: [GateProgram; 2],
}

/// Runs what may panic.
fn catching<T>(what: &'static str, run: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Failure::Panicked(what, text.unwrap_or_default())
    })
}

/// Compiles a program.
///
/// # Errors
/// When it cannot be compiled.
pub fn compile(program: &Program) -> Result<Compiled, Failure> {
    let text = source(program, "circuits");
    let instructions = catching("the compiler", || arcis_compiler::compile_source("program.rs", &text))?
        .map_err(|diagnostics| Failure::Refused(diagnostics.to_string()))?;
    let instruction = instructions.into_iter().find(|it| it.artifact.interface.name == INSTRUCTION);
    let circuit =
        instruction.ok_or_else(|| Failure::Broken("the compiler", "no instruction".into()))?.artifact.circuit;
    let lowered = |shape| {
        catching("lowering", || lower(&circuit, shape))?
            .map_err(|it| Failure::Broken("lowering", it.to_string()))
    };
    let gates = [lowered(Shape::Small)?, lowered(Shape::Fast)?];
    Ok(Compiled { circuit, gates })
}

impl Compiled {
    /// The words of arguments.
    pub fn words(&self, arguments: &Bits) -> Vec<Bits> {
        let mut at = 0;
        let inputs = self.circuit.entry().map_or(&[][..], |entry| &entry.inputs);
        inputs
            .iter()
            .map(|input| {
                let width = input.width as usize;
                at += width;
                arguments.slice(at - width, width)
            })
            .collect()
    }

    /// What the reference evaluator gives, with which the gates have to agree.
    ///
    /// # Errors
    /// When they do not.
    pub fn run(&self, arguments: &Bits) -> Result<Bits, Failure> {
        let words = self.words(arguments);
        let broken = |what| move |error: String| Failure::Broken(what, error);
        let evaluated = catching("the evaluator", || evaluate(&self.circuit, &words, &mut |_| Bits::new()))?;
        let given = Bits::concat(&evaluated.map_err(|it| broken("the evaluator")(it.to_string()))?);
        for (ways, gates) in ["words and small gates", "words and fast gates"].into_iter().zip(&self.gates) {
            let run = catching("gates", || gates.run_clear(&words, &mut |_| Bits::new()))?;
            let right = Bits::concat(&run.map_err(|it| broken("gates")(it.to_string()))?);
            if right != given {
                return Err(Failure::Differs { ways, arguments: arguments.clone(), left: given, right });
            }
        }
        Ok(given)
    }
}

/// The values that bits stand for: nobody sees what a client encrypted, so a number that no variant has is the first one's.
fn values(program: &Program, arguments: &Bits) -> Vec<Value> {
    let mut at = 0;
    let parameters = &program.instruction().parameters;
    parameters.iter().map(|(ty, _)| read(program, ty, arguments, &mut at)).collect()
}

/// The same arguments as an honest client writes them, which alone are values natively.
pub fn honest(program: &Program, arguments: &Bits) -> Bits {
    let mut bits = Bits::new();
    for ((ty, _), value) in program.instruction().parameters.iter().zip(values(program, arguments)) {
        write(program, ty, &value, &mut bits);
    }
    bits
}

/// What the interpreter gives.
///
/// # Errors
/// When the program makes no sense.
pub fn interpret(program: &Program, arguments: &Bits) -> Result<Bits, Failure> {
    let values = values(program, arguments);
    let value = interpret::run(program, values).map_err(|_| Failure::Senseless)?;
    let mut bits = Bits::new();
    write(program, &program.instruction().result, &value, &mut bits);
    Ok(bits)
}

/// Whether the circuit and the interpreter agree.
///
/// # Errors
/// Says how the program fails.
pub fn check(program: &Program, inputs: &Inputs) -> Result<(), Failure> {
    // Before the compiler sees it: what makes no sense is the generator's fault.
    let expected: Result<Vec<_>, _> =
        inputs.0.iter().map(|arguments| interpret(program, arguments)).collect();
    let expected = expected?;
    let compiled = compile(program)?;
    for (arguments, expected) in inputs.0.iter().zip(expected) {
        let given = compiled.run(arguments)?;
        if given != expected {
            return Err(Failure::Differs {
                ways: "circuit and interpreter",
                arguments: arguments.clone(),
                left: given,
                right: expected,
            });
        }
    }
    Ok(())
}

/// A failure with the smallest program that was found to fail in the same way, as text.
pub fn describe(program: &Program, inputs: &Inputs, failure: &Failure, seed: u64) -> String {
    let smaller =
        shrink(program, |candidate| check(candidate, inputs).is_err_and(|found| found.is_like(failure)));
    let found = check(&smaller, inputs).err().unwrap_or_else(|| failure.clone());
    let bits: usize = smaller.instruction().parameters.iter().map(|(ty, _)| width(&smaller, ty)).sum();
    format!("program of seed {seed} ({bits} bits of arguments): {found}\n{}", source(&smaller, "circuits"))
}
