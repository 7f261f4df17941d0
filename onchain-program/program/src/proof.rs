//! That all members signed a message: in one transaction, or collected over several.

use anchor_lang::prelude::*;
use solana_sdk_ids::sysvar::instructions::ID as INSTRUCTIONS_ID;

use crate::{
    error::ArxError,
    message::sha256,
    record::{self, ensure},
    signatures,
    state::{Attestation, Cluster, ClusterState},
};

/// Checks it, and that the cluster may act at all. `proof` is the instructions sysvar, with the signatures in instruction
/// `index`; or an [`Attestation`].
#[inline(never)]
pub fn check(
    proof: &AccountInfo<'_>,
    cluster: &Cluster,
    computation: &Pubkey,
    index: u8,
    message: &[u8],
) -> Result<()> {
    ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
    if proof.key == &INSTRUCTIONS_ID {
        return signatures::verify(proof, index, &cluster.members, message);
    }
    let attestation: Box<Attestation> =
        record::open(proof).map_err(|_| record::error(ArxError::NotASignatureInstruction))?;
    ensure!(
        attestation.computation == *computation && attestation.epoch == cluster.epoch,
        ArxError::AccountsDoNotBelongTogether
    );
    ensure!(attestation.message_hash == sha256(&[message]), ArxError::WrongSignedMessage);
    ensure!(u32::from(attestation.signed) == (1u32 << cluster.members.len()) - 1, ArxError::NotAllSigned);
    Ok(())
}
