//! Offences that the chain judges by itself: equivocation, and silence by its clock.

use arx_program::{
    client,
    constants::PROTOCOL_DISHONEST_MAJORITY,
    error::ArxError,
    instructions::{Equivocation, FinalizeArguments, SignedResult},
    message::MessageHeader,
    pda,
    state::{
        Challenge, ClusterState, MissWindow, Node, NodeStake, NodeStatus, Offence, OffenceClass, Parameters,
        StakePool,
    },
};
use arx_testing::{NodeKeys, StakeToken, harness::key};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{PRICES, World};

/// A world in which every member, and three nodes of a second cluster, have stake.
pub struct Court {
    pub world: World,
    pub token: StakeToken,
    pub others: arx_testing::Network,
    pub reporter: Keypair,
    pub parameters: Parameters,
}

/// Stake of each node.
pub const STAKE: u64 = 10_000;

impl Court {
    pub fn new() -> Self {
        let mut world = World::new();
        let token = StakeToken::start(&mut world.harness, &world.network);
        let others = world.network.another(&mut world.harness, 1, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
        for node in world.network.nodes.iter().chain(&others.nodes) {
            token.must_bond(&mut world.harness, node, STAKE, 0);
        }
        let reporter = world.harness.must_key("reporter");
        let parameters = world.network.set_parameters(&mut world.harness, |_| ());
        Self { world, token, others, reporter, parameters }
    }

    pub fn identity(&self, index: usize) -> Pubkey {
        self.world.network.nodes[index].identity.pubkey()
    }

    pub fn node(&self, identity: Pubkey) -> Node {
        self.world.harness.must_load(&pda::node(&identity).0)
    }

    pub fn stake(&self, identity: Pubkey) -> NodeStake {
        self.world.harness.must_load(&pda::node_stake(&identity).0)
    }

    pub fn pool(&self) -> StakePool {
        self.world.harness.must_load(&pda::stake_pool().0)
    }

    /// Whatever happens, every token of the vault belongs to somebody.
    pub fn check_vault(&self) {
        let stakes: u64 = self
            .world
            .network
            .nodes
            .iter()
            .chain(&self.others.nodes)
            .map(|node| self.stake(node.identity.pubkey()))
            .map(|stake| stake.tokens + stake.unbonding_tokens)
            .sum();
        let pool = self.pool();
        assert_eq!(self.token.vault(&self.world.harness), stakes + pool.burnable + pool.rewards);
    }

    /// Two results of one session for a waiting computation, signed by node `signer`.
    fn two_results(
        &self,
        address: Pubkey,
        signer: &NodeKeys,
        change: impl Fn(&mut FinalizeArguments),
    ) -> Vec<Instruction> {
        let one = self.world.result(address);
        let mut other = one.clone();
        change(&mut other);
        self.accuse_of_results(address, signer, signer.identity.pubkey(), &one, &other)
    }

    fn accuse_of_results(
        &self,
        address: Pubkey,
        signer: &NodeKeys,
        accused: Pubkey,
        one: &FinalizeArguments,
        other: &FinalizeArguments,
    ) -> Vec<Instruction> {
        let messages = [self.world.result_message(address, one), self.world.result_message(address, other)];
        let key = signer.identity.pubkey();
        let signatures = messages.map(|message| signer.sign(&message));
        let verify =
            client::verify_two(&key, [(&messages[0], &signatures[0]), (&messages[1], &signatures[1])]);
        let signed = |result: &FinalizeArguments| SignedResult {
            cell_versions: result.cell_versions.clone(),
            output_digest: arx_program::message::output_digest(&result.outputs),
            transcript_digest: result.transcript_digest,
            coin: result.coin,
        };
        let evidence =
            Equivocation::Results { session: one.session, first: signed(one), second: signed(other) };
        let cluster = self.world.computation(address).cluster;
        let submit = client::submit_equivocation(
            self.reporter.pubkey(),
            accused,
            cluster,
            address,
            &one.session,
            evidence,
            0,
        );
        vec![verify, submit]
    }

    fn header(&self) -> MessageHeader {
        MessageHeader {
            cluster: self.world.network.cluster,
            epoch: 1,
            session: [3; 32],
            phase: [7, 0, 0, 0, 0],
            piece: 0,
            sender: 0,
            recipient: 255,
            broadcasts: 3,
            payload_hash: [1; 32],
            running_digest: [2; 32],
        }
    }

    fn two_messages(
        &self,
        signer: &NodeKeys,
        one: &MessageHeader,
        other: &MessageHeader,
    ) -> Vec<Instruction> {
        let (one_bytes, other_bytes) = (one.message(), other.message());
        let signatures = [signer.sign(&one_bytes), signer.sign(&other_bytes)];
        let key = signer.identity.pubkey();
        let verify = client::verify_two(&key, [(&one_bytes, &signatures[0]), (&other_bytes, &signatures[1])]);
        let cluster = self.world.network.cluster;
        let submit = client::submit_equivocation(
            self.reporter.pubkey(),
            key,
            cluster,
            cluster,
            &one.session,
            Equivocation::Messages,
            0,
        );
        vec![verify, submit]
    }

    fn must_submit(&mut self, instructions: &[Instruction]) {
        self.world.harness.must_send(instructions, &[&self.reporter]);
    }

    #[track_caller]
    fn must_refuse(&mut self, instructions: &[Instruction], expected: ArxError) {
        let refusal = self.world.harness.must_refuse(instructions, &[&self.reporter]);
        assert!(refusal.is(expected), "{refusal}");
    }
}

fn culprit() -> NodeKeys {
    NodeKeys::named("node 0")
}

#[test]
fn two_results_of_one_session_are_punished_at_once() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    let units = court.world.harness.units()["SubmitEquivocation"];
    assert!(units < 60_000, "{units} units");
    assert_eq!(court.node(identity).status, NodeStatus::Tombstoned);
    assert_eq!(court.stake(identity).tokens, STAKE / 2);
    let session = court.world.result(address).session;
    let offence: Offence =
        court.world.harness.must_load(&pda::offence(&identity, OffenceClass::Equivocation, &session).0);
    assert_eq!((offence.slashed, offence.reward), (STAKE / 2, STAKE / 40));
    // The convicted stake does not count among the jury's any more.
    assert_eq!(court.pool().total, 5 * STAKE);
    court.check_vault();
    // The cluster stands still.
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);

    // The reporter takes its part, once, and the rest is burned.
    let purse = court.token.account(&mut court.world.harness, "reporter", &court.reporter.pubkey(), 0);
    let claim =
        client::claim_report(court.reporter.pubkey(), identity, OffenceClass::Equivocation, &session, purse);
    let thief = court.world.harness.must_key("thief");
    let mut steal = claim.clone();
    steal.accounts[0].pubkey = thief.pubkey();
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.must_submit(std::slice::from_ref(&claim));
    court.must_refuse(&[claim], ArxError::NothingToClaim);
    assert_eq!(court.token.balance(&court.world.harness, &purse), STAKE / 40);
    let supply = court.token.supply(&court.world.harness);
    court.world.harness.must_send(&[client::burn_slashed(court.token.mint)], &[]);
    assert_eq!(supply - court.token.supply(&court.world.harness), STAKE / 2 - STAKE / 40);
    let refusal = court.world.harness.must_refuse(&[client::burn_slashed(court.token.mint)], &[]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
    court.check_vault();
}

#[test]
fn two_messages_of_one_round_are_punished_at_once() {
    for change in
        [(|header: &mut MessageHeader| header.payload_hash[0] ^= 1) as fn(&mut MessageHeader), |header| {
            // To another member, a message that follows other broadcasts.
            (header.recipient, header.running_digest[31]) = (1, 0xFF);
        }]
    {
        let mut court = Court::new();
        let one = court.header();
        let mut other = one;
        change(&mut other);
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_submit(&evidence);
        assert_eq!(court.node(court.identity(0)).status, NodeStatus::Tombstoned);
    }
}

#[test]
fn refuses_messages_that_do_not_contradict_each_other() {
    let mut court = Court::new();
    let one = court.header();
    for change in [
        (|_: &mut MessageHeader| ()) as fn(&mut MessageHeader),
        |header| (header.session, header.payload_hash) = ([4; 32], [9; 32]),
        |header| (header.phase[4], header.payload_hash) = (8, [9; 32]),
        |header| (header.piece, header.payload_hash) = (1, [9; 32]),
        |header| (header.piece, header.broadcasts, header.running_digest) = (1, 4, [9; 32]),
        |header| (header.recipient, header.payload_hash) = (1, [9; 32]),
        |header| (header.sender, header.payload_hash) = (1, [9; 32]),
        |header| (header.epoch, header.payload_hash) = (0, [9; 32]),
        |header| (header.cluster, header.payload_hash) = (Pubkey::default(), [9; 32]),
    ] {
        let mut other = one;
        change(&mut other);
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_refuse(&evidence, ArxError::NoContradiction);
    }
}

#[test]
fn refuses_results_that_do_not_contradict_each_other() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let evidence = court.two_results(address, &culprit(), |_| ());
    court.must_refuse(&evidence, ArxError::NoContradiction);
    // Another session: after a changed cell the members rightly sign anew.
    let evidence = court.two_results(address, &culprit(), |result| {
        result.session[0] ^= 1;
        result.coin[0] ^= 1;
    });
    court.must_refuse(&evidence, ArxError::WrongSignedMessage);
}

#[test]
fn refuses_forged_borrowed_and_missing_signatures() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let (one, mut other) = (court.world.result(address), court.world.result(address));
    other.coin[0] ^= 1;
    // Node 1's signatures do not convict node 0.
    let framed =
        court.accuse_of_results(address, &NodeKeys::named("node 1"), court.identity(0), &one, &other);
    court.must_refuse(&framed, ArxError::WrongSigner);
    // Nor do two signatures by two nodes.
    let messages = [court.world.result_message(address, &one), court.world.result_message(address, &other)];
    let keys = [0, 1].map(|index| court.identity(index));
    let signatures = [0, 1].map(|index: usize| court.world.network.nodes[index].sign(&messages[0]));
    let mixed = client::verify_signatures(&keys, &signatures, &messages[0]);
    let right = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_refuse(&[mixed, right[1].clone()], ArxError::WrongSigner);
    // One signature is none.
    let single = client::verify_signatures(&keys[..1], &signatures[..1], &messages[0]);
    court.must_refuse(&[single, right[1].clone()], ArxError::WrongSignatureCount);
    // The precompile itself refuses a forged one.
    let mut forged = right.clone();
    let at = forged[0].data.len() - 2 * 45 - 64;
    forged[0].data[at] ^= 1;
    court.world.harness.must_refuse(&forged, &[&court.reporter]);
    // Other digests than the signed ones.
    let changed = court.two_results(address, &culprit(), |result| result.coin[1] ^= 1);
    court.must_refuse(&[right[0].clone(), changed[1].clone()], ArxError::WrongSignedMessage);
    assert_eq!(court.node(court.identity(0)).status, NodeStatus::Active);
}

#[test]
fn refuses_to_punish_twice_for_one_offence() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    court.must_refuse(&evidence, ArxError::AlreadyPunished);
    // A third signature for the same session is the same offence.
    let third = court.two_results(address, &culprit(), |result| result.coin[1] ^= 1);
    court.must_refuse(&third, ArxError::AlreadyPunished);
}

#[test]
fn the_cap_bounds_what_a_period_can_cost() {
    let mut court = Court::new();
    for round in 0..3 {
        let mut one = court.header();
        one.session = [round; 32];
        let mut other = one;
        other.payload_hash = [9; 32];
        let evidence = court.two_messages(&culprit(), &one, &other);
        court.must_submit(&evidence);
    }
    // 50 %, then up to the cap of 60 %, then nothing.
    let identity = court.identity(0);
    assert_eq!(court.stake(identity).tokens, STAKE * 4 / 10);
    court.check_vault();
}

#[test]
fn refuses_evidence_older_than_its_window() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let deadline = court.world.computation(address).deadline;
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots + 1);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    court.world.harness.warp_to(deadline + court.parameters.evidence_slots);
    court.must_submit(&evidence);
}

#[test]
fn refuses_messages_of_an_epoch_long_past() {
    let mut court = Court::new();
    let authority = key("network authority");
    let members = court.world.network.members();
    let cluster = court.world.network.cluster;
    let one = court.header();
    let mut other = one;
    other.payload_hash = [9; 32];
    let evidence = court.two_messages(&culprit(), &one, &other);
    let begin = client::begin_epoch(authority.pubkey(), cluster, &members);
    court.world.harness.must_send(std::slice::from_ref(&begin), &[&authority]);
    let slot = court.world.harness.slot();
    court.world.harness.warp_to(slot + court.parameters.evidence_slots + 1);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    court.world.harness.must_send(&[begin], &[&authority]);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
    // And of an epoch that has not come.
    let (mut one, mut other) = (one, other);
    (one.epoch, other.epoch) = (4, 4);
    let evidence = court.two_messages(&culprit(), &one, &other);
    court.must_refuse(&evidence, ArxError::EvidenceTooOld);
}

#[test]
fn unbonding_ahead_of_the_evidence_does_not_help() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let identity = court.identity(0);
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    // It lies, and leaves with everything before anyone knows.
    let cold = culprit().authority;
    court.world.harness.must_send(&[client::unbond(cold.pubkey(), identity, 1, STAKE)], &[&cold]);
    assert_eq!((court.stake(identity).tokens, court.stake(identity).unbonding_tokens), (0, STAKE));
    let purse = court.token.account(&mut court.world.harness, "purse", &cold.pubkey(), 0);
    let withdraw = client::withdraw(cold.pubkey(), identity, 1, purse);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&withdraw), &[&cold]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let last = court.world.computation(address).deadline + court.parameters.evidence_slots;
    court.world.harness.warp_to(last);
    court.must_submit(&evidence);
    assert_eq!(court.stake(identity).unbonding_tokens, STAKE / 2);
    court.check_vault();
    let slot = court.world.harness.slot() + court.parameters.unbonding_slots;
    court.world.harness.warp_to(slot);
    court.world.harness.must_send(&[withdraw], &[&cold]);
    assert_eq!(court.token.balance(&court.world.harness, &purse), STAKE / 2);
    court.check_vault();
}

#[test]
fn a_convicted_node_is_refused_everywhere() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let signed = court.world.signed(address, court.world.result(address));
    let evidence = court.two_results(address, &culprit(), |result| result.coin[0] ^= 1);
    court.must_submit(&evidence);
    // Its cluster's results do not pass, not even signed by all, and it takes no calls.
    let refusal = court.world.harness.must_refuse(&signed, &[]);
    assert!(refusal.is(ArxError::ClusterNotActive), "{refusal}");
    let call = court.world.call(2);
    let refusal = court.world.must_refuse_call(call);
    assert!(refusal.is(ArxError::ClusterNotActive), "{refusal}");
    let (cold, identity) = (culprit().authority, court.identity(0));
    for (instruction, expected) in [
        (client::unjail(cold.pubkey(), identity, court.world.network.cluster), ArxError::WrongNodeState),
        (client::drain_node(cold.pubkey(), identity), ArxError::WrongNodeState),
        (client::exit_node(cold.pubkey(), identity), ArxError::WrongNodeState),
    ] {
        let refusal = court.world.harness.must_refuse(&[instruction], &[&cold]);
        assert!(refusal.is(expected), "{refusal}");
    }
    let source = court.token.account(&mut court.world.harness, "more", &cold.pubkey(), 100);
    let bond = client::bond(cold.pubkey(), identity, source, 100, 0);
    let refusal = court.world.harness.must_refuse(&[bond], &[&cold]);
    assert!(refusal.is(ArxError::NodeNotAble), "{refusal}");
    // What waits is paid back when its deadline has passed.
    let deadline = court.world.computation(address).deadline;
    court.world.harness.warp_to(deadline + 1);
    let expire = court.world.expire(address);
    court.world.harness.must_send(&[expire], &[]);
}

// ---- silence

impl Court {
    fn challenge(&self, address: Pubkey, index: usize) -> Instruction {
        client::challenge_liveness(
            self.reporter.pubkey(),
            address,
            self.world.network.cluster,
            self.identity(index),
        )
    }

    fn opened(&self, address: Pubkey, index: usize) -> Challenge {
        self.world.harness.must_load(&pda::challenge(&address, &self.identity(index)).0)
    }

    /// A computation that has waited as long as members may take to answer, with a deadline far away.
    fn stuck(&mut self, counter: u64) -> Pubkey {
        let mut call = self.world.call(counter);
        call.deadline = self.world.harness.slot() + 200_000;
        call.not_after = call.deadline + 1;
        call.arguments[1] = arx_program::state::Argument::Input(arx_testing::input::input(
            3,
            0,
            crate::world::INPUT_BITS,
            counter,
            call.not_after,
        ));
        let cell = self.world.cell_account();
        let address = self.world.must_queue_with(self.world.mixed, call, cell);
        let slot = self.world.harness.slot() + self.parameters.challenge_slots + 1;
        self.world.harness.warp_to(slot);
        address
    }

    /// Moves to the first slot of a window of misses.
    fn align(&mut self) {
        let length = self.parameters.challenge_slots;
        let slot = (self.world.harness.slot() / length + 1) * length;
        self.world.harness.warp_to(slot);
    }

    /// Challenges the members, lets them be silent, and records it.
    fn miss(&mut self, address: Pubkey, members: &[usize]) -> Vec<Challenge> {
        self.align();
        for index in members {
            let challenge = self.challenge(address, *index);
            self.must_submit(&[challenge]);
        }
        let challenges: Vec<_> = members.iter().map(|index| self.opened(address, *index)).collect();
        self.world.harness.warp_to(challenges[0].answer_by + 1);
        let payer = self.world.harness.payer().pubkey();
        for challenge in &challenges {
            let record = client::record_miss(payer, challenge, &self.parameters);
            self.world.harness.must_send(&[record], &[]);
        }
        challenges
    }

    /// Waits until strikes are given, and gives them.
    fn strike(&mut self, challenges: &[Challenge]) {
        let window = client::window_of(&challenges[0], &self.parameters);
        self.world.harness.warp_to((window + 2) * self.parameters.challenge_slots);
        let payer = self.world.harness.payer().pubkey();
        for challenge in challenges {
            let strike = client::strike_node(payer, challenge, &self.parameters);
            self.world.harness.must_send(&[strike], &[]);
        }
    }
}

#[test]
fn an_answer_in_time_earns_the_bond() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let challenge = court.challenge(address, 0);
    court.must_submit(std::slice::from_ref(&challenge));
    court.must_refuse(&[challenge], ArxError::AlreadyExists);
    let node = culprit();
    let (payer, identity) = (node.fee_payer.pubkey(), node.identity.pubkey());
    let before = court.world.harness.lamports(&payer);
    let answer =
        client::answer_challenge(payer, identity, address, 4, [5; 32], b"the missing message".to_vec());
    // Nobody answers in another's name.
    let thief = court.world.harness.must_key("thief");
    let mut false_answer = answer.clone();
    false_answer.accounts[0].pubkey = thief.pubkey();
    let refusal = court.world.harness.must_refuse(&[false_answer], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(std::slice::from_ref(&answer), &[&node.fee_payer]);
    assert_eq!(court.world.harness.lamports(&payer) - before, court.parameters.bond);
    let recorded = court.opened(address, 0).answer.expect("answered");
    assert_eq!((recorded.round, recorded.running_digest), (4, [5; 32]));
    assert_eq!(recorded.message_hash, arx_program::message::sha256(&[b"the missing message"]));
    let refusal = court.world.harness.must_refuse(&[answer], &[&node.fee_payer]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    let record = client::record_miss(
        court.world.harness.payer().pubkey(),
        &court.opened(address, 0),
        &court.parameters,
    );
    let refusal = court.world.harness.must_refuse(&[record], &[]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    // The challenger's rent comes back.
    let close = client::close_challenge(court.reporter.pubkey(), address, identity);
    court.world.harness.must_send(&[close], &[]);
}

#[test]
fn three_windows_of_silence_mean_jail_and_a_small_slash() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let identity = court.identity(0);
    for strikes in 1..=2 {
        let missed = court.miss(address, &[0]);
        court.strike(&missed);
        assert_eq!(
            (court.node(identity).strikes, court.node(identity).status),
            (strikes, NodeStatus::Active)
        );
    }
    let missed = court.miss(address, &[0]);
    court.strike(&missed);
    let node = court.node(identity);
    assert_eq!((node.strikes, node.status), (0, NodeStatus::Jailed));
    assert_eq!(court.stake(identity).tokens, STAKE - STAKE / 1_000);
    assert_eq!(court.world.cluster().state, ClusterState::Frozen);
    court.check_vault();

    // In jail it does nothing, and it comes back only after its time and by itself.
    let (cold, cluster) = (culprit().authority, court.world.network.cluster);
    let unjail = client::unjail(cold.pubkey(), identity, cluster);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&unjail), &[&cold]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    let refusal = court.world.harness.must_refuse(&[client::drain_node(cold.pubkey(), identity)], &[&cold]);
    assert!(refusal.is(ArxError::WrongNodeState), "{refusal}");
    court.world.harness.warp_to(node.jailed_until);
    let thief = court.world.harness.must_key("thief");
    let steal = client::unjail(thief.pubkey(), identity, cluster);
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(&[unjail], &[&cold]);
    assert_eq!(court.node(identity).status, NodeStatus::Active);
    assert_eq!(court.world.cluster().state, ClusterState::Active);
}

#[test]
fn one_window_gives_one_strike_however_many_challenges_were_missed() {
    let mut court = Court::new();
    let (first, second) = (court.stuck(1), court.stuck(2));
    court.align();
    for address in [first, second] {
        let challenge = court.challenge(address, 0);
        court.must_submit(&[challenge]);
    }
    let challenges = [court.opened(first, 0), court.opened(second, 0)];
    court.world.harness.warp_to(challenges[0].answer_by + 1);
    let payer = court.world.harness.payer().pubkey();
    for challenge in &challenges {
        let record = client::record_miss(payer, challenge, &court.parameters);
        court.world.harness.must_send(std::slice::from_ref(&record), &[]);
        let refusal = court.world.harness.must_refuse(&[record], &[]);
        assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    }
    let window = client::window_of(&challenges[0], &court.parameters);
    let misses: MissWindow = court.world.harness.must_load(&pda::misses(window).0);
    assert_eq!((misses.nodes, misses.missed, misses.total), (1, STAKE, 6 * STAKE));
    court.strike(&challenges);
    assert_eq!(court.node(court.identity(0)).strikes, 1);
}

#[test]
fn the_brake_spares_all_when_too_many_fail_at_once() {
    let mut court = Court::new();
    let address = court.stuck(1);
    // Three of six nodes hold half of the stake: more than a third.
    let missed = court.miss(address, &[0, 1, 2]);
    court.strike(&missed);
    for index in 0..3 {
        assert_eq!(court.node(court.identity(index)).strikes, 0);
    }
    // One alone is not spared.
    let missed = court.miss(address, &[1]);
    court.strike(&missed);
    assert_eq!(court.node(court.identity(1)).strikes, 1);
}

#[test]
fn strikes_wait_until_the_window_can_be_seen_whole() {
    let mut court = Court::new();
    let address = court.stuck(1);
    let missed = court.miss(address, &[0]);
    let payer = court.world.harness.payer().pubkey();
    let strike = client::strike_node(payer, &missed[0], &court.parameters);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&strike), &[]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    // Nor is it given for a challenge that was not recorded, or in another node's or window's name.
    let mut other = strike.clone();
    other.accounts[2].pubkey = pda::node(&court.identity(1)).0;
    let window = client::window_of(&missed[0], &court.parameters);
    court.world.harness.warp_to((window + 2) * court.parameters.challenge_slots);
    let refusal = court.world.harness.must_refuse(&[other], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    court.world.harness.must_send(&[strike], &[]);
}

#[test]
fn refuses_challenges_too_early_to_others_or_late_answers() {
    let mut court = Court::new();
    let address = court.world.must_queue(1);
    let early = court.challenge(address, 0);
    court.must_refuse(&[early], ArxError::TooEarly);
    let address = court.stuck(2);
    let stranger = client::challenge_liveness(
        court.reporter.pubkey(),
        address,
        court.world.network.cluster,
        court.others.nodes[0].identity.pubkey(),
    );
    court.must_refuse(&[stranger], ArxError::NotAMember);
    let elsewhere = client::challenge_liveness(
        court.reporter.pubkey(),
        address,
        court.others.cluster,
        court.others.nodes[0].identity.pubkey(),
    );
    court.must_refuse(&[elsewhere], ArxError::AccountsDoNotBelongTogether);
    court.align();
    let challenge = court.challenge(address, 0);
    court.must_submit(&[challenge]);
    let opened = court.opened(address, 0);
    let record = client::record_miss(court.world.harness.payer().pubkey(), &opened, &court.parameters);
    let refusal = court.world.harness.must_refuse(std::slice::from_ref(&record), &[]);
    assert!(refusal.is(ArxError::ChallengeOpen), "{refusal}");
    court.world.harness.warp_to(opened.answer_by + 1);
    let node = culprit();
    let answer =
        client::answer_challenge(node.fee_payer.pubkey(), opened.identity, address, 1, [0; 32], vec![]);
    let refusal = court.world.harness.must_refuse(&[answer], &[&node.fee_payer]);
    assert!(refusal.is(ArxError::ChallengeClosed), "{refusal}");
    // Recorded too late it counts for nothing, and the challenger gets all back.
    let window = client::window_of(&opened, &court.parameters);
    court.world.harness.warp_to((window + 2) * court.parameters.challenge_slots);
    let refusal = court.world.harness.must_refuse(&[record], &[]);
    assert!(refusal.is(ArxError::EvidenceTooOld), "{refusal}");
    let close = client::close_challenge(court.reporter.pubkey(), address, opened.identity);
    court.world.harness.must_send(&[close], &[]);
}

#[test]
fn no_challenge_within_an_announced_maintenance_window() {
    let mut court = Court::new();
    let authority = key("network authority");
    let cluster = court.world.network.cluster;
    let parameters = court.parameters;
    let declare = |start, slots| client::declare_maintenance(authority.pubkey(), cluster, start, slots);
    let notice = court.world.harness.slot() + parameters.maintenance_notice;
    for (start, slots) in [(notice - 1, 10), (notice, 0), (notice, parameters.maintenance_slots + 1)] {
        let refusal = court.world.harness.must_refuse(&[declare(start, slots)], &[&authority]);
        assert!(refusal.is(ArxError::InvalidMaintenance), "{start} {slots}: {refusal}");
    }
    let thief = court.world.harness.must_key("thief");
    let steal = client::declare_maintenance(thief.pubkey(), cluster, notice, 10);
    let refusal = court.world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    court.world.harness.must_send(&[declare(notice, parameters.maintenance_slots)], &[&authority]);
    let refusal =
        court.world.harness.must_refuse(&[declare(notice + parameters.maintenance_gap, 10)], &[&authority]);
    assert!(refusal.is(ArxError::InvalidMaintenance), "{refusal}");

    court.world.harness.warp_to(notice - parameters.challenge_slots - 10);
    let address = court.stuck(1);
    // The time for an answer would reach into the window.
    let challenge = court.challenge(address, 0);
    court.must_refuse(&[challenge], ArxError::InMaintenance);
    court.world.harness.warp_to(notice + parameters.maintenance_slots);
    let challenge = court.challenge(address, 0);
    court.must_submit(&[challenge]);
    // The next one keeps its distance from the last.
    let soon = court.world.harness.slot() + parameters.maintenance_notice;
    let refusal = court.world.harness.must_refuse(&[declare(soon, 10)], &[&authority]);
    assert!(refusal.is(ArxError::InvalidMaintenance), "{refusal}");
}

/// Uses every instruction about stake, justice, and the life of nodes and clusters, and tries substitutes in each.
pub fn use_every_instruction(exempt: fn(&[u8], usize) -> bool) -> Court {
    let mut court = Court::new();
    court.world.harness.probe_substitutes(exempt);
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
    for _ in 0..3 {
        let missed = court.miss(address, &[0]);
        court.strike(&missed);
    }
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
    let open = client::open_dispute(accuser, identity, cluster, &members, &label, class, [1; 32]);
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
    court
}
