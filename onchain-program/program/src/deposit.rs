//! Putting tokens behind a node: what `bond` and `delegate` have in common.

use anchor_lang::prelude::*;

use crate::{
    error::ArxError,
    events::StakeAdded,
    instructions::Deposit,
    pda,
    record::{self, ensure, ensure_same},
    state::{Config, Delegation, Node, NodeStake, StakePool},
    token,
};

impl Deposit<'_> {
    /// Moves the tokens and credits the shares.
    #[inline(never)]
    pub(crate) fn make(&self, node: &Node, mut stake: Box<NodeStake>, amount: u64) -> Result<()> {
        let config: Box<Config> = record::open(&self.config)?;
        let mut pool: Box<StakePool> = record::open(&self.pool)?;
        let (identity, owner) = (node.identity, *self.owner.key);
        ensure!(node.is_able(), ArxError::NodeNotAble);
        ensure_same!(stake.identity, identity, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(*self.vault.key, pool.vault, ArxError::WrongTokenAccount);
        let mut delegation = if record::exists(&self.delegation) {
            record::open(&self.delegation)?
        } else {
            let address = pda::delegation(&identity, &owner);
            let credited = stake.rewards_per_share;
            let delegation =
                Box::new(Delegation { identity, owner, shares: 0, credited, earned: 0, bump: address.1 });
            record::create(
                &self.owner,
                &self.delegation,
                address,
                &[pda::DELEGATION_SEED, identity.as_ref(), owner.as_ref()],
                &*delegation,
                8 + Delegation::INIT_SPACE,
                ArxError::AlreadyExists,
            )?;
            delegation
        };
        ensure!(
            delegation.identity == identity && delegation.owner == owner,
            ArxError::AccountsDoNotBelongTogether
        );
        delegation.credit(&stake)?;
        let shares = stake.deposit(amount, Clock::get()?.slot, config.parameters.unbonding_slots)?;
        delegation.shares = delegation.shares.checked_add(shares).ok_or(ArxError::Overflow)?;
        pool.total = pool.total.checked_add(amount).ok_or(ArxError::Overflow)?;
        record::save(&*pool, &self.pool)?;
        record::save(&*stake, &self.stake)?;
        record::save(&*delegation, &self.delegation)?;
        token::deposit(&self.source, &self.vault, &self.owner, amount)?;
        crate::events::emit(&StakeAdded { identity, owner, tokens: amount, shares });
        Ok(())
    }
}
