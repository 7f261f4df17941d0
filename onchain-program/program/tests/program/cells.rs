//! Cells: creation, what may read and write them, compare-and-swap.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    constants::{MAX_GROWTH, PROTOCOL_DISHONEST_MAJORITY},
    error::ArxError,
    message::sha256,
    pda,
    state::{Argument, Cell},
};
use arx_testing::{
    Application,
    application::{Definition, forward},
    cell_body,
    harness::key,
};
use solana_signer::Signer;

use crate::world::{CELL_BITS, World, fill_definition};

#[test]
fn a_new_cell_is_empty() {
    let mut world = World::new();
    let cell = world.application.create_cell(&mut world.harness, "another", CELL_BITS);
    let cell = world.cell(cell);
    assert_eq!((cell.version, cell.data.len(), cell.mxe), (0, 0, world.application.mxe));
}

#[test]
fn refuses_to_create_a_cell_twice() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let label = sha256(&[b"state"]);
    let again =
        client::create_cell(payer, world.application.program, world.application.mxe, label, CELL_BITS);
    let refusal = world.harness.must_refuse(&[forward(again)], &[]);
    assert!(refusal.is(ArxError::CellExists), "{refusal}");
}

#[test]
fn refuses_a_cell_made_by_someone_else() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let foreign = key("foreign application");
    let mut create =
        client::create_cell(payer, world.application.program, world.application.mxe, [3; 32], CELL_BITS);
    create.accounts[1].pubkey = foreign.pubkey();
    let refusal = world.harness.must_refuse(&[create], &[&foreign]);
    assert!(refusal.is(ArxError::WrongApplicationSigner), "{refusal}");
}

#[test]
fn refuses_a_cell_of_no_size_or_too_large() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    // The largest body is 45 bytes, one for 8 bits, and 16 for 128.
    for bits in [0, 4_194_089, u32::MAX] {
        let create =
            client::create_cell(payer, world.application.program, world.application.mxe, [3; 32], bits);
        let refusal = world.harness.must_refuse(&[forward(create)], &[]);
        assert!(refusal.is(ArxError::InvalidCellSize), "{bits}: {refusal}");
    }
}

#[test]
fn refuses_an_empty_cell_as_input() {
    let mut world = World::new();
    world.cell = world.application.create_cell(&mut world.harness, "empty", CELL_BITS);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::EmptyCell), "{refusal}");
}

#[test]
fn refuses_a_cell_of_another_mxe() {
    let mut world = World::new();
    let other = Application::start(&mut world.harness, &world.network, 1);
    world.cell = other.create_cell(&mut world.harness, "state", CELL_BITS);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::WrongCell), "{refusal}");
}

#[test]
fn refuses_another_account_as_a_cell() {
    let mut world = World::new();
    for other in [world.mixed, world.network.cluster, world.user.pubkey(), pda::config().0] {
        world.cell = other;
        let refusal = world.must_refuse_call(world.call(1));
        assert!(refusal.is(ArxError::WrongCell), "{other}: {refusal}");
    }
}

#[test]
fn refuses_a_cell_of_another_size() {
    let mut world = World::new();
    world.cell = world.application.create_cell(&mut world.harness, "larger", CELL_BITS + 1);
    let refusal = world.must_refuse_call(world.call(1));
    assert!(refusal.is(ArxError::WrongCellBits), "{refusal}");
}

#[test]
fn refuses_output_cells_that_do_not_fit_the_definition() {
    let mut world = World::new();
    let other = world.application.create_cell(&mut world.harness, "other", CELL_BITS);
    for output_cells in [
        vec![],
        vec![None],
        vec![None, None],
        vec![Some(0), Some(0)],
        vec![None, Some(0), None],
        // Written back into another cell than the one that was read.
        vec![None, Some(1)],
    ] {
        let mut call = world.call(1);
        call.output_cells = output_cells.clone();
        let mut remaining = world.cell_account();
        remaining.push(AccountMeta::new_readonly(other, false));
        let inner = client::queue_computation(&world.caller(world.mixed), call, remaining);
        let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
        assert!(refusal.is(ArxError::WrongOutputCells), "{output_cells:?}: {refusal}");
    }
}

#[test]
fn refuses_a_result_for_a_cell_that_changed_meanwhile() {
    // Two calls in flight on one cell: both computed from version 1. The second must be computed again, or the
    // first one's change would be lost.
    let mut world = World::new();
    let (first, second) = (world.must_queue(1), world.must_queue(2));
    let stale = world.signed(second, world.result(second));
    world.must_finalize(first);
    let refusal = world.harness.must_refuse(&stale, &[]);
    assert!(refusal.is(ArxError::CellChanged), "{refusal}");

    // Computed again from version 2, it passes.
    world.must_finalize(second);
    let cell = world.cell(world.cell);
    assert_eq!((cell.version, cell.writer), (3, second));
    assert_eq!(cell.data, cell_body(&world.computation(second), CELL_BITS, 2));
}

#[test]
fn refuses_a_result_that_claims_another_version() {
    let mut world = World::new();
    let address = world.must_queue(1);
    for versions in [vec![0], vec![2], vec![], vec![1, 1]] {
        let mut result = world.result(address);
        result.cell_versions = versions;
        let signed = world.signed(address, result);
        let refusal = world.harness.must_refuse(&signed, &[]);
        assert!(refusal.is(ArxError::CellChanged) || refusal.is(ArxError::WrongCell), "{refusal}");
    }
}

#[test]
fn refuses_another_cell_in_the_place_of_the_computations() {
    let mut world = World::new();
    let other = world.application.create_cell(&mut world.harness, "other", CELL_BITS);
    world.must_fill(other, 2_000);
    let address = world.must_queue(1);
    let mut signed = world.signed(address, world.result(address));
    let last = signed[1].accounts.len() - 1;
    signed[1].accounts[last].pubkey = other;
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::WrongCell), "{refusal}");

    signed[1].accounts.truncate(last);
    let refusal = world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::WrongCell), "{refusal}");
}

#[test]
fn refuses_a_cell_body_with_a_wrong_head() {
    let mut world = World::new();
    let address = world.must_queue(1);
    // Version byte, version of the state keys, length in bits.
    for position in [0, 1, 41] {
        let mut result = world.result(address);
        result.outputs[1][position] ^= 1;
        let signed = world.signed(address, result);
        let refusal = world.harness.must_refuse(&signed, &[]);
        assert!(refusal.is(ArxError::WrongCellBody), "{position}: {refusal}");
    }
}

#[test]
fn a_cell_argument_and_a_slice_of_the_same_account_are_different_things() {
    let mut world = World::new();
    let mut call = world.call(1);
    call.arguments[0] = Argument::AccountSlice { account: 0, offset: 8, length: 8 };
    let address = world.must_queue_with(world.mixed, call, world.cell_account());
    assert_eq!(world.computation(address).cells.len(), 1);
}

/// A definition that fills a cell of so many bits.
fn large_definition(bits: u32) -> Definition {
    let mut definition = fill_definition();
    definition.name = "large";
    definition.outputs[0].bits = bits;
    definition
}

#[test]
fn a_large_cell_grows_to_the_size_of_its_bits_and_no_further() {
    let mut world = World::new();
    let mxe = world.application.mxe;
    let cell = world.application.create_cell(&mut world.harness, "large", 100_000);
    let length = |world: &World| world.harness.account(&cell).expect("a cell").data.len();
    assert_eq!(length(&world), MAX_GROWTH);
    let full = Cell::space(100_000, PROTOCOL_DISHONEST_MAJORITY);
    // Anyone pays for it.
    let stranger = world.harness.must_key("stranger");
    let grow = client::grow_cell(stranger.pubkey(), mxe, cell);
    for step in 2..=3 {
        world.harness.must_send(std::slice::from_ref(&grow), &[&stranger]);
        assert_eq!(length(&world), full.min(step * MAX_GROWTH));
    }
    let refusal = world.harness.must_refuse(&[grow], &[&stranger]);
    assert!(refusal.is(ArxError::CellComplete), "{refusal}");
    assert_eq!(world.harness.lamports(&cell), world.harness.rent(full));
    let state = world.cell(cell);
    assert_eq!((state.version, state.bits, state.data.len()), (0, 100_000, 0));
    // A small one has its size at once.
    let small = client::grow_cell(stranger.pubkey(), mxe, world.cell);
    let refusal = world.harness.must_refuse(&[small], &[&stranger]);
    assert!(refusal.is(ArxError::CellComplete), "{refusal}");
}

#[test]
fn refuses_to_grow_a_cell_by_another_mxes_protocol_or_something_else() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let cell = world.application.create_cell(&mut world.harness, "large", 100_000);
    let other = Application::start(&mut world.harness, &world.network, 1);
    for (mxe, account) in [(other.mxe, cell), (world.application.mxe, world.mixed), (other.mxe, world.cell)] {
        let grow = client::grow_cell(payer, mxe, account);
        let refusal = world.harness.must_refuse(&[grow], &[]);
        assert!(refusal.is(ArxError::WrongCell), "{refusal}");
    }
}

#[test]
fn a_cell_of_a_hundred_thousand_bytes_is_written_and_read() {
    let mut world = World::new();
    let (payer, mxe) = (world.harness.payer().pubkey(), world.application.mxe);
    let bits = 400_000;
    let large = world.application.define(&mut world.harness, &large_definition(bits));
    let cell = world.application.create_cell(&mut world.harness, "large", bits);
    let call = world.fill_call(1);
    let remaining = vec![AccountMeta::new_readonly(cell, false)];
    // While it has not its full size no call may name it.
    let inner = client::queue_computation(&world.caller(large), call.clone(), remaining.clone());
    let refusal = world.harness.must_refuse(&[forward(inner)], &[&world.user]);
    assert!(refusal.is(ArxError::CellNotGrown), "{refusal}");
    let full = Cell::space(bits, PROTOCOL_DISHONEST_MAJORITY);
    assert!(full > 100_000);
    for _ in 1..full.div_ceil(MAX_GROWTH) {
        world.harness.must_send(&[client::grow_cell(payer, mxe, cell)], &[]);
    }
    for (counter, filler) in [(1, 3), (2, 4)] {
        let call = world.fill_call(counter);
        let address = world.must_queue_with(large, call, remaining.clone());
        let body = cell_body(&world.computation(address), bits, filler);
        let mut result = world.result(address);
        result.outputs = vec![body.clone()];
        let message = world.result_message(address, &result);
        let bytes = anchor_lang::prelude::borsh::to_vec(&result.outputs).expect("bytes");
        for (index, chunk) in bytes.chunks(900).enumerate() {
            let (length, offset) = (bytes.len() as u32, 900 * index as u32);
            let write = client::write_result(payer, address, length, offset, chunk.to_vec());
            world.harness.must_send(&[write], &[]);
        }
        result.outputs.clear();
        let finalize =
            client::finalize_computation(payer, address, &world.computation(address), result, true);
        let sign = world.network.sign(&message);
        world.harness.must_send(&[sign, finalize], &[]);
        let state = world.cell(cell);
        assert_eq!((state.version, state.writer, state.bits), (counter, address, bits));
        assert!(state.data == body, "the content is what the members signed");
        let (_, bump) = pda::cell(&mxe, &sha256(&[b"large"]));
        assert_eq!(state.bump, bump);
    }
}
