//! A message of preprocessing that its sender's seed does not give.

use serde::{Deserialize, Serialize};

use super::EvidenceError;
use crate::PartyId;
use crate::message::{Members, SignedHeader};
use crate::preprocessing::replay::{Recipe, Replay, SignedSeed};

/// A message of a burned batch that is not what its sender would have said by the seed that it revealed.
///
/// Before the verdict is carried out, all parties' accusations of the batch are compared: the one in the earliest round
/// counts, for who deviates later may have answered to it ([`crate::preprocessing::replay`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongPreprocessing {
    message: SignedHeader,
    recipe: Recipe,
    seeds: Vec<SignedSeed>,
}

impl WrongPreprocessing {
    /// The earliest deviation among the messages of these logs, if there is one.
    ///
    /// # Errors
    /// [`EvidenceError`] if the seeds are not those of the members, or the recipe is none.
    pub fn find<'a>(
        members: &Members,
        batch: &[u8; 32],
        recipe: Recipe,
        seeds: Vec<SignedSeed>,
        logs: impl IntoIterator<Item = &'a SignedHeader>,
    ) -> Result<Option<Self>, EvidenceError> {
        let replay = Replay::new(members, batch, &recipe, &seeds)?;
        let first = replay.first(members, logs);
        Ok(first.map(|(_, message)| Self::new(message, recipe, seeds)))
    }

    /// Puts evidence together that was found by a replay.
    pub const fn new(message: SignedHeader, recipe: Recipe, seeds: Vec<SignedSeed>) -> Self {
        Self { message, recipe, seeds }
    }

    /// The message.
    pub const fn message(&self) -> &SignedHeader {
        &self.message
    }

    pub(super) fn verify(&self, members: &Members) -> Result<PartyId, EvidenceError> {
        self.judge(members).map(|(party, _)| party)
    }

    /// Checks the evidence; returns who deviated, and in which round. It takes as long as making the batch.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub fn judge(&self, members: &Members) -> Result<(PartyId, u32), EvidenceError> {
        if !members.vouch(&self.message) {
            return Err(EvidenceError::Signature);
        }
        let replay = Replay::new(members, &self.message.header.session, &self.recipe, &self.seeds)?;
        let round = replay.deviation(&self.message.header).ok_or(EvidenceError::Innocent)?;
        Ok((self.message.header.sender, round))
    }
}
