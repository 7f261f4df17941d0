//! `open_dispute`: accuses a node of an offence that the chain cannot judge by itself, before a jury: the nodes of all other clusters,
//! weighted by their stake at this moment. The accuser puts down a bond, and its evidence, a buffer, which stays locked.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::DisputeOpened,
    message::sha256,
    money, pda,
    punish::last_slot,
    record::{self, ensure, ensure_same},
    state::{
        Buffer, Cluster, Computation, Config, Dispute, DisputeState, Node, NodeStake, OffenceClass, StakePool,
    },
};

/// Accounts of `open_dispute`.
#[derive(Accounts)]
pub struct OpenDispute<'info> {
    /// Accuses; owns the evidence and puts down the bond.
    #[account(mut)]
    pub accuser: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the stake pool.
    pub pool: UncheckedAccount<'info>,
    /// CHECK: the accused node.
    pub accused: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the accuser's buffer.
    #[account(mut)]
    pub evidence: UncheckedAccount<'info>,
    /// CHECK: the computation that the offence concerns, of the same cluster: who paid for it is compensated.
    pub computation: Option<UncheckedAccount<'info>>,
    /// CHECK: the dispute, created here.
    #[account(mut)]
    pub dispute: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> OpenDispute<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, class: OffenceClass, session: [u8; 32]) -> Result<()> {
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let pool: Box<StakePool> = record::open(&accounts.pool)?;
        let accused: Box<Node> = record::open(&accounts.accused)?;
        let mut evidence: Box<Buffer> = record::open(&accounts.evidence)?;
        // The others are judged on chain.
        ensure!(matches!(class, OffenceClass::Fault | OffenceClass::Withholding), ArxError::WrongNodeState);
        // Whoever left its cluster answers for what it did there.
        ensure!(
            accused.cluster.or(accused.last_cluster) == Some(accounts.cluster.key()),
            ArxError::AccountsDoNotBelongTogether
        );
        ensure!(evidence.owner == *accounts.accuser.key && evidence.length > 0, ArxError::WrongAuthority);
        evidence.check_unlocked()?;
        // The accused's cluster does not judge: what it has at stake is taken off by its members' accounts.
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        ensure!(ctx.remaining_accounts.len() == cluster.members.len(), ArxError::MissingAccount);
        let mut jury = pool.total;
        for (member, info) in cluster.members.iter().zip(ctx.remaining_accounts) {
            ensure_same!(*info.key, pda::node_stake(member).0, ArxError::AccountsDoNotBelongTogether);
            if record::exists(info) {
                jury = jury.saturating_sub(record::open::<NodeStake>(info)?.tokens);
            }
        }
        let evidence_hash = {
            let data = accounts.evidence.try_borrow_data()?;
            sha256(&[Buffer::bytes(&data, evidence.length).ok_or(ArxError::BufferOutOfRange)?])
        };
        let (slot, bond) = (Clock::get()?.slot, config.parameters.bond);
        let (mut victim, mut offence_slot) = (Pubkey::default(), slot);
        if let Some(info) = &accounts.computation {
            let computation: Box<Computation> = record::open(info)?;
            ensure_same!(computation.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
            (victim, offence_slot) = (computation.payer, last_slot(&computation, slot));
        }
        let place = pda::dispute(&accused.identity, class, &session);
        let dispute = Dispute {
            accused: accused.identity,
            cluster: accounts.cluster.key(),
            class,
            session,
            computation: accounts.computation.as_ref().map_or(Pubkey::default(), |info| *info.key),
            victim,
            offence_slot,
            accuser: accounts.accuser.key(),
            evidence: accounts.evidence.key(),
            evidence_hash,
            defence: None,
            bond,
            jury,
            guilty: 0,
            not_guilty: 0,
            opened_slot: slot,
            vote_by: slot.saturating_add(config.parameters.dispute_slots),
            state: DisputeState::Open,
            bump: place.1,
        };
        record::create(
            &accounts.accuser,
            &accounts.dispute,
            place,
            &[pda::DISPUTE_SEED, accused.identity.as_ref(), &[class.code()], &session],
            &dispute,
            8 + Dispute::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        money::pay(&accounts.accuser, &accounts.dispute, bond)?;
        evidence.locked_by = Some(accounts.dispute.key());
        record::save(&*evidence, &accounts.evidence)?;
        crate::events::emit(&DisputeOpened {
            dispute: accounts.dispute.key(),
            accused: accused.identity,
            class,
            session,
            jury,
            vote_by: dispute.vote_by,
        });
        Ok(())
    }
}
