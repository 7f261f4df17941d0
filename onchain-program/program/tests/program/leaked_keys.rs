//! Leaked keys: whoever shows that it knows a node's secret key has half of what the operator put at stake.

use arx_program::{
    client,
    error::ArxError,
    instructions::LeakedKey,
    message::leaked_key_message,
    pda,
    state::{ClusterState, Node, NodeStatus, Offence, OffenceClass},
};
use arx_testing::{
    NodeKeys,
    harness::key,
    network::{prove, prove_leak},
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::court::{Court, STAKE, culprit};

/// The report of node 0's identity key by `finder`, with the statement made for `named`.
fn identity_report(court: &Court, finder: &Pubkey, named: &Pubkey) -> Vec<Instruction> {
    let node = culprit();
    let identity = node.identity.pubkey();
    let message = leaked_key_message(&identity, named);
    let verify = client::verify_signatures(&[identity], &[node.sign(&message)], &message);
    let leaked = LeakedKey::Identity { signature_instruction: 0 };
    vec![verify, client::report_leaked_key(*finder, &court.node(identity), leaked)]
}

/// The report of node 0's encryption key `owner` has.
fn encryption_report(court: &Court, finder: &Pubkey, named: &Pubkey, owner: &NodeKeys) -> Instruction {
    let node: Node = court.node(court.identity(0));
    let proof = prove_leak(&node.identity, named, &owner.encryption_secret, &owner.encryption_key);
    let leaked = LeakedKey::Encryption { encryption_key: owner.encryption_key, proof };
    client::report_leaked_key(*finder, &node, leaked)
}

fn offence(court: &Court, session: &[u8; 32]) -> Offence {
    court.world.harness.must_load(&pda::offence(&court.identity(0), OffenceClass::LeakedKey, session).0)
}

#[test]
fn a_leaked_identity_key_costs_everything_beyond_the_cap() {
    let mut court = Court::new();
    let identity = court.identity(0);
    // Slashed to the cap of the period already, with a part on its way out and a delegator.
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &culprit(), 2_000);
    court.world.harness.must_send(&[client::unbond(alice.pubkey(), identity, 1, 1_000)], &[&alice]);
    let one = court.header();
    let mut other = one;
    other.payload_hash = [9; 32];
    let evidence = court.two_messages(&culprit(), &one, &other);
    court.must_submit(&evidence);
    let before = court.stake(identity);
    assert_eq!((before.tokens, before.unbonding_tokens), (5_500, 500));

    let report = identity_report(&court, &court.reporter.pubkey(), &court.reporter.pubkey());
    court.must_submit(&report);
    let stake = court.stake(identity);
    assert_eq!((stake.tokens, stake.unbonding_tokens), (0, 0));
    // Half of what is the operator's own (10 of 11 shares), and 5 % of what is the delegator's.
    let offence = offence(&court, &identity.to_bytes());
    assert_eq!((offence.slashed, offence.reward, offence.compensation), (6_000, 2_500 + 50, 0));
    court.check_vault();
    let purse = court.token.account(&mut court.world.harness, "finder", &court.reporter.pubkey(), 0);
    let session = identity.to_bytes();
    let claim =
        client::claim_report(court.reporter.pubkey(), identity, OffenceClass::LeakedKey, &session, purse);
    court.must_submit(&[claim]);
    assert_eq!(court.token.balance(&court.world.harness, &purse), 2_550);
    court.check_vault();
    court.must_refuse(&report, ArxError::AlreadyPunished);
}

#[test]
fn a_leaked_encryption_key_convicts() {
    let mut court = Court::new();
    let finder = court.reporter.pubkey();
    let report = encryption_report(&court, &finder, &finder, &culprit());
    court.must_submit(&[report]);
    let identity = court.identity(0);
    assert_eq!(court.node(identity).status, NodeStatus::Tombstoned);
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);
    assert_eq!(court.stake(identity).tokens, 0);
    let offence = offence(&court, &culprit().encryption_key);
    assert_eq!((offence.slashed, offence.reward), (STAKE, STAKE / 2));
    assert_eq!(court.pool().total, 5 * STAKE);
    court.check_vault();
}

#[test]
fn an_operator_gains_nothing_from_its_delegators_by_reporting_itself() {
    let mut court = Court::new();
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &culprit(), 9 * STAKE);
    let finder = court.reporter.pubkey();
    let report = encryption_report(&court, &finder, &finder, &culprit());
    court.must_submit(&[report]);
    let offence = offence(&court, &culprit().encryption_key);
    assert_eq!((offence.slashed, offence.reward), (10 * STAKE, STAKE / 2 + 9 * STAKE / 20));
    assert!(offence.reward < STAKE, "less than what the operator loses");
}

#[test]
fn refuses_a_report_that_was_made_for_another_finder() {
    let mut court = Court::new();
    // A thief sees the report under way and sends it as its own.
    let thief = court.world.harness.must_key("thief");
    let finder = court.reporter.pubkey();
    let stolen = identity_report(&court, &thief.pubkey(), &finder);
    let refusal = court.world.harness.must_refuse(&stolen, &[&thief]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    let stolen = encryption_report(&court, &thief.pubkey(), &finder, &culprit());
    let refusal = court.world.harness.must_refuse(&[stolen], &[&thief]);
    assert!(refusal.is(ArxError::InvalidProofOfPossession), "{refusal}");
    // Nor can it send it in the finder's name: the finder signs.
    let mut unsigned = encryption_report(&court, &finder, &finder, &culprit());
    unsigned.accounts[0].is_signer = false;
    let refusal = court.world.harness.must_refuse(&[unsigned], &[]);
    assert_eq!(refusal.code, Some(3010), "Anchor's AccountNotSigner: {refusal}");
}

#[test]
fn refuses_what_does_not_show_knowledge_of_the_key() {
    let mut court = Court::new();
    let finder = court.reporter.pubkey();
    let identity = court.identity(0);
    // The registration's proof is public, and no report.
    let node = culprit();
    let proof = prove(&identity, &node.encryption_secret, &node.encryption_key);
    let leaked = LeakedKey::Encryption { encryption_key: node.encryption_key, proof };
    let replay = client::report_leaked_key(finder, &court.node(identity), leaked);
    court.must_refuse(&[replay], ArxError::InvalidProofOfPossession);
    // Another node's key.
    let other = encryption_report(&court, &finder, &finder, &NodeKeys::named("node 1"));
    court.must_refuse(&[other], ArxError::KeyNotCurrent);
    // Another key's signature; a protocol message; a signature that another instruction verified.
    let message = leaked_key_message(&identity, &finder);
    let stranger = NodeKeys::named("node 1");
    let right = identity_report(&court, &finder, &finder);
    let verify =
        client::verify_signatures(&[stranger.identity.pubkey()], &[stranger.sign(&message)], &message);
    court.must_refuse(&[verify, right[1].clone()], ArxError::WrongSigner);
    let header = court.header().message();
    let verify = client::verify_signatures(&[identity], &[node.sign(&header)], &header);
    court.must_refuse(&[verify, right[1].clone()], ArxError::WrongSignedMessage);
    court.must_refuse(&[right[1].clone()], ArxError::NotASignatureInstruction);
    // What the operator owns is read from the operator's account alone.
    let alice = court.world.harness.must_key("alice");
    court.token.must_delegate(&mut court.world.harness, &alice, &node, 2_000);
    let mut inflated = encryption_report(&court, &finder, &finder, &node);
    inflated.accounts[8].pubkey = pda::delegation(&identity, &alice.pubkey()).0;
    court.must_refuse(&[inflated], ArxError::AccountsDoNotBelongTogether);
    assert_eq!(court.node(identity).status, NodeStatus::Active);
}

/// Gives node 0 a fresh key from the next epoch on.
fn rotate(court: &mut Court, name: &str) -> (NodeKeys, Keypair) {
    let (fresh, authority) = (NodeKeys::named(name), key("network authority"));
    let (identity, cold) = (court.identity(0), culprit().authority);
    let proof = prove(&identity, &fresh.encryption_secret, &fresh.encryption_key);
    let payer = court.world.harness.payer().pubkey();
    let rotate = client::rotate_epoch_key(payer, cold.pubkey(), identity, fresh.encryption_key, proof);
    court.world.harness.must_send(&[rotate], &[&cold]);
    let members = court.world.network.members();
    let begin = client::begin_epoch(authority.pubkey(), court.world.network.cluster, &members);
    court.world.harness.must_send(&[begin], &[&authority]);
    (fresh, authority)
}

#[test]
fn the_last_epochs_key_counts_as_long_as_evidence_lives() {
    let mut court = Court::new();
    rotate(&mut court, "second key");
    let finder = court.reporter.pubkey();
    let began = court.world.cluster().epoch_slot;
    let report = encryption_report(&court, &finder, &finder, &culprit());
    court.world.harness.warp_to(began + court.parameters.evidence_slots + 1);
    court.must_refuse(std::slice::from_ref(&report), ArxError::EvidenceTooOld);
    court.world.harness.warp_to(began + court.parameters.evidence_slots);
    court.must_submit(&[report]);
    assert_eq!(court.node(court.identity(0)).status, NodeStatus::Tombstoned);
}

#[test]
fn refuses_a_key_older_than_the_last_epoch() {
    let mut court = Court::new();
    rotate(&mut court, "second key");
    let (third, _) = rotate(&mut court, "third key");
    let finder = court.reporter.pubkey();
    let report = encryption_report(&court, &finder, &finder, &culprit());
    court.must_refuse(&[report], ArxError::KeyNotCurrent);
    // Nor can an older registration be passed off as the present one.
    let mut other = encryption_report(&court, &finder, &finder, &culprit());
    other.accounts[9].pubkey = pda::encryption_key_record(&NodeKeys::named("second key").encryption_key).0;
    court.must_refuse(&[other], ArxError::AccountsDoNotBelongTogether);
    let report = encryption_report(&court, &finder, &finder, &third);
    court.must_submit(&[report]);
}
