//! Random sequences of every instruction that moves lamports or tokens, right and wrong, over two clusters: whatever is sent,
//! nothing appears or vanishes, every account holds exactly what it owes, and nobody loses anything without having signed.

mod results;

use std::collections::BTreeMap;

use anchor_lang::{AccountDeserialize, Discriminator};
use arx_program::{
    client,
    instructions::LeakedKey,
    state::{
        Challenge, Cluster, Computation, ComputationStatus, Delegation, Dispute, DisputeState, FailureReason,
        NodeStake, Offence, OffenceClass,
    },
};
use arx_testing::{NodeKeys, network::prove_leak};
use proptest::prelude::*;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    court::{Court, culprit},
    whole_ledger::results::{ResultAction, large_definition, result_actions},
    withholding,
};

/// What is done; the numbers choose among what there is.
#[derive(Clone, Debug)]
enum Action {
    Queue,
    Finalize(usize),
    Fail(usize, bool),
    Expire(usize),
    Reclaim(usize),
    Fees(usize),
    Distribute(usize),
    Sweep,
    Stake(usize, u64),
    Unbond(usize, u64),
    Withdraw(usize),
    Rewards(usize),
    Equivocate(usize),
    Leak,
    Challenge(usize, usize),
    Demand(usize, usize),
    Answer(usize),
    Miss(usize),
    Strike(usize),
    Close(usize),
    Accuse(usize),
    Vote(usize, bool),
    Resolve(usize),
    Claim(usize, bool),
    Burn,
    Result(ResultAction),
    Wait(u64),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    use Action::*;
    let which = || 0..6usize;
    let action = prop_oneof![
        6 => Just(Queue),
        2 => which().prop_map(Finalize),
        1 => (which(), any::<bool>()).prop_map(|(which, fault)| Fail(which, fault)),
        2 => which().prop_map(Expire),
        2 => which().prop_map(Reclaim),
        1 => which().prop_map(Fees),
        2 => which().prop_map(Distribute),
        1 => Just(Sweep),
        3 => (which(), 0..9_000u64).prop_map(|(who, amount)| Stake(who, amount)),
        3 => (which(), 0..9_000u64).prop_map(|(who, shares)| Unbond(who, shares)),
        2 => which().prop_map(Withdraw),
        2 => which().prop_map(Rewards),
        2 => which().prop_map(Equivocate),
        1 => Just(Leak),
        2 => (which(), 0..3usize).prop_map(|(which, node)| Challenge(which, node)),
        3 => (which(), 0..3usize).prop_map(|(which, node)| Demand(which, node)),
        1 => which().prop_map(Answer),
        3 => which().prop_map(Miss),
        3 => which().prop_map(Strike),
        2 => which().prop_map(Close),
        2 => which().prop_map(Accuse),
        4 => (which(), any::<bool>()).prop_map(|(which, guilty)| Vote(which, guilty)),
        2 => which().prop_map(Resolve),
        3 => (which(), any::<bool>()).prop_map(|(which, victim)| Claim(which, victim)),
        1 => Just(Burn),
        14 => result_actions().prop_map(Result),
        5 => prop_oneof![1..120u64, 700..2_500u64, 1..3_000_000u64].prop_map(Wait),
    ];
    prop::collection::vec(action, 10..90)
}

/// Everyone who has a purse.
struct Bank {
    court: Court,
    people: Vec<Keypair>,
    purses: Vec<Pubkey>,
    computations: Vec<Pubkey>,
    /// The definition with a large output.
    large: Pubkey,
    unbondings: Vec<(usize, u64)>,
    fees: u64,
    next: u64,
}

impl Bank {
    fn new() -> Self {
        let mut court = Court::new();
        let mut people = vec![court.reporter.insecure_clone(), court.world.harness.payer()];
        for index in 0..3 {
            people.push(NodeKeys::named(&format!("node {index}")).authority);
        }
        people.push(court.world.harness.must_key("delegator"));
        let token = court.token;
        let purses = people
            .iter()
            .enumerate()
            .map(|(index, who)| {
                token.account(&mut court.world.harness, &format!("purse {index}"), &who.pubkey(), 1_000_000)
            })
            .collect();
        let world = &mut court.world;
        let large = world.application.define(&mut world.harness, &large_definition());
        let (computations, unbondings) = (Vec::new(), Vec::new());
        Self { court, people, purses, computations, large, unbondings, fees: 0, next: 1 }
    }

    fn all<T: AccountDeserialize + Discriminator>(&self) -> Vec<(Pubkey, T)> {
        let mut all: Vec<_> = self
            .court
            .world
            .harness
            .program_accounts()
            .into_iter()
            .filter_map(|(key, account)| Some((key, T::try_deserialize(&mut &account.data[..]).ok()?)))
            .collect();
        all.sort_by_key(|(key, _)| *key);
        all
    }

    fn one<T: AccountDeserialize + Discriminator>(&self, which: usize) -> Option<(Pubkey, T)> {
        let mut all = self.all();
        (!all.is_empty()).then(|| all.swap_remove(which % all.len()))
    }

    fn computation(&self, which: usize) -> Option<(Pubkey, Computation)> {
        let address = *self.computations.get(which % self.computations.len().max(1))?;
        Some((address, self.court.world.harness.load(&address)?))
    }

    /// Lamports and tokens of everyone's.
    fn wealth(&self) -> Vec<(Pubkey, u64, u64)> {
        let harness = &self.court.world.harness;
        let purse = |index: usize| self.court.token.balance(harness, &self.purses[index]);
        let people = self.people.iter().enumerate();
        let mut wealth: Vec<_> = people
            .map(|(index, who)| (who.pubkey(), harness.lamports(&who.pubkey()), purse(index)))
            .collect();
        for index in 0..3 {
            for name in [format!("node {index}"), format!("cluster 1 node {index}")] {
                let payer = NodeKeys::named(&name).fee_payer.pubkey();
                wealth.push((payer, harness.lamports(&payer), 0));
            }
        }
        wealth.push((
            self.court.world.network.treasury,
            harness.lamports(&self.court.world.network.treasury),
            0,
        ));
        wealth
    }

    /// Sends it, whatever comes of it; only who signed may have less afterwards.
    fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) {
        let before = self.wealth();
        let payer = self.court.world.harness.payer();
        let precompile =
            instructions.iter().filter(|one| one.program_id == solana_sdk_ids::ed25519_program::ID);
        let verified: u64 = precompile.map(|one| u64::from(one.data[0])).sum();
        // Who acts need not be who the program asks for: then it refuses, or somebody else pays.
        let asked = |key: &Pubkey| {
            instructions
                .iter()
                .flat_map(|one| &one.accounts)
                .any(|meta| meta.is_signer && meta.pubkey == *key)
        };
        let signers: Vec<_> = signers.iter().copied().filter(|signer| asked(&signer.pubkey())).collect();
        let signers = signers.as_slice();
        let mut keys: Vec<_> = signers.iter().map(|key| key.pubkey()).collect();
        keys.push(payer.pubkey());
        keys.sort();
        keys.dedup();
        let sent = self.court.world.harness.send(instructions, signers);
        self.fees += sent.map_or(5_000 * (keys.len() as u64 + verified), |receipt| receipt.fee);
        for ((who, lamports, tokens), (_, lamports_now, tokens_now)) in before.into_iter().zip(self.wealth())
        {
            let poorer = lamports_now < lamports || tokens_now < tokens;
            assert!(!poorer || keys.contains(&who), "{who} did not sign and has less");
        }
    }

    fn do_one(&mut self, action: &Action) {
        let cluster = self.court.world.network.cluster;
        let payer = self.court.world.harness.payer().pubkey();
        let reporter = self.court.reporter.insecure_clone();
        let node = |index: usize| NodeKeys::named(&format!("node {index}"));
        let parameters = self.court.parameters;
        match *action {
            Action::Queue => {
                let call = self.court.world.call(self.next);
                let queue = self.court.world.queue(call);
                let user = self.court.world.user.insecure_clone();
                self.send(&[queue], &[&user]);
                let address = self.court.world.computation_address(self.court.world.mixed, self.next);
                if self.court.world.harness.account(&address).is_some() {
                    self.computations.push(address);
                }
                self.next += 1;
            }
            Action::Finalize(which) => {
                let Some((address, computation)) = self.computation(which) else { return };
                if computation.is_large() {
                    return;
                }
                let signed = self.court.world.signed(address, self.court.world.result(address));
                self.send(&signed, &[]);
            }
            Action::Fail(which, fault) => {
                let Some((address, _)) = self.computation(which) else { return };
                let reason = if fault { FailureReason::InputSpent } else { FailureReason::ProtocolFailed };
                let fail = self.court.world.fail(address, reason, 0);
                self.send(&fail, &[]);
            }
            Action::Expire(which) => {
                let Some((address, _)) = self.computation(which) else { return };
                let expire = self.court.world.expire(address);
                self.send(&[expire], &[]);
            }
            Action::Reclaim(which) => {
                let Some((address, _)) = self.computation(which) else { return };
                self.send(&[client::reclaim_rent(payer, address, true)], &[]);
            }
            Action::Fees(index) => {
                let one = node(index % 3);
                let (authority, identity) = (one.authority.pubkey(), one.identity.pubkey());
                self.send(&[client::claim_fees(authority, authority, identity, cluster)], &[&one.authority]);
            }
            Action::Distribute(index) => {
                self.send(&[client::distribute_fees(node(index % 3).identity.pubkey(), cluster)], &[]);
            }
            Action::Sweep => {
                let sweep = client::sweep_treasury(self.court.world.network.treasury, cluster);
                self.send(&[sweep], &[]);
            }
            Action::Stake(who, amount) => {
                let owner = self.people[who].insecure_clone();
                let identity = node(who % 3).identity.pubkey();
                let stake = if node(who % 3).authority.pubkey() == owner.pubkey() {
                    client::bond(owner.pubkey(), identity, self.purses[who], amount, 0)
                } else {
                    client::delegate(owner.pubkey(), identity, self.purses[who], amount)
                };
                self.send(&[stake], &[&owner]);
            }
            Action::Unbond(who, shares) => {
                let owner = self.people[who].insecure_clone();
                let identity = node(who % 3).identity.pubkey();
                self.next += 1;
                self.send(&[client::unbond(owner.pubkey(), identity, self.next, shares)], &[&owner]);
                self.unbondings.push((who, self.next));
            }
            Action::Withdraw(which) => {
                let Some((who, id)) = self.unbondings.get(which % self.unbondings.len().max(1)).copied()
                else {
                    return;
                };
                let owner = self.people[who].insecure_clone();
                let identity = node(who % 3).identity.pubkey();
                self.send(&[client::withdraw(owner.pubkey(), identity, id, self.purses[who])], &[&owner]);
            }
            Action::Rewards(who) => {
                let owner = self.people[who].insecure_clone();
                let identity = node(who % 3).identity.pubkey();
                self.send(&[client::claim_rewards(owner.pubkey(), identity)], &[&owner]);
                let authority = node(who % 3).authority;
                let claim = client::claim_commission(authority.pubkey(), identity, authority.pubkey());
                self.send(&[claim], &[&authority]);
            }
            Action::Equivocate(which) => {
                let Some((address, _)) = self.computation(which) else { return };
                let evidence =
                    self.court.two_results(address, &node(which % 3), |result| result.coin[0] ^= 1);
                self.send(&evidence, &[&reporter]);
            }
            Action::Leak => {
                let leaky = node(2);
                let identity = leaky.identity.pubkey();
                let (secret, encryption_key) = (leaky.encryption_secret, leaky.encryption_key);
                let proof = prove_leak(&identity, &reporter.pubkey(), &secret, &encryption_key);
                let leaked = LeakedKey::Encryption { encryption_key, proof };
                let report = client::report_leaked_key(reporter.pubkey(), &self.court.node(identity), leaked);
                self.send(&[report], &[&reporter]);
            }
            Action::Challenge(which, index) => {
                let Some((address, _)) = self.computation(which) else { return };
                let challenge = self.court.challenge(address, index);
                self.send(&[challenge], &[&reporter]);
            }
            Action::Demand(which, index) => {
                let Some((address, _)) = self.computation(which) else { return };
                let demand = withholding::demand(&self.court, address, index, withholding::opening());
                self.send(&demand, &[&reporter]);
            }
            Action::Answer(which) => {
                let Some((_, challenge)) = self.one::<Challenge>(which) else { return };
                let keys = (0..3).map(node).find(|one| one.identity.pubkey() == challenge.identity);
                let Some(keys) = keys else { return };
                let identity = challenge.identity;
                let answer = match challenge.demand {
                    None => vec![client::answer_challenge(
                        keys.fee_payer.pubkey(),
                        identity,
                        challenge.computation,
                        1,
                        [0; 32],
                        vec![],
                    )],
                    Some(_) if identity == culprit().identity.pubkey() => {
                        let label = [0x0F; 32];
                        let write = client::write_buffer(keys.fee_payer.pubkey(), label, 4, 0, vec![7; 4]);
                        self.send(&[write], &[&keys.fee_payer]);
                        withholding::answer(&keys, &withholding::messages(&self.court, &[7; 4]))
                    }
                    Some(_) => return,
                };
                self.send(&answer, &[&keys.fee_payer]);
            }
            Action::Miss(which) => {
                let Some((_, challenge)) = self.one::<Challenge>(which) else { return };
                self.send(&[client::record_miss(payer, &challenge, &parameters)], &[]);
            }
            Action::Strike(which) => {
                let Some((_, challenge)) = self.one::<Challenge>(which) else { return };
                self.send(&[client::strike_node(payer, &challenge, &parameters)], &[]);
            }
            Action::Close(which) => {
                let Some((_, challenge)) = self.one::<Challenge>(which) else { return };
                let (subject, identity) = (challenge.subject(), challenge.identity);
                let close = match challenge.demand.and_then(|demand| demand.shown) {
                    Some(shown) => client::close_shown(challenge.challenger, subject, identity, shown),
                    None => client::close_challenge(challenge.challenger, subject, identity),
                };
                self.send(&[close], &[]);
            }
            Action::Accuse(which) => {
                let computation = self.computation(which).map(|(address, _)| address);
                self.next += 1;
                let mut label = [0; 32];
                label[..8].copy_from_slice(&self.next.to_le_bytes());
                let write = client::write_buffer(reporter.pubkey(), label, 2, 0, vec![1, 2]);
                self.send(&[write], &[&reporter]);
                let class = if which % 2 == 0 { OffenceClass::Fault } else { OffenceClass::Withholding };
                let open = client::open_dispute(
                    reporter.pubkey(),
                    self.court.identity(which % 3),
                    cluster,
                    &self.court.world.network.members(),
                    &label,
                    class,
                    label,
                    computation,
                );
                self.send(&[open], &[&reporter]);
            }
            Action::Vote(which, guilty) => {
                let Some((address, _)) = self.one::<Dispute>(which) else { return };
                for index in 0..2 {
                    let juror = NodeKeys::named(&format!("cluster 1 node {index}"));
                    let identity = juror.identity.pubkey();
                    let vote = client::vote_dispute(juror.fee_payer.pubkey(), identity, address, guilty);
                    self.send(&[vote], &[&juror.fee_payer]);
                }
            }
            Action::Resolve(which) => {
                let Some((_, dispute)) = self.one::<Dispute>(which) else { return };
                let authority = self.court.node(dispute.accused).authority;
                self.send(&[client::resolve_dispute(payer, authority, &dispute)], &[]);
            }
            Action::Claim(which, victim) => {
                let Some((_, offence)) = self.one::<Offence>(which) else { return };
                let (identity, class, session) = (offence.identity, offence.class, offence.session);
                // Into the claimant's purse, or a thief tries.
                let who = usize::from(victim);
                let claimant = self.people[who].insecure_clone();
                let claim = if victim { client::claim_compensation } else { client::claim_report };
                let claim = claim(claimant.pubkey(), identity, class, &session, self.purses[who]);
                self.send(&[claim], &[&claimant]);
            }
            Action::Burn => self.send(&[client::burn_slashed(self.court.token.mint)], &[]),
            Action::Result(ref action) => self.do_result(action),
            Action::Wait(slots) => {
                let slot = self.court.world.harness.slot() + slots;
                self.court.world.harness.warp_to(slot);
            }
        }
    }

    /// Lamports of the program's accounts and of everyone.
    fn lamports(&self) -> u64 {
        let accounts = self.court.world.harness.program_accounts();
        let program: u64 = accounts.iter().map(|(_, account)| account.lamports).sum();
        program + self.wealth().iter().map(|(_, lamports, _)| lamports).sum::<u64>()
    }

    /// What the accounts owe beyond their rent, by what they say.
    fn owed(&self) -> BTreeMap<Pubkey, u64> {
        let mut owed = BTreeMap::new();
        for (key, cluster) in self.all::<Cluster>() {
            owed.insert(key, cluster.accrued.iter().sum::<u64>() + cluster.treasury_accrued);
        }
        for (key, stake) in self.all::<NodeStake>() {
            owed.insert(key, stake.commission + stake.rewards);
        }
        for (key, challenge) in self.all::<Challenge>() {
            owed.insert(key, challenge.bond);
        }
        for (key, dispute) in self.all::<Dispute>() {
            assert!(dispute.bond == 0 || dispute.state == DisputeState::Open);
            owed.insert(key, dispute.bond);
        }
        for (key, computation) in self.all::<Computation>() {
            let escrow = computation.escrow;
            let held = escrow.base_fee + escrow.work_fee + escrow.priority_fee + escrow.output_rent;
            owed.insert(key, if computation.status == ComputationStatus::Queued { held } else { 0 });
        }
        owed
    }

    fn check(&self, action: &Action, lamports: u64, tokens: u64) {
        let harness = &self.court.world.harness;
        assert_eq!(self.lamports() + self.fees, lamports, "lamports after {action:?}");
        let owed = self.owed();
        for (key, account) in harness.program_accounts() {
            let due = owed.get(&key).copied().unwrap_or(0);
            assert_eq!(account.lamports, harness.rent(account.data.len()) + due, "{key} after {action:?}");
        }
        let pool = self.court.pool();
        let stakes = self.all::<NodeStake>();
        let behind: u64 = stakes.iter().map(|(_, stake)| stake.tokens + stake.unbonding_tokens).sum();
        let vault = self.court.token.vault(harness);
        assert_eq!(vault, behind + pool.burnable + pool.rewards, "vault after {action:?}");
        let offences = self.all::<Offence>();
        let unpaid: u64 = offences.iter().map(|(_, offence)| offence.reward + offence.compensation).sum();
        assert_eq!(unpaid, pool.rewards, "rewards and compensation after {action:?}");
        for (_, offence) in &offences {
            assert!(offence.reward + offence.compensation <= offence.slashed);
        }
        let outside: u64 = self.wealth().iter().map(|(_, _, tokens)| tokens).sum();
        let burned = tokens - self.court.token.supply(harness);
        assert_eq!(
            vault + outside + burned,
            6 * 1_000_000 + 6 * crate::court::STAKE,
            "tokens after {action:?}"
        );
        for (_, stake) in stakes {
            let parts = self.all::<Delegation>();
            let shares = parts.iter().filter(|(_, part)| part.identity == stake.identity);
            assert_eq!(shares.map(|(_, part)| part.shares).sum::<u64>(), stake.shares);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_appears_or_vanishes_and_nobody_loses_unsigned(actions in actions()) {
        let mut bank = Bank::new();
        let (lamports, tokens) = (bank.lamports(), bank.court.token.supply(&bank.court.world.harness));
        for action in &actions {
            bank.do_one(action);
            bank.check(action, lamports, tokens);
        }
    }
}

/// The random sequences rarely come to the end of a large result or of a cancelling: here they do.
#[test]
fn large_results_and_cancelling_come_to_their_end_and_nothing_is_left() {
    use results::{Person::*, ResultAction::*};

    let mut bank = Bank::new();
    let (lamports, tokens) = (bank.lamports(), bank.court.token.supply(&bank.court.world.harness));
    let follow = |bank: &mut Bank, actions: Vec<Action>| {
        for action in actions {
            bank.do_one(&action);
            bank.check(&action, lamports, tokens);
        }
    };
    // Two people write; the result is taken from one of them, with signatures that were collected.
    let actions = [
        Queue,
        Write(0, Payer, false),
        Write(0, Reporter, true),
        Finalize(0, Reporter, true),
        Attest(0, 0..2),
        Finalize(0, Reporter, true),
        Attest(0, 2..3),
        Finalize(0, Payer, true),
        Finalize(0, Reporter, true),
    ];
    follow(&mut bank, actions.map(Action::Result).into());
    let (address, done) = bank.computation(0).expect("a computation");
    assert_eq!(done.status, ComputationStatus::Finalized);
    let buffers = |bank: &Bank| bank.all::<arx_program::state::ResultBuffer>().len();
    assert_eq!(buffers(&bank), 2);
    let actions = [
        Close(0, Reporter, false),
        Close(0, Reporter, true),
        Deliver(0),
        Close(0, Reporter, true),
        Close(0, Payer, false),
        CloseAttestation(0),
    ];
    follow(&mut bank, actions.map(Action::Result).into());
    assert_eq!(buffers(&bank), 0);
    assert!(bank.all::<arx_program::state::Attestation>().is_empty());

    // The user takes the next one back; what was written for it goes back to its writer.
    let mut actions: Vec<_> =
        [Queue, Write(1, Reporter, true), Cancel(1, false), Cancel(1, true)].map(Action::Result).into();
    actions.push(Action::Wait(151));
    actions.extend([Cancel(1, false), Close(1, Reporter, false)].map(Action::Result));
    follow(&mut bank, actions);
    let (_, cancelled) = bank.computation(1).expect("a computation");
    assert_eq!(cancelled.status, ComputationStatus::Cancelled);
    assert_eq!(buffers(&bank), 0);
    follow(&mut bank, vec![Action::Wait(2_000), Action::Reclaim(0), Action::Reclaim(1)]);
    assert!(bank.court.world.harness.account(&address).is_none());
}
