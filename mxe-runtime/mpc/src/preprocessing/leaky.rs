//! Leaky AND triples of all parties: [WRK17] (figure 8 of its full version, ePrint 2017/189), in the form of [YWZ20],
//! section 4, which gets shares of the product from the same hashes as those of its check.
//!
//! Given random authenticated bits `x, y, r`, for each of many at once, with `D = sum D_i` and the lowest bit of
//! `D` one (the lowest bit of `D_0` is 1 and that of all other `D_i` is 0):
//!
//! 1. `P_i` computes its share of `y D`: `F_i = y_i D_i + sum_k (K_i[y_k] + M_k[y_i])`.
//! 2. For every ordered pair, `P_i` sends `U_ij = H(K_i[x_j]) + H(K_i[x_j] + D_i) + F_i` to `P_j`. Now `P_i` has
//!    `H(K_i[x_j])` and `P_j` has `H(M_i[x_j]) + x_j U_ij`: shares of `x_j F_i`.
//! 3. So all have shares `S_i` of `(x y + r) D`: those, and `x_i F_i`, and `r_i D_i + sum_k (K_i[r_k] + M_k[r_i])`.
//!    The lowest bits are shares of `x y + r`: all broadcast them and get `d = x y + r`.
//! 4. `[z] = [r] + d`, and `T_i = S_i + d D_i` must sum to zero.
//!
//! The check of 4. for all leaky ANDs of a group together is in [`super::triples`]. A party that sends a wrong
//! `U_ij` learns from whether it is caught whether `x_j` is 1: the leak, which buckets remove. The lowest bit of
//! `D_i` needs no proof: with another one `x y + r` is wrong wherever it is not zero, and the check fails.

use mpc_field::Gf128;
use mpc_ot::hash::{TweakRange, hash_in_place};
use zeroize::{Zeroize, Zeroizing};

use super::PreprocessingError;
use super::extension::{Extension, Rows};
use super::keys::KeySet;
use super::party::{Cheat, Party};
use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};

/// The stage of the hash's tweaks in leaky ANDs.
const STAGE: u8 = 0;

/// The leaky ANDs of one extension, three bits for each.
pub(super) struct LeakyAnds {
    pub(super) x: Bits,
    pub(super) y: Bits,
    /// `r` until [`run`](Self::run) is through, then the product.
    pub(super) z: Bits,
    /// Shares of zero, if all were honest.
    pub(super) zeros: Vec<u128>,
    factors: Vec<u128>,
}

/// One bit of every leaky AND, authenticated.
#[derive(Default)]
pub(super) struct Bits {
    pub(super) shares: Vec<u128>,
    pub(super) rows: Rows,
}

impl Drop for LeakyAnds {
    fn drop(&mut self) {
        self.zeros.zeroize();
        self.factors.zeroize();
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        self.shares.zeroize();
    }
}

impl Bits {
    fn fill(&mut self, extension: &Extension, first_block: usize, blocks: usize) {
        self.rows.fill(extension, 0, first_block, blocks);
        self.shares.clear();
        self.shares.extend_from_slice(&extension.choices()[first_block..first_block + blocks]);
    }
}

/// The bits of a word as masks of all ones or all zeros.
#[inline(always)]
pub(super) fn masks(word: u128) -> impl Iterator<Item = u128> {
    (0..128).map(move |place| 0_u128.wrapping_sub(word >> place & 1))
}

/// Adds `value` to every sum whose bit is set.
#[inline]
fn add_where_set(sums: &mut [u128], bits: &[u128], value: impl Fn(usize) -> u128) {
    for (block, (sums, word)) in sums.as_chunks_mut::<128>().0.iter_mut().zip(bits).enumerate() {
        for (place, (sum, mask)) in sums.iter_mut().zip(masks(*word)).enumerate() {
            *sum ^= value(block * 128 + place) & mask;
        }
    }
}

/// This party's share of `bit D`, added to `sums`.
fn add_share_of_bit_times_key(sums: &mut [u128], bits: &Bits, global_key: Gf128) {
    let global_key = global_key.to_bits();
    add_where_set(sums, &bits.shares, |_| global_key);
    for (_, macs, keys) in bits.rows.iter() {
        for ((sum, mac), key) in sums.iter_mut().zip(macs).zip(keys) {
            *sum ^= mac.to_bits() ^ key.to_bits();
        }
    }
}

impl LeakyAnds {
    pub(super) fn new() -> Self {
        let bits = Bits::default;
        Self { x: bits(), y: bits(), z: bits(), zeros: Vec::new(), factors: Vec::new() }
    }

    /// Makes `128 blocks` leaky ANDs from an extension of three times as many blocks. `first_item` counts the
    /// leaky ANDs of the batch.
    pub(super) async fn run<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        keys: &KeySet,
        extension: &Extension,
        first_item: u64,
    ) -> Result<(), PreprocessingError> {
        let blocks = extension.choices().len() / 3;
        let count = blocks * 128;
        let (me, global_key) = (party.me(), keys.global_key());
        let session = *party.session.id();
        self.x.fill(extension, 0, blocks);
        self.y.fill(extension, blocks, blocks);
        self.z.fill(extension, 2 * blocks, blocks);

        // 1. The share of y D; and what of S_i needs no message.
        self.factors.clear();
        self.factors.resize(count, 0);
        add_share_of_bit_times_key(&mut self.factors, &self.y, global_key);
        self.zeros.clear();
        self.zeros.resize(count, 0);
        add_share_of_bit_times_key(&mut self.zeros, &self.z, global_key);
        let factors = &self.factors;
        add_where_set(&mut self.zeros, &self.x.shares, |index| factors[index]);

        // 2. Masked products to every peer.
        let mut messages = Vec::with_capacity(self.x.rows.peers().len());
        let mut hashed = Zeroizing::new(Vec::with_capacity(count));
        for (peer, _, keys) in self.x.rows.iter() {
            let range = TweakRange::new(&session, me.0, peer.0, STAGE);
            let mut product = factors.clone();
            for offset in [Gf128::ZERO, global_key] {
                hashed.clear();
                hashed.extend(keys.iter().map(|key| (*key + offset).to_bits()));
                hash_in_place(range, first_item, &mut hashed);
                product.iter_mut().zip(hashed.iter()).for_each(|(product, hash)| *product ^= hash);
                if offset == Gf128::ZERO {
                    self.zeros.iter_mut().zip(hashed.iter()).for_each(|(sum, hash)| *sum ^= hash);
                }
            }
            if party.cheat == Some(Cheat::OtherFactorTowards(peer)) {
                product.iter_mut().for_each(|product| *product ^= global_key.to_bits());
            }
            messages.push((peer, bytemuck::cast_slice::<u128, u8>(&product).to_vec()));
        }
        let received = party.scatter(PhaseKind::Products, messages).await?;
        for ((peer, macs, _), (_, message)) in self.x.rows.iter().zip(&received) {
            hashed.clear();
            hashed.extend(macs.iter().map(|mac| mac.to_bits()));
            hash_in_place(TweakRange::new(&session, peer.0, me.0, STAGE), first_item, &mut hashed);
            self.zeros.iter_mut().zip(hashed.iter()).for_each(|(sum, hash)| *sum ^= hash);
            let (words, _) = message.as_chunks::<16>();
            add_where_set(&mut self.zeros, &self.x.shares, |index| u128::from_le_bytes(words[index]));
        }

        // 3. and 4. Open x y + r, and turn r into the product.
        let lowest: Vec<u128> = self.zeros.as_chunks::<128>().0.iter().map(lowest_bits).collect();
        let opened = party.open_words(PhaseKind::Open, &lowest).await?;
        let differences = sum_of(&opened);
        add_where_set(&mut self.zeros, &differences, |_| global_key.to_bits());
        self.z.add_public(me, &differences, global_key);
        Ok(())
    }
}

impl Bits {
    /// Adds public bits: party 0 to its shares, the others to their keys for it.
    fn add_public(&mut self, me: PartyId, bits: &[u128], global_key: Gf128) {
        if me == PartyId(0) {
            self.shares.iter_mut().zip(bits).for_each(|(share, bits)| *share ^= bits);
            return;
        }
        for rows in self.rows.iter_mut().filter(|rows| rows.peer == PartyId(0)) {
            add_where_set(bytemuck::cast_slice_mut(&mut rows.keys), bits, |_| global_key.to_bits());
        }
    }
}

fn lowest_bits(words: &[u128; 128]) -> u128 {
    words.iter().rev().fold(0, |bits, word| bits << 1 | word & 1)
}

/// The sum of all parties' strings.
pub(super) fn sum_of(strings: &[Vec<u128>]) -> Vec<u128> {
    let mut sum = vec![0; strings.first().map_or(0, Vec::len)];
    for string in strings {
        sum.iter_mut().zip(string).for_each(|(sum, word)| *sum ^= word);
    }
    sum
}

impl<C: Channel> Party<C> {
    /// Broadcasts words of bits; returns those of all parties, in their order.
    pub(super) async fn open_words(
        &mut self,
        kind: PhaseKind,
        words: &[u128],
    ) -> Result<Vec<Vec<u128>>, ProtocolError> {
        let broadcast =
            self.session.broadcast(kind, bytemuck::cast_slice::<u128, u8>(words).to_vec()).await?;
        let read =
            |bytes: &[u8]| bytes.as_chunks::<16>().0.iter().map(|word| u128::from_le_bytes(*word)).collect();
        Ok(broadcast.iter().map(|(_, bytes)| read(bytes)).collect())
    }
}
