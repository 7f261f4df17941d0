//! `submit_equivocation`: punishes a node that signed two things of which one must be a lie, on the spot. Anyone may send it, with the two
//! signatures in an Ed25519 instruction of the same transaction.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    instructions::accused::*,
    message::{MessageHeader, ResultStatement},
    punish::{Charge, last_slot, punish},
    record::{self, ensure, ensure_same},
    signatures,
    state::{Cluster, Computation, Config, Node, OffenceClass, Parameters},
};

/// What of a signed result differs between two of one session.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct SignedResult {
    /// The version of each of the computation's cells at the start.
    pub cell_versions: Vec<u64>,
    /// Digest of all outputs.
    pub output_digest: [u8; 32],
    /// Digest of the session's broadcasts.
    pub transcript_digest: [u8; 32],
    /// The session's first joint coin.
    pub coin: [u8; 32],
}

/// What was signed twice.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub enum Equivocation {
    /// Two results of one session.
    Results {
        /// The session.
        session: [u8; 32],
        /// The first signature's result.
        first: SignedResult,
        /// The second's.
        second: SignedResult,
    },
    /// Two protocol messages for one session, round and recipient; the signature instruction holds them in full.
    Messages,
}

/// The evidence.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct EquivocationArguments {
    /// What was signed twice.
    pub evidence: Equivocation,
    /// Which instruction of the transaction verifies the two signatures.
    pub signature_instruction: u8,
}

/// Accounts of `submit_equivocation`.
#[derive(Accounts)]
pub struct SubmitEquivocation<'info> {
    /// The accused and what is taken from it; the payer is who reports.
    pub accused: Accused<'info>,
    /// CHECK: the computation, for results; not read for messages.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = solana_sdk_ids::sysvar::instructions::ID)]
    pub instructions: UncheckedAccount<'info>,
}

impl<'info> SubmitEquivocation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: EquivocationArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let accused = &accounts.accused;
        let config: Box<Config> = record::open(&accused.config)?;
        let identity = record::open::<Node>(&accused.node)?.identity;
        let slot = Clock::get()?.slot;
        let data = signatures::load(&accounts.instructions, arguments.signature_instruction)?;
        let signed = signatures::read(&data, arguments.signature_instruction)?;
        let [first, second] = signed.as_slice() else { return Err(ArxError::WrongSignatureCount.into()) };
        ensure!(first.key == identity.as_ref() && second.key == identity.as_ref(), ArxError::WrongSigner);
        let (session, offence_slot, victim) = match &arguments.evidence {
            Equivocation::Results { session, first: one, second: other } => {
                let computation: Box<Computation> = record::open(&accounts.computation)?;
                ensure_same!(
                    computation.cluster,
                    *accused.cluster.key,
                    ArxError::AccountsDoNotBelongTogether
                );
                let latest = computation.deadline.saturating_add(config.parameters.evidence_slots);
                ensure!(slot <= latest, ArxError::EvidenceTooOld);
                let address = accounts.computation.key();
                let message = |result: &SignedResult| {
                    ResultStatement {
                        cluster: &computation.cluster,
                        epoch: computation.epoch,
                        session,
                        computation: &address,
                        circuit_hash: &computation.circuit_hash,
                        input_digest: &computation.input_digest,
                        cell_versions: &result.cell_versions,
                        output_digest: &result.output_digest,
                        transcript_digest: &result.transcript_digest,
                        coin: &result.coin,
                    }
                    .message()
                };
                let (one, other) = (message(one), message(other));
                ensure!(one != other, ArxError::NoContradiction);
                ensure!(first.message == one && second.message == other, ArxError::WrongSignedMessage);
                (*session, last_slot(&computation, slot), Some((address, computation.payer)))
            }
            Equivocation::Messages => {
                let one = MessageHeader::parse(first.message).ok_or(ArxError::WrongSignedMessage)?;
                let other = MessageHeader::parse(second.message).ok_or(ArxError::WrongSignedMessage)?;
                ensure!(one.contradicts(&other), ArxError::NoContradiction);
                ensure_same!(one.cluster, *accused.cluster.key, ArxError::AccountsDoNotBelongTogether);
                let cluster: Box<Cluster> = record::open(&accused.cluster)?;
                check_epoch(&cluster, one.epoch, &config.parameters)?;
                // They carry no slot: the last one of their epoch stands for it.
                let last = if one.epoch == cluster.epoch { slot } else { cluster.epoch_slot };
                (one.session, last, None)
            }
        };
        let (computation, victim) = victim.unwrap_or_default();
        let charge = Charge {
            class: OffenceClass::Equivocation,
            session,
            offence_slot,
            basis_points: u64::from(config.parameters.equivocation_basis_points),
            value: 0,
            reporter: accused.payer.key(),
            reporter_shares: 0,
            computation,
            victim,
        };
        punish(accused, &config.parameters, &charge)
    }
}

/// Messages carry no slot: those of this epoch are young enough, and those of the last one for the evidence's time.
fn check_epoch(cluster: &Cluster, epoch: u64, parameters: &Parameters) -> Result<()> {
    let recent = epoch.checked_add(1) == Some(cluster.epoch)
        && Clock::get()?.slot <= cluster.epoch_slot.saturating_add(parameters.evidence_slots);
    ensure!(epoch == cluster.epoch || recent, ArxError::EvidenceTooOld);
    Ok(())
}
