//! `rotate_epoch_key`: a node registers the encryption key it will have from its cluster's next epoch on.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::KeyRotated,
    pda, possession,
    record::{self, ensure, ensure_same},
    state::{EncryptionKeyRecord, Node},
};

/// Accounts of `rotate_epoch_key`.
#[derive(Accounts)]
pub struct RotateEpochKey<'info> {
    /// Pays for the mark.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the node.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: the mark that the key is taken, created here.
    #[account(mut)]
    pub encryption_key_record: UncheckedAccount<'info>,
    /// Creates the mark.
    pub system_program: Program<'info, System>,
}

impl<'info> RotateEpochKey<'info> {
    pub(crate) fn run(
        ctx: Context<'info, Self>,
        encryption_key: [u8; 32],
        proof_of_possession: [u8; 64],
    ) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        ensure!(node.is_able(), ArxError::NodeNotAble);
        possession::verify(&node.identity, &encryption_key, &proof_of_possession)?;
        let address = pda::encryption_key_record(&encryption_key);
        record::create(
            &accounts.payer,
            &accounts.encryption_key_record,
            address,
            &[pda::KEY_SEED, &encryption_key],
            &EncryptionKeyRecord { identity: node.identity, before: node.encryption_key, bump: address.1 },
            8 + EncryptionKeyRecord::INIT_SPACE,
            ArxError::EncryptionKeyTaken,
        )?;
        node.proof_of_possession = proof_of_possession;
        if node.cluster.is_none() {
            node.encryption_key = encryption_key;
        } else {
            node.next_encryption_key = Some(encryption_key);
        }
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&KeyRotated { identity: node.identity, encryption_key });
        Ok(())
    }
}
