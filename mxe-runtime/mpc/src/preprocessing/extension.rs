//! Random authenticated bits of all parties: one `x_i` of each party towards all key holders, tied by a check.
//!
//! Every party draws bits and extends its correlated transfers with every peer by them. Then [WRK17] and [HSS17]
//! check in a masked random combination that a party used the same bits towards all. Here that check and the
//! one that [Roy22] needs of every pair are one: all parties toss one challenge after all corrections are
//! fixed, each broadcasts *one* hash `h(x_i)` of its bits, masked by the last 128 of them, and sends each key
//! holder the digest of its columns' hashes. A key holder accepts columns that fit `h(x_i)`. So the bits used
//! towards any two honest key holders have one hash under a random linear function chosen afterwards: they are
//! the same but with probability 2^-128. That all saw the same `h(x_i)` is seen from the transcript before any
//! of it is used.
//!
//! Order: (1) corrections, to each peer its own; (2) coin, two rounds, with the transcript so far as its
//! statement; (3) `h(x_i)` to all and digests to each. A party reveals its part of the coin only when it has all
//! corrections that are for it: as long as one honest party waits the challenge is unknown.

use std::borrow::Cow;

use mpc_field::Gf128;
use mpc_field::bits::transpose_columns;
use mpc_ot::correlated::{Challenge, KEY_BITS, Response};
use zeroize::Zeroize;

use super::PreprocessingError;
use super::keys::KeySet;
use super::party::{Cheat, Party};
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::correlation::AuthBits;

/// Space for extensions, and what the last one made. Kept from one to the next.
pub(super) struct Extension {
    /// Blocks that are wanted; one more is made for the check.
    blocks: usize,
    choices: Vec<u128>,
    /// By key set, then by peer.
    columns: Vec<Vec<PeerColumns>>,
}

struct PeerColumns {
    peer: PartyId,
    macs: Vec<u128>,
    keys: Vec<u128>,
}

impl Drop for Extension {
    fn drop(&mut self) {
        self.choices.zeroize();
        for columns in self.columns.iter_mut().flatten() {
            columns.macs.zeroize();
            columns.keys.zeroize();
        }
    }
}

impl Extension {
    /// Space for `blocks` blocks of 128 bits.
    pub(super) const fn new(blocks: usize) -> Self {
        Self { blocks, choices: Vec::new(), columns: Vec::new() }
    }

    /// Makes other numbers of blocks from now on.
    pub(super) const fn set_blocks(&mut self, blocks: usize) {
        self.blocks = blocks;
    }

    /// Makes the bits, authenticated under every key set.
    pub(super) async fn run<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        sets: &mut [&mut KeySet],
    ) -> Result<(), PreprocessingError> {
        let made = self.blocks + 1;
        self.choices.resize(made, 0);
        party.draw_choices(&mut self.choices);
        self.columns.resize_with(sets.len(), Vec::new);

        // 1. Corrections, of all key sets in one message to each peer.
        let mut messages: Vec<_> = party.peers().map(|peer| (peer, Vec::new())).collect();
        for (set, columns) in sets.iter_mut().zip(&mut self.columns) {
            columns.resize_with(set.peers.len(), || PeerColumns {
                peer: PartyId(0),
                macs: Vec::new(),
                keys: Vec::new(),
            });
            let ends = set.peers.iter_mut().zip(columns);
            for ((keys, columns), (_, message)) in ends.zip(&mut messages) {
                columns.peer = keys.peer;
                columns.macs.resize(KEY_BITS * made, 0);
                columns.keys.resize(KEY_BITS * made, 0);
                let choices = choices_towards(party, keys.peer, &self.choices);
                keys.mac_holder.extend(&choices, &mut columns.macs, message);
            }
        }
        let received = party.scatter(PhaseKind::Corrections, messages).await?;
        let mut at = 0;
        for (set, columns) in sets.iter_mut().zip(&mut self.columns) {
            let length = set.parts().correction_bytes(made);
            for ((keys, columns), (peer, message)) in set.peers.iter_mut().zip(columns).zip(&received) {
                let corrections = message.get(at..at + length).unwrap_or_default();
                keys.key_holder.extend(corrections, &mut columns.keys).map_err(|source| {
                    PreprocessingError::Transfer { party: *peer, stage: "correlated transfers", source }
                })?;
            }
            at += length;
        }

        // 2. and 3. Challenge and answers.
        let challenge = Challenge::new(&party.toss().await?, made);
        let mut hash = 0;
        let mut answers: Vec<_> = party.peers().map(|peer| (peer, Vec::new())).collect();
        for (set, columns) in sets.iter().zip(&self.columns) {
            for ((keys, columns), (_, answer)) in set.peers.iter().zip(columns).zip(&mut answers) {
                let response = keys.mac_holder.respond(&challenge, &self.choices, &columns.macs);
                hash = response.choices;
                answer.extend(response.columns);
            }
        }
        let hashes = party.session.broadcast(PhaseKind::Responses, hash.to_le_bytes().to_vec()).await?;
        let received = party.scatter(PhaseKind::Responses, answers).await?;
        let hashes: Vec<u128> = hashes
            .iter()
            .map(|(_, bytes)| bytes.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)))
            .collect();
        for (index, (set, columns)) in sets.iter().zip(&self.columns).enumerate() {
            for ((keys, columns), (peer, digests)) in set.peers.iter().zip(columns).zip(&received) {
                let (digests, _) = digests.as_chunks::<32>();
                let response = Response { choices: hashes[peer.index()], columns: digests[index] };
                keys.key_holder.verify(&challenge, &response, &columns.keys).map_err(|source| {
                    PreprocessingError::Transfer {
                        party: *peer,
                        stage: "the check of correlated transfers",
                        source,
                    }
                })?;
            }
        }
        Ok(())
    }

    /// This party's bits, 128 to a word, without those of the check.
    pub(super) fn choices(&self) -> &[u128] {
        &self.choices[..self.blocks]
    }

    /// Some blocks as authenticated bits under a key set.
    pub(super) fn authenticated<C: Channel>(
        &self,
        party: &Party<C>,
        set: usize,
        first_block: usize,
        blocks: usize,
    ) -> Result<AuthBits, PreprocessingError> {
        let rows = Rows::of(self, set, first_block, blocks);
        let columns = || vec![Vec::new(); party.parties().into()];
        let (mut all_macs, mut all_keys) = (columns(), columns());
        for (peer, macs, keys) in rows.iter() {
            all_macs[peer.index()] = macs.to_vec();
            all_keys[peer.index()] = keys.to_vec();
        }
        let words = &self.choices()[first_block..first_block + blocks];
        let shares = words.iter().flat_map(|word| [*word as u64, (*word >> 64) as u64]).collect();
        Ok(AuthBits::new(party.me(), blocks * KEY_BITS, shares, all_macs, all_keys)?)
    }

    /// MACs and keys of some blocks, under a key set and with one peer after the other.
    fn rows(&self, set: usize, first_block: usize, blocks: usize, rows: &mut Rows) {
        let columns = self.columns.get(set).map_or(&[][..], |columns| columns);
        rows.0.resize_with(columns.len(), || PeerRows {
            peer: PartyId(0),
            macs: Vec::new(),
            keys: Vec::new(),
        });
        for (columns, rows) in columns.iter().zip(&mut rows.0) {
            rows.peer = columns.peer;
            rows.macs.resize(blocks * KEY_BITS, Gf128::ZERO);
            rows.keys.resize(blocks * KEY_BITS, Gf128::ZERO);
            transpose_columns(&columns.macs, first_block, &mut rows.macs);
            transpose_columns(&columns.keys, first_block, &mut rows.keys);
        }
    }
}

/// The choice bits, for an honest party, whoever the peer is.
fn choices_towards<'a, C: Channel>(party: &Party<C>, peer: PartyId, choices: &'a [u128]) -> Cow<'a, [u128]> {
    match party.cheat {
        Some(Cheat::OtherBitsTowards(victim)) if victim == peer => {
            choices.iter().map(|word| word ^ 2).collect()
        }
        _ => Cow::Borrowed(choices),
    }
}

/// MACs and keys by peer.
#[derive(Default)]
pub(super) struct Rows(Vec<PeerRows>);

pub(super) struct PeerRows {
    pub(super) peer: PartyId,
    pub(super) macs: Vec<Gf128>,
    pub(super) keys: Vec<Gf128>,
}

impl Drop for PeerRows {
    fn drop(&mut self) {
        self.macs.zeroize();
        self.keys.zeroize();
    }
}

impl Rows {
    /// MACs and keys of some blocks of an extension, under key set `set`.
    pub(super) fn of(extension: &Extension, set: usize, first_block: usize, blocks: usize) -> Self {
        let mut rows = Self::default();
        rows.fill(extension, set, first_block, blocks);
        rows
    }

    /// The same, into the space of these rows.
    pub(super) fn fill(&mut self, extension: &Extension, set: usize, first_block: usize, blocks: usize) {
        extension.rows(set, first_block, blocks, self);
    }

    /// Peer, MACs on this party's bits, keys to the peer's bits.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PartyId, &[Gf128], &[Gf128])> {
        self.0.iter().map(|rows| (rows.peer, &rows.macs[..], &rows.keys[..]))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut PeerRows> {
        self.0.iter_mut()
    }

    pub(super) fn peers(&self) -> &[PeerRows] {
        &self.0
    }
}
