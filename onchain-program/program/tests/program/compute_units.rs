//! The table of compute units and account sizes: written by `ARX_BLESS=1 cargo test --release -p arx-program
//! compute_units`, compared otherwise, so that growth is seen.

use std::{collections::BTreeMap, fmt::Write, fs};

use arx_program::{
    client,
    instructions::{UpdateConfigArguments, UpdateNodeArguments},
    pda,
    state::FailureReason,
};
use arx_testing::{application::forward, artifacts, harness::key};
use solana_signer::Signer;

use crate::world::{World, mixed_definition};

/// Units may differ from the table by this much: searching a program address takes more or fewer steps.
const TOLERANCE_PERCENT: u64 = 10;
/// And by this much whatever their size: two more steps of such a search.
const TOLERANCE_UNITS: u64 = 3_000;

#[test]
fn compute_units_are_those_of_the_table() {
    let mut world = World::new();
    use_every_instruction(&mut world);
    let units = world.harness.units().clone();
    for (name, limit) in [("QueueComputation", 60_000), ("FinalizeComputation", 80_000)] {
        assert!(units[name] < limit, "{name} uses {} units; the limit is {limit}", units[name]);
    }

    let path = artifacts::in_repository("onchain-program/compute-units.json");
    if std::env::var_os("ARX_BLESS").is_some() {
        fs::write(&path, render(&units)).expect("the table can be written");
        return;
    }
    let table = parse(&fs::read_to_string(&path).expect("the table is there: make it with ARX_BLESS=1"));
    let names: Vec<_> = table.keys().collect();
    assert_eq!(names, units.keys().collect::<Vec<_>>(), "run with ARX_BLESS=1 to accept");
    for (name, expected) in table {
        let found = units[&name];
        let tolerance = (expected * TOLERANCE_PERCENT / 100).max(TOLERANCE_UNITS);
        assert!(
            found.abs_diff(expected) <= tolerance,
            "{name}: {found} units, {expected} in the table; run with ARX_BLESS=1 to accept"
        );
    }
}

/// Each instruction at least once, beyond those that making a world uses.
fn use_every_instruction(world: &mut World) {
    let payer = world.harness.payer().pubkey();
    let network = key("network authority");
    let successor = world.harness.must_key("successor");
    let update = UpdateConfigArguments { pending_authority: Some(successor.pubkey()), ..Default::default() };
    world.harness.must_send(&[client::update_config(network.pubkey(), update)], &[&network]);
    world.harness.must_send(&[client::accept_authority(successor.pubkey())], &[&successor]);
    let price = client::set_price(network.pubkey(), world.network.cluster, 3, 5_000);
    world.harness.must_send(&[price], &[&network]);
    let (authority, identity) = (key("node 0/authority"), world.network.nodes[0].identity.pubkey());
    let update = UpdateNodeArguments { endpoint: Some("host:1".to_owned()), fee_payer: None };
    world.harness.must_send(&[client::update_node(authority.pubkey(), identity, update)], &[&authority]);

    let address = world.must_queue(1);
    world.must_finalize(address);
    let fee_payer = key("node 0/fee payer");
    let report = client::report_callback_failure(fee_payer.pubkey(), identity, address, 1);
    world.harness.must_send(&[report], &[&fee_payer]);
    let deliver = world.deliver(address);
    world.harness.must_send(&[deliver], &[]);

    let address = world.must_queue(2);
    let write = client::write_result(payer, address, 100, 0, vec![0; 100]);
    world.harness.must_send(&[write], &[]);
    world.harness.must_send(&[client::close_result(payer, address)], &[]);
    let fail = world.fail(address, FailureReason::InputTampered, 1);
    world.harness.must_send(&fail, &[]);
    let consume = client::consume_result(world.application.program, world.application.mxe, address);
    world.harness.must_send(&[forward(consume)], &[]);

    let address = world.must_queue(3);
    let not_after = world.computation(address).not_after;
    world.harness.warp_to(not_after + 1);
    let expire = world.expire(address);
    world.harness.must_send(&[expire], &[]);
    world.harness.must_send(&[client::reclaim_rent(payer, address, true)], &[]);

    let claim = client::claim_fees(authority.pubkey(), payer, identity, world.network.cluster);
    world.harness.must_send(&[claim], &[&authority]);
    world.harness.must_send(&[client::sweep_treasury(world.network.treasury, world.network.cluster)], &[]);

    let owner = key("application authority");
    let mxe = world.application.mxe;
    let mut draft = mixed_definition();
    draft.name = "draft";
    let draft = world.application.declare(&mut world.harness, &draft);
    world.harness.must_send(&[client::close_definition(owner.pubkey(), mxe, draft)], &[&owner]);
    let deprecate = client::deprecate_definition(owner.pubkey(), mxe, world.mixed);
    world.harness.must_send(&[deprecate], &[&owner]);
    assert!(world.harness.account(&pda::definition(&mxe, "draft").0).is_none());
}

fn render(units: &BTreeMap<String, u64>) -> String {
    let mut text = String::from("{\n");
    for (index, (name, units)) in units.iter().enumerate() {
        let separator = if index == 0 { "" } else { ",\n" };
        write!(text, "{separator}  \"{name}\": {units}").expect("writing to a string");
    }
    text + "\n}\n"
}

fn parse(text: &str) -> BTreeMap<String, u64> {
    text.lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
        .map(|(name, units)| (name.trim_matches('"').to_owned(), units.parse().expect("a number")))
        .collect()
}
