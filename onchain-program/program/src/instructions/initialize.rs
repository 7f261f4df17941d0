//! `initialize`: sets the network up, once.

use anchor_lang::{prelude::*, solana_program::bpf_loader_upgradeable};

use crate::{
    constants::MAX_TREASURY_BASIS_POINTS, error::ArxError, events::ConfigChanged, pda, state::Config,
};

/// Accounts of `initialize`.
#[derive(Accounts)]
pub struct Initialize<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Becomes the network's authority; the program's upgrade authority, where the program has one.
    pub authority: Signer<'info>,
    /// The network's parameters.
    #[account(init, payer = payer, space = 8 + Config::INIT_SPACE, seeds = [pda::CONFIG_SEED], bump)]
    pub config: Account<'info, Config>,
    /// CHECK: the loader's account for this program, by its address; empty where the program cannot be upgraded.
    #[account(address = pda::program_data(&crate::ID).0)]
    pub program_data: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> Initialize<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, treasury: Pubkey, treasury_basis_points: u16) -> Result<()> {
        require!(treasury_basis_points <= MAX_TREASURY_BASIS_POINTS, ArxError::TreasuryPartTooLarge);
        let accounts = ctx.accounts;
        accounts.check_upgrade_authority()?;
        accounts.config.set_inner(Config {
            authority: accounts.authority.key(),
            pending_authority: None,
            treasury,
            treasury_basis_points,
            bump: ctx.bumps.config,
        });
        emit!(ConfigChanged { authority: accounts.authority.key(), treasury, treasury_basis_points });
        Ok(())
    }

    /// Or anyone could set the network up first, between its deployment and its owner's transaction.
    fn check_upgrade_authority(&self) -> Result<()> {
        if self.program_data.owner != &bpf_loader_upgradeable::ID {
            return Ok(());
        }
        let data = self.program_data.try_borrow_data()?;
        let program_data = ProgramData::try_deserialize(&mut &data[..])?;
        match program_data.upgrade_authority_address {
            Some(upgrade_authority) => {
                require_keys_eq!(self.authority.key(), upgrade_authority, ArxError::NotUpgradeAuthority);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
