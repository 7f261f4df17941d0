//! End to end, on a real local network: a chain that executes the programs' bytecode, three node processes, the SDK.
//! The first test is the story as it should go; the others are the failures that a user meets.

mod counter;
mod shared;

use arx_cli::{
    binaries::Binaries,
    demo::{AuctionOptions, auction},
    network::{ClusterShape, LocalNetwork, NetworkOptions, Prices, Protocol},
    report::Report,
};
use arx_sdk::{
    Error, Progress, TransactionFailure,
    program::{
        client as build,
        error::ArxError,
        instructions::FinalizeArguments,
        message::{ResultStatement, output_digest},
        state::{Argument, ComputationStatus, FailureReason},
    },
    verify::signed_message,
};
use counter::{
    Draft, escrowed,
    generated::{add, add_known, difference, start, subtract},
    seed,
};
use sealed_bid_auction_client::{AuctionClient, Terms};
use shared::{Stage, on_stage};
use solana_instruction::AccountMeta;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The program's own refusal in an error.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Box<TransactionFailure> {
    match result {
        Err(Error::Transaction(failure)) => failure,
        other => panic!("not refused by a program: {other:?}"),
    }
}

/// Queues a call and asserts that all members refuse it with `reason` about argument `detail`, keeping the base fee.
async fn must_fail(stage: &Stage, draft: &Draft, authority: &Keypair, reason: FailureReason, detail: u32) {
    let earned = stage.counter.earned().await;
    let computation =
        stage.counter.queue(draft, authority).await.expect("the chain cannot see what is wrong");
    let settled = stage.counter.settled(&computation).await;
    assert_eq!(settled.computation.status, ComputationStatus::Failed { reason, detail });
    let error = settled.clone().finalized().expect_err("it has no result");
    assert_eq!(error.failure_reason(), Some(reason));
    assert_base_fee_kept(stage, &computation, earned).await;
}

/// Of the escrow, the base fee went to the members and the rest back to the payer.
async fn assert_base_fee_kept(stage: &Stage, computation: &Pubkey, earned: u64) {
    assert_eq!(stage.counter.earned().await - earned, Prices::default().base_fee);
    assert_eq!(stage.beyond_rent(computation).await, 0);
}

#[test]
fn an_auction_comes_out_as_in_the_clear() {
    on_stage(async |stage| {
        let options = AuctionOptions::with_bidders(3);
        let told =
            auction::tell(&options, stage.description(), auction::Clock::start(), &Report::quiet()).await;
        let outcome = told.unwrap_or_else(|error| panic!("{error:#}"));
        assert!(outcome.ok, "{:?}", outcome.mismatches);
        assert_eq!(outcome.computations.len(), 5, "one opening, three bids, one closing");
        assert!(outcome.fees_lamports > 0);
        assert!(outcome.rounds > 0 && outcome.bytes_per_node > 0, "{outcome:?}");
        assert!(outcome.artifact_bytes < 20_000);
        for instruction in ["arx::queue_computation", "arx::finalize_computation", "arx::deliver_callback"] {
            let units = outcome.compute_units.get(instruction);
            assert!(
                units.is_some_and(|units| *units < 1_400_000),
                "{instruction} in {:?}",
                outcome.compute_units
            );
        }
    });
}

/// What is not the default: other protocols, two nodes, and so many that their signatures do not fit one transaction.
#[test]
fn an_auction_comes_out_as_in_the_clear_under_every_protocol() {
    let shapes = [
        (3, Protocol::HonestMajority),
        (3, Protocol::SemiHonest),
        (2, Protocol::DishonestMajority),
        (5, Protocol::DishonestMajority),
    ];
    // On the stage, so that no other test competes for the machine.
    on_stage(async |_| {
        let report = Report::quiet();
        let binaries = Binaries::find(&report).await.expect("the binaries are found or built");
        let story = AuctionOptions::with_bidders(2);
        for (nodes, protocol) in shapes {
            let folder = tempfile::Builder::new().prefix("arx-e2e-").tempdir().expect("a folder");
            let options = NetworkOptions {
                cluster: ClusterShape { nodes, protocol },
                ..NetworkOptions::new(folder.path().join("network"))
            };
            let network = LocalNetwork::start(&options, &binaries, &report).await;
            let network = network.unwrap_or_else(|error| panic!("{nodes} nodes, {protocol}: {error:#}"));
            let auction = auction::tell(&story, network.description(), auction::Clock::start(), &report);
            let outcome =
                auction.await.unwrap_or_else(|error| panic!("{nodes} nodes, {protocol}: {error:#}"));
            assert!(outcome.ok, "{nodes} nodes, {protocol}: {:?}", outcome.mismatches);
            network.stop().await.expect("it ends");
        }
    });
}

#[test]
fn a_tampered_ciphertext_ends_as_input_tampered_and_the_base_fee_is_kept() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let cell = counter.cell_with(10, 100).await;
        let sealed = counter.seal::<add::Add>(10, 1, &add::Arguments { amount: 5 }).await;
        let honest = counter.draft(&sealed, Some(cell), &[true, false]);
        // A bit of the ciphertext, of a tag, and of the recipient key that outputs would go to.
        let length = sealed.sealed().amount.len();
        for (flipped, count) in [(length - 1, 1), (32 + 88, 2)] {
            let sealed = counter.seal::<add::Add>(10, 10 + count, &add::Arguments { amount: 5 }).await;
            let mut draft = counter.draft(&sealed, Some(cell), &[true, false]);
            let Argument::Input(bytes) = &mut draft.queue.arguments[0] else {
                panic!("an encrypted argument")
            };
            bytes[flipped] ^= 1;
            must_fail(stage, &draft, &counter.owner, FailureReason::InputTampered, 0).await;
        }
        // Nothing was written, and the untampered message still counts.
        let computation = counter.must_queue(&honest).await;
        let settled = counter.settled(&computation).await;
        let outputs = stage.chain().open(stage.cluster(), &sealed, settled, &seed()).await;
        assert_eq!(outputs.expect("it counts").output_1, 100);
        assert_eq!(counter.value(10, 2, cell).await, 105);
    });
}

#[test]
fn a_second_use_of_a_client_message_ends_as_input_spent() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let cell = counter.cell_with(20, 100).await;
        let sealed = counter.seal::<add::Add>(20, 1, &add::Arguments { amount: 5 }).await;
        let first = counter.draft(&sealed, Some(cell), &[true, false]);
        let computation = counter.must_queue(&first).await;
        counter.settled(&computation).await.finalized().expect("the first use counts");

        // In the same call: its address is taken.
        let again = refusal(counter.queue(&first, &counter.owner).await);
        assert!(again.is(ArxError::CounterUsed), "{again}");
        // In another: the nodes remember the message.
        let mut second = first.clone();
        second.queue.instance = Pubkey::new_from_array([21; 32]);
        must_fail(stage, &second, &counter.owner, FailureReason::InputSpent, 0).await;
        assert_eq!(counter.value(20, 2, cell).await, 105);
    });
}

#[test]
fn a_message_replayed_into_another_computation_is_refused() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let cell = counter.cell_with(30, 100).await;
        let sealed = counter.seal::<add::Add>(30, 1, &add::Arguments { amount: 5 }).await;
        let honest = counter.draft(&sealed, Some(cell), &[true, false]);
        // Another counter or another not_after: in the message's head, so the chain refuses it at once.
        let mut other = honest.clone();
        other.queue.counter = 2;
        let refused = refusal(counter.queue(&other, &counter.owner).await);
        assert!(refused.is(ArxError::WrongInputCounter), "{refused}");
        let mut other = honest.clone();
        other.queue.not_after += 1;
        let refused = refusal(counter.queue(&other, &counter.owner).await);
        assert!(refused.is(ArxError::WrongInputNotAfter), "{refused}");
        // Another instance, or another user: in the derivation, so the tags fail.
        let mut other = honest.clone();
        other.queue.instance = Pubkey::new_from_array([31; 32]);
        must_fail(stage, &other, &counter.owner, FailureReason::InputTampered, 0).await;
        let mallory = stage.someone().await;
        must_fail(stage, &honest, &mallory, FailureReason::InputTampered, 0).await;
    });
}

#[test]
fn a_message_replayed_into_another_argument_is_refused() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let arguments = difference::Arguments { left: 50, right: 8 };
        let sealed = counter.seal::<difference::Difference>(40, 1, &arguments).await;
        let honest = counter.draft(&sealed, None, &[false]);
        let mut swapped = honest.clone();
        swapped.queue.arguments.swap(0, 1);
        let refused = refusal(counter.queue(&swapped, &counter.owner).await);
        assert!(refused.is(ArxError::WrongInputSlot), "{refused}");
        // With the slots in the heads exchanged too, the chain cannot tell; the tags can.
        for (slot, argument) in (0u16..).zip(&mut swapped.queue.arguments) {
            let Argument::Input(bytes) = argument else { panic!("an encrypted argument") };
            bytes[34..36].copy_from_slice(&slot.to_le_bytes());
        }
        must_fail(stage, &swapped, &counter.owner, FailureReason::InputTampered, 0).await;

        let sealed = counter.seal::<difference::Difference>(40, 2, &arguments).await;
        let computation = counter.must_queue(&counter.draft(&sealed, None, &[false])).await;
        let settled = counter.settled(&computation).await;
        let outputs = stage.chain().open(stage.cluster(), &sealed, settled, &seed()).await;
        assert_eq!(outputs.expect("as it was meant").output_0, 42);
    });
}

#[test]
fn a_message_replayed_into_another_definition_is_refused() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let cell = counter.cell_with(50, 100).await;
        let sealed = counter.seal::<add::Add>(50, 1, &add::Arguments { amount: 5 }).await;
        let mut draft = counter.draft(&sealed, Some(cell), &[true, false]);
        draft.definition = counter.definition::<subtract::Subtract>().await.address();
        must_fail(stage, &draft, &counter.owner, FailureReason::InputTampered, 0).await;
        assert_eq!(counter.value(50, 2, cell).await, 100);
    });
}

#[test]
fn a_message_replayed_into_another_application_is_refused() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        // The same program's second MXE, with the same circuits: another application to the network.
        let owner = stage.someone().await;
        let other = counter::Counter::deploy(stage.chain().clone(), stage.cluster().clone(), owner, 1).await;
        let cell = other.cell_with(60, 100).await;
        let sealed = counter.seal::<add::Add>(60, 1, &add::Arguments { amount: 5 }).await;
        let mut draft = counter.draft(&sealed, Some(cell), &[true, false]);
        draft.definition = other.definition::<add::Add>().await.address();
        let earned = counter.earned().await;
        let computation =
            other.queue(&draft, &counter.owner).await.expect("the chain cannot see what is wrong");
        let settled = counter.settled(&computation).await;
        let expected = ComputationStatus::Failed { reason: FailureReason::InputTampered, detail: 0 };
        assert_eq!(settled.computation.status, expected);
        assert_base_fee_kept(stage, &computation, earned).await;
    });
}

#[test]
fn a_tampered_bid_is_not_counted_and_its_deposit_comes_back() {
    on_stage(async |stage| {
        let (seller, bidder) = (stage.someone().await, stage.someone().await);
        let wallet = stage.network.wallet().insecure_clone();
        let deployed =
            sealed_bid_auction_client::deploy(stage.chain(), stage.cluster(), &wallet, &wallet).await;
        deployed.expect("the auction is deployed");
        let auctions =
            AuctionClient::connect(stage.chain().clone(), stage.cluster().clone()).await.expect("connected");
        let end_slot = stage.chain().slot().await.expect("the slot") + 10_000;
        let terms = Terms { id: 7, reserve: 10, deposit: 1_000, end_slot };
        let opening = auctions.create(&seller, terms).await.expect("an auction");
        stage.chain().await_delivered(&opening.computation, &mut |_| {}).await.expect("it opens");

        let mut tampered =
            auctions.prepare_bid(&bidder.pubkey(), &opening.auction, 500).await.expect("a bid");
        if let Some(last) = tampered.ciphertext.last_mut() {
            *last ^= 0x80;
        }
        let bid = auctions.submit_bid(&bidder, &opening.auction, tampered).await.expect("the chain takes it");
        let mut steps = Vec::new();
        let settled = stage.chain().await_delivered(&bid.computation, &mut |step| steps.push(step)).await;
        let settled = settled.expect("it ends");
        let reason = FailureReason::InputTampered;
        assert_eq!(settled.computation.status, ComputationStatus::Failed { reason, detail: 1 });
        assert!(matches!(steps.last(), Some(Progress::Delivered { .. })), "{steps:?}");
        let error = auctions.receipt(&bid, settled).await.expect_err("there is no receipt");
        assert_eq!(error.failure_reason(), Some(reason));
        auctions.withdraw(&seller, &opening.auction, &bidder.pubkey()).await.expect("the deposit comes back");
    });
}

#[test]
fn an_account_changed_between_queueing_and_running_ends_as_input_stale() {
    on_stage(async |stage| {
        let cell = stage.counter.cell_with(70, 100).await;
        // An account whose bytes can be written again: the circuit of a draft.
        let notes = Notes::create(stage, 70).await;
        notes.write(stage, 5).await;
        let sealed =
            stage.counter.seal::<add_known::AddKnown>(70, 1, &add_known::Arguments { amount: 5 }).await;
        let mut draft = stage.counter.draft(&sealed, Some(cell), &[true]);
        draft.queue.arguments[0] = Argument::AccountSlice { account: 1, offset: notes.offset, length: 8 };
        draft.remaining.push(AccountMeta::new_readonly(notes.account, false));

        // Frozen and unchanged, it counts.
        let computation = stage.counter.must_queue(&draft).await;
        stage.counter.settled(&computation).await.finalized().expect("it has a result");
        assert_eq!(stage.counter.value(70, 2, cell).await, 105);

        // Changed while the cluster cannot run, it does not.
        stage.network.nodes_mut()[0].kill().await.expect("it ran");
        draft.queue.counter = 3;
        let earned = stage.counter.earned().await;
        let computation = stage.counter.must_queue(&draft).await;
        notes.write(stage, 6).await;
        stage.network.nodes_mut()[0].start().await.expect("it runs again");
        let settled = stage.counter.settled(&computation).await;
        let expected = ComputationStatus::Failed { reason: FailureReason::InputStale, detail: 0 };
        assert_eq!(settled.computation.status, expected);
        assert_base_fee_kept(stage, &computation, earned).await;
        assert_eq!(stage.counter.value(70, 4, cell).await, 105);
    });
}

#[test]
fn two_calls_in_flight_on_one_cell_lose_nothing() {
    on_stage(async |stage| {
        let counter = &stage.counter;
        let cell = counter.cell_with(80, 100).await;
        let mut calls = Vec::new();
        for number in 1..=4 {
            let sealed = counter.seal::<add::Add>(80, number, &add::Arguments { amount: 1 << number }).await;
            let draft = counter.draft(&sealed, Some(cell), &[true, false]);
            calls.push((sealed, draft));
        }
        let queued = calls.iter().map(|(_, draft)| counter.must_queue(draft));
        let computations = futures::future::join_all(queued).await;
        let mut seen = Vec::new();
        for ((sealed, _), computation) in calls.iter().zip(&computations) {
            let settled = counter.settled(computation).await;
            let result = settled.computation.result.as_ref().expect("it has a result");
            let version = result.cell_versions[0];
            let outputs =
                stage.chain().open(stage.cluster(), sealed, settled, &seed()).await.expect("verified");
            seen.push((version, outputs.output_1));
        }
        // Each saw what the one before it wrote: versions in a row, and partial sums of distinct powers of two.
        seen.sort_unstable();
        assert_eq!(seen.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(seen[0].1, 100);
        let added: Vec<_> = seen.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        assert!(added.iter().all(|amount| amount.is_power_of_two()), "{seen:?}");
        assert_eq!(counter.value(80, 5, cell).await, 100 + 2 + 4 + 8 + 16);
    });
}

#[test]
fn a_node_killed_mid_computation_ends_in_expiry_with_full_refund_and_the_cluster_works_after_its_restart() {
    on_stage(async |stage| {
        let cell = stage.counter.cell_with(90, 100).await;
        let sealed = stage.counter.seal::<add::Add>(90, 1, &add::Arguments { amount: 5 }).await;
        let mut draft = stage.counter.draft(&sealed, Some(cell), &[true, false]);
        draft.queue.deadline = stage.chain().slot().await.expect("the slot") + 30;
        let earned = stage.counter.earned().await;
        // Stopped, it is silent like a node that hangs: the others begin and wait for it. Then it is killed.
        stage.network.nodes_mut()[2].pause().await.expect("it ran");
        let computation = stage.counter.must_queue(&draft).await;
        let queued = stage.chain().computation(&computation).await.expect("it is queued");
        assert_eq!(stage.beyond_rent(&computation).await, escrowed(&queued));
        let account =
            stage.chain().raw_account(&computation).await.expect("the chain answers").expect("the account");
        stage.slot(queued.queued_slot + 4).await;
        stage.network.nodes_mut()[2].kill().await.expect("it was there");
        let payer = stage.counter.owner.pubkey();
        let before = stage.chain().balance(&payer).await.expect("a balance");

        // The other nodes send the expiry themselves.
        let settled = stage.counter.settled(&computation).await;
        assert_eq!(settled.computation.status, ComputationStatus::Expired);
        assert!(settled.computation.settled_slot > queued.deadline);
        let refunded = stage.chain().balance(&payer).await.expect("a balance") - before;
        assert_eq!(refunded, escrowed(&queued));
        assert_eq!(stage.counter.earned().await, earned);
        assert_eq!(stage.beyond_rent(&computation).await, 0);
        assert_eq!(
            account.lamports - escrowed(&queued),
            stage.chain().balance(&computation).await.expect("its rent")
        );

        stage.network.nodes_mut()[2].start().await.expect("it runs again");
        assert_eq!(stage.counter.value(90, 2, cell).await, 100);
    });
}

#[test]
fn a_result_with_missing_repeated_or_foreign_signatures_is_refused() {
    on_stage(async |stage| {
        // A result that all members signed, to take real signatures from.
        let sealed = stage.counter.seal::<start::Start>(100, 0, &start::Arguments { value: 1 }).await;
        let cell = stage.counter.cell(100).await;
        let computation = stage.counter.must_queue(&stage.counter.draft(&sealed, Some(cell), &[true])).await;
        let settled = stage.counter.settled(&computation).await.finalized().expect("it has a result");
        let evidence = stage.chain().evidence(&settled).await.expect("its transaction");
        let genuine = evidence.signatures.clone();

        // A computation that waits, because the cluster cannot run.
        stage.network.nodes_mut()[1].kill().await.expect("it ran");
        let sealed = stage.counter.seal::<start::Start>(100, 1, &start::Arguments { value: 1_000_000 }).await;
        let waiting = stage.counter.must_queue(&stage.counter.draft(&sealed, Some(cell), &[true])).await;
        let account = stage.chain().computation(&waiting).await.expect("it waits");
        let arguments = FinalizeArguments {
            epoch: account.epoch,
            session: [1; 32],
            transcript_digest: [2; 32],
            coin: [3; 32],
            cell_versions: vec![1],
            outputs: evidence.outputs.clone(),
            signature_instruction: 0,
        };
        let members = stage.cluster().identities();
        let forged_message = ResultStatement {
            cluster: &stage.cluster().address,
            epoch: account.epoch,
            session: &arguments.session,
            computation: &waiting,
            circuit_hash: &account.circuit_hash,
            input_digest: &account.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &output_digest(&arguments.outputs),
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        }
        .message();
        let genuine_message =
            signed_message(settled.address, &settled.computation).expect("what the members signed");
        let strangers: Vec<_> = (0..3).map(|_| Keypair::new()).collect();
        let stranger_keys: Vec<_> = strangers.iter().map(Signer::pubkey).collect();
        let stranger_signatures: Vec<[u8; 64]> =
            strangers.iter().map(|stranger| stranger.sign_message(&forged_message).into()).collect();

        /// What is wrong with the signatures, signers, signatures, the message signed, the program's answer.
        type Attempt<'a> = (&'a str, Vec<Pubkey>, Vec<[u8; 64]>, &'a [u8], ArxError);
        let attempts: [Attempt; 4] = [
            ("foreign", stranger_keys, stranger_signatures, &forged_message, ArxError::WrongSigner),
            (
                "missing",
                members[..2].to_vec(),
                genuine[..2].to_vec(),
                &genuine_message,
                ArxError::WrongSignatureCount,
            ),
            (
                "repeated",
                vec![members[0], members[1], members[1]],
                vec![genuine[0], genuine[1], genuine[1]],
                &genuine_message,
                ArxError::WrongSigner,
            ),
            ("of another result", members, genuine, &genuine_message, ArxError::WrongSignedMessage),
        ];
        let submitter = stage.someone().await;
        for (what, keys, signatures, message, expected) in attempts {
            let verify = build::verify_signatures(&keys, &signatures, message);
            let finalize =
                build::finalize_computation(submitter.pubkey(), waiting, &account, arguments.clone(), false);
            let sent = stage.chain().send("a forged result", &[verify, finalize], &[&submitter]).await;
            let refused = refusal(sent);
            // Which of the checks sees a wrong signer first is the program's business; that one does is not.
            let wrong_signer = expected == ArxError::WrongSigner && refused.is(ArxError::WrongSignedMessage);
            assert!(refused.is(expected) || wrong_signer, "{what}: {refused}");
        }
        let untouched = stage.chain().computation(&waiting).await.expect("it still waits");
        assert_eq!(untouched.status, ComputationStatus::Queued);

        stage.network.nodes_mut()[1].start().await.expect("it runs again");
        stage.counter.settled(&waiting).await.finalized().expect("its real result");
    });
}

/// Eight bytes on chain that its owner can write again.
struct Notes {
    account: Pubkey,
    definition: Pubkey,
    offset: u32,
}

impl Notes {
    async fn create(stage: &Stage, number: u8) -> Self {
        use arx_sdk::program::{instructions::CreateDefinitionArguments, pda, state::CircuitData};

        let counter = &stage.counter;
        let arguments = CreateDefinitionArguments {
            name: format!("notes_{number}"),
            circuit_hash: [0; 32],
            interface_hash: [0; 32],
            circuit_length: 8,
            cost_units: 1,
            parameters: vec![],
            outputs: vec![],
        };
        let definition = pda::definition(&counter.mxe, &arguments.name).0;
        let owner = counter.owner.pubkey();
        let create = build::create_definition(owner, owner, counter.mxe, arguments);
        stage.chain().send("making notes", &[create], &[&counter.owner]).await.expect("a draft");
        Self { account: pda::circuit(&definition).0, definition, offset: CircuitData::HEADER as u32 }
    }

    async fn write(&self, stage: &Stage, value: u64) {
        let counter = &stage.counter;
        let owner = counter.owner.pubkey();
        let bytes = value.to_le_bytes().to_vec();
        let write = build::write_circuit(owner, owner, counter.mxe, self.definition, 0, bytes);
        stage.chain().send("writing notes", &[write], &[&counter.owner]).await.expect("written");
    }
}
