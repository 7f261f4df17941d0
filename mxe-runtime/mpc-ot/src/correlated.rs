//! Correlated oblivious transfer with a fixed global key: SoftSpokenOT [Roy22], for the repetition code.
//!
//! The *key holder* has a global key `D` of 128 bits, the *MAC holder* chooses bits `x_t`. They get 128-bit
//! keys and MACs with
//!
//! ```text
//! M_t = K_t ^ x_t D
//! ```
//!
//! (In the literature of transfers the MAC holder is the receiver.) `D` is cut into `128 / k` parts of `k`
//! bits. For each part there is a tree of `q = 2^k` seeds, all known to the MAC holder, all but the one at the
//! part's value to the key holder ([`crate::tree`]). With `r_y` the expanded seeds, section 3.1 (figure 7):
//!
//! - MAC holder: `u = sum_y r_y`, `v_b = sum of r_y over y with bit b`; sends `u ^ x` for each part.
//! - Key holder: `w_b = sum of r_y over y != D with bit b of (y ^ D)`, which is `v_b ^ D_b u`; adds
//!   `D_b (u ^ x)`, which makes it `v_b ^ D_b x`.
//!
//! So column `b` of a part is one bit of all MACs or keys; transposed, the columns are the MACs and keys.
//! `k` trades bytes for work: `128 / k` bits are sent per transfer, `(128 / k) (2^(k+1) - 1)` expanded by
//! both together.
//!
//! **Check** (section 4, figure 10; universal hash over GF(2^128)). A MAC holder could use another `x` for every
//! part. Every extension therefore makes 128 transfers more than wanted, with random choice bits. After
//! all corrections are fixed, a random challenge gives weights `chi_i`, one per block of 128 transfers. Both hash
//! every column, `h(c) = sum chi_i c_i + c_last`, and so does the MAC holder with its choice bits: it sends
//! `h(x)` and a digest of `h(v)` over all columns. The key holder checks `h(w_b) = h(v_b) + D_b h(x)`. The last
//! block masks `h(x)`. The challenge is the caller's to toss: where one `x` serves for several key holders they
//! all take one challenge and compare one `h(x)`, which ties them to one `x` (see `mpc::preprocessing`).
//!
//! A failed check depends on bits of `D` (a malicious MAC holder guesses some of them); `D` must not be used
//! any further after it.

use mpc_field::bits::add_words;
use mpc_field::{Gf128, inner_product_words};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::base_ot::SeedPair;
use crate::error::{OtError, require_length};
use crate::prg::{Prg, Seed};
use crate::tree;

/// Bits of the global key, and columns of an extension.
pub const KEY_BITS: usize = 128;

/// How many bits of the global key one tree covers: 1, 2, 4 or 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartBits(usize);

impl PartBits {
    /// Every choice there is.
    pub const ALL: [Self; 4] = [Self(1), Self(2), Self(4), Self(8)];
    /// 64 bits sent per transfer.
    pub const TWO: Self = Self(2);
    /// 32 bits sent per transfer.
    pub const FOUR: Self = Self(4);
    /// 16 bits sent per transfer.
    pub const EIGHT: Self = Self(8);

    /// The number of bits.
    pub const fn bits(self) -> usize {
        self.0
    }

    const fn leaves(self) -> usize {
        1 << self.0
    }

    const fn parts(self) -> usize {
        KEY_BITS / self.0
    }

    /// Bytes of the MAC holder's message that sets the trees up.
    pub const fn setup_bytes(self) -> usize {
        self.parts() * tree::message_bytes(self.0)
    }

    /// Bytes of the MAC holder's corrections for `blocks` blocks of 128 transfers.
    pub const fn correction_bytes(self, blocks: usize) -> usize {
        self.parts() * blocks * 16
    }
}

/// Which transfer's seed the key holder chooses for its global key, from first to last.
pub fn base_choices(parts: PartBits, global_key: Gf128) -> Vec<subtle::Choice> {
    (0..parts.parts())
        .flat_map(|part| tree::base_choices(part_of(global_key, parts, part), parts.bits()))
        .collect()
}

fn part_of(global_key: Gf128, parts: PartBits, part: usize) -> u8 {
    ((global_key.to_bits() >> (part * parts.bits())) as u16 & (parts.leaves() - 1) as u16) as u8
}

/// Words of a column that are worked on at a time, so that all buffers stay in the first-level cache.
const STRIP: usize = 64;

type Strip = [u128; STRIP];

/// The party that chooses bits and gets MACs on them.
pub struct MacHolder {
    parts: PartBits,
    /// All leaves of one tree after those of the other.
    leaves: Vec<Prg>,
    used: u64,
}

/// The party that has the global key and gets keys.
pub struct KeyHolder {
    parts: PartBits,
    /// Of each tree the leaves at positions other than 0, where leaf `x` is at `x ^ D`.
    leaves: Vec<Prg>,
    global_key: Gf128,
    used: u64,
}

impl Drop for KeyHolder {
    fn drop(&mut self) {
        self.global_key.zeroize();
    }
}

/// What the MAC holder answers to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// `h(x)`. The same for all key holders if they take one challenge.
    pub choices: u128,
    /// Digest of `h(v)` of all columns, for this key holder alone.
    pub columns: [u8; 32],
}

impl MacHolder {
    /// Sets up from 128 base transfers, in which this party was the sender. Returns the message to the key
    /// holder too.
    ///
    /// # Errors
    /// [`OtError::WrongLength`] if there are not 128 transfers.
    pub fn new(
        context: &[u8; 32],
        parts: PartBits,
        transfers: &[SeedPair],
    ) -> Result<(Self, Vec<u8>), OtError> {
        require_length("the base transfers for a global key", KEY_BITS, transfers.len())?;
        let mut message = Vec::with_capacity(parts.setup_bytes());
        let mut leaves = Vec::with_capacity(parts.parts() * parts.leaves());
        for (index, transfers) in transfers.chunks(parts.bits()).enumerate() {
            leaves.extend(tree::build(context, index, transfers, &mut message).iter().map(Prg::new));
        }
        Ok((Self { parts, leaves, used: 0 }, message))
    }

    /// Makes `blocks` blocks of 128 MACs, as 128 columns of `blocks` words, for these choice bits, and appends
    /// the corrections to `message`. The last block is the check's.
    ///
    /// # Panics
    /// If `choices` has not `blocks` words, or `columns` not 128 times as many.
    pub fn extend(&mut self, choices: &[u128], columns: &mut [u128], message: &mut Vec<u8>) {
        let blocks = choices.len();
        assert_eq!(columns.len(), KEY_BITS * blocks, "128 columns");
        let bits = self.parts.bits();
        let mut sums = Sums::default();
        message.reserve(self.parts.correction_bytes(blocks));
        for (leaves, columns) in
            self.leaves.chunks(self.parts.leaves()).zip(columns.chunks_mut(blocks * bits))
        {
            for start in (0..blocks).step_by(STRIP) {
                let end = blocks.min(start + STRIP);
                let u = sums.run(bits, leaves.iter().map(Some), self.used + start as u64, end - start);
                add_words(u, &choices[start..end]);
                message.extend_from_slice(bytemuck::cast_slice(u));
                for (bit, column) in columns.chunks_mut(blocks).enumerate() {
                    column[start..end].copy_from_slice(&sums.by_bit[bit][..end - start]);
                }
            }
        }
        self.used += blocks as u64;
    }

    /// Blocks of the streams that are used.
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// Goes on from block `block`, as the key holder must too. False, and nothing done, if blocks before it
    /// would be used a second time.
    pub const fn skip_to(&mut self, block: u64) -> bool {
        let ahead = block >= self.used;
        if ahead {
            self.used = block;
        }
        ahead
    }

    /// Answers the challenge for an extension of these choice bits and columns.
    pub fn respond(&self, challenge: &Challenge, choices: &[u128], columns: &[u128]) -> Response {
        let mut digest = Sha256::new();
        for column in columns.chunks(choices.len()) {
            digest.update(challenge.hash(column).to_bytes());
        }
        Response { choices: challenge.hash(choices).to_bits(), columns: digest.finalize().into() }
    }
}

impl KeyHolder {
    /// Sets up from the chosen seeds of 128 base transfers (see [`base_choices`]) and the MAC holder's message.
    ///
    /// # Errors
    /// [`OtError`] if the message has another length or its trees fail their check.
    pub fn new(
        context: &[u8; 32],
        parts: PartBits,
        global_key: Gf128,
        chosen: &[Seed],
        message: &[u8],
    ) -> Result<Self, OtError> {
        require_length("the base transfers for a global key", KEY_BITS, chosen.len())?;
        require_length("the trees' message", parts.setup_bytes(), message.len())?;
        let mut leaves = Vec::with_capacity(parts.parts() * (parts.leaves() - 1));
        let bytes = tree::message_bytes(parts.bits());
        for (index, chosen) in chosen.chunks(parts.bits()).enumerate() {
            let point = part_of(global_key, parts, index);
            let message = &message[index * bytes..(index + 1) * bytes];
            let seeds = tree::puncture(context, index, point, chosen, message)?;
            leaves.extend(seeds[1..].iter().map(Prg::new));
        }
        Ok(Self { parts, leaves, global_key, used: 0 })
    }

    /// The global key.
    pub const fn global_key(&self) -> Gf128 {
        self.global_key
    }

    /// Goes on from block `block`, as the MAC holder must too. False, and nothing done, if blocks before it
    /// would be used a second time.
    pub const fn skip_to(&mut self, block: u64) -> bool {
        let ahead = block >= self.used;
        if ahead {
            self.used = block;
        }
        ahead
    }

    /// Makes `columns.len() / 128` blocks of keys from the MAC holder's corrections.
    ///
    /// # Errors
    /// [`OtError::WrongLength`] if the corrections are not for as many blocks.
    ///
    /// # Panics
    /// If `columns` is no multiple of 128 words.
    pub fn extend(&mut self, corrections: &[u8], columns: &mut [u128]) -> Result<(), OtError> {
        let blocks = columns.len() / KEY_BITS;
        assert_eq!(columns.len(), KEY_BITS * blocks, "128 columns");
        require_length("corrections", self.parts.correction_bytes(blocks), corrections.len())?;
        if blocks == 0 {
            return Ok(());
        }
        let bits = self.parts.bits();
        let mut sums = Sums::default();
        let leaves = self.leaves.chunks(self.parts.leaves() - 1);
        let parts = corrections.chunks(blocks * 16).zip(columns.chunks_mut(blocks * bits));
        for (part, (leaves, (corrections, columns))) in leaves.zip(parts).enumerate() {
            let (corrections, _) = corrections.as_chunks::<16>();
            for start in (0..blocks).step_by(STRIP) {
                let end = blocks.min(start + STRIP);
                let known = core::iter::once(None).chain(leaves.iter().map(Some));
                sums.run(bits, known, self.used + start as u64, end - start);
                for (bit, column) in columns.chunks_mut(blocks).enumerate() {
                    let key_bit = self.global_key.to_bits() >> (part * bits + bit) & 1;
                    let mask = 0_u128.wrapping_sub(key_bit);
                    let sums = &sums.by_bit[bit][..end - start];
                    for ((to, sum), correction) in
                        column[start..end].iter_mut().zip(sums).zip(&corrections[start..end])
                    {
                        *to = sum ^ (u128::from_le_bytes(*correction) & mask);
                    }
                }
            }
        }
        self.used += blocks as u64;
        Ok(())
    }

    /// Checks the MAC holder's answer for an extension that gave these columns. `D` must not be used any
    /// further after an error.
    ///
    /// # Errors
    /// [`OtError::CorrelationMismatch`].
    pub fn verify(
        &self,
        challenge: &Challenge,
        response: &Response,
        columns: &[u128],
    ) -> Result<(), OtError> {
        let mut digest = Sha256::new();
        for (bit, column) in columns.chunks((columns.len() / KEY_BITS).max(1)).enumerate() {
            let mask = 0_u128.wrapping_sub(self.global_key.to_bits() >> bit & 1);
            let expected = challenge.hash(column).to_bits() ^ (response.choices & mask);
            digest.update(Gf128::from_bits(expected).to_bytes());
        }
        let expected: [u8; 32] = digest.finalize().into();
        if expected.ct_eq(&response.columns).into() { Ok(()) } else { Err(OtError::CorrelationMismatch) }
    }
}

/// The weights of the check: random, and unknown until all corrections are fixed.
#[derive(Clone, Debug)]
pub struct Challenge {
    weights: Vec<Gf128>,
}

impl Challenge {
    /// The weights for extensions of `blocks` blocks, from a public random seed.
    pub fn new(seed: &Seed, blocks: usize) -> Self {
        let mut words = vec![0; blocks.saturating_sub(1)];
        Prg::new(seed).fill(0, &mut words);
        let mut weights: Vec<_> = words.into_iter().map(Gf128::from_bits).collect();
        weights.push(Gf128::ONE);
        Self { weights }
    }

    fn hash(&self, column: &[u128]) -> Gf128 {
        inner_product_words(&self.weights, column)
    }
}

/// Sums of expanded leaves: over all, and over those whose number has bit `b`.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Sums {
    by_bit: [Strip; 8],
    carried: [Strip; 9],
}

impl Default for Sums {
    fn default() -> Self {
        Self { by_bit: [[0; STRIP]; 8], carried: [[0; STRIP]; 9] }
    }
}

impl Sums {
    /// Expands the leaves in order, `None` as zeros, and sums them up; returns the sum over all.
    ///
    /// Leaves are added in pairs, pairs of pairs and so on, as a binary counter carries: of the two halves of
    /// a subtree of `2^(b+1)` leaves the second one is what has bit `b`. About two additions a leaf, for any
    /// number of bits.
    fn run<'a>(
        &mut self,
        bits: usize,
        leaves: impl Iterator<Item = Option<&'a Prg>>,
        start: u64,
        length: usize,
    ) -> &mut [u128] {
        for sum in &mut self.by_bit[..bits] {
            sum[..length].fill(0);
        }
        let mut strip = Zeroizing::new([0; STRIP]);
        let strip = &mut strip[..length];
        for (number, leaf) in leaves.enumerate() {
            match leaf {
                Some(leaf) => leaf.fill(start, strip),
                None => strip.fill(0),
            }
            let carries = number.trailing_ones() as usize;
            for bit in 0..carries {
                add_words(&mut self.by_bit[bit][..length], strip);
                add_words(strip, &self.carried[bit][..length]);
            }
            self.carried[carries][..length].copy_from_slice(strip);
        }
        &mut self.carried[bits][..length]
    }
}

#[cfg(test)]
mod tests {
    use mpc_field::bits::transpose_columns;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::correlated_pair;

    const BLOCKS: usize = 3;

    fn words(seed: u8, count: usize) -> Vec<u128> {
        let mut words = vec![0; count];
        Prg::new(&[seed; 16]).fill(0, &mut words);
        words
    }

    fn extend(
        mac_holder: &mut MacHolder,
        key_holder: &mut KeyHolder,
        choices: &[u128],
        tamper: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(Vec<u128>, Vec<u128>), OtError> {
        let mut macs = vec![0; KEY_BITS * choices.len()];
        let mut keys = macs.clone();
        let mut message = Vec::new();
        mac_holder.extend(choices, &mut macs, &mut message);
        tamper(&mut message);
        key_holder.extend(&message, &mut keys)?;
        Ok((macs, keys))
    }

    #[test]
    fn macs_are_keys_plus_choices_times_the_global_key() {
        for parts in PartBits::ALL {
            let key = Gf128::from_bits(0x0123_4567_89ab_cdef_fedc_ba98_7654_3211);
            let (mut mac_holder, mut key_holder) = correlated_pair(parts, key, [1; 32]);
            for (round, blocks) in [BLOCKS, 1, 70].into_iter().enumerate() {
                let choices = words(round as u8, blocks);
                let (macs, keys) =
                    extend(&mut mac_holder, &mut key_holder, &choices, |_| {}).expect("an honest run");
                let challenge = Challenge::new(&[8; 16], blocks);
                let response = mac_holder.respond(&challenge, &choices, &macs);
                assert_eq!(key_holder.verify(&challenge, &response, &keys), Ok(()), "{parts:?}");
                let mut mac_rows = vec![Gf128::ZERO; macs.len()];
                let mut key_rows = mac_rows.clone();
                transpose_columns(&macs, 0, &mut mac_rows);
                transpose_columns(&keys, 0, &mut key_rows);
                for (t, (mac, k)) in mac_rows.iter().zip(&key_rows).enumerate() {
                    let bit = choices[t / 128] >> (t % 128) & 1 == 1;
                    assert_eq!(*mac, *k + if bit { key } else { Gf128::ZERO }, "{parts:?} {t}");
                }
                assert_ne!(macs[..blocks], macs[blocks..2 * blocks], "columns differ");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn inconsistent_choice_bits_are_noticed_unless_the_key_hides_them(
            key: u128, at: prop::sample::Index, bit in 0_u8..8, which in 0..4_usize,
        ) {
            let parts = PartBits::ALL[which];
            let (mut mac_holder, mut key_holder) = correlated_pair(parts, Gf128::from_bits(key), [1; 32]);
            let choices = words(7, BLOCKS);
            let mut flipped = 0;
            let (macs, keys) = extend(&mut mac_holder, &mut key_holder, &choices, |message| {
                flipped = at.index(message.len());
                message[flipped] ^= 1 << bit;
            }).expect("the length is right");
            let challenge = Challenge::new(&[8; 16], BLOCKS);
            let response = mac_holder.respond(&challenge, &choices, &macs);
            // A flipped correction is used only where the key's part is not zero: a guess of those bits.
            let part = flipped / (16 * BLOCKS);
            let unused = part_of(Gf128::from_bits(key), parts, part) == 0;
            let expected = if unused { Ok(()) } else { Err(OtError::CorrelationMismatch) };
            prop_assert_eq!(key_holder.verify(&challenge, &response, &keys), expected);
        }
    }

    #[test]
    fn a_wrong_response_is_noticed() {
        let key = Gf128::from_bits(0x55);
        let (mut mac_holder, mut key_holder) = correlated_pair(PartBits::TWO, key, [1; 32]);
        let choices = words(7, BLOCKS);
        let (macs, keys) = extend(&mut mac_holder, &mut key_holder, &choices, |_| {}).expect("an honest run");
        let challenge = Challenge::new(&[8; 16], BLOCKS);
        let right = mac_holder.respond(&challenge, &choices, &macs);
        for wrong in [
            Response { choices: right.choices ^ 1, ..right.clone() },
            Response { columns: [0; 32], ..right.clone() },
            mac_holder.respond(&Challenge::new(&[9; 16], BLOCKS), &choices, &macs),
        ] {
            assert_eq!(key_holder.verify(&challenge, &wrong, &keys), Err(OtError::CorrelationMismatch));
        }
        assert_eq!(key_holder.verify(&challenge, &right, &keys), Ok(()));
    }

    #[test]
    fn the_last_block_masks_the_response() {
        let key = Gf128::from_bits(0x55);
        let (mac_holder, _) = correlated_pair(PartBits::TWO, key, [1; 32]);
        let mut choices = words(7, BLOCKS);
        let challenge = Challenge::new(&[8; 16], BLOCKS);
        let columns = vec![0; KEY_BITS * BLOCKS];
        let before = mac_holder.respond(&challenge, &choices, &columns).choices;
        choices[BLOCKS - 1] ^= 0xabc;
        assert_eq!(mac_holder.respond(&challenge, &choices, &columns).choices, before ^ 0xabc);
    }

    #[test]
    fn other_lengths_are_refused() {
        for parts in PartBits::ALL {
            let (_, mut key_holder) = correlated_pair(parts, Gf128::ONE, [1; 32]);
            let mut columns = vec![0; KEY_BITS * BLOCKS];
            let right = parts.correction_bytes(BLOCKS);
            for length in [0, right - 1, right + 1, right - 16, right + 16] {
                let result = key_holder.extend(&vec![0; length], &mut columns);
                assert!(matches!(result, Err(OtError::WrongLength { .. })), "{length}");
            }
            assert!(matches!(
                KeyHolder::new(
                    &[0; 32],
                    parts,
                    Gf128::ONE,
                    &[[0; 16]; 128],
                    &vec![0; parts.setup_bytes() + 1]
                ),
                Err(OtError::WrongLength { .. })
            ));
            assert!(matches!(
                KeyHolder::new(&[0; 32], parts, Gf128::ONE, &[[0; 16]; 127], &vec![0; parts.setup_bytes()]),
                Err(OtError::WrongLength { .. })
            ));
        }
    }
}
