//! What is on the chain before its first block: programs and balances.
//!
//! A program is placed as the upgradeable loader would have left it (a program account that names a data account
//! that holds a header and the bytecode), so explorers and clients see nothing unusual; the runtime verifies and
//! compiles the bytecode at once, and a file that it refuses is an error here and not a puzzle later.

use anyhow::{Context, ensure};
use solana_pubkey::Pubkey;
use surfpool_core::{solana_account::Account, surfnet::svm::SurfnetSvm};

use crate::options::{Funds, PlacedProgram};

/// The BPF Upgradeable Loader, owner of all deployed programs.
const UPGRADEABLE_LOADER: Pubkey = Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");
/// The system program, owner of plain balances.
const SYSTEM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");
/// Variants of the loader's account state, as the loader serialises them (little-endian u32).
const STATE_PROGRAM: u32 = 2;
const STATE_PROGRAM_DATA: u32 = 3;

/// Puts `program` on the chain, executable from the first slot. Without an upgrade authority it is final.
pub fn place_program(
    svm: &mut SurfnetSvm,
    program: &PlacedProgram,
    upgrade_authority: Option<&Pubkey>,
) -> anyhow::Result<()> {
    let place = format!("program {} ({})", program.id, program.path.display());
    let bytecode = std::fs::read(&program.path).with_context(|| format!("cannot read {place}"))?;
    ensure!(
        bytecode.starts_with(b"\x7fELF"),
        "{place} is no ELF file; build it with onchain-program/sbpf/build-program or cargo build-sbf"
    );
    let (data_address, _) = Pubkey::find_program_address(&[program.id.as_ref()], &UPGRADEABLE_LOADER);
    let accounts = [
        (data_address, program_data(&bytecode, upgrade_authority), false),
        (program.id, program_state(&data_address), true),
    ];
    // The data first: setting the executable account is what loads the program.
    for (address, data, executable) in accounts {
        let account = Account {
            lamports: svm.inner.minimum_balance_for_rent_exemption(data.len()),
            data,
            owner: UPGRADEABLE_LOADER,
            executable,
            rent_epoch: u64::MAX,
        };
        svm.set_account(&address, account)
            .map_err(|error| anyhow::anyhow!("the runtime refused {place}: {error}"))?;
    }
    Ok(())
}

/// Gives an account its balance.
pub fn fund(svm: &mut SurfnetSvm, funds: &Funds) -> anyhow::Result<()> {
    let account = Account { lamports: funds.lamports, owner: SYSTEM, ..Account::default() };
    svm.set_account(&funds.account, account)
        .map_err(|error| anyhow::anyhow!("cannot fund {}: {error}", funds.account))
}

/// `Program { programdata_address }`.
fn program_state(data_address: &Pubkey) -> Vec<u8> {
    let mut state = STATE_PROGRAM.to_le_bytes().to_vec();
    state.extend_from_slice(data_address.as_ref());
    state
}

/// `ProgramData { slot, upgrade_authority_address }`, whose place is always as long as if there were one, then the
/// bytecode.
fn program_data(bytecode: &[u8], upgrade_authority: Option<&Pubkey>) -> Vec<u8> {
    let mut data = STATE_PROGRAM_DATA.to_le_bytes().to_vec();
    data.extend_from_slice(&0u64.to_le_bytes());
    data.push(upgrade_authority.is_some().into());
    data.extend_from_slice(&upgrade_authority.map_or([0; 32], |authority| authority.to_bytes()));
    data.extend_from_slice(bytecode);
    data
}
