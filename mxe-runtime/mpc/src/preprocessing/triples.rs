//! A group of triples: leaky ANDs, their check, and buckets of them.
//!
//! [WRK17], section 5 (the protocol for AND triples), with the check of [YWZ20]:
//!
//! 1. Make `B l` leaky ANDs (module `leaky`), a stretch at a time.
//! 2. Toss weights `chi_k`. `P_i` commits to `Z_i = sum chi_k T_i,k`, all compare their commitments, and open:
//!    `sum Z_i = 0`. The `T_i,k` were fixed before the weights, so a sum that is not zero for some `k` passes with
//!    probability 2^-128.
//! 3. Toss a permutation that puts the leaky ANDs into `l` buckets of `B`. (Not before: whoever knew which ones
//!    meet would cheat in just those.)
//! 4. For a bucket's first AND and every other one, open `e = y_1 + y_b`. The triple is `x = sum x_b`,
//!    `y = y_1`, `z = z_1 + sum (z_b + e x_b)`.
//! 5. Toss weights again, and `P_i` sends `sum chi_k M` of all opened bits to each peer, which knows what it must
//!    be: `sum chi_k (K + e_i D_j)`.
//!
//! Between 1. and 4. all leaky ANDs of a group are kept, as records of all MACs and keys of one leaky AND,
//! because the permutation scatters them: a bucket then touches `B` stretches of memory and not `B` times as many
//! as there are columns.

use mpc_field::{Gf128, inner_product, inner_product_words, prefetch};
use mpc_ot::prg::{Prg, Seed};
use zeroize::{Zeroize, Zeroizing};

use super::bucket::permutation;
use super::extension::Extension;
use super::keys::KeySet;
use super::leaky::{Bits, LeakyAnds, masks};
use super::party::{Cheat, Party};
use super::{Parameters, PreprocessingError, Sink};
use crate::PartyId;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::{AuthBits, AuthTriples};

/// Elements of a record for each peer: MAC and key of x, y and z.
const RECORD: usize = 6;
const X: usize = 0;
const Y: usize = 2;
const Z: usize = 4;

/// Triples that are put together at a time: few enough that what is gathered for them stays in the second-level
/// cache.
const STRETCH: usize = 512;

/// Records that are on their way from memory while one is copied.
const AHEAD: usize = 24;

/// All leaky ANDs of a group. Kept from one group to the next.
pub(super) struct Group {
    records: Vec<Gf128>,
    x: Vec<u128>,
    y: Vec<u128>,
    z: Vec<u128>,
    zeros: Vec<u128>,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.records.zeroize();
        for words in [&mut self.x, &mut self.y, &mut self.z, &mut self.zeros] {
            words.zeroize();
        }
    }
}

fn bit(words: &[u128], index: usize) -> bool {
    words[index / 128] >> (index % 128) & 1 == 1
}

/// All ones for 1.
fn mask(bit: bool) -> u128 {
    0_u128.wrapping_sub(u128::from(bit))
}

/// Weights of a check, from a public seed: words `first..` of its stream.
fn weights(stream: &Prg, first: usize, count: usize) -> Vec<Gf128> {
    let mut words = vec![0; count];
    stream.fill(first as u64, &mut words);
    words.into_iter().map(Gf128::from_bits).collect()
}

impl Group {
    pub(super) const fn new() -> Self {
        Self { records: Vec::new(), x: Vec::new(), y: Vec::new(), z: Vec::new(), zeros: Vec::new() }
    }

    /// Makes one group of triples.
    pub(super) async fn run<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        keys: &mut KeySet,
        parameters: &Parameters,
        first_item: u64,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        self.make_leaky_ands(party, keys, parameters, first_item).await?;
        self.check_leaky_ands(party).await?;
        self.combine(party, keys.global_key(), parameters, sink).await
    }

    async fn make_leaky_ands<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        keys: &mut KeySet,
        parameters: &Parameters,
        first_item: u64,
    ) -> Result<(), PreprocessingError> {
        let total = parameters.triples * parameters.bucket;
        let width = RECORD * keys.peers.len();
        for words in [&mut self.x, &mut self.y, &mut self.z, &mut self.zeros] {
            words.clear();
        }
        self.records.resize(total * width, Gf128::ZERO);
        let mut leaky = LeakyAnds::new();
        let mut extension = Extension::new(0);
        let mut done = 0;
        while done < total {
            let blocks = (total - done).min(parameters.stretch) / 128;
            extension.set_blocks(3 * blocks);
            extension.run(party, &mut [&mut *keys]).await?;
            leaky.run(party, keys, &extension, first_item + done as u64).await?;
            self.x.extend_from_slice(&leaky.x.shares);
            self.y.extend_from_slice(&leaky.y.shares);
            self.z.extend_from_slice(&leaky.z.shares);
            self.zeros.extend_from_slice(&leaky.zeros);
            let records = &mut self.records[done * width..(done + blocks * 128) * width];
            for (place, bits) in [(X, &leaky.x), (Y, &leaky.y), (Z, &leaky.z)] {
                write_records(records, width, place, bits);
            }
            done += blocks * 128;
        }
        Ok(())
    }

    async fn check_leaky_ands<C: Channel>(&self, party: &mut Party<C>) -> Result<(), PreprocessingError> {
        let stream = Prg::new(&party.toss().await?);
        let mut sum = Zeroizing::new(Gf128::ZERO);
        for (stretch, zeros) in self.zeros.chunks(STRETCH).enumerate() {
            *sum += inner_product_words(&weights(&stream, stretch * STRETCH, zeros.len()), zeros);
        }
        let sums = party.commit_and_open("the check of leaky ANDs", &sum.to_bytes()).await?;
        let total = sums
            .iter()
            .flat_map(|(_, sum)| sum.as_chunks::<16>().0)
            .fold(Gf128::ZERO, |total, sum| total + Gf128::from_bytes(*sum));
        if total == Gf128::ZERO { Ok(()) } else { Err(PreprocessingError::LeakyAnds) }
    }

    /// Steps 3 to 5.
    async fn combine<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        global_key: Gf128,
        parameters: &Parameters,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        let (triples, bucket) = (parameters.triples, parameters.bucket);
        let seed: Seed = party.toss().await?;
        let places = permutation(&seed, (triples * bucket) as u32);

        // 4. Differences of second factors: of all buckets' second ANDs, then of all third ones, and so on.
        let mut differences = vec![0_u128; triples * (bucket - 1) / 128];
        for (index, members) in places.chunks_exact(bucket).enumerate() {
            let first = bit(&self.y, members[0] as usize);
            for (other, member) in members[1..].iter().enumerate() {
                let at = other * triples + index;
                differences[at / 128] |= u128::from(first ^ bit(&self.y, *member as usize)) << (at % 128);
            }
        }
        if party.cheat == Some(Cheat::WrongDifferences) {
            differences[0] ^= 1;
        }
        let opened = party.open_words(PhaseKind::Open, &differences).await?;
        let differences = super::leaky::sum_of(&opened);

        // 5. The challenge first, so that the MACs are summed up while the triples are put together.
        let stream = Prg::new(&party.toss().await?);
        let peers: Vec<PartyId> = party.peers().collect();
        let mut sums = Sums::new(peers.len());
        for start in (0..triples).step_by(STRETCH) {
            let end = triples.min(start + STRETCH);
            let stretch = Stretch { places: &places, differences: &differences, triples, bucket, start, end };
            sink.triples(self.put_together(party.me(), &peers, &stretch, &stream, &mut sums)?)?;
        }
        let answers =
            peers.iter().zip(&sums.macs).map(|(peer, sum)| (*peer, sum.to_bytes().to_vec())).collect();
        let received = party.scatter(PhaseKind::Check, answers).await?;
        for ((peer, answer), keys) in received.iter().zip(&sums.keys) {
            let mut expected = *keys;
            let mut weighted = Gf128::ZERO;
            for (block, word) in opened[peer.index()].iter().enumerate() {
                for (weight, mask) in weights(&stream, block * 128, 128).iter().zip(masks(*word)) {
                    weighted += Gf128::from_bits(weight.to_bits() & mask);
                }
            }
            expected += weighted * global_key;
            let (answer, _) = answer.as_chunks::<16>();
            if Gf128::from_bytes(answer[0]) != expected {
                return Err(PreprocessingError::WrongMac { party: *peer, stage: "the check of buckets" });
            }
        }
        Ok(())
    }

    /// Puts a stretch of triples together, and adds up the MACs and keys of what was opened for them.
    fn put_together(
        &self,
        me: PartyId,
        peers: &[PartyId],
        stretch: &Stretch<'_>,
        stream: &Prg,
        sums: &mut Sums,
    ) -> Result<AuthTriples, PreprocessingError> {
        let count = stretch.end - stretch.start;
        let width = RECORD * peers.len();
        let weights: Vec<Vec<Gf128>> = (0..stretch.bucket - 1)
            .map(|other| weights(stream, other * stretch.triples + stretch.start, count))
            .collect();
        let parties = peers.len() + 1;
        let mut columns: [Columns; 3] = core::array::from_fn(|_| Columns::new(me, parties, count));
        // MACs and keys on the second factors, by peer and place in the bucket.
        let column = || vec![Gf128::ZERO; count];
        let mut checked: Vec<Vec<[Vec<Gf128>; 2]>> =
            peers.iter().map(|_| (0..stretch.bucket).map(|_| [column(), column()]).collect()).collect();
        // The records of all members, bucket after bucket: what comes from all over memory is only copied.
        let members = &stretch.places[stretch.start * stretch.bucket..stretch.end * stretch.bucket];
        let record = |member: u32| &self.records[member as usize * width..][..width];
        let mut gathered = Zeroizing::new(Vec::with_capacity(members.len() * width));
        for (index, member) in members.iter().enumerate() {
            if let Some(next) = members.get(index + AHEAD) {
                prefetch(record(*next));
            }
            gathered.extend_from_slice(record(*member));
        }
        for other in 0..stretch.bucket {
            for index in 0..count {
                let place = index * stretch.bucket + other;
                let from = &gathered[place * width..][..width];
                let at = members[place] as usize;
                for (checked, from) in checked.iter_mut().zip(from.as_chunks::<RECORD>().0) {
                    checked[other][0][index] = from[Y];
                    checked[other][1][index] = from[Y + 1];
                }
                if other == 0 {
                    for (columns, (words, place)) in
                        columns.iter_mut().zip([(&self.x, X), (&self.y, Y), (&self.z, Z)])
                    {
                        columns.shares[index / 64] |= u64::from(bit(words, at)) << (index % 64);
                        for (peer, from) in peers.iter().zip(from.as_chunks::<RECORD>().0) {
                            columns.macs[peer.index()].push(from[place]);
                            columns.keys[peer.index()].push(from[place + 1]);
                        }
                    }
                    continue;
                }
                let e = bit(stretch.differences, (other - 1) * stretch.triples + stretch.start + index);
                let times_e = |x: Gf128| Gf128::from_bits(x.to_bits() & mask(e));
                let (x, z) = (bit(&self.x, at), bit(&self.z, at));
                columns[0].shares[index / 64] ^= u64::from(x) << (index % 64);
                columns[2].shares[index / 64] ^= u64::from(z ^ (e & x)) << (index % 64);
                let [first, _, last] = &mut columns;
                for (peer, from) in peers.iter().zip(from.as_chunks::<RECORD>().0) {
                    let peer = peer.index();
                    first.macs[peer][index] += from[X];
                    first.keys[peer][index] += from[X + 1];
                    last.macs[peer][index] += from[Z] + times_e(from[X]);
                    last.keys[peer][index] += from[Z + 1] + times_e(from[X + 1]);
                }
            }
        }
        // The MAC on e is that on y_1 plus that on y_b.
        let total: Vec<Gf128> = (0..count)
            .map(|index| weights.iter().fold(Gf128::ZERO, |sum, weights| sum + weights[index]))
            .collect();
        for (peer, checked) in checked.iter_mut().enumerate() {
            for (weights, [macs, keys]) in core::iter::once(&total).chain(&weights).zip(checked.iter_mut()) {
                sums.macs[peer] += inner_product(weights, macs);
                sums.keys[peer] += inner_product(weights, keys);
                macs.zeroize();
                keys.zeroize();
            }
        }
        let [a, b, c] = columns.map(|columns| columns.finish(me, count));
        Ok(AuthTriples { a: a?, b: b?, c: c? })
    }
}

/// Which triples are put together, and with what.
struct Stretch<'a> {
    places: &'a [u32],
    differences: &'a [u128],
    triples: usize,
    bucket: usize,
    start: usize,
    end: usize,
}

/// Weighted sums of MACs and keys, by peer.
struct Sums {
    macs: Vec<Gf128>,
    keys: Vec<Gf128>,
}

impl Sums {
    fn new(peers: usize) -> Self {
        Self { macs: vec![Gf128::ZERO; peers], keys: vec![Gf128::ZERO; peers] }
    }
}

/// Columns of authenticated bits under construction.
struct Columns {
    shares: Vec<u64>,
    macs: Vec<Vec<Gf128>>,
    keys: Vec<Vec<Gf128>>,
}

impl Columns {
    fn new(me: PartyId, parties: usize, count: usize) -> Self {
        let column = |party| Vec::with_capacity(if party == me.index() { 0 } else { count });
        let columns = || (0..parties).map(column).collect();
        Self { shares: vec![0; count.div_ceil(64)], macs: columns(), keys: columns() }
    }

    fn finish(self, me: PartyId, count: usize) -> Result<AuthBits, PreprocessingError> {
        Ok(AuthBits::new(me, count, self.shares, self.macs, self.keys)?)
    }
}

fn write_records(records: &mut [Gf128], width: usize, place: usize, bits: &Bits) {
    for (peer, rows) in bits.rows.peers().iter().enumerate() {
        let at = peer * RECORD + place;
        for ((record, mac), key) in records.chunks_exact_mut(width).zip(&rows.macs).zip(&rows.keys) {
            record[at] = *mac;
            record[at + 1] = *key;
        }
    }
}
