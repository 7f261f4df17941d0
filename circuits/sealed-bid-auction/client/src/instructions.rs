//! The program's instructions, with every account derived from what names it.

use anchor_lang::{InstructionData, ToAccountMetas};
use arx_anchor::{Call, EncryptedCellKey, EncryptedInput, QueueKeys, arx_program::pda};
use sealed_bid_auction::{
    ID, accounts,
    generated::{APPLICATION, CLOSE_AUCTION, INIT_AUCTION, PLACE_BID},
    instruction,
    instructions::AuctionTerms,
    state::bid_address,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

const SYSTEM: Pubkey = anchor_lang::system_program::ID;

fn build(accounts: &impl ToAccountMetas, data: &impl InstructionData) -> Instruction {
    Instruction { program_id: ID, accounts: accounts.to_account_metas(None), data: data.data() }
}

/// The cell that holds an auction's encrypted state.
fn cell(auction: &Pubkey) -> Pubkey {
    pda::cell(&APPLICATION.mxe, &auction.to_bytes()).0
}

pub fn initialize(payer: Pubkey, authority: Pubkey, cluster: Pubkey) -> Instruction {
    let accounts = accounts::InitializeApplication {
        payer,
        authority,
        application: ID,
        program_data: pda::program_data(&ID).0,
        application_signer: APPLICATION.signer,
        cluster,
        mxe: APPLICATION.mxe,
        arx_program: arx_anchor::ID,
        system_program: SYSTEM,
    };
    build(&accounts, &instruction::InitializeApplication {})
}

pub fn create(
    seller: Pubkey,
    auction: Pubkey,
    cluster: Pubkey,
    terms: AuctionTerms,
    call: Call,
) -> Instruction {
    let arx = QueueKeys::new(&INIT_AUCTION, cluster, seller, &auction, &seller, call.counter);
    let accounts =
        accounts::CreateAuction { seller, auction, cell: cell(&auction), arx, system_program: SYSTEM };
    build(&accounts, &instruction::CreateAuction { terms, call })
}

pub fn place_bid(
    bidder: Pubkey,
    auction: Pubkey,
    cluster: Pubkey,
    ciphertext: Vec<u8>,
    call: Call,
) -> Instruction {
    let accounts = accounts::PlaceBid {
        bidder,
        auction,
        bid: bid_address(&auction, &bidder).0,
        cell: EncryptedCellKey { cell: cell(&auction) },
        arx: QueueKeys::new(&PLACE_BID, cluster, bidder, &auction, &bidder, call.counter),
        system_program: SYSTEM,
    };
    let amount = EncryptedInput::new(ciphertext);
    build(&accounts, &instruction::PlaceBid { amount, call })
}

pub fn close(caller: Pubkey, auction: Pubkey, cluster: Pubkey, call: Call) -> Instruction {
    let accounts = accounts::CloseAuction {
        auction,
        cell: EncryptedCellKey { cell: cell(&auction) },
        arx: QueueKeys::new(&CLOSE_AUCTION, cluster, caller, &auction, &caller, call.counter),
    };
    build(&accounts, &instruction::CloseAuction { call })
}

pub fn settle(auction: Pubkey, seller: Pubkey, winner: Pubkey) -> Instruction {
    let bid = bid_address(&auction, &winner).0;
    build(&accounts::Settle { auction, bid, seller }, &instruction::Settle {})
}

pub fn withdraw(auction: Pubkey, bidder: Pubkey) -> Instruction {
    let bid = bid_address(&auction, &bidder).0;
    build(&accounts::Withdraw { auction, bid, bidder }, &instruction::Withdraw {})
}
