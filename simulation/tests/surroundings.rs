//! The simulated network and chain keep the promises that a node's traits make.

use std::time::Duration;

use arx_node::Identity;
use arx_node::chain::{Chain, SubmitError};
use arx_node::clock::TokioClock;
use arx_node::frame::{AbortReason, Data, Frame, SessionId};
use arx_node::transport::inbox::{Inbox, InboxLimits, Incoming};
use arx_node::transport::{Peer, Transport};
use arx_simulation::byzantine::{Misdeed, Vandal};
use arx_simulation::chain::{ChainConditions, Ledger, Outcome, SLOT, SimChain};
use arx_simulation::log;
use arx_simulation::network::{Conditions, Network, SimTransport};
use arx_simulation::seed::Seed;
use arx_simulation::trace::{Actor, Trace};
use litesvm::LiteSVM;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use tokio::sync::watch;
use tracing::Instrument;

const IDENTITIES: [Identity; 2] = [Identity([1; 32]), Identity([2; 32])];

/// Runs a test in simulated time, with what nodes log in the trace.
fn simulated<F: Future<Output = ()>>(test: impl FnOnce(TokioClock, Trace) -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let trace = runtime.block_on(async { Trace::new(TokioClock::new(), false) });
    let subscriber = log::subscriber(trace.clone(), tracing::Level::DEBUG);
    tracing::subscriber::with_default(subscriber, || runtime.block_on(test(trace.clock(), trace.clone())));
}

fn network(seed: u64, conditions: Conditions, clock: TokioClock, trace: Trace) -> Network {
    let network = Network::new(&IDENTITIES, conditions, Seed(seed).stream("network"), clock, trace);
    tokio::spawn(network.clone().drive());
    network
}

/// Runs the transport of one of the two, and gives its inbox.
fn run(network: &Network, index: usize) -> (SimTransport, Inbox, tokio::task::JoinHandle<()>) {
    let transport = network.transport(index);
    let inbox = Inbox::new(InboxLimits::default());
    let peer = Peer { identity: IDENTITIES[1 - index], endpoint: String::new() };
    let (running, delivered) = (transport.clone(), inbox.clone());
    let task = async move {
        let (_keep, peers) = watch::channel(vec![peer]);
        running.run(delivered, peers).await.unwrap();
    };
    (transport, inbox, tokio::spawn(task.instrument(log::node_span(index))))
}

fn numbered(number: u8) -> Frame {
    Frame::Abort { session: SessionId([number; 32]), reason: AbortReason::ShuttingDown, accused: None }
}

fn piece(sequence: u64) -> Frame {
    Frame::Data(Data { session: SessionId([9; 32]), phase: [1; 5], sequence, payload: vec![7; 100] })
}

#[test]
fn frames_of_one_stream_keep_their_order() {
    for seed in 0..20 {
        simulated(|clock, trace| async move {
            let conditions = Conditions { resets: 0, ..Conditions::rough() };
            let network = network(seed, conditions, clock, trace);
            let (sender, _, _sending) = run(&network, 0);
            let (_, inbox, _receiving) = run(&network, 1);
            assert_eq!(inbox.next().await, (IDENTITIES[0], Incoming::Connected));
            (0..100).for_each(|number| sender.send(&IDENTITIES[1], numbered(number)).unwrap());
            for number in 0..100 {
                assert_eq!(inbox.next().await, (IDENTITIES[0], Incoming::Frame(numbered(number))));
            }
        });
    }
}

#[test]
fn session_data_survives_lost_connections_without_a_gap() {
    for seed in 0..20 {
        simulated(|clock, trace| async move {
            let conditions = Conditions { resets: 100, ..Conditions::rough() };
            let network = network(seed, conditions, clock, trace.clone());
            let (sender, _, _sending) = run(&network, 0);
            let (_, inbox, _receiving) = run(&network, 1);
            assert_eq!(inbox.next().await.1, Incoming::Connected);
            for sequence in 0..200 {
                // Some of them while there is no connection.
                sender.send(&IDENTITIES[1], piece(sequence)).unwrap();
                tokio::time::sleep(Duration::from_millis(sequence % 20)).await;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
            assert!(network.counters().connections_lost > 0);
            assert!(network.counters().frames >= 200, "{:?}", network.counters());
            assert!(!trace.contains(Actor::Node(1), "refused"), "{:?}", trace.events());
        });
    }
}

#[test]
fn nothing_passes_a_cut_until_it_is_healed() {
    simulated(|clock, trace| async move {
        let network = network(1, Conditions::calm(), clock, trace);
        let (sender, _, _sending) = run(&network, 0);
        let (_, inbox, _receiving) = run(&network, 1);
        assert_eq!(inbox.next().await.1, Incoming::Connected);
        network.cut(0, 1);
        sender.send(&IDENTITIES[1], numbered(1)).unwrap();
        assert!(!sender.is_connected(&IDENTITIES[1]));
        assert!(tokio::time::timeout(Duration::from_secs(100), inbox.next()).await.is_err());
        network.heal(1, 0);
        assert_eq!(inbox.next().await.1, Incoming::Connected);
        assert_eq!(inbox.next().await.1, Incoming::Frame(numbered(1)));
    });
}

#[test]
fn bytes_that_are_no_frame_are_logged_and_cost_the_connection() {
    simulated(|clock, trace| async move {
        let network = network(2, Conditions::calm(), clock, trace.clone());
        let (sender, _, _sending) = run(&network, 0);
        let (_, inbox, _receiving) = run(&network, 1);
        assert_eq!(inbox.next().await.1, Incoming::Connected);
        network.corrupt(0, Vandal::new(&[Misdeed::Oversize], 1000, Seed(1).stream("vandal")));
        sender.send(&IDENTITIES[1], numbered(1)).unwrap();
        assert_eq!(inbox.next().await.1, Incoming::Connected, "connected again");
        assert!(trace.contains(Actor::Node(1), "a peer broke the protocol"), "{:?}", trace.events());
        assert!(trace.contains(Actor::Node(1), "bytes, at most"), "{:?}", trace.events());
        assert_eq!(network.counters().malformed, 1);
    });
}

#[test]
fn strangers_are_not_peers() {
    simulated(|clock, trace| async move {
        let network = network(3, Conditions::calm(), clock, trace);
        let (sender, _, _sending) = run(&network, 0);
        assert!(sender.send(&Identity([3; 32]), numbered(1)).is_err());
        assert!(!sender.is_connected(&Identity([3; 32])));
    });
}

const RICH: [u8; 32] = [5; 32];

fn ledger(seed: u64, conditions: ChainConditions, clock: TokioClock, trace: Trace) -> (Ledger, SimChain) {
    let mut svm = LiteSVM::new();
    let payer = Keypair::new_from_array(RICH);
    svm.airdrop(&payer.pubkey(), 1_000_000_000_000).unwrap();
    let ledger = Ledger::new(svm, conditions, Seed(seed).stream("chain"), clock, trace);
    tokio::spawn(ledger.clone().drive());
    let chain = ledger.connect(0, payer);
    (ledger, chain)
}

fn transfer(to: &Pubkey, lamports: u64) -> Instruction {
    let from = Keypair::new_from_array(RICH).pubkey();
    // The system program's third instruction.
    let data = [&2u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat();
    let accounts = vec![AccountMeta::new(from, true), AccountMeta::new(*to, false)];
    Instruction { program_id: Pubkey::default(), accounts, data }
}

fn address(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

async fn lamports(chain: &SimChain, address: Pubkey) -> Option<u64> {
    chain.accounts(&[address]).await.unwrap().accounts.remove(0).map(|account| account.lamports)
}

#[test]
fn what_was_submitted_is_there_when_it_is_confirmed_and_not_before() {
    simulated(|clock, trace| async move {
        let (ledger, chain) = ledger(1, ChainConditions::calm(), clock, trace);
        chain.watch(&[address(7)]);
        let instructions = [transfer(&address(7), 5_000_000)];
        let (submitted, seen) = tokio::join!(chain.submit(&instructions), async {
            loop {
                let at_tip = ledger.tip(&address(7)).is_some();
                let confirmed = lamports(&chain, address(7)).await;
                if at_tip || confirmed.is_some() {
                    return confirmed;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        submitted.unwrap();
        assert_eq!(seen, None, "the tip is ahead of what is confirmed");
        assert_eq!(lamports(&chain, address(7)).await, Some(5_000_000));
        chain.changed().await;
        let (held, fees) = ledger.lamports();
        assert_eq!(fees, 5_000);
        assert!(held > 0);
    });
}

#[test]
fn a_refused_transaction_says_where_and_pays() {
    simulated(|clock, trace| async move {
        let (ledger, chain) = ledger(2, ChainConditions::calm(), clock, trace);
        let (before, _) = ledger.lamports();
        let instructions = [transfer(&address(7), 5_000_000), transfer(&address(8), u64::MAX)];
        match chain.submit(&instructions).await {
            Err(SubmitError::Refused { instruction, .. }) => assert_eq!(instruction, Some(1)),
            other => panic!("{other:?}"),
        }
        let (held, fees) = ledger.lamports();
        assert_eq!((held, fees), (before - 5_000, 5_000));
        assert_eq!(lamports(&chain, address(7)).await, None);
    });
}

#[test]
fn transactions_are_signed_and_have_a_size() {
    simulated(|clock, trace| async move {
        let (ledger, chain) = ledger(3, ChainConditions::calm(), clock, trace);
        let stranger = Keypair::new_from_array([6; 32]);
        let outcome =
            ledger.send(Actor::Client(0), "theft", vec![transfer(&address(7), 1)], vec![stranger]).await;
        assert!(matches!(outcome, Outcome::Refused { instruction: None, .. }), "{outcome}");
        let many: Vec<_> = (0..50).map(|number| transfer(&address(number), 5_000_000)).collect();
        assert!(matches!(chain.submit(&many).await, Err(SubmitError::TooLarge { bytes }) if bytes > 1232));
    });
}

#[test]
fn a_fork_takes_back_what_was_not_confirmed() {
    let dropped = std::cell::Cell::new(0);
    for seed in 0..20 {
        let dropped = &dropped;
        simulated(|clock, trace| async move {
            let (ledger, chain) = ledger(seed, ChainConditions::calm(), clock, trace);
            let (before, fees_before) = ledger.lamports();
            let instructions = [transfer(&address(7), 5_000_000)];
            let fork = async {
                while ledger.tip(&address(7)).is_none() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                ledger.fork(1);
                assert!(ledger.tip(&address(7)).is_none());
            };
            match tokio::join!(chain.submit(&instructions), fork).0 {
                Ok(_) => assert_eq!(lamports(&chain, address(7)).await, Some(5_000_000)),
                Err(SubmitError::Dropped { .. }) => {
                    dropped.set(dropped.get() + 1);
                    tokio::time::sleep(20 * SLOT).await;
                    assert_eq!(lamports(&chain, address(7)).await, None);
                }
                Err(other) => panic!("{other}"),
            }
            let (held, fees) = ledger.lamports();
            assert_eq!(held + fees, before + fees_before);
        });
    }
    assert!((1..20).contains(&dropped.get()), "{} of 20 were dropped for good", dropped.get());
}

#[test]
fn slots_advance_with_time() {
    simulated(|clock, trace| async move {
        let (ledger, _chain) = ledger(4, ChainConditions::calm(), clock, trace);
        let before = ledger.slot();
        tokio::time::sleep(100 * SLOT).await;
        assert!((99..=100).contains(&(ledger.slot() - before)), "{}", ledger.slot() - before);
    });
}
