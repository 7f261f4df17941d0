//! What `queue_computation` refuses before any fee is held.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client::{self, Caller},
    constants::{
        MAX_CALLBACK_ACCOUNTS, MAX_DEADLINE_SLOTS, MAX_NOT_AFTER_SLOTS, MAX_QUEUE_CAPACITY, QUEUE_CAPACITY,
    },
    error::ArxError,
    instructions::QueueArguments,
    message::sha256,
    state::{Argument, CallbackAccount, StoredArgument},
};
use arx_testing::{
    Application,
    application::{ECHO, forward},
    harness::key,
    input::input,
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{INPUT_BITS, PRICES, World, mixed_definition};

/// Changes one thing in a right call and expects one error.
#[track_caller]
fn refuses(expected: ArxError, change: impl FnOnce(&mut QueueArguments)) {
    let mut world = World::new();
    let mut call = world.call(1);
    change(&mut call);
    let refusal = world.must_refuse_call(call);
    assert!(refusal.is(expected), "expected {expected:?}, got {refusal}");
}

fn with_input(call: &mut QueueArguments, bytes: Vec<u8>) {
    call.arguments[1] = Argument::Input(bytes);
}

#[test]
fn the_unchanged_call_is_taken() {
    let mut world = World::new();
    world.must_queue(1);
}

#[test]
fn refuses_too_few_arguments() {
    refuses(ArxError::WrongArgumentCount, |call| {
        call.arguments.pop();
    });
}

#[test]
fn refuses_too_many_arguments() {
    refuses(ArxError::WrongArgumentCount, |call| call.arguments.push(Argument::Empty));
}

#[test]
fn refuses_arguments_of_another_kind() {
    refuses(ArxError::WrongArgumentKind, |call| call.arguments.swap(0, 1));
    refuses(ArxError::WrongArgumentKind, |call| call.arguments[3] = Argument::Plaintext(vec![]));
    refuses(ArxError::WrongArgumentKind, |call| call.arguments[2] = Argument::Empty);
    refuses(ArxError::WrongArgumentKind, |call| call.arguments[3] = Argument::Cell { account: 0 });
    refuses(ArxError::WrongArgumentKind, |call| {
        call.arguments[2] = Argument::AccountSlice { account: 0, offset: 0, length: 13 };
    });
}

#[test]
fn refuses_arguments_of_another_size() {
    refuses(ArxError::WrongArgumentLength, |call| call.arguments[0] = Argument::Plaintext(vec![0; 7]));
    refuses(ArxError::WrongArgumentLength, |call| call.arguments[0] = Argument::Plaintext(vec![0; 9]));
    refuses(ArxError::WrongArgumentLength, |call| with_input(call, vec![]));
    refuses(ArxError::WrongArgumentLength, |call| with_input(call, vec![1; 119]));
    refuses(ArxError::WrongArgumentLength, |call| {
        let mut bytes = input(3, 0, INPUT_BITS, call.counter, call.not_after);
        bytes.push(0);
        with_input(call, bytes);
    });
    refuses(ArxError::WrongArgumentLength, |call| {
        let mut bytes = input(3, 0, INPUT_BITS, call.counter, call.not_after);
        bytes.pop();
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_of_an_unknown_version() {
    refuses(ArxError::WrongInputVersion, |call| {
        let mut bytes = input(3, 0, INPUT_BITS, call.counter, call.not_after);
        bytes[32] = 2;
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_for_another_number_of_nodes() {
    refuses(ArxError::WrongInputNodes, |call| {
        let bytes = input(2, 0, INPUT_BITS, call.counter, call.not_after);
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_for_another_slot() {
    refuses(ArxError::WrongInputSlot, |call| {
        let bytes = input(3, 1, INPUT_BITS, call.counter, call.not_after);
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_of_another_length_in_bits() {
    // Same number of bytes, one bit fewer.
    refuses(ArxError::WrongInputBits, |call| {
        let bytes = input(3, 0, INPUT_BITS - 1, call.counter, call.not_after);
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_for_another_counter() {
    refuses(ArxError::WrongInputCounter, |call| {
        let bytes = input(3, 0, INPUT_BITS, call.counter + 1, call.not_after);
        with_input(call, bytes);
    });
}

#[test]
fn refuses_an_input_for_another_not_after() {
    refuses(ArxError::WrongInputNotAfter, |call| {
        let bytes = input(3, 0, INPUT_BITS, call.counter, call.not_after - 1);
        with_input(call, bytes);
    });
}

#[test]
fn refuses_another_epoch() {
    refuses(ArxError::WrongEpoch, |call| call.epoch = 0);
    refuses(ArxError::WrongEpoch, |call| call.epoch = 2);
}

#[test]
fn refuses_deadlines_in_the_past_or_too_far() {
    refuses(ArxError::InvalidDeadline, |call| call.deadline = 1);
    refuses(ArxError::InvalidDeadline, |call| call.deadline += MAX_DEADLINE_SLOTS);
}

#[test]
fn refuses_not_after_before_the_deadline_or_too_far() {
    refuses(ArxError::InvalidNotAfter, |call| call.not_after = call.deadline - 1);
    refuses(ArxError::InvalidNotAfter, |call| call.not_after = MAX_NOT_AFTER_SLOTS + 2);
    refuses(ArxError::InvalidNotAfter, |call| call.not_after = u64::MAX);
}

#[test]
fn refuses_a_fee_that_overflows() {
    refuses(ArxError::Overflow, |call| call.priority_fee = u64::MAX);
}

#[test]
fn refuses_a_price_that_overflows() {
    let mut world = World::new();
    let authority = &world.network.authority;
    let price = client::set_price(authority.pubkey(), world.network.cluster, u64::MAX, 0);
    world.harness.must_send(&[price], &[authority]);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::Overflow), "{refusal}");
}

#[test]
fn refuses_a_fee_that_the_payer_does_not_have() {
    let mut world = World::new();
    let mut call = world.call(1);
    call.priority_fee = 10 * arx_testing::harness::PLENTY;
    let refusal = world.must_refuse_call(call);
    assert_eq!(refusal.code, Some(1), "the system program's ResultWithNegativeLamports: {refusal}");
}

#[test]
fn refuses_too_many_callback_accounts() {
    let mut world = World::new();
    let mut call = world.call(1);
    let account = CallbackAccount { key: Pubkey::default(), writable: false };
    call.callback.as_mut().unwrap().accounts = vec![account; MAX_CALLBACK_ACCOUNTS + 1];
    // So many keys do not fit a transaction beside the arguments; the check comes before theirs.
    call.arguments.clear();
    call.output_cells.clear();
    let inner = client::queue_computation(&world.caller(world.mixed), call, vec![]);
    let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
    assert!(refusal.is(ArxError::TooManyCallbackAccounts), "{refusal}");
}

#[test]
fn refuses_an_index_without_account() {
    refuses(ArxError::MissingAccount, |call| call.arguments[2] = Argument::Cell { account: 1 });
}

#[test]
fn refuses_a_second_call_with_the_same_counter() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let again = world.must_refuse_call(world.call(1));
    assert!(again.is(ArxError::CounterUsed), "{again}");
    // Nor once it is settled: the tombstone stays.
    world.must_finalize(address);
    let again = world.must_refuse_call(world.call(1));
    assert!(again.is(ArxError::CounterUsed), "{again}");
}

#[test]
fn takes_an_address_that_someone_sent_lamports_to() {
    let mut world = World::new();
    let address = world.computation_address(world.mixed, 1);
    let gift = 900_000;
    let payer = world.harness.payer().pubkey();
    let mut data = vec![2, 0, 0, 0];
    data.extend_from_slice(&u64::to_le_bytes(gift));
    let accounts = vec![AccountMeta::new(payer, true), AccountMeta::new(address, false)];
    let transfer = Instruction { program_id: anchor_lang::system_program::ID, accounts, data };
    world.harness.must_send(&[transfer], &[]);
    assert_eq!(world.must_queue(1), address);
    let free = world.must_queue(2);
    assert_eq!(world.harness.lamports(&address), world.harness.lamports(&free));
}

#[test]
fn refuses_the_address_of_another_call() {
    let mut world = World::new();
    let caller = world.caller(world.mixed);
    let other = world.computation_address(world.mixed, 2);
    let mut inner = client::queue_computation(&caller, world.call(1), world.cell_account());
    inner.accounts[7].pubkey = other;
    let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_a_call_without_the_applications_signature() {
    // Sent directly, not through the application: nobody can sign for its address.
    let mut world = World::new();
    let mut inner =
        client::queue_computation(&world.caller(world.mixed), world.call(1), world.cell_account());
    for account in &mut inner.accounts {
        if account.pubkey == arx_program::pda::application_signer(&ECHO).0 {
            account.is_signer = false;
        }
    }
    let refusal = world.harness.must_refuse(&[inner], &[&world.user]);
    assert_eq!(refusal.code, Some(3010), "Anchor's AccountNotSigner: {refusal}");
}

#[test]
fn refuses_another_programs_signature() {
    // A key that signs, but is not the MXE's application.
    let mut world = World::new();
    let foreign = key("foreign application");
    let mut inner =
        client::queue_computation(&world.caller(world.mixed), world.call(1), world.cell_account());
    for account in &mut inner.accounts {
        if account.pubkey == arx_program::pda::application_signer(&ECHO).0 {
            account.pubkey = foreign.pubkey();
        }
    }
    let refusal = world.harness.must_refuse(&[inner], &[&world.user, &foreign]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");
}

#[test]
fn refuses_a_call_without_the_users_signature() {
    // Or an application could put one user's ciphertext into another's call.
    let mut world = World::new();
    let mut instruction = world.queue(world.call(1));
    for account in &mut instruction.accounts {
        if account.pubkey == world.user.pubkey() {
            account.is_signer = false;
        }
    }
    let refusal = world.harness.must_refuse(&[instruction], &[]);
    assert_eq!(refusal.code, Some(3010), "Anchor's AccountNotSigner: {refusal}");
}

#[test]
fn refuses_a_definition_of_another_mxe() {
    let mut world = World::new();
    let other = Application::start(&mut world.harness, &world.network, 1);
    let caller = Caller { mxe: other.mxe, ..world.caller(world.mixed) };
    let inner = client::queue_computation(&caller, world.call(1), world.cell_account());
    let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_a_deprecated_or_unfinished_definition() {
    let mut world = World::new();
    let authority = &world.application.authority;
    let deprecate = client::deprecate_definition(authority.pubkey(), world.application.mxe, world.mixed);
    world.harness.must_send(&[deprecate], &[authority]);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::DefinitionNotActive), "{refusal}");

    let mut draft = mixed_definition();
    draft.name = "draft";
    world.mixed = world.application.declare(&mut world.harness, &draft);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::DefinitionNotActive), "{refusal}");
}

#[test]
fn an_account_slice_is_stored_with_its_hash() {
    let mut world = World::new();
    let oracle = Pubkey::new_from_array([9; 32]);
    let mut account = world.harness.account(&world.harness.payer().pubkey()).unwrap();
    account.data = (0..32).collect();
    world.harness.set_account(oracle, account);
    let mut call = world.call(1);
    call.arguments[0] = Argument::AccountSlice { account: 1, offset: 4, length: 8 };
    let mut remaining = world.cell_account();
    remaining.push(AccountMeta::new_readonly(oracle, false));
    let address = world.must_queue_with(world.mixed, call, remaining);
    assert_eq!(
        world.computation(address).arguments[0],
        StoredArgument::AccountSlice {
            account: oracle,
            offset: 4,
            length: 8,
            hash: sha256(&[&[4, 5, 6, 7, 8, 9, 10, 11]]),
        }
    );
}

#[test]
fn refuses_an_account_slice_outside_its_account_or_of_another_size() {
    let mut world = World::new();
    let length = world.harness.account(&world.cell).unwrap().data.len() as u32;
    let slices = [
        (length - 7, 8, ArxError::SliceOutOfRange),
        (u32::MAX, 8, ArxError::SliceOutOfRange),
        (0, u32::MAX, ArxError::SliceOutOfRange),
        (0, 7, ArxError::WrongArgumentLength),
    ];
    for (offset, length, expected) in slices {
        let mut call = world.call(1);
        call.arguments[0] = Argument::AccountSlice { account: 0, offset, length };
        let refusal = world.must_refuse_call(call);
        assert!(refusal.is(expected), "{offset} {length}: {refusal}");
    }
}

#[test]
fn a_full_queue_says_when_to_retry() {
    let mut world = World::new();
    let first_deadline = world.harness.slot() + 50;
    for counter in 0..QUEUE_CAPACITY as u64 {
        let mut call = world.call(counter);
        call.deadline = first_deadline + (counter + 64) % QUEUE_CAPACITY as u64;
        let cell = world.cell_account();
        world.must_queue_with(world.mixed, call, cell);
    }
    let mut call = world.call(500);
    call.priority_fee = 1_000_000;
    let refusal = world.must_refuse_call(call);
    assert!(refusal.is(ArxError::QueueFull), "{refusal}");
    let advice = format!("a place is free after slot {first_deadline}");
    assert!(refusal.logs.iter().any(|line| line.contains(&advice)), "{refusal}");

    // And then a place is free.
    let earliest =
        world.queue_account().entries().iter().min_by_key(|entry| entry.deadline).unwrap().computation;
    world.harness.warp_to(first_deadline + 1);
    let expire = world.expire(earliest);
    world.harness.must_send(&[expire], &[]);
    world.must_queue(500);
}

#[test]
fn the_queue_is_ordered_by_priority_then_age() {
    let mut world = World::new();
    let mut expected = Vec::new();
    for (counter, priority) in [(1, 5), (2, 9), (3, 5), (4, 0), (5, 9), (6, u32::MAX as u64)] {
        let mut call = world.call(counter);
        call.priority_fee = priority;
        let slot = world.harness.slot();
        let cell = world.cell_account();
        let address = world.must_queue_with(world.mixed, call, cell);
        expected.push((std::cmp::Reverse(priority), slot, counter, address));
        world.harness.warp_to(slot + 1);
    }
    expected.sort();
    let wanted: Vec<_> = expected.iter().map(|entry| entry.3).collect();
    let queue = world.queue_account();
    let found: Vec<_> = queue.entries().iter().map(|entry| entry.computation).collect();
    assert_eq!(found, wanted);

    // Taking one out of the middle keeps the order of the rest.
    world.must_finalize(wanted[2]);
    let queue = world.queue_account();
    let found: Vec<_> = queue.entries().iter().map(|entry| entry.computation).collect();
    assert_eq!(found, [&wanted[..2], &wanted[3..]].concat());
}

#[test]
fn a_price_change_leaves_queued_computations_alone() {
    let mut world = World::new();
    let address = world.must_queue(1);
    let authority = &world.network.authority;
    let price = client::set_price(authority.pubkey(), world.network.cluster, 1_000_000, 1_000_000);
    world.harness.must_send(&[price], &[authority]);
    world.must_finalize(address);
    assert_eq!(world.computation(address).escrow.base_fee, PRICES.base_fee);
}

#[test]
fn a_thousand_computations_are_queued_and_drained() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let queue = arx_program::pda::queue(&world.network.cluster).0;
    for _ in 0..6 {
        world.harness.must_send(&[client::grow_queue(payer, world.network.cluster)], &[]);
    }
    let size = world.harness.account(&queue).unwrap().data.len();
    assert!(world.queue_account().capacity > 1_000);
    // With five priorities all mixed, so that entries are put in at the front, in the middle and at the end.
    for counter in 0..1_000 {
        let mut call = world.call(counter);
        call.priority_fee = counter * 7 % 5;
        let cell = world.cell_account();
        world.must_queue_with(world.mixed, call, cell);
    }
    let waiting = world.queue_account();
    assert_eq!(waiting.len(), 1_000);
    let rank = |entry: &arx_program::state::QueueEntry| (std::cmp::Reverse(entry.priority), entry.sequence);
    assert!(waiting.entries().is_sorted_by_key(rank));
    // The best half in order, then the worst half from the end.
    for entry in &waiting.entries()[..500] {
        world.must_finalize(entry.computation);
    }
    for entry in waiting.entries()[500..].iter().rev() {
        world.must_finalize(entry.computation);
    }
    assert!(world.queue_account().is_empty());
    assert_eq!(world.cluster().finalized, 1_001);
    assert_eq!(size, world.harness.account(&queue).unwrap().data.len());
    let units = world.harness.units();
    assert!(units["QueueComputation"] < 60_000, "{units:?}");
    assert!(units["FinalizeComputation"] < 80_000, "{units:?}");
}

#[test]
fn a_queue_grows_up_to_its_limit_and_only_by_its_own_account() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let cluster = world.network.cluster;
    let mut other = client::grow_queue(payer, cluster);
    other.accounts[2].pubkey = world.cell;
    let refusal = world.harness.must_refuse(&[other], &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
    let mut foreign = client::grow_queue(payer, cluster);
    foreign.accounts[1].pubkey = world.mixed;
    let refusal = world.harness.must_refuse(&[foreign], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");

    while world.queue_account().capacity < MAX_QUEUE_CAPACITY {
        let before = world.queue_account();
        world.harness.must_send(&[client::grow_queue(payer, cluster)], &[]);
        let after = world.queue_account();
        assert!(after.capacity > before.capacity);
        assert_eq!(after.entries(), before.entries());
    }
    let refusal = world.harness.must_refuse(&[client::grow_queue(payer, cluster)], &[]);
    assert!(refusal.is(ArxError::QueueAtItsLargest), "{refusal}");
}
