//! Withheld openings: the certificate that all signed, posted as a challenge, and what follows.

use arx_program::{
    client,
    constants::PROTOCOL_DISHONEST_MAJORITY,
    error::ArxError,
    instructions::{CERTIFICATE_PHASE, OPENING_PHASE, SIGNING_PHASE},
    message::{MessageHeader, Opening, sha256},
    pda,
    state::{Buffer, Challenge, FailureReason, NodeStatus, Offence, OffenceClass},
};
use arx_testing::{NodeKeys, Refusal, StakeToken, harness::key};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    court::{Court, STAKE, culprit},
    world::World,
};

pub const SESSION: [u8; 32] = [0x5E; 32];
const LABEL: [u8; 32] = [0x0F; 32];

pub fn opening() -> Opening {
    Opening { session: SESSION, task_digest: [1; 32], transcript_digest: [2; 32], recipients_digest: [3; 32] }
}

/// The certificate of a computation, posted against node `index`.
pub fn demand(court: &Court, address: Pubkey, index: usize, opening: Opening) -> Vec<Instruction> {
    let computation = court.world.computation(address);
    let message = opening.message(&address, &computation);
    let identity = court.identity(index);
    vec![
        court.world.network.sign(&message),
        client::challenge_opening(court.reporter.pubkey(), address, &computation, identity, opening, None),
    ]
}

pub fn challenge(court: &Court) -> Challenge {
    let subject = Pubkey::new_from_array(SESSION);
    court.world.harness.must_load(&pda::challenge(&subject, &court.identity(0)).0)
}

/// Node 0's messages of the certificate and of the opening, with this content.
pub fn messages(court: &Court, content: &[u8]) -> [MessageHeader; 2] {
    let certificate =
        MessageHeader { session: SESSION, phase: CERTIFICATE_PHASE, broadcasts: 6, ..court.header() };
    let opening = MessageHeader {
        phase: [OPENING_PHASE, 2, 0, 0, 0],
        broadcasts: 7,
        payload_hash: sha256(&[content]),
        running_digest: certificate.next_chain(),
        ..certificate
    };
    [certificate, opening]
}

/// The answer with these messages, signed by `signer`.
pub fn answer(signer: &NodeKeys, headers: &[MessageHeader; 2]) -> Vec<Instruction> {
    let node = culprit();
    let [one, other] = headers.map(|header| header.message());
    let signatures = [signer.sign(&one), signer.sign(&other)];
    let key = signer.identity.pubkey();
    let verify = client::verify_two(&key, [(&one, &signatures[0]), (&other, &signatures[1])]);
    let (payer, identity) = (node.fee_payer.pubkey(), node.identity.pubkey());
    vec![verify, client::answer_opening(payer, identity, &SESSION, &LABEL)]
}

/// Writes the opening's content into node 0's buffer, in chunks.
pub fn must_write(court: &mut Court, content: &[u8]) {
    let node = culprit();
    for (index, chunk) in content.chunks(800).enumerate() {
        let (length, offset) = (content.len() as u32, 800 * index as u32);
        let write = client::write_buffer(node.fee_payer.pubkey(), LABEL, length, offset, chunk.to_vec());
        court.world.harness.must_send(&[write], &[&node.fee_payer]);
    }
}

#[track_caller]
fn must_refuse_answer(court: &mut Court, instructions: &[Instruction], expected: ArxError) -> Refusal {
    let refusal = court.world.harness.must_refuse(instructions, &[&culprit().fee_payer]);
    assert!(refusal.is(expected), "{refusal}");
    refusal
}

/// A challenge of node 0 at the beginning of a window.
fn challenged() -> (Court, Pubkey) {
    let mut court = Court::new();
    let address = court.stuck(1);
    court.align();
    let demand = demand(&court, address, 0, opening());
    court.must_submit(&demand);
    (court, address)
}

/// Records that node 0 was silent, and lets the consequence follow.
fn silence(court: &mut Court) -> Challenge {
    let missed = challenge(court);
    court.world.harness.warp_to(missed.answer_by + 1);
    let payer = court.world.harness.payer().pubkey();
    let record = client::record_miss(payer, &missed, &court.parameters);
    court.world.harness.must_send(&[record], &[]);
    court.strike(std::slice::from_ref(&missed));
    missed
}

#[test]
fn a_withheld_opening_costs_a_tenth_of_the_stake() {
    let (mut court, address) = challenged();
    let identity = court.identity(0);
    let before = court.world.harness.lamports(&court.reporter.pubkey());
    let place = pda::challenge(&Pubkey::new_from_array(SESSION), &identity).0;
    let held = court.world.harness.lamports(&place);
    silence(&mut court);
    assert_eq!(court.stake(identity).tokens, STAKE - STAKE / 10);
    // It may go on, for it may not have been its own fault.
    assert_eq!((court.node(identity).status, court.node(identity).strikes), (NodeStatus::Active, 0));
    let offence: Offence =
        court.world.harness.must_load(&pda::offence(&identity, OffenceClass::Withholding, &SESSION).0);
    let payer = court.world.harness.payer().pubkey();
    assert_eq!((offence.slashed, offence.computation, offence.victim), (STAKE / 10, address, payer));
    assert_eq!((offence.reward, offence.compensation), (STAKE / 200, STAKE / 100));
    assert_eq!(offence.reporter, court.reporter.pubkey());
    court.check_vault();
    // The challenger has bond and rent back.
    assert_eq!(court.world.harness.lamports(&court.reporter.pubkey()) - before, held);
}

#[test]
fn the_declared_value_is_taken_too_up_to_a_cap() {
    let owner = key("application authority");
    for (tokens, expected) in [(500, STAKE / 10 + 500), (1_000_000, STAKE * 3 / 10)] {
        let mut court = Court::new();
        let payer = court.world.harness.payer().pubkey();
        let mxe = court.world.application.mxe;
        let declare = client::declare_value(payer, owner.pubkey(), mxe, tokens);
        let thief = court.world.harness.must_key("thief");
        let steal = client::declare_value(payer, thief.pubkey(), mxe, tokens);
        let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
        assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
        court.world.harness.must_send(&[declare], &[&owner]);
        let slot = court.world.harness.slot() + 1;
        court.world.harness.warp_to(slot);
        let address = court.stuck(1);
        // What is declared after the members took the work does not count.
        let more = client::declare_value(payer, owner.pubkey(), mxe, 777);
        court.world.harness.must_send(&[more], &[&owner]);
        court.align();
        let demand = demand(&court, address, 0, opening());
        court.must_submit(&demand);
        silence(&mut court);
        assert_eq!(STAKE - court.stake(court.identity(0)).tokens, expected);
        court.check_vault();
    }
}

#[test]
fn an_opening_in_time_earns_the_bond_and_stays_readable() {
    let (mut court, _) = challenged();
    let content: Vec<u8> = (0..5_000u32).map(|index| index as u8).collect();
    must_write(&mut court, &content);
    let node = culprit();
    let (fee_payer, identity) = (node.fee_payer.pubkey(), node.identity.pubkey());
    let before = court.world.harness.lamports(&fee_payer);
    let right = answer(&node, &messages(&court, &content));
    court.world.harness.must_send(&right, &[&node.fee_payer]);
    assert_eq!(court.world.harness.lamports(&fee_payer) - before, court.parameters.bond);
    let shown = challenge(&court);
    let recorded = shown.answer.expect("answered");
    assert_eq!((recorded.round, recorded.message_hash), (7, sha256(&[&content])));
    let buffer = pda::buffer(&fee_payer, &LABEL).0;
    assert_eq!(shown.demand.expect("an opening").shown, Some(buffer));
    must_refuse_answer(&mut court, &right, ArxError::ChallengeClosed);
    // No slash, and the opening stays until others had the time to read it.
    let close_buffer = client::close_buffer(fee_payer, &LABEL);
    must_refuse_answer(&mut court, std::slice::from_ref(&close_buffer), ArxError::BufferLocked);
    let payer = court.world.harness.payer().pubkey();
    let record = client::record_miss(payer, &shown, &court.parameters);
    let refusal = court.world.harness.must_refuse(&[record], &[]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    let close = client::close_shown(court.reporter.pubkey(), shown.subject(), identity, buffer);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&close), &[]);
    assert!(refusal.is(ArxError::ChallengeOpen), "{refusal}");
    court.world.harness.warp_to(shown.answer_by + court.parameters.challenge_slots + 1);
    let without = client::close_challenge(court.reporter.pubkey(), shown.subject(), identity);
    let refusal = court.world.harness.must_refuse(&[without], &[]);
    assert!(refusal.is(ArxError::MissingAccount), "{refusal}");
    court.world.harness.must_send(&[close], &[]);
    let kept: Buffer = court.world.harness.must_load(&buffer);
    assert_eq!(kept.locked_by, None);
    court.world.harness.must_send(&[close_buffer], &[&node.fee_payer]);
    assert_eq!(court.stake(identity).tokens, STAKE);
}

/// Where a circuit signs before it reveals anything, that is where it opens.
#[test]
fn the_first_message_of_a_signature_is_an_opening_too() {
    let (mut court, _) = challenged();
    let content = [5; 32];
    must_write(&mut court, &content);
    let mut headers = messages(&court, &content);
    headers[1].phase = [SIGNING_PHASE, 0, 0, 0, 0];
    let node = culprit();
    court.world.harness.must_send(&answer(&node, &headers), &[&node.fee_payer]);
    assert!(challenge(&court).answer.is_some());
}

/// Who withholds its opening may sign that the computation failed, to have it over: that does not help.
#[test]
fn a_failure_of_the_protocol_does_not_spare_who_withheld() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let fail = court.world.fail(address, FailureReason::ProtocolFailed, 0);
    court.world.harness.must_send(&fail, &[]);
    court.align();
    let demand = demand(&court, address, 0, opening());
    court.must_submit(&demand);
    silence(&mut court);
    assert_eq!(court.stake(court.identity(0)).tokens, STAKE - STAKE / 10);
    court.check_vault();
}

#[test]
fn refuses_answers_that_are_not_the_opening() {
    let (mut court, _) = challenged();
    let content = b"the shares of this node".to_vec();
    must_write(&mut court, &content);
    let right = messages(&court, &content);
    for change in [
        // Another session's, an earlier opening, a later one, another's, a later piece, no opening, other content.
        (|headers: &mut [MessageHeader; 2]| headers[1].session = [9; 32]) as fn(&mut [MessageHeader; 2]),
        |headers| headers[0].session = [9; 32],
        |headers| headers[1].broadcasts = 5,
        |headers| headers[1].broadcasts = 8,
        |headers| headers[1].sender = 1,
        |headers| headers[1].piece = 1,
        |headers| headers[1].epoch = 2,
        |headers| headers[1].cluster = Pubkey::default(),
        |headers| headers[1].phase[0] = 9,
        |headers| headers[1].payload_hash[0] ^= 1,
        // One that does not continue the certificate; a certificate that is none, or for one member alone.
        |headers| headers[1].running_digest[0] ^= 1,
        |headers| headers[0].payload_hash[0] ^= 1,
        |headers| headers[0].phase[1] = 1,
        |headers| headers[0].recipient = 1,
    ] {
        let mut wrong = right;
        change(&mut wrong);
        must_refuse_answer(&mut court, &answer(&culprit(), &wrong), ArxError::WrongOpening);
    }
    // Another's signatures; one signature; a statement of life in the place of an opening.
    must_refuse_answer(&mut court, &answer(&NodeKeys::named("node 1"), &right), ArxError::WrongSigner);
    let node = culprit();
    let message = right[1].message();
    let identity = node.identity.pubkey();
    let single = client::verify_signatures(&[identity], &[node.sign(&message)], &message);
    let instructions = answer(&node, &right);
    must_refuse_answer(&mut court, &[single, instructions[1].clone()], ArxError::WrongSignatureCount);
    let subject = Pubkey::new_from_array(SESSION);
    let words = client::answer_challenge(node.fee_payer.pubkey(), identity, subject, 7, [0; 32], vec![1]);
    must_refuse_answer(&mut court, &[words], ArxError::WrongOpening);
    // Too late.
    let late = challenge(&court).answer_by + 1;
    court.world.harness.warp_to(late);
    must_refuse_answer(&mut court, &instructions, ArxError::ChallengeClosed);
}

#[test]
fn refuses_a_certificate_that_not_all_signed_or_for_something_else() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let (one, other) = (demand(&court, address, 0, opening()), Opening { session: [9; 32], ..opening() });
    let other = demand(&court, address, 0, other);
    court.must_refuse(&[one[0].clone(), other[1].clone()], ArxError::WrongSignedMessage);
    let computation = court.world.computation(address);
    let message = opening().message(&address, &computation);
    let members = court.world.network.members();
    let signatures: Vec<_> = court.world.network.nodes.iter().map(|node| node.sign(&message)).collect();
    let two = client::verify_signatures(&members[..2], &signatures[..2], &message);
    court.must_refuse(&[two, one[1].clone()], ArxError::WrongSignatureCount);
    // Of another computation, against a node of another cluster.
    let second = court.world.must_queue_fill(50);
    let borrowed = demand(&court, second, 0, opening());
    court.must_refuse(&[borrowed[0].clone(), one[1].clone()], ArxError::WrongSignedMessage);
    let mut stranger = one.clone();
    stranger[1].accounts[4].pubkey = pda::node(&court.others.nodes[0].identity.pubkey()).0;
    court.must_refuse(&stranger, ArxError::NotAMember);
    // The value is read from the application's own declaration.
    let mut value = one.clone();
    value[1].accounts[5].pubkey = pda::declared_value(&Pubkey::default()).0;
    court.must_refuse(&value, ArxError::AccountsDoNotBelongTogether);
    // What has its result withholds nothing, nor what failed for a reason that all found before.
    let third = court.world.must_queue_fill(51);
    let fail = court.world.fail(third, FailureReason::InputSpent, 0);
    court.world.harness.must_send(&fail, &[]);
    let rejected = demand(&court, third, 0, opening());
    court.must_refuse(&rejected, ArxError::AlreadySettled);
    court.world.must_finalize(second);
    let settled = demand(&court, second, 0, opening());
    court.must_refuse(&settled, ArxError::AlreadySettled);
    // After the deadline it is still withheld, as long as evidence lives.
    let deadline = computation.deadline;
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots + 1);
    court.must_refuse(&one, ArxError::EvidenceTooOld);
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots);
    court.must_submit(&one);
    court.must_refuse(&one, ArxError::AlreadyExists);
}

#[test]
fn the_brake_and_maintenance_spare_withheld_openings() {
    let mut court = Court::new();
    let address = court.stuck(1);
    court.align();
    for index in 0..3 {
        let demand = demand(&court, address, index, opening());
        court.must_submit(&demand);
    }
    // Half of the network's stake is silent in one window.
    let missed = court.opened(Pubkey::new_from_array(SESSION), 0);
    court.world.harness.warp_to(missed.answer_by + 1);
    let challenges: Vec<_> =
        (0..3).map(|index| court.opened(Pubkey::new_from_array(SESSION), index)).collect();
    let payer = court.world.harness.payer().pubkey();
    for challenge in &challenges {
        let record = client::record_miss(payer, challenge, &court.parameters);
        court.world.harness.must_send(&[record], &[]);
    }
    court.strike(&challenges);
    for index in 0..3 {
        assert_eq!(court.stake(court.identity(index)).tokens, STAKE);
    }

    let authority = key("network authority");
    let start = court.world.harness.slot() + court.parameters.maintenance_notice;
    let cluster = court.world.network.cluster;
    let declare = client::declare_maintenance(authority.pubkey(), cluster, start, 100);
    court.world.harness.must_send(&[declare], &[&authority]);
    court.world.harness.warp_to(start - court.parameters.challenge_slots);
    let demand = demand(&court, address, 0, opening());
    court.must_refuse(&demand, ArxError::InMaintenance);
    court.world.harness.warp_to(start + 100);
    court.must_submit(&demand);
}

#[test]
fn one_session_is_punished_once_and_the_challenger_gets_its_bond_back() {
    let (mut court, address) = challenged();
    silence(&mut court);
    court.align();
    let demand = demand(&court, address, 0, opening());
    court.must_submit(&demand);
    let missed = challenge(&court);
    court.world.harness.warp_to(missed.answer_by + 1);
    let payer = court.world.harness.payer().pubkey();
    let record = client::record_miss(payer, &missed, &court.parameters);
    court.world.harness.must_send(&[record], &[]);
    let window = client::window_of(&missed, &court.parameters);
    court.world.harness.warp_to((window + 2) * court.parameters.challenge_slots);
    let strike = client::strike_node(payer, &missed, &court.parameters);
    let refusal = court.world.harness.must_refuse(&[strike], &[]);
    assert!(refusal.is(ArxError::AlreadyPunished), "{refusal}");
    let close = client::close_challenge(court.reporter.pubkey(), missed.subject(), missed.identity);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&close), &[]);
    assert!(refusal.is(ArxError::ChallengeOpen), "{refusal}");
    court.world.harness.warp_to(missed.answer_by + court.parameters.evidence_slots + 1);
    court.world.harness.must_send(&[close], &[]);
    assert_eq!(court.stake(missed.identity).tokens, STAKE - STAKE / 10);
}

#[test]
fn sixteen_members_certify_over_several_transactions() {
    let mut world = World::with_nodes(16, PROTOCOL_DISHONEST_MAJORITY);
    let token = StakeToken::start(&mut world.harness, &world.network);
    token.must_bond(&mut world.harness, &world.network.nodes[15], STAKE, 0);
    let address = world.must_queue_fill(1);
    let message = opening().message(&address, &world.computation(address));
    let identity = world.network.nodes[15].identity.pubkey();
    let reporter = world.harness.must_key("reporter");
    let hash = sha256(&[&message]);
    let demand = client::challenge_opening(
        reporter.pubkey(),
        address,
        &world.computation(address),
        identity,
        opening(),
        Some(&hash),
    );
    // Also when the computation is over.
    let deadline = world.computation(address).deadline;
    world.harness.warp_to(deadline + 1);
    let expire = world.expire(address);
    world.harness.must_send(&[expire], &[]);
    world.must_attest(address, &message, 0..15);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&demand), &[&reporter]);
    assert!(refusal.is(ArxError::NotAllSigned), "{refusal}");
    world.must_attest(address, &message, 15..16);
    world.harness.must_send(&[demand], &[&reporter]);
    let challenge: Challenge =
        world.harness.must_load(&pda::challenge(&Pubkey::new_from_array(SESSION), &identity).0);
    assert_eq!(challenge.demand.expect("an opening").member, 15);
}

/// The expected values were computed from the definitions in `message`'s documentation by a script of its own.
#[test]
fn certificate_and_chain_are_the_documented_ones() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let mut computation = court.world.computation(address);
    computation.cluster = Pubkey::new_from_array([6; 32]);
    computation.epoch = 7;
    computation.circuit_hash = [10; 32];
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let message = opening().message(&Pubkey::new_from_array([9; 32]), &computation);
    assert_eq!(hex(&message), "bad846dbb57105a84814cbfac2c8ce2c6ff31e92d80d7b6b3872e74610d073af");
    let header = MessageHeader { phase: CERTIFICATE_PHASE, ..court.header() };
    assert_eq!(hex(&header.next_chain()), "ea13b55b16231b30644a368652cbba9ef54b4f44f64c8232d1bbe304d3796bac");
}
