//! A global key of this party towards all its peers, and those of the peers towards it: base transfers, trees,
//! and the proof that every party has one key towards all.

use arx_wire::hash::LabelledHash;
use mpc_field::Gf128;
use mpc_ot::OtError;
use mpc_ot::base_ot::{
    BaseReceiver, BaseSender, RECEIVER_BYTES_PER_TRANSFER, SENDER_MESSAGE_BYTES, SeedPair,
};
use mpc_ot::correlated::{KEY_BITS, KeyHolder, MacHolder, PartBits, base_choices};
use mpc_ot::prg::Seed;
use zeroize::Zeroizing;

use super::PreprocessingError;
use super::extension::{Extension, Rows};
use super::party::{Cheat, Party, commitment};
use crate::channel::{Channel, PartyId, PhaseKind};

const RECEIVER_BYTES: usize = KEY_BITS * RECEIVER_BYTES_PER_TRANSFER;

const KEPT_VERSION: u8 = 1;
const HEADER_BYTES: usize = 19;

const fn peer_bytes(parts: PartBits) -> usize {
    1 + 64 + KEY_BITS * 48 + parts.setup_bytes()
}

/// Correlated transfers with every peer, in both roles.
pub(super) struct KeySet {
    global_key: Gf128,
    parts: PartBits,
    pub(super) peers: Vec<PeerKeys>,
}

/// Correlated transfers with one peer.
pub(super) struct PeerKeys {
    pub(super) peer: PartyId,
    /// This party holds MACs under the peer's global key.
    pub(super) mac_holder: MacHolder,
    /// This party holds keys under its own.
    pub(super) key_holder: KeyHolder,
    kept: Kept,
}

/// What both ends are made from, for a key that outlives its session.
struct Kept {
    /// The transfers' context with this party as key holder, and as MAC holder.
    contexts: [[u8; 32]; 2],
    transfers: Vec<SeedPair>,
    chosen: Zeroizing<Vec<Seed>>,
    tree: Vec<u8>,
}

impl PeerKeys {
    /// Both ends; the MAC holder's message to the key holder is not needed any more.
    fn new(peer: PartyId, parts: PartBits, global_key: Gf128, kept: Kept) -> Result<Self, OtError> {
        let (mac_holder, _) = MacHolder::new(&kept.contexts[1], parts, &kept.transfers)?;
        let key_holder = KeyHolder::new(&kept.contexts[0], parts, global_key, &kept.chosen, &kept.tree)?;
        Ok(Self { peer, mac_holder, key_holder, kept })
    }
}

impl KeySet {
    /// Base transfers and trees with every peer, for this global key. `number` tells the key sets of a session
    /// apart.
    pub(super) async fn set_up<C: Channel>(
        party: &mut Party<C>,
        number: u8,
        global_key: Gf128,
        parts: PartBits,
    ) -> Result<Self, PreprocessingError> {
        let me = party.me();
        let session = |key_holder: PartyId, mac_holder: PartyId| {
            let hash = LabelledHash::new("arx/v1/transfers").bytes(party.session.id());
            hash.u8(number).u8(party.parties()).u8(key_holder.0).u8(mac_holder.0).finish()
        };
        let cheat = party.cheat;
        let towards = |peer| match cheat {
            Some(Cheat::OtherKeyTowards(victim)) if victim == peer => global_key + Gf128::from_bits(1 << 77),
            _ => global_key,
        };
        let mut ends = Vec::new();
        for peer in party.peers() {
            // This party receives for its own global key and sends for the peer's.
            let secret = |purpose| party.secret(purpose, u32::from(peer.0) << 8 | u32::from(number));
            let choices = base_choices(parts, towards(peer));
            let receiver = BaseReceiver::new(session(me, peer), &choices, &secret("base receiver"));
            let sender = BaseSender::new(session(peer, me), &secret("base sender"));
            ends.push((peer, receiver, sender, session(me, peer), session(peer, me)));
        }
        let message = |(peer, receiver, sender, ..): &(PartyId, BaseReceiver, BaseSender, _, _)| {
            let mut message = receiver.message();
            message.extend(sender.message());
            (*peer, message)
        };
        let received = party.scatter(PhaseKind::Transfers, ends.iter().map(message).collect()).await?;

        let mut halves = Vec::new();
        let mut trees = Vec::new();
        for ((peer, receiver, sender, as_key_holder, as_mac_holder), (_, message)) in
            ends.iter().zip(&received)
        {
            let refuse =
                |source| PreprocessingError::Transfer { party: *peer, stage: "base transfers", source };
            debug_assert_eq!(message.len(), RECEIVER_BYTES + SENDER_MESSAGE_BYTES);
            let (for_sender, for_receiver) = message.split_at(RECEIVER_BYTES);
            let transfers: Vec<SeedPair> = sender.seeds(KEY_BITS, for_sender).map_err(refuse)?;
            let chosen = receiver.seeds(for_receiver).map_err(refuse)?;
            let (_, tree) = MacHolder::new(as_mac_holder, parts, &transfers).map_err(refuse)?;
            trees.push((*peer, tree));
            halves.push((*peer, [*as_key_holder, *as_mac_holder], transfers, chosen));
        }
        let received = party.scatter(PhaseKind::Transfers, trees).await?;
        let mut peers = Vec::new();
        for ((peer, contexts, transfers, chosen), (_, tree)) in halves.into_iter().zip(received) {
            let kept = Kept { contexts, transfers, chosen, tree };
            let refuse =
                |source| PreprocessingError::Transfer { party: peer, stage: "trees of seeds", source };
            peers.push(PeerKeys::new(peer, parts, towards(peer), kept).map_err(refuse)?);
        }
        let mut keys = Self { global_key, parts, peers };
        keys.prove_one_key_towards_all(party).await?;
        Ok(keys)
    }

    pub(super) const fn global_key(&self) -> Gf128 {
        self.global_key
    }

    pub(super) const fn parts(&self) -> PartBits {
        self.parts
    }

    /// Blocks of the streams that are used, by both ends towards all peers.
    pub(super) fn used(&self) -> u64 {
        self.peers.first().map_or(0, |keys| keys.mac_holder.used())
    }

    /// Goes on from block `block` of the streams; false if that is behind.
    pub(super) fn skip_to(&mut self, block: u64) -> bool {
        self.peers.iter_mut().all(|keys| keys.mac_holder.skip_to(block) && keys.key_holder.skip_to(block))
    }

    /// `1 u8 || bits of a tree u8 || peers u8 || global key 16 || per peer: party u8 || contexts 64 || transfers
    /// 128 * 32 || chosen seeds 128 * 16 || tree's message`.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = HEADER_BYTES + self.peers.len() * peer_bytes(self.parts);
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        bytes.extend([KEPT_VERSION, self.parts.bits() as u8, self.peers.len() as u8]);
        bytes.extend(self.global_key.to_bytes());
        for keys in &self.peers {
            bytes.push(keys.peer.0);
            bytes.extend(keys.kept.contexts.as_flattened());
            keys.kept.transfers.iter().for_each(|pair| bytes.extend(pair.0.as_flattened()));
            bytes.extend(keys.kept.chosen.as_flattened());
            bytes.extend(&keys.kept.tree);
        }
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` if it is anything else.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([version, bits, peers, global_key @ ..], rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
        let parts = PartBits::ALL.into_iter().find(|parts| parts.bits() == usize::from(*bits))?;
        let per_peer = peer_bytes(parts);
        if *version != KEPT_VERSION || rest.len() != usize::from(*peers) * per_peer {
            return None;
        }
        let global_key = Gf128::from_bytes(*global_key);
        let read = |bytes: &[u8]| {
            let (peer, bytes) = bytes.split_first()?;
            let (contexts, bytes) = bytes.split_at_checked(64)?;
            let (transfers, bytes) = bytes.split_at_checked(KEY_BITS * 32)?;
            let (chosen, tree) = bytes.split_at_checked(KEY_BITS * 16)?;
            let seeds = |bytes: &[u8]| bytes.as_chunks::<16>().0.to_vec();
            let (pairs, _) = transfers.as_chunks::<32>();
            let pair = |bytes: &[u8; 32]| {
                let (pair, _) = bytes.as_chunks::<16>();
                SeedPair([pair[0], pair[1]])
            };
            let (contexts, _) = contexts.as_chunks::<32>();
            let kept = Kept {
                contexts: [contexts[0], contexts[1]],
                transfers: pairs.iter().map(pair).collect(),
                chosen: Zeroizing::new(seeds(chosen)),
                tree: tree.to_vec(),
            };
            PeerKeys::new(PartyId(*peer), parts, global_key, kept).ok()
        };
        let peers = rest.chunks(per_peer).map(read).collect::<Option<Vec<_>>>()?;
        Some(Self { global_key, parts, peers })
    }

    /// Every party shows that it has one global key towards all peers: [WRK17], section 5 (the protocol for
    /// authenticated shares), with 128 repetitions.
    ///
    /// For each of 128 bits `b_k` of every party: `P_i` commits to the sum of its keys to all peers' bits, and
    /// to that plus `D_i`. After all have opened bits and MACs, `P_i` opens the one of the two that belongs to
    /// the sum of its peers' bits, and all compare it with the sum of the MACs. With different keys towards two
    /// honest peers, two sums would have to be opened where one is committed to: caught with probability a
    /// half in each repetition.
    pub(super) async fn prove_one_key_towards_all<C: Channel>(
        &mut self,
        party: &mut Party<C>,
    ) -> Result<(), PreprocessingError> {
        const STAGE: &str = "the proof of one global key";
        let me = party.me();
        let parties = usize::from(party.parties());
        let mut extension = Extension::new(1);
        extension.run(party, &mut [self]).await?;
        let bits = extension.choices()[0];
        let rows = Rows::of(&extension, 0, 0, 1);

        // The two sums for every repetition, and commitments to them.
        let mut sums = vec![[0_u128; 2]; KEY_BITS];
        for (_, _, keys) in rows.iter() {
            for (sum, key) in sums.iter_mut().zip(keys) {
                sum[0] ^= key.to_bits();
            }
        }
        for sum in &mut sums {
            sum[1] = sum[0] ^ self.global_key.to_bits();
        }
        let nonce = party.nonce();
        let session = *party.session.id();
        let commit = |owner: PartyId, nonce: &[u8], place: usize, sum: &[u8]| {
            let message = [&(place as u32).to_le_bytes(), sum].concat();
            commitment(&session, STAGE, owner, nonce, &message)
        };
        // A nonce of its own for each, so that opening one says nothing about the other.
        let nonces: Vec<[u8; 32]> = (0..2 * KEY_BITS)
            .map(|index| LabelledHash::new("arx/v1/nonce").bytes(&nonce[..]).u32(index as u32).finish())
            .collect();
        let commitments: Vec<u8> = sums
            .as_flattened()
            .iter()
            .enumerate()
            .flat_map(|(place, sum)| commit(me, &nonces[place], place, &sum.to_le_bytes()))
            .collect();
        let commitments = party.session.broadcast(PhaseKind::Commitments, commitments).await?;

        // Bits and MACs: the bits, then for every party the MACs under its key, zeros for one's own.
        let mut opening = bits.to_le_bytes().to_vec();
        opening.resize(16 + parties * KEY_BITS * 16, 0);
        for (peer, macs, _) in rows.iter() {
            let (_, start) = opening.split_at_mut(16 + peer.index() * KEY_BITS * 16);
            for (to, mac) in start.chunks_mut(16).zip(macs) {
                to.copy_from_slice(&mac.to_bytes());
            }
        }
        let opened = party.commit_and_open(STAGE, &opening).await?;
        let word = |bytes: &[u8], index: usize| {
            let (words, _) = bytes.as_chunks::<16>();
            u128::from_le_bytes(words[index])
        };
        let mac_sums = |key_holder: PartyId, index: usize| {
            opened
                .iter()
                .fold(0, |sum, (_, opening)| sum ^ word(opening, 1 + key_holder.index() * KEY_BITS + index))
        };
        for ((peer, _, keys), transfers) in rows.iter().zip(&self.peers) {
            let (_, opening) = &opened[peer.index()];
            let theirs = word(opening, 0);
            let global_key = transfers.key_holder.global_key().to_bits();
            for (index, key) in keys.iter().enumerate() {
                let times_bit = global_key & 0_u128.wrapping_sub(theirs >> index & 1);
                if word(opening, 1 + me.index() * KEY_BITS + index) != key.to_bits() ^ times_bit {
                    return Err(PreprocessingError::WrongMac { party: peer, stage: STAGE });
                }
            }
        }

        // Which of the two sums each party has to open.
        let all_bits = opened.iter().fold(0, |sum, (_, opening)| sum ^ word(opening, 0));
        let peers_bits: Vec<u128> = opened.iter().map(|(_, opening)| all_bits ^ word(opening, 0)).collect();
        let place = |owner: usize, index: usize| 2 * index + (peers_bits[owner] >> index & 1) as usize;
        let mut opening = Vec::with_capacity(KEY_BITS * 48);
        for index in 0..KEY_BITS {
            let place = place(me.index(), index);
            opening.extend(nonces[place]);
            opening.extend(sums.as_flattened()[place].to_le_bytes());
        }
        let openings = party.session.broadcast(PhaseKind::Openings, opening).await?;
        for ((owner, opening), (_, commitments)) in openings.iter().zip(commitments.iter()) {
            for (index, opening) in opening.as_chunks::<48>().0.iter().enumerate() {
                let place = place(owner.index(), index);
                let (nonce, sum) = opening.split_at(32);
                let committed = &commitments[place * 32..(place + 1) * 32];
                if commit(owner, nonce, place, sum) != committed {
                    return Err(PreprocessingError::WrongOpening { party: owner, stage: STAGE });
                }
                if word(sum, 0) != mac_sums(owner, index) {
                    return Err(PreprocessingError::GlobalKeyUnproven { key_holder: owner });
                }
            }
        }
        Ok(())
    }
}
