//! Three-party replicated sharing, secure with abort against one malicious party.
//!
//! The semi-honest engine ([`crate::replicated`]) with every multiplication verified before anything is opened
//! ([FLNW17], [ABFLLNOWW17]), every opening compared by the two honest parties, and every private vector known to
//! two parties.
//!
//! - **What a cheater can do to a multiplication** of replicated shares is to add an error of its choice to the
//!   product; the shares stay consistent and nothing is shown ([FLNW17], section 3). So multiplications are done
//!   first and verified together ([`Protocol::check`]):
//!   1. `m B + B` random triples are made with semi-honest multiplications, `m` the number of products to verify.
//!   2. A coin, tossed after all of that is fixed, permutes them. `B` of them are opened and looked at.
//!   3. Each product `z = x y` is compared with its `B` triples `(a, b, c)`: open `rho = x + a` and `sigma = y + b`;
//!      then `w = z + c + sigma a + rho b + rho sigma` is zero if both, or neither, have an error.
//!   4. That all `w` are zero shows without opening them: `P_i`'s two shares must add up to the one that `P_(i+1)`
//!      has and it lacks, which both hash.
//!
//!   A cheater passes if its bad triples are exactly those that fall to its bad products. For `k` bad products that
//!   is one choice of `k B` triples out of all, so the probability is `1 / C(m B + B, k B)`, at most `1 / C(m B +
//!   B, B)`; `B` is the smallest for which that is below `2^-40` ([`bucket_size`]).
//! - **Opening.** `P_i` learns the share it lacks from one party, and both honest parties' transcripts have what
//!   they came to. Transcripts are compared before an opened value is used.
//! - **Private vectors.** `P_i`'s vector is the share that `P_(i-1)` holds too, so `P_i` cannot change it later; what
//!   is said about it (tags, and the bindings of states) is said by both.
//! - **States.** `T_b = g_(0,b) ^ g_(1,b) ^ g_(2,b)` with `g_(i,b) = H(L("arx/v1/verified/state") || i || b || H(c)
//!   || p_i || q_i)[..16]`, where `q_i` are the state's 128-bit secrets of `P_i` per block. `P_i` broadcasts its `g_i`,
//!   which `P_(i-1)` knows; another `p_i`, `q_i` or `c` than at the writing needs a second preimage.

use arx_wire::bits::PackedBits;
use arx_wire::coin::CoinName;
use arx_wire::hash::{LabelledHash, sha256};
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::{Gf128, polynomial_hash};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::channel::{Channel, PartyId, PhaseKind};
use crate::protocol::{PrivateVector, Protocol, StateVector};
use crate::replicated::{PARTIES, Replicated, Share, next, previous, towards_previous};
use crate::session::{Route, Session};
use crate::signature::{Signatures, SigningKey};
use crate::{ProtocolError, coin};

/// Products after which a check is made even if nothing is to be opened.
const PRODUCTS_PER_CHECK: usize = 1 << 20;

/// The error probability of a check is at most two to the minus this.
const STATISTICAL_BITS: u32 = 40;

/// How many triples verify each of `products` products: the smallest `B` with `C(m B + B, B) >= 2^40`.
pub fn bucket_size(products: usize) -> usize {
    let enough = |bucket: usize| {
        let (mut choices, all) = (1_u128, products as u128 * bucket as u128);
        for drawn in 1..=bucket as u128 {
            // C(all + drawn, drawn) from C(all + drawn - 1, drawn - 1): the division leaves no rest.
            choices = choices.saturating_mul(all + drawn) / drawn;
            if choices >= 1 << STATISTICAL_BITS {
                return true;
            }
        }
        false
    };
    // C(2 B, B) is above 2^40 for B = 22, and more products need no larger buckets.
    (1..22).find(|bucket| enough(*bucket)).unwrap_or(22)
}

/// One party of the protocol.
pub struct Verified<C> {
    engine: Replicated<C>,
    /// Factors and products that no check covers yet.
    left: Zeroizing<Vec<Share>>,
    right: Zeroizing<Vec<Share>>,
    products: Zeroizing<Vec<Share>>,
    seed: Zeroizing<[u8; 32]>,
    checks: u32,
}

/// What one party knows of one entry: its own vector, and that of the next party.
pub struct Entry {
    own: PrivateVector,
    next: PrivateVector,
}

/// The same of a state.
pub struct StateEntry {
    own: StateVector,
    next: StateVector,
}

impl<C: Channel> Verified<C> {
    /// Agrees on pairwise seeds: one round. `seed` is this party's own randomness, fresh for the session.
    ///
    /// # Errors
    /// [`ProtocolError::WrongPartyCount`]; errors of peers.
    pub async fn start(session: Session<C>, seed: [u8; 32]) -> Result<Self, ProtocolError> {
        let own = |label| LabelledHash::new(label).bytes(session.id()).bytes(&seed).finish_secret();
        let (coins, shares) = (own("arx/v1/verified/coins"), own("arx/v1/verified/shares"));
        let engine = Replicated::start(session, *shares).await?;
        let none = || Zeroizing::new(Vec::new());
        Ok(Self { engine, left: none(), right: none(), products: none(), seed: coins, checks: 0 })
    }

    /// Gives the engine a key to sign with. All parties have their shares of the same one.
    #[must_use]
    pub fn with_signing_key(mut self, key: Option<SigningKey>) -> Self {
        self.engine = self.engine.with_signing_key(key);
        self
    }

    /// Ends the engine and gives the session back.
    pub fn into_session(self) -> Session<C> {
        self.engine.into_session()
    }

    async fn toss(&mut self) -> Result<[u8; 32], ProtocolError> {
        let name = CoinName::Challenge(self.checks);
        let value = LabelledHash::new("arx/v1/verified/coin").bytes(&*self.seed).u32(self.checks);
        self.checks = self.checks.saturating_add(1);
        let session = self.engine.session();
        let statement = session.transcript_digest();
        let diverged = |party| ProtocolError::TranscriptDiverged { party };
        coin::toss(session, name, &value.finish_secret(), &statement, diverged).await
    }

    /// Verifies all products that no check covers yet.
    async fn verify_products(&mut self) -> Result<(), ProtocolError> {
        let [x, y, z] = [&mut self.left, &mut self.right, &mut self.products].map(std::mem::take);
        let bucket = bucket_size(z.len());
        let count = z.len() * bucket + bucket;
        let engine = &mut self.engine;
        let mut a = Zeroizing::new(engine.random(count).await?);
        let mut b = Zeroizing::new(engine.random(count).await?);
        let mut c = Zeroizing::new(engine.and_layer(&a, &b).await?);
        let coin = self.toss().await?;
        let engine = &mut self.engine;
        permute(&coin, [&mut a, &mut b, &mut c]);

        let (looked, a) = a.split_at(bucket);
        let mut opening = looked.to_vec();
        let (looked, b) = b.split_at(bucket);
        opening.extend_from_slice(looked);
        let (looked, c) = c.split_at(bucket);
        opening.extend_from_slice(looked);
        // Each product meets the triples of its bucket, one after another.
        let of_bucket = |index: usize| index / bucket;
        for (index, (a, b)) in a.iter().zip(b).enumerate() {
            opening.push(engine.xor(&x[of_bucket(index)], a));
            opening.push(engine.xor(&y[of_bucket(index)], b));
        }
        let opened = engine.open(&opening).await?;
        opening.zeroize();
        // What was opened must be alike at both honest parties before anything computed from it is hashed.
        engine.session().confirm().await?;
        let bit = |index: usize| opened.bit(index as u32).unwrap_or_default();
        if (0..bucket).any(|index| bit(index) & bit(bucket + index) != bit(2 * bucket + index)) {
            return Err(ProtocolError::WrongProduct);
        }
        let mut own = LabelledHash::new("arx/v1/verified/zero").bytes(engine.session().id());
        let mut theirs = own.clone();
        for (index, (a, (b, c))) in a.iter().zip(b.iter().zip(c)).enumerate() {
            let (rho, sigma) = (bit(3 * bucket + 2 * index), bit(3 * bucket + 2 * index + 1));
            let (sigma_a, rho_b) = (engine.and_public(a, sigma), engine.and_public(b, rho));
            let mut w = engine.xor(&z[of_bucket(index)], c);
            for term in [sigma_a, rho_b] {
                w = engine.xor(&w, &term);
            }
            w = engine.xor_public(&w, rho & sigma);
            own = own.u8(w.first() ^ w.second());
            theirs = theirs.u8(w.second());
        }
        let session = engine.session();
        let route = Route { to: next(session.me()), from: previous(session.me()) };
        let (_, received) = session.exchange(PhaseKind::Check, route, &own.finish()).await?;
        let alike = bool::from(received.as_slice().ct_eq(&theirs.finish()));
        if !alike {
            return Err(ProtocolError::WrongProduct);
        }
        // Whoever found an error is gone, and nobody goes on without it.
        session.confirm().await?;
        Ok(())
    }

    /// `g_(i,b)` of a state's vector, for every block.
    fn bindings(owner: PartyId, c: &PackedBits, vector: &StateVector) -> Vec<Gf128> {
        let c = sha256(c.as_bytes());
        let binding = |block: usize| {
            let hash = LabelledHash::new("arx/v1/verified/state").u8(owner.0).u64(block as u64).bytes(&c);
            let hash = hash.u32(vector.pad.len()).bytes(vector.pad.as_bytes());
            vector.tag_pads.iter().fold(hash, |hash, q| hash.bytes(&q.to_bytes())).finish_gf128()
        };
        (0..vector.tag_pads.len()).map(binding).collect()
    }

    /// Everybody's bindings of the states added up, one list per state. Those of the next party are compared with
    /// what this one knows.
    async fn sum_bindings(
        &mut self,
        states: &[(&PackedBits, &StateEntry)],
    ) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        let me = self.engine.session().me();
        let of = |owner: PartyId, pick: fn(&StateEntry) -> &StateVector| -> Vec<u8> {
            let all = states.iter().flat_map(|(c, entry)| Self::bindings(owner, c, pick(entry)));
            all.flat_map(Gf128::to_bytes).collect()
        };
        let (own, theirs) = (of(me, |entry| &entry.own), of(next(me), |entry| &entry.next));
        let broadcast = self.engine.session().broadcast(PhaseKind::StateTags, own).await?;
        let mut sums = vec![Gf128::ZERO; theirs.len() / 16];
        for (party, payload) in broadcast.iter() {
            if party == next(me) && payload != theirs {
                return Err(ProtocolError::WrongShare { party });
            }
            let elements = payload.as_chunks::<16>().0.iter();
            sums.iter_mut().zip(elements).for_each(|(sum, bytes)| *sum += Gf128::from_bytes(*bytes));
        }
        let mut sums = sums.into_iter();
        let of_state = |(_, entry): &(&PackedBits, &StateEntry)| entry.own.tag_pads.len();
        Ok(states.iter().map(|state| sums.by_ref().take(of_state(state)).collect()).collect())
    }
}

/// A uniformly random permutation of three lists alike, from a coin: Fisher and Yates, with unbiased draws.
fn permute(coin: &[u8; 32], lists: [&mut [Share]; 3]) {
    let key = LabelledHash::new("arx/v1/verified/permutation").bytes(coin).finish();
    let mut stream = ChaCha20::new(&key.into(), &[0; 12].into());
    let mut draw = |below: u64| loop {
        let mut bytes = [0; 8];
        stream.apply_keystream(&mut bytes);
        let value = u64::from_le_bytes(bytes);
        // The coin is public, and so is how often a draw is repeated.
        if value < u64::MAX - u64::MAX % below {
            break (value % below) as usize;
        }
    };
    let [first, second, third] = lists;
    for place in (1..first.len()).rev() {
        let other = draw(place as u64 + 1);
        first.swap(place, other);
        second.swap(place, other);
        third.swap(place, other);
    }
}

impl<C: Channel> Protocol for Verified<C> {
    type Channel = C;
    type Share = Share;
    type Entry = Entry;
    type StateEntry = StateEntry;

    fn session(&mut self) -> &mut Session<C> {
        self.engine.session()
    }

    #[inline]
    fn xor(&mut self, left: &Share, right: &Share) -> Share {
        self.engine.xor(left, right)
    }

    #[inline]
    fn xor_public(&mut self, share: &Share, public: bool) -> Share {
        self.engine.xor_public(share, public)
    }

    #[inline]
    fn and_public(&mut self, share: &Share, public: bool) -> Share {
        self.engine.and_public(share, public)
    }

    #[inline]
    fn constant(&mut self, bit: bool) -> Share {
        self.engine.constant(bit)
    }

    async fn and_layer(&mut self, left: &[Share], right: &[Share]) -> Result<Vec<Share>, ProtocolError> {
        let mut products = Vec::with_capacity(left.len());
        if left.len() != right.len() {
            return self.engine.and_layer(left, right).await;
        }
        for (left, right) in left.chunks(PRODUCTS_PER_CHECK).zip(right.chunks(PRODUCTS_PER_CHECK)) {
            let made = self.engine.and_layer(left, right).await?;
            self.left.extend_from_slice(left);
            self.right.extend_from_slice(right);
            self.products.extend_from_slice(&made);
            products.extend(made);
            if self.products.len() >= PRODUCTS_PER_CHECK {
                self.check().await?;
            }
        }
        Ok(products)
    }

    async fn random(&mut self, count: usize) -> Result<Vec<Share>, ProtocolError> {
        self.engine.random(count).await
    }

    async fn enter_all(
        &mut self,
        mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> Result<(Vec<Entry>, Vec<StateEntry>), ProtocolError> {
        let mut message = Zeroizing::new(Vec::new());
        for vector in &mine {
            message.extend(vector.pad.as_bytes());
            message.extend(vector.mask.to_bytes());
        }
        for state in &states {
            message.extend(state.pad.as_bytes());
            state.tag_pads.iter().for_each(|pad| message.extend(pad.to_bytes()));
        }
        let session = self.engine.session();
        let route = towards_previous(session.me());
        let (phase, received) = session.exchange(PhaseKind::Enter, route, &message).await?;
        let received = Zeroizing::new(received);
        let mut rest = &received[..];
        let mut take = |length: usize| {
            let (head, tail) = rest.split_at(length.min(rest.len()));
            rest = tail;
            head
        };
        let malformed = |_| ProtocolError::Malformed {
            party: route.from,
            phase,
            what: "a private vector has bits set past its end",
        };
        let element = |bytes: &[u8]| {
            let mut element = [0; 16];
            bytes.iter().zip(&mut element).for_each(|(from, to)| *to = *from);
            Gf128::from_bytes(element)
        };
        let mut entries = Vec::with_capacity(mine.len());
        for own in mine {
            let bits = own.pad.len();
            let pad = PackedBits::new(bits, take(PackedBits::bytes_for(bits)).to_vec()).map_err(malformed)?;
            entries.push(Entry { own, next: PrivateVector { pad, mask: element(take(16)) } });
        }
        let mut state_entries = Vec::with_capacity(states.len());
        for own in states {
            let bits = own.pad.len();
            let pad = PackedBits::new(bits, take(PackedBits::bytes_for(bits)).to_vec()).map_err(malformed)?;
            let tag_pads: Vec<_> = own.tag_pads.iter().map(|_| element(take(16))).collect();
            let next = StateVector { key: own.key, pad, tag_pads: tag_pads.into() };
            state_entries.push(StateEntry { own, next });
        }
        Ok((entries, state_entries))
    }

    fn private_randomness(&mut self, out: &mut [u8]) {
        self.engine.private_randomness(out);
    }

    async fn enter_bits(&mut self, mine: &PackedBits) -> Result<Vec<Vec<Share>>, ProtocolError> {
        // A party's bits are the share of its index, which the previous party holds from then on as well.
        self.engine.enter_bits(mine).await
    }

    fn pad_sum(&mut self, entry: &Entry) -> Vec<Share> {
        Share::from_parts(&entry.own.pad, &entry.next.pad)
    }

    fn state_pad_sum(&mut self, entry: &StateEntry) -> Vec<Share> {
        Share::from_parts(&entry.own.pad, &entry.next.pad)
    }

    async fn make_state_tags(
        &mut self,
        writes: &[(&PackedBits, &StateEntry)],
    ) -> Result<Option<Vec<Vec<Gf128>>>, ProtocolError> {
        self.sum_bindings(writes).await.map(Some)
    }

    async fn check_states(
        &mut self,
        stored: &[(&PackedBits, &[Gf128], &StateEntry)],
    ) -> Result<(), ProtocolError> {
        if stored.is_empty() {
            return Ok(());
        }
        let states: Vec<_> = stored.iter().map(|(c, _, entry)| (*c, *entry)).collect();
        let sums = self.sum_bindings(&states).await?;
        let fits = stored.iter().zip(&sums).all(|((_, tags, _), sums)| *tags == sums.as_slice());
        // Both honest parties have seen the same bindings before either goes on.
        self.engine.session().confirm().await?;
        if fits { Ok(()) } else { Err(ProtocolError::StateMismatch) }
    }

    async fn open_tags(&mut self, entries: &[(Gf128, &Entry)]) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        self.check().await?;
        let tag = |h: Gf128, vector: &PrivateVector| {
            (polynomial_hash(h, vector.pad.as_bytes(), vector.pad.len()) + vector.mask).to_bytes()
        };
        // Everybody's own tags, then those of the next party, which it knows as well.
        let own = entries.iter().flat_map(|(h, entry)| tag(*h, &entry.own));
        let next_tags = entries.iter().flat_map(|(h, entry)| tag(*h, &entry.next));
        let message: Vec<u8> = own.chain(next_tags).collect();
        let half = entries.len() * 16;
        let session = self.engine.session();
        let me = session.me();
        let broadcast = session.broadcast(PhaseKind::Tags, message).await?;
        let payloads: Vec<&[u8]> = broadcast.iter().map(|(_, payload)| payload).collect();
        for (owner, payload) in broadcast.iter() {
            let neighbour = previous(owner);
            let told = payloads.get(neighbour.index()).and_then(|payload| payload.get(half..));
            if payload.get(..half) != told {
                // One of the two lies. If this party is one of them, it knows which.
                return Err(match me {
                    me if me == owner => ProtocolError::WrongShare { party: neighbour },
                    me if me == neighbour => ProtocolError::WrongShare { party: owner },
                    _ => ProtocolError::ConflictingTags { owner, neighbour },
                });
            }
        }
        let mut tags = vec![Vec::with_capacity(PARTIES.into()); entries.len()];
        for payload in payloads {
            let elements = payload.as_chunks::<16>().0.iter();
            tags.iter_mut().zip(elements).for_each(|(tags, bytes)| tags.push(Gf128::from_bytes(*bytes)));
        }
        self.engine.session().confirm().await?;
        Ok(tags)
    }

    async fn check(&mut self) -> Result<(), ProtocolError> {
        if self.products.is_empty() { Ok(()) } else { self.verify_products().await }
    }

    async fn open(&mut self, shares: &[Share]) -> Result<PackedBits, ProtocolError> {
        self.check().await?;
        let opened = self.engine.open(shares).await?;
        self.engine.session().confirm().await?;
        Ok(opened)
    }

    async fn open_nonces(&mut self, messages: Vec<Vec<u8>>) -> Result<Signatures, ProtocolError> {
        self.check().await?;
        self.engine.open_nonces(messages).await
    }

    async fn sign(&mut self, signatures: Signatures) -> Result<Vec<[u8; 64]>, ProtocolError> {
        self.engine.sign(signatures).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_as_small_as_the_bound_allows() {
        // C(m B + B, B) >= 2^40 by hand: C(44, 22) = 2.1e12; C(3 * 2^9 + 3 .. ) and so on.
        for (products, expected) in [(1, 22), (1 << 20, 2), (1 << 30, 2), (1 << 14, 3), (1 << 10, 4)] {
            assert_eq!(bucket_size(products), expected, "{products}");
        }
        for products in 1..3000 {
            assert!(bucket_size(products + 1) <= bucket_size(products));
        }
    }

    #[test]
    fn permutations_are_uniform() {
        // All 24 orders of four items, 2,400 times: six standard deviations are 59.
        let mut counts = std::collections::BTreeMap::new();
        for coin in 0_u32..2400 {
            let mut lists: [Vec<Share>; 3] = std::array::from_fn(|_| (0..4).map(Share::of_parts).collect());
            let [a, b, c] = &mut lists;
            permute(&sha256(&coin.to_le_bytes()), [a, b, c]);
            let order = |list: &[Share]| list.iter().map(|s| s.first() | s.second() << 1).collect::<Vec<_>>();
            assert_eq!(order(&lists[0]), order(&lists[1]));
            assert_eq!(order(&lists[0]), order(&lists[2]));
            *counts.entry(order(&lists[0])).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        assert!(counts.values().all(|count| count.abs_diff(100) < 59), "{counts:?}");
    }
}
