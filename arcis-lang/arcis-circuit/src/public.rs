//! Public code: a part of an instruction that runs in the clear, at every node alike, before and after the circuit.
//!
//! It works on words that everybody knows. Before the circuit those are the plaintext arguments; what its calls give are
//! further public inputs of the circuit. After it, they are also the words that the circuit revealed for it; what its calls
//! give becomes public outputs. Between the calls, circuits without secrets ([`PublicCall::arguments`]) put the words
//! together.
//!
//! The calls are to functions of a WebAssembly module, in a sandbox with the fuel and the memory declared here. How a
//! sandbox has to call them:
//!
//! - [`EXPORT_RESERVE`] of a number of bytes gives an address; the arguments are written there: a word of 1 bit as a byte 0 or
//!   1, others in little-endian bytes, one after another ([`write_words`]).
//! - [`entry_name`] of that address gives the address of the results, written in the same way ([`read_words`]).
//! - Where it stops, [`EXPORT_FAULT`] says why, and after a panic [`EXPORT_MESSAGE`] and [`EXPORT_MESSAGE_LENGTH`] where its
//!   message is.
//!
//! Nothing here looks into the module; whoever runs it checks that it is valid, imports nothing and exports what is called.

use thiserror::Error;

use crate::artifact::Artifact;
use crate::bits::Bits;
use crate::circuit::{Circuit, Input, Op, Visibility};
use crate::evaluate::{EvaluateError, evaluate};
use crate::interface::{Interface, OutputKind, ParameterKind};
use crate::types::validate_name;
use crate::validate::CircuitError;

/// Most bytes of a module.
pub const MAX_MODULE_BYTES: usize = 256 << 10;
/// Bytes of a page of memory.
pub const PAGE_BYTES: u32 = 64 << 10;
/// Most pages of memory: 16 MiB.
pub const MAX_MEMORY_PAGES: u32 = 256;
/// Most calls of an instruction.
pub const MAX_CALLS: usize = 64;
/// Most fuel of all calls of an instruction: about as many instructions of WebAssembly.
pub const MAX_FUEL: u64 = 1_000_000_000;
/// Widest word that is an argument or a result.
pub const MAX_WORD_BITS: u32 = 256;
/// Most words that a call gives, and most that are revealed for the calls after the circuit.
pub const MAX_WORDS: usize = 1 << 17;
/// Most work of a circuit between calls: as much as so many ANDs.
pub const MAX_GLUE_WORK: u64 = 1 << 22;
/// Fuel that costs as much as one AND.
pub const FUEL_PER_UNIT: u64 = 1_000;

/// Name of the exported memory.
pub const EXPORT_MEMORY: &str = "memory";
/// Name of the function that makes room for arguments.
pub const EXPORT_RESERVE: &str = "reserve";
/// Name of the global that says what stopped the code.
pub const EXPORT_FAULT: &str = "fault";
/// Name of the global with the address of a panic's message.
pub const EXPORT_MESSAGE: &str = "message";
/// Name of the global with its length.
pub const EXPORT_MESSAGE_LENGTH: &str = "message_length";
/// Longest message of a panic that is passed on.
pub const MAX_MESSAGE_BYTES: u32 = 256;

/// The code stopped itself, with a message.
pub const FAULT_PANIC: i32 = 1;
/// There was no more memory.
pub const FAULT_OUT_OF_MEMORY: i32 = 2;
/// Calls were nested too deeply.
pub const FAULT_TOO_DEEP: i32 = 3;

/// Name of the exported function with this number.
pub fn entry_name(entry: u32) -> String {
    format!("entry{entry}")
}

/// The public code of an instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicCode {
    /// WebAssembly.
    pub module: Vec<u8>,
    /// Most pages of memory that a call has.
    pub memory_pages: u32,
    /// The calls before the circuit, in order.
    pub prepare: Vec<PublicCall>,
    /// What is done after the circuit.
    pub finish: Option<Finish>,
}

/// A call of a function of the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicCall {
    /// The function's name in the source, for messages.
    pub function: String,
    /// Which export ([`entry_name`]).
    pub entry: u32,
    /// Most fuel that it may use.
    pub fuel: u64,
    /// From all words known so far to the arguments. Known are the leaves of the plaintext parameters, then the results of
    /// earlier calls; after the circuit those of all calls before it, the revealed words, then the results of earlier calls
    /// after it.
    pub arguments: Circuit,
    /// Bits of each word of the result.
    pub results: Vec<u32>,
}

/// What is done after the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// Bits of each word that the circuit reveals for it: its last outputs.
    pub revealed: Vec<u32>,
    /// The calls, in order.
    pub calls: Vec<PublicCall>,
    /// The outputs of the interface that come from here and not from the circuit, in order.
    pub outputs: Vec<u16>,
    /// From all words known to the leaves of those outputs.
    pub results: Circuit,
}

/// What is wrong with public code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicCodeError {
    /// Something outside its limits.
    #[error("the public code has {actual} {what}, it must have 1 to {limit}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How many it has.
        actual: u64,
        /// Most that it may have.
        limit: u64,
    },
    /// A function's name that is none.
    #[error("{name:?} is no name for a public function")]
    Name {
        /// The name found.
        name: String,
    },
    /// A word of a width that bytes cannot have.
    #[error(
        "{place} has a word of {width} bits; words of public code have 1 bit, or whole bytes up to {MAX_WORD_BITS} bits"
    )]
    WordWidth {
        /// Where.
        place: String,
        /// The width found.
        width: u32,
    },
    /// A circuit between calls that is invalid.
    #[error("{place}: {error}")]
    Circuit {
        /// Where.
        place: String,
        /// What is wrong with it.
        error: CircuitError,
    },
    /// A circuit between calls that takes other words than are known there.
    #[error("{place}: the circuit does not take the words that are known there")]
    Inputs {
        /// Where.
        place: String,
    },
    /// A circuit between calls that is not in the clear.
    #[error("{place}: the circuit has secrets or randomness, but runs in the clear")]
    NotPublic {
        /// Where.
        place: String,
    },
    /// A circuit between calls of too much work.
    #[error("{place}: the circuit takes too much work; do it in the public function")]
    TooMuchWork {
        /// Where.
        place: String,
    },
    /// An output that cannot come from public code.
    #[error("output {output} cannot come from public code: it is not there, not public, or named twice")]
    Output {
        /// Which.
        output: u16,
    },
    /// Outputs of other widths than the interface's.
    #[error("the public code gives other words than its outputs have")]
    OutputWords,
    /// It does nothing.
    #[error("the public code has no calls")]
    Empty,
}

/// Why public code came to no result. `E` is what the sandbox says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PublicRunError<E> {
    /// A call failed.
    #[error("the public function `{function}` failed: {error}")]
    Call {
        /// Its name.
        function: String,
        /// What the sandbox says.
        error: E,
    },
    /// A call gave bytes that are not its result.
    #[error("the public function `{function}` gave a bool that is neither 0 nor 1, or too few bytes")]
    Result {
        /// Its name.
        function: String,
    },
    /// A circuit between calls cannot be run: the artifact is not the one that was validated.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// The bytes of words, as arguments and results are passed.
pub fn write_words(words: &[Bits]) -> Vec<u8> {
    words.iter().flat_map(Bits::to_bytes).collect()
}

/// Bytes of words of these widths.
pub fn written_len(widths: &[u32]) -> usize {
    widths.iter().map(|width| width.div_ceil(8) as usize).sum()
}

/// The words of these widths that bytes say; `None` when there are too few or too many bytes, or a bool is neither 0 nor 1.
pub fn read_words(widths: &[u32], bytes: &[u8]) -> Option<Vec<Bits>> {
    let mut rest = bytes;
    let mut words = Vec::with_capacity(widths.len());
    for width in widths {
        let (word, tail) = rest.split_at_checked(width.div_ceil(8) as usize)?;
        rest = tail;
        words.push(Bits::from_bytes(word, *width as usize).ok()?);
    }
    rest.is_empty().then_some(words)
}

impl PublicCode {
    /// All calls, in the order in which they are made.
    pub fn calls(&self) -> impl Iterator<Item = &PublicCall> {
        self.prepare.iter().chain(self.finish.iter().flat_map(|finish| &finish.calls))
    }

    /// The fuel of all calls.
    pub fn fuel(&self) -> u64 {
        self.calls().fold(0, |sum, call| sum.saturating_add(call.fuel))
    }

    /// Bits of each word that the calls before the circuit give: its last inputs.
    pub fn prepared(&self) -> impl Iterator<Item = u32> {
        self.prepare.iter().flat_map(|call| call.results.iter().copied())
    }

    /// The outputs that come from here.
    pub fn finished(&self) -> &[u16] {
        self.finish.as_ref().map_or(&[], |finish| &finish.outputs)
    }

    /// Checks limits and that the words fit each other and the interface, which is valid.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn validate(&self, interface: &Interface) -> Result<(), PublicCodeError> {
        let within = |what, actual: u64, limit: u64| match actual {
            actual if (1..=limit).contains(&actual) => Ok(()),
            actual => Err(PublicCodeError::Limit { what, actual, limit }),
        };
        within("bytes", self.module.len() as u64, MAX_MODULE_BYTES as u64)?;
        within("pages of memory", self.memory_pages.into(), MAX_MEMORY_PAGES.into())?;
        let count = self.calls().count();
        if count == 0 {
            return Err(PublicCodeError::Empty);
        }
        within("calls", count as u64, MAX_CALLS as u64)?;
        for call in self.calls() {
            if validate_name(&call.function).is_err() {
                return Err(PublicCodeError::Name { name: call.function.chars().take(80).collect() });
            }
            within("fuel", call.fuel, MAX_FUEL)?;
        }
        within("fuel", self.fuel(), MAX_FUEL)?;
        let mut known = plaintext_widths(interface);
        for call in &self.prepare {
            call.validate(&mut known)?;
        }
        let Some(finish) = &self.finish else { return Ok(()) };
        if finish.revealed.len() > MAX_WORDS {
            let (actual, limit) = (finish.revealed.len() as u64, MAX_WORDS as u64);
            return Err(PublicCodeError::Limit { what: "revealed words", actual, limit });
        }
        known.extend(&finish.revealed);
        for call in &finish.calls {
            call.validate(&mut known)?;
        }
        let mut expected = Vec::new();
        let mut last = None;
        for &output in &finish.outputs {
            let description = interface.outputs.get(usize::from(output));
            let leaves = description
                .filter(|it| it.kind == OutputKind::Public && last.is_none_or(|last| last < output))
                .and_then(|it| it.ty.leaves().ok());
            let leaves = leaves.ok_or(PublicCodeError::Output { output })?;
            expected.extend(leaves.into_iter().map(|leaf| leaf.width()));
            last = Some(output);
        }
        let outputs = check_glue("the results", &finish.results, &known)?;
        if outputs == expected { Ok(()) } else { Err(PublicCodeError::OutputWords) }
    }
}

impl PublicCall {
    fn validate(&self, known: &mut Vec<u32>) -> Result<(), PublicCodeError> {
        let place = format!("the arguments of `{}`", self.function);
        let arguments = check_glue(&place, &self.arguments, known)?;
        check_widths(&place, &arguments)?;
        check_widths(&format!("the result of `{}`", self.function), &self.results)?;
        known.extend(&self.results);
        Ok(())
    }

    fn run<E>(
        &self,
        known: &[Bits],
        run: &mut impl FnMut(&Self, &[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<Bits>, PublicRunError<E>> {
        let arguments = write_words(&evaluate(&self.arguments, known, &mut no_randomness)?);
        let function = || self.function.clone();
        let bytes =
            run(self, &arguments).map_err(|error| PublicRunError::Call { function: function(), error })?;
        read_words(&self.results, &bytes).ok_or_else(|| PublicRunError::Result { function: function() })
    }
}

impl Artifact {
    /// Runs the calls before the circuit: from the leaves of the plaintext arguments, in order, to the circuit's last inputs.
    /// `run` makes a call: from the bytes of the arguments to those of the result.
    ///
    /// # Errors
    /// When a call fails.
    pub fn prepare<E>(
        &self,
        plaintext: &[Bits],
        run: &mut impl FnMut(&PublicCall, &[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<Bits>, PublicRunError<E>> {
        let mut known = plaintext.to_vec();
        for call in self.public.iter().flat_map(|public| &public.prepare) {
            let results = call.run(&known, run)?;
            known.extend(results);
        }
        Ok(known.split_off(plaintext.len()))
    }

    /// Runs the calls after the circuit: from the leaves of the plaintext arguments, what [`prepare`](Self::prepare) gave and
    /// the circuit's last outputs to the leaves of the outputs that come from public code, in order.
    ///
    /// # Errors
    /// When a call fails.
    pub fn finish<E>(
        &self,
        plaintext: &[Bits],
        prepared: &[Bits],
        revealed: &[Bits],
        run: &mut impl FnMut(&PublicCall, &[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<Bits>, PublicRunError<E>> {
        let Some(finish) = self.public.as_ref().and_then(|public| public.finish.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut known = [plaintext, prepared, revealed].concat();
        for call in &finish.calls {
            let results = call.run(&known, run)?;
            known.extend(results);
        }
        Ok(evaluate(&finish.results, &known, &mut no_randomness)?)
    }
}

/// Circuits between calls are checked to draw none.
fn no_randomness(_: u32) -> Bits {
    Bits::new()
}

/// Widths of the leaves of all plaintext parameters.
fn plaintext_widths(interface: &Interface) -> Vec<u32> {
    let plaintext = interface.parameters.iter().filter(|it| it.kind == ParameterKind::Plaintext);
    let leaves = plaintext.flat_map(|it| it.ty.leaves().unwrap_or_default());
    leaves.map(|leaf| leaf.width()).collect()
}

fn check_widths(place: &str, widths: &[u32]) -> Result<(), PublicCodeError> {
    if widths.len() > MAX_WORDS {
        let (actual, limit) = (widths.len() as u64, MAX_WORDS as u64);
        return Err(PublicCodeError::Limit { what: "words in one call", actual, limit });
    }
    let fits = |width: u32| width == 1 || width > 0 && width.is_multiple_of(8) && width <= MAX_WORD_BITS;
    match widths.iter().find(|width| !fits(**width)) {
        Some(&width) => Err(PublicCodeError::WordWidth { place: place.to_owned(), width }),
        None => Ok(()),
    }
}

/// Checks a circuit between calls and gives the widths of its outputs.
fn check_glue(place: &str, circuit: &Circuit, known: &[u32]) -> Result<Vec<u32>, PublicCodeError> {
    let place = || place.to_owned();
    let analysis = circuit.analyze().map_err(|error| PublicCodeError::Circuit { place: place(), error })?;
    let inputs = circuit.entry().map_or(&[][..], |entry| &entry.inputs);
    let expected = known.iter().map(|width| Input { width: *width, visibility: Visibility::Public });
    if !inputs.iter().copied().eq(expected) {
        return Err(PublicCodeError::Inputs { place: place() });
    }
    let mut ops = circuit.functions.iter().flat_map(|function| &function.ops);
    if ops.any(|op| matches!(op, Op::Random { .. } | Op::Shuffle { .. } | Op::Sign { .. })) {
        return Err(PublicCodeError::NotPublic { place: place() });
    }
    if analysis.work > MAX_GLUE_WORK {
        return Err(PublicCodeError::TooMuchWork { place: place() });
    }
    Ok(analysis.outputs(circuit).into_iter().map(|wire| wire.width).collect())
}
