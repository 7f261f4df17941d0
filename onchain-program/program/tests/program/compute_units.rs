//! The table of compute units and account sizes: written by `ARX_BLESS=1 cargo test --release -p arx-program
//! compute_units`, compared otherwise, so that growth is seen.

use std::{collections::BTreeMap, fmt::Write, fs};

use anchor_lang::Space;
use arx_program::{
    client,
    constants::{CANCEL_DELAY_SLOTS, MAX_QUEUE_CAPACITY, PROTOCOL_DISHONEST_MAJORITY},
    instructions::{UpdateConfigArguments, UpdateNodeArguments},
    pda,
    state::*,
};
use arx_testing::{application::forward, artifacts, harness::key};
use solana_signer::Signer;

use crate::{
    every_instruction, signing_keys,
    world::{PRICES, World, mixed_definition},
};

/// Units may differ from the table by this much: searching a program address takes more or fewer steps.
const TOLERANCE_PERCENT: u64 = 10;
/// And by this much whatever their size: two more steps of such a search.
const TOLERANCE_UNITS: u64 = 3_000;

#[test]
fn compute_units_are_those_of_the_table() {
    let mut world = World::new();
    use_every_instruction(&mut world);
    let mut units = world.harness.units().clone();
    for (name, used) in every_instruction::use_every_instruction(|_| ()).world.harness.units().clone() {
        let most = units.entry(name).or_default();
        *most = (*most).max(used);
    }
    for (name, limit) in [("QueueComputation", 60_000), ("FinalizeComputation", 80_000)] {
        assert!(units[name] < limit, "{name} uses {} units; the limit is {limit}", units[name]);
    }

    compare("onchain-program/compute-units.json", &units, |expected| {
        (expected * TOLERANCE_PERCENT / 100).max(TOLERANCE_UNITS)
    });
    // Every instruction of the program is there.
    let source = fs::read_to_string(artifacts::in_repository("onchain-program/program/src/lib.rs"))
        .expect("the program's source");
    for name in source.lines().filter_map(|line| line.trim().strip_prefix("pub fn ")?.split_once('<')) {
        let camel: String = name.0.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert!(units.contains_key(&camel), "{camel} is not measured");
    }
}

#[test]
fn account_sizes_are_those_of_the_table() {
    let sizes: BTreeMap<String, u64> = [
        ("Attestation", 8 + Attestation::INIT_SPACE),
        ("Buffer (head)", Buffer::HEADER),
        ("Cell (1 bit)", Cell::space(1, PROTOCOL_DISHONEST_MAJORITY)),
        ("Cell (1,000 bits)", Cell::space(1_000, PROTOCOL_DISHONEST_MAJORITY)),
        ("Challenge", 8 + Challenge::INIT_SPACE),
        ("CircuitData (head)", CircuitData::HEADER),
        ("Cluster (2 members)", Cluster::space(2)),
        ("Cluster (3 members)", Cluster::space(3)),
        ("Cluster (16 members)", Cluster::space(16)),
        ("ComputationDefinition (no name, parameters, outputs)", ComputationDefinition::space("", 0, 0)),
        ("Config", 8 + Config::INIT_SPACE),
        ("DeclaredValue", 8 + DeclaredValue::INIT_SPACE),
        ("Delegation", 8 + Delegation::INIT_SPACE),
        ("Dispute", 8 + Dispute::INIT_SPACE),
        ("EncryptionKeyRecord", 8 + EncryptionKeyRecord::INIT_SPACE),
        ("MissWindow", 8 + MissWindow::INIT_SPACE),
        ("Mxe", 8 + Mxe::INIT_SPACE),
        ("Node", 8 + Node::INIT_SPACE),
        ("NodeStake", 8 + NodeStake::INIT_SPACE),
        ("Offence", 8 + Offence::INIT_SPACE),
        ("Queue (new)", Queue::SPACE),
        ("Queue (largest)", Queue::space(MAX_QUEUE_CAPACITY)),
        ("ResultBuffer (head)", ResultBuffer::HEADER),
        ("SigningKey (3 members)", SigningKey::space(3)),
        ("SigningKey (16 members)", SigningKey::space(16)),
        ("StakePool", 8 + StakePool::INIT_SPACE),
        ("Unbonding", 8 + Unbonding::INIT_SPACE),
        ("Vote", 8 + Vote::INIT_SPACE),
    ]
    .map(|(name, size)| (name.to_owned(), size as u64))
    .into();
    compare("onchain-program/account-sizes.json", &sizes, |_| 0);
}

/// Compares a table with the file, or writes it.
fn compare(file: &str, found: &BTreeMap<String, u64>, tolerance: impl Fn(u64) -> u64) {
    let path = artifacts::in_repository(file);
    if std::env::var_os("ARX_BLESS").is_some() {
        fs::write(&path, render(found)).expect("the table can be written");
        return;
    }
    let table = parse(&fs::read_to_string(&path).expect("the table is there: make it with ARX_BLESS=1"));
    let names: Vec<_> = table.keys().collect();
    assert_eq!(names, found.keys().collect::<Vec<_>>(), "run with ARX_BLESS=1 to accept");
    for (name, expected) in table {
        let found = found[&name];
        assert!(
            found.abs_diff(expected) <= tolerance(expected),
            "{name}: {found}, {expected} in the table; run with ARX_BLESS=1 to accept"
        );
    }
}

/// Each instruction at least once, beyond those that making a world uses.
pub fn use_every_instruction(world: &mut World) {
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

    let cell = world.application.create_cell(&mut world.harness, "large", 100_000);
    world.harness.must_send(&[client::grow_cell(payer, world.application.mxe, cell)], &[]);

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
    use_buffers_and_cancelling(world);
    let request = signing_keys::request(world);
    world.harness.must_send(&[request], &[&owner]);
    let publish = signing_keys::signed(world);
    world.harness.must_send(&publish, &[]);
    use_parameters_and_protection(world);
}

fn use_buffers_and_cancelling(world: &mut World) {
    let payer = world.harness.payer().pubkey();
    world.harness.must_send(&[client::grow_queue(payer, world.network.cluster)], &[]);
    world.harness.must_send(&[client::write_buffer(payer, [1; 32], 10, 0, vec![0; 10])], &[]);
    world.harness.must_send(&[client::close_buffer(payer, &[1; 32])], &[]);
    let mut call = world.fill_call(10);
    call.deadline = world.harness.slot() + 2 * CANCEL_DELAY_SLOTS;
    let cell = world.cell_account();
    let address = world.must_queue_with(world.fill, call, cell);
    let ask = client::cancel_computation(address, &world.computation(address), true);
    world.harness.must_send(std::slice::from_ref(&ask), &[&world.user]);
    let message = world.result_message(address, &world.result(address));
    let hash = world.must_attest(address, &message, 0..3);
    let slot = world.harness.slot() + CANCEL_DELAY_SLOTS + 1;
    world.harness.warp_to(slot);
    world.harness.must_send(&[ask], &[&world.user]);
    world.harness.must_send(&[client::close_attestation(payer, address, &hash)], &[]);
}

fn use_parameters_and_protection(world: &mut World) {
    let owner = key("application authority");
    let (mxe, network) = (world.application.mxe, key("successor"));
    let propose = client::propose_parameters(network.pubkey(), Parameters::default());
    world.harness.must_send(&[propose], &[&network]);
    let slot = world.harness.slot() + Parameters::default().timelock_slots;
    world.harness.warp_to(slot);
    world.harness.must_send(&[client::apply_parameters()], &[]);
    let set = vec![key("keeper").pubkey(); 1];
    world.harness.must_send(&[client::protect_mxe(owner.pubkey(), mxe, 1, None, set)], &[&owner]);
    let other = world.network.another(&mut world.harness, 1, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
    let propose = client::propose_migration(owner.pubkey(), mxe, other.cluster);
    world.harness.must_send(std::slice::from_ref(&propose), &[&owner]);
    world.harness.must_send(&[client::veto_migration(owner.pubkey(), mxe)], &[&owner]);
    world.harness.must_send(&[propose], &[&owner]);
    let mut definition = mixed_definition();
    let announced = ["first", "second"].map(|name| {
        definition.name = name;
        world.application.define(&mut world.harness, &definition)
    });
    let veto = client::veto_definition(owner.pubkey(), mxe, announced[0]);
    world.harness.must_send(&[veto], &[&owner]);
    let slot = world.harness.slot() + 1;
    world.harness.warp_to(slot);
    world.harness.must_send(&[client::activate_definition(announced[1])], &[]);
    let execute = client::execute_migration(owner.pubkey(), mxe, other.cluster);
    world.harness.must_send(&[execute], &[&owner]);
    world.harness.must_send(&[client::close_mxe(owner.pubkey(), mxe)], &[&owner]);
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
