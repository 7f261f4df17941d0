//! Parties in one process, with values shared among them.

#![allow(dead_code)] // Every test file uses a part of this.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use arcis_circuit::Bits;
use arcis_circuit::gates::GateProgram;
use arx_wire::bits::PackedBits;
use arx_wire::hash::stream;
use futures::future::maybe_done;
use mpc::Channel;
use mpc::correlation::dealer::Dealer;
use mpc::dishonest_majority::DishonestMajority;
use mpc::evaluate::Evaluator;
use mpc::memory::{MemoryChannel, mesh};
use mpc::message::{Identity, Members};
use mpc::protocol::{PrivateVector, Protocol, Word};
use mpc::replicated::Replicated;
use mpc::{ProtocolError, Session, Traffic};
use mpc_field::Gf128;

pub type Party = Replicated<MemoryChannel>;

/// Runs `party` for each of the parties until nobody can go on, and returns what each came to: `None` for a
/// party that is left waiting, which a driver's deadline would end.
pub fn run_until_stalled<T, F>(
    channels: Vec<MemoryChannel>,
    party: impl Fn(u8, MemoryChannel) -> F,
) -> Vec<Option<Result<T, ProtocolError>>>
where
    F: Future<Output = Result<T, ProtocolError>>,
{
    let mut parties: Vec<_> =
        (0..).zip(channels).map(|(index, channel)| Box::pin(maybe_done(party(index, channel)))).collect();
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    while woken.0.swap(false, Ordering::SeqCst) {
        for party in &mut parties {
            // The result is kept in the future; whether it is ready is asked below.
            let _ = party.as_mut().poll(&mut Context::from_waker(&waker));
        }
    }
    parties.iter_mut().map(|party| party.as_mut().take_output()).collect()
}

/// As [`run_until_stalled`], where no party may be left waiting.
pub fn run<T, F>(
    channels: Vec<MemoryChannel>,
    party: impl Fn(u8, MemoryChannel) -> F,
) -> Vec<Result<T, ProtocolError>>
where
    F: Future<Output = Result<T, ProtocolError>>,
{
    run_until_stalled(channels, party)
        .into_iter()
        .map(|result| result.expect("a party waits for ever"))
        .collect()
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// As [`run`] with an honest mesh, where nothing may go wrong.
pub fn must_run<T, F>(party: impl Fn(u8, MemoryChannel) -> F) -> Vec<T>
where
    F: Future<Output = Result<T, ProtocolError>>,
{
    must_run_with(3, party)
}

/// As [`must_run`], with another number of parties.
pub fn must_run_with<T, F>(parties: u8, party: impl Fn(u8, MemoryChannel) -> F) -> Vec<T>
where
    F: Future<Output = Result<T, ProtocolError>>,
{
    run(mesh(parties), party).into_iter().map(|result| result.expect("an honest run")).collect()
}

/// The engine of one party, with randomness that depends on the run and the party.
pub async fn start(index: u8, channel: MemoryChannel, seed: u64) -> Result<Party, ProtocolError> {
    let mut own = [index; 32];
    own[..8].copy_from_slice(&seed.to_le_bytes());
    Replicated::start(Session::new(channel, [42; 32]), own).await
}

/// The engine for a dishonest majority, with room for sixteen parties.
pub type Dishonest = DishonestMajority<MemoryChannel, Dealer, 16>;

pub const SESSION: [u8; 32] = [42; 32];

/// The identity of party `index` of a cluster of test parties.
pub fn identity(index: u8, parties: u8) -> Identity {
    let secret = |index: u8| [index + 1; 32];
    let keys: Vec<_> = (0..parties)
        .map(|index| ed25519_dalek::SigningKey::from_bytes(&secret(index)).verifying_key().to_bytes())
        .collect();
    Identity::new(Members::new([7; 32], 3, &keys).expect("different keys"), &secret(index))
}

/// A signed session of one party.
pub fn signed_session(channel: MemoryChannel) -> Session<MemoryChannel> {
    let identity = identity(channel.me().0, channel.parties());
    Session::signed(channel, SESSION, identity).expect("its own identity")
}

/// The engine for a dishonest majority of one party, on a trusted dealer's stock.
pub fn start_dishonest(index: u8, channel: MemoryChannel, seed: u64) -> Result<Dishonest, ProtocolError> {
    start_in(index, signed_session(channel), seed)
}

/// As [`start_dishonest`], in a session that was begun.
pub fn start_in(index: u8, session: Session<MemoryChannel>, seed: u64) -> Result<Dishonest, ProtocolError> {
    start_dishonest_with(index, session, seed, seed)
}

/// As [`start_in`], with randomness of this party's own from another seed than the dealer's.
pub fn start_dishonest_with(
    index: u8,
    session: Session<MemoryChannel>,
    seed: u64,
    own_seed: u64,
) -> Result<Dishonest, ProtocolError> {
    let mut own = [index; 32];
    own[..8].copy_from_slice(&own_seed.to_le_bytes());
    let dealer = Dealer::new([seed as u8; 32], session.me(), session.parties());
    DishonestMajority::start(session, dealer, own)
}

pub fn to_packed(bits: &Bits) -> PackedBits {
    PackedBits::new(bits.len() as u32, bits.to_bytes()).expect("canonical bits")
}

pub fn to_bits(packed: &PackedBits) -> Bits {
    Bits::from_bytes(packed.as_bytes(), packed.len() as usize).expect("canonical bits")
}

/// Party `index`'s pad for word `word`, the same whenever it is asked for.
pub fn pad(seed: u64, word: usize, index: u8, bits: u32) -> PackedBits {
    let mut key = [index; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(word as u64).to_le_bytes());
    stream(&key, bits).1
}

/// Shares words the way inputs are: each is `c ^ p_0 ^ p_1 ^ p_2` with everybody's pads entered.
pub async fn share<P: Protocol>(
    party: &mut P,
    index: u8,
    words: &[Bits],
    seed: u64,
) -> Result<Vec<Vec<P::Share>>, ProtocolError> {
    let parties = party.session().parties();
    let vector = |(word, bits): (usize, &Bits)| PrivateVector {
        pad: pad(seed, word, index, bits.len() as u32),
        mask: Gf128::ZERO,
    };
    let entries = party.enter(words.iter().enumerate().map(vector).collect()).await?;
    let mut shared = Vec::new();
    for (word, (bits, entry)) in words.iter().zip(&entries).enumerate() {
        let pads = (0..parties).map(|index| pad(seed, word, index, bits.len() as u32));
        let c = pads.fold(to_packed(bits), |sum, pad| sum.xor(&pad).expect("strings of one length"));
        let mut shares = party.pad_sum(entry);
        for (index, share) in (0..).zip(&mut shares) {
            *share = party.xor_public(share, c.bit(index).expect("in range"));
        }
        shared.push(shares);
    }
    Ok(shared)
}

/// Evaluates a program on shared inputs and opens what it gives.
pub async fn evaluate(
    index: u8,
    channel: MemoryChannel,
    program: &GateProgram,
    inputs: &[Bits],
    seed: u64,
) -> Result<(Vec<Bits>, Traffic, [u8; 32]), ProtocolError> {
    let mut party = start(index, channel, seed).await?;
    evaluate_on(&mut party, index, program, inputs, seed).await
}

/// As [`evaluate`], on an engine that has been started.
pub async fn evaluate_on<P: Protocol>(
    party: &mut P,
    index: u8,
    program: &GateProgram,
    inputs: &[Bits],
    seed: u64,
) -> Result<(Vec<Bits>, Traffic, [u8; 32]), ProtocolError> {
    let shared = share(party, index, inputs, seed).await?;
    let words: Vec<_> = program
        .inputs
        .iter()
        .zip(inputs.iter().zip(shared))
        .map(|(wires, (bits, shares))| match wires.visibility {
            arcis_circuit::Visibility::Public => Word::Public(to_packed(bits)),
            arcis_circuit::Visibility::Secret => Word::Secret(shares.into()),
        })
        .collect();
    let mut evaluator = Evaluator::new(party, program, &words)?;
    while evaluator.next_step().is_some() {
        evaluator.advance(party).await?;
    }
    let mut outputs = Vec::new();
    for word in evaluator.outputs() {
        outputs.push(match word {
            Word::Public(bits) => to_bits(&bits),
            Word::Secret(shares) => {
                party.check().await?;
                to_bits(&party.open(&shares).await?)
            }
        });
    }
    let session = party.session();
    Ok((outputs, session.traffic().clone(), session.transcript_digest()))
}
