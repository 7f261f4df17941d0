//! Runs a gate program on shares, step by step.
//!
//! The caller drives: it looks at what comes next, does what has to be done before (agreeing with the other
//! parties before the first reveal), and lets the evaluator take the step. A layer of ANDs is one round
//! however wide it is.

use std::future::poll_fn;
use std::task::Poll;

use arcis_circuit::Visibility;
use arcis_circuit::gates::{
    AndGate, GateProgram, LinearGate, OutputWires, PublicWire, RevealGate, ShuffleSwitches, SignGate, Step,
};
use arcis_circuit::shuffle::Permutation;
use arx_wire::bits::PackedBits;
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::protocol::{Protocol, Word};
use crate::signature::{NonceUse, Signatures};

/// Gates that are evaluated between two chances for other tasks of the same thread.
const GATES_PER_TURN: usize = 1 << 18;

/// What the next step of an evaluation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Gates that need no communication.
    Linear,
    /// One round with so many ANDs.
    And(usize),
    /// So many bits become public.
    Reveal(usize),
    /// So many random bits.
    Random(usize),
    /// One round with the switches of so many shuffles.
    Switches(usize),
    /// The nonces of so many signatures are opened; what follows is [`Sign`](Self::Sign).
    Nonces(usize),
    /// As many messages are signed. Before, [`Evaluator::nonce_uses`] is recorded durably.
    Sign(usize),
}

/// An evaluation under way.
pub struct Evaluator<'a, P: Protocol> {
    program: &'a GateProgram,
    next: usize,
    secret: Zeroizing<Vec<P::Share>>,
    public: Vec<bool>,
    /// Signatures whose nonces are open.
    signatures: Option<Signatures>,
}

impl<'a, P: Protocol> Evaluator<'a, P> {
    /// Begins to evaluate `program`, as [`arcis_circuit::gates::lower`] makes them, on one word per input.
    ///
    /// # Errors
    /// [`ProtocolError::WidthMismatch`] if the words are not those that the program takes, in number, width
    /// or visibility.
    pub fn new(
        protocol: &mut P,
        program: &'a GateProgram,
        inputs: &[Word<P::Share>],
    ) -> Result<Self, ProtocolError> {
        let mismatch = |what, expected, actual| Err(ProtocolError::WidthMismatch { what, expected, actual });
        if inputs.len() != program.inputs.len() {
            return mismatch("the list of inputs", program.inputs.len(), inputs.len());
        }
        let zero = protocol.constant(false);
        let mut secret = Zeroizing::new(vec![zero; program.secret_wires as usize]);
        let mut public = vec![false; program.public_wires as usize];
        for (wires, word) in program.inputs.iter().zip(inputs) {
            let (first, width) = (wires.first as usize, wires.width as usize);
            if word.len() != width {
                return mismatch("an input", width, word.len());
            }
            match (wires.visibility, word) {
                (Visibility::Public, Word::Public(bits)) => {
                    let bits = (0..bits.len()).map(|index| bits.bit(index).unwrap_or_default());
                    public[first..].iter_mut().zip(bits).for_each(|(wire, bit)| *wire = bit);
                }
                (Visibility::Secret, Word::Secret(shares)) => {
                    secret[first..first + width].clone_from_slice(shares);
                }
                (Visibility::Secret, Word::Public(bits)) => {
                    for (index, wire) in (0..bits.len()).zip(&mut secret[first..]) {
                        *wire = protocol.constant(bits.bit(index).unwrap_or_default());
                    }
                }
                (Visibility::Public, Word::Secret(_)) => {
                    return mismatch("a public input given as secret", 0, width);
                }
            }
        }
        Ok(Self { program, next: 0, secret, public, signatures: None })
    }

    /// What [`advance`](Self::advance) would do; `None` at the end.
    pub fn next_step(&self) -> Option<NextStep> {
        self.program.steps.get(self.next).map(|step| match step {
            Step::Linear(_) => NextStep::Linear,
            Step::And(gates) => NextStep::And(gates.len()),
            Step::Reveal(gates) => NextStep::Reveal(gates.len()),
            Step::Random(wires) => NextStep::Random(wires.len()),
            Step::Switches(shuffles) => NextStep::Switches(shuffles.len()),
            Step::Sign(gates) if self.signatures.is_none() => NextStep::Nonces(gates.len()),
            Step::Sign(gates) => NextStep::Sign(gates.len()),
        })
    }

    /// What the nonces that are open are for: to be recorded durably before the step that signs.
    pub fn nonce_uses(&self) -> &[NonceUse] {
        self.signatures.as_ref().map_or(&[], Signatures::nonce_uses)
    }

    /// Takes the next step. Before bits are revealed everything computed so far is checked.
    ///
    /// # Errors
    /// Errors of peers.
    pub async fn advance(&mut self, protocol: &mut P) -> Result<(), ProtocolError> {
        let Some(step) = self.program.steps.get(self.next) else {
            return Ok(());
        };
        match step {
            Step::Linear(gates) => self.linear(protocol, gates).await,
            Step::And(gates) => self.and(protocol, gates).await?,
            Step::Reveal(gates) => self.reveal(protocol, gates).await?,
            Step::Switches(shuffles) => self.switches(protocol, shuffles).await?,
            Step::Sign(gates) => match self.signatures.take() {
                None => {
                    let messages = gates.iter().map(|gate| self.message(gate)).collect();
                    protocol.check().await?;
                    self.signatures = Some(protocol.open_nonces(messages).await?);
                    return Ok(());
                }
                Some(signatures) => {
                    let signatures = protocol.sign(signatures).await?;
                    gates.iter().zip(&signatures).for_each(|(gate, bytes)| self.signed(gate, bytes));
                }
            },
            Step::Random(wires) => {
                let shares = Zeroizing::new(protocol.random(wires.len()).await?);
                wires
                    .iter()
                    .zip(shares.iter())
                    .for_each(|(wire, share)| self.secret[wire.index()] = share.clone());
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Draws a permutation for every shuffle and enters its switches.
    async fn switches(
        &mut self,
        protocol: &mut P,
        shuffles: &[ShuffleSwitches],
    ) -> Result<(), ProtocolError> {
        let parties = usize::from(protocol.session().parties());
        let mut mine = Zeroizing::new(Vec::new());
        let mut count = 0;
        for shuffle in shuffles {
            if shuffle.parties.len() != parties {
                let (expected, actual) = (shuffle.parties.len(), parties);
                return Err(ProtocolError::WidthMismatch {
                    what: "the parties of a shuffle",
                    expected,
                    actual,
                });
            }
            let permutation = Permutation::random(shuffle.words, |out| protocol.private_randomness(out));
            let switches = Zeroizing::new(permutation.switches());
            for bit in switches.iter() {
                if count % 8 == 0 {
                    mine.push(0);
                }
                if let Some(byte) = mine.last_mut() {
                    *byte |= u8::from(bit) << (count % 8);
                }
                count += 1;
            }
        }
        let mine = PackedBits::truncating(count, std::mem::take(&mut *mine));
        let entered = Zeroizing::new(protocol.enter_bits(&mine).await?);
        for (party, shares) in entered.iter().enumerate() {
            let wires = shuffles.iter().flat_map(|shuffle| &shuffle.parties[party]);
            wires.zip(shares).for_each(|(wire, share)| self.secret[wire.index()] = share.clone());
        }
        Ok(())
    }

    /// The bytes of a message.
    fn message(&self, gate: &SignGate) -> Vec<u8> {
        let bit = |(place, wire): (usize, &PublicWire)| u8::from(self.public[wire.index()]) << place;
        gate.message.chunks(8).map(|eight| eight.iter().enumerate().map(bit).sum()).collect()
    }

    fn signed(&mut self, gate: &SignGate, signature: &[u8; 64]) {
        let wires = self.public[gate.out.index()..].iter_mut();
        wires.zip(0..512).for_each(|(wire, bit)| *wire = signature[bit / 8] >> (bit % 8) & 1 == 1);
    }

    /// The output words, once there is no next step.
    pub fn outputs(&self) -> Vec<Word<P::Share>> {
        let word = |output: &OutputWires| match output {
            OutputWires::Public(wires) => {
                let mut bytes = vec![0; wires.len().div_ceil(8)];
                for (index, wire) in wires.iter().enumerate() {
                    bytes[index / 8] |= u8::from(self.public[wire.index()]) << (index % 8);
                }
                Word::Public(PackedBits::truncating(wires.len() as u32, bytes))
            }
            OutputWires::Secret(wires) => {
                let shares = wires.iter().map(|wire| self.secret[wire.index()].clone());
                Word::Secret(Zeroizing::new(shares.collect()))
            }
        };
        self.program.outputs.iter().map(word).collect()
    }

    async fn linear(&mut self, protocol: &mut P, gates: &[LinearGate]) {
        for turn in gates.chunks(GATES_PER_TURN) {
            turn.iter().for_each(|gate| self.linear_gate(protocol, gate));
            yield_now().await;
        }
    }

    #[inline]
    fn linear_gate(&mut self, protocol: &mut P, gate: &LinearGate) {
        let (secret, public) = (&mut self.secret, &mut self.public);
        match *gate {
            LinearGate::Xor { a, b, out } => {
                secret[out.index()] = protocol.xor(&secret[a.index()], &secret[b.index()]);
            }
            LinearGate::Not { a, out } => secret[out.index()] = protocol.not(&secret[a.index()]),
            LinearGate::XorPublic { a, public: bit, out } => {
                secret[out.index()] = protocol.xor_public(&secret[a.index()], public[bit.index()]);
            }
            LinearGate::AndPublic { a, public: bit, out } => {
                secret[out.index()] = protocol.and_public(&secret[a.index()], public[bit.index()]);
            }
            LinearGate::Share { public: bit, out } => {
                secret[out.index()] = protocol.constant(public[bit.index()]);
            }
            LinearGate::PublicConstant { value, out } => public[out.index()] = value,
            LinearGate::PublicXor { a, b, out } => {
                public[out.index()] = public[a.index()] ^ public[b.index()];
            }
            LinearGate::PublicAnd { a, b, out } => {
                public[out.index()] = public[a.index()] & public[b.index()];
            }
            LinearGate::PublicNot { a, out } => public[out.index()] = !public[a.index()],
        }
    }

    async fn and(&mut self, protocol: &mut P, gates: &[AndGate]) -> Result<(), ProtocolError> {
        let operand = |wire: fn(&AndGate) -> usize| -> Vec<P::Share> {
            gates.iter().map(|gate| self.secret[wire(gate)].clone()).collect()
        };
        let left = Zeroizing::new(operand(|gate| gate.a.index()));
        let right = Zeroizing::new(operand(|gate| gate.b.index()));
        let products = Zeroizing::new(protocol.and_layer(&left, &right).await?);
        gates
            .iter()
            .zip(products.iter())
            .for_each(|(gate, share)| self.secret[gate.out.index()] = share.clone());
        Ok(())
    }

    async fn reveal(&mut self, protocol: &mut P, gates: &[RevealGate]) -> Result<(), ProtocolError> {
        let shares: Vec<_> = gates.iter().map(|gate| self.secret[gate.wire.index()].clone()).collect();
        let shares = Zeroizing::new(shares);
        protocol.check().await?;
        let opened = protocol.open(&shares).await?;
        for (index, gate) in (0_u32..).zip(gates) {
            self.public[gate.out.index()] = opened.bit(index).unwrap_or_default();
        }
        Ok(())
    }
}

/// Lets other tasks of the thread run once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
