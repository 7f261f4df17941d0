//! `initialize`: sets the network up, once.

use anchor_lang::{prelude::*, solana_program::bpf_loader_upgradeable};

use crate::{
    constants::MAX_TREASURY_BASIS_POINTS,
    error::ArxError,
    events::ConfigChanged,
    pda,
    record::{self, ensure},
    state::{Config, Parameters},
};

/// Accounts of `initialize`.
#[derive(Accounts)]
pub struct Initialize<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Becomes the network's authority; the program's upgrade authority, where the program has one.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters, created here at their one address.
    #[account(mut)]
    pub config: UncheckedAccount<'info>,
    /// CHECK: the loader's account for this program, by its address; empty where the program cannot be upgraded.
    #[account(address = pda::program_data(&crate::ID).0)]
    pub program_data: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> Initialize<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, treasury: Pubkey, treasury_basis_points: u16) -> Result<()> {
        ensure!(treasury_basis_points <= MAX_TREASURY_BASIS_POINTS, ArxError::TreasuryPartTooLarge);
        let accounts = ctx.accounts;
        accounts.check_upgrade_authority()?;
        let address = pda::config();
        let config = Config {
            authority: accounts.authority.key(),
            pending_authority: None,
            treasury,
            treasury_basis_points,
            parameters: Parameters::default(),
            pending: None,
            bump: address.1,
        };
        record::create(
            &accounts.payer,
            &accounts.config,
            address,
            &[pda::CONFIG_SEED],
            &config,
            8 + Config::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&ConfigChanged {
            authority: accounts.authority.key(),
            treasury,
            treasury_basis_points,
        });
        Ok(())
    }

    /// Or anyone could set the network up first, between its deployment and its owner's transaction.
    fn check_upgrade_authority(&self) -> Result<()> {
        if self.program_data.owner != &bpf_loader_upgradeable::ID {
            return Ok(());
        }
        // Of the loader's account for a program's data: tag 3 u32, slot u64, then whether there is an authority, and which.
        let data = self.program_data.try_borrow_data()?;
        let (tag, authority) = (data.get(..4), data.get(12..45));
        let (Some([3, 0, 0, 0]), Some(authority)) = (tag, authority) else {
            return Err(ArxError::NotUpgradeAuthority.into());
        };
        ensure!(
            authority[0] == 0 || &authority[1..] == self.authority.key.as_ref(),
            ArxError::NotUpgradeAuthority
        );
        Ok(())
    }
}
