//! `grow_queue`: makes a cluster's queue longer, by up to 10,240 bytes at a time. Anyone may pay for it.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_GROWTH, MAX_QUEUE_CAPACITY},
    error::ArxError,
    events::QueueGrown,
    money,
    record::{self, ensure},
    state::{Queue, QueueMut},
};

/// Accounts of `grow_queue`.
#[derive(Accounts)]
pub struct GrowQueue<'info> {
    /// Pays for the growth.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// CHECK: the cluster; the queue names it.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: its queue: owner, type and cluster are checked when it is opened.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// Moves the rent.
    pub system_program: Program<'info, System>,
}

impl<'info> GrowQueue<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>) -> Result<()> {
        let accounts = ctx.accounts;
        record::check_owner(&accounts.queue)?;
        QueueMut::open(&mut accounts.queue.try_borrow_mut_data()?, accounts.cluster.key)?;
        let room = accounts.queue.data_len();
        let space = (room + MAX_GROWTH).min(Queue::space(MAX_QUEUE_CAPACITY));
        ensure!(space > room, ArxError::QueueAtItsLargest);
        money::grow(&accounts.payer, &accounts.queue, space)?;
        crate::events::emit(&QueueGrown { cluster: accounts.cluster.key(), bytes: space as u64 });
        Ok(())
    }
}
