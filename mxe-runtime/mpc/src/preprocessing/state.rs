//! Long-lived state keys: one more key set under which bits are authenticated along with the batch's.
//!
//! A party's share `D_state_j` of an application's state key, and the transfers that go with it, are made once
//! and kept ([`StateKey::to_bytes`]): base transfers and trees, and how many blocks of their streams have been
//! used. Bits under it are made by an extension with both key sets, whose one hash of the bits ties them
//! together (module `extension`); before each, all prove again that they have one key towards all.
//!
//! **Never the same blocks twice.** The corrections for two extensions from the same stretch of the streams differ
//! by the choice bits' difference. So the number of used blocks is made durable before anything is sent. A crash
//! leaves parties with different numbers: every extension begins with all saying theirs, and all go on from the
//! largest. What a party says is bounded, so that nobody can use the streams up by a lie.

use mpc_field::Gf128;
use mpc_ot::correlated::PartBits;
use mpc_ot::prg::Prg;
use zeroize::Zeroizing;

use super::extension::{Extension, Rows};
use super::keys::KeySet;
use super::party::{Party, first_half};
use super::{PreprocessingError, Sink};
use crate::Session;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::{StateBits, StateKeyId, StockError};

/// Blocks that a peer may be ahead: some 2^30 bits that this party has not seen made.
const MOST_AHEAD: u64 = 1 << 23;

/// Blocks of bits that are made at a time.
const STRETCH_BLOCKS: usize = 128;

/// Blocks that a proof of one key takes; making a key contains one.
const PROOF_BLOCKS: u64 = 2;

/// Numbers the key sets of a session; 0 is the batch's.
const STATE_KEYS: u8 = 1;

/// This party's end of a state key. Wiped when dropped.
pub struct StateKey {
    id: StateKeyId,
    used: u64,
    keys: KeySet,
}

impl std::fmt::Debug for StateKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StateKey({:?}, {} blocks used)", self.id, self.used)
    }
}

impl StateKey {
    /// Makes the key with all peers, in a session of its own. `seed` must be random, secret and used for nothing
    /// else.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn create<C: Channel>(
        session: Session<C>,
        id: StateKeyId,
        seed: [u8; 32],
        parts: PartBits,
    ) -> Result<(Session<C>, Self), PreprocessingError> {
        let mut party = Party::new(session, seed);
        let drawn = party.secret("state key", 0);
        let [drawn] = Prg::new(&first_half(&drawn)).first::<1>();
        let keys = KeySet::set_up(&mut party, STATE_KEYS, Gf128::from_bits(drawn), parts).await?;
        party.session.confirm().await?;
        let used = keys.used();
        Ok((party.session, Self { id, used, keys }))
    }

    /// Whose state, and which version.
    pub const fn id(&self) -> StateKeyId {
        self.id
    }

    /// This party's share of `D_state`.
    pub const fn share(&self) -> Gf128 {
        self.keys.global_key()
    }

    /// Blocks of the streams that were used so far.
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// Everything that must be kept, but for [`used`](Self::used), which changes. Secret.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.keys.to_bytes()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote, with the number of blocks that was last made durable.
    ///
    /// # Errors
    /// [`StockError::Damaged`].
    pub fn from_bytes(id: StateKeyId, bytes: &[u8], used: u64) -> Result<Self, StockError> {
        let mut keys = KeySet::from_bytes(bytes).ok_or(StockError::Damaged { what: "a state key" })?;
        if used < PROOF_BLOCKS || !keys.skip_to(used) {
            return Err(StockError::Damaged { what: "the count of used blocks of a state key" });
        }
        Ok(Self { id, used, keys })
    }

    pub(super) async fn extend<C: Channel>(
        &mut self,
        party: &mut Party<C>,
        batch: &mut KeySet,
        count: usize,
        mut reserve: impl FnMut(u64) -> Result<(), StockError> + Send,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        // All go on from where the one is that has used most.
        let claims = party.session.broadcast(PhaseKind::Setup, self.used.to_le_bytes().to_vec()).await?;
        let mut start = self.used;
        for (peer, claim) in claims.iter() {
            let claimed = claim.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            let most = self.used.saturating_add(MOST_AHEAD).min(Prg::MAX_BLOCKS);
            if claimed > most {
                return Err(PreprocessingError::StateKeyAhead { party: peer, claimed, most });
            }
            start = start.max(claimed);
        }
        let blocks = count.div_ceil(128);
        // Each extension takes one block more than it gives.
        let end = start + PROOF_BLOCKS + blocks as u64 + blocks.div_ceil(STRETCH_BLOCKS) as u64;
        if end > Prg::MAX_BLOCKS {
            return Err(
                StockError::Exhausted { what: "blocks of a state key", wanted: blocks, left: 0 }.into()
            );
        }
        reserve(end)?;
        self.used = end;
        if !self.keys.skip_to(start) {
            return Err(StockError::Damaged { what: "the count of used blocks of a state key" }.into());
        }

        self.keys.prove_one_key_towards_all(party).await?;
        let mut extension = Extension::new(0);
        let mut left = blocks;
        while left > 0 {
            let blocks = left.min(STRETCH_BLOCKS);
            extension.set_blocks(blocks);
            extension.run(party, &mut [&mut *batch, &mut self.keys]).await?;
            let bits = extension.authenticated(party, 0, 0, blocks)?;
            let rows = Rows::of(&extension, 1, 0, blocks);
            let columns = || vec![Vec::new(); party.parties().into()];
            let (mut all_macs, mut all_keys) = (columns(), columns());
            for (peer, macs, keys) in rows.iter() {
                all_macs[peer.index()] = macs.to_vec();
                all_keys[peer.index()] = keys.to_vec();
            }
            sink.state_bits(self.id, StateBits::new(party.me(), bits, all_macs, all_keys)?)?;
            left -= blocks;
        }
        Ok(())
    }
}
