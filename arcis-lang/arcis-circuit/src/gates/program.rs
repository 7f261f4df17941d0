//! The bit-level program and its run in the clear.

use thiserror::Error;

use crate::bits::Bits;
use crate::circuit::Visibility;
use crate::evaluate::{Signer, signature_word};
use crate::shuffle::{Permutation, SEED_BITS};

/// A secret bit of a [`GateProgram`]: an index in `0..secret_wires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretWire(pub u32);

/// A public bit of a [`GateProgram`]: an index in `0..public_wires`. Numbered apart from the secret ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicWire(pub u32);

impl SecretWire {
    /// For indexing.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl PublicWire {
    /// For indexing.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A bit-level program: what the parties run.
///
/// Every wire is written once, before it is read: by an input or by one gate of one step. Every step's gates are in
/// an order in which they can be run one after another; in an [`Step::And`] or [`Step::Reveal`] all can be run at once.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GateProgram {
    /// Number of secret wires.
    pub secret_wires: u32,
    /// Number of public wires.
    pub public_wires: u32,
    /// The entry's input words, in order. Their bits take consecutive wires, in order, from wire 0 of either kind.
    pub inputs: Vec<InputWires>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The entry's output words, in order.
    pub outputs: Vec<OutputWires>,
}

/// The wires of an input word: `first .. first + width` of the kind that `visibility` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputWires {
    /// Secret or public wires.
    pub visibility: Visibility,
    /// The wire of bit 0.
    pub first: u32,
    /// Number of bits.
    pub width: u32,
}

/// The wires of an output word, bit 0 first. A word that the circuit calls secret has secret wires throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputWires {
    /// Known to everybody.
    Public(Vec<PublicWire>),
    /// Shared among the parties.
    Secret(Vec<SecretWire>),
}

/// A part of the program between two communications, or one communication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Gates that each party evaluates by itself, in order.
    Linear(Vec<LinearGate>),
    /// One round: a layer of ANDs of secret bits. Their `out` wires are consecutive.
    And(Vec<AndGate>),
    /// One round: bits that become public. Their `out` wires are consecutive. Reveals whose results no secret gate
    /// needs come all together after everything else.
    Reveal(Vec<RevealGate>),
    /// A few rounds ([`SIGNING_ROUNDS`](super::SIGNING_ROUNDS)) for all of them together: signatures of public messages
    /// under the key that the parties share.
    Sign(Vec<SignGate>),
    /// Fresh uniformly random bits that nobody knows, on consecutive wires; at most one such step, the first one. In
    /// the order in which [`evaluate`](crate::evaluate::evaluate) draws them.
    Random(Vec<SecretWire>),
    /// One round: every party enters the settings of its switches for every shuffle, all of them before anything depends
    /// on them; at most one such step, before all gates.
    Switches(Vec<ShuffleSwitches>),
}

/// The switches of one shuffle: for every party those of a permutation that it draws by itself
/// ([`Permutation::random`], [`Permutation::switches`]) and enters as a private input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShuffleSwitches {
    /// How many words are permuted.
    pub words: u32,
    /// How many random bits of [`Step::Random`] the reference evaluator draws before this shuffle.
    pub after_random: u32,
    /// For every party the wires of its switches, consecutive ones, [`switch_count`](crate::shuffle::switch_count) of
    /// them. Their number is that of the parties the program is for.
    pub parties: Vec<Vec<SecretWire>>,
}

/// A gate without communication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinearGate {
    /// Exclusive or of two secret bits.
    Xor {
        /// Operand.
        a: SecretWire,
        /// Operand.
        b: SecretWire,
        /// Result.
        out: SecretWire,
    },
    /// Negation of a secret bit.
    Not {
        /// Operand.
        a: SecretWire,
        /// Result.
        out: SecretWire,
    },
    /// Exclusive or of a secret and a public bit.
    XorPublic {
        /// Operand.
        a: SecretWire,
        /// Operand.
        public: PublicWire,
        /// Result.
        out: SecretWire,
    },
    /// And of a secret and a public bit.
    AndPublic {
        /// Operand.
        a: SecretWire,
        /// Operand.
        public: PublicWire,
        /// Result.
        out: SecretWire,
    },
    /// A sharing of a bit that everybody knows.
    Share {
        /// Operand.
        public: PublicWire,
        /// Result.
        out: SecretWire,
    },
    /// A public constant.
    PublicConstant {
        /// The bit.
        value: bool,
        /// Result.
        out: PublicWire,
    },
    /// Exclusive or of two public bits.
    PublicXor {
        /// Operand.
        a: PublicWire,
        /// Operand.
        b: PublicWire,
        /// Result.
        out: PublicWire,
    },
    /// And of two public bits.
    PublicAnd {
        /// Operand.
        a: PublicWire,
        /// Operand.
        b: PublicWire,
        /// Result.
        out: PublicWire,
    },
    /// Negation of a public bit.
    PublicNot {
        /// Operand.
        a: PublicWire,
        /// Result.
        out: PublicWire,
    },
}

/// And of two secret bits: what costs traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AndGate {
    /// Operand.
    pub a: SecretWire,
    /// Operand.
    pub b: SecretWire,
    /// Result.
    pub out: SecretWire,
}

/// A secret bit made public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevealGate {
    /// The secret bit.
    pub wire: SecretWire,
    /// The public one.
    pub out: PublicWire,
}

/// A signature of a public message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignGate {
    /// The bits of the message, in whole bytes: bit `k` is bit `k % 8` of byte `k / 8`.
    pub message: Vec<PublicWire>,
    /// The first of as many consecutive wires as a signature has bits
    /// ([`SIGNATURE_BITS`](crate::circuit::SIGNATURE_BITS)).
    pub out: PublicWire,
}

/// Inputs that do not fit a program.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunError {
    /// Another number of input words.
    #[error("the program has {expected} input words, got {actual}")]
    InputCount {
        /// Words it has.
        expected: usize,
        /// Words given.
        actual: usize,
    },
    /// An input word of another width.
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
        expected: usize,
        /// Bits given.
        actual: usize,
    },
    /// The program signs, and there is nothing to sign with.
    #[error("the program signs a message, but the run was given no key: use run_clear_signing")]
    NoSigningKey,
}

impl GateProgram {
    /// Runs the program in the clear, for tests: what the parties compute together, without them.
    ///
    /// `random` is asked for all random bits of the program, and for the seed of each shuffle's permutation, in the
    /// order of the reference evaluator: with a source that takes its words from one stream of bits, the result is that
    /// of [`evaluate`](crate::evaluate::evaluate). The parties' permutations are random ones that together are the
    /// shuffle's.
    ///
    /// # Errors
    /// When the inputs or random bits do not fit the program.
    ///
    /// # Panics
    /// On a program with wires out of range; [`lower`](super::lower) makes none.
    pub fn run_clear(
        &self,
        inputs: &[Bits],
        random: &mut impl FnMut(u32) -> Bits,
    ) -> Result<Vec<Bits>, RunError> {
        self.run(inputs, random, None)
    }

    /// As [`run_clear`](Self::run_clear), for programs that sign: `sign` holds the key.
    ///
    /// # Errors
    /// When the inputs or random bits do not fit the program.
    ///
    /// # Panics
    /// As [`run_clear`](Self::run_clear).
    pub fn run_clear_signing(
        &self,
        inputs: &[Bits],
        random: &mut impl FnMut(u32) -> Bits,
        sign: Signer<'_>,
    ) -> Result<Vec<Bits>, RunError> {
        self.run(inputs, random, Some(sign))
    }

    fn run(
        &self,
        inputs: &[Bits],
        random: &mut impl FnMut(u32) -> Bits,
        mut sign: Option<Signer<'_>>,
    ) -> Result<Vec<Bits>, RunError> {
        let mut secret = vec![false; self.secret_wires as usize];
        let mut public = vec![false; self.public_wires as usize];
        self.assign_inputs(inputs, &mut secret, &mut public)?;
        self.draw(random, &mut secret)?;
        for step in &self.steps {
            match step {
                Step::Linear(gates) => gates.iter().for_each(|gate| gate.run_clear(&mut secret, &mut public)),
                Step::And(gates) => {
                    for gate in gates {
                        secret[gate.out.index()] = secret[gate.a.index()] & secret[gate.b.index()];
                    }
                }
                Step::Reveal(gates) => {
                    for gate in gates {
                        public[gate.out.index()] = secret[gate.wire.index()];
                    }
                }
                Step::Sign(gates) => {
                    let sign = sign.as_mut().ok_or(RunError::NoSigningKey)?;
                    for gate in gates {
                        let message: Bits = gate.message.iter().map(|wire| public[wire.index()]).collect();
                        let word = signature_word(&sign(&message.to_bytes()));
                        let wires = public[gate.out.index()..].iter_mut();
                        wires.zip(word.iter()).for_each(|(wire, bit)| *wire = bit);
                    }
                }
                Step::Random(_) | Step::Switches(_) => {}
            }
        }
        let output = |wires: &OutputWires| match wires {
            OutputWires::Public(wires) => wires.iter().map(|wire| public[wire.index()]).collect(),
            OutputWires::Secret(wires) => wires.iter().map(|wire| secret[wire.index()]).collect(),
        };
        Ok(self.outputs.iter().map(output).collect())
    }

    /// Assigns random bits and switches.
    fn draw(&self, random: &mut impl FnMut(u32) -> Bits, secret: &mut [bool]) -> Result<(), RunError> {
        let mut draw = |count: usize| {
            let bits = random(count as u32);
            if bits.len() == count {
                Ok(bits)
            } else {
                Err(RunError::RandomWidth { expected: count, actual: bits.len() })
            }
        };
        let mut assign = |wires: &[SecretWire], bits: &Bits| {
            wires.iter().zip(bits.iter()).for_each(|(wire, bit)| secret[wire.index()] = bit);
        };
        let (mut wires, mut shuffles) = (&[][..], &[][..]);
        for step in &self.steps {
            match step {
                Step::Random(random) => wires = random,
                Step::Switches(switches) => shuffles = switches,
                _ => {}
            }
        }
        let mut drawn = 0;
        for shuffle in shuffles {
            let until = shuffle.after_random as usize;
            if until > drawn {
                assign(&wires[drawn..until], &draw(until - drawn)?);
                drawn = until;
            }
            let seed = draw(SEED_BITS as usize)?;
            for (wires, permutation) in shuffle.parties.iter().zip(shuffle.split(&seed)) {
                assign(wires, &permutation.switches());
            }
        }
        if wires.len() > drawn {
            assign(&wires[drawn..], &draw(wires.len() - drawn)?);
        }
        Ok(())
    }

    fn assign_inputs(
        &self,
        inputs: &[Bits],
        secret: &mut [bool],
        public: &mut [bool],
    ) -> Result<(), RunError> {
        if inputs.len() != self.inputs.len() {
            return Err(RunError::InputCount { expected: self.inputs.len(), actual: inputs.len() });
        }
        for (index, (wires, bits)) in self.inputs.iter().zip(inputs).enumerate() {
            if bits.len() != wires.width as usize {
                return Err(RunError::InputWidth { index, expected: wires.width, actual: bits.len() });
            }
            let target = match wires.visibility {
                Visibility::Secret => &mut *secret,
                Visibility::Public => &mut *public,
            };
            for (wire, bit) in target[wires.first as usize..].iter_mut().zip(bits.iter()) {
                *wire = bit;
            }
        }
        Ok(())
    }
}

impl ShuffleSwitches {
    /// A permutation for every party, that together are the one of a seed.
    fn split(&self, seed: &Bits) -> Vec<Permutation> {
        let mut left = Permutation::from_seed(seed, self.words);
        let mut permutations = Vec::with_capacity(self.parties.len());
        for party in 1..self.parties.len() as u64 {
            let seed = Bits::concat([seed, &Bits::from_u64(party, 64)]);
            let permutation = Permutation::from_seed(&seed, self.words);
            left = permutation.inverse().then(&left);
            permutations.push(permutation);
        }
        permutations.push(left);
        permutations
    }
}

impl LinearGate {
    fn run_clear(self, secret: &mut [bool], public: &mut [bool]) {
        match self {
            Self::Xor { a, b, out } => secret[out.index()] = secret[a.index()] ^ secret[b.index()],
            Self::Not { a, out } => secret[out.index()] = !secret[a.index()],
            Self::XorPublic { a, public: b, out } => {
                secret[out.index()] = secret[a.index()] ^ public[b.index()]
            }
            Self::AndPublic { a, public: b, out } => {
                secret[out.index()] = secret[a.index()] & public[b.index()]
            }
            Self::Share { public: a, out } => secret[out.index()] = public[a.index()],
            Self::PublicConstant { value, out } => public[out.index()] = value,
            Self::PublicXor { a, b, out } => public[out.index()] = public[a.index()] ^ public[b.index()],
            Self::PublicAnd { a, b, out } => public[out.index()] = public[a.index()] & public[b.index()],
            Self::PublicNot { a, out } => public[out.index()] = !public[a.index()],
        }
    }
}
