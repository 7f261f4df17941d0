//! What a call may look like: early refusals, by the auction, by `arx-anchor`, and by the arx program.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use arx_anchor::{ArxAnchorError, Call, EncryptedInput};
use arx_program::{
    error::ArxError,
    pda,
    state::{Computation, StoredArgument},
};
use arx_testing::input::input;
use sealed_bid_auction::{
    error::AuctionError,
    generated::{APPLICATION, CLOSE_AUCTION, PLACE_BID},
    instructions::AuctionTerms,
    rules::{BID_GRACE_SLOTS, MAX_AUCTION_SLOTS},
};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::world::*;

/// A bid of anna's, with its accounts and data changed.
fn refused_bid(
    world: &mut World,
    change: impl FnOnce(
        &mut sealed_bid_auction::accounts::PlaceBid,
        &mut sealed_bid_auction::instruction::PlaceBid,
    ),
) -> arx_testing::Refusal {
    let bidder = world.bidder("anna");
    let call = world.call();
    let mut accounts = world.place_bid_accounts(&bidder.pubkey(), &call);
    let mut data = World::bid_data(&call);
    change(&mut accounts, &mut data);
    world.harness.must_refuse(&[build(&accounts, &data)], &[&bidder])
}

#[test]
fn a_call_reaches_the_queue_as_it_was_typed() {
    let mut world = World::new();
    let address = world.must_bid("anna", 2 * RESERVE);
    let computation: Computation = world.harness.must_load(&address);
    let bidder = world.bidder("anna").pubkey();
    assert_eq!(computation.definition, PLACE_BID.address);
    assert_eq!(computation.mxe, APPLICATION.mxe);
    assert_eq!(computation.instance, world.auction);
    assert_eq!((computation.authority, computation.payer), (bidder, bidder));
    assert_eq!(computation.arguments.len(), PLACE_BID.parameters.len());
    let named = StoredArgument::Plaintext(bidder.to_bytes().to_vec());
    assert_eq!(computation.arguments[0], named, "the circuit is told who signed");
    assert_eq!(computation.output_cells, [Some(0), None]);
    let [cell] = computation.cells.as_slice() else { panic!("one cell") };
    assert_eq!((cell.address, cell.read, cell.write), (world.cell(), true, true));
    let callback = computation.callback.expect("there is one");
    let bid = world.bid_address("anna");
    let accounts: Vec<_> = callback.accounts.iter().map(|account| (account.key, account.writable)).collect();
    assert_eq!(accounts, [(world.auction, true), (bid, true)]);
    let fee = PLACE_BID.cost_units * PRICES.price_per_unit + PRICES.base_fee;
    assert_eq!(computation.escrow.total().expect("it is small"), fee);
}

#[test]
fn inputs_of_another_shape_are_refused() {
    let mut world = World::new();
    let bits = PLACE_BID.parameters[1].bits;
    type Change = fn(u32, &Call) -> Vec<u8>;
    let cases: [(ArxError, Change); 6] = [
        (ArxError::WrongInputBits, |bits, call| input(3, 0, bits - 1, call.counter, call.not_after)),
        (ArxError::WrongInputSlot, |bits, call| input(3, 1, bits, call.counter, call.not_after)),
        (ArxError::WrongInputNodes, |bits, call| input(2, 0, bits, call.counter, call.not_after)),
        (ArxError::WrongInputCounter, |bits, call| input(3, 0, bits, call.counter + 1, call.not_after)),
        (ArxError::WrongInputNotAfter, |bits, call| input(3, 0, bits, call.counter, call.not_after + 1)),
        (ArxError::WrongArgumentLength, |_, _| Vec::new()),
    ];
    for (error, change) in cases {
        let refusal = refused_bid(&mut world, |_, data| {
            data.amount = EncryptedInput::new(change(bits, &data.call));
        });
        assert!(refusal.is(error), "{error:?}: {refusal}");
    }
}

#[test]
fn accounts_that_do_not_belong_together_are_refused() {
    let mut world = World::new();
    let mut other = world.clone();
    other.terms.id += 1;
    other.must_create();
    let other_cell = other.cell();

    let refusal = refused_bid(&mut other, |accounts, _| accounts.cell.cell = world.cell());
    assert!(is(&refusal, AuctionError::WrongCell), "another auction's cell: {refusal}");
    let refusal = refused_bid(&mut world, |accounts, _| accounts.cell.cell = APPLICATION.mxe);
    assert!(refusal.code.is_some(), "no cell: {refusal}");
    assert_ne!(other_cell, world.cell());

    let refusal = refused_bid(&mut world, |accounts, _| accounts.arx.definition = CLOSE_AUCTION.address);
    assert!(is(&refusal, ArxAnchorError::WrongDefinition), "{refusal}");
    let refusal =
        refused_bid(&mut world, |accounts, _| accounts.arx.mxe = pda::mxe(&APPLICATION.program, 1).0);
    assert!(is(&refusal, ArxAnchorError::WrongMxe), "{refusal}");
    let refusal = refused_bid(&mut world, |accounts, _| accounts.arx.arx_program = accounts.arx.mxe);
    assert!(refusal.code.is_some(), "another program in place of arx: {refusal}");
    let refusal =
        refused_bid(&mut world, |accounts, _| accounts.arx.application_signer = Pubkey::new_unique());
    assert!(refusal.error.contains("Privilege") || refusal.error.contains("Missing"), "{refusal}");
    let refusal = refused_bid(&mut world, |accounts, _| accounts.arx.computation = Pubkey::new_unique());
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn the_bidder_signs_and_pays() {
    let mut world = World::new();
    let bidder = world.bidder("anna");
    let call = world.call();
    let accounts = world.place_bid_accounts(&bidder.pubkey(), &call);
    let bid = build(&accounts, &World::bid_data(&call));
    // Someone else pays the transaction and submits anna's ciphertext without her.
    let mut unsigned = bid.clone();
    for meta in unsigned.accounts.iter_mut().filter(|meta| meta.pubkey == bidder.pubkey()) {
        meta.is_signer = false;
    }
    world.harness.must_refuse(&[unsigned], &[]);
    // Someone else submits it as his own bid: it is bound to anna, and the nodes would refuse it; but already the
    // payer must be the bidder.
    let thief = world.bidder("thief");
    let mut stolen = world.place_bid_accounts(&thief.pubkey(), &call);
    stolen.arx.payer = bidder.pubkey();
    let stolen = build(&stolen, &World::bid_data(&call));
    let refusal = world.harness.must_refuse(&[stolen], &[&thief, &bidder]);
    assert!(is(&refusal, AuctionError::WrongPayer), "{refusal}");
    world.harness.must_send(&[bid], &[&bidder]);
}

#[test]
fn a_bidder_has_one_bid_and_a_call_one_use() {
    let mut world = World::new();
    world.must_count("anna", 2 * RESERVE);
    // The account of the first bid is in the way.
    refused_bid(&mut world, |_, _| {});
}

#[test]
fn a_bid_that_could_be_counted_too_late_is_refused() {
    let mut world = World::new();
    let latest = world.terms.end_slot + BID_GRACE_SLOTS;
    let refusal = refused_bid(&mut world, |_, data| {
        data.call.deadline = latest + 1;
        data.call.not_after = latest + 1;
    });
    assert!(is(&refusal, AuctionError::BidDeadlineTooLate));
}

#[test]
fn an_auction_takes_no_bids_before_its_state_is_there() {
    let mut world = World::without_auction();
    let computation = world.must_create();
    assert!(is(&refused_bid(&mut world, |_, _| {}), AuctionError::NotOpen));
    world.must_finish(computation);
    world.must_bid("anna", 2 * RESERVE);
}

#[test]
fn impossible_terms_are_refused() {
    let mut world = World::without_auction();
    world.harness.warp_to(500);
    let right = AuctionTerms { id: 1, reserve: 10, deposit: 10, end_slot: 600 };
    let cases = [
        (AuctionError::InvalidEnd, AuctionTerms { end_slot: 500, ..right }),
        (AuctionError::InvalidEnd, AuctionTerms { end_slot: 501 + MAX_AUCTION_SLOTS, ..right }),
        (AuctionError::DepositBelowReserve, AuctionTerms { deposit: 9, ..right }),
        (AuctionError::DepositBelowReserve, AuctionTerms { deposit: 0, reserve: 0, ..right }),
    ];
    let seller = world.seller();
    for (error, terms) in cases {
        let (create, _) = world.create(terms);
        let refusal = world.harness.must_refuse(&[create], &[&seller]);
        assert!(is(&refusal, error), "{error:?}: {refusal}");
    }
    let (create, _) = world.create(right);
    world.harness.must_send(&[create], &[&seller]);
}

#[test]
fn only_the_upgrade_authority_puts_the_application_on_a_cluster() {
    use arx_program::pda::program_data;
    let mut world = World::without_auction();
    // As if the program had just been deployed, upgradeable by `owner`.
    let owner = world.harness.must_key("owner");
    world.harness.set_account(APPLICATION.mxe, solana_account::Account::default());
    let mut data = vec![3, 0, 0, 0];
    data.extend_from_slice(&1u64.to_le_bytes());
    data.push(1);
    data.extend_from_slice(owner.pubkey().as_ref());
    let loader = anchor_lang::solana_program::bpf_loader_upgradeable::ID;
    let account = solana_account::Account { lamports: 10_000_000, data, owner: loader, ..Default::default() };
    world.harness.set_account(program_data(&APPLICATION.program).0, account);

    let stranger = world.harness.must_key("stranger");
    let initialize = world.initialize_application(stranger.pubkey());
    let refusal = world.harness.must_refuse(std::slice::from_ref(&initialize), &[&stranger]);
    assert!(is(&refusal, ArxAnchorError::NotUpgradeAuthority), "{refusal}");
    // Nor by passing another account in place of the loader's.
    let fake = Pubkey::new_unique();
    let evasion = World::exchange(initialize, &program_data(&APPLICATION.program).0, &fake);
    let refusal = world.harness.must_refuse(&[evasion], &[&stranger]);
    assert!(is(&refusal, ArxAnchorError::WrongProgramData), "{refusal}");

    let initialize = world.initialize_application(owner.pubkey());
    world.harness.must_send(std::slice::from_ref(&initialize), &[&owner]);
    world.harness.must_refuse(&[initialize], &[&owner]);
}

#[test]
fn the_applications_signer_signs_for_the_application_only() {
    let mut world = World::new();
    // Queueing past the application: a user signs in the place of the application's signer.
    let user = Keypair::new();
    let bidder = world.bidder("anna");
    let call = world.call();
    let keys = world.keys(&PLACE_BID, &bidder.pubkey(), &call);
    let caller = arx_program::client::Caller {
        payer: bidder.pubkey(),
        authority: bidder.pubkey(),
        application: APPLICATION.program,
        mxe: APPLICATION.mxe,
        cluster: world.network.cluster,
        definition: PLACE_BID.address,
    };
    let arguments = arx_program::instructions::QueueArguments {
        counter: call.counter,
        instance: world.auction,
        epoch: 1,
        not_after: call.not_after,
        deadline: call.deadline,
        priority_fee: 0,
        arguments: vec![],
        output_cells: vec![],
        callback: None,
    };
    let cell = AccountMeta::new_readonly(world.cell(), false);
    let queue = arx_program::client::queue_computation(&caller, arguments, vec![cell]);
    let queue = World::exchange(queue, &keys.application_signer, &user.pubkey());
    let refusal = world.harness.must_refuse(&[queue], &[&bidder, &user]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");
}
