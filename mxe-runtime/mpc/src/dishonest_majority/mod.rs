//! The engine for a dishonest majority: two to sixteen parties, all but one of which may deviate in any way.
//!
//! Bits are shared additively and authenticated by pairwise MACs ([BDOZ11] section 3, [NNOB12] section 4;
//! [`crate::correlation`] has the relation). Correlated randomness is made ahead; online, the protocol is
//! Beaver's with batched, pairwise checks of everything that was opened:
//!
//! - **Linear operations** are local, on shares, MACs and keys alike.
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

use std::ops::RangeInclusive;

use arx_wire::bits::PackedBits;
use arx_wire::hash::LabelledHash;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::Gf128;
use zeroize::Zeroizing;

pub use entry::Entry;
pub use share::Share;
pub use state::StateEntry;

use crate::ProtocolError;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::{AuthBits, CorrelationSource};
use crate::protocol::{PrivateVector, Protocol, StateVector};
use crate::session::{Broadcast, Session};
use crate::signature::{self, Signatures, SigningKey};
use check::Pending;

/// How many parties the engine runs with.
pub const PARTIES: RangeInclusive<u8> = 2..=16;

/// ANDs that are opened in one message. Wider layers take more than one round, in bounded memory.
const GATES_PER_MESSAGE: usize = 1 << 18;

/// Openings after which a check is made even if nothing is to be revealed, so that they need not all be kept.
const OPENINGS_PER_CHECK: usize = 1 << 20;

/// One party of the protocol. `N` is the number of parties, or any number above it: what a share has room
/// for.
pub struct DishonestMajority<C, S, const N: usize> {
    session: Session<C>,
    source: S,
    /// This party's index.
    me: usize,
    /// How many parties there are, at most `N`.
    parties: usize,
    /// This party's global key.
    delta: Gf128,
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
            pending: Pending::new(parties.into()),
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
    fn shares_of(&self, bits: &AuthBits) -> Result<Zeroizing<Vec<Share<N>>>, ProtocolError> {
        Share::from_batch(self.me, self.parties, bits).map(Zeroizing::new).ok_or(ProtocolError::ForeignStock)
    }

    /// Opens several groups of shares in one broadcast, each group in whole bytes. The openings are covered by
    /// the next check, not yet by any.
    async fn open_unchecked(
        &mut self,
        kind: PhaseKind,
        groups: &[&[Share<N>]],
    ) -> Result<Vec<Vec<u8>>, ProtocolError> {
        let mut message = Vec::with_capacity(groups.iter().map(|group| group.len().div_ceil(8)).sum());
        for group in groups {
            for eight in group.chunks(8) {
                let byte = eight.iter().enumerate();
                message.push(byte.fold(0, |byte, (place, share)| byte | share.own_bit(self.me) << place));
            }
        }
        let broadcast = self.session.broadcast(kind, message).await?;
        let mut opened = Vec::with_capacity(groups.len());
        let mut from = 0;
        for group in groups {
            let bytes = from..from + group.len().div_ceil(8);
            opened.push(self.absorb_group(&broadcast, bytes.clone(), group)?);
            from = bytes.end;
        }
        Ok(opened)
    }

    /// Adds up what all parties opened one group to, and notes what each must be checked against.
    fn absorb_group(
        &mut self,
        broadcast: &Broadcast,
        bytes: std::ops::Range<usize>,
        group: &[Share<N>],
    ) -> Result<Vec<u8>, ProtocolError> {
        let mut sum = vec![0; bytes.len()];
        for (party, payload) in broadcast.iter() {
            let shares = payload.get(bytes.clone()).unwrap_or_default();
            if let Some(last) = shares.last()
                && last & !last_byte_mask(group.len()) != 0
            {
                return Err(broadcast.malformed(party, "bits are set past the end of the opened shares"));
            }
            sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum ^= share);
            if party.index() != self.me {
                let (peer, delta) = (party.index(), self.delta);
                let bit = |index: usize| shares[index / 8] >> (index % 8) & 1;
                let keys = group.iter().map(|share| share.key(peer));
                self.pending.sent(peer, group.iter().map(|share| share.mac(peer)));
                self.pending
                    .received(peer, keys.enumerate().map(|(index, key)| key + masked(delta, bit(index))));
            }
        }
        Ok(sum)
    }

    /// One message's worth of ANDs.
    async fn and_message(
        &mut self,
        left: &[Share<N>],
        right: &[Share<N>],
        products: &mut Vec<Share<N>>,
    ) -> Result<(), ProtocolError> {
        let triples = self.source.triples(left.len())?;
        let (a, b) = (self.shares_of(&triples.a)?, self.shares_of(&triples.b)?);
        let c = self.shares_of(&triples.c)?;
        let blind = |values: &[Share<N>], masks: &[Share<N>]| -> Zeroizing<Vec<Share<N>>> {
            Zeroizing::new(values.iter().zip(masks).map(|(value, mask)| value.plus(mask)).collect())
        };
        let (e, f) = (blind(left, &a), blind(right, &b));
        let opened = self.open_unchecked(PhaseKind::And, &[&e, &f]).await?;
        let (one, bit) =
            (self.one(), |group: usize, index: usize| opened[group][index / 8] >> (index % 8) & 1);
        products.extend((0..left.len()).map(|index| {
            let (e, f) = (bit(0, index), bit(1, index));
            c[index].plus(&b[index].masked(e)).plus(&a[index].masked(f)).plus(&one.masked(e & f))
        }));
        Ok(())
    }

    /// The sharing of the constant one: the first party's share is one, and everybody else's key to it has
    /// that taken out.
    fn one(&self) -> Share<N> {
        Share::constant_one(self.me, self.delta)
    }
}

impl<C: Channel, S: CorrelationSource, const N: usize> Protocol for DishonestMajority<C, S, N> {
    type Channel = C;
    type Share = Share<N>;
    type Entry = Entry<N>;
    type StateEntry = StateEntry<N>;

    fn session(&mut self) -> &mut Session<C> {
        &mut self.session
    }

    #[inline]
    fn xor(&mut self, left: &Share<N>, right: &Share<N>) -> Share<N> {
        left.plus(right)
    }

    #[inline]
    fn xor_public(&mut self, share: &Share<N>, public: bool) -> Share<N> {
        share.plus(&self.one().masked(public.into()))
    }

    #[inline]
    fn and_public(&mut self, share: &Share<N>, public: bool) -> Share<N> {
        share.masked(public.into())
    }

    #[inline]
    fn constant(&mut self, bit: bool) -> Share<N> {
        self.one().masked(bit.into())
    }

    async fn and_layer(
        &mut self,
        left: &[Share<N>],
        right: &[Share<N>],
    ) -> Result<Vec<Share<N>>, ProtocolError> {
        if left.len() != right.len() {
            let (expected, actual) = (left.len(), right.len());
            return Err(ProtocolError::WidthMismatch { what: "a layer of ANDs", expected, actual });
        }
        let mut products = Vec::with_capacity(left.len());
        for (left, right) in left.chunks(GATES_PER_MESSAGE).zip(right.chunks(GATES_PER_MESSAGE)) {
            self.and_message(left, right, &mut products).await?;
            if self.pending.len() >= OPENINGS_PER_CHECK {
                self.check().await?;
            }
        }
        Ok(products)
    }

    async fn random(&mut self, count: usize) -> Result<Vec<Share<N>>, ProtocolError> {
        let bits = self.source.bits(count)?;
        Ok(self.shares_of(&bits)?.to_vec())
    }

    async fn enter_all(
        &mut self,
        mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> Result<(Vec<Entry<N>>, Vec<StateEntry<N>>), ProtocolError> {
        self.enter_vectors(mine, states).await
    }

    fn private_randomness(&mut self, out: &mut [u8]) {
        out.fill(0);
        self.private.apply_keystream(out);
    }

    async fn enter_bits(&mut self, mine: &PackedBits) -> Result<Vec<Vec<Share<N>>>, ProtocolError> {
        self.enter_private_bits(mine).await
    }

    fn pad_sum(&mut self, entry: &Entry<N>) -> Vec<Share<N>> {
        entry.pad_sum()
    }

    async fn open_tags(&mut self, entries: &[(Gf128, &Entry<N>)]) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        self.check().await?;
        let tags = self.open_entry_tags(entries).await?;
        self.check().await?;
        Ok(tags)
    }

    fn state_pad_sum(&mut self, entry: &StateEntry<N>) -> Vec<Share<N>> {
        entry.pad_sum()
    }

    async fn make_state_tags(
        &mut self,
        writes: &[(&PackedBits, &StateEntry<N>)],
    ) -> Result<Option<Vec<Vec<Gf128>>>, ProtocolError> {
        self.check().await?;
        self.open_state_tags(writes).await.map(Some)
    }

    async fn check_states(
        &mut self,
        stored: &[(&PackedBits, &[Gf128], &StateEntry<N>)],
    ) -> Result<(), ProtocolError> {
        self.check_stored(stored).await
    }

    async fn check(&mut self) -> Result<(), ProtocolError> {
        self.check_pending().await
    }

    async fn open(&mut self, shares: &[Share<N>]) -> Result<PackedBits, ProtocolError> {
        self.check().await?;
        let count = u32::try_from(shares.len()).map_err(|_| ProtocolError::WidthMismatch {
            what: "an opening",
            expected: u32::MAX as usize,
            actual: shares.len(),
        })?;
        let mut opened = self.open_unchecked(PhaseKind::Open, &[shares]).await?;
        self.check().await?;
        Ok(PackedBits::new(count, opened.pop().unwrap_or_default())?)
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
