//! Random sequences of everything that moves stake or its fees, beside a model in plain Rust: no token and no lamport
//! appears or vanishes, and nobody gets more than its part.

use std::collections::BTreeMap;

use arx_program::{
    client,
    instructions::Equivocation,
    message::MessageHeader,
    pda,
    state::{Delegation, NodeStake, OffenceClass, StakePool, Unbonding},
};
use arx_testing::{NodeKeys, StakeToken};
use proptest::prelude::*;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::World;

#[derive(Clone, Debug)]
enum Action {
    Bond { amount: u64 },
    Delegate { who: usize, amount: u64 },
    Unbond { who: usize, shares: u64 },
    Withdraw { which: usize },
    Compute,
    Distribute,
    ClaimRewards { who: usize },
    ClaimCommission,
    Slash { session: u8 },
    ClaimReport { session: u8 },
    Burn,
    Wait { slots: u64 },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        2 => (0..50_000u64).prop_map(|amount| Action::Bond { amount }),
        4 => (0..3usize, 0..50_000u64).prop_map(|(who, amount)| Action::Delegate { who, amount }),
        4 => (0..4usize, 0..40_000u64).prop_map(|(who, shares)| Action::Unbond { who, shares }),
        3 => (0..8usize).prop_map(|which| Action::Withdraw { which }),
        2 => Just(Action::Compute),
        2 => Just(Action::Distribute),
        2 => (0..4usize).prop_map(|who| Action::ClaimRewards { who }),
        1 => Just(Action::ClaimCommission),
        1 => (0..3u8).prop_map(|session| Action::Slash { session }),
        1 => (0..3u8).prop_map(|session| Action::ClaimReport { session }),
        1 => Just(Action::Burn),
        3 => (1..3_000_000u64).prop_map(|slots| Action::Wait { slots }),
    ];
    prop::collection::vec(action, 1..60)
}

/// What each may have: by fractions, without the program's rounding.
#[derive(Default)]
struct Model {
    /// Tokens at work, per owner (the node's owner is 3).
    at_work: [f64; 4],
    /// Tokens on their way out, per unbonding: owner and amount.
    leaving: BTreeMap<u64, (usize, f64)>,
    /// Tokens that ever came in and went out through the owners' accounts.
    paid_in: u64,
    paid_out: u64,
}

struct Bank {
    world: World,
    token: StakeToken,
    node: NodeKeys,
    owners: Vec<Keypair>,
    accounts: Vec<Pubkey>,
    next: u64,
}

const PURSE: u64 = 1_000_000_000;

impl Bank {
    fn new() -> Self {
        let mut world = World::new();
        let token = StakeToken::start(&mut world.harness, &world.network);
        let node = NodeKeys::named("node 0");
        let mut owners: Vec<_> =
            (0..3).map(|index| world.harness.must_key(&format!("owner {index}"))).collect();
        owners.push(node.authority.insecure_clone());
        let accounts = owners
            .iter()
            .enumerate()
            .map(|(index, owner)| {
                token.account(&mut world.harness, &format!("owner {index}"), &owner.pubkey(), PURSE)
            })
            .collect();
        Self { world, token, node, owners, accounts, next: 0 }
    }

    fn identity(&self) -> Pubkey {
        self.node.identity.pubkey()
    }

    fn stake(&self) -> Option<NodeStake> {
        self.world.harness.load(&pda::node_stake(&self.identity()).0)
    }

    fn pool(&self) -> StakePool {
        self.world.harness.must_load(&pda::stake_pool().0)
    }

    fn delegation(&self, who: usize) -> Option<Delegation> {
        self.world.harness.load(&pda::delegation(&self.identity(), &self.owners[who].pubkey()).0)
    }

    fn unbonding(&self, who: usize, id: u64) -> Option<Unbonding> {
        let delegation = pda::delegation(&self.identity(), &self.owners[who].pubkey()).0;
        self.world.harness.load(&pda::unbonding(&delegation, id).0)
    }

    fn tokens_outside(&self) -> u64 {
        self.accounts.iter().map(|account| self.token.balance(&self.world.harness, account)).sum()
    }
}

fn run(actions: Vec<Action>) {
    let mut bank = Bank::new();
    let identity = bank.identity();
    let cluster = bank.world.network.cluster;
    let mut model = Model::default();
    let reporter = bank.world.harness.must_key("reporter");
    let report_account = bank.token.account(&mut bank.world.harness, "reporter", &reporter.pubkey(), 0);
    let supply = bank.token.supply(&bank.world.harness);
    let mut burned = 0;
    let mut slashed_any = false;

    for (step, action) in actions.into_iter().enumerate() {
        let vault = bank.token.vault(&bank.world.harness);
        match &action {
            Action::Bond { amount } => {
                let owner = bank.owners[3].insecure_clone();
                let bond = client::bond(owner.pubkey(), identity, bank.accounts[3], *amount, 500);
                if bank.world.harness.send(&[bond], &[&owner]).is_ok() {
                    model.at_work[3] += *amount as f64;
                    model.paid_in += amount;
                    assert!(*amount > 0 && !slashed_any, "a convicted node takes no stake");
                }
            }
            Action::Delegate { who, amount } => {
                let owner = bank.owners[*who].insecure_clone();
                let delegate = client::delegate(owner.pubkey(), identity, bank.accounts[*who], *amount);
                if bank.world.harness.send(&[delegate], &[&owner]).is_ok() {
                    model.at_work[*who] += *amount as f64;
                    model.paid_in += amount;
                }
            }
            Action::Unbond { who, shares } => {
                let owner = bank.owners[*who].insecure_clone();
                let had = bank.delegation(*who).map_or(0, |delegation| delegation.shares);
                let id = step as u64;
                let unbond = client::unbond(owner.pubkey(), identity, id, *shares);
                let sent = bank.world.harness.send(&[unbond], &[&owner]);
                assert!(sent.is_err() || *shares <= had, "more than it had");
                if sent.is_ok() {
                    let moved = model.at_work[*who] * (*shares as f64) / (had as f64);
                    model.at_work[*who] -= moved;
                    model.leaving.insert(id, (*who, moved));
                    bank.next = id;
                }
            }
            Action::Withdraw { which } => {
                let Some((id, (who, amount))) =
                    model.leaving.iter().nth(*which).map(|(id, entry)| (*id, *entry))
                else {
                    continue;
                };
                let release = bank.unbonding(who, id).expect("it is leaving").release_slot;
                let owner = bank.owners[who].insecure_clone();
                let withdraw = client::withdraw(owner.pubkey(), identity, id, bank.accounts[who]);
                let before = bank.token.balance(&bank.world.harness, &bank.accounts[who]);
                let sent = bank.world.harness.send(&[withdraw], &[&owner]);
                assert_eq!(sent.is_ok(), bank.world.harness.slot() >= release, "{action:?}: {sent:?}");
                if sent.is_ok() {
                    let got = bank.token.balance(&bank.world.harness, &bank.accounts[who]) - before;
                    // Rounded down, and never more than its part.
                    assert!(got as f64 <= amount + 8.0, "{got} of {amount}");
                    assert!(got as f64 >= amount - 8.0, "{got} of {amount}");
                    model.paid_out += got;
                    model.leaving.remove(&id);
                }
            }
            Action::Compute => {
                if bank.world.cluster().state == arx_program::state::ClusterState::Active {
                    let address = bank.world.must_queue(step as u64);
                    bank.world.must_finalize(address);
                }
            }
            Action::Distribute => {
                let before = bank.world.cluster().accrued[0];
                let sent = bank.world.harness.send(&[client::distribute_fees(identity, cluster)], &[]);
                assert_eq!(sent.is_ok(), before > 0 && bank.stake().is_some());
                if sent.is_ok() {
                    assert_eq!(bank.world.cluster().accrued[0], 0);
                }
            }
            Action::ClaimRewards { who } => {
                let owner = bank.owners[*who].insecure_clone();
                let before = bank.stake().map_or(0, |stake| stake.rewards);
                if bank
                    .world
                    .harness
                    .send(&[client::claim_rewards(owner.pubkey(), identity)], &[&owner])
                    .is_ok()
                {
                    assert!(bank.stake().expect("there is stake").rewards < before);
                }
            }
            Action::ClaimCommission => {
                let owner = bank.owners[3].insecure_clone();
                let to = reporter.pubkey();
                let _ = bank
                    .world
                    .harness
                    .send(&[client::claim_commission(owner.pubkey(), identity, to)], &[&owner]);
            }
            Action::Slash { session } => {
                let one = MessageHeader {
                    cluster,
                    epoch: 1,
                    session: [*session; 32],
                    phase: [0; 5],
                    piece: 0,
                    sender: 0,
                    recipient: 255,
                    broadcasts: 0,
                    payload_hash: [1; 32],
                    running_digest: [2; 32],
                };
                let other = MessageHeader { payload_hash: [3; 32], ..one };
                let (left, right) = (one.message(), other.message());
                let signatures = [bank.node.sign(&left), bank.node.sign(&right)];
                let verify =
                    client::verify_two(&identity, [(&left, &signatures[0]), (&right, &signatures[1])]);
                let submit = client::submit_equivocation(
                    reporter.pubkey(),
                    identity,
                    cluster,
                    cluster,
                    &one.session,
                    Equivocation::Messages,
                    0,
                );
                let before = bank.stake().map(|stake| (stake.tokens, stake.unbonding_tokens));
                if bank.world.harness.send(&[verify, submit], &[&reporter]).is_ok() {
                    slashed_any = true;
                    if let (Some((tokens, leaving)), Some(after)) = (before, bank.stake()) {
                        for amount in &mut model.at_work {
                            *amount *= if tokens == 0 { 1.0 } else { after.tokens as f64 / tokens as f64 };
                        }
                        for (_, amount) in model.leaving.values_mut() {
                            *amount *= if leaving == 0 {
                                1.0
                            } else {
                                after.unbonding_tokens as f64 / leaving as f64
                            };
                        }
                    }
                }
            }
            Action::ClaimReport { session } => {
                let claim = client::claim_report(
                    reporter.pubkey(),
                    identity,
                    OffenceClass::Equivocation,
                    &[*session; 32],
                    report_account,
                );
                let _ = bank.world.harness.send(&[claim], &[&reporter]);
            }
            Action::Burn => {
                let burnable = bank.pool().burnable;
                let sent = bank.world.harness.send(&[client::burn_slashed(bank.token.mint)], &[]);
                assert_eq!(sent.is_ok(), burnable > 0);
                burned += burnable;
            }
            Action::Wait { slots } => {
                let slot = bank.world.harness.slot() + slots;
                bank.world.harness.warp_to(slot);
            }
        }
        let _ = vault;

        // Every token of the vault belongs to somebody.
        let pool = bank.pool();
        let stake = bank.stake().unwrap_or_default();
        let vault = bank.token.vault(&bank.world.harness);
        assert_eq!(
            vault,
            stake.tokens + stake.unbonding_tokens + pool.burnable + pool.rewards,
            "after {action:?}"
        );
        // No token appears or vanishes but by burning.
        let reported = bank.token.balance(&bank.world.harness, &report_account);
        assert_eq!(vault + reported + bank.tokens_outside() + burned, 4 * PURSE, "after {action:?}");
        assert_eq!(supply - bank.token.supply(&bank.world.harness), burned);
        assert_eq!(4 * PURSE - bank.tokens_outside(), model.paid_in - model.paid_out);
        // All shares have an owner, and none is worth more than its part.
        let shares: u64 =
            (0..4).filter_map(|who| bank.delegation(who)).map(|delegation| delegation.shares).sum();
        assert_eq!(shares, stake.shares);
        if !slashed_any {
            assert_eq!(pool.total, stake.tokens);
        }
        for who in 0..4 {
            let Some(delegation) = bank.delegation(who) else { continue };
            let value = delegation.shares as f64 * stake.tokens as f64 / (stake.shares as f64).max(1.0);
            assert!(
                (value - model.at_work[who]).abs() < 64.0,
                "{who}: {value} against {}",
                model.at_work[who]
            );
        }
        // The lamports of the stake's account are those it owes.
        if let Some(account) = bank.world.harness.account(&pda::node_stake(&identity).0) {
            let rent = bank.world.harness.rent(account.data.len());
            assert_eq!(account.lamports, rent + stake.commission + stake.rewards);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_token_appears_or_vanishes(actions in actions()) {
        run(actions);
    }
}
