//! Who an application is to the network: its signer, and its MXE.

use anchor_lang::{derive_program_address, prelude::*, solana_program::bpf_loader_upgradeable};
use arx_program::{
    ID_CONST as ARX,
    cpi::{self, accounts::CreateMxe as CreateMxeCpi},
    pda::{APPLICATION_SEED, CALLBACK_SEED, MXE_SEED, program_data as program_data_address},
};

use crate::ArxAnchorError;

/// An application's program and one of its MXEs. All addresses are computed when the program is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Application {
    /// The application's program.
    pub program: Pubkey,
    /// Its address `["arx"]`, which signs its calls to the network.
    pub signer: Pubkey,
    /// Bump of `signer`.
    pub signer_bump: u8,
    /// The arx program's address that signs callbacks to this application, and to no other.
    pub callback_signer: Pubkey,
    /// The application's own number for this MXE.
    pub mxe_id: u64,
    /// The MXE.
    pub mxe: Pubkey,
}

impl Application {
    /// The MXE number `mxe_id` of an application.
    pub const fn new(program: &Pubkey, mxe_id: u64) -> Self {
        let program_bytes = program.to_bytes();
        let (signer, signer_bump) = derive_program_address(&[APPLICATION_SEED], &program_bytes);
        let (callback_signer, _) = derive_program_address(&[CALLBACK_SEED, &program_bytes], &ARX.to_bytes());
        let (mxe, _) =
            derive_program_address(&[MXE_SEED, &program_bytes, &mxe_id.to_le_bytes()], &ARX.to_bytes());
        Self {
            program: *program,
            signer: Pubkey::new_from_array(signer),
            signer_bump,
            callback_signer: Pubkey::new_from_array(callback_signer),
            mxe_id,
            mxe: Pubkey::new_from_array(mxe),
        }
    }

    /// Calls `f` with the seeds that make the runtime accept `signer` as a signer.
    pub(crate) fn sign<T>(&self, f: impl FnOnce(&[&[&[u8]]]) -> T) -> T {
        f(&[&[APPLICATION_SEED, &[self.signer_bump]]])
    }
}

/// Accounts of [`create_mxe`].
#[derive(Debug)]
pub struct CreateMxe<'a, 'info> {
    /// Pays for the MXE's account; a signer.
    pub payer: &'a AccountInfo<'info>,
    /// Will create and deprecate definitions; a signer. Where the application's program has an upgrade authority, it must
    /// be that one, or anyone could put the application on a cluster of his own before its owner does.
    pub authority: &'a AccountInfo<'info>,
    /// The application's program.
    pub application: &'a AccountInfo<'info>,
    /// The loader's account for that program, at `arx_program::pda::program_data(program)`; does not exist where the
    /// program cannot be upgraded.
    pub program_data: &'a AccountInfo<'info>,
    /// [`Application::signer`].
    pub application_signer: &'a AccountInfo<'info>,
    /// The cluster that shall compute for the application.
    pub cluster: &'a AccountInfo<'info>,
    /// [`Application::mxe`]; must not exist yet.
    pub mxe: &'a AccountInfo<'info>,
    /// The arx program.
    pub arx_program: &'a AccountInfo<'info>,
    /// The system program.
    pub system_program: &'a AccountInfo<'info>,
}

/// Puts the application on a cluster, once.
pub fn create_mxe(application: &Application, accounts: CreateMxe<'_, '_>) -> Result<()> {
    check_upgrade_authority(&application.program, accounts.program_data, accounts.authority.key)?;
    let cpi_accounts = CreateMxeCpi {
        payer: accounts.payer.clone(),
        authority: accounts.authority.clone(),
        application: accounts.application.clone(),
        application_signer: accounts.application_signer.clone(),
        cluster: accounts.cluster.clone(),
        mxe: accounts.mxe.clone(),
        system_program: accounts.system_program.clone(),
    };
    application.sign(|seeds| {
        let context = CpiContext::new_with_signer(*accounts.arx_program.key, cpi_accounts, seeds);
        cpi::create_mxe(context, application.mxe_id)
    })
}

fn check_upgrade_authority(
    program: &Pubkey,
    program_data: &AccountInfo<'_>,
    authority: &Pubkey,
) -> Result<()> {
    require_keys_eq!(*program_data.key, program_data_address(program).0, ArxAnchorError::WrongProgramData);
    if program_data.owner != &bpf_loader_upgradeable::ID {
        return Ok(());
    }
    let data = program_data.try_borrow_data()?;
    match ProgramData::try_deserialize(&mut &data[..])?.upgrade_authority_address {
        None => Ok(()),
        Some(upgrade_authority) => {
            require_keys_eq!(*authority, upgrade_authority, ArxAnchorError::NotUpgradeAuthority);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arx_program::pda;

    #[test]
    fn addresses_are_those_that_the_network_derives() {
        for (seed, id) in [(0u8, 0u64), (1, 1), (7, u64::MAX), (255, 256)] {
            let program = Pubkey::new_from_array([seed; 32]);
            let application = Application::new(&program, id);
            let (signer, bump) = pda::application_signer(&program);
            assert_eq!((application.signer, application.signer_bump), (signer, bump));
            assert_eq!(application.mxe, pda::mxe(&program, id).0);
            assert_eq!(application.callback_signer, pda::callback_signer(&program).0);
            application.sign(|seeds| {
                assert_eq!(Pubkey::create_program_address(seeds[0], &program), Ok(signer));
            });
        }
    }
}
