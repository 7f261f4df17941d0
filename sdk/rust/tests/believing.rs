//! What a client believes, and what it does not: a result made by honest members is opened; every way in which a server,
//! an application or a member could change one is refused.

use arcis_circuit::Value;
use arx_program::{
    client as build,
    instructions::FinalizeArguments,
    message::{self, ResultStatement},
    state::{
        CellUse, Cluster, ClusterState, Computation, ComputationDefinition, ComputationResult,
        ComputationStatus, DefinitionStatus, Delivery, Escrow, StoredArgument,
    },
};
use arx_sdk::{
    Call, CallId, Definition, Encryptor, Error, Evidence, Instruction, Network, OutputReader, PinnedCluster,
    RecipientSeed, SealedCall, VerifiedResult,
    verify::{Attestations, PlainInstruction},
};
use arx_wire::{
    Base, EncryptionSecretKey, Member,
    bits::PackedBits,
    output::{EncryptedOutput, NodeOutputSecrets, OutputContext, OutputPlace},
};
use ed25519_dalek::{Signer, SigningKey};
use mpc_field::polynomial_hash;
use solana_pubkey::Pubkey;

const NODES: u8 = 3;

/// `fn f(bid: Enc<Shared, u64>, limit: u16, state: Enc<Mxe, _>) -> (Enc<Shared, u64>, Enc<Mxe, _>, bool)`.
#[derive(Debug)]
struct Auction;

#[derive(Debug)]
struct Sealed {
    bid: Vec<u8>,
    limit: Vec<u8>,
}

impl Instruction for Auction {
    const NAME: &'static str = "auction";
    const CIRCUIT_HASH: [u8; 32] = [11; 32];
    const INTERFACE_HASH: [u8; 32] = [12; 32];
    type Arguments = (u64, u16);
    type Sealed = Sealed;
    type Outputs = (u64, bool);

    fn seal((bid, limit): &(u64, u16), encryptor: &mut Encryptor<'_>) -> Result<Sealed, Error> {
        let bid = encryptor.shared(0, bid)?;
        let limit = encryptor.plaintext(limit)?;
        encryptor.cell();
        Ok(Sealed { bid, limit })
    }

    fn open(reader: &mut OutputReader<'_>) -> Result<(u64, bool), Error> {
        let receipt = reader.shared()?;
        reader.skip()?;
        Ok((receipt, reader.public()?))
    }
}

fn address(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn identity(node: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + node; 32])
}

fn encryption_key(node: u8) -> EncryptionSecretKey {
    EncryptionSecretKey::from_seed(&[node; 32])
}

fn cluster_account() -> Cluster {
    Cluster {
        id: 0,
        authority: address(1),
        members: (0..NODES)
            .map(|node| Pubkey::new_from_array(identity(node).verifying_key().to_bytes()))
            .collect(),
        encryption_keys: (0..NODES).map(|node| encryption_key(node).public_key().to_bytes()).collect(),
        joined: 0b111,
        protocol: 1,
        epoch: 5,
        price_per_unit: 1,
        base_fee: 1,
        state: ClusterState::Active,
        treasury_basis_points: 0,
        accrued: vec![0; 3],
        treasury_accrued: 0,
        finalized: 0,
        failed: 0,
        down: 0,
        epoch_slot: 0,
        maintenance_start: 0,
        maintenance_end: 0,
        bump: 255,
    }
}

fn definition_account() -> ComputationDefinition {
    ComputationDefinition {
        mxe: address(3),
        name: "auction".into(),
        circuit_hash: Auction::CIRCUIT_HASH,
        interface_hash: Auction::INTERFACE_HASH,
        circuit_length: 1,
        cost_units: 1,
        parameters: vec![],
        outputs: vec![],
        status: DefinitionStatus::Active,
        created_slot: 0,
        bump: 255,
    }
}

fn pinned() -> PinnedCluster {
    PinnedCluster::trust_on_first_use(Network::new([9; 32]), address(2), &cluster_account())
        .expect("it is active")
}

fn seed() -> RecipientSeed {
    RecipientSeed::from_stored([42; 32])
}

/// A call, the computation that the chain made of it, and the evidence of its result.
struct Story {
    cluster: PinnedCluster,
    sealed: SealedCall<Auction>,
    computation: Computation,
    evidence: Evidence,
}

const RECEIPT: u64 = 0x0123_4567_89ab_cdef;

impl Story {
    fn new() -> Self {
        let cluster = pinned();
        let definition =
            Definition::check(Definition::<Auction>::address_of(&address(3)), &definition_account());
        let definition = definition.expect("the hashes are the same");
        let id = CallId { instance: address(6), authority: address(7), counter: 8, not_after: 1_000 };
        let sealed = Call::new(&cluster, &definition, id).encrypt(&(77, 500), &seed()).expect("it encrypts");
        let computation = computation(&sealed, &definition);
        let mut story =
            Self { cluster, sealed, computation, evidence: Evidence { signatures: vec![], outputs: vec![] } };
        let outputs = vec![story.encrypt_receipt(), vec![1; 60], vec![1]];
        story.finalize(outputs);
        story
    }

    fn base(&self) -> Base {
        let id = self.sealed.call().id();
        Base {
            genesis: [9; 32],
            program: arx_program::ID.to_bytes(),
            cluster: address(2).to_bytes(),
            epoch: 5,
            protocol: 1,
            members: (0..NODES)
                .map(|node| Member {
                    identity: identity(node).verifying_key().to_bytes(),
                    encryption_key: encryption_key(node).public_key(),
                })
                .collect(),
            mxe: address(3).to_bytes(),
            circuit: Auction::CIRCUIT_HASH,
            interface: Auction::INTERFACE_HASH,
            instance: id.instance.to_bytes(),
            authority: id.authority.to_bytes(),
            counter: id.counter,
            not_after: id.not_after,
        }
    }

    /// What three honest nodes would make of the value.
    fn encrypt_receipt(&self) -> Vec<u8> {
        let id = self.sealed.call().id();
        let recipient =
            seed().recipient_key(&id.instance.to_bytes(), &id.authority.to_bytes(), id.counter).public_key();
        let computation = self.sealed.call().computation().to_bytes();
        let place = OutputPlace { computation, session: [20; 32], index: 0, bits: 64 };
        let context = OutputContext::new(&self.base(), &place, &[21; 32], &recipient).expect("three members");
        let mut ciphertext = PackedBits::new(64, RECEIPT.to_bits().to_bytes()).expect("64 bits");
        let secrets: Vec<_> =
            (0..NODES).map(|node| context.node_secrets(node, &encryption_key(node))).collect();
        for node in &secrets {
            ciphertext = ciphertext.xor(&node.pad).expect("64 bits");
        }
        let h = context.hash_key(&[22; 32], &[23; 32], &ciphertext);
        let tag = |node: &NodeOutputSecrets| polynomial_hash(h, node.pad.as_bytes(), 64) + node.mask;
        let tags = secrets.iter().map(|node| tag(node).to_bytes()).collect();
        let output = EncryptedOutput {
            index: 0,
            epoch: 5,
            session: [20; 32],
            coin_s: [21; 32],
            d_open: [22; 32],
            coin_o: [23; 32],
            recipient,
            tags,
            ciphertext,
        };
        output.to_bytes().expect("three tags")
    }

    /// Lets all members sign these outputs and the chain store them.
    fn finalize(&mut self, outputs: Vec<Vec<u8>>) {
        let mut kept = outputs.clone();
        kept[1] = message::sha256(&[&outputs[1]]).to_vec();
        self.computation.status = ComputationStatus::Finalized;
        self.computation.result = Some(ComputationResult {
            buffer: None,
            session: [20; 32],
            transcript_digest: [24; 32],
            coin: [25; 32],
            cell_versions: vec![3],
            output_digest: message::output_digest(&outputs),
            outputs: kept,
        });
        let message = self.message();
        let signatures = (0..NODES).map(|node| identity(node).sign(&message).to_bytes()).collect();
        self.evidence = Evidence { signatures, outputs };
    }

    /// What honest members sign about the computation as it is.
    fn message(&self) -> [u8; 45] {
        let result = self.computation.result.as_ref().expect("it is finalised");
        ResultStatement {
            cluster: &address(2),
            epoch: 5,
            session: &result.session,
            computation: &self.sealed.call().computation(),
            circuit_hash: &self.computation.circuit_hash,
            input_digest: &message::input_digest(&self.computation).expect("it serialises"),
            cell_versions: &result.cell_versions,
            output_digest: &result.output_digest,
            transcript_digest: &result.transcript_digest,
            coin: &result.coin,
        }
        .message()
    }

    fn verify(&self) -> Result<VerifiedResult, Error> {
        let address = self.sealed.call().computation();
        VerifiedResult::verify(&self.cluster, address, &self.computation, self.evidence.clone())
    }

    fn open(&self) -> Result<(u64, bool), Error> {
        self.sealed.open(&self.computation, &self.verify()?, &seed())
    }

    /// What the node that finalised it sent, all signatures being in the instruction with this number.
    fn finalize_arguments(&self, signature_instruction: u8) -> FinalizeArguments {
        let result = self.computation.result.clone().expect("it is finalised");
        FinalizeArguments {
            epoch: 5,
            session: result.session,
            transcript_digest: result.transcript_digest,
            coin: result.coin,
            cell_versions: result.cell_versions,
            outputs: self.evidence.outputs.clone(),
            signature_instruction,
        }
    }
}

/// An instruction as it is found in a transaction.
fn plain(instruction: &solana_instruction::Instruction) -> PlainInstruction {
    PlainInstruction {
        program: instruction.program_id,
        accounts: instruction.accounts.iter().map(|account| account.pubkey).collect(),
        data: instruction.data.clone(),
    }
}

fn computation(sealed: &SealedCall<Auction>, definition: &Definition<Auction>) -> Computation {
    let id = sealed.call().id();
    let mut computation = Computation {
        definition: definition.address(),
        mxe: address(3),
        application: address(4),
        cluster: address(2),
        epoch: 5,
        protocol: arx_program::constants::PROTOCOL_REPLICATED3_SEMI_HONEST,
        state_key_version: arx_program::constants::FIRST_STATE_KEY_VERSION,
        circuit_hash: Auction::CIRCUIT_HASH,
        instance: id.instance,
        authority: id.authority,
        counter: id.counter,
        not_after: id.not_after,
        deadline: 900,
        payer: id.authority,
        escrow: Escrow::default(),
        arguments: vec![
            StoredArgument::Input(sealed.sealed().bid.clone()),
            StoredArgument::Plaintext(sealed.sealed().limit.clone()),
            StoredArgument::Cell { cell: 0 },
        ],
        cells: vec![CellUse { address: address(5), read: true, write: true }],
        output_cells: vec![None, Some(0), None],
        output_lengths: vec![],
        input_digest: [0; 32],
        callback: None,
        sequence: 0,
        queued_slot: 10,
        bump: 255,
        cancel_slot: 0,
        settled_slot: 20,
        status: ComputationStatus::Queued,
        delivery: Delivery::Pending,
        callback_error: None,
        result: None,
    };
    computation.input_digest = message::input_digest(&computation).expect("it serialises");
    computation
}

fn result(story: &mut Story) -> &mut ComputationResult {
    story.computation.result.as_mut().expect("it is finalised")
}

#[test]
fn an_honest_result_is_opened() {
    assert_eq!(Story::new().open().expect("everything is right"), (RECEIPT, true));
}

#[test]
fn a_missing_repeated_foreign_or_stale_signature_is_refused() {
    let mut story = Story::new();
    let honest = story.evidence.signatures.clone();
    let members = story.cluster.identities();

    story.evidence.signatures.pop();
    assert!(matches!(story.verify(), Err(Error::ResultSignatureCount { expected: 3, actual: 2, .. })));

    story.evidence.signatures = vec![honest[0], honest[1], honest[1]];
    assert!(matches!(story.verify(), Err(Error::BadResultSignature { member, .. }) if member == members[2]));

    story.evidence.signatures = vec![honest[1], honest[0], honest[2]];
    assert!(matches!(story.verify(), Err(Error::BadResultSignature { member, .. }) if member == members[0]));

    let stranger = identity(50).sign(&story.message()).to_bytes();
    story.evidence.signatures = vec![honest[0], stranger, honest[2]];
    assert!(matches!(story.verify(), Err(Error::BadResultSignature { member, .. }) if member == members[1]));

    for bit in [0, 255, 256, 511] {
        story.evidence.signatures = honest.clone();
        story.evidence.signatures[2][bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(story.verify(), Err(Error::BadResultSignature { .. })), "bit {bit}");
    }
}

#[test]
fn nothing_that_was_signed_can_be_changed_afterwards() {
    let changes: [(&str, fn(&mut Story)); 9] = [
        ("session", |story| result(story).session[0] ^= 1),
        ("transcript", |story| result(story).transcript_digest[0] ^= 1),
        ("coin", |story| result(story).coin[0] ^= 1),
        ("cell version", |story| result(story).cell_versions[0] += 1),
        ("number of cell versions", |story| result(story).cell_versions.push(0)),
        ("circuit", |story| story.computation.circuit_hash[0] ^= 1),
        ("not_after", |story| story.computation.not_after += 1),
        ("an argument", |story| story.computation.arguments[1] = StoredArgument::Plaintext(vec![0, 0])),
        ("a cell", |story| story.computation.cells[0].address = address(99)),
    ];
    for (what, change) in changes {
        let mut story = Story::new();
        change(&mut story);
        assert!(
            matches!(story.verify(), Err(Error::BadResultSignature { .. })),
            "{what}: {:?}",
            story.verify()
        );
    }
}

#[test]
fn a_flipped_bit_of_a_ciphertext_is_no_longer_what_was_signed() {
    let mut story = Story::new();
    let last = story.evidence.outputs[0].len() - 1;
    story.evidence.outputs[0][last] ^= 0x80;
    assert!(matches!(story.verify(), Err(Error::OutputsDoNotMatch { .. })));
    result(&mut story).output_digest = message::output_digest(&story.evidence.outputs.clone());
    result(&mut story).outputs[0][last] ^= 0x80;
    assert!(matches!(story.verify(), Err(Error::BadResultSignature { .. })));
}

#[test]
fn an_account_that_contradicts_itself_or_the_pin_is_refused() {
    let mut story = Story::new();
    result(&mut story).outputs[2] = vec![0];
    assert!(matches!(story.verify(), Err(Error::InconsistentAccount { what: "its stored outputs", .. })));

    let mut story = Story::new();
    story.computation.counter += 1;
    assert!(matches!(story.verify(), Err(Error::InconsistentAccount { what: "its address", .. })));

    let mut story = Story::new();
    story.computation.epoch += 1;
    assert!(matches!(story.verify(), Err(Error::OtherCluster { .. })));

    let mut story = Story::new();
    story.computation.status = ComputationStatus::Expired;
    assert!(matches!(story.verify(), Err(Error::NotFinalized { .. })));
}

#[test]
fn an_application_cannot_pass_on_another_call_than_it_was_given() {
    let story = Story::new();
    let verified = story.verify().expect("it is signed");
    let mut swapped = story.computation.clone();
    swapped.arguments[1] = StoredArgument::Plaintext(vec![1, 0]);
    let altered = story.sealed.open(&swapped, &verified, &seed());
    assert!(matches!(altered, Err(Error::CallAltered { what, .. }) if what == "argument 1"));

    // An argument that the application kept in an account counts if its bytes are the same.
    let mut sliced = story.computation.clone();
    let hash = message::sha256(&[&story.sealed.sealed().bid]);
    sliced.arguments[0] = StoredArgument::AccountSlice { account: address(4), offset: 0, length: 0, hash };
    assert!(story.sealed.require_stored(&sliced).is_ok());
    sliced.arguments[0] =
        StoredArgument::AccountSlice { account: address(4), offset: 0, length: 0, hash: [0; 32] };
    assert!(matches!(story.sealed.require_stored(&sliced), Err(Error::CallAltered { .. })));
}

#[test]
fn a_wrong_pad_is_noticed_even_if_all_members_signed() {
    let mut story = Story::new();
    let mut output = EncryptedOutput::parse(&story.evidence.outputs[0]).expect("it parses");
    output.tags[1][0] ^= 1;
    let outputs = vec![output.to_bytes().expect("three tags"), vec![1; 60], vec![1]];
    story.finalize(outputs);
    let error = story.open().expect_err("the tag is wrong").to_string();
    assert!(error.contains("the tag of node 1 does not fit"), "{error}");
}

#[test]
fn only_the_holder_of_the_seed_opens_it() {
    let story = Story::new();
    let other = RecipientSeed::from_stored([43; 32]);
    assert!(story.sealed.open(&story.computation, &story.verify().expect("it is signed"), &other).is_err());
}

#[test]
fn the_evidence_is_found_in_the_transaction() {
    let story = Story::new();
    let computation = story.sealed.call().computation();
    let arguments = story.finalize_arguments(1);
    let verify =
        build::verify_signatures(&story.cluster.identities(), &story.evidence.signatures, &story.message());
    let finalize = build::finalize_computation(address(8), computation, &story.computation, arguments, false);
    let other = PlainInstruction { program: address(1), accounts: vec![], data: vec![] };
    let instructions = [other.clone(), plain(&verify), plain(&finalize)];
    assert_eq!(Evidence::find(&computation, &instructions), Some(story.evidence.clone()));
    assert_eq!(Evidence::find(&address(1), &instructions), None);

    // Cut or pointing elsewhere, it is no evidence and no panic.
    for length in 0..verify.data.len() {
        let mut cut = instructions.clone();
        cut[1].data.truncate(length);
        if let Some(found) = Evidence::find(&computation, &cut) {
            assert_eq!(found.signatures, story.evidence.signatures);
        }
    }
    for length in 0..finalize.data.len() {
        let mut cut = instructions.clone();
        cut[2].data.truncate(length);
        assert_eq!(Evidence::find(&computation, &cut), None);
    }
    let swapped = [plain(&verify), plain(&finalize), other];
    assert_eq!(Evidence::find(&computation, &swapped), None);
}

#[test]
fn signatures_that_were_collected_over_several_transactions_are_found_in_any_order() {
    let story = Story::new();
    let computation = story.sealed.call().computation();
    let arguments = story.finalize_arguments(0);
    let (members, message) = (story.cluster.identities(), story.message());
    let hash = message::sha256(&[&message]);
    let attest = build::attest_result(address(8), computation, story.computation.cluster, &hash, 0);
    let part = |range: std::ops::Range<usize>| {
        let (keys, signatures) = (&members[range.clone()], &story.evidence.signatures[range]);
        [plain(&build::verify_signatures(keys, signatures, &message)), plain(&attest)]
    };
    let finalize = build::finalize_computation(address(8), computation, &story.computation, arguments, false);
    let finalize = [plain(&build::with_attestation(finalize, &computation, &hash))];

    let mut attestations = Attestations::default();
    attestations.collect(&computation, &part(2..3));
    // Nothing without all of them, and nothing of another computation.
    assert_eq!(Evidence::find_with(&computation, &finalize, &attestations, &members), None);
    attestations.collect(&address(1), &part(0..2));
    assert_eq!(Evidence::find_with(&computation, &finalize, &attestations, &members), None);
    for length in 0..part(0..2)[0].data.len() {
        let mut cut = part(0..2);
        cut[0].data.truncate(length);
        // No panic, whatever is served.
        Attestations::default().collect(&computation, &cut);
    }
    attestations.collect(&computation, &part(0..2));
    let found = Evidence::find_with(&computation, &finalize, &attestations, &members);
    assert_eq!(found, Some(story.evidence.clone()));
    assert_eq!(Evidence::find(&computation, &finalize), None);
}

#[test]
fn outputs_that_travelled_in_a_buffer_are_verified_from_the_account() {
    let mut story = Story::new();
    story.evidence.outputs.clear();
    assert!(story.verify().is_ok());
    // Of an output that went to a cell the account has the hash, whatever became of the cell since.
    result(&mut story).outputs[1][0] ^= 1;
    assert!(matches!(story.verify(), Err(Error::InconsistentAccount { what: "its stored outputs", .. })));
}

#[test]
fn other_keys_than_the_pinned_ones_are_refused() {
    let (network, address, mut account) = (Network::new([9; 32]), address(2), cluster_account());
    let fingerprint = pinned().fingerprint();
    assert!(PinnedCluster::require(network, address, &account, fingerprint).is_ok());
    assert!(matches!(
        PinnedCluster::require(Network::new([8; 32]), address, &account, fingerprint),
        Err(Error::FingerprintChanged { .. })
    ));
    account.encryption_keys[1] = encryption_key(50).public_key().to_bytes();
    assert!(matches!(
        PinnedCluster::require(network, address, &account, fingerprint),
        Err(Error::FingerprintChanged { epoch: 5, .. })
    ));
    account.encryption_keys[1] = [0xff; 32];
    assert!(matches!(
        PinnedCluster::trust_on_first_use(network, address, &account),
        Err(Error::MalformedCluster { .. })
    ));
    account.state = ClusterState::Forming;
    assert!(matches!(
        PinnedCluster::trust_on_first_use(network, address, &account),
        Err(Error::ClusterNotActive { .. })
    ));
}
