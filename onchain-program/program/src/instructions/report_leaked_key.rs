//! `report_leaked_key`: someone who is not the node shows that it knows one of the node's secret keys. Everything that is behind the node is
//! lost: whoever has the keys can sign and decrypt in its name. Both proofs name the finder, who signs the transaction, so
//! that whoever copies one from a transaction under way gains nothing.

use anchor_lang::prelude::*;

use crate::{
    constants::BASIS_POINTS,
    error::ArxError,
    instructions::accused::*,
    message::leaked_key_message,
    pda, possession,
    punish::{Charge, punish},
    record::{self, ensure, ensure_same},
    signatures,
    state::{Cluster, Config, Delegation, EncryptionKeyRecord, Node, OffenceClass},
};

/// Which secret key, and the proof that the finder knows it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub enum LeakedKey {
    /// The identity's: it signed [`leaked_key_message`] in this instruction of the transaction.
    Identity {
        /// The precompile's instruction.
        signature_instruction: u8,
    },
    /// An encryption key's: the one the node has, its next one, or the one before it.
    Encryption {
        /// The key.
        encryption_key: [u8; 32],
        /// See [`possession::leak_challenge`].
        proof: [u8; 64],
    },
}

/// Accounts of `report_leaked_key`.
#[derive(Accounts)]
pub struct ReportLeakedKey<'info> {
    /// The accused and what is taken from it; the payer is the finder.
    pub accused: Accused<'info>,
    /// CHECK: the operator's own part of the stake; empty if it has none.
    pub own_part: UncheckedAccount<'info>,
    /// CHECK: the registration of the encryption key that the node has now.
    pub key_record: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = solana_sdk_ids::sysvar::instructions::ID)]
    pub instructions: UncheckedAccount<'info>,
}

impl<'info> ReportLeakedKey<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, leaked: LeakedKey) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.accused.config)?;
        let node: Box<Node> = record::open(&accounts.accused.node)?;
        let (identity, finder) = (node.identity, accounts.accused.payer.key());
        let session = match leaked {
            LeakedKey::Identity { signature_instruction } => {
                let data = signatures::load(&accounts.instructions, signature_instruction)?;
                let message = leaked_key_message(&identity, &finder);
                signatures::check_instruction_data(&data, signature_instruction, &[identity], &message)?;
                identity.to_bytes()
            }
            LeakedKey::Encryption { encryption_key, proof } => {
                accounts.check_key(&node, &encryption_key, config.parameters.evidence_slots)?;
                possession::verify_leak(&identity, &finder, &encryption_key, &proof)?;
                encryption_key
            }
        };
        // The finder gets half of what was the operator's own, and of the rest what any reporter gets: with half of all,
        // an operator would report itself and go with the delegators' tokens.
        let place = pda::delegation(&identity, &node.authority).0;
        ensure_same!(*accounts.own_part.key, place, ArxError::AccountsDoNotBelongTogether);
        let own_shares = if record::exists(&accounts.own_part) {
            record::open::<Delegation>(&accounts.own_part)?.shares
        } else {
            0
        };
        let charge = Charge {
            class: OffenceClass::LeakedKey,
            session,
            // All that is there: a key that is out does damage from now on, too.
            offence_slot: Clock::get()?.slot,
            basis_points: BASIS_POINTS,
            value: 0,
            reporter: finder,
            reporter_shares: own_shares,
            computation: Pubkey::default(),
            victim: Pubkey::default(),
        };
        punish(&accounts.accused, &config.parameters, &charge)
    }

    /// The node's key, its next one, or the one it had before; that one as long after the epoch's beginning as evidence
    /// lives.
    fn check_key(&self, node: &Node, encryption_key: &[u8; 32], evidence_slots: u64) -> Result<()> {
        let place = pda::encryption_key_record(&node.encryption_key).0;
        ensure_same!(*self.key_record.key, place, ArxError::AccountsDoNotBelongTogether);
        let record: Box<EncryptionKeyRecord> = record::open(&self.key_record)?;
        if node.encryption_key == *encryption_key || node.next_encryption_key == Some(*encryption_key) {
            return Ok(());
        }
        ensure!(record.before == *encryption_key, ArxError::KeyNotCurrent);
        let address = node.cluster.or(node.last_cluster).ok_or(ArxError::KeyNotCurrent)?;
        ensure_same!(*self.accused.cluster.key, address, ArxError::AccountsDoNotBelongTogether);
        let cluster: Box<Cluster> = record::open(&self.accused.cluster)?;
        let latest = cluster.epoch_slot.saturating_add(evidence_slots);
        ensure!(Clock::get()?.slot <= latest, ArxError::EvidenceTooOld);
        Ok(())
    }
}
