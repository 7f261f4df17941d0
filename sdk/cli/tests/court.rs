//! The court on a real local network: the chain executes the program's bytecode, nodes are processes, and some of them
//! misbehave. What they lose is read from the chain.

#[allow(dead_code, reason = "the other end-to-end tests use the rest")]
mod counter;
mod courtroom;

use arx_sdk::{
    Error,
    program::{
        client as build,
        error::ArxError,
        pda,
        state::{Challenge, Cluster, ClusterState, ComputationStatus, NodeStatus, Offence, OffenceClass},
    },
};
use counter::generated::{show, start};
use courtroom::{Courtroom, STAKE, in_court, with_programs};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The node that misbehaves.
const CULPRIT: usize = 2;

/// What the misbehaving program says when it starts, and no other.
const MARK: &[u8] = b"this program is for tests: it misbehaves";

#[track_caller]
fn must_be_refused<T: std::fmt::Debug>(result: Result<T, Error>, expected: ArxError) {
    match result {
        Err(Error::Transaction(failure)) if failure.is(expected) => {}
        other => panic!("not refused as {expected:?}: {other:?}"),
    }
}

/// Queues a call that opens what a cell holds; for so many slots.
async fn queue_show(room: &Courtroom, instance: u8, cell: Pubkey, slots: u64) -> Pubkey {
    let counter = &room.counter;
    let sealed = counter.seal::<show::Show>(instance, 1, &show::Arguments {}).await;
    let mut draft = counter.draft(&sealed, Some(cell), &[false]);
    draft.queue.deadline = room.chain().slot().await.expect("the slot") + slots;
    counter.must_queue(&draft).await
}

/// The cluster takes no call while a member is down.
async fn assert_frozen(room: &Courtroom) {
    let cluster: Cluster = room.chain().cluster(&room.counter.cluster.address).await.expect("the cluster");
    assert_eq!(cluster.state, ClusterState::Frozen);
    let sealed = room.counter.seal::<start::Start>(200, 0, &start::Arguments { value: 1 }).await;
    let cell = room.counter.cell(200).await;
    let draft = room.counter.draft(&sealed, Some(cell), &[true]);
    must_be_refused(room.counter.queue(&draft, &room.counter.owner).await, ArxError::ClusterNotActive);
}

#[test]
fn the_node_that_is_released_cannot_misbehave() {
    with_programs(|programs| {
        let has_mark = |path: &std::path::Path| {
            let bytes = std::fs::read(path).expect("a program");
            bytes.windows(MARK.len()).any(|window| window == MARK)
        };
        assert!(has_mark(&programs.misbehaving), "or this test could not fail");
        assert!(!has_mark(&programs.honest.node), "it was built with the feature `danger-misbehave`");
    });
}

#[test]
fn the_misbehaving_node_runs_on_chains_of_this_machine_only() {
    with_programs(|programs| {
        let run = |rpc: &str| {
            let folder = tempfile::tempdir().expect("a folder");
            let node = |arguments: &[&str]| {
                let mut command = std::process::Command::new(&programs.misbehaving);
                command.arg("--dir").arg(folder.path()).args(arguments).stdin(std::process::Stdio::null());
                command.output().expect("it starts")
            };
            let init = ["init", "--rpc", rpc, "--endpoint", "127.0.0.1:7400", "--no-passphrase"];
            assert!(node(&init).status.success());
            // Nothing listens there: what is allowed ends with its input.
            let ran = node(&["run", "--exit-with-stdin"]);
            (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
        };
        for remote in [
            "https://api.mainnet-beta.solana.com",
            "http://10.0.0.1:1",
            "http://127.0.0.1.example.org:1",
            "http://localhost.example.org",
        ] {
            let (success, said) = run(remote);
            assert!(!success && said.contains("chains of this machine only"), "{remote}: {said}");
        }
        for local in ["http://127.0.0.1:1", "http://localhost:1/"] {
            let (success, said) = run(local);
            assert!(success, "{local}: {said}");
        }
    });
}

#[test]
fn a_node_that_equivocates_loses_half_of_its_stake_and_is_out_for_good() {
    in_court(async |room| {
        let cell = room.counter.cell_with(1, 5).await;
        room.corrupt(CULPRIT, "equivocate").await;
        // Before a value is revealed the members compare what they heard.
        let computation = queue_show(room, 2, cell, 100).await;
        // The others compare what they were told and hand it in by themselves.
        room.until("the node is tombstoned", || async {
            (room.node(CULPRIT).await.status == NodeStatus::Tombstoned).then_some(())
        })
        .await;
        assert_eq!(room.stake(CULPRIT).await, STAKE / 2);
        for honest in [0, 1] {
            assert_eq!(room.node(honest).await.status, NodeStatus::Active);
            assert_eq!(room.stake(honest).await, STAKE);
        }
        // It is refused whatever it tries, and so is its cluster until it is replaced.
        let (owner, identity) = (room.wallet.pubkey(), room.identity(CULPRIT));
        let cluster = room.counter.cluster.address;
        let unjail = build::unjail(owner, identity, cluster);
        must_be_refused(room.send("unjailing", &[unjail]).await, ArxError::WrongNodeState);
        let bond = build::bond(owner, identity, owner, 1, 0);
        must_be_refused(room.send("bonding", &[bond]).await, ArxError::NodeNotAble);
        let rejoin = build::join_cluster(owner, identity, cluster);
        assert!(room.send("joining", &[rejoin]).await.is_err());
        assert_frozen(room).await;
        let status = room.chain().computation(&computation).await.expect("it is there").status;
        assert!(!matches!(status, ComputationStatus::Finalized), "{status:?}");
    });
}

#[test]
fn a_silent_node_is_struck_and_jailed_but_not_while_all_are_silent() {
    in_court(async |room| {
        let cell = room.counter.cell_with(1, 5).await;
        // All nodes hang at once.
        for node in room.network.nodes_mut() {
            node.pause().await.expect("it ran");
        }
        let waiting = must_wait(room, &[2], cell).await;
        let mut missed = Vec::new();
        for index in 0..3 {
            missed.push(room.challenge(waiting[0], index).await);
        }
        room.record(&missed).await;
        room.strike(&missed).await;
        for index in 0..3 {
            let node = room.node(index).await;
            assert_eq!((node.status, node.strikes), (NodeStatus::Active, 0), "the brake holds");
            assert_eq!(room.stake(index).await, STAKE);
        }

        // Now one alone.
        for index in [0, 1] {
            let node = &mut room.network.nodes_mut()[index];
            node.kill().await.expect("it was there");
            node.start().await.unwrap_or_else(|error| panic!("{error:#}"));
        }
        let waiting = must_wait(room, &[3, 4, 5], cell).await;
        room.challenge(waiting[0], 0).await;
        let mut missed = Vec::new();
        for computation in &waiting {
            let challenge = room.challenge(*computation, CULPRIT).await;
            room.next_window(&challenge).await;
            missed.push(challenge);
        }
        let lively = room.challenge_of(&waiting[0], 0).await;
        assert!(lively.answer.is_some() && !lively.missed, "{lively:?}");
        assert_eq!(lively.bond, 0, "it went to the answerer");
        room.record(&missed).await;
        let (last, first) = missed.split_last().expect("three");
        room.strike(first).await;
        let node = room.node(CULPRIT).await;
        assert_eq!((node.status, node.strikes), (NodeStatus::Active, 2));
        assert_eq!(room.stake(CULPRIT).await, STAKE);
        room.strike(std::slice::from_ref(last)).await;
        assert_eq!(room.node(CULPRIT).await.status, NodeStatus::Jailed);
        assert_eq!(room.stake(CULPRIT).await, STAKE - STAKE / 1_000);
        assert_frozen(room).await;
        let (owner, cluster) = (room.wallet.pubkey(), room.counter.cluster.address);
        let unjail = build::unjail(owner, room.identity(CULPRIT), cluster);
        must_be_refused(room.send("unjailing", &[unjail]).await, ArxError::TooEarly);
    });
}

/// Queues calls that wait for so long that a member may be asked about them.
async fn must_wait(room: &Courtroom, labels: &[u8], cell: Pubkey) -> Vec<Pubkey> {
    let mut waiting = Vec::new();
    for label in labels {
        waiting.push(queue_show(room, *label, cell, 240).await);
    }
    let last = waiting.last().expect("some");
    let queued = room.chain().computation(last).await.expect("it waits").queued_slot;
    room.slot(queued + room.parameters.challenge_slots + 1).await;
    waiting
}

#[test]
fn a_withheld_opening_is_demanded_and_costs_a_tenth_unless_it_is_shown() {
    in_court(async |room| {
        let cell = room.counter.cell_with(1, 5).await;
        // Lost on its way, an opening is shown to the chain, which costs nothing.
        room.corrupt(CULPRIT, "lose-opening").await;
        let computation = queue_show(room, 2, cell, 60).await;
        let shown = room
            .until("the opening is shown", || async {
                demands(room)
                    .await
                    .into_iter()
                    .find(|challenge| challenge.computation == computation && challenge.answer.is_some())
            })
            .await;
        assert_eq!(shown.identity, room.identity(CULPRIT));
        assert!(shown.demand.is_some_and(|demand| demand.shown.is_some()));
        assert_eq!(room.stake(CULPRIT).await, STAKE);

        // Withheld, it is a tenth of the stake. The members see to it by themselves.
        room.corrupt(CULPRIT, "withhold-opening").await;
        let computation = queue_show(room, 3, cell, 60).await;
        let demanded = room
            .until("the opening is demanded", || async {
                demands(room).await.into_iter().find(|challenge| challenge.computation == computation)
            })
            .await;
        let session = demanded.demand.expect("an opening").session;
        let place = pda::offence(&room.identity(CULPRIT), OffenceClass::Withholding, &session).0;
        let offence =
            room.until("it is punished", || async { room.find::<Offence>("an offence", &place).await }).await;
        assert_eq!((offence.slashed, offence.computation), (STAKE / 10, computation));
        assert_eq!(room.stake(CULPRIT).await, STAKE - STAKE / 10);
        for honest in [0, 1] {
            assert_eq!(room.stake(honest).await, STAKE);
        }
    });
}

/// The open challenges that demand an opening of the node that misbehaves.
async fn demands(room: &Courtroom) -> Vec<Challenge> {
    let mut challenges = room.challenges().await;
    challenges.retain(|challenge| challenge.demand.is_some() && challenge.identity == room.identity(CULPRIT));
    challenges
}
