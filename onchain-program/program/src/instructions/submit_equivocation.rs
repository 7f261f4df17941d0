//! `submit_equivocation`: punishes a node that signed two things of which one must be a lie, on the spot. Anyone may send it, with the two
//! signatures in an Ed25519 instruction of the same transaction.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    message::{MessageHeader, ResultStatement},
    punish::{Accused, Charge, punish},
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
    /// Reports it and pays for the mark; may claim its part of the slash.
    #[account(mut)]
    pub reporter: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the accused.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: its stake; empty in a network without stake.
    #[account(mut)]
    pub stake: UncheckedAccount<'info>,
    /// CHECK: the stake pool; empty in a network without stake.
    #[account(mut)]
    pub pool: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the mark that it was punished, created here.
    #[account(mut)]
    pub offence: UncheckedAccount<'info>,
    /// CHECK: the computation, for results; not read for messages.
    pub computation: UncheckedAccount<'info>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = solana_sdk_ids::sysvar::instructions::ID)]
    pub instructions: UncheckedAccount<'info>,
    /// Creates the mark.
    pub system_program: Program<'info, System>,
}

impl<'info> SubmitEquivocation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: EquivocationArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let identity = record::open::<Node>(&accounts.node)?.identity;
        let data = signatures::load(&accounts.instructions, arguments.signature_instruction)?;
        let signed = signatures::read(&data, arguments.signature_instruction)?;
        let [first, second] = signed.as_slice() else { return Err(ArxError::WrongSignatureCount.into()) };
        ensure!(first.key == identity.as_ref() && second.key == identity.as_ref(), ArxError::WrongSigner);
        let session = match &arguments.evidence {
            Equivocation::Results { session, first: one, second: other } => {
                let computation: Box<Computation> = record::open(&accounts.computation)?;
                ensure_same!(
                    computation.cluster,
                    *accounts.cluster.key,
                    ArxError::AccountsDoNotBelongTogether
                );
                let latest = computation.deadline.saturating_add(config.parameters.evidence_slots);
                ensure!(Clock::get()?.slot <= latest, ArxError::EvidenceTooOld);
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
                *session
            }
            Equivocation::Messages => {
                let one = MessageHeader::parse(first.message).ok_or(ArxError::WrongSignedMessage)?;
                let other = MessageHeader::parse(second.message).ok_or(ArxError::WrongSignedMessage)?;
                ensure!(one.contradicts(&other), ArxError::NoContradiction);
                ensure_same!(one.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
                let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
                check_epoch(&cluster, one.epoch, &config.parameters)?;
                one.session
            }
        };
        let accused = Accused {
            payer: &accounts.reporter,
            node: &accounts.node,
            stake: &accounts.stake,
            pool: &accounts.pool,
            cluster: &accounts.cluster,
            offence: &accounts.offence,
        };
        let charge = Charge {
            class: OffenceClass::Equivocation,
            session,
            basis_points: u64::from(config.parameters.equivocation_basis_points),
            reporter: accounts.reporter.key(),
        };
        punish(&accused, &config.parameters, &charge)?;
        Ok(())
    }
}

/// Messages carry no slot: those of this epoch are young enough, and those of the last one for the evidence's time.
fn check_epoch(cluster: &Cluster, epoch: u64, parameters: &Parameters) -> Result<()> {
    let recent = epoch.checked_add(1) == Some(cluster.epoch)
        && Clock::get()?.slot <= cluster.epoch_slot.saturating_add(parameters.evidence_slots);
    ensure!(epoch == cluster.epoch || recent, ArxError::EvidenceTooOld);
    Ok(())
}
