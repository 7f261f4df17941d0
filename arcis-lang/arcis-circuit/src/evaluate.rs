//! The reference evaluator: runs a circuit in the clear, word by word.
//!
//! It is what every other way of running a circuit is compared with, so it is written for being obviously right.

use thiserror::Error;

use crate::bits::Bits;
use crate::circuit::{Circuit, Op, WireId};
use crate::shuffle::{Permutation, SEED_BITS};
use crate::validate::CircuitError;
use crate::word;

/// Why a circuit was not evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluateError {
    /// The circuit is invalid.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// Another number of inputs.
    #[error("the circuit has {expected} inputs, got {actual}")]
    InputCount {
        /// Inputs it has.
        expected: usize,
        /// Inputs given.
        actual: usize,
    },
    /// An input of another width.
    #[error("input {index} has {expected} bits, got {actual}")]
    InputWidth {
        /// Which.
        index: usize,
        /// Bits it has.
        expected: u32,
        /// Bits given.
        actual: usize,
    },
    /// The random source gave another number of bits.
    #[error("asked the random source for {expected} bits, got {actual}")]
    RandomWidth {
        /// Bits asked for.
        expected: u32,
        /// Bits given.
        actual: usize,
    },
    /// The circuit signs, and there is nothing to sign with.
    #[error("the circuit signs a message, but the run was given no key: use evaluate_signing")]
    NoSigningKey,
}

/// What signs a message: gives the 64 bytes `R || s` of RFC 8032.
pub type Signer<'a> = &'a mut dyn FnMut(&[u8]) -> [u8; 64];

/// Evaluates the entry function. `random` gives as many uniform bits as it is asked for, once per [`Op::Random`] and, for
/// the seed of a permutation ([`Permutation::from_seed`]), once per [`Op::Shuffle`], in order of execution.
///
/// # Errors
/// When the circuit is invalid or the inputs do not fit it.
pub fn evaluate(
    circuit: &Circuit,
    inputs: &[Bits],
    random: &mut impl FnMut(u32) -> Bits,
) -> Result<Vec<Bits>, EvaluateError> {
    run(circuit, inputs, random, None)
}

/// As [`evaluate`], for circuits that sign ([`Op::Sign`]): `sign` holds the key.
///
/// # Errors
/// When the circuit is invalid or the inputs do not fit it.
pub fn evaluate_signing(
    circuit: &Circuit,
    inputs: &[Bits],
    random: &mut impl FnMut(u32) -> Bits,
    sign: Signer<'_>,
) -> Result<Vec<Bits>, EvaluateError> {
    run(circuit, inputs, random, Some(sign))
}

fn run(
    circuit: &Circuit,
    inputs: &[Bits],
    random: &mut impl FnMut(u32) -> Bits,
    sign: Option<Signer<'_>>,
) -> Result<Vec<Bits>, EvaluateError> {
    circuit.analyze()?;
    let entry = circuit.entry().ok_or(CircuitError::Empty)?;
    if inputs.len() != entry.inputs.len() {
        return Err(EvaluateError::InputCount { expected: entry.inputs.len(), actual: inputs.len() });
    }
    for (index, (input, bits)) in entry.inputs.iter().zip(inputs).enumerate() {
        if bits.len() != input.width as usize {
            return Err(EvaluateError::InputWidth { index, expected: input.width, actual: bits.len() });
        }
    }
    Evaluator { circuit, random, sign }.function(circuit.functions.len() - 1, inputs.to_vec())
}

struct Evaluator<'a, 's, R> {
    circuit: &'a Circuit,
    random: &'a mut R,
    sign: Option<Signer<'s>>,
}

impl<R: FnMut(u32) -> Bits> Evaluator<'_, '_, R> {
    /// Runs a function. The circuit has been validated: wires are defined, widths fit, calls are not too deep.
    fn function(&mut self, index: usize, inputs: Vec<Bits>) -> Result<Vec<Bits>, EvaluateError> {
        let function = &self.circuit.functions[index];
        let mut wires = inputs;
        for op in &function.ops {
            let defined = self.op(op, &wires)?;
            wires.extend(defined);
        }
        Ok(function.outputs.iter().map(|&wire| wires[wire as usize].clone()).collect())
    }

    fn random(&mut self, width: u32) -> Result<Bits, EvaluateError> {
        let word = (self.random)(width);
        if word.len() != width as usize {
            return Err(EvaluateError::RandomWidth { expected: width, actual: word.len() });
        }
        Ok(word)
    }

    /// The words that an operation defines.
    fn op(&mut self, op: &Op, wires: &[Bits]) -> Result<Vec<Bits>, EvaluateError> {
        let wire = |wire: &WireId| &wires[*wire as usize];
        let bit = |bit| Bits::from_iter([bit]);
        let word = match op {
            Op::Const(bits) => bits.clone(),
            Op::Not(a) => word::not(wire(a)),
            Op::Xor(a, b) => word::xor(wire(a), wire(b)),
            Op::And(a, b) => word::and(wire(a), wire(b)),
            Op::Or(a, b) => word::or(wire(a), wire(b)),
            Op::Add(a, b) => word::add(wire(a), wire(b)),
            Op::Sub(a, b) => word::sub(wire(a), wire(b)),
            Op::Mul(a, b) => word::mul(wire(a), wire(b)),
            Op::Neg(a) => word::neg(wire(a)),
            Op::Div { a, b, signed } => word::div_rem(wire(a), wire(b), *signed).0,
            Op::Rem { a, b, signed } => word::div_rem(wire(a), wire(b), *signed).1,
            Op::Eq(a, b) => bit(wire(a) == wire(b)),
            Op::Less { a, b, signed } => bit(word::less(wire(a), wire(b), *signed)),
            Op::Select { condition, when_true, when_false } => {
                wire(if wire(condition).is_zero() { when_false } else { when_true }).clone()
            }
            Op::Concat(words) => Bits::concat(words.iter().map(wire)),
            Op::Slice { a, offset, width } => wire(a).slice(*offset as usize, *width as usize),
            Op::Extend { a, width, signed } => word::extend(wire(a), *width as usize, *signed),
            Op::Shl { a, by } => word::shift_left(wire(a), word::places(wire(by))),
            Op::Shr { a, by } => word::shift_right(wire(a), word::places(wire(by)), false),
            Op::Sar { a, by } => word::shift_right(wire(a), word::places(wire(by)), true),
            Op::Reveal(a) => wire(a).clone(),
            Op::Random { width } => self.random(*width)?,
            Op::Lookup { index, words } => match words.get(word::places(wire(index))) {
                Some(named) => wire(named).clone(),
                None => Bits::zeros(wire(&words[0]).len()),
            },
            Op::Table { index, width, entries } => {
                let width = *width as usize;
                match word::places(wire(index)) {
                    named if named < entries.len() / width => entries.slice(named * width, width),
                    _ => Bits::zeros(width),
                }
            }
            Op::Update { index, value, condition, words } => {
                let mut words: Vec<_> = words.iter().map(|word| wire(word).clone()).collect();
                if !wire(condition).is_zero()
                    && let Some(named) = words.get_mut(word::places(wire(index)))
                {
                    *named = wire(value).clone();
                }
                return Ok(words);
            }
            Op::Shuffle { words } => {
                let words: Vec<_> = words.iter().map(|word| wire(word).clone()).collect();
                let seed = self.random(SEED_BITS)?;
                return Ok(Permutation::from_seed(&seed, words.len() as u32).apply(&words));
            }
            Op::Sum { words } => words
                .iter()
                .map(wire)
                .fold(Bits::zeros(wire(&words[0]).len()), |sum, word| word::add(&sum, word)),
            Op::Sign { message } => {
                let sign = self.sign.as_mut().ok_or(EvaluateError::NoSigningKey)?;
                signature_word(&sign(&Bits::concat(message.iter().map(wire)).to_bytes()))
            }
            Op::LeadingZeros(a) => word::leading_zeros(wire(a)),
            Op::CountOnes(a) => word::count_ones(wire(a)),
            Op::Call { function, args } => {
                return self.function(*function as usize, args.iter().map(|arg| wire(arg).clone()).collect());
            }
        };
        Ok(vec![word])
    }
}

/// The word that the bytes of a signature make.
pub(crate) fn signature_word(signature: &[u8; 64]) -> Bits {
    signature.iter().flat_map(|byte| (0..8).map(move |place| byte >> place & 1 == 1)).collect()
}
