//! An application that signs, end to end: it asks for its key, the nodes make it, and what its circuits sign verifies with a
//! library of ours and with Solana's own precompile.

use arcis_compiler::compile_source;
use arx_cli::{
    binaries::Binaries,
    network::{ClusterShape, LocalNetwork, NetworkOptions, Protocol, connect},
    report::Report,
};
use arx_sdk::{
    ApplicationKey, Client, Deployable, Error, PinnedCluster,
    program::{
        client::{self as build, Caller},
        error::ArxError,
        instructions::QueueArguments,
        pda,
        state::{Argument, ComputationStatus, FailureReason},
    },
};
use arx_testing::application::{ECHO, forward};
use ed25519_dalek::Signature;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    counter::PATIENCE_SLOTS,
    refusal,
    shared::{PATIENCE, on_stage},
};

/// The example that is shown to developers.
const SOURCE: &str = include_str!("../../../../circuits/examples/src/signing.rs");

/// An MXE of the `echo` program with the circuit `sign_message`.
struct Application<'a> {
    chain: &'a Client,
    cluster: &'a PinnedCluster,
    owner: &'a Keypair,
    mxe: Pubkey,
    definition: Pubkey,
}

impl<'a> Application<'a> {
    async fn deploy(chain: &'a Client, cluster: &'a PinnedCluster, owner: &'a Keypair, id: u64) -> Self {
        let mxe = pda::mxe(&ECHO, id).0;
        let create = build::create_mxe(owner.pubkey(), owner.pubkey(), ECHO, cluster.address, id);
        chain.send("creating the MXE", &[forward(create)], &[owner]).await.expect("the MXE is created");
        let compiled = compile_source("signing.rs", SOURCE).unwrap_or_else(|error| panic!("{error}"));
        let circuits = compiled
            .iter()
            .map(|compiled| Deployable::new(&compiled.bytes).expect("the compiler's artifacts are valid"));
        let circuit = circuits.into_iter().find(|circuit| circuit.arguments().name == "sign_message");
        let circuit = circuit.expect("the example signs messages");
        let definition = chain.define(owner, owner, mxe, &circuit).await.expect("the circuit is defined");
        Self { chain, cluster, owner, mxe, definition }
    }

    /// Asks for the key and waits for it.
    async fn must_get_key(&self) -> ApplicationKey {
        let asked = self.chain.request_signing_key(self.owner, self.owner, self.mxe).await;
        asked.unwrap_or_else(|error| panic!("{error}"));
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let key = self.chain.signing_key(self.cluster, &self.mxe).await;
            if let Some(key) = key.unwrap_or_else(|error| panic!("{error}")) {
                return key;
            }
            assert!(
                std::time::Instant::now() < deadline,
                "waited {} s in vain for a key",
                PATIENCE.as_secs()
            );
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }

    /// Has a message signed; the outcome.
    async fn sign(&self, counter: u64, message: &[u8; 32]) -> arx_sdk::Settled {
        let (owner, instance) = (self.owner.pubkey(), Pubkey::new_from_array([0x51; 32]));
        let not_after = self.chain.slot().await.expect("the slot") + PATIENCE_SLOTS;
        let queue = QueueArguments {
            counter,
            instance,
            epoch: self.cluster.epoch,
            not_after,
            deadline: not_after,
            priority_fee: 0,
            arguments: vec![Argument::Plaintext(message.to_vec())],
            output_cells: vec![None],
            callback: None,
        };
        let caller = Caller {
            payer: owner,
            authority: owner,
            application: ECHO,
            mxe: self.mxe,
            cluster: self.cluster.address,
            definition: self.definition,
        };
        let queue = build::queue_computation(&caller, queue, Vec::new());
        self.chain.send("queueing", &[forward(queue)], &[self.owner]).await.expect("the call is queued");
        let computation = pda::computation(&self.definition, &instance, &owner, counter).0;
        self.chain.await_settled(&computation, &mut |_| {}).await.expect("it ends before its deadline")
    }

    /// A signature of the message, from a result that all members signed.
    async fn must_sign(&self, counter: u64, message: &[u8; 32]) -> [u8; 64] {
        let settled = self.sign(counter, message).await.finalized().unwrap_or_else(|error| panic!("{error}"));
        let proven = self.chain.prove(self.cluster, &settled).await;
        let proven = proven.unwrap_or_else(|error| panic!("{error}"));
        let [output] = proven.result.outputs() else { panic!("one output") };
        output.as_slice().try_into().expect("64 bytes")
    }

    /// Whether Solana's precompile, in a transaction of this chain, takes the signature.
    async fn is_taken_by_the_chain(&self, key: &ApplicationKey, message: &[u8], signature: [u8; 64]) -> bool {
        let verify = build::verify_signatures(&[key.address()], &[signature], message);
        match self.chain.send("verifying a signature", &[verify], &[self.owner]).await {
            Ok(_) => true,
            Err(Error::Transaction(_)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn must_be_whole(&self) {
        let key = self.must_get_key().await;
        let mut signatures = Vec::new();
        for (counter, message) in [(1, [1; 32]), (2, [2; 32]), (3, [1; 32])] {
            let bytes = self.must_sign(counter, &message).await;
            let signature = Signature::from_bytes(&bytes);
            key.verifying_key().verify_strict(&message, &signature).expect("a signature of the message");
            assert!(self.is_taken_by_the_chain(&key, &message, bytes).await);
            assert!(!self.is_taken_by_the_chain(&key, &[3; 32], bytes).await);
            assert!(key.verifying_key().verify_strict(&[3; 32], &signature).is_err());
            signatures.push(bytes);
        }
        // The same message is signed with another nonce.
        assert_ne!(signatures[0][..32], signatures[2][..32]);
        // There is one key, however often it is asked for.
        assert_eq!(self.must_get_key().await, key);
    }
}

#[test]
fn an_application_gets_its_key_and_what_its_circuits_sign_verifies() {
    on_stage(async |stage| {
        let (chain, cluster, owner) = (stage.chain(), stage.cluster(), &stage.counter.owner);
        let application = Application::deploy(chain, cluster, owner, 51).await;
        // Who has not asked for a key has nothing signed.
        let refused = application.sign(0, &[9; 32]).await;
        let failed = ComputationStatus::Failed { reason: FailureReason::DefinitionMismatch, detail: 0 };
        assert_eq!(refused.computation.status, failed);
        assert!(matches!(chain.signing_key(cluster, &application.mxe).await, Err(Error::NoAccount { .. })));
        // Nor does a key come of a stranger's asking.
        let stranger = stage.someone().await;
        let asked = chain.request_signing_key(&stranger, &stranger, application.mxe).await;
        assert!(refusal(asked).is(ArxError::WrongAuthority));

        application.must_be_whole().await;
    });
}

/// Where one of three may be malicious, and with so many members that their signatures do not fit the key's transaction.
#[test]
fn applications_get_keys_under_every_protocol_that_has_them() {
    // On the stage, so that no other test competes for the machine.
    on_stage(async |_| {
        let report = Report::quiet();
        let binaries = Binaries::find(&report).await.expect("the binaries are found or built");
        for (nodes, protocol) in [(3, Protocol::HonestMajority), (5, Protocol::DishonestMajority)] {
            let folder = tempfile::Builder::new().prefix("arx-e2e-").tempdir().expect("a folder");
            let mut options = NetworkOptions {
                cluster: ClusterShape { nodes, protocol },
                ..NetworkOptions::new(folder.path().join("network"))
            };
            options.programs.push(format!("{ECHO}={}", arx_testing::artifacts::echo().display()));
            let network = LocalNetwork::start(&options, &binaries, &report).await;
            let network = network.unwrap_or_else(|error| panic!("{nodes} nodes, {protocol}: {error:#}"));
            let (chain, cluster, wallet) = connect(network.description()).await.expect("it answers");
            Application::deploy(&chain, &cluster, &wallet, 0).await.must_be_whole().await;
            network.stop().await.expect("it ends");
        }
    });
}
