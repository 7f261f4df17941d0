//! A network in which every node has stake: what the tests of offences have in common.

use arx_program::{
    client,
    constants::PROTOCOL_DISHONEST_MAJORITY,
    error::ArxError,
    instructions::{Equivocation, FinalizeArguments, SignedResult},
    message::MessageHeader,
    pda,
    state::{Challenge, Node, NodeStake, Parameters, StakePool},
};
use arx_testing::{NodeKeys, StakeToken};
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
    pub fn two_results(
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

    pub fn accuse_of_results(
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

    pub fn header(&self) -> MessageHeader {
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

    pub fn two_messages(
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

    pub fn must_submit(&mut self, instructions: &[Instruction]) {
        self.world.harness.must_send(instructions, &[&self.reporter]);
    }

    #[track_caller]
    pub fn must_refuse(&mut self, instructions: &[Instruction], expected: ArxError) {
        let refusal = self.world.harness.must_refuse(instructions, &[&self.reporter]);
        assert!(refusal.is(expected), "{refusal}");
    }
}

pub fn culprit() -> NodeKeys {
    NodeKeys::named("node 0")
}

impl Court {
    pub fn challenge(&self, address: Pubkey, index: usize) -> Instruction {
        client::challenge_liveness(
            self.reporter.pubkey(),
            address,
            self.world.network.cluster,
            self.identity(index),
        )
    }

    pub fn opened(&self, address: Pubkey, index: usize) -> Challenge {
        self.world.harness.must_load(&pda::challenge(&address, &self.identity(index)).0)
    }

    /// A computation that has waited as long as members may take to answer, with a deadline far away.
    pub fn stuck(&mut self, counter: u64) -> Pubkey {
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
    pub fn align(&mut self) {
        let length = self.parameters.challenge_slots;
        let slot = (self.world.harness.slot() / length + 1) * length;
        self.world.harness.warp_to(slot);
    }

    /// Challenges the members, lets them be silent, and records it.
    pub fn miss(&mut self, address: Pubkey, members: &[usize]) -> Vec<Challenge> {
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
    pub fn strike(&mut self, challenges: &[Challenge]) {
        let window = client::window_of(&challenges[0], &self.parameters);
        self.world.harness.warp_to((window + 2) * self.parameters.challenge_slots);
        let payer = self.world.harness.payer().pubkey();
        for challenge in challenges {
            let strike = client::strike_node(payer, challenge, &self.parameters);
            self.world.harness.must_send(&[strike], &[]);
        }
    }
}
