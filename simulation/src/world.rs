//! One run's world: chain, network, nodes and users, all driven by one seed.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anchor_lang::AccountDeserialize;
use arx_node::clock::{Clock, TokioClock};
use arx_node::node::stocking::MemoryStorage;
use arx_node::secrets::{Entropy, EntropyError};
use arx_node::store::Store;
use arx_node::{Identity, Node, NodeError};
use arx_program::state::{Cell, Computation, ComputationStatus, FailureReason};
use futures::future::join_all;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::application::Kind;
use crate::chain::{ChainConditions, Ledger, Outcome, SLOT};
use crate::disk::Disk;
use crate::failure::{Failure, ensure};
use crate::log::node_span;
use crate::network::{Conditions, Network, Tamper};
use crate::prepared::{NODES, Prepared, USERS, prepared, relay_key};
use crate::seed::{Seed, Stream};
use crate::trace::{Actor, Trace};
use crate::user::{Call, Plan, User};

/// The longest that anything is waited for, in simulated time.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a node keeps while it does not run: its store, and its stock of correlated randomness.
#[derive(Clone, Debug, Default)]
pub struct Belongings {
    disk: Disk,
    stock: MemoryStorage,
}

impl Belongings {
    /// A copy, which goes its own way.
    fn duplicate(&self) -> Self {
        Self { disk: self.disk.duplicate(), stock: self.stock.duplicate() }
    }
}

/// Everything of one run.
pub struct World {
    /// The run's seed.
    pub seed: Seed,
    /// Simulated time.
    pub clock: TokioClock,
    /// What happened so far.
    pub trace: Trace,
    /// The network between the nodes.
    pub network: Network,
    /// The chain.
    pub ledger: Ledger,
    /// What every run starts from.
    pub prepared: &'static Prepared,
    /// The users.
    pub users: Vec<User>,
    /// The choices of the scenario itself.
    pub random: Stream,
    /// All calls that were sent and reached the chain.
    pub calls: Vec<Call>,
    /// The node that does not follow the protocol, if there is one.
    pub culprit: Option<usize>,
    /// What there was of lamports, by user, and in all.
    pub(crate) wallets: Vec<u64>,
    pub(crate) lamports: u128,
    nodes: Vec<NodeSlot>,
}

struct NodeSlot {
    belongings: Belongings,
    /// How often it was started.
    runs: u32,
    running: Option<JoinHandle<Result<(), NodeError>>>,
}

/// The entropy of one run of a node: another stream at every start, as a real generator would give.
struct NodeEntropy(Stream);

impl Entropy for NodeEntropy {
    fn seed(&mut self) -> Result<[u8; 32], EntropyError> {
        Ok(self.0.bytes32())
    }
}

impl World {
    /// A world in which chain and network run, and no node yet. Must be called inside a runtime with paused time.
    pub fn new(
        seed: Seed,
        clock: TokioClock,
        trace: Trace,
        network_conditions: Conditions,
        chain_conditions: ChainConditions,
    ) -> Self {
        let prepared = prepared();
        let identities: Vec<Identity> = prepared.nodes().iter().map(|node| node.identity()).collect();
        let network =
            Network::new(&identities, network_conditions, seed.stream("network"), clock, trace.clone());
        let ledger =
            Ledger::new(prepared.svm.clone(), chain_conditions, seed.stream("chain"), clock, trace.clone());
        tokio::spawn(network.clone().drive());
        tokio::spawn(ledger.clone().drive());
        let users: Vec<_> =
            (0..USERS).map(|index| User::new(index, seed.stream(&format!("user {index}")))).collect();
        let nodes =
            (0..NODES).map(|_| NodeSlot { belongings: Belongings::default(), runs: 0, running: None });
        let mut world = Self {
            seed,
            clock,
            trace,
            network,
            ledger,
            prepared,
            users,
            random: seed.stream("scenario"),
            calls: Vec::new(),
            culprit: None,
            wallets: Vec::new(),
            lamports: 0,
            nodes: nodes.collect(),
        };
        world.wallets = (0..USERS).map(|index| world.balance(index)).collect();
        let (held, fees) = world.ledger.lamports();
        world.lamports = held + fees;
        world
    }

    /// Lets the nodes begin with what they have after a first computation: stock, and the application's state key.
    /// Making it takes longer than most runs; how it is made has scenarios of its own.
    pub fn furnish(&mut self) {
        for (slot, belongings) in self.nodes.iter_mut().zip(furnished()) {
            slot.belongings = belongings.duplicate();
        }
    }

    /// What a user's wallet holds at the tip.
    pub fn balance(&self, user: usize) -> u64 {
        let wallet = solana_signer::Signer::pubkey(&self.users[user].wallet());
        self.ledger.tip(&wallet).map_or(0, |account| account.lamports)
    }

    /// Notes something that the scenario does.
    pub fn note(&self, what: impl Into<String>) {
        self.trace.record(Actor::Scenario, what);
    }

    /// Lets the node at `index` send what `tamper` makes of its frames.
    pub fn corrupt(&mut self, index: usize, tamper: impl Tamper + 'static) {
        self.culprit = Some(index);
        self.network.corrupt(index, tamper);
    }

    /// Starts the node at `index`, on the disk it had before.
    ///
    /// # Errors
    /// If its store cannot be opened.
    pub fn start(&mut self, index: usize) -> Result<(), Failure> {
        let slot = &mut self.nodes[index];
        slot.runs += 1;
        self.trace.record(Actor::Scenario, format!("start node {index}"));
        let store = Store::with_backend(slot.belongings.disk.open())
            .map_err(|error| Failure::new(format!("node {index} cannot open its store: {error}")))?;
        let keys = self.prepared.node(index).clone();
        let chain = Arc::new(self.ledger.connect(index, keys.fee_payer()));
        let entropy = NodeEntropy(self.seed.stream(&format!("entropy of node {index}, run {}", slot.runs)));
        let transport = Arc::new(self.network.transport(index));
        let storage = Box::new(slot.belongings.stock.clone());
        let settings = self.prepared.settings();
        let node = Node::new(settings, keys, store, storage, chain, transport, self.clock, entropy);
        let run = node.run(std::future::pending()).instrument(node_span(index));
        slot.running = Some(tokio::spawn(run));
        Ok(())
    }

    /// Starts all nodes.
    ///
    /// # Errors
    /// As [`World::start`].
    pub fn start_all(&mut self) -> Result<(), Failure> {
        (0..NODES).try_for_each(|index| self.start(index))
    }

    /// Kills the node at `index`, at whatever point it is. What it had not synced is lost.
    ///
    /// # Errors
    /// If it had ended by itself before, which no node may.
    pub async fn kill(&mut self, index: usize) -> Result<(), Failure> {
        let Some(running) = self.nodes[index].running.take() else { return Ok(()) };
        self.trace.record(Actor::Scenario, format!("kill node {index}"));
        running.abort();
        match running.await {
            Err(error) if error.is_cancelled() => Ok(()),
            ended => Err(ended_early(index, ended)),
        }
    }

    /// Kills all nodes that run.
    ///
    /// # Errors
    /// As [`World::kill`].
    pub async fn kill_all(&mut self) -> Result<(), Failure> {
        for index in 0..NODES {
            self.kill(index).await?;
        }
        Ok(())
    }

    /// Whether the node at `index` runs.
    pub fn is_running(&self, index: usize) -> bool {
        self.nodes[index].running.as_ref().is_some_and(|running| !running.is_finished())
    }

    /// Waits.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// Waits for a random time in this range.
    pub async fn pause(&mut self, range: std::ops::RangeInclusive<Duration>) {
        let duration = self.random.duration(&range);
        self.sleep(duration).await;
    }

    /// Makes a call without sending it.
    pub fn plan(&mut self, user: usize, plan: &Plan) -> Call {
        let (genesis, slot) = (self.ledger.genesis(), self.ledger.slot());
        self.users[user].plan(genesis, slot, plan)
    }

    /// Sends a call once. If it reached the chain it is among [`World::calls`].
    pub async fn send(&mut self, call: &Call) -> Outcome {
        let signers = vec![relay_key(), self.users[call.user].wallet()];
        let actor = Actor::Client(call.user);
        let outcome = self.ledger.send(actor, &label(call), vec![call.instruction.clone()], signers).await;
        if matches!(outcome, Outcome::Executed(_)) {
            self.calls.push(call.clone());
        }
        outcome
    }

    /// Makes and sends a call, again if it was dropped on the way, until the chain has it.
    ///
    /// # Errors
    /// If the program refuses it.
    pub async fn call(&mut self, user: usize, plan: &Plan) -> Result<Call, Failure> {
        let mut call = self.plan(user, plan);
        loop {
            match self.send(&call).await {
                Outcome::Executed(_) => return Ok(call),
                Outcome::Dropped { .. } => {
                    // What was dropped may be stale by now, and nobody has seen it on the chain.
                    let again = Plan { counter: Some(call.counter), ..plan.clone() };
                    call = self.plan(user, &again);
                }
                refused => {
                    return Err(Failure::new(format!(
                        "{} of user {user} was refused: {refused}",
                        plan.kind.name()
                    )));
                }
            }
        }
    }

    /// Sends several calls at once, each again until the chain has it, in whatever order they get there.
    ///
    /// # Errors
    /// If the program refuses one.
    pub async fn send_together(&mut self, calls: &[Call]) -> Result<(), Failure> {
        let mut left: Vec<Call> = calls.to_vec();
        while !left.is_empty() {
            let ledger = &self.ledger;
            let users = &self.users;
            let outcomes = join_all(left.iter().map(|call| async move {
                let signers = vec![relay_key(), users[call.user].wallet()];
                ledger
                    .send(Actor::Client(call.user), &label(call), vec![call.instruction.clone()], signers)
                    .await
            }))
            .await;
            let mut again = Vec::new();
            for (call, outcome) in left.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Executed(_) => self.calls.push(call),
                    Outcome::Dropped { .. } => again.push(call),
                    Outcome::Refused { .. } => {
                        return Err(Failure::new(format!("{} was refused: {outcome}", label(&call))));
                    }
                }
            }
            left = again;
        }
        Ok(())
    }

    /// Sends a transaction that nobody but its payer signs, again until it ran or was refused.
    pub async fn submit(&self, actor: Actor, what: &str, instructions: Vec<Instruction>) -> Outcome {
        loop {
            match self.ledger.send(actor, what, instructions.clone(), vec![relay_key()]).await {
                Outcome::Dropped { .. } => {}
                outcome => return outcome,
            }
        }
    }

    /// Sends a call that the program must refuse, and returns the error's code.
    ///
    /// # Errors
    /// If it does not.
    pub async fn refused(&mut self, call: &Call) -> Result<u32, Failure> {
        loop {
            match self.send(call).await {
                Outcome::Dropped { .. } => {}
                Outcome::Refused { code: Some(code), .. } => return Ok(code),
                other => {
                    return Err(Failure::new(format!(
                        "the chain did not refuse {}: {other}",
                        call.kind.name()
                    )));
                }
            }
        }
    }

    /// A computation as confirmed.
    pub fn computation(&self, address: &Pubkey) -> Option<Computation> {
        let account = self.ledger.confirmed(address)?;
        Computation::try_deserialize(&mut account.data.as_slice()).ok()
    }

    /// A cell as confirmed.
    pub fn cell(&self, address: &Pubkey) -> Option<Cell> {
        let account = self.ledger.confirmed(address)?;
        Cell::try_deserialize(&mut account.data.as_slice()).ok()
    }

    /// Waits until a computation is settled, and returns how.
    ///
    /// # Errors
    /// If nothing happens for very long.
    pub async fn settled(&self, call: &Call) -> Result<ComputationStatus, Failure> {
        let start = self.clock.now();
        loop {
            if let Some(computation) = self.computation(&call.computation).filter(Computation::is_settled) {
                return Ok(computation.status);
            }
            let waited = self.clock.now().saturating_sub(start);
            ensure(waited < PATIENCE, || {
                format!("{} of user {} is never settled", call.kind.name(), call.user)
            })?;
            self.sleep(SLOT).await;
        }
    }

    /// Waits until all calls are settled.
    ///
    /// # Errors
    /// As [`World::settled`].
    pub async fn all_settled(&self) -> Result<(), Failure> {
        for call in &self.calls {
            self.settled(call).await?;
        }
        Ok(())
    }

    /// Waits until a call is settled, and checks how.
    ///
    /// # Errors
    /// As [`World::settled`], and if it is settled in another way.
    pub async fn expect(&self, call: &Call, expected: ComputationStatus) -> Result<(), Failure> {
        let status = self.settled(call).await?;
        ensure(status == expected, || {
            format!("{} of user {} is {status:?}, expected {expected:?}", call.kind.name(), call.user)
        })
    }

    /// Waits until a call is settled, and checks that it was finalised or ended with a full refund.
    ///
    /// # Errors
    /// As [`World::settled`], and if it ended in another way.
    pub async fn finalized_or_refunded(&self, call: &Call) -> Result<ComputationStatus, Failure> {
        let status = self.settled(call).await?;
        let refunded = ComputationStatus::Failed { reason: FailureReason::ProtocolFailed, detail: 0 };
        let allowed = [ComputationStatus::Finalized, ComputationStatus::Expired, refunded];
        ensure(allowed.contains(&status), || {
            format!("{} of user {} is {status:?}", call.kind.name(), call.user)
        })?;
        Ok(status)
    }

    /// Waits until `condition` holds of the trace's events.
    ///
    /// # Errors
    /// If it never does.
    pub async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) -> Result<(), Failure> {
        let start = self.clock.now();
        while !condition(self) {
            let waited = self.clock.now().saturating_sub(start);
            ensure(waited < PATIENCE, || format!("waited in vain for {what}"))?;
            self.sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Waits until `condition` holds or the call is settled.
    ///
    /// # Errors
    /// If neither ever happens.
    pub async fn until_or_settled(
        &self,
        call: &Call,
        condition: impl Fn(&Self) -> bool,
    ) -> Result<(), Failure> {
        let settled = |world: &Self| {
            world.computation(&call.computation).is_some_and(|computation| computation.is_settled())
        };
        self.until("the middle of a computation", |world| condition(world) || settled(world)).await
    }

    /// Stops everything, and reports a node that had ended by itself.
    ///
    /// # Errors
    /// As [`World::kill`].
    pub async fn stop(&mut self) -> Result<(), Failure> {
        self.kill_all().await
    }
}

/// What nodes have after a first computation. Made once per process.
fn furnished() -> &'static [Belongings] {
    static FURNISHED: LazyLock<Vec<Belongings>> = LazyLock::new(|| {
        // On a thread of its own, as a runtime cannot be started within another.
        let made = std::thread::spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
            runtime.expect("a current-thread runtime needs nothing from the system").block_on(furnish())
        });
        match made.join() {
            Ok(Ok(belongings)) => belongings,
            Ok(Err(failure)) => panic!("the beginning of all runs cannot be made: {failure}"),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    &FURNISHED
}

async fn furnish() -> Result<Vec<Belongings>, Failure> {
    let clock = TokioClock::new();
    let trace = Trace::new(clock, false);
    let mut world = World::new(Seed(u64::MAX), clock, trace, Conditions::calm(), ChainConditions::calm());
    world.start_all()?;
    // A number that no user of a run gets to: the nodes remember what they signed.
    let plan = Plan { counter: Some(1 << 40), ..Plan::new(Kind::Open, &[1], Some(world.prepared.cells[0])) };
    let call = world.call(0, &plan).await?;
    world.expect(&call, ComputationStatus::Finalized).await?;
    // Until all have announced what they have.
    world.sleep(60 * SLOT).await;
    world.kill_all().await?;
    Ok(world.nodes.into_iter().map(|slot| slot.belongings).collect())
}

fn label(call: &Call) -> String {
    format!("{} of user {}, number {}", call.kind.name(), call.user, call.counter)
}

fn ended_early(index: usize, ended: Result<Result<(), NodeError>, tokio::task::JoinError>) -> Failure {
    match ended {
        Ok(Ok(())) => Failure::new(format!("node {index} stopped by itself")),
        Ok(Err(error)) => Failure::new(format!("node {index} gave up: {error}")),
        Err(error) => Failure::new(format!("node {index} panicked: {error}")),
    }
}
