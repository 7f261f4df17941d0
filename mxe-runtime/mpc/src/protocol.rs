//! What an engine offers: sharing, linear operations, layers of ANDs, private inputs, openings.
//!
//! Everything above the engines (evaluation of circuits, inputs, outputs, cells) is written over
//! [`Protocol`], for the semi-honest engine of three parties and for engines that are secure against a
//! dishonest majority alike. The contract of each method is stated for the strongest of them; a semi-honest
//! engine may do nothing where there is nothing to check.
//!
//! All parties call the same methods in the same order with values of the same sizes: the order is public.

use std::future::Future;

use arx_wire::bits::PackedBits;
use mpc_field::Gf128;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ProtocolError;
use crate::channel::Channel;
use crate::correlation::StateKeyId;
use crate::session::Session;
use crate::signature::Signatures;

/// One party's state of one session of an engine.
pub trait Protocol: Send {
    /// How the parties reach each other.
    type Channel: Channel;
    /// This party's share of a secret bit: the bit's share itself, or a handle into the engine's memory.
    type Share: Clone + Send + Sync + Zeroize;
    /// This party's share of every party's private vector of one [`enter`](Self::enter).
    type Entry: Send + Sync;
    /// The same of a vector that hides an application's state.
    type StateEntry: Send + Sync;

    /// The session, for broadcasts, transcript and counters.
    fn session(&mut self) -> &mut Session<Self::Channel>;

    /// The exclusive or of two bits.
    fn xor(&mut self, left: &Self::Share, right: &Self::Share) -> Self::Share;

    /// The exclusive or of a secret and a public bit.
    fn xor_public(&mut self, share: &Self::Share, public: bool) -> Self::Share;

    /// The conjunction of a secret and a public bit.
    fn and_public(&mut self, share: &Self::Share, public: bool) -> Self::Share;

    /// A sharing of a bit that everybody knows.
    fn constant(&mut self, bit: bool) -> Self::Share;

    /// The negation of a bit.
    fn not(&mut self, share: &Self::Share) -> Self::Share {
        self.xor_public(share, true)
    }

    /// The conjunctions of `left[k]` and `right[k]` for every `k`: one layer, one round.
    ///
    /// # Errors
    /// [`ProtocolError::WidthMismatch`] if the two are not equally long; errors of peers.
    fn and_layer(
        &mut self,
        left: &[Self::Share],
        right: &[Self::Share],
    ) -> impl Future<Output = Result<Vec<Self::Share>, ProtocolError>> + Send;

    /// Uniformly random bits that nobody knows.
    ///
    /// # Errors
    /// Errors of peers.
    fn random(
        &mut self,
        count: usize,
    ) -> impl Future<Output = Result<Vec<Self::Share>, ProtocolError>> + Send;

    /// Every party enters private vectors of its own, as many and as long as everybody's: a pad and a mask
    /// each, and the vectors that hide states. When this returns, no party can change its vectors any more. One
    /// round.
    ///
    /// # Errors
    /// Errors of peers.
    fn enter_all(
        &mut self,
        mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> impl Future<Output = Result<Entries<Self>, ProtocolError>> + Send;

    /// [`enter_all`](Self::enter_all) without states.
    ///
    /// # Errors
    /// Errors of peers.
    fn enter(
        &mut self,
        mine: Vec<PrivateVector>,
    ) -> impl Future<Output = Result<Vec<Self::Entry>, ProtocolError>> + Send {
        async { Ok(self.enter_all(mine, Vec::new()).await?.0) }
    }

    /// Bytes of this party's own randomness, which nobody else knows and which it uses for nothing else.
    fn private_randomness(&mut self, out: &mut [u8]);

    /// Every party enters private bits of its own, as many as everybody's: one round. The result has shares of every
    /// party's bits, by party. When this returns, no party can change its bits any more.
    ///
    /// # Errors
    /// Errors of peers.
    fn enter_bits(
        &mut self,
        mine: &PackedBits,
    ) -> impl Future<Output = Result<Vec<Vec<Self::Share>>, ProtocolError>> + Send;

    /// Shares of the sum of all parties' pads of an entry, bit by bit.
    fn pad_sum(&mut self, entry: &Self::Entry) -> Vec<Self::Share>;

    /// Opens `U_h(pad) + mask` of every party for each entry with its `h`: a linear function of what was
    /// entered, checked. The result has one list per entry, with one tag per party.
    ///
    /// # Errors
    /// Errors of peers.
    fn open_tags(
        &mut self,
        entries: &[(Gf128, &Self::Entry)],
    ) -> impl Future<Output = Result<Vec<Vec<Gf128>>, ProtocolError>> + Send;

    /// Shares of the sum of all parties' pads of a state's vector, bit by bit.
    fn state_pad_sum(&mut self, entry: &Self::StateEntry) -> Vec<Self::Share>;

    /// Makes the tags of states that are written as these ciphertexts, one list per state; `None` in an engine
    /// whose states carry none. The ciphertexts have been opened and checked.
    ///
    /// # Errors
    /// Errors of peers.
    fn make_state_tags(
        &mut self,
        writes: &[(&PackedBits, &Self::StateEntry)],
    ) -> impl Future<Output = Result<Option<Vec<Vec<Gf128>>>, ProtocolError>> + Send;

    /// Checks, for states that are stored as these ciphertexts and tags, that what the parties entered are the
    /// pads with which they were written, all under the keys of their writing. An engine whose states carry no
    /// tags has nothing to check.
    ///
    /// # Errors
    /// [`ProtocolError::StateMismatch`]; errors of peers.
    fn check_states(
        &mut self,
        stored: &[(&PackedBits, &[Gf128], &Self::StateEntry)],
    ) -> impl Future<Output = Result<(), ProtocolError>> + Send;

    /// Checks everything computed so far. Must have returned before anything is revealed or acted on: what an
    /// undetected deviation did to a value, its opening would show.
    ///
    /// # Errors
    /// Errors of peers, naming the one whose share does not fit.
    fn check(&mut self) -> impl Future<Output = Result<(), ProtocolError>> + Send;

    /// Makes secret bits public; they become part of the transcript. The caller has called
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// Errors of peers.
    fn open(
        &mut self,
        shares: &[Self::Share],
    ) -> impl Future<Output = Result<PackedBits, ProtocolError>> + Send;

    /// Begins to sign these messages, which everybody knows, with the key that the engine was given
    /// ([`crate::signature`]): agrees on them, then opens a nonce for each. The caller has called
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// [`ProtocolError::NoSigningKey`]; errors of peers.
    fn open_nonces(
        &mut self,
        messages: Vec<Vec<u8>>,
    ) -> impl Future<Output = Result<Signatures, ProtocolError>> + Send {
        drop(messages);
        async { Err(ProtocolError::NoSigningKey) }
    }

    /// Signs. The caller has recorded [`Signatures::nonce_uses`] durably, none of which had another use before.
    ///
    /// # Errors
    /// [`ProtocolError::NoSigningKey`]; errors of peers, naming the one whose share does not fit.
    fn sign(
        &mut self,
        signatures: Signatures,
    ) -> impl Future<Output = Result<Vec<[u8; 64]>, ProtocolError>> + Send {
        drop(signatures);
        async { Err(ProtocolError::NoSigningKey) }
    }
}

/// This party's shares of what was entered: for clients, and for states.
pub type Entries<P> = (Vec<<P as Protocol>::Entry>, Vec<<P as Protocol>::StateEntry>);

/// What one party enters for itself: a pad, and a mask of the tag on it. Wiped when dropped.
#[derive(Clone, Debug, Zeroize, ZeroizeOnDrop)]
pub struct PrivateVector {
    /// The pad.
    pub pad: PackedBits,
    /// The mask of its tag; zero where no tag is ever opened.
    pub mask: Gf128,
}

/// What one party enters for itself to load or store a state. Wiped when dropped.
#[derive(Clone, Debug)]
pub struct StateVector {
    /// The key that the state is written under.
    pub key: StateKeyId,
    /// The pad.
    pub pad: PackedBits,
    /// The pads of its tags, one per block of 128 bits.
    pub tag_pads: Zeroizing<Vec<Gf128>>,
}

/// A word of a computation: bits that everybody knows, or shares.
#[derive(Clone, Debug)]
pub enum Word<S: Zeroize> {
    /// Known to everybody.
    Public(PackedBits),
    /// Shared among the parties.
    Secret(Zeroizing<Vec<S>>),
}

impl<S: Zeroize> Word<S> {
    /// Number of bits.
    pub fn len(&self) -> usize {
        match self {
            Self::Public(bits) => bits.len() as usize,
            Self::Secret(shares) => shares.len(),
        }
    }

    /// Whether there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Shares of `c ^ p_0 ^ .. ^ p_(n-1)`, where the `p_i` are the pads that `pads` has the sum of.
pub(crate) fn unmask<P: Protocol>(
    protocol: &mut P,
    c: &PackedBits,
    pads: Vec<P::Share>,
) -> Zeroizing<Vec<P::Share>> {
    let mut shares = Zeroizing::new(pads);
    for (index, share) in (0_u32..).zip(shares.iter_mut()) {
        *share = protocol.xor_public(share, c.bit(index).unwrap_or_default());
    }
    shares
}

/// Shares of `y ^ p_0 ^ .. ^ p_(n-1)`, which hide `y` from whoever lacks one of the pads.
///
/// # Errors
/// [`ProtocolError::WidthMismatch`] if value and pads differ in length.
pub(crate) fn mask<P: Protocol>(
    protocol: &mut P,
    y: &[P::Share],
    pads: Vec<P::Share>,
) -> Result<Vec<P::Share>, ProtocolError> {
    let pads = Zeroizing::new(pads);
    if pads.len() != y.len() {
        return Err(ProtocolError::WidthMismatch {
            what: "an output",
            expected: pads.len(),
            actual: y.len(),
        });
    }
    Ok(y.iter().zip(pads.iter()).map(|(bit, pad)| protocol.xor(bit, pad)).collect())
}
