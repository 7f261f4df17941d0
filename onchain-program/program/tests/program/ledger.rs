//! Random sequences of instructions, right and wrong, beside a model in plain Rust: no lamport appears or vanishes.

use std::collections::BTreeMap;

use arx_program::{
    client, pda,
    state::{Cluster, ComputationStatus, Escrow, FailureReason},
};
use proptest::prelude::*;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::World;

#[derive(Clone, Debug)]
enum Action {
    Queue { priority: u64 },
    Finalize { which: usize },
    Fail { which: usize, at_fault: bool },
    Expire { which: usize },
    Claim { member: usize },
    Sweep,
    Price { per_unit: u64, base: u64 },
    Wait { slots: u64 },
    Reclaim { which: usize },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        4 => (0..1_000_000u64).prop_map(|priority| Action::Queue { priority }),
        3 => (0..8usize).prop_map(|which| Action::Finalize { which }),
        2 => (0..8usize, any::<bool>()).prop_map(|(which, at_fault)| Action::Fail { which, at_fault }),
        2 => (0..8usize).prop_map(|which| Action::Expire { which }),
        1 => (0..3usize).prop_map(|member| Action::Claim { member }),
        1 => Just(Action::Sweep),
        1 => (0..50u64, 0..100_000u64).prop_map(|(per_unit, base)| Action::Price { per_unit, base }),
        2 => (1..120u64).prop_map(|slots| Action::Wait { slots }),
        1 => (0..8usize).prop_map(|which| Action::Reclaim { which }),
    ];
    prop::collection::vec(action, 1..40)
}

/// What each account must hold.
struct Model {
    /// Escrow still held, per queued computation.
    held: BTreeMap<Pubkey, Escrow>,
    /// Computations in order of queueing.
    all: Vec<Pubkey>,
    accrued: [u64; 3],
    treasury: u64,
    basis_points: u64,
}

impl Model {
    fn pay(&mut self, amount: u64) {
        let share = (amount - amount * self.basis_points / 10_000) / 3;
        for accrued in &mut self.accrued {
            *accrued += share;
        }
        self.treasury += amount - 3 * share;
    }
}

/// All lamports of the chain's accounts that the test knows, fees aside.
fn total(world: &World, known: &[Pubkey]) -> u64 {
    let program: u64 = world.harness.program_accounts().iter().map(|(_, account)| account.lamports).sum();
    program + known.iter().map(|address| world.harness.lamports(address)).sum::<u64>()
}

fn run(actions: Vec<Action>) {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let purse = world.harness.must_key("purse").pubkey();
    let known = [payer, purse, world.network.treasury];
    let cluster: Cluster = world.cluster();
    let mut model = Model {
        held: BTreeMap::new(),
        all: Vec::new(),
        accrued: cluster.accrued.clone().try_into().expect("three members"),
        treasury: cluster.treasury_accrued,
        basis_points: u64::from(cluster.treasury_basis_points),
    };
    let cluster_rent =
        world.harness.lamports(&world.network.cluster) - model.accrued.iter().sum::<u64>() - model.treasury;
    let mut fees = 0;
    let start = total(&world, &known);

    for (step, action) in actions.into_iter().enumerate() {
        let pick = |which: usize| model.all.get(which % model.all.len().max(1)).copied();
        let sent = match &action {
            Action::Queue { priority } => {
                let mut call = world.call(step as u64);
                call.priority_fee = *priority;
                let before = world.cluster();
                let expected = Escrow {
                    base_fee: before.base_fee,
                    work_fee: before.price_per_unit * crate::world::COST_UNITS,
                    priority_fee: *priority,
                    output_rent: 0,
                };
                let instruction = world.queue(call);
                let sent = world.harness.send(&[instruction], &[&world.user]);
                if sent.is_ok() {
                    let address = world.computation_address(world.mixed, step as u64);
                    model.held.insert(address, expected);
                    model.all.push(address);
                }
                sent
            }
            Action::Finalize { which } => {
                let Some(address) = pick(*which).filter(|address| world.harness.account(address).is_some())
                else {
                    continue;
                };
                let instructions = world.signed(address, world.result(address));
                let sent = world.harness.send(&instructions, &[]);
                let allowed = model.held.contains_key(&address)
                    && world.harness.slot() <= world.computation(address).deadline;
                assert_eq!(sent.is_ok(), allowed, "{action:?}: {sent:?}");
                if allowed {
                    let escrow = model.held.remove(&address).expect("allowed");
                    model.pay(escrow.base_fee + escrow.work_fee + escrow.priority_fee);
                }
                sent
            }
            Action::Fail { which, at_fault } => {
                let Some(address) = pick(*which).filter(|address| world.harness.account(address).is_some())
                else {
                    continue;
                };
                let reason =
                    if *at_fault { FailureReason::InputTampered } else { FailureReason::ProtocolFailed };
                let instructions = world.fail(address, reason, 0);
                let sent = world.harness.send(&instructions, &[]);
                let allowed = model.held.contains_key(&address)
                    && world.harness.slot() <= world.computation(address).deadline;
                assert_eq!(sent.is_ok(), allowed, "{action:?}: {sent:?}");
                if allowed {
                    let escrow = model.held.remove(&address).expect("allowed");
                    if *at_fault {
                        model.pay(escrow.base_fee);
                    }
                }
                sent
            }
            Action::Expire { which } => {
                let Some(address) = pick(*which).filter(|address| world.harness.account(address).is_some())
                else {
                    continue;
                };
                let instruction = world.expire(address);
                let sent = world.harness.send(&[instruction], &[]);
                let allowed = model.held.contains_key(&address)
                    && world.harness.slot() > world.computation(address).deadline;
                assert_eq!(sent.is_ok(), allowed, "{action:?}: {sent:?}");
                if allowed {
                    model.held.remove(&address);
                }
                sent
            }
            Action::Claim { member } => {
                let node = &world.network.nodes[*member];
                let claim = client::claim_fees(
                    node.authority.pubkey(),
                    purse,
                    node.identity.pubkey(),
                    world.network.cluster,
                );
                let before = world.harness.lamports(&purse);
                let sent = world.harness.send(&[claim], &[&node.authority]);
                assert_eq!(sent.is_ok(), model.accrued[*member] > 0, "{sent:?}");
                let claimed = std::mem::take(&mut model.accrued[*member]);
                assert_eq!(world.harness.lamports(&purse) - before, claimed);
                sent
            }
            Action::Sweep => {
                let sweep = client::sweep_treasury(world.network.treasury, world.network.cluster);
                let before = world.harness.lamports(&world.network.treasury);
                let sent = world.harness.send(&[sweep], &[]);
                let swept = std::mem::take(&mut model.treasury);
                assert_eq!(world.harness.lamports(&world.network.treasury) - before, swept);
                sent
            }
            Action::Price { per_unit, base } => {
                let authority = &world.network.authority;
                let price = client::set_price(authority.pubkey(), world.network.cluster, *per_unit, *base);
                world.harness.send(&[price], &[authority])
            }
            Action::Wait { slots } => {
                let slot = world.harness.slot() + slots;
                world.harness.warp_to(slot);
                continue;
            }
            Action::Reclaim { which } => {
                let Some(address) = pick(*which).filter(|address| world.harness.account(address).is_some())
                else {
                    continue;
                };
                let computation = world.computation(address);
                let sent = world.harness.send(&[client::reclaim_rent(payer, address, true)], &[]);
                let allowed = computation.status != ComputationStatus::Queued
                    && world.harness.slot() > computation.not_after;
                assert_eq!(sent.is_ok(), allowed, "{action:?}: {sent:?}");
                sent
            }
        };
        // A refused transaction costs its fee too.
        let signatures = match &action {
            Action::Queue { .. } | Action::Claim { .. } | Action::Price { .. } => 2,
            // The precompile's signatures are charged like any other.
            Action::Finalize { .. } | Action::Fail { .. } => 4,
            _ => 1,
        };
        fees += sent.map_or(signatures * 5_000, |receipt| receipt.fee);

        // Nothing appeared or vanished, and every account holds what the model says.
        assert_eq!(total(&world, &known) + fees, start, "after {action:?}");
        let cluster = world.cluster();
        assert_eq!((&cluster.accrued[..], cluster.treasury_accrued), (&model.accrued[..], model.treasury));
        assert_eq!(
            world.harness.lamports(&world.network.cluster),
            cluster_rent + model.accrued.iter().sum::<u64>() + model.treasury
        );
        assert_eq!(world.queue_account().len(), model.held.len());
        for (address, escrow) in &model.held {
            let account = world.harness.account(address).expect("queued");
            let rent = world.harness.rent(account.data.len());
            let held = escrow.base_fee + escrow.work_fee + escrow.priority_fee;
            assert_eq!(account.lamports, rent + held, "escrow of {address}");
        }
        let queue = world.queue_account();
        assert_eq!(queue.cluster, world.network.cluster);
        assert_eq!(pda::queue(&queue.cluster).0, pda::queue(&world.network.cluster).0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_lamport_appears_or_vanishes(actions in actions()) {
        run(actions);
    }
}
