//! Who cheated in a batch that was burned: its seeds are revealed and the run is replayed.
//!
//! Some checks of preprocessing show that somebody cheated and not who ([`PreprocessingError::LeakyAnds`],
//! [`PreprocessingError::Products`], [`PreprocessingError::GlobalKeyUnproven`]). Everything that a party says in a batch
//! follows from its seed and from what it heard, so:
//!
//! 1. Every party keeps the signed headers of all that it sent and received ([`Session::keep_log`]).
//! 2. When the batch is burned every party signs its seed for it, with how the batch was made ([`SignedSeed`]). Nothing of
//!    the batch was ever used, or the store refuses: the seed is all there is to know about it. Why the recipe is signed: by
//!    another one honest parties would have said something else, and would be guilty of what they said.
//! 3. The batch is replayed with all seeds, all parties honest ([`Replay`]). The first message, in the order of rounds,
//!    whose hash is another than the replay's was sent by a cheater: what its sender had heard before was what the
//!    replay says, and to that its seed gives one answer. Who signs a seed that it did not use deviates in its first
//!    message.
//!
//! An accusation is one such message with the seeds ([`WrongPreprocessing`](crate::misbehavior::WrongPreprocessing)). A
//! later one than the first may be an honest party's, who answered to what a cheater sent; so all accusations are
//! collected and the earliest counts ([`Replay::first`]). Every deviation that an honest party answered to is in its own
//! log.
//!
//! Bits under a state key are not replayed: what they follow from is kept. They are made last, and the replay ends before
//! them ([`Operation::StateBits`]).

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arx_wire::hash::LabelledHash;
use ed25519_dalek::Signature;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::{Parameters, PartBits, PreprocessingError, Producer, Sink};
use crate::channel::{Channel, ChannelError, PartyId, Phase};
use crate::correlation::{AuthBits, AuthScalars, AuthTriples, FieldTriple, StockError};
use crate::memory::{MemoryChannel, mesh};
use crate::message::{Header, Identity, Members, SignedHeader, payload_hash};
use crate::misbehavior::EvidenceError;
use crate::session::Session;

/// Most groups of triples of a batch that is replayed, and most of other items.
const MAX_GROUPS: usize = 64;
const MAX_ITEMS: u32 = 1 << 22;
/// The largest bucket there is a use for.
const MAX_BUCKET: usize = 8;

/// One step of making a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// [`Producer::bits`].
    Bits(u32),
    /// [`Producer::triples`].
    Triples,
    /// [`Producer::field_triples`].
    FieldTriples(u32),
    /// [`Producer::signing_scalars`].
    SigningScalars(u32),
    /// [`Producer::state_bits`], under whichever keys: the last step, which is not replayed.
    StateBits,
}

impl Operation {
    /// A code and a count, which tell it from every other.
    const fn code(self) -> (u8, u32) {
        match self {
            Self::Bits(count) => (0, count),
            Self::Triples => (1, 0),
            Self::FieldTriples(count) => (2, count),
            Self::SigningScalars(count) => (3, count),
            Self::StateBits => (4, 0),
        }
    }
}

/// How a batch was made: what is public about it but for its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// [`Parameters::triples`].
    pub triples: u32,
    /// [`Parameters::bucket`].
    pub bucket: u32,
    /// [`Parameters::stretch`].
    pub stretch: u32,
    /// Bits of [`Parameters::parts`].
    pub parts: u8,
    /// The steps, in order.
    pub operations: Vec<Operation>,
}

impl Recipe {
    /// From the parameters and steps of a batch.
    pub fn new(parameters: &Parameters, operations: Vec<Operation>) -> Self {
        Self {
            triples: parameters.triples as u32,
            bucket: parameters.bucket as u32,
            stretch: parameters.stretch as u32,
            parts: parameters.parts.bits() as u8,
            operations,
        }
    }

    /// The parameters; `None` if nobody makes such a batch.
    fn parameters(&self, parties: u8) -> Option<Parameters> {
        let parts = PartBits::ALL.into_iter().find(|parts| parts.bits() == usize::from(self.parts))?;
        let [triples, bucket, stretch] = [self.triples, self.bucket, self.stretch].map(|n| n as usize);
        let parameters = Parameters { triples, bucket, stretch, parts };
        let fits = |operation: &Operation| match operation {
            Operation::Bits(count) | Operation::FieldTriples(count) | Operation::SigningScalars(count) => {
                *count <= MAX_ITEMS
            }
            Operation::Triples | Operation::StateBits => true,
        };
        let others = self.operations.strip_suffix(&[Operation::StateBits]).unwrap_or(&self.operations);
        let bounded = triples <= Parameters::full_group(parties)
            && bucket <= MAX_BUCKET
            && stretch <= 1 << 20
            && self.operations.len() <= MAX_GROUPS
            && !others.contains(&Operation::StateBits)
            && others.iter().all(fits);
        (bounded && parameters.check().is_ok()).then_some(parameters)
    }

    /// Whether the batch ends with what is not replayed.
    fn has_state_bits(&self) -> bool {
        self.operations.contains(&Operation::StateBits)
    }

    /// `H(L("arx/v1/preprocessing/recipe") || triples u32 || bucket u32 || stretch u32 || parts u8 || count u32 || per step:
    /// code u8 || count u32)`.
    fn digest(&self) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/preprocessing/recipe").u32(self.triples).u32(self.bucket);
        let hash = hash.u32(self.stretch).u8(self.parts).u32(self.operations.len() as u32);
        let steps = self.operations.iter().map(|operation| operation.code());
        steps.fold(hash, |hash, (code, count)| hash.u8(code).u32(count)).finish()
    }

    /// Makes the batch, as every party does; bits under state keys are left to whoever has the keys.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn run<C: Channel>(
        &self,
        producer: &mut Producer<C>,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        for operation in &self.operations {
            match *operation {
                Operation::Bits(count) => producer.bits(count as usize, sink).await?,
                Operation::Triples => producer.triples(sink).await?,
                Operation::FieldTriples(count) => producer.field_triples(count as usize, sink).await?,
                Operation::SigningScalars(count) => producer.signing_scalars(count as usize, sink).await?,
                Operation::StateBits => {}
            }
        }
        Ok(())
    }
}

/// A party's seed for one batch, signed by it with how the batch was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSeed {
    seed: ByteArray<32>,
    signature: ByteArray<64>,
}

impl SignedSeed {
    /// Bytes of an encoded seed.
    pub const LENGTH: usize = 32 + 64;

    /// Signs the seed of the batch. **It gives away all of the batch**: only of one that was burned, of which nothing was
    /// or will be used, which the store of batches makes sure of.
    pub fn danger_reveal(identity: &Identity, batch: &[u8; 32], recipe: &Recipe, seed: &[u8; 32]) -> Self {
        let signature = identity.sign(&Self::statement(identity.members(), batch, recipe, seed));
        Self { seed: ByteArray::new(*seed), signature: ByteArray::new(signature) }
    }

    /// `H(L("arx/v1/preprocessing/seed") || cluster || epoch u64 || batch || digest of the recipe || seed)`.
    fn statement(members: &Members, batch: &[u8; 32], recipe: &Recipe, seed: &[u8; 32]) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/preprocessing/seed").bytes(&members.cluster).u64(members.epoch);
        hash.bytes(batch).bytes(&recipe.digest()).bytes(seed).finish()
    }

    /// `seed 32 || signature 64`.
    pub fn to_bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..32].copy_from_slice(&*self.seed);
        bytes[32..].copy_from_slice(&*self.signature);
        bytes
    }

    /// Takes bytes for a signed seed; [`is_of`](Self::is_of) judges them.
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Self {
        Self {
            seed: ByteArray::new(std::array::from_fn(|index| bytes[index])),
            signature: ByteArray::new(std::array::from_fn(|index| bytes[32 + index])),
        }
    }

    /// Whether this party signed the seed, for this batch and recipe.
    pub fn is_of(&self, members: &Members, party: PartyId, batch: &[u8; 32], recipe: &Recipe) -> bool {
        let statement = Self::statement(members, batch, recipe, &self.seed);
        let signature = Signature::from_bytes(&self.signature);
        members.key(party).is_some_and(|key| key.verify_strict(&statement, &signature).is_ok())
    }
}

/// A place of a message: sender, recipient, phase and piece.
type Place = (PartyId, PartyId, Phase, u32);

/// What the parties of a batch would have said.
pub struct Replay {
    batch: [u8; 32],
    parties: u8,
    /// By place: in which round, and the hash of what is said.
    messages: BTreeMap<Place, (u32, [u8; 32])>,
}

impl Replay {
    /// Replays the batch `batch` from everybody's seeds.
    ///
    /// # Errors
    /// [`EvidenceError::Signature`] if a seed is not signed by its party; [`EvidenceError::Unrelated`] if nobody makes a
    /// batch by such a recipe.
    pub fn new(
        members: &Members,
        batch: &[u8; 32],
        recipe: &Recipe,
        seeds: &[SignedSeed],
    ) -> Result<Self, EvidenceError> {
        let parties = u8::try_from(members.len()).map_err(|_| EvidenceError::Signature)?;
        let signed = (0..).zip(seeds).all(|(party, seed)| seed.is_of(members, PartyId(party), batch, recipe));
        if seeds.len() != members.len() || !signed {
            return Err(EvidenceError::Signature);
        }
        let parameters = recipe.parameters(parties);
        let unrelated = EvidenceError::Unrelated { what: "nobody makes a batch by this recipe" };
        let parameters = parameters.ok_or(unrelated)?;
        let runs = mesh(parties).into_iter().zip(seeds).map(|(inner, seed)| async move {
            let mut channel = Listener { inner, rounds: Vec::new(), heard: BTreeMap::new() };
            let session = Session::new(&mut channel, *batch);
            let mut producer = Producer::start(session, *seed.seed, parameters).await?;
            recipe.run(&mut producer, &mut Nowhere).await?;
            if !recipe.has_state_bits() {
                producer.finish().await?;
            }
            Ok::<_, PreprocessingError>(channel.heard)
        });
        // Honest parties among themselves fail only by a recipe that cannot be.
        let heard = drive(try_join_all(runs)).map_err(|_| unrelated)?;
        Ok(Self { batch: *batch, parties, messages: heard.into_iter().flatten().collect() })
    }

    /// In which round a message differs from what its sender would have said; `None` if it does not.
    pub fn deviation(&self, header: &Header) -> Option<u32> {
        // A broadcast says the same to everybody, so any peer will do.
        let any_peer = PartyId(u8::from(header.sender.0 == 0));
        let recipient = header.recipient.unwrap_or(any_peer);
        if header.session != self.batch || header.sender.0 >= self.parties {
            return None;
        }
        let place = (header.sender, recipient, header.phase, header.piece);
        let (round, payload) = self.messages.get(&place)?;
        (*payload != header.payload).then_some(*round)
    }

    /// The earliest deviation among these messages: who sent it, and which it is. The signatures are checked.
    pub fn first<'a>(
        &self,
        members: &Members,
        headers: impl IntoIterator<Item = &'a SignedHeader>,
    ) -> Option<(PartyId, SignedHeader)> {
        let deviations =
            headers.into_iter().filter_map(|signed| Some((self.deviation(&signed.header)?, signed)));
        let vouched = deviations.filter(|(_, signed)| members.vouch(signed));
        let (_, first) = vouched.min_by_key(|(round, signed)| (*round, signed.header.sender))?;
        Some((first.header.sender, *first))
    }
}

/// Runs parties of one process. They wait for each other alone, so that somebody can always go on.
fn drive<F: Future>(parties: F) -> F::Output {
    let mut parties = pin!(parties);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = parties.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// A channel that notes the hash of what is sent.
struct Listener {
    inner: MemoryChannel,
    /// The phases, in order.
    rounds: Vec<Phase>,
    heard: BTreeMap<Place, (u32, [u8; 32])>,
}

impl Channel for Listener {
    fn parties(&self) -> u8 {
        self.inner.parties()
    }

    fn me(&self) -> PartyId {
        self.inner.me()
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        if self.rounds.last() != Some(&phase) {
            self.rounds.push(phase);
        }
        let round = self.rounds.len() as u32;
        let me = self.inner.me();
        let place = |piece| (me, to, phase, piece);
        let piece = (0..).find(|piece| !self.heard.contains_key(&place(*piece))).unwrap_or(u32::MAX);
        self.heard.insert(place(piece), (round, payload_hash(&payload)));
        self.inner.send(to, phase, payload).await
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        self.inner.receive(from, phase).await
    }
}

/// Where a replay puts its items.
struct Nowhere;

impl Sink for Nowhere {
    fn bits(&mut self, _: AuthBits) -> Result<(), StockError> {
        Ok(())
    }

    fn triples(&mut self, _: AuthTriples) -> Result<(), StockError> {
        Ok(())
    }

    fn field_triples(&mut self, _: Vec<FieldTriple>) -> Result<(), StockError> {
        Ok(())
    }

    fn scalars(&mut self, _: mpc_field::Scalar, _: AuthScalars<mpc_field::Scalar>) -> Result<(), StockError> {
        Ok(())
    }
}
