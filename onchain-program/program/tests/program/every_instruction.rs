//! Every instruction about stake, justice, and the life of nodes and clusters, once.

use arx_program::{
    client, constants::PROTOCOL_DISHONEST_MAJORITY, instructions::LeakedKey, message::MessageHeader, pda,
    state::OffenceClass,
};
use arx_testing::{NodeKeys, harness::key, network::prove_leak};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    court::{Court, STAKE, culprit},
    withholding,
};

/// Uses every instruction about stake, justice, and the life of nodes and clusters, and tries substitutes in each.
pub fn use_every_instruction(probe: impl FnOnce(&mut Court)) -> Court {
    let mut court = Court::new();
    probe(&mut court);
    let authority = key("network authority");
    let (node, cluster) = (culprit(), court.world.network.cluster);
    let (cold, identity) = (node.authority.insecure_clone(), node.identity.pubkey());
    let payer = court.world.harness.payer().pubkey();
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &node, 1_000);
    let address = court.world.must_queue(1);
    court.world.must_finalize(address);
    court.world.harness.must_send(&[client::distribute_fees(identity, cluster)], &[]);
    court.world.harness.must_send(&[client::claim_rewards(alice.pubkey(), identity)], &[&alice]);
    // The commission is 0: there is nothing to claim until the shares have gone.
    court.world.harness.must_send(&[client::unbond(alice.pubkey(), identity, 1, 1_000)], &[&alice]);
    court.world.harness.must_send(&[client::unbond(cold.pubkey(), identity, 1, STAKE)], &[&cold]);
    let address = court.world.must_queue(2);
    court.world.must_finalize(address);
    court.world.harness.must_send(&[client::distribute_fees(identity, cluster)], &[]);
    court.world.harness.must_send(&[client::claim_commission(cold.pubkey(), identity, payer)], &[&cold]);
    court.token.must_bond(&mut court.world.harness, &node, STAKE, 0);
    let slot = court.world.harness.slot() + court.parameters.unbonding_slots;
    court.world.harness.warp_to(slot);
    let purse = court.token.account(&mut court.world.harness, "alice's purse", &alice.pubkey(), 0);
    court.world.harness.must_send(&[client::withdraw(alice.pubkey(), identity, 1, purse)], &[&alice]);

    // Challenges, jail and back.
    let address = court.stuck(3);
    let challenge = court.challenge(address, 0);
    court.must_submit(&[challenge]);
    let answer =
        client::answer_challenge(node.fee_payer.pubkey(), identity, address, 1, [0; 32], vec![1; 400]);
    court.world.harness.must_send(&[answer], &[&node.fee_payer]);
    let close = client::close_challenge(court.reporter.pubkey(), address, identity);
    court.world.harness.must_send(&[close], &[]);
    use_openings(&mut court, address);
    let mut session = [0; 32];
    for _ in 0..3 {
        let missed = court.miss(address, &[0]);
        court.strike(&missed);
        session[..8].copy_from_slice(&client::window_of(&missed[0], &court.parameters).to_le_bytes());
    }
    let purse = court.token.account(&mut court.world.harness, "victim", &payer, 0);
    let claim = client::claim_compensation(payer, identity, OffenceClass::Silence, &session, purse);
    court.world.harness.must_send(&[claim], &[]);
    let slot = court.node(identity).jailed_until;
    court.world.harness.warp_to(slot);
    court.world.harness.must_send(&[client::unjail(cold.pubkey(), identity, cluster)], &[&cold]);
    let start = court.world.harness.slot() + court.parameters.maintenance_notice;
    let declare = client::declare_maintenance(authority.pubkey(), cluster, start, 10);
    court.world.harness.must_send(&[declare], &[&authority]);
    if court.world.computation(address).status == arx_program::state::ComputationStatus::Queued {
        let deadline = court.world.computation(address).deadline;
        if court.world.harness.slot() <= deadline {
            court.world.harness.warp_to(deadline + 1);
        }
        let expire = court.world.expire(address);
        court.world.harness.must_send(&[expire], &[]);
    }

    // A dispute.
    let (accuser, label) = (court.reporter.pubkey(), [1; 32]);
    let slot = court.world.harness.slot() + 2 * court.parameters.dispute_slots + 1;
    court.world.harness.warp_to(slot);
    let write = client::write_buffer(accuser, label, 3, 0, vec![1, 2, 3]);
    court.world.harness.must_send(&[write], &[&court.reporter]);
    let defence = client::write_buffer(node.fee_payer.pubkey(), label, 3, 0, vec![1, 2, 3]);
    court.world.harness.must_send(&[defence], &[&node.fee_payer]);
    let members = court.world.network.members();
    let class = OffenceClass::Withholding;
    let open =
        client::open_dispute(accuser, identity, cluster, &members, &label, class, [1; 32], Some(address));
    court.world.harness.must_send(&[open], &[&court.reporter]);
    let dispute = pda::dispute(&identity, class, &[1; 32]).0;
    let add = client::add_evidence(node.fee_payer.pubkey(), identity, &label, dispute);
    court.world.harness.must_send(&[add], &[&node.fee_payer]);
    for index in 0..2 {
        let juror = NodeKeys::named(&format!("cluster 1 node {index}"));
        let vote = client::vote_dispute(juror.fee_payer.pubkey(), juror.identity.pubkey(), dispute, true);
        court.world.harness.send_paid_by(&juror.fee_payer, &[vote], &[]).expect("a juror");
    }
    let opened = court.world.harness.must_load(&dispute);
    let resolve = client::resolve_dispute(payer, cold.pubkey(), &opened);
    court.world.harness.must_send(&[resolve], &[]);

    // Keys, epochs, members.
    let fresh = NodeKeys::named("fresh key");
    let proof = arx_testing::network::prove(&identity, &fresh.encryption_secret, &fresh.encryption_key);
    let rotate = client::rotate_epoch_key(payer, cold.pubkey(), identity, fresh.encryption_key, proof);
    court.world.harness.must_send(&[rotate], &[&cold]);
    let begin = client::begin_epoch(authority.pubkey(), cluster, &members);
    court.world.harness.must_send(&[begin], &[&authority]);
    let leaver = NodeKeys::named("node 1");
    let drain = client::drain_node(leaver.authority.pubkey(), leaver.identity.pubkey());
    court.world.harness.must_send(&[drain], &[&leaver.authority]);
    let newcomer = NodeKeys::named("newcomer");
    newcomer.must_register(&mut court.world.harness, "host:1");
    let member = |node: &NodeKeys| client::Member {
        identity: node.identity.pubkey(),
        authority: node.authority.pubkey(),
    };
    let replace = client::replace_member(authority.pubkey(), cluster, member(&leaver), member(&newcomer));
    court.world.harness.must_send(&[replace], &[&authority, &newcomer.authority]);
    let exit = client::exit_node(leaver.authority.pubkey(), leaver.identity.pubkey());
    court.world.harness.must_send(&[exit], &[&leaver.authority]);
    let forming = arx_program::instructions::CreateClusterArguments {
        id: 77,
        members: vec![NodeKeys::named("late").identity.pubkey(), newcomer.identity.pubkey()],
        protocol: PROTOCOL_DISHONEST_MAJORITY,
        price_per_unit: 1,
        base_fee: 1,
    };
    let late = NodeKeys::named("late");
    late.must_register(&mut court.world.harness, "host:2");
    court
        .world
        .harness
        .must_send(&[client::create_cluster(payer, authority.pubkey(), forming)], &[&authority]);
    let place = pda::cluster(77).0;
    let (late_cold, late_identity) = (late.authority.pubkey(), late.identity.pubkey());
    court
        .world
        .harness
        .must_send(&[client::join_cluster(late_cold, late_identity, place)], &[&late.authority]);
    court
        .world
        .harness
        .must_send(&[client::leave_cluster(late_cold, late_identity, place)], &[&late.authority]);

    // Two contradicting messages; reward and rest.
    let mut one = court.header();
    one.epoch = court.world.cluster().epoch;
    let other = MessageHeader { payload_hash: [9; 32], ..one };
    let evidence = court.two_messages(&node, &one, &other);
    court.must_submit(&evidence);
    let purse = court.token.account(&mut court.world.harness, "reporter", &accuser, 0);
    let claim = client::claim_report(accuser, identity, OffenceClass::Equivocation, &one.session, purse);
    court.must_submit(&[claim]);
    court.world.harness.must_send(&[client::burn_slashed(court.token.mint)], &[]);

    // Another's key is found.
    let victim = NodeKeys::named("node 2");
    let proof =
        prove_leak(&victim.identity.pubkey(), &accuser, &victim.encryption_secret, &victim.encryption_key);
    let leaked = LeakedKey::Encryption { encryption_key: victim.encryption_key, proof };
    let report = client::report_leaked_key(accuser, &court.node(victim.identity.pubkey()), leaked);
    court.must_submit(&[report]);
    court
}

/// A declared value, and an opening that is demanded and shown.
fn use_openings(court: &mut Court, address: Pubkey) {
    let (owner, node) = (key("application authority"), culprit());
    let payer = court.world.harness.payer().pubkey();
    for tokens in [5, 6] {
        let declare = client::declare_value(payer, owner.pubkey(), court.world.application.mxe, tokens);
        court.world.harness.must_send(&[declare], &[&owner]);
    }
    let demand = withholding::demand(court, address, 0, withholding::opening());
    court.must_submit(&demand);
    withholding::must_write(court, &[7; 900]);
    let answer = withholding::answer(&node, &withholding::messages(court, &[7; 900]));
    court.world.harness.must_send(&answer, &[&node.fee_payer]);
    let challenge = withholding::challenge(court);
    court.world.harness.warp_to(challenge.answer_by + court.parameters.challenge_slots + 1);
    let shown = challenge.demand.and_then(|demand| demand.shown).expect("it was shown");
    let close = client::close_shown(court.reporter.pubkey(), challenge.subject(), challenge.identity, shown);
    court.world.harness.must_send(&[close], &[]);
}
