//! Every account of every instruction replaced by another: of another program, of another type, and of the same type that
//! belongs to someone else.

use arx_program::constants::PROTOCOL_DISHONEST_MAJORITY;
use arx_testing::Application;

use crate::{
    compute_units, every_instruction,
    world::{PRICES, World, discriminator, fill_definition, mixed_definition},
};

/// Accounts that an instruction is given but does not read.
fn not_read(data: &[u8], index: usize) -> bool {
    let is = |name| data.starts_with(&discriminator(name));
    // Asking to cancel reads the computation alone; completing it reads all, which the tests of `mempool` cover.
    (is("cancel_computation") && index >= 3)
        // Of messages there is no computation.
        || (is("submit_equivocation") && index == 8)
        // Withholding does not convict, so that no cluster freezes.
        || (is("resolve_dispute") && index == 5)
        // Stake is touched by the third strike alone, which checks these addresses.
        || (is("strike_node") && (index == 3 || index == 4))
}

#[test]
fn every_account_of_every_instruction_refuses_substitutes() {
    let mut world = World::new();
    world.harness.probe_substitutes(not_read);
    compute_units::use_every_instruction(&mut world);
    let court = every_instruction::use_every_instruction(|court| {
        court.world.harness.probe_substitutes(not_read);
    });
    let refused = world.harness.substitutes_refused() + court.world.harness.substitutes_refused();
    assert!(refused > 400, "{refused} substitutes were tried");
}

/// Accounts that may rightly be another one of the same type, for whoever signs may do the same to that one.
fn may_be_another(data: &[u8], index: usize) -> bool {
    let is = |name| data.starts_with(&discriminator(name));
    not_read(data, index)
        // What belongs to one authority: its clusters, its MXEs and their definitions.
        || (is("set_price") && index == 1)
        || (is("declare_maintenance") && index == 2)
        || (is("protect_mxe") && index == 1)
        || (is("close_mxe") && index == 1)
        || (is("deprecate_definition") && index == 2)
        || (is("veto_definition") && index == 2)
        // An MXE moves to a cluster of its authority's choice.
        || (is("propose_migration") && (index == 1 || index == 2))
        // An application's other outcome, a payer's other computation, a reporter's other offence.
        || (is("consume_result") && index == 2)
        || (is("reclaim_rent") && index == 1)
        || (is("claim_report") && index == 1)
        // The accuser says which computation of the cluster it is; the accused, which of its own buffers.
        || (is("open_dispute") && index == 6)
        || (is("add_evidence") && index == 2)
}

#[test]
fn every_account_of_every_instruction_refuses_those_of_others() {
    let mut world = World::new();
    // Another cluster, another application with definitions and a cell of the same shapes.
    let other = world.network.another(&mut world.harness, 9, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
    let application = Application::start(&mut world.harness, &other, 9);
    application.define(&mut world.harness, &mixed_definition());
    application.define(&mut world.harness, &fill_definition());
    application.create_cell(&mut world.harness, "state", crate::world::CELL_BITS);
    world.harness.probe_same_type(may_be_another);
    compute_units::use_every_instruction(&mut world);
    let court = every_instruction::use_every_instruction(|court| {
        court.world.harness.probe_same_type(may_be_another);
    });
    let refused = world.harness.substitutes_refused() + court.world.harness.substitutes_refused();
    let accepted =
        [world.harness.substitutes_accepted(), court.world.harness.substitutes_accepted()].concat();
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
    assert!(refused > 500, "{refused} substitutes were tried");
}
