//! A trusted dealer, for tests and benchmarks only: whoever knows its seed knows everything.
//!
//! Every party has a [`Dealer`] with the same seed and derives from it its own part of what the dealer would
//! have sent. No party may ever be given one outside of a test.

use std::collections::BTreeMap;

use arx_wire::hash::LabelledHash;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use mpc_field::{Gf128, Scalar, ScalarField};

use super::{
    AuthBits, AuthScalars, AuthTriples, BatchId, CorrelationSource, FieldTriple, StateBits, StateKeyId,
    StockError,
};
use crate::PartyId;

/// One party's view of a trusted dealer.
pub struct Dealer {
    seed: [u8; 32],
    me: PartyId,
    parties: u8,
    /// Calls so far: every call draws from streams of its own.
    draws: u64,
    deltas: Vec<Gf128>,
    stock: Stock,
    given: Given,
    foreign_state_key: bool,
}

/// How much a dealer gives out before it is exhausted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Authenticated bits.
    pub bits: usize,
    /// Triples of bits.
    pub triples: usize,
}

/// What a dealer gave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Authenticated bits.
    pub bits: usize,
    /// Triples of bits.
    pub triples: usize,
    /// Bits authenticated under a state key too, by the version of the key.
    pub state_bits: BTreeMap<u64, usize>,
    /// Triples over GF(2^128).
    pub field_triples: usize,
    /// Scalars.
    pub scalars: usize,
}

impl Dealer {
    /// Party `me`'s view of the dealer with this seed.
    pub fn new(seed: [u8; 32], me: PartyId, parties: u8) -> Self {
        let mut dealer = Self {
            seed,
            me,
            parties,
            draws: 0,
            deltas: Vec::new(),
            stock: Stock { bits: usize::MAX, triples: usize::MAX },
            given: Given::default(),
            foreign_state_key: false,
        };
        dealer.deltas = (0..parties).map(|party| dealer.element("delta", &[party])).collect();
        dealer
    }

    /// The dealer of a new batch under the same long-term state keys.
    #[must_use]
    pub fn with_batch(mut self, batch: u64) -> Self {
        self.deltas = (0..self.parties)
            .map(|party| self.element("delta of batch", &[&batch.to_le_bytes()[..], &[party]].concat()))
            .collect();
        self.draws = batch << 32;
        self
    }

    /// Gives one party another global key, with the same keys and shares for everybody.
    #[must_use]
    pub fn with_delta(mut self, party: PartyId, delta: Gf128) -> Self {
        if let Some(slot) = self.deltas.get_mut(party.index()) {
            *slot = delta;
        }
        self
    }

    /// Makes this party use another share of every state key than the others know it by.
    #[must_use]
    pub const fn with_foreign_state_key(mut self) -> Self {
        self.foreign_state_key = true;
        self
    }

    /// Limits what is given out.
    #[must_use]
    pub fn with_stock(mut self, stock: Stock) -> Self {
        self.stock = stock;
        self
    }

    /// What was given out so far.
    pub const fn given(&self) -> &Given {
        &self.given
    }

    /// The global key of any party: what no party but that one may know.
    pub fn delta_of(&self, party: PartyId) -> Gf128 {
        self.deltas.get(party.index()).copied().unwrap_or_default()
    }

    /// The state key of any party.
    pub fn state_delta_of(&self, key: &StateKeyId, party: PartyId) -> Gf128 {
        self.element("state", &[&key.mxe[..], &key.version.to_le_bytes(), &[party.0]].concat())
    }

    fn stream(&self, what: &str, name: &[u8]) -> ChaCha20 {
        let hash = LabelledHash::new("arx/test/dealer").bytes(&self.seed).u64(what.len() as u64);
        let key = hash.bytes(what.as_bytes()).bytes(name).finish();
        ChaCha20::new(&key.into(), &[0; 12].into())
    }

    fn element(&self, what: &str, name: &[u8]) -> Gf128 {
        let mut bytes = [0; 16];
        self.stream(what, name).apply_keystream(&mut bytes);
        Gf128::from_bytes(bytes)
    }

    /// `count` shares of `party` in stream `column` of draw `draw`.
    fn shares(&self, draw: u64, column: u8, party: u8, count: usize) -> Vec<u64> {
        let mut bytes = vec![0; count.div_ceil(64) * 8];
        let name = [&draw.to_le_bytes()[..], &[column, party]].concat();
        self.stream("shares", &name).apply_keystream(&mut bytes);
        let mut words: Vec<_> =
            bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        clear_past(&mut words, count);
        words
    }

    /// The keys of `verifier` to the shares of `prover`.
    fn keys(&self, draw: u64, column: u8, (verifier, prover): (u8, u8), count: usize) -> Vec<Gf128> {
        let mut bytes = vec![0; count * 16];
        let name = [&draw.to_le_bytes()[..], &[column, verifier, prover]].concat();
        self.stream("keys", &name).apply_keystream(&mut bytes);
        bytes.as_chunks::<16>().0.iter().map(|bytes| Gf128::from_bytes(*bytes)).collect()
    }

    /// This party's MACs on `shares` and keys to the others' shares, under `deltas`.
    fn authenticate(
        &self,
        draw: u64,
        column: u8,
        shares: &[u64],
        count: usize,
        deltas: &[Gf128],
    ) -> (Vec<Vec<Gf128>>, Vec<Vec<Gf128>>) {
        let me = self.me.0;
        let mac = |(index, key): (usize, Gf128), delta: Gf128| {
            let share = shares[index / 64] >> (index % 64) & 1 == 1;
            if share { key + delta } else { key }
        };
        let mut macs = vec![Vec::new(); self.parties.into()];
        let mut keys = vec![Vec::new(); self.parties.into()];
        for peer in (0..self.parties).filter(|peer| *peer != me) {
            let theirs = self.keys(draw, column, (peer, me), count);
            let delta = deltas[usize::from(peer)];
            macs[usize::from(peer)] = theirs.into_iter().enumerate().map(|item| mac(item, delta)).collect();
            keys[usize::from(peer)] = self.keys(draw, column, (me, peer), count);
        }
        (macs, keys)
    }

    fn auth_bits(
        &self,
        draw: u64,
        column: u8,
        shares: Vec<u64>,
        count: usize,
    ) -> Result<AuthBits, StockError> {
        let (macs, keys) = self.authenticate(draw, column, &shares, count, &self.deltas);
        AuthBits::new(self.me, count, shares, macs, keys)
    }

    fn scalar(&self, what: &str, name: &[u8]) -> Scalar {
        let mut bytes = [0; 64];
        self.stream(what, name).apply_keystream(&mut bytes);
        Scalar::from_wide_bytes(&bytes)
    }

    /// The global key of any party for scalars.
    pub fn scalar_delta_of(&self, party: PartyId) -> Scalar {
        self.scalar("scalar delta", &[&self.batch().0[..], &[party.0]].concat())
    }

    fn next_draw(&mut self) -> u64 {
        self.draws += 1;
        self.draws
    }

    /// The sum of all parties' shares.
    fn sum(&self, draw: u64, column: u8, count: usize) -> Vec<u64> {
        let mut sum = vec![0; count.div_ceil(64)];
        for party in 0..self.parties {
            add(&mut sum, &self.shares(draw, column, party, count));
        }
        sum
    }
}

impl CorrelationSource for Dealer {
    fn me(&self) -> PartyId {
        self.me
    }

    fn parties(&self) -> u8 {
        self.parties
    }

    fn batch(&self) -> BatchId {
        BatchId(LabelledHash::new("arx/test/dealer/batch").bytes(&self.deltas[0].to_bytes()).finish())
    }

    fn delta(&self) -> Gf128 {
        self.delta_of(self.me)
    }

    fn bits(&mut self, count: usize) -> Result<AuthBits, StockError> {
        let left = self.stock.bits - self.given.bits;
        if count > left {
            return Err(StockError::Exhausted { what: "bits", wanted: count, left });
        }
        self.given.bits += count;
        let draw = self.next_draw();
        self.auth_bits(draw, 0, self.shares(draw, 0, self.me.0, count), count)
    }

    fn triples(&mut self, count: usize) -> Result<AuthTriples, StockError> {
        let left = self.stock.triples - self.given.triples;
        if count > left {
            return Err(StockError::Exhausted { what: "triples", wanted: count, left });
        }
        self.given.triples += count;
        let draw = self.next_draw();
        let own = |column| self.shares(draw, column, self.me.0, count);
        let mut product = own(2);
        // The last party's share of the product is corrected.
        if self.me.0 + 1 == self.parties {
            let mut correction = self.sum(draw, 0, count);
            correction.iter_mut().zip(self.sum(draw, 1, count)).for_each(|(a, b)| *a &= b);
            add(&mut correction, &self.sum(draw, 2, count));
            add(&mut product, &correction);
        }
        Ok(AuthTriples {
            a: self.auth_bits(draw, 0, own(0), count)?,
            b: self.auth_bits(draw, 1, own(1), count)?,
            c: self.auth_bits(draw, 2, product, count)?,
        })
    }

    fn state_delta(&self, key: &StateKeyId) -> Result<Gf128, StockError> {
        let delta = self.state_delta_of(key, self.me);
        Ok(if self.foreign_state_key { delta + Gf128::ONE } else { delta })
    }

    fn state_bits(&mut self, key: &StateKeyId, count: usize) -> Result<StateBits, StockError> {
        *self.given.state_bits.entry(key.version).or_default() += count;
        let draw = self.next_draw();
        let shares = self.shares(draw, 0, self.me.0, count);
        let deltas: Vec<_> =
            (0..self.parties).map(|party| self.state_delta_of(key, PartyId(party))).collect();
        let (macs, keys) = self.authenticate(draw, 1, &shares, count, &deltas);
        StateBits::new(self.me, self.auth_bits(draw, 0, shares, count)?, macs, keys)
    }

    fn scalars(&mut self, count: usize) -> Result<AuthScalars<Scalar>, StockError> {
        self.given.scalars += count;
        let (draw, me) = (self.next_draw(), self.me.0);
        let item = |what, parties: &[u8], index: usize| {
            self.scalar(what, &[&draw.to_le_bytes()[..], parties, &(index as u64).to_le_bytes()].concat())
        };
        let mut scalars = AuthScalars {
            shares: (0..count).map(|index| item("scalar", &[me], index)).collect(),
            macs: vec![Vec::new(); self.parties.into()],
            keys: vec![Vec::new(); self.parties.into()],
        };
        for peer in (0..self.parties).filter(|peer| *peer != me) {
            let delta = self.scalar_delta_of(PartyId(peer));
            let macs = (0..count).map(|k| item("scalar key", &[peer, me], k) + scalars.shares[k] * delta);
            scalars.macs[usize::from(peer)] = macs.collect();
            scalars.keys[usize::from(peer)] =
                (0..count).map(|k| item("scalar key", &[me, peer], k)).collect();
        }
        Ok(scalars)
    }

    fn scalar_delta(&self) -> Result<Scalar, StockError> {
        Ok(self.scalar_delta_of(self.me))
    }

    fn field_triples(&mut self, count: usize) -> Result<Vec<FieldTriple>, StockError> {
        self.given.field_triples += count;
        let draw = self.next_draw();
        let all = |column: u8| -> Vec<Vec<Gf128>> {
            (0..self.parties).map(|party| self.keys(draw, column, (party, 0), count)).collect()
        };
        let (a, b, c) = (all(0), all(1), all(2));
        let sum = |columns: &[Vec<Gf128>], index: usize| {
            columns.iter().fold(Gf128::ZERO, |sum, column| sum + column[index])
        };
        let me = self.me.index();
        Ok((0..count)
            .map(|index| {
                let mut product = c[me][index];
                if self.me.0 + 1 == self.parties {
                    product += sum(&a, index) * sum(&b, index) + sum(&c, index);
                }
                FieldTriple { a: a[me][index], b: b[me][index], c: product }
            })
            .collect())
    }
}

fn add(sum: &mut [u64], other: &[u64]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum ^= other);
}

fn clear_past(words: &mut [u64], count: usize) {
    if let (Some(last), used @ 1..) = (words.last_mut(), count % 64) {
        *last &= (1 << used) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: u8 = 3;

    fn dealers() -> Vec<Dealer> {
        (0..N).map(|me| Dealer::new([5; 32], PartyId(me), N)).collect()
    }

    fn require_macs(bits: &[AuthBits], deltas: &[Gf128]) {
        for (i, prover) in bits.iter().enumerate() {
            for (j, verifier) in bits.iter().enumerate().filter(|(j, _)| *j != i) {
                for k in 0..prover.len() {
                    let expected = if prover.share(k) { deltas[j] } else { Gf128::ZERO };
                    assert!(prover.macs()[j][k] == verifier.keys()[i][k] + expected);
                }
            }
        }
    }

    fn opened(bits: &[AuthBits], index: usize) -> bool {
        bits.iter().fold(false, |sum, bits| sum ^ bits.share(index))
    }

    #[test]
    fn bits_carry_macs_and_triples_multiply() {
        let mut dealers = dealers();
        let deltas: Vec<_> = dealers.iter().map(CorrelationSource::delta).collect();
        let first: Vec<_> = dealers.iter_mut().map(|dealer| dealer.bits(130).expect("unlimited")).collect();
        let second: Vec<_> = dealers.iter_mut().map(|dealer| dealer.bits(130).expect("unlimited")).collect();
        require_macs(&first, &deltas);
        assert!((0..130).any(|k| opened(&first, k)) && (0..130).any(|k| !opened(&first, k)));
        assert!((0..130).any(|k| opened(&first, k) != opened(&second, k)));

        let triples: Vec<_> =
            dealers.iter_mut().map(|dealer| dealer.triples(70).expect("unlimited")).collect();
        let column = |pick: fn(&AuthTriples) -> &AuthBits| -> Vec<AuthBits> {
            triples.iter().map(|triples| pick(triples).clone()).collect()
        };
        let (a, b, c) = (column(|t| &t.a), column(|t| &t.b), column(|t| &t.c));
        for bits in [&a, &b, &c] {
            require_macs(bits, &deltas);
        }
        for k in 0..70 {
            assert_eq!(opened(&c, k), opened(&a, k) & opened(&b, k));
        }
    }

    #[test]
    fn state_bits_carry_macs_under_both_keys_and_field_triples_multiply() {
        let mut dealers = dealers();
        let key = StateKeyId { mxe: [1; 32], version: 4 };
        let items: Vec<_> = dealers.iter_mut().map(|d| d.state_bits(&key, 9).expect("unlimited")).collect();
        let bits: Vec<_> = items.iter().map(|item| item.bits().clone()).collect();
        require_macs(&bits, &dealers.iter().map(CorrelationSource::delta).collect::<Vec<_>>());
        let as_bits = |(me, item): (usize, &StateBits)| {
            let (macs, keys) = (item.state_macs().to_vec(), item.state_keys().to_vec());
            AuthBits::new(PartyId(me as u8), 9, item.bits().shares().to_vec(), macs, keys)
                .expect("one length")
        };
        let under_state: Vec<_> = items.iter().enumerate().map(as_bits).collect();
        let deltas: Vec<_> = dealers.iter().map(|d| d.state_delta(&key).expect("any key")).collect();
        require_macs(&under_state, &deltas);

        let triples: Vec<_> = dealers.iter_mut().map(|d| d.field_triples(3).expect("unlimited")).collect();
        for k in 0..3 {
            let sum = |pick: fn(&FieldTriple) -> Gf128| {
                triples.iter().fold(Gf128::ZERO, |sum, triples| sum + pick(&triples[k]))
            };
            assert!(sum(|t| t.a) * sum(|t| t.b) == sum(|t| t.c));
        }
    }

    #[test]
    fn a_limited_stock_runs_out() {
        let mut dealer = dealers().remove(0).with_stock(Stock { bits: 10, triples: 0 });
        dealer.bits(7).expect("seven of ten");
        assert_eq!(dealer.bits(4).err(), Some(StockError::Exhausted { what: "bits", wanted: 4, left: 3 }));
        assert!(matches!(dealer.triples(1), Err(StockError::Exhausted { what: "triples", .. })));
    }

    #[test]
    fn batches_of_another_form_are_refused() {
        let column = |count| vec![Gf128::ZERO; count];
        let me = PartyId(0);
        let new = |count, shares, macs, keys| AuthBits::new(me, count, shares, macs, keys).err().is_some();
        assert!(!new(2, vec![3], vec![vec![], column(2)], vec![vec![], column(2)]));
        assert!(new(2, vec![4], vec![vec![], column(2)], vec![vec![], column(2)]), "a share past the end");
        assert!(new(2, vec![], vec![vec![], column(2)], vec![vec![], column(2)]), "too few shares");
        assert!(new(2, vec![3], vec![vec![], column(1)], vec![vec![], column(2)]), "too few MACs");
        assert!(new(2, vec![3], vec![vec![], column(2)], vec![vec![], column(3)]), "too many keys");
        assert!(new(2, vec![3], vec![column(2), column(2)], vec![vec![], column(2)]), "MACs of oneself");
        assert!(new(2, vec![3], vec![vec![], column(2)], vec![vec![], column(2), column(2)]), "other peers");
    }
}
