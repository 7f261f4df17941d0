//! Authenticated scalars and triples of them: MASCOT [KOS16], with pairwise MACs in the place of SPDZ's.
//!
//! A scalar is `x = sum x_i` over a prime field of 255 bits; `M_i^j = K_j^i + x_i D_j` for every ordered pair, with
//! a global key `D_j` of the field for the batch. A party has the keys to verify every other one by itself, so
//! that what was one key towards all for bits need not be proven here: no protocol on scalars relies on it.
//!
//! **Authentication** (figures 3 and 6): COPEe of the elements and of one random mask with every key holder; then
//! a coin gives weights, `P_i` broadcasts `y = mask + sum w_k x_k` and sends each key holder the MAC on `y`, which it
//! verifies. One `y` for all, so one `x_i` towards all.
//!
//! **Triples** (figures 4 and 7), for each:
//! 1. `P_j` has `a_j^1, a_j^2, a_j^3` of 256 authenticated bits each, the choice bits, and `P_i` a random `b_i`. For every
//!    bit `P_i` sends `F(K) - F(K + D) + b_i`, `F` being four hashes to a field element; they get shares of
//!    `a_j^t b_i`.
//! 2. A coin gives two combinations of the three: `a`, `a'` and the products `c`, `c'`. What a cheater learnt about
//!    bits of the `a_j^t` by not being caught says nothing about the combinations.
//! 3. `a, b, c, a', c'` are authenticated.
//! 4. A coin gives `s`. Open `v = s a - a'`, then `s c - c' - v b`, which must be zero; another coin gives weights for
//!    the MACs on all that was opened.
//!
//! An element of 256 random bits is uniform in both fields but for less than 2^-120.

use mpc_field::ScalarField;
use mpc_ot::OtError;
use mpc_ot::base_ot::{BaseReceiver, BaseSender, RECEIVER_BYTES_PER_TRANSFER};
use mpc_ot::hash::{TweakRange, hash_in_place};
use mpc_ot::linear::{KeyHolder, LinearField, MacHolder, base_choices};
use mpc_ot::prg::Prg;
use zeroize::{Zeroize, Zeroizing};

use arx_wire::hash::LabelledHash;

use super::PreprocessingError;
use super::extension::{Extension, Rows};
use super::keys::KeySet;
use super::party::{Cheat, Party};
use crate::channel::{Channel, MAX_PAYLOAD_BYTES, PartyId, PhaseKind};
use crate::session::Broadcast;

/// Elements that are combined to a first factor.
const COMBINED: usize = 3;
/// Authenticated bits of an element, and blocks of 128 of them.
const ELEMENT_BITS: usize = 256;
const ELEMENT_BLOCKS: usize = ELEMENT_BITS / 128;
/// Authenticated bits that a triple takes of each party.
pub(super) const BITS_PER_TRIPLE: usize = COMBINED * ELEMENT_BITS;
/// Stages of the hash's tweaks, one for each word of a field element.
const STAGES: [u8; 4] = [3, 4, 5, 6];
/// Triples whose messages go together.
const STRETCH: usize = 16;

/// One party's part of authenticated scalars. Wiped when dropped.
pub struct AuthScalars<F: ScalarField> {
    /// `x_me`.
    pub shares: Vec<F>,
    /// `M_me^j` by party `j`; empty for this party itself.
    pub macs: Vec<Vec<F>>,
    /// `K_me^j` by party `j`; empty for this party itself.
    pub keys: Vec<Vec<F>>,
}

/// One party's part of triples `c = a b`.
pub struct ScalarTriples<F: ScalarField> {
    /// The first factors.
    pub a: AuthScalars<F>,
    /// The second factors.
    pub b: AuthScalars<F>,
    /// The products.
    pub c: AuthScalars<F>,
}

/// The keys to scalars of a batch: made once, by [`Producer::scalar_keys`](super::Producer::scalar_keys).
pub struct ScalarKeys<F: ScalarField> {
    global_key: F,
    peers: Vec<(PartyId, MacHolder, KeyHolder)>,
}

impl<F: ScalarField> AuthScalars<F> {
    /// How many.
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// Puts more of the same party and batch behind these.
    pub fn append(&mut self, mut more: Self) {
        self.shares.append(&mut more.shares);
        for (to, from) in [(&mut self.macs, &mut more.macs), (&mut self.keys, &mut more.keys)] {
            to.resize_with(to.len().max(from.len()), Vec::new);
            to.iter_mut().zip(from).for_each(|(to, from)| to.append(from));
        }
    }

    /// A copy of some of them, as far as they are there.
    pub fn slice(&self, range: core::ops::Range<usize>) -> Self {
        let cut = |column: &Vec<F>| column.get(range.clone()).unwrap_or_default().to_vec();
        let shares = cut(&self.shares);
        Self { shares, macs: self.macs.iter().map(cut).collect(), keys: self.keys.iter().map(cut).collect() }
    }

    /// Takes the first `count`; `None`, and all are kept, if there are not as many.
    pub fn take_first(&mut self, count: usize) -> Option<Self> {
        if count > self.len() {
            return None;
        }
        let cut = |column: &mut Vec<F>| column.drain(..count.min(column.len())).collect();
        let shares = cut(&mut self.shares);
        let (macs, keys) = (self.macs.iter_mut().map(cut).collect(), self.keys.iter_mut().map(cut).collect());
        Some(Self { shares, macs, keys })
    }
}

impl<F: ScalarField> std::fmt::Debug for AuthScalars<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "AuthScalars([{} scalars])", self.len())
    }
}

impl<F: ScalarField> Default for AuthScalars<F> {
    fn default() -> Self {
        Self { shares: Vec::new(), macs: Vec::new(), keys: Vec::new() }
    }
}

impl<F: ScalarField> Drop for AuthScalars<F> {
    fn drop(&mut self) {
        self.shares.zeroize();
        self.macs.iter_mut().chain(&mut self.keys).for_each(|column| column.zeroize());
    }
}

impl<F: ScalarField> Drop for ScalarKeys<F> {
    fn drop(&mut self) {
        self.global_key.zeroize();
    }
}

fn encode<F: LinearField>(elements: &[F]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(elements.len() * F::BYTES);
    elements.iter().for_each(|element| element.write(&mut bytes));
    bytes
}

fn decode<F: LinearField>(party: PartyId, bytes: &[u8]) -> Result<Vec<F>, PreprocessingError> {
    let read = |bytes| F::read(bytes).ok_or(OtError::InvalidElement { what: "a scalar" });
    let elements = bytes.chunks(F::BYTES).map(read).collect::<Result<_, _>>();
    elements.map_err(|source| PreprocessingError::Transfer { party, stage: "scalars", source })
}

fn decode_all<F: LinearField>(broadcast: &Broadcast) -> Result<Vec<Vec<F>>, PreprocessingError> {
    broadcast.iter().map(|(party, bytes)| decode(party, bytes)).collect()
}

/// Weights that all know, from a coin.
fn weights<F: LinearField>(seed: &[u8; 16], count: usize) -> Vec<F> {
    let mut words = vec![0; count * F::STREAM_WORDS];
    Prg::new(seed).fill(0, &mut words);
    words.chunks(F::STREAM_WORDS).map(F::from_stream).collect()
}

fn draw<F: LinearField, C: Channel>(party: &mut Party<C>, count: usize) -> Vec<F> {
    let mut words = Zeroizing::new(vec![0; count * F::STREAM_WORDS]);
    party.draw_choices(&mut words);
    words.chunks(F::STREAM_WORDS).map(F::from_stream).collect()
}

fn inner<F: ScalarField>(x: &[F], y: &[F]) -> F {
    x.iter().zip(y).fold(F::ZERO, |sum, (x, y)| sum + *x * *y)
}

impl<F: ScalarField + LinearField> ScalarKeys<F> {
    pub(super) async fn set_up<C: Channel>(
        party: &mut Party<C>,
        number: u8,
    ) -> Result<Self, PreprocessingError> {
        let me = party.me();
        let seed = party.secret("scalar key", number.into());
        let global_key = F::from_stream(&Prg::new(&super::first_half(&seed)).first::<4>());
        let session = |key_holder: PartyId, mac_holder: PartyId| {
            let hash = LabelledHash::new("arx/v1/scalar-transfers").bytes(party.session.id());
            hash.u8(number).u8(party.parties()).u8(key_holder.0).u8(mac_holder.0).finish()
        };
        let choices = base_choices(global_key);
        let mut ends = Vec::new();
        for peer in party.peers() {
            let secret = |purpose| party.secret(purpose, u32::from(peer.0) << 8 | u32::from(number));
            let receiver = BaseReceiver::new(session(me, peer), &choices, &secret("scalar receiver"));
            let sender = BaseSender::new(session(peer, me), &secret("scalar sender"));
            ends.push((peer, receiver, sender));
        }
        let message = |(peer, receiver, sender): &(PartyId, BaseReceiver, BaseSender)| {
            let mut message = receiver.message();
            message.extend(sender.message());
            (*peer, message)
        };
        let received = party.scatter(PhaseKind::Transfers, ends.iter().map(message).collect()).await?;
        let mut peers = Vec::new();
        for ((peer, receiver, sender), (_, message)) in ends.iter().zip(&received) {
            let refuse =
                |source| PreprocessingError::Transfer { party: *peer, stage: "base transfers", source };
            let (for_sender, for_receiver) = message.split_at(F::BITS * RECEIVER_BYTES_PER_TRANSFER);
            let transfers = sender.seeds(F::BITS, for_sender).map_err(refuse)?;
            let chosen = receiver.seeds(for_receiver).map_err(refuse)?;
            let mac_holder = MacHolder::new::<F>(&transfers).map_err(refuse)?;
            peers.push((*peer, mac_holder, KeyHolder::new(global_key, &chosen).map_err(refuse)?));
        }
        Ok(Self { global_key, peers })
    }

    /// `D_me` of the field.
    pub const fn global_key(&self) -> F {
        self.global_key
    }

    /// Random authenticated scalars.
    pub(super) async fn random<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        count: usize,
    ) -> Result<AuthScalars<F>, PreprocessingError> {
        let elements = draw(party, count);
        self.authenticate(party, elements).await
    }

    /// Figure 6: MACs on this party's elements, and keys to everybody's.
    async fn authenticate<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        mut elements: Vec<F>,
    ) -> Result<AuthScalars<F>, PreprocessingError> {
        const STAGE: &str = "the check of authenticated scalars";
        let count = elements.len();
        elements.extend(draw::<F, C>(party, 1));
        let columns = || vec![Vec::new(); party.parties().into()];
        let (mut macs, mut keys): (Vec<Vec<F>>, Vec<Vec<F>>) = (columns(), columns());
        // As many elements in a message as fit.
        for elements in elements.chunks((MAX_PAYLOAD_BYTES / (F::BITS * F::BYTES)).max(1)) {
            let mut messages = Vec::new();
            for (peer, mac_holder, _) in &mut self.peers {
                let mut message = Vec::new();
                let towards = match party.cheat {
                    Some(Cheat::OtherElementsTowards(victim)) if victim == *peer => {
                        elements.iter().map(|element| *element + F::ONE).collect()
                    }
                    _ => elements.to_vec(),
                };
                macs[peer.index()].extend(mac_holder.extend(&towards, &mut message));
                messages.push((*peer, message));
            }
            let received = party.scatter(PhaseKind::Corrections, messages).await?;
            for ((peer, _, key_holder), (_, message)) in self.peers.iter_mut().zip(&received) {
                let made = key_holder.extend(elements.len(), message).map_err(|source| {
                    PreprocessingError::Transfer { party: *peer, stage: "linear evaluation", source }
                })?;
                keys[peer.index()].extend::<Vec<F>>(made);
            }
        }
        let mut weights = weights::<F>(&party.toss().await?, count);
        weights.push(F::ONE);
        let mine = encode(&[inner(&weights, &elements)]);
        let sums = party.session.broadcast(PhaseKind::Responses, mine).await?;
        let sums = decode_all::<F>(&sums)?;
        let answer = |(peer, ..): &(PartyId, _, _)| (*peer, encode(&[inner(&weights, &macs[peer.index()])]));
        let received = party.scatter(PhaseKind::Responses, self.peers.iter().map(answer).collect()).await?;
        for (peer, answer) in received {
            let expected = inner(&weights, &keys[peer.index()]) + sums[peer.index()][0] * self.global_key;
            if decode::<F>(peer, &answer)? != [expected] {
                return Err(PreprocessingError::WrongMac { party: peer, stage: STAGE });
            }
        }
        elements.truncate(count);
        macs.iter_mut().chain(&mut keys).for_each(|column| column.truncate(count));
        Ok(AuthScalars { shares: elements, macs, keys })
    }

    /// Triples; `first_bit` counts the bits used for scalars before in the batch.
    pub(super) async fn triples<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        keys: &mut KeySet,
        count: usize,
        first_bit: u64,
    ) -> Result<ScalarTriples<F>, PreprocessingError> {
        let parties = usize::from(party.parties());
        let empty = || AuthScalars {
            shares: Vec::new(),
            macs: vec![Vec::new(); parties],
            keys: vec![Vec::new(); parties],
        };
        let mut all = ScalarTriples { a: empty(), b: empty(), c: empty() };
        while all.c.shares.len() < count {
            let done = all.c.shares.len();
            let stretch = STRETCH.min(count - done);
            let first_bit = first_bit + (done * BITS_PER_TRIPLE) as u64;
            let [a, b, c] = self.stretch(party, keys, stretch, first_bit).await?;
            for (all, part) in [&mut all.a, &mut all.b, &mut all.c].into_iter().zip([a, b, c]) {
                all.shares.extend(&part.shares);
                let columns = part.macs.iter().chain(&part.keys);
                for (all, part) in all.macs.iter_mut().chain(&mut all.keys).zip(columns) {
                    all.extend(part);
                }
            }
        }
        Ok(all)
    }

    async fn stretch<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        keys: &mut KeySet,
        count: usize,
        first_bit: u64,
    ) -> Result<[AuthScalars<F>; 3], PreprocessingError> {
        // 1. and 2.
        let b: Zeroizing<Vec<F>> = Zeroizing::new(draw(party, count));
        let (elements, products) = multiply(party, keys, &b, first_bit).await?;
        let coins = weights::<F>(&party.toss().await?, 2 * COMBINED);
        let combine = |elements: &[F], coins: &[F]| -> Vec<F> {
            elements.chunks(COMBINED).map(|elements| inner(coins, elements)).collect()
        };
        let (first, second) = coins.split_at(COMBINED);
        // 3. a, b, c, a', c', one after the other.
        let columns = [
            combine(&elements, first),
            b.to_vec(),
            combine(&products, first),
            combine(&elements, second),
            combine(&products, second),
        ];
        let made = self.authenticate(party, columns.concat()).await?;
        let column = |index: usize| {
            let cut =
                |column: &Vec<F>| column.get(index * count..(index + 1) * count).unwrap_or_default().to_vec();
            AuthScalars {
                shares: cut(&made.shares),
                macs: made.macs.iter().map(cut).collect(),
                keys: made.keys.iter().map(cut).collect(),
            }
        };
        let [a, b, c, other_a, other_c] = core::array::from_fn(column);
        self.sacrifice(party, [&a, &b, &c, &other_a, &other_c]).await?;
        Ok([a, b, c])
    }

    /// 4.: opens `s a - a'` and `s c - c' - v b`, the second of which must be zero, and checks the MACs on both.
    async fn sacrifice<C: Channel>(
        &self,
        party: &mut Party<C>,
        [a, b, c, other_a, other_c]: [&AuthScalars<F>; 5],
    ) -> Result<(), PreprocessingError> {
        const STAGE: &str = "the sacrifice of scalar triples";
        let count = a.shares.len();
        let s = weights::<F>(&party.toss().await?, 1)[0];
        let masked = |a: &[F], other: &[F]| -> Vec<F> {
            a.iter().zip(other).map(|(a, other)| s * *a - *other).collect()
        };
        let opened =
            party.session.broadcast(PhaseKind::Open, encode(&masked(&a.shares, &other_a.shares))).await?;
        let masks = decode_all::<F>(&opened)?;
        let v: Vec<F> =
            (0..count).map(|k| masks.iter().fold(F::ZERO, |sum, shares| sum + shares[k])).collect();
        let rest = |c: &[F], other: &[F], b: &[F]| -> Vec<F> {
            (0..c.len()).map(|k| s * c[k] - other[k] - v[k] * b[k]).collect()
        };
        let zeros = rest(&c.shares, &other_c.shares, &b.shares);
        let opened = party.session.broadcast(PhaseKind::Open, encode(&zeros)).await?;
        let zeros = decode_all::<F>(&opened)?;
        let weights = weights::<F>(&party.toss().await?, 2 * count);
        let (for_masks, for_zeros) = weights.split_at(count);
        let combined = |column: fn(&AuthScalars<F>) -> &Vec<Vec<F>>, peer: PartyId| {
            let [a, b, c, other_a, other_c] =
                [a, b, c, other_a, other_c].map(|scalars| column(scalars)[peer.index()].as_slice());
            inner(for_masks, &masked(a, other_a)) + inner(for_zeros, &rest(c, other_c, b))
        };
        let answers = party.peers().map(|peer| (peer, encode(&[combined(|x| &x.macs, peer)]))).collect();
        for (peer, answer) in party.scatter(PhaseKind::Check, answers).await? {
            let opened = inner(for_masks, &masks[peer.index()]) + inner(for_zeros, &zeros[peer.index()]);
            if decode::<F>(peer, &answer)? != [combined(|x| &x.keys, peer) + opened * self.global_key] {
                return Err(PreprocessingError::WrongMac { party: peer, stage: STAGE });
            }
        }
        let is_zero = |k: usize| zeros.iter().fold(F::ZERO, |sum, shares| sum + shares[k]) == F::ZERO;
        if (0..count).all(is_zero) {
            Ok(())
        } else {
            Err(PreprocessingError::Products { what: "scalar triples" })
        }
    }
}

/// Figure 4, the products alone: this party's random elements, three for each of its `b`, and its shares of the
/// products of the sums.
async fn multiply<F: ScalarField + LinearField, C: Channel>(
    party: &mut Party<C>,
    keys: &mut KeySet,
    b: &[F],
    first_bit: u64,
) -> Result<(Vec<F>, Vec<F>), PreprocessingError> {
    let (me, session) = (party.me(), *party.session.id());
    let global_key = keys.global_key();
    let elements = b.len() * COMBINED;
    let mut extension = Extension::new(elements * ELEMENT_BLOCKS);
    extension.run(party, &mut [keys]).await?;
    let rows = Rows::of(&extension, 0, 0, elements * ELEMENT_BLOCKS);
    let choice = |bit: usize| subtle::Choice::from((extension.choices()[bit / 128] >> (bit % 128) & 1) as u8);
    // sum 2^h f(h) of each element's bits.
    let sums = |value: &dyn Fn(usize) -> F| -> Vec<F> {
        let sum = |element: usize| {
            let bits = element * ELEMENT_BITS..(element + 1) * ELEMENT_BITS;
            bits.rev().fold(F::ZERO, |sum, bit| sum.shifted() + value(bit))
        };
        (0..elements).map(sum).collect()
    };
    let a = sums(&|bit| F::ONE.if_set(choice(bit)));
    let mut products: Vec<F> = a.iter().enumerate().map(|(index, a)| *a * b[index / COMBINED]).collect();
    let hashed =
        |words: &[mpc_field::Gf128], offset: mpc_field::Gf128, key_holder: PartyId, mac_holder: PartyId| {
            let words = STAGES.map(|stage| {
                let mut hashed: Vec<u128> = words.iter().map(|word| (*word + offset).to_bits()).collect();
                hash_in_place(
                    TweakRange::new(&session, key_holder.0, mac_holder.0, stage),
                    first_bit,
                    &mut hashed,
                );
                Zeroizing::new(hashed)
            });
            let element =
                |bit: usize| F::from_stream(&[words[0][bit], words[1][bit], words[2][bit], words[3][bit]]);
            Zeroizing::new((0..words[0].len()).map(element).collect::<Vec<F>>())
        };
    let mut messages = Vec::new();
    for (peer, _, keys) in rows.iter() {
        let zero = hashed(keys, mpc_field::Gf128::ZERO, me, peer);
        let one = hashed(keys, global_key, me, peer);
        let message: Vec<F> =
            (0..zero.len()).map(|bit| zero[bit] - one[bit] + b[bit / (ELEMENT_BITS * COMBINED)]).collect();
        messages.push((peer, encode(&message)));
        products.iter_mut().zip(sums(&|bit| zero[bit])).for_each(|(product, sum)| *product -= sum);
    }
    let received = party.scatter(PhaseKind::Products, messages).await?;
    for ((peer, macs, _), (_, message)) in rows.iter().zip(&received) {
        let chosen = hashed(macs, mpc_field::Gf128::ZERO, peer, me);
        let message = decode::<F>(peer, message)?;
        let sum = sums(&|bit| chosen[bit] + message[bit].if_set(choice(bit)));
        products.iter_mut().zip(sum).for_each(|(product, sum)| *product += sum);
    }
    Ok((a, products))
}
