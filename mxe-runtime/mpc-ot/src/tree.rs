//! All-but-one transfer of `q = 2^k` seeds by trees of pseudorandom generators [GGM86], from `k` transfers of
//! one seed in two: [Roy22] (SoftSpokenOT), figures 13 and 14 (the second for the check against a malicious
//! builder). For `k = 1` the two seeds of a transfer are the two leaves, and nothing is sent.
//!
//! The *builder* knows all leaves of its tree, the *puncturer* all but the one at its point `D`, of which the
//! builder learns nothing. Level by level, from the root, whose two children are the seeds of the first
//! transfer: each node is expanded to two children; the builder sends, each masked with a seed of the level's
//! transfer, the sums of all left and of all right children. The puncturer chose the sum on the side that its
//! path leaves, so that it gets the one sibling it lacks.
//!
//! Against a builder that sends wrong sums: every leaf is expanded to a seed and a 256-bit tag; the builder
//! sends the sum of all tags and the hash of their list. The puncturer completes the tag it lacks from the sum
//! and compares the hash. What is left to a malicious builder is to be caught or not depending on `D`, a guess
//! of some of its bits, which the functionality allows and the security of what is built on it bears.
//!
//! Constant time in `D`: the puncturer keeps leaf `x` at position `x ^ D`, so that the missing one is at
//! position 0 whatever `D` is.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::base_ot::SeedPair;
use crate::error::{OtError, require_length};
use crate::prg::{Prg, Seed};

const TAG_WORDS: usize = 2;
const TAG_BYTES: usize = 16 * TAG_WORDS;
const DIGEST_BYTES: usize = 32;

type Tag = [u128; TAG_WORDS];

/// Bytes that the builder of one tree with `2^depth` leaves sends.
pub(crate) const fn message_bytes(depth: usize) -> usize {
    if depth == 1 { 0 } else { (depth - 1) * 32 + TAG_BYTES + DIGEST_BYTES }
}

/// Whether the base transfers choose their second seed, level by level, for a puncturer with the point
/// `point`: the side that the path does not take.
pub(crate) fn base_choices(point: u8, depth: usize) -> impl Iterator<Item = Choice> {
    (0..depth).map(move |level| !path(point, depth, level))
}

/// Whether the path to the leaf `point` goes right at `level`: its bits from the highest.
fn path(point: u8, depth: usize, level: usize) -> Choice {
    Choice::from(point >> (depth - 1 - level) & 1)
}

fn children(node: u128) -> [u128; 2] {
    Prg::new(&node.to_le_bytes()).first()
}

fn seed_and_tag(leaf: u128) -> (u128, Tag) {
    let [seed, tag @ ..] = Prg::new(&leaf.to_le_bytes()).first::<{ 1 + TAG_WORDS }>();
    (seed, tag)
}

fn add(x: Tag, y: Tag) -> Tag {
    core::array::from_fn(|k| x[k] ^ y[k])
}

fn digest(context: &[u8; 32], tree: usize, tags: &[Tag]) -> [u8; DIGEST_BYTES] {
    let mut hash = Sha256::new()
        .chain_update([b"arx/v1/tree".len() as u8])
        .chain_update(b"arx/v1/tree")
        .chain_update(context)
        .chain_update((tree as u64).to_le_bytes());
    for word in tags.iter().flatten() {
        hash.update(word.to_le_bytes());
    }
    hash.finalize().into()
}

fn word(seed: &Seed) -> u128 {
    u128::from_le_bytes(*seed)
}

/// Builds tree number `tree` from its transfers, one for each level; appends the message to the puncturer and
/// returns the leaves' seeds.
pub(crate) fn build(
    context: &[u8; 32],
    tree: usize,
    transfers: &[SeedPair],
    message: &mut Vec<u8>,
) -> Zeroizing<Vec<Seed>> {
    let Some((first, deeper)) = transfers.split_first() else { return Zeroizing::default() };
    if deeper.is_empty() {
        return Zeroizing::new(first.0.to_vec());
    }
    let mut nodes = Zeroizing::new(vec![word(&first.0[0]), word(&first.0[1])]);
    for transfer in deeper {
        let next = Zeroizing::new(nodes.iter().flat_map(|node| children(*node)).collect::<Vec<_>>());
        for side in 0..2 {
            let sum = next.iter().skip(side).step_by(2).fold(0, |sum, node| sum ^ node);
            message.extend((sum ^ word(&transfer.0[side])).to_le_bytes());
        }
        nodes = next;
    }
    let mut tags = Vec::with_capacity(nodes.len());
    let mut seeds = Zeroizing::new(Vec::with_capacity(nodes.len()));
    for leaf in nodes.iter() {
        let (seed, tag) = seed_and_tag(*leaf);
        seeds.push(seed.to_le_bytes());
        tags.push(tag);
    }
    let sum = tags.iter().fold(Tag::default(), |sum, tag| add(sum, *tag));
    message.extend(sum.iter().flat_map(|word| word.to_le_bytes()));
    message.extend(digest(context, tree, &tags));
    seeds
}

/// Rebuilds tree number `tree` from the chosen seeds and the builder's message: the seed of leaf `x` at
/// `x ^ point`, with a seed of zeros at 0.
pub(crate) fn puncture(
    context: &[u8; 32],
    tree: usize,
    point: u8,
    chosen: &[Seed],
    message: &[u8],
) -> Result<Zeroizing<Vec<Seed>>, OtError> {
    let depth = chosen.len();
    require_length("a tree's message", message_bytes(depth), message.len())?;
    let Some((first, deeper)) = chosen.split_first() else { return Ok(Zeroizing::default()) };
    if deeper.is_empty() {
        return Ok(Zeroizing::new(vec![[0; 16], *first]));
    }
    let (words, _) = message.as_chunks::<16>();
    let received = |k: usize| u128::from_le_bytes(words[k]);
    let mut nodes = Zeroizing::new(vec![0, word(first)]);
    for (level, chosen) in (1..).zip(deeper) {
        let right = path(point, depth, level);
        let mut next = Zeroizing::new(vec![0; 2 * nodes.len()]);
        let mut sum = 0;
        for (position, node) in nodes.iter().enumerate().skip(1) {
            // The child on the path's side comes first.
            let [mut on, mut off] = children(*node);
            u128::conditional_swap(&mut on, &mut off, right);
            next[2 * position] = on;
            next[2 * position + 1] = off;
            sum ^= off;
        }
        let (left_sum, right_sum) = (received(2 * level - 2), received(2 * level - 1));
        next[1] = u128::conditional_select(&right_sum, &left_sum, right) ^ word(chosen) ^ sum;
        nodes = next;
    }
    let mut seeds = Zeroizing::new(vec![[0; 16]]);
    let mut tags = Zeroizing::new(vec![Tag::default()]);
    for leaf in &nodes[1..] {
        let (seed, tag) = seed_and_tag(*leaf);
        seeds.push(seed.to_le_bytes());
        tags.push(tag);
    }
    let at = 2 * (depth - 1);
    let sum = core::array::from_fn(|k| received(at + k));
    tags[0] = tags.iter().fold(sum, |sum, tag| add(sum, *tag));
    // Back into the order of leaves: position x ^ D to x, one bit of D at a time.
    for bit in 0..depth {
        let swap = Choice::from(point >> bit & 1);
        for x in (0..tags.len()).filter(|x| x >> bit & 1 == 0) {
            let (low, high) = tags.split_at_mut(x + (1 << bit));
            <[u128; TAG_WORDS]>::conditional_swap(&mut low[x], &mut high[0], swap);
        }
    }
    let (_, theirs) = message.split_at(message.len() - DIGEST_BYTES);
    if bool::from(digest(context, tree, &tags).as_slice().ct_eq(theirs)) {
        Ok(seeds)
    } else {
        Err(OtError::TreeMismatch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn transfers(depth: usize, seed: u8) -> Vec<SeedPair> {
        (0..depth as u8).map(|level| SeedPair([[seed ^ level; 16], [seed ^ level ^ 0x80; 16]])).collect()
    }

    fn chosen(transfers: &[SeedPair], point: u8) -> Vec<Seed> {
        let choices = base_choices(point, transfers.len());
        transfers.iter().zip(choices).map(|(pair, choice)| pair.0[usize::from(choice.unwrap_u8())]).collect()
    }

    proptest! {
        #[test]
        fn all_seeds_but_one_are_transferred(depth in 1_usize..=8, point: u8, seed: u8) {
            let point = point & ((1_u16 << depth) - 1) as u8;
            let transfers = transfers(depth, seed);
            let mut message = Vec::new();
            let all = build(&[1; 32], 3, &transfers, &mut message);
            prop_assert_eq!(message.len(), message_bytes(depth));
            prop_assert_eq!(all.len(), 1 << depth);
            let known = puncture(&[1; 32], 3, point, &chosen(&transfers, point), &message);
            let known = known.expect("an honest message");
            for x in 0..all.len() {
                let known = known[x ^ usize::from(point)];
                prop_assert_eq!(known, if x == usize::from(point) { [0; 16] } else { all[x] });
            }
        }

        #[test]
        fn a_flipped_bit_is_noticed_or_was_not_used(depth in 2_usize..=4, point: u8, at: prop::sample::Index, bit in 0_u8..8) {
            let point = point & ((1_u16 << depth) - 1) as u8;
            let transfers = transfers(depth, 7);
            let mut message = Vec::new();
            let all = build(&[1; 32], 0, &transfers, &mut message);
            let at = at.index(message.len());
            message[at] ^= 1 << bit;
            match puncture(&[1; 32], 0, point, &chosen(&transfers, point), &message) {
                Err(error) => prop_assert_eq!(error, OtError::TreeMismatch),
                Ok(known) => {
                    // The sum of the side that the path takes is of no use to the puncturer.
                    prop_assert!(at < (depth - 1) * 32);
                    for x in (0..all.len()).filter(|x| *x != usize::from(point)) {
                        prop_assert_eq!(known[x ^ usize::from(point)], all[x]);
                    }
                }
            }
        }

        #[test]
        fn another_length_is_refused(depth in 1_usize..=4, length in 0_usize..200) {
            prop_assume!(length != message_bytes(depth));
            let transfers = transfers(depth, 7);
            let result = puncture(&[1; 32], 0, 0, &chosen(&transfers, 0), &vec![0; length]);
            let refused = matches!(result, Err(OtError::WrongLength { .. }));
            prop_assert!(refused);
        }
    }
}
