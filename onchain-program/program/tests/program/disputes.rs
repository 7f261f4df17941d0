//! Disputes: accusations before a jury of another cluster's nodes.

use arx_program::{
    client,
    error::ArxError,
    pda,
    state::{Buffer, ClusterState, Dispute, DisputeState, NodeStatus, OffenceClass},
};
use arx_testing::NodeKeys;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::court::{Court, STAKE};

const LABEL: [u8; 32] = [0xE7; 32];
const SESSION: [u8; 32] = [0x5E; 32];

/// A court whose stake lies still, and evidence of 3,000 bytes.
fn court() -> Court {
    let mut court = Court::new();
    let slot = court.world.harness.slot() + 2 * court.parameters.dispute_slots + 1;
    court.world.harness.warp_to(slot);
    let accuser = court.reporter.pubkey();
    for offset in [0, 800, 1_600, 2_400] {
        let length = (3_000 - offset).min(800);
        let write = client::write_buffer(accuser, LABEL, 3_000, offset, vec![offset as u8; length as usize]);
        court.world.harness.must_send(&[write], &[&court.reporter]);
    }
    court
}

fn open(court: &Court, class: OffenceClass) -> Instruction {
    let members = court.world.network.members();
    let cluster = court.world.network.cluster;
    client::open_dispute(
        court.reporter.pubkey(),
        court.identity(0),
        cluster,
        &members,
        &LABEL,
        class,
        SESSION,
        None,
    )
}

fn must_open(court: &mut Court, class: OffenceClass) -> Pubkey {
    let instruction = open(court, class);
    court.world.harness.must_send(&[instruction], &[&court.reporter]);
    pda::dispute(&court.identity(0), class, &SESSION).0
}

fn dispute(court: &Court, address: Pubkey) -> Dispute {
    court.world.harness.must_load(&address)
}

fn vote(
    court: &mut Court,
    juror: &NodeKeys,
    address: Pubkey,
    guilty: bool,
) -> Result<(), arx_testing::Refusal> {
    let vote = client::vote_dispute(juror.fee_payer.pubkey(), juror.identity.pubkey(), address, guilty);
    court.world.harness.send_paid_by(&juror.fee_payer, &[vote], &[]).map(|_| ())
}

fn juror(index: usize) -> NodeKeys {
    NodeKeys::named(&format!("cluster 1 node {index}"))
}

fn resolve(court: &Court, address: Pubkey) -> Instruction {
    let authority = NodeKeys::named("node 0").authority.pubkey();
    client::resolve_dispute(court.world.harness.payer().pubkey(), authority, &dispute(court, address))
}

#[test]
fn two_thirds_of_the_jury_convict() {
    let mut court = court();
    let accused = court.identity(0);
    let before = court.world.harness.lamports(&court.reporter.pubkey());
    let address = must_open(&mut court, OffenceClass::Fault);
    assert_eq!(dispute(&court, address).jury, 3 * STAKE);
    // The evidence stays as it is.
    let close = client::close_buffer(court.reporter.pubkey(), &LABEL);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&close), &[&court.reporter]);
    assert!(refusal.is(ArxError::BufferLocked), "{refusal}");
    let write = client::write_buffer(court.reporter.pubkey(), LABEL, 3_000, 0, vec![1]);
    let refusal = court.world.harness.must_refuse(&[write], &[&court.reporter]);
    assert!(refusal.is(ArxError::BufferLocked), "{refusal}");

    vote(&mut court, &juror(0), address, true).unwrap();
    let early = resolve(&court, address);
    let refusal = court.world.harness.must_refuse(&[early], &[]);
    assert!(refusal.is(ArxError::DisputeOpen), "{refusal}");
    vote(&mut court, &juror(1), address, true).unwrap();
    let instruction = resolve(&court, address);
    court.world.harness.must_send(&[instruction], &[]);
    assert_eq!(dispute(&court, address).state, DisputeState::Guilty);
    assert_eq!(court.node(accused).status, NodeStatus::Tombstoned);
    assert_eq!(court.stake(accused).tokens, STAKE - STAKE * 3 / 10);
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);
    court.check_vault();
    // The accuser has its bond back; the evidence is free.
    let rent = court.world.harness.lamports(&address);
    assert_eq!(before - court.world.harness.lamports(&court.reporter.pubkey()), rent);
    court.world.harness.must_send(&[close], &[&court.reporter]);
    let again = resolve(&court, address);
    let refusal = court.world.harness.must_refuse(&[again], &[]);
    assert!(refusal.is(ArxError::DisputeClosed), "{refusal}");
}

#[test]
fn withholding_costs_less_and_does_not_convict() {
    let mut court = court();
    let accused = court.identity(0);
    let address = must_open(&mut court, OffenceClass::Withholding);
    for index in 0..2 {
        vote(&mut court, &juror(index), address, true).unwrap();
    }
    let instruction = resolve(&court, address);
    court.world.harness.must_send(&[instruction], &[]);
    assert_eq!(court.stake(accused).tokens, STAKE - STAKE / 10);
    assert_eq!(court.node(accused).status, NodeStatus::Active);
    court.check_vault();
}

#[test]
fn a_false_accusation_costs_the_bond() {
    let mut court = court();
    let address = must_open(&mut court, OffenceClass::Fault);
    // The accused answers with evidence of its own, which stays too.
    let accused = NodeKeys::named("node 0");
    let write = client::write_buffer(accused.fee_payer.pubkey(), [1; 32], 5, 0, vec![1, 2, 3, 4, 5]);
    court.world.harness.must_send(&[write], &[&accused.fee_payer]);
    let add = client::add_evidence(accused.fee_payer.pubkey(), court.identity(0), &[1; 32], address);
    court.world.harness.must_send(std::slice::from_ref(&add), &[&accused.fee_payer]);
    let refusal = court.world.harness.must_refuse(&[add], &[&accused.fee_payer]);
    assert!(refusal.is(ArxError::DisputeClosed), "{refusal}");
    for index in 0..2 {
        vote(&mut court, &juror(index), address, false).unwrap();
    }
    let cold = accused.authority.pubkey();
    let before = court.world.harness.lamports(&cold);
    let instruction = resolve(&court, address);
    let mut steal = instruction.clone();
    steal.accounts[10].pubkey = court.reporter.pubkey();
    let refusal = court.world.harness.must_refuse(&[steal], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    court.world.harness.must_send(&[instruction], &[]);
    assert_eq!(court.world.harness.lamports(&cold) - before, court.parameters.bond);
    assert_eq!(dispute(&court, address).state, DisputeState::NotGuilty);
    assert_eq!(court.stake(court.identity(0)).tokens, STAKE);
    let buffer: Buffer = court.world.harness.must_load(&pda::buffer(&accused.fee_payer.pubkey(), &[1; 32]).0);
    assert_eq!(buffer.locked_by, None);
    // The same accusation is not heard twice.
    let again = open(&court, OffenceClass::Fault);
    let refusal = court.world.harness.must_refuse(&[again], &[&court.reporter]);
    assert!(refusal.is(ArxError::AlreadyExists), "{refusal}");
}

#[test]
fn without_a_quorum_nobody_loses_anything() {
    let mut court = court();
    let before = court.world.harness.lamports(&court.reporter.pubkey());
    let address = must_open(&mut court, OffenceClass::Fault);
    vote(&mut court, &juror(0), address, true).unwrap();
    let vote_by = dispute(&court, address).vote_by;
    court.world.harness.warp_to(vote_by + 1);
    let refusal = vote(&mut court, &juror(1), address, true).unwrap_err();
    assert!(refusal.is(ArxError::DisputeClosed), "{refusal}");
    let instruction = resolve(&court, address);
    court.world.harness.must_send(&[instruction], &[]);
    assert_eq!(dispute(&court, address).state, DisputeState::Undecided);
    assert_eq!(court.stake(court.identity(0)).tokens, STAKE);
    let rent = court.world.harness.lamports(&address);
    assert_eq!(before - court.world.harness.lamports(&court.reporter.pubkey()), rent);
}

#[test]
fn only_settled_stake_of_other_clusters_votes_and_once() {
    let mut court = court();
    let address = must_open(&mut court, OffenceClass::Fault);
    let refusal = vote(&mut court, &NodeKeys::named("node 1"), address, false).unwrap_err();
    assert!(refusal.is(ArxError::NotAJuror), "{refusal}");
    // Stake that comes after the opening has no vote: neither a newcomer's nor what a juror adds.
    let rich = NodeKeys::named("rich");
    rich.must_register(&mut court.world.harness, "host:1");
    court.token.must_bond(&mut court.world.harness, &rich, 1_000 * STAKE, 0);
    let refusal = vote(&mut court, &rich, address, false).unwrap_err();
    assert!(refusal.is(ArxError::NotAJuror), "{refusal}");
    court.token.must_bond(&mut court.world.harness, &juror(0), 500 * STAKE, 0);
    vote(&mut court, &juror(0), address, false).unwrap();
    assert_eq!((dispute(&court, address).not_guilty, dispute(&court, address).jury), (STAKE, 3 * STAKE));
    let refusal = vote(&mut court, &juror(0), address, true).unwrap_err();
    assert!(refusal.is(ArxError::NotAJuror), "{refusal}");
    // Nobody votes with another's key or stake.
    let other = juror(1);
    let mut stolen =
        client::vote_dispute(juror(2).fee_payer.pubkey(), other.identity.pubkey(), address, false);
    let refusal =
        court.world.harness.must_refuse_paid_by(&juror(2).fee_payer, std::slice::from_ref(&stolen), &[]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    stolen = client::vote_dispute(other.fee_payer.pubkey(), other.identity.pubkey(), address, false);
    stolen.accounts[2].pubkey = pda::node_stake(&rich.identity.pubkey()).0;
    let refusal = court.world.harness.must_refuse_paid_by(&other.fee_payer, &[stolen], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn refuses_accusations_without_evidence_or_of_what_the_chain_judges_itself() {
    let mut court = court();
    for class in [OffenceClass::Equivocation, OffenceClass::Silence] {
        let instruction = open(&court, class);
        let refusal = court.world.harness.must_refuse(&[instruction], &[&court.reporter]);
        assert!(refusal.is(ArxError::WrongNodeState), "{refusal}");
    }
    let mut borrowed = open(&court, OffenceClass::Fault);
    borrowed.accounts[5].pubkey = court.world.cell;
    let refusal = court.world.harness.must_refuse(&[borrowed], &[&court.reporter]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
    // The jury cannot be made smaller or larger by leaving members out or naming others.
    let mut fewer = open(&court, OffenceClass::Fault);
    fewer.accounts.pop();
    let refusal = court.world.harness.must_refuse(&[fewer], &[&court.reporter]);
    assert!(refusal.is(ArxError::MissingAccount), "{refusal}");
    let mut others = open(&court, OffenceClass::Fault);
    let last = others.accounts.len() - 1;
    others.accounts[last].pubkey = pda::node_stake(&juror(0).identity.pubkey()).0;
    let refusal = court.world.harness.must_refuse(&[others], &[&court.reporter]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    let mut elsewhere = open(&court, OffenceClass::Fault);
    elsewhere.accounts[4].pubkey = court.others.cluster;
    let refusal = court.world.harness.must_refuse(&[elsewhere], &[&court.reporter]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
}

#[test]
fn a_node_that_left_its_cluster_still_answers_for_it() {
    let mut court = court();
    let authority = arx_testing::harness::key("network authority");
    let (leaver, newcomer) = (NodeKeys::named("node 0"), NodeKeys::named("newcomer"));
    newcomer.must_register(&mut court.world.harness, "host:1");
    let cold = leaver.authority.insecure_clone();
    let drain = client::drain_node(cold.pubkey(), leaver.identity.pubkey());
    court.world.harness.must_send(&[drain], &[&cold]);
    let member = |node: &NodeKeys| client::Member {
        identity: node.identity.pubkey(),
        authority: node.authority.pubkey(),
    };
    let cluster = court.world.network.cluster;
    let replace = client::replace_member(authority.pubkey(), cluster, member(&leaver), member(&newcomer));
    court.world.harness.must_send(&[replace], &[&authority, &newcomer.authority]);
    let members = court.world.cluster().members;
    let open = client::open_dispute(
        court.reporter.pubkey(),
        court.identity(0),
        cluster,
        &members,
        &LABEL,
        OffenceClass::Fault,
        SESSION,
        None,
    );
    court.world.harness.must_send(&[open], &[&court.reporter]);
    let address = pda::dispute(&court.identity(0), OffenceClass::Fault, &SESSION).0;
    for index in 0..3 {
        vote(&mut court, &juror(index), address, true).unwrap();
    }
    let instruction = resolve(&court, address);
    court.world.harness.must_send(&[instruction], &[]);
    assert_eq!(court.node(court.identity(0)).status, NodeStatus::Tombstoned);
    // The cluster that it left goes on.
    assert_eq!(court.world.cluster().state, ClusterState::Active);
}
