//! The key that an application's circuits sign with: who asks for it, who may put it on the chain, and that it stays.

use arx_program::{
    client,
    constants::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_SEMI_HONEST},
    error::ArxError,
    instructions::SigningKeyArguments,
    message::{SigningKeyStatement, sha256},
    pda,
    state::{SigningKey, SigningKeyRequest},
};
use arx_testing::{
    Application, Refusal,
    harness::key,
    network::{NodeKeys, prove},
};
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::world::{PRICES, World};

/// The version of a new MXE's long-term keys.
const VERSION: u32 = 1;

/// The application asks for its key.
pub fn request(world: &World) -> Instruction {
    let (payer, authority) = (world.harness.payer().pubkey(), world.application.authority.pubkey());
    client::request_signing_key(payer, authority, world.application.mxe, VERSION, world.network.cluster)
}

fn must_request(world: &mut World) -> Pubkey {
    let authority = world.application.authority.insecure_clone();
    world.harness.must_send(&[request(world)], &[&authority]);
    pda::signing_key(&world.application.mxe, VERSION).0
}

/// A key as the members would have made it. The program does not compute with points: that is the members' part.
pub fn made(world: &World) -> SigningKeyArguments {
    let shares = (0..world.network.nodes.len()).map(|index| [0x51 + index as u8; 32]).collect();
    SigningKeyArguments { key: Pubkey::new_from_array([0x50; 32]), shares, signature_instruction: 0 }
}

fn message(world: &World, made: &SigningKeyArguments) -> [u8; 50] {
    SigningKeyStatement {
        cluster: &world.network.cluster,
        epoch: world.cluster().epoch,
        mxe: &world.application.mxe,
        version: VERSION,
        key: &made.key,
        shares: &made.shares,
    }
    .message()
}

fn publish(world: &World, made: SigningKeyArguments) -> Instruction {
    client::publish_signing_key(world.application.mxe, VERSION, world.network.cluster, made)
}

/// Signatures of all members, and the key.
pub fn signed(world: &World) -> [Instruction; 2] {
    let made = made(world);
    [world.network.sign(&message(world, &made)), publish(world, made)]
}

/// A world whose application has asked.
fn asked() -> World {
    let mut world = World::new();
    must_request(&mut world);
    world
}

/// Publishes with a precompile instruction made from the message; expects a refusal, after which the right one passes.
fn with_signatures(make: impl FnOnce(&World, &[u8]) -> Instruction) -> Refusal {
    let mut world = asked();
    let made = made(&world);
    let instructions = [make(&world, &message(&world, &made)), publish(&world, made)];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    let right = signed(&world);
    world.harness.must_send(&right, &[]);
    refusal
}

#[test]
fn a_request_becomes_the_key_that_all_members_signed() {
    let mut world = World::new();
    let address = must_request(&mut world);
    let before = world.harness.account(&address).expect("a request");
    let asked: SigningKeyRequest = world.harness.must_load(&address);
    assert_eq!((asked.mxe, asked.version), (world.application.mxe, VERSION));
    assert_eq!(asked.cluster, world.network.cluster);
    assert_eq!(world.harness.load::<SigningKey>(&address), None);

    let instructions = signed(&world);
    world.harness.must_send(&instructions, &[]);
    let made = made(&world);
    let published: SigningKey = world.harness.must_load(&address);
    assert_eq!((published.mxe, published.version), (world.application.mxe, VERSION));
    assert_eq!((published.key, &published.shares), (made.key, &made.shares));
    assert_eq!((published.cluster, published.epoch), (world.network.cluster, 1));
    assert_eq!(published.members, SigningKey::hash_of_members(&world.network.members()));
    assert_eq!(world.harness.load::<SigningKeyRequest>(&address), None);
    // What the application has put down is the key's rent.
    let after = world.harness.account(&address).expect("the key");
    assert_eq!(after.lamports, before.lamports);
    assert_eq!(after.lamports, world.harness.rent(SigningKey::space(3)));
}

#[test]
fn refuses_a_second_key_and_a_second_request() {
    let mut world = asked();
    let second = request(&world);
    let authority = world.application.authority.insecure_clone();
    let refusal = world.harness.must_refuse(std::slice::from_ref(&second), &[&authority]);
    assert!(refusal.is(ArxError::AlreadyExists), "{refusal}");
    let right = signed(&world);
    world.harness.must_send(&right, &[]);

    let other = SigningKeyArguments { key: Pubkey::new_from_array([0x77; 32]), ..made(&world) };
    let again = [world.network.sign(&message(&world, &other)), publish(&world, other)];
    for instructions in [again, right] {
        let refusal = world.harness.must_refuse(&instructions, &[]);
        assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
    }
    let refusal = world.harness.must_refuse(&[second], &[&authority]);
    assert!(refusal.is(ArxError::AlreadyExists), "{refusal}");
    let address = pda::signing_key(&world.application.mxe, VERSION).0;
    assert_eq!(world.harness.must_load::<SigningKey>(&address).key, made(&world).key);
}

#[test]
fn refuses_a_key_that_nobody_asked_for() {
    let mut world = World::new();
    let instructions = signed(&world);
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn refuses_a_key_with_a_missing_signature() {
    let refusal = with_signatures(|world, message| {
        let members = world.network.members();
        let signatures: Vec<_> = world.network.nodes[..2].iter().map(|node| node.sign(message)).collect();
        client::verify_signatures(&members[..2], &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSignatureCount), "{refusal}");
}

#[test]
fn refuses_a_key_with_a_repeated_signature() {
    let refusal = with_signatures(|world, message| {
        let node = &world.network.nodes[0];
        client::verify_signatures(&[node.identity.pubkey(); 3], &[node.sign(message); 3], message)
    });
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_a_key_with_a_strangers_signature() {
    let refusal = with_signatures(|world, message| {
        let stranger = NodeKeys::named("stranger");
        let mut members = world.network.members();
        members[1] = stranger.identity.pubkey();
        let mut signatures: Vec<_> = world.network.nodes.iter().map(|node| node.sign(message)).collect();
        signatures[1] = stranger.sign(message);
        client::verify_signatures(&members, &signatures, message)
    });
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_a_key_whose_signatures_are_in_another_instruction() {
    let mut world = asked();
    let [verify, publish] = signed(&world);
    // The index says that the transaction's second instruction has them, which is the one that publishes.
    let mut made = made(&world);
    made.signature_instruction = 1;
    let misplaced = self::publish(&world, made);
    let refusal = world.harness.must_refuse(&[verify.clone(), misplaced], &[]);
    assert!(refusal.is(ArxError::NotASignatureInstruction), "{refusal}");
    let refusal = world.harness.must_refuse(&[publish], &[]);
    assert!(refusal.is(ArxError::NotASignatureInstruction), "{refusal}");
}

#[test]
fn refuses_signatures_of_anything_else() {
    let mut world = asked();
    let right = made(&world);
    let (cluster, mxe) = (world.network.cluster, world.application.mxe);
    let stranger = Pubkey::new_from_array([9; 32]);
    let mut swapped = right.shares.clone();
    swapped.swap(0, 1);
    let statement = SigningKeyStatement {
        cluster: &cluster,
        epoch: 1,
        mxe: &mxe,
        version: VERSION,
        key: &right.key,
        shares: &right.shares,
    };
    let others = [
        SigningKeyStatement { cluster: &stranger, ..statement },
        SigningKeyStatement { epoch: 2, ..statement },
        SigningKeyStatement { mxe: &stranger, ..statement },
        SigningKeyStatement { version: VERSION + 1, ..statement },
        SigningKeyStatement { key: &stranger, ..statement },
        SigningKeyStatement { shares: &swapped, ..statement },
        SigningKeyStatement { shares: &right.shares[..2], ..statement },
    ];
    for (index, other) in others.iter().enumerate() {
        let instructions = [world.network.sign(&other.message()), publish(&world, right.clone())];
        let refusal = world.harness.must_refuse(&instructions, &[]);
        assert!(refusal.is(ArxError::WrongSignedMessage), "{index}: {refusal}");
    }
    let instructions = [world.network.sign(&statement.message()), publish(&world, right)];
    world.harness.must_send(&instructions, &[]);
}

#[test]
fn refuses_more_shares_than_the_account_has_room_for() {
    let mut world = asked();
    let mut made = made(&world);
    made.shares.push([0x60; 32]);
    let instructions = [world.network.sign(&message(&world, &made)), publish(&world, made)];
    let refusal = world.harness.must_refuse(&instructions, &[]);
    assert!(refusal.is(ArxError::Overflow), "{refusal}");
}

#[test]
fn refuses_the_request_of_another_application_and_the_members_of_another_cluster() {
    let mut world = asked();
    let other = world.network.another(&mut world.harness, 9, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
    let application = Application::start(&mut world.harness, &other, 9);
    let authority = application.authority.insecure_clone();
    let payer = world.harness.payer().pubkey();
    let request =
        client::request_signing_key(payer, authority.pubkey(), application.mxe, VERSION, other.cluster);
    world.harness.must_send(&[request], &[&authority]);

    // This cluster's members sign a key for their own application; it is put in the place of the other's.
    let [verify, mut publish] = signed(&world);
    publish.accounts[0].pubkey = pda::signing_key(&application.mxe, VERSION).0;
    let refusal = world.harness.must_refuse(&[verify.clone(), publish.clone()], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    // And the other cluster's members sign for this one's.
    let made = made(&world);
    let statement = SigningKeyStatement {
        cluster: &other.cluster,
        epoch: 1,
        mxe: &world.application.mxe,
        version: VERSION,
        key: &made.key,
        shares: &made.shares,
    };
    let foreign = other.sign(&statement.message());
    let mut misdirected = self::publish(&world, made.clone());
    misdirected.accounts[1].pubkey = other.cluster;
    let refusal = world.harness.must_refuse(&[foreign.clone(), misdirected], &[]);
    assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    let direct = self::publish(&world, made);
    let refusal = world.harness.must_refuse(&[foreign, direct], &[]);
    assert!(refusal.is(ArxError::WrongSigner), "{refusal}");
}

#[test]
fn refuses_a_request_that_the_program_did_not_make() {
    let mut world = asked();
    let address = pda::signing_key(&world.application.mxe, VERSION).0;
    let fake = Pubkey::new_from_array([0xFA; 32]);
    let mut account = world.harness.account(&address).expect("a request");
    account.owner = arx_testing::application::ECHO;
    world.harness.set_account(fake, account);
    let [verify, mut publish] = signed(&world);
    publish.accounts[0].pubkey = fake;
    let refusal = world.harness.must_refuse(&[verify, publish], &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn only_the_owner_of_a_living_application_asks_and_only_its_own_cluster() {
    let mut world = World::new();
    let stranger = world.harness.must_key("stranger");
    let payer = world.harness.payer().pubkey();
    let (mxe, cluster) = (world.application.mxe, world.network.cluster);
    let by_stranger = client::request_signing_key(payer, stranger.pubkey(), mxe, VERSION, cluster);
    let refusal = world.harness.must_refuse(&[by_stranger], &[&stranger]);
    assert!(refusal.is(ArxError::WrongAuthority), "{refusal}");

    let other = world.network.another(&mut world.harness, 9, PRICES, 3, PROTOCOL_DISHONEST_MAJORITY);
    let authority = world.application.authority.insecure_clone();
    for (version, cluster) in [(VERSION, other.cluster), (VERSION + 1, cluster)] {
        let request = client::request_signing_key(payer, authority.pubkey(), mxe, version, cluster);
        let refusal = world.harness.must_refuse(&[request], &[&authority]);
        assert!(refusal.is(ArxError::AccountsDoNotBelongTogether), "{refusal}");
    }

    world.harness.must_send(&[client::close_mxe(authority.pubkey(), mxe)], &[&authority]);
    let late = request(&world);
    let refusal = world.harness.must_refuse(&[late], &[&authority]);
    assert!(refusal.is(ArxError::MxeClosed), "{refusal}");
}

#[test]
fn refuses_a_request_where_members_are_trusted_to_follow_the_protocol() {
    let mut world = World::with_nodes(3, PROTOCOL_REPLICATED3_SEMI_HONEST);
    let authority = world.application.authority.insecure_clone();
    let request = request(&world);
    let refusal = world.harness.must_refuse(&[request], &[&authority]);
    assert!(refusal.is(ArxError::NoSigningKeys), "{refusal}");
}

#[test]
fn signatures_of_many_members_are_collected_first_and_their_rent_comes_back() {
    let mut world = World::with_nodes(16, PROTOCOL_DISHONEST_MAJORITY);
    let address = must_request(&mut world);
    let made = made(&world);
    let message = message(&world, &made);
    let payer = world.harness.payer().pubkey();
    let close = |hash: &[u8; 32]| client::close_attestation(payer, address, hash);

    // All but one.
    let hash = world.must_attest(address, &message, 0..15);
    assert_eq!(hash, sha256(&[&message]));
    let publish = client::with_attestation(publish(&world, made.clone()), &address, &hash);
    let refusal = world.harness.must_refuse(std::slice::from_ref(&publish), &[]);
    assert!(refusal.is(ArxError::NotAllSigned), "{refusal}");
    let refusal = world.harness.must_refuse(&[close(&hash)], &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");

    world.must_attest(address, &message, 15..16);
    world.harness.must_send(&[publish], &[]);
    assert_eq!(world.harness.must_load::<SigningKey>(&address).shares, made.shares);
    world.harness.must_send(&[close(&hash)], &[]);
    // Nothing more is collected about it.
    let node = &world.network.nodes[0];
    let verify = client::verify_signatures(&[node.identity.pubkey()], &[node.sign(&message)], &message);
    let attest = client::attest_result(payer, address, world.network.cluster, &hash, 0);
    let refusal = world.harness.must_refuse(&[verify, attest], &[]);
    assert!(refusal.is(ArxError::WrongAccount), "{refusal}");
}

#[test]
fn signatures_of_an_epoch_are_void_in_the_next() {
    let mut world = asked();
    let old = signed(&world);
    let node = &world.network.nodes[0];
    let (identity, cold) = (node.identity.pubkey(), node.authority.insecure_clone());
    let fresh = NodeKeys::named("fresh key");
    let proof = prove(&identity, &fresh.encryption_secret, &fresh.encryption_key);
    let payer = world.harness.payer().pubkey();
    let rotate = client::rotate_epoch_key(payer, cold.pubkey(), identity, fresh.encryption_key, proof);
    world.harness.must_send(&[rotate], &[&cold]);
    let authority = key("network authority");
    let members = world.network.members();
    let begin = client::begin_epoch(authority.pubkey(), world.network.cluster, &members);
    world.harness.must_send(&[begin], &[&authority]);

    let refusal = world.harness.must_refuse(&old, &[]);
    assert!(refusal.is(ArxError::WrongSignedMessage), "{refusal}");
    let now = signed(&world);
    world.harness.must_send(&now, &[]);
    let address = pda::signing_key(&world.application.mxe, VERSION).0;
    assert_eq!(world.harness.must_load::<SigningKey>(&address).epoch, 2);
}
