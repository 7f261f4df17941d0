//! Builders of the instructions about stake.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, system_program};

use super::build;
use crate::{accounts, instruction, pda, state::OffenceClass, token::TOKEN_PROGRAM};

/// See [`crate::instructions::create_stake_pool`].
pub fn create_stake_pool(payer: Pubkey, authority: Pubkey, mint: Pubkey) -> Instruction {
    build(
        accounts::CreateStakePool {
            payer,
            authority,
            config: pda::config().0,
            mint,
            pool: pda::stake_pool().0,
            vault: pda::vault().0,
            token_program: TOKEN_PROGRAM,
            system_program: system_program::ID,
        },
        instruction::CreateStakePool {},
    )
}

/// See [`crate::instructions::bond`]. `source` is the owner's token account.
pub fn bond(
    owner: Pubkey,
    identity: Pubkey,
    source: Pubkey,
    amount: u64,
    commission_basis_points: u16,
) -> Instruction {
    build(
        accounts::Deposit {
            owner,
            config: pda::config().0,
            pool: pda::stake_pool().0,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            delegation: pda::delegation(&identity, &owner).0,
            source,
            vault: pda::vault().0,
            token_program: TOKEN_PROGRAM,
            system_program: system_program::ID,
        },
        instruction::Bond { amount, commission_basis_points },
    )
}

/// See [`crate::instructions::delegate`]. `source` is the owner's token account.
pub fn delegate(owner: Pubkey, identity: Pubkey, source: Pubkey, amount: u64) -> Instruction {
    build(
        accounts::Deposit {
            owner,
            config: pda::config().0,
            pool: pda::stake_pool().0,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            delegation: pda::delegation(&identity, &owner).0,
            source,
            vault: pda::vault().0,
            token_program: TOKEN_PROGRAM,
            system_program: system_program::ID,
        },
        instruction::Delegate { amount },
    )
}

/// See [`crate::instructions::unbond`]. `id` tells the owner's unbondings apart.
pub fn unbond(owner: Pubkey, identity: Pubkey, id: u64, shares: u64) -> Instruction {
    let delegation = pda::delegation(&identity, &owner).0;
    build(
        accounts::Unbond {
            owner,
            config: pda::config().0,
            pool: pda::stake_pool().0,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            delegation,
            unbonding: pda::unbonding(&delegation, id).0,
            system_program: system_program::ID,
        },
        instruction::Unbond { id, shares },
    )
}

/// See [`crate::instructions::withdraw`].
pub fn withdraw(owner: Pubkey, identity: Pubkey, id: u64, destination: Pubkey) -> Instruction {
    let delegation = pda::delegation(&identity, &owner).0;
    build(
        accounts::Withdraw {
            owner,
            pool: pda::stake_pool().0,
            stake: pda::node_stake(&identity).0,
            unbonding: pda::unbonding(&delegation, id).0,
            destination,
            vault: pda::vault().0,
            token_program: TOKEN_PROGRAM,
        },
        instruction::Withdraw {},
    )
}

/// See [`crate::instructions::claim_rewards`].
pub fn claim_rewards(owner: Pubkey, identity: Pubkey) -> Instruction {
    build(
        accounts::ClaimRewards {
            owner,
            stake: pda::node_stake(&identity).0,
            delegation: pda::delegation(&identity, &owner).0,
        },
        instruction::ClaimRewards {},
    )
}

/// See [`crate::instructions::claim_commission`].
pub fn claim_commission(authority: Pubkey, identity: Pubkey, recipient: Pubkey) -> Instruction {
    build(
        accounts::ClaimCommission {
            authority,
            recipient,
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
        },
        instruction::ClaimCommission {},
    )
}

/// See [`crate::instructions::distribute_fees`].
pub fn distribute_fees(identity: Pubkey, cluster: Pubkey) -> Instruction {
    build(
        accounts::DistributeFees {
            node: pda::node(&identity).0,
            stake: pda::node_stake(&identity).0,
            cluster,
        },
        instruction::DistributeFees {},
    )
}

/// See [`crate::instructions::burn_slashed`].
pub fn burn_slashed(mint: Pubkey) -> Instruction {
    build(
        accounts::BurnSlashed {
            pool: pda::stake_pool().0,
            vault: pda::vault().0,
            mint,
            token_program: TOKEN_PROGRAM,
        },
        instruction::BurnSlashed {},
    )
}

/// See [`crate::instructions::claim_report`].
pub fn claim_report(
    reporter: Pubkey,
    identity: Pubkey,
    class: OffenceClass,
    session: &[u8; 32],
    destination: Pubkey,
) -> Instruction {
    build(claim_part(reporter, identity, class, session, destination), instruction::ClaimReport {})
}

/// See [`crate::instructions::claim_report`]. `victim` paid for the computation that the offence concerns.
pub fn claim_compensation(
    victim: Pubkey,
    identity: Pubkey,
    class: OffenceClass,
    session: &[u8; 32],
    destination: Pubkey,
) -> Instruction {
    build(claim_part(victim, identity, class, session, destination), instruction::ClaimCompensation {})
}

fn claim_part(
    claimant: Pubkey,
    identity: Pubkey,
    class: OffenceClass,
    session: &[u8; 32],
    destination: Pubkey,
) -> accounts::ClaimPart {
    accounts::ClaimPart {
        claimant,
        offence: pda::offence(&identity, class, session).0,
        pool: pda::stake_pool().0,
        destination,
        vault: pda::vault().0,
        token_program: TOKEN_PROGRAM,
    }
}
