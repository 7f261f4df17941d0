//! Who may call a callback, and with what.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use arx_anchor::{ArxAnchorError, CallbackKeys};
use arx_program::{client, error::ArxError, pda, state::Delivery};
use sealed_bid_auction::{
    accounts,
    error::AuctionError,
    generated::{APPLICATION, CLOSE_AUCTION, PLACE_BID},
    instruction,
    state::{BidStatus, Phase},
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::world::*;

/// A world with a bid whose computation is finalised and not delivered.
fn undelivered() -> (World, Pubkey) {
    let mut world = World::new();
    let computation = world.must_bid("anna", 2 * RESERVE);
    let result = world.result(computation);
    world.harness.must_send(&result, &[]);
    (world, computation)
}

/// The handler of bids, called directly.
fn direct(world: &mut World, computation: Pubkey, signer: Pubkey) -> Instruction {
    let accounts = accounts::BidPlaced {
        arx: CallbackKeys { callback_signer: signer, computation },
        auction: world.auction,
        bid: world.bid_address("anna"),
    };
    build(&accounts, &instruction::BidPlaced {})
}

fn assert_pending(world: &mut World) {
    assert_eq!(world.bid_account("anna").map(|bid| bid.status), Some(BidStatus::Pending));
    assert_eq!(world.auction_account().pending_bids, 1);
}

#[test]
fn only_the_arx_program_can_call() {
    let (mut world, computation) = undelivered();
    // With the right address, which does not sign.
    let mut call = direct(&mut world, computation, APPLICATION.callback_signer);
    call.accounts[0].is_signer = false;
    assert!(is(&world.harness.must_refuse(&[call], &[]), ArxAnchorError::NotCalledByArx));
    // With another address, which signs.
    let stranger = Keypair::new();
    let call = direct(&mut world, computation, stranger.pubkey());
    assert!(is(&world.harness.must_refuse(&[call], &[&stranger]), ArxAnchorError::NotCalledByArx));
    assert_pending(&mut world);

    let deliver = world.deliver(computation);
    world.harness.must_send(&[deliver], &[]);
    assert_eq!(world.bid_account("anna").map(|bid| bid.status), Some(BidStatus::Counted));
}

#[test]
fn a_computation_of_another_definition_is_refused() {
    let (mut world, computation) = undelivered();
    world.forge(computation, |computation| computation.definition = CLOSE_AUCTION.address);
    let deliver = world.deliver(computation);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), ArxAnchorError::WrongDefinition));
    assert_pending(&mut world);

    // The definition's address alone does not do: the circuit must be the one the handler was compiled for.
    world.forge(computation, |computation| {
        computation.definition = PLACE_BID.address;
        computation.circuit_hash = CLOSE_AUCTION.circuit_hash;
    });
    let deliver = world.deliver(computation);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), ArxAnchorError::WrongDefinition));
    assert_pending(&mut world);
}

#[test]
fn a_computation_of_another_mxe_is_refused() {
    let (mut world, computation) = undelivered();
    world.forge(computation, |computation| computation.mxe = pda::mxe(&APPLICATION.program, 1).0);
    let deliver = world.deliver(computation);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), ArxAnchorError::WrongMxe));
    assert_pending(&mut world);
}

#[test]
fn a_computation_of_another_auction_or_bid_is_refused() {
    let (mut world, computation) = undelivered();
    let other = Pubkey::new_unique();
    world.forge(computation, |computation| computation.instance = other);
    let deliver = world.deliver(computation);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), AuctionError::WrongComputation));
    world.forge(computation, |_| {});
    let auction = world.auction;
    world.forge(computation, |computation| computation.instance = auction);

    let second = world.must_bid("boris", 3 * RESERVE);
    let boris = world.bid_address("boris");
    world.forge(computation, |computation| {
        computation.callback.as_mut().expect("there is one").accounts[1].key = boris;
    });
    let deliver = world.deliver(computation);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), AuctionError::WrongComputation));
    world.must_finish(second);
}

#[test]
fn an_account_that_is_no_computation_of_the_arx_program_is_refused() {
    let (mut world, computation) = undelivered();
    // A perfect copy, at another address, owned by another program.
    let mut copy = world.harness.account(&computation).expect("it is there");
    copy.owner = arx_testing::application::ECHO;
    let forged = Pubkey::new_unique();
    world.harness.set_account(forged, copy);
    let deliver = World::exchange(world.deliver(computation), &computation, &forged);
    world.harness.must_refuse(&[deliver], &[]);
    assert_pending(&mut world);
}

#[test]
fn unsettled_computations_are_not_delivered() {
    let mut world = World::new();
    let computation = world.must_bid("anna", 2 * RESERVE);
    let deliver = world.deliver(computation);
    assert!(world.harness.must_refuse(&[deliver], &[]).is(ArxError::NotSettled));
    assert_pending(&mut world);
}

#[test]
fn a_callback_is_delivered_once_and_repeating_it_harms_nobody() {
    let (mut world, computation) = undelivered();
    let deliver = world.deliver(computation);
    world.harness.must_send(std::slice::from_ref(&deliver), &[]);
    assert!(world.harness.must_refuse(std::slice::from_ref(&deliver), &[]).is(ArxError::AlreadyDelivered));

    // Even if the arx program forgot: the application does not count twice.
    world.forge(computation, |computation| computation.delivery = Delivery::Pending);
    let before = (world.auction_account(), world.bid_account("anna"));
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), AuctionError::OutcomeTaken));
    assert_eq!((world.auction_account(), world.bid_account("anna")), before);
}

#[test]
fn a_second_closing_changes_nothing() {
    let mut world = World::new();
    world.must_count("anna", 2 * RESERVE);
    let first = world.must_close();
    let second = world.must_close();
    world.must_finish(first);
    let phase = world.auction_account().phase;
    assert!(matches!(phase, Phase::Sold { .. }));
    let result = world.result(second);
    world.harness.must_send(&result, &[]);
    let deliver = world.deliver(second);
    assert!(is(&world.harness.must_refuse(&[deliver], &[]), AuctionError::OutcomeTaken));
    assert_eq!(world.auction_account().phase, phase);
}

#[test]
fn a_closing_can_be_taken_instead_of_delivered() {
    let mut world = World::new();
    world.must_count("anna", 2 * RESERVE);
    let closing = world.must_close();
    let take = world.take_closing(closing);
    assert!(is(&world.harness.must_refuse(std::slice::from_ref(&take), &[]), ArxAnchorError::NotSettled));

    let result = world.result(closing);
    world.harness.must_send(&result, &[]);
    world.harness.must_send(std::slice::from_ref(&take), &[]);
    assert!(matches!(world.auction_account().phase, Phase::Sold { .. }));
    assert_eq!(world.computation(closing).delivery, Delivery::Consumed);

    // Not twice, neither way.
    assert!(is(&world.harness.must_refuse(&[take], &[]), ArxAnchorError::AlreadyDelivered));
    let deliver = world.deliver(closing);
    assert!(world.harness.must_refuse(&[deliver], &[]).is(ArxError::AlreadyDelivered));
}

#[test]
fn only_a_closing_of_this_auction_can_be_taken() {
    let (mut world, bid) = undelivered();
    let take = world.take_closing(bid);
    assert!(is(&world.harness.must_refuse(&[take], &[]), ArxAnchorError::WrongDefinition));
    let deliver = world.deliver(bid);
    world.harness.must_send(&[deliver], &[]);

    let closing = world.must_close();
    let result = world.result(closing);
    world.harness.must_send(&result, &[]);
    let other = Pubkey::new_unique();
    world.forge(closing, |computation| computation.instance = other);
    let take = world.take_closing(closing);
    assert!(is(&world.harness.must_refuse(&[take], &[]), AuctionError::WrongComputation));
}

#[test]
fn nobody_but_the_application_can_consume() {
    let (mut world, computation) = undelivered();
    let mut consume = client::consume_result(APPLICATION.program, APPLICATION.mxe, computation);
    let stranger = Keypair::new();
    consume.accounts[0] = AccountMeta::new_readonly(stranger.pubkey(), true);
    let refusal = world.harness.must_refuse(&[consume], &[&stranger]);
    assert!(refusal.is(ArxError::WrongApplicationSigner));
}
