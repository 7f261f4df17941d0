//! Everything once, in order, as it should go.

use arx_program::{
    client,
    message::{sha256, stored_output_digest},
    pda,
    state::{ComputationDefinition, ComputationStatus, DefinitionStatus, Delivery, Mxe},
};
use arx_testing::network::TREASURY_BASIS_POINTS;
use solana_signer::Signer;

use crate::world::{COST_UNITS, PRICES, PRIORITY, World};

#[test]
fn a_computation_from_definition_to_reclaimed_rent() {
    let mut world = World::new();
    let payer = world.harness.payer().pubkey();
    let mxe: Mxe = world.harness.must_load(&world.application.mxe);
    assert_eq!(mxe.cluster, world.network.cluster);
    let definition: ComputationDefinition = world.harness.must_load(&world.mixed);
    assert_eq!(definition.status, DefinitionStatus::Active);

    // Queue: the escrow is held, the entry stands in the queue.
    let earned = world.cluster();
    let address = world.must_queue(1);
    let queued = world.computation(address);
    assert_eq!(queued.status, ComputationStatus::Queued);
    assert_eq!(queued.payer, payer);
    assert_eq!(queued.authority, world.user.pubkey());
    let fee = COST_UNITS * PRICES.price_per_unit + PRICES.base_fee + PRIORITY;
    assert_eq!(queued.escrow.work_fee + queued.escrow.base_fee + queued.escrow.priority_fee, fee);
    assert_eq!(queued.input_digest, arx_program::message::input_digest(&queued).unwrap());
    let queue = world.queue_account();
    assert_eq!(queue.entries().len(), 1);
    assert_eq!(queue.entries()[0].computation, address);
    let version = world.cell(world.cell).version;

    // Finalise and deliver, in one transaction as the nodes do.
    let mut instructions = world.signed(address, world.result(address));
    instructions.push(world.deliver(address));
    let held = world.harness.lamports(&address);
    world.harness.must_send(&instructions, &[]);
    let done = world.computation(address);
    assert_eq!(done.status, ComputationStatus::Finalized);
    assert_eq!(done.delivery, Delivery::Delivered);
    assert_eq!(world.harness.lamports(&address), held - fee);
    let result = done.result.expect("finalised");
    let cell = world.cell(world.cell);
    assert_eq!(result.outputs, vec![vec![0x0B; 8], sha256(&[&cell.data]).to_vec()]);
    assert_eq!(stored_output_digest(&result.outputs, &done.output_cells, false), Some(result.output_digest));
    assert_eq!((cell.version, cell.writer), (version + 1, address));
    assert!(world.queue_account().is_empty());
    assert_eq!(world.journal_entry(), (1, address, true, vec![0x0B; 8]));

    // The fee is divided: the treasury's part and what does not divide, the rest equally.
    let cluster = world.cluster();
    let part = fee * u64::from(TREASURY_BASIS_POINTS) / 10_000;
    let share = (fee - part) / 3;
    for (now, before) in cluster.accrued.iter().zip(&earned.accrued) {
        assert_eq!(now - before, share);
    }
    assert_eq!(cluster.treasury_accrued - earned.treasury_accrued, fee - 3 * share);
    assert_eq!(cluster.finalized, earned.finalized + 1);

    // Every member claims, the treasury is swept, and the cluster is left with its rent.
    for (index, node) in world.network.nodes.iter().enumerate() {
        let recipient = world.harness.must_key(&format!("purse {index}")).pubkey();
        let before = world.harness.lamports(&recipient);
        let claim = client::claim_fees(
            node.authority.pubkey(),
            recipient,
            node.identity.pubkey(),
            world.network.cluster,
        );
        world.harness.must_send(&[claim], &[&node.authority]);
        assert_eq!(world.harness.lamports(&recipient) - before, cluster.accrued[index]);
    }
    let before = world.harness.lamports(&world.network.treasury);
    world.harness.must_send(&[client::sweep_treasury(world.network.treasury, world.network.cluster)], &[]);
    assert_eq!(world.harness.lamports(&world.network.treasury) - before, cluster.treasury_accrued);
    assert_eq!(world.cluster().accrued, vec![0; 3]);

    // The tombstone goes after not_after, and its rent to the payer.
    world.harness.warp_to(done.not_after + 1);
    let rent = world.harness.lamports(&address);
    let before = world.harness.lamports(&payer);
    let receipt = world.harness.must_send(&[client::reclaim_rent(payer, address, false)], &[]);
    assert!(world.harness.account(&address).is_none());
    assert_eq!(world.harness.lamports(&payer) + receipt.fee - before, rent);
}

#[test]
fn addresses_are_where_the_functions_say() {
    let world = World::new();
    for address in [
        pda::config().0,
        pda::cluster(0).0,
        pda::queue(&world.network.cluster).0,
        pda::mxe(&world.application.program, 0).0,
        pda::definition(&world.application.mxe, "mixed").0,
        pda::circuit(&world.mixed).0,
        pda::node(&world.network.members()[0]).0,
        pda::encryption_key_record(&world.network.nodes[0].encryption_key).0,
    ] {
        let account = world.harness.account(&address).expect("the account exists");
        assert_eq!(account.owner, arx_program::ID);
    }
}
