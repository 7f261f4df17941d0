//! Stake: bonding, delegating, leaving, fees by share; and who is refused.

use arx_program::{
    client,
    error::ArxError,
    pda,
    state::{Delegation, NodeStake, StakePool, Unbonding},
};
use arx_testing::{NodeKeys, StakeToken, harness::key};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::World;

struct Staked {
    world: World,
    token: StakeToken,
    node: NodeKeys,
    alice: Keypair,
    bob: Keypair,
}

/// A node with 1,000 of its own and 3,000 of Alice's, at a commission of 10 %.
fn staked() -> Staked {
    let mut world = World::new();
    let token = StakeToken::start(&mut world.harness, &world.network);
    let node = NodeKeys::named("node 0");
    let (alice, bob) = (world.harness.must_key("alice"), world.harness.must_key("bob"));
    token.must_bond(&mut world.harness, &node, 1_000, 1_000);
    token.must_delegate(&mut world.harness, &alice, &node, 3_000);
    Staked { world, token, node, alice, bob }
}

impl Staked {
    fn identity(&self) -> Pubkey {
        self.node.identity.pubkey()
    }

    fn stake(&self) -> NodeStake {
        self.world.harness.must_load(&pda::node_stake(&self.identity()).0)
    }

    fn pool(&self) -> StakePool {
        self.world.harness.must_load(&pda::stake_pool().0)
    }
}

#[test]
fn stake_is_bonded_delegated_and_taken_back_after_its_time() {
    let mut s = staked();
    let identity = s.identity();
    assert_eq!((s.stake().tokens, s.pool().total, s.token.vault(&s.world.harness)), (4_000, 4_000, 4_000));
    let unbond = client::unbond(s.alice.pubkey(), identity, 1, 1_200);
    s.world.harness.must_send(&[unbond], &[&s.alice]);
    assert_eq!((s.stake().tokens, s.stake().unbonding_tokens, s.pool().total), (2_800, 1_200, 2_800));
    let delegation = pda::delegation(&identity, &s.alice.pubkey()).0;
    let leaving: Unbonding = s.world.harness.must_load(&pda::unbonding(&delegation, 1).0);
    let to = s.token.account(&mut s.world.harness, "alice's purse", &s.alice.pubkey(), 0);
    let withdraw = client::withdraw(s.alice.pubkey(), identity, 1, to);
    s.world.harness.warp_to(leaving.release_slot - 1);
    let refusal = s.world.harness.must_refuse(std::slice::from_ref(&withdraw), &[&s.alice]);
    assert!(refusal.is(ArxError::TooEarly), "{refusal}");
    s.world.harness.warp_to(leaving.release_slot);
    s.world.harness.must_send(std::slice::from_ref(&withdraw), &[&s.alice]);
    assert_eq!(s.token.balance(&s.world.harness, &to), 1_200);
    assert_eq!((s.stake().unbonding_tokens, s.token.vault(&s.world.harness)), (0, 2_800));
    // Gone is gone, with its rent.
    assert!(s.world.harness.account(&pda::unbonding(&delegation, 1).0).is_none());
    let refusal = s.world.harness.must_refuse(&[withdraw], &[&s.alice]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn fees_are_shared_after_the_commission() {
    let mut s = staked();
    let identity = s.identity();
    let cluster = s.world.network.cluster;
    let address = s.world.must_queue(1);
    s.world.must_finalize(address);
    let earned = s.world.cluster().accrued[0];
    // With shares of others in the node, its owner cannot take all.
    let claim = client::claim_fees(s.node.authority.pubkey(), s.bob.pubkey(), identity, cluster);
    let refusal = s.world.harness.must_refuse(&[claim], &[&s.node.authority]);
    assert!(refusal.is(ArxError::FeesAreShared), "{refusal}");
    s.world.harness.must_send(&[client::distribute_fees(identity, cluster)], &[]);
    let commission = earned / 10;
    let rest = earned - commission;
    assert_eq!((s.stake().commission, s.stake().rewards), (commission, rest));
    let stake = pda::node_stake(&identity).0;
    let rent = s.world.harness.rent(s.world.harness.account(&stake).unwrap().data.len());
    assert_eq!(s.world.harness.lamports(&stake), rent + earned);

    // Who comes later has no part in it.
    s.token.must_delegate(&mut s.world.harness, &s.bob, &s.node, 4_000);
    let refusal = s.world.harness.must_refuse(&[client::claim_rewards(s.bob.pubkey(), identity)], &[&s.bob]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
    let before = s.world.harness.lamports(&s.alice.pubkey());
    s.world.harness.must_send(&[client::claim_rewards(s.alice.pubkey(), identity)], &[&s.alice]);
    let got = s.world.harness.lamports(&s.alice.pubkey()) - before;
    assert!(rest * 3 / 4 - got <= 1, "{got} of {rest}");
    let purse = key("purse").pubkey();
    s.world.harness.fund(&purse);
    let before = s.world.harness.lamports(&purse);
    let claim = client::claim_commission(s.node.authority.pubkey(), identity, purse);
    s.world.harness.must_send(std::slice::from_ref(&claim), &[&s.node.authority]);
    assert_eq!(s.world.harness.lamports(&purse) - before, commission);
    let refusal = s.world.harness.must_refuse(&[claim], &[&s.node.authority]);
    assert!(refusal.is(ArxError::NothingToClaim), "{refusal}");
}

#[test]
fn refuses_to_move_stake_or_rewards_of_others() {
    let mut s = staked();
    let identity = s.identity();
    let (alice, bob) = (s.alice.pubkey(), s.bob.pubkey());
    let delegation = pda::delegation(&identity, &alice).0;
    // Bob names Alice's part as his.
    let mut unbond = client::unbond(bob, identity, 1, 100);
    unbond.accounts[5].pubkey = delegation;
    let refusal = s.world.harness.must_refuse(&[unbond], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    s.world.harness.must_send(&[client::unbond(alice, identity, 1, 100)], &[&s.alice]);
    let release = s.world.harness.slot() + 21 * 216_000;
    s.world.harness.warp_to(release);
    let purse = s.token.account(&mut s.world.harness, "bob's purse", &bob, 0);
    let mut withdraw = client::withdraw(bob, identity, 1, purse);
    withdraw.accounts[3].pubkey = pda::unbonding(&delegation, 1).0;
    let refusal = s.world.harness.must_refuse(&[withdraw], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let mut claim = client::claim_rewards(bob, identity);
    claim.accounts[2].pubkey = delegation;
    let refusal = s.world.harness.must_refuse(&[claim], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let mut claim = client::claim_commission(bob, identity, bob);
    claim.accounts[0].pubkey = bob;
    let refusal = s.world.harness.must_refuse(&[claim], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    // Another token account in the vault's place.
    let decoy = s.token.account(&mut s.world.harness, "decoy", &bob, 0);
    let source = s.token.account(&mut s.world.harness, "bob", &bob, 500);
    let mut delegate = client::delegate(bob, identity, source, 500);
    delegate.accounts[7].pubkey = decoy;
    let refusal = s.world.harness.must_refuse(&[delegate], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongTokenAccount), "{refusal}");
    let mut withdraw = client::withdraw(alice, identity, 1, purse);
    withdraw.accounts[5].pubkey = decoy;
    let refusal = s.world.harness.must_refuse(&[withdraw], &[&s.alice]);
    assert!(refusal.is(ArxError::WrongTokenAccount), "{refusal}");
}

#[test]
fn refuses_amounts_of_nothing_and_of_more_than_there_is() {
    let mut s = staked();
    let identity = s.identity();
    let source = s.token.account(&mut s.world.harness, "alice", &s.alice.pubkey(), 10);
    let refusal =
        s.world.harness.must_refuse(&[client::delegate(s.alice.pubkey(), identity, source, 0)], &[&s.alice]);
    assert!(refusal.is(ArxError::AmountTooSmall), "{refusal}");
    // The token program refuses what the account does not hold: nothing changes at all.
    s.world.harness.must_refuse(&[client::delegate(s.alice.pubkey(), identity, source, 11)], &[&s.alice]);
    for shares in [0, 3_001, u64::MAX] {
        let unbond = client::unbond(s.alice.pubkey(), identity, 1, shares);
        let refusal = s.world.harness.must_refuse(&[unbond], &[&s.alice]);
        assert!(refusal.is(ArxError::AmountTooSmall), "{shares}: {refusal}");
    }
    s.world.harness.must_send(&[client::unbond(s.alice.pubkey(), identity, 1, 1)], &[&s.alice]);
    let refusal =
        s.world.harness.must_refuse(&[client::unbond(s.alice.pubkey(), identity, 1, 1)], &[&s.alice]);
    assert!(refusal.is(ArxError::AlreadyExists), "{refusal}");
}

#[test]
fn only_the_nodes_owner_bonds_and_its_commission_only_falls() {
    let mut s = staked();
    let identity = s.identity();
    let source = s.token.account(&mut s.world.harness, "bob", &s.bob.pubkey(), 500);
    let refusal =
        s.world.harness.must_refuse(&[client::bond(s.bob.pubkey(), identity, source, 500, 0)], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
    let cold = s.node.authority.insecure_clone();
    let source = s.token.account(&mut s.world.harness, "cold", &cold.pubkey(), 500);
    for (commission, right) in [(1_001, false), (5_001, false), (500, true)] {
        let bond = client::bond(cold.pubkey(), identity, source, 1, commission);
        let sent = s.world.harness.send(&[bond], &[&cold]);
        assert_eq!(sent.is_ok(), right, "{commission}");
        if let Err(refusal) = sent {
            assert!(refusal.is(ArxError::CommissionTooLarge), "{refusal}");
        }
    }
    // Nobody delegates to a node whose owner has not bonded.
    let other = s.world.network.nodes[1].identity.pubkey();
    let source = s.token.account(&mut s.world.harness, "bob", &s.bob.pubkey(), 500);
    let refusal =
        s.world.harness.must_refuse(&[client::delegate(s.bob.pubkey(), other, source, 500)], &[&s.bob]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn refuses_to_make_the_pool_again_or_by_others_or_of_a_false_mint() {
    let mut world = World::new();
    let thief = world.harness.must_key("thief");
    let payer = world.harness.payer().pubkey();
    let authority = key("network authority");
    let cell = world.cell;
    let refusal = world
        .harness
        .must_refuse(&[client::create_stake_pool(payer, authority.pubkey(), cell)], &[&authority]);
    assert!(refusal.is(ArxError::WrongTokenAccount), "{refusal}");
    let token = StakeToken::start(&mut world.harness, &world.network);
    let again = client::create_stake_pool(payer, authority.pubkey(), token.mint);
    world.harness.must_refuse(&[again], &[&authority]);
    let steal = client::create_stake_pool(payer, thief.pubkey(), token.mint);
    let refusal = world.harness.must_refuse(&[steal], &[&thief]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");
}

#[test]
fn a_node_needs_the_minimum_stake_to_join() {
    let mut s = staked();
    s.world.network.set_parameters(&mut s.world.harness, |parameters| parameters.minimum_stake = 500);
    let payer = s.world.harness.payer().pubkey();
    let authority = key("network authority");
    let nodes: Vec<_> = (0..2).map(|index| NodeKeys::named(&format!("late {index}"))).collect();
    for node in &nodes {
        node.must_register(&mut s.world.harness, "host:1");
    }
    let arguments = arx_program::instructions::CreateClusterArguments {
        id: 9,
        members: nodes.iter().map(|node| node.identity.pubkey()).collect(),
        protocol: 2,
        price_per_unit: 1,
        base_fee: 1,
    };
    let cluster = pda::cluster(9).0;
    s.world.harness.must_send(&[client::create_cluster(payer, authority.pubkey(), arguments)], &[&authority]);
    let join =
        |node: &NodeKeys| client::join_cluster(node.authority.pubkey(), node.identity.pubkey(), cluster);
    let refusal = s.world.harness.must_refuse(&[join(&nodes[0])], &[&nodes[0].authority]);
    assert!(refusal.is(ArxError::StakeTooSmall), "{refusal}");
    s.token.must_bond(&mut s.world.harness, &nodes[0], 499, 0);
    let refusal = s.world.harness.must_refuse(&[join(&nodes[0])], &[&nodes[0].authority]);
    assert!(refusal.is(ArxError::StakeTooSmall), "{refusal}");
    // Another node's stake does not count.
    let mut borrowed = join(&nodes[0]);
    borrowed.accounts[3].pubkey = pda::node_stake(&s.identity()).0;
    let refusal = s.world.harness.must_refuse(&[borrowed], &[&nodes[0].authority]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    s.token.must_bond(&mut s.world.harness, &nodes[0], 1, 0);
    s.world.harness.must_send(&[join(&nodes[0])], &[&nodes[0].authority]);
    let _: Delegation = s
        .world
        .harness
        .must_load(&pda::delegation(&nodes[0].identity.pubkey(), &nodes[0].authority.pubkey()).0);
}
