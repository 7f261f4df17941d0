//! Three-party replicated sharing over bits, secure against one semi-honest party.
//!
//! The protocol of Araki, Furukawa, Lindell, Nof and Ohara, "High-Throughput Semi-Honest Secure Three-Party
//! Computation with an Honest Majority" (CCS 2016), section 2, for Boolean circuits and with their
//! computational correlated randomness. It is written in the equivalent replicated form: a bit is
//! `x = x_0 ^ x_1 ^ x_2` and `P_i` holds `(x_i, x_(i+1))`, indices modulo three. Any two parties have all of
//! it, one has nothing.
//!
//! - **Linear operations** are local.
//! - **AND.** `z_i = x_i y_i ^ x_i y_(i+1) ^ x_(i+1) y_i ^ alpha_i` is an additive sharing of `x y`; `P_i`
//!   sends `z_i` to `P_(i-1)`, which makes it replicated. One bit per gate and party, a whole layer in one
//!   message.
//! - **Zero sharing.** `alpha_i = F(k_i) ^ F(k_(i+1))`, where `P_i` drew `k_i` and gave it to `P_(i-1)`: the
//!   sum over all parties is zero, and to `P_(i-1)`, who gets `z_i`, it is random by `k_(i+1)`. `F` is
//!   ChaCha20.
//! - **Random bits.** `(F'(k_i), F'(k_(i+1)))`, without communication.
//! - **Private bits.** `P_i`'s bits are the share with index `i`, the others are zero: `P_i` sends them to `P_(i-1)`.
//! - **Private vectors.** `P_i`'s vector `p_i` is the share with index `i` of the sum of everybody's, so
//!   `P_i` only sends it to `P_(i-1)`, who holds that share too.
//! - **Opening.** `P_i` sends `x_i` to `P_(i+1)`, the one that lacks it.
//!
//! What is semi-honest: a party that sends another `z_i`, opening or tag than it should changes the result,
//! and is not noticed unless it sends different things to different peers (the transcripts are compared).
//! Lengths, phases, padding and order of all messages are checked. [`Protocol::check`] has nothing to check.

use arx_wire::bits::PackedBits;
use arx_wire::hash::LabelledHash;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::{Gf128, polynomial_hash};
use zeroize::{Zeroize, Zeroizing};

use crate::ProtocolError;
use crate::channel::{Channel, PartyId, Phase, PhaseKind};
use crate::protocol::{PrivateVector, Protocol, StateVector};
use crate::session::{Route, Session};
use crate::signature::{self, Signatures, SigningKey};

/// The number of parties.
pub const PARTIES: u8 = 3;

/// One party's two shares of a bit: `x_i` in bit 0 and `x_(i+1)` in bit 1.
#[derive(Clone, Copy, Zeroize)]
pub struct Share(u8);

impl Share {
    /// Both parts as the two lowest bits.
    #[cfg(test)]
    pub(crate) const fn of_parts(parts: u8) -> Self {
        Self(parts)
    }

    /// Shares of bits whose parts `own` and `next` have, as far as both go.
    pub(crate) fn from_parts(own: &PackedBits, next: &PackedBits) -> Vec<Self> {
        let count = own.len().min(next.len()) as usize;
        let mut shares = Vec::with_capacity(count);
        unpack(own.as_bytes(), next.as_bytes(), count, &mut shares);
        shares
    }

    /// `x_i`.
    #[inline]
    pub(crate) const fn first(&self) -> u8 {
        self.0 & 1
    }

    /// `x_(i+1)`.
    #[inline]
    pub(crate) const fn second(&self) -> u8 {
        self.0 >> 1
    }
}

impl std::fmt::Debug for Share {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Share([secret])")
    }
}

/// What one party knows of one entry: its own vector and the pad of the next party.
pub struct Entry {
    own: PrivateVector,
    next_pad: PackedBits,
}

/// One party of the protocol.
pub struct Replicated<C> {
    session: Session<C>,
    /// The share of the constant one: index 0 belongs to `P_0`, who has it first, and `P_2`, who has it
    /// second.
    one: Share,
    /// Streams of `k_i` and `k_(i+1)`, for sharings of zero and for random bits.
    zero: [ChaCha20; 2],
    random: [ChaCha20; 2],
    /// The stream of this party's own randomness.
    private: ChaCha20,
    /// What signatures are made with.
    signing_key: Option<SigningKey>,
    /// Steps of signatures so far.
    signings: u32,
}

impl<C: Channel> Replicated<C> {
    /// Agrees on pairwise seeds: one round. `seed` is this party's own randomness, fresh for the session.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPartyCount`]; errors of peers.
    pub async fn start(mut session: Session<C>, seed: [u8; 32]) -> Result<Self, ProtocolError> {
        let seed = Zeroizing::new(seed);
        if session.parties() != PARTIES {
            return Err(ProtocolError::WrongPartyCount { expected: PARTIES, actual: session.parties() });
        }
        let own_key =
            LabelledHash::new("arx/v1/replicated/key").bytes(session.id()).bytes(&*seed).finish_secret();
        let (_, received) =
            session.exchange(PhaseKind::Setup, towards_previous(session.me()), &*own_key).await?;
        let received = Zeroizing::new(received);
        let keystream = |label: &'static str, key: &[u8]| {
            let key = LabelledHash::new(label).bytes(session.id()).bytes(key).finish_secret();
            ChaCha20::new((&*key).into(), &[0; 12].into())
        };
        let zero = ["arx/v1/replicated/zero"; 2];
        let random = ["arx/v1/replicated/random"; 2];
        let keys: [&[u8]; 2] = [&*own_key, &received];
        let streams =
            |labels: [&'static str; 2]| [keystream(labels[0], keys[0]), keystream(labels[1], keys[1])];
        let private = keystream("arx/v1/replicated/private", &*seed);
        let one = Share(match session.me() {
            PartyId(0) => 0b01,
            PartyId(1) => 0b00,
            _ => 0b10,
        });
        Ok(Self {
            one,
            zero: streams(zero),
            random: streams(random),
            private,
            signing_key: None,
            signings: 0,
            session,
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
}

impl<C: Channel> Protocol for Replicated<C> {
    type Channel = C;
    type Share = Share;
    type Entry = Entry;
    type StateEntry = Entry;

    fn session(&mut self) -> &mut Session<C> {
        &mut self.session
    }

    #[inline]
    fn xor(&mut self, left: &Share, right: &Share) -> Share {
        Share(left.0 ^ right.0)
    }

    #[inline]
    fn xor_public(&mut self, share: &Share, public: bool) -> Share {
        Share(share.0 ^ (self.one.0 & mask(public)))
    }

    #[inline]
    fn and_public(&mut self, share: &Share, public: bool) -> Share {
        Share(share.0 & mask(public))
    }

    #[inline]
    fn constant(&mut self, bit: bool) -> Share {
        Share(self.one.0 & mask(bit))
    }

    async fn and_layer(&mut self, left: &[Share], right: &[Share]) -> Result<Vec<Share>, ProtocolError> {
        if left.len() != right.len() {
            let (expected, actual) = (left.len(), right.len());
            return Err(ProtocolError::WidthMismatch { what: "a layer of ANDs", expected, actual });
        }
        let count = left.len();
        // The bytes hold alpha_i and become z_i word by word.
        let mut message = Zeroizing::new(vec![0; count.div_ceil(8)]);
        self.zero.iter_mut().for_each(|stream| stream.apply_keystream(&mut message));
        for (bytes, (left, right)) in message.chunks_mut(8).zip(left.chunks(64).zip(right.chunks(64))) {
            let ((x0, x1), (y0, y1)) = (pack(left), pack(right));
            let product = (x0 & (y0 ^ y1)) ^ (x1 & y0);
            bytes.iter_mut().zip(product.to_le_bytes()).for_each(|(byte, product)| *byte ^= product);
        }
        clear_past(&mut message, count);

        let route = towards_previous(self.session.me());
        let (phase, received) = self.session.exchange_own(PhaseKind::And, route, &mut message).await?;
        let received = Zeroizing::new(received);
        require_clear_past(&received, count, route.from, phase)?;
        let mut products = Vec::with_capacity(count);
        unpack(&message, &received, count, &mut products);
        Ok(products)
    }

    async fn random(&mut self, count: usize) -> Result<Vec<Share>, ProtocolError> {
        let [own, next] = self.random.each_mut().map(|stream| {
            let mut bytes = Zeroizing::new(vec![0; count.div_ceil(8)]);
            stream.apply_keystream(&mut bytes);
            bytes
        });
        let mut shares = Vec::with_capacity(count);
        unpack(&own, &next, count, &mut shares);
        Ok(shares)
    }

    async fn enter_all(
        &mut self,
        mut mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> Result<(Vec<Entry>, Vec<Entry>), ProtocolError> {
        let clients = mine.len();
        // A state's vector is one without a tag.
        mine.extend(states.into_iter().map(|state| PrivateVector { pad: state.pad, mask: Gf128::ZERO }));
        let message = Zeroizing::new(mine.iter().fold(Vec::new(), |mut bytes, vector| {
            bytes.extend(vector.pad.as_bytes());
            bytes
        }));
        let route = towards_previous(self.session.me());
        let (phase, received) = self.session.exchange(PhaseKind::Enter, route, &message).await?;
        let received = Zeroizing::new(received);
        let mut rest = &received[..];
        let mut entries = Vec::with_capacity(mine.len());
        for own in mine {
            let bits = own.pad.len();
            let (head, tail) = rest.split_at(PackedBits::bytes_for(bits).min(rest.len()));
            rest = tail;
            let next_pad = PackedBits::new(bits, head.to_vec()).map_err(|_| ProtocolError::Malformed {
                party: route.from,
                phase,
                what: "a private vector has bits set past its end",
            })?;
            entries.push(Entry { own, next_pad });
        }
        let states = entries.split_off(clients);
        Ok((entries, states))
    }

    fn state_pad_sum(&mut self, entry: &Entry) -> Vec<Share> {
        self.pad_sum(entry)
    }

    async fn make_state_tags(
        &mut self,
        _: &[(&PackedBits, &Entry)],
    ) -> Result<Option<Vec<Vec<Gf128>>>, ProtocolError> {
        Ok(None)
    }

    async fn check_states(&mut self, _: &[(&PackedBits, &[Gf128], &Entry)]) -> Result<(), ProtocolError> {
        Ok(())
    }

    fn private_randomness(&mut self, out: &mut [u8]) {
        out.fill(0);
        self.private.apply_keystream(out);
    }

    async fn enter_bits(&mut self, mine: &PackedBits) -> Result<Vec<Vec<Share>>, ProtocolError> {
        let me = self.session.me();
        let route = towards_previous(me);
        let (phase, received) = self.session.exchange(PhaseKind::Enter, route, mine.as_bytes()).await?;
        let received = Zeroizing::new(received);
        let count = mine.len() as usize;
        require_clear_past(&received, count, route.from, phase)?;
        let zeros = vec![0; mine.as_bytes().len()];
        let shares = |party| {
            // Its bits are the share of its index: mine is my first one, the next party's my second.
            let (own, next): (&[u8], &[u8]) = match PartyId(party) {
                party if party == me => (mine.as_bytes(), &zeros),
                party if party == route.from => (&zeros, &received),
                _ => (&zeros, &zeros),
            };
            let mut shares = Vec::with_capacity(count);
            unpack(own, next, count, &mut shares);
            shares
        };
        Ok((0..PARTIES).map(shares).collect())
    }

    fn pad_sum(&mut self, entry: &Entry) -> Vec<Share> {
        let count = entry.own.pad.len() as usize;
        let mut shares = Vec::with_capacity(count);
        unpack(entry.own.pad.as_bytes(), entry.next_pad.as_bytes(), count, &mut shares);
        shares
    }

    async fn open_tags(&mut self, entries: &[(Gf128, &Entry)]) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        let mine = entries.iter().flat_map(|(h, entry)| {
            let PrivateVector { pad, mask } = &entry.own;
            (polynomial_hash(*h, pad.as_bytes(), pad.len()) + *mask).to_bytes()
        });
        let tags = self.session.broadcast(PhaseKind::Tags, mine.collect()).await?;
        let tag = |payload: &[u8], index: usize| {
            let mut bytes = [0; 16];
            payload[index * 16..].iter().zip(&mut bytes).for_each(|(from, to)| *to = *from);
            Gf128::from_bytes(bytes)
        };
        Ok((0..entries.len())
            .map(|index| tags.iter().map(|(_, payload)| tag(payload, index)).collect())
            .collect())
    }

    async fn check(&mut self) -> Result<(), ProtocolError> {
        Ok(())
    }

    async fn open(&mut self, shares: &[Share]) -> Result<PackedBits, ProtocolError> {
        let count = shares.len();
        let mut mine = Zeroizing::new(vec![0; count.div_ceil(8)]);
        let mut sum = vec![0; count.div_ceil(8)];
        for ((mine, sum), shares) in mine.chunks_mut(8).zip(sum.chunks_mut(8)).zip(shares.chunks(64)) {
            let (own, next) = pack(shares);
            mine.iter_mut().zip(own.to_le_bytes()).for_each(|(byte, own)| *byte = own);
            sum.iter_mut().zip((own ^ next).to_le_bytes()).for_each(|(byte, sum)| *byte = sum);
        }
        let route = Route { to: next(self.session.me()), from: previous(self.session.me()) };
        let (phase, received) = self.session.exchange(PhaseKind::Open, route, &mine).await?;
        require_clear_past(&received, count, route.from, phase)?;
        sum.iter_mut().zip(&received).for_each(|(sum, byte)| *sum ^= byte);
        let bits = u32::try_from(count).map_err(|_| ProtocolError::WidthMismatch {
            what: "an opening",
            expected: u32::MAX as usize,
            actual: count,
        })?;
        let opened = PackedBits::new(bits, sum)?;
        self.session.record_opened(phase, &opened);
        Ok(opened)
    }

    async fn open_nonces(&mut self, messages: Vec<Vec<u8>>) -> Result<Signatures, ProtocolError> {
        let mut seed = Zeroizing::new([0; 32]);
        self.private_randomness(&mut *seed);
        let key = self.signing_key.as_ref().ok_or(ProtocolError::NoSigningKey)?;
        let step = signature::Step { session: &mut self.session, key, number: self.signings, messages };
        self.signings = self.signings.saturating_add(1);
        signature::committed(step, &seed).await
    }

    async fn sign(&mut self, signatures: Signatures) -> Result<Vec<[u8; 64]>, ProtocolError> {
        let key = self.signing_key.as_ref().ok_or(ProtocolError::NoSigningKey)?;
        signature::sign(&mut self.session, key, signatures).await
    }
}

pub(crate) const fn next(party: PartyId) -> PartyId {
    PartyId((party.0 + 1) % PARTIES)
}

pub(crate) const fn previous(party: PartyId) -> PartyId {
    PartyId((party.0 + PARTIES - 1) % PARTIES)
}

pub(crate) const fn towards_previous(me: PartyId) -> Route {
    Route { to: previous(me), from: next(me) }
}

/// All ones for one, without a branch.
#[inline]
const fn mask(bit: bool) -> u8 {
    0_u8.wrapping_sub(bit as u8)
}

/// The first and the second shares of up to 64 bits, as words.
#[inline]
fn pack(shares: &[Share]) -> (u64, u64) {
    let (mut own, mut next) = (0, 0);
    for (place, share) in shares.iter().enumerate() {
        own |= u64::from(share.0 & 1) << place;
        next |= u64::from(share.0 >> 1) << place;
    }
    (own, next)
}

/// `count` shares from their packed first and second components.
#[inline]
fn unpack(own: &[u8], next: &[u8], count: usize, shares: &mut Vec<Share>) {
    for (chunk, (own, next)) in own.iter().zip(next).enumerate() {
        let in_byte = (count - chunk * 8).min(8);
        shares.extend((0..in_byte).map(|place| Share((own >> place & 1) | (next >> place & 1) << 1)));
    }
}

fn clear_past(bytes: &mut [u8], count: usize) {
    if let Some(last) = bytes.last_mut() {
        *last &= 0xff >> ((8 - count % 8) % 8);
    }
}

fn require_clear_past(bytes: &[u8], count: usize, party: PartyId, phase: Phase) -> Result<(), ProtocolError> {
    match bytes.last() {
        Some(last) if last & !(0xff >> ((8 - count % 8) % 8)) != 0 => {
            Err(ProtocolError::Malformed { party, phase, what: "bits are set past the end of the layer" })
        }
        _ => Ok(()),
    }
}
