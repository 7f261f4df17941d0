//! The engine for a dishonest majority: two to sixteen parties, all but one of which may deviate in any way.
//!
//! Bits are shared additively and authenticated by pairwise MACs ([BDOZ11] section 3, [NNOB12] section 4;
//! [`crate::correlation`] has the relation). Correlated randomness is made ahead; online, the protocol is
//! Beaver's with batched, pairwise checks of everything that was opened:
//!
//! - **Linear operations** are local. The gate loop works on shares alone; MACs are made up for in the check
//!   ([`tape`]).
//! - **AND** of `u` and `v` with a triple `(a, b, c)`: open `e = u + a` and `f = v + b`; then `uv = c + e b + f a
//!   + e f`. All gates of a layer are in one message to each peer.
//! - **Opening**: every party broadcasts its share. A share alone proves nothing; before anything depends on
//!   it, it is covered by a check.
//! - **Check** ([`check`]): all openings since the last one, against every MAC, in one number per ordered pair
//!   of parties.
//! - **Private vectors**: `P_i` broadcasts `x + r` for random authenticated bits `r` that it alone knows.
//! - **States** at rest carry tags under a key of their own ([`state`]).
//! - **Tags** are linear in authenticated bits, so their MACs follow from those of the bits and are checked
//!   like those of an opening.
//!
//! # What is never opened unchecked
//! A party that flips a share of `e` turns `uv` into `uv + v`; whatever is opened after that depends on `v`. So
//! [`Protocol::open`] and [`Protocol::open_tags`] first check all earlier openings, then open, and check what
//! they opened before they return it.
//!
//! # Why the check is pairwise
//! Each `P_j` verifies the others' shares with its own key, from a number that is sent to it alone, and knows
//! who lied. The aggregate check of SPDZ opens `sum chi (m_i + a D_i)`: a party that flipped one share learns
//! the sum of all keys from it, and with the keys every recorded MAC is an equation in a secret. Here a
//! failing party learns one bit: that it failed.

mod check;
mod entry;
mod share;
mod state;
mod tape;

use std::ops::RangeInclusive;

use arx_wire::bits::PackedBits;
use arx_wire::hash::LabelledHash;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::Gf128;
use zeroize::Zeroizing;

pub use entry::Entry;
pub use state::StateEntry;
pub use tape::Share;

use crate::ProtocolError;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::{AuthBits, AuthTriples, CorrelationSource};
use crate::protocol::{PrivateVector, Protocol, StateVector};
use crate::session::{Broadcast, Session};
use crate::signature::{self, Signatures, SigningKey};
use check::Pending;
use share::AuthShare;
use tape::{Columns, Tape, bit};

/// How many parties the engine runs with.
pub const PARTIES: RangeInclusive<u8> = 2..=16;

/// ANDs that are opened in one message. Wider layers take more than one round, in bounded memory.
const GATES_PER_MESSAGE: usize = 1 << 18;

/// Openings after which a check is made even if nothing is to be revealed: its error grows with their number.
const OPENINGS_PER_CHECK: u64 = 1 << 28;

/// One party of the protocol. `N` is the number of parties, or any number above it: what private bits have room for.
pub struct DishonestMajority<C, S, const N: usize> {
    session: Session<C>,
    source: S,
    /// This party's index.
    me: usize,
    /// How many parties there are, at most `N`.
    parties: usize,
    /// This party's global key.
    delta: Gf128,
    tape: Tape,
    pending: Pending,
    /// What the coins of the checks are drawn from, and how many there were.
    seed: Zeroizing<[u8; 32]>,
    checks: u32,
    /// The stream of this party's own randomness.
    private: ChaCha20,
    /// What signatures are made with.
    signing_key: Option<SigningKey>,
    /// Steps of signatures so far.
    signings: u32,
}

impl<C: Channel, S: CorrelationSource, const N: usize> DishonestMajority<C, S, N> {
    /// Begins with the stock in `source`. `seed` is this party's own randomness, fresh for the session.
    ///
    /// # Errors
    /// [`ProtocolError::UnsupportedPartyCount`] if there is no room for so many parties;
    /// [`ProtocolError::ForeignStock`] if the source is for another party or cluster size.
    pub fn start(session: Session<C>, source: S, seed: [u8; 32]) -> Result<Self, ProtocolError> {
        let parties = session.parties();
        let most = N.min(usize::from(*PARTIES.end())) as u8;
        if !(*PARTIES.start()..=most).contains(&parties) {
            let least = *PARTIES.start();
            return Err(ProtocolError::UnsupportedPartyCount { least, most, actual: parties });
        }
        if source.me() != session.me() || source.parties() != parties {
            return Err(ProtocolError::ForeignStock);
        }
        let seed =
            LabelledHash::new("arx/v1/dishonest/seed").bytes(session.id()).bytes(&seed).finish_secret();
        let private = LabelledHash::new("arx/v1/dishonest/private").bytes(&*seed).finish_secret();
        Ok(Self {
            me: session.me().index(),
            parties: parties.into(),
            delta: source.delta(),
            tape: Tape::new(session.me().index()),
            pending: Pending::default(),
            seed,
            checks: 0,
            private: ChaCha20::new(&(*private).into(), &[0; 12].into()),
            signing_key: None,
            signings: 0,
            session,
            source,
        })
    }

    /// Gives the engine a key to sign with. All parties have their shares of the same one.
    #[must_use]
    pub fn with_signing_key(mut self, key: Option<SigningKey>) -> Self {
        self.signing_key = key;
        self
    }

    /// Ends the engine and gives the session back.
    pub fn into_session(self) -> Session<C> {
        self.session
    }

    /// Where the engine takes its correlated randomness from.
    pub const fn source(&self) -> &S {
        &self.source
    }

    fn peers(&self) -> impl Iterator<Item = usize> + use<C, S, N> {
        let me = self.me;
        (0..self.parties).filter(move |party| *party != me)
    }

    /// The items of a batch, as shares.
    fn shares_of(&self, bits: &AuthBits) -> Result<Zeroizing<Vec<AuthShare<N>>>, ProtocolError> {
        AuthShare::from_batch(self.me, self.parties, bits)
            .map(Zeroizing::new)
            .ok_or(ProtocolError::ForeignStock)
    }

    /// The items of a batch: their shares, eight to a byte, and the rest.
    fn parts_of(&self, bits: AuthBits) -> Result<(Zeroizing<Vec<u8>>, Columns), ProtocolError> {
        if bits.macs().len() != self.parties || bits.keys().len() != self.parties {
            return Err(ProtocolError::ForeignStock);
        }
        let length = bits.len().div_ceil(8);
        let (words, macs, keys) = bits.into_parts();
        let mut bytes = Zeroizing::new(Vec::with_capacity(words.len() * 8));
        words.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
        bytes.truncate(length);
        Ok((bytes, Columns { macs, keys }))
    }

    /// This party's shares, eight to a byte.
    fn pack(&self, shares: &[Share]) -> Vec<u8> {
        let byte = |eight: &[Share]| {
            eight.iter().enumerate().fold(0, |byte, (place, share)| byte | self.tape.value(*share) << place)
        };
        shares.chunks(8).map(byte).collect()
    }

    /// What one broadcast opened a group of `count` bits to. The shares are noted, to be covered by the next check.
    fn absorb(
        &mut self,
        broadcast: &Broadcast,
        bytes: std::ops::Range<usize>,
        count: usize,
    ) -> Result<Vec<u8>, ProtocolError> {
        let mut sum = vec![0; bytes.len()];
        let mut said = Vec::with_capacity(self.parties);
        for (party, payload) in broadcast.iter() {
            let shares = payload.get(bytes.clone()).unwrap_or_default();
            if let Some(last) = shares.last()
                && last & !last_byte_mask(count) != 0
            {
                return Err(broadcast.malformed(party, "bits are set past the end of the opened shares"));
            }
            sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum ^= share);
            said.push(if party.index() == self.me { Vec::new() } else { shares.to_vec() });
        }
        self.tape.said(count, said);
        Ok(sum)
    }

    /// One message's worth of ANDs.
    async fn and_message(
        &mut self,
        left: &[Share],
        right: &[Share],
        products: &mut Vec<Share>,
    ) -> Result<(), ProtocolError> {
        let count = left.len();
        let AuthTriples { a, b, c } = self.source.triples(count)?;
        let ((a, of_a), (b, of_b), (c, of_c)) = (self.parts_of(a)?, self.parts_of(b)?, self.parts_of(c)?);
        let half = count.div_ceil(8);
        let mut message = self.pack(left);
        message.extend(self.pack(right));
        message.iter_mut().zip(a.iter().chain(b.iter())).for_each(|(share, mask)| *share ^= mask);
        let broadcast = self.session.broadcast(PhaseKind::And, message).await?;
        let e = self.absorb(&broadcast, 0..half, count)?;
        let f = self.absorb(&broadcast, half..2 * half, count)?;
        // uv = c + e b + f a + e f, of which the last is the first party's.
        let first = if self.me == 0 { u8::MAX } else { 0 };
        let product = |k: usize| c[k] ^ e[k] & b[k] ^ f[k] & a[k] ^ e[k] & f[k] & first;
        let shares: Zeroizing<Vec<u8>> = Zeroizing::new((0..half).map(product).collect());
        let values = (0..count).map(|index| bit(&shares, index));
        self.tape.products([left, right], values, [of_a, of_b, of_c], [e, f], products);
        Ok(())
    }
}

impl<C: Channel, S: CorrelationSource, const N: usize> Protocol for DishonestMajority<C, S, N> {
    type Channel = C;
    type Share = Share;
    type Entry = Entry<N>;
    type StateEntry = StateEntry;

    fn session(&mut self) -> &mut Session<C> {
        &mut self.session
    }

    #[inline]
    fn xor(&mut self, left: &Share, right: &Share) -> Share {
        self.tape.sum(*left, *right)
    }

    #[inline]
    fn xor_public(&mut self, share: &Share, public: bool) -> Share {
        share.negated_if(public)
    }

    #[inline]
    fn and_public(&mut self, share: &Share, public: bool) -> Share {
        if public { *share } else { Share::ZERO }
    }

    #[inline]
    fn constant(&mut self, bit: bool) -> Share {
        Share::ZERO.negated_if(bit)
    }

    async fn and_layer(&mut self, left: &[Share], right: &[Share]) -> Result<Vec<Share>, ProtocolError> {
        if left.len() != right.len() {
            let (expected, actual) = (left.len(), right.len());
            return Err(ProtocolError::WidthMismatch { what: "a layer of ANDs", expected, actual });
        }
        let mut products = Vec::with_capacity(left.len());
        for (left, right) in left.chunks(GATES_PER_MESSAGE).zip(right.chunks(GATES_PER_MESSAGE)) {
            self.and_message(left, right, &mut products).await?;
            if self.tape.pending() >= OPENINGS_PER_CHECK {
                self.check().await?;
            }
        }
        Ok(products)
    }

    async fn random(&mut self, count: usize) -> Result<Vec<Share>, ProtocolError> {
        let items = self.source.bits(count)?;
        let (shares, columns) = self.parts_of(items)?;
        Ok(self.tape.items((0..count).map(|index| bit(&shares, index)), columns))
    }

    async fn enter_all(
        &mut self,
        mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> Result<(Vec<Entry<N>>, Vec<StateEntry>), ProtocolError> {
        self.enter_vectors(mine, states).await
    }

    fn private_randomness(&mut self, out: &mut [u8]) {
        out.fill(0);
        self.private.apply_keystream(out);
    }

    async fn enter_bits(&mut self, mine: &PackedBits) -> Result<Vec<Vec<Share>>, ProtocolError> {
        self.enter_private_bits(mine).await
    }

    fn pad_sum(&mut self, entry: &Entry<N>) -> Vec<Share> {
        entry.pad_sum()
    }

    async fn open_tags(&mut self, entries: &[(Gf128, &Entry<N>)]) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        self.check().await?;
        let tags = self.open_entry_tags(entries).await?;
        self.check().await?;
        Ok(tags)
    }

    fn state_pad_sum(&mut self, entry: &StateEntry) -> Vec<Share> {
        entry.pad_sum()
    }

    async fn make_state_tags(
        &mut self,
        writes: &[(&PackedBits, &StateEntry)],
    ) -> Result<Option<Vec<Vec<Gf128>>>, ProtocolError> {
        self.check().await?;
        self.open_state_tags(writes).await.map(Some)
    }

    async fn check_states(
        &mut self,
        stored: &[(&PackedBits, &[Gf128], &StateEntry)],
    ) -> Result<(), ProtocolError> {
        self.check_stored(stored).await
    }

    async fn check(&mut self) -> Result<(), ProtocolError> {
        self.check_pending().await
    }

    async fn open(&mut self, shares: &[Share]) -> Result<PackedBits, ProtocolError> {
        self.check().await?;
        let count = u32::try_from(shares.len()).map_err(|_| ProtocolError::WidthMismatch {
            what: "an opening",
            expected: u32::MAX as usize,
            actual: shares.len(),
        })?;
        let message = self.pack(shares);
        let broadcast = self.session.broadcast(PhaseKind::Open, message).await?;
        let opened = self.absorb(&broadcast, 0..shares.len().div_ceil(8), shares.len())?;
        self.tape.shares_opened(shares);
        self.check().await?;
        Ok(PackedBits::new(count, opened)?)
    }

    async fn open_nonces(&mut self, messages: Vec<Vec<u8>>) -> Result<Signatures, ProtocolError> {
        // Nothing that was computed wrongly is signed.
        self.check().await?;
        let key = self.signing_key.as_ref().ok_or(ProtocolError::NoSigningKey)?;
        let (items, delta) = (self.source.scalars(messages.len())?, self.source.scalar_delta()?);
        let step = signature::Step { session: &mut self.session, key, number: self.signings, messages };
        self.signings = self.signings.saturating_add(1);
        signature::authenticated(step, items, delta).await
    }

    async fn sign(&mut self, signatures: Signatures) -> Result<Vec<[u8; 64]>, ProtocolError> {
        let key = self.signing_key.as_ref().ok_or(ProtocolError::NoSigningKey)?;
        signature::sign(&mut self.session, key, signatures).await
    }
}

/// `element` if `bit` is one, zero if it is zero, without a branch.
#[inline]
fn masked(element: Gf128, bit: u8) -> Gf128 {
    Gf128::from_bits(element.to_bits() & 0_u128.wrapping_sub((bit & 1).into()))
}

/// Which bits of the last of `count` bits' bytes are used.
const fn last_byte_mask(count: usize) -> u8 {
    0xff >> ((8 - count % 8) % 8)
}
