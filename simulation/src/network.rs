//! The network: connections between every two nodes, with latency, loss, resets and partitions.
//!
//! What the transport's contract promises holds, and nothing more: frames of one stream (one session in one direction, or
//! everything between sessions) arrive in the order they were sent; streams overtake each other; a lost packet is sent
//! again, which costs time; a lost connection loses what was on its way, and session data that had not arrived is sent
//! again once the connection stands again.
//!
//! Frames travel as bytes and are decoded by the receiver's run of [`SimTransport`], as from a socket. Bytes that are no
//! frame are logged as the real transport logs them, with the node's own typed error, and the connection is closed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arx_node::Identity;
use arx_node::clock::{Clock, TokioClock};
use arx_node::frame::{Frame, FrameError, SessionId};
use arx_node::transport::{Inbox, Peer, Transport, TransportError};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use crate::seed::Stream;
use crate::trace::{Actor, Trace};

/// What a node may keep for one unreachable peer.
const QUEUE_BYTES: usize = 32 * 1024 * 1024;
/// Ended sessions whose last frames are kept for a peer that is away.
const ENDED_SESSIONS: usize = 64;

/// How the network behaves.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// Time from one node to another, drawn anew for every frame.
    pub latency: RangeInclusive<Duration>,
    /// How many frames in a thousand are lost on the way and sent again.
    pub loss: u32,
    /// How long the sender takes to notice.
    pub retransmission: Duration,
    /// How many frames in a thousand take their connection down with them.
    pub resets: u32,
    /// How long it takes until a connection stands (again).
    pub reconnection: RangeInclusive<Duration>,
}

impl Conditions {
    /// Machines in several cities, nothing ever lost.
    pub fn calm() -> Self {
        let millis = Duration::from_millis;
        Self {
            latency: millis(5)..=millis(40),
            loss: 0,
            retransmission: millis(120),
            resets: 0,
            reconnection: millis(20)..=millis(200),
        }
    }

    /// Long and uneven ways, lost packets and dropped connections.
    pub fn rough() -> Self {
        let millis = Duration::from_millis;
        Self { latency: millis(5)..=millis(180), loss: 50, resets: 1, ..Self::calm() }
    }
}

/// Changes what a node sends: the byzantine part of a byzantine node.
pub trait Tamper: Send {
    /// The bytes that leave instead of this frame's own, none or several of them, on the same stream.
    fn outgoing(&mut self, to: usize, frame: &Frame, bytes: Vec<u8>) -> Vec<Vec<u8>>;
}

/// The network between the nodes of one run. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    clock: TokioClock,
    trace: Trace,
    state: Arc<Mutex<State>>,
    /// Something was scheduled.
    scheduled: Arc<Notify>,
}

struct State {
    conditions: Conditions,
    random: Stream,
    nodes: Vec<Node>,
    /// By (from, to).
    links: BTreeMap<(usize, usize), Link>,
    /// By (lower, higher).
    pairs: BTreeMap<(usize, usize), Pair>,
    sequence: u64,
    counters: Counters,
}

/// What went over the network in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that arrived.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Arrivals that were no frames.
    pub malformed: u64,
    /// Connections that were lost.
    pub connections_lost: u64,
}

struct Node {
    identity: Identity,
    /// Whether its transport runs.
    up: bool,
    /// Whom it accepts.
    peers: BTreeSet<usize>,
    arrived: VecDeque<Arrival>,
    wake: Arc<Notify>,
    tamper: Option<Box<dyn Tamper>>,
}

enum Arrival {
    Connected { peer: usize },
    Bytes { from: usize, stream: Option<SessionId>, bytes: Vec<u8> },
}

#[derive(Default)]
struct Link {
    /// On the way, by arrival.
    in_flight: BTreeMap<(Duration, u64), Packet>,
    /// When the last frame of each stream arrives.
    last_arrival: BTreeMap<Option<SessionId>, Duration>,
    /// Session data that has not arrived.
    kept: BTreeMap<SessionId, VecDeque<Packet>>,
    /// Sessions that have ended with data in `kept`.
    ended: VecDeque<SessionId>,
    /// Frames between sessions that wait for a connection.
    waiting: VecDeque<Packet>,
}

#[derive(Clone)]
struct Packet {
    /// Its place among everything sent.
    sequence: u64,
    stream: Option<SessionId>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pair {
    /// No connection; tried again at that time, or never while cut.
    Down {
        retry_at: Duration,
    },
    Up,
    Cut,
}

fn pair_of(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

impl Network {
    /// A network of nodes with these identities, none of which runs yet.
    pub fn new(
        identities: &[Identity],
        conditions: Conditions,
        random: Stream,
        clock: TokioClock,
        trace: Trace,
    ) -> Self {
        let nodes = identities
            .iter()
            .map(|identity| Node {
                identity: *identity,
                up: false,
                peers: BTreeSet::new(),
                arrived: VecDeque::new(),
                wake: Arc::default(),
                tamper: None,
            })
            .collect();
        let indices = 0..identities.len();
        let directed =
            indices.clone().flat_map(|a| indices.clone().map(move |b| (a, b))).filter(|(a, b)| a != b);
        let state = State {
            conditions,
            random,
            nodes,
            links: directed.clone().map(|link| (link, Link::default())).collect(),
            pairs: directed.map(|(a, b)| (pair_of(a, b), Pair::Down { retry_at: Duration::ZERO })).collect(),
            sequence: 0,
            counters: Counters::default(),
        };
        Self { clock, trace, state: Arc::new(Mutex::new(state)), scheduled: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The transport of the node at `index`, for one run of it.
    pub fn transport(&self, index: usize) -> SimTransport {
        SimTransport { network: self.clone(), index }
    }

    /// Lets `tamper` change everything that the node at `index` sends from now on.
    pub fn corrupt(&self, index: usize, tamper: impl Tamper + 'static) {
        self.lock().nodes[index].tamper = Some(Box::new(tamper));
    }

    /// Changes how the network behaves from now on.
    pub fn set_conditions(&self, conditions: Conditions) {
        self.lock().conditions = conditions;
    }

    /// Separates two nodes until [`Network::heal`].
    pub fn cut(&self, a: usize, b: usize) {
        self.trace.record(Actor::Scenario, format!("cut {a} and {b} apart"));
        self.lose(a, b, Pair::Cut);
    }

    /// Joins two nodes again.
    pub fn heal(&self, a: usize, b: usize) {
        self.trace.record(Actor::Scenario, format!("let {a} and {b} talk again"));
        let mut state = self.lock();
        let retry_at = state.retry_at(self.clock.now());
        if state.pairs.get(&pair_of(a, b)) == Some(&Pair::Cut) {
            state.pairs.insert(pair_of(a, b), Pair::Down { retry_at });
        }
        drop(state);
        self.scheduled.notify_one();
    }

    /// What went over the network so far.
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Ends the connection between two nodes: what is on its way is lost.
    fn lose(&self, a: usize, b: usize, next: Pair) {
        let mut state = self.lock();
        if state.pairs.insert(pair_of(a, b), next) == Some(Pair::Up) {
            state.counters.connections_lost += 1;
        }
        for link in [(a, b), (b, a)] {
            if let Some(link) = state.links.get_mut(&link) {
                link.in_flight.clear();
                link.last_arrival.clear();
            }
        }
        drop(state);
        self.scheduled.notify_one();
    }

    fn reset(&self, a: usize, b: usize) {
        let retry_at = {
            let mut state = self.lock();
            if state.pairs.get(&pair_of(a, b)) != Some(&Pair::Up) {
                return;
            }
            state.retry_at(self.clock.now())
        };
        self.trace.record(Actor::Link(a, b), "connection lost");
        self.lose(a, b, Pair::Down { retry_at });
    }

    /// Moves everything in its time. Spawn it once per run; it never returns.
    pub async fn drive(self) {
        loop {
            let next = self.step();
            let scheduled = self.scheduled.notified();
            match next {
                Some(at) => tokio::select! {
                    biased;
                    () = scheduled => {}
                    () = self.clock.sleep_until(at) => {}
                },
                None => scheduled.await,
            }
        }
    }

    /// Does what is due, and says when to come again.
    fn step(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut resets = Vec::new();
        let mut state = self.lock();
        let connecting: Vec<_> = state
            .pairs
            .iter()
            .filter(|(pair, line)| {
                matches!(line, Pair::Down { retry_at } if *retry_at <= now) && state.willing(**pair)
            })
            .map(|(pair, _)| *pair)
            .collect();
        for (a, b) in connecting {
            state.pairs.insert((a, b), Pair::Up);
            self.trace.record(Actor::Link(a, b), "connected");
            for (from, to) in [(a, b), (b, a)] {
                state.arrive(to, Arrival::Connected { peer: from });
                state.send_again((from, to), now);
            }
        }
        let links: Vec<_> = state.links.keys().copied().collect();
        for key in links {
            while let Some(packet) = state.links.get_mut(&key).and_then(|link| link.due(now)) {
                if state.conditions.resets > 0 {
                    let resets_per_thousand = state.conditions.resets;
                    if state.random.chance(resets_per_thousand) {
                        resets.push(key);
                        break;
                    }
                }
                let (from, to) = key;
                state.acknowledge(key, &packet);
                state.counters.frames += 1;
                state.counters.bytes += packet.bytes.len() as u64;
                let digest = Sha256::digest(&packet.bytes);
                self.trace.record(
                    Actor::Link(from, to),
                    format!("{} bytes {}", packet.bytes.len(), hex::encode(&digest[..6])),
                );
                state.arrive(to, Arrival::Bytes { from, stream: packet.stream, bytes: packet.bytes });
            }
        }
        let next_arrival =
            state.links.values().filter_map(|link| Some(link.in_flight.first_key_value()?.0.0)).min();
        let next_connection = state
            .pairs
            .iter()
            .filter_map(|(pair, line)| match line {
                Pair::Down { retry_at } if state.willing(*pair) => Some(*retry_at),
                _ => None,
            })
            .min();
        drop(state);
        let again = !resets.is_empty();
        for (a, b) in resets {
            self.reset(a, b);
        }
        if again {
            return Some(now);
        }
        [next_arrival, next_connection].into_iter().flatten().min()
    }
}

impl State {
    fn retry_at(&mut self, now: Duration) -> Duration {
        let reconnection = self.conditions.reconnection.clone();
        now + self.random.duration(&reconnection)
    }

    /// Whether both run and accept each other.
    fn willing(&self, (a, b): (usize, usize)) -> bool {
        let accepts = |node: usize, peer: usize| {
            self.nodes.get(node).is_some_and(|node| node.up && node.peers.contains(&peer))
        };
        accepts(a, b) && accepts(b, a)
    }

    fn arrive(&mut self, to: usize, arrival: Arrival) {
        let node = &mut self.nodes[to];
        node.arrived.push_back(arrival);
        node.wake.notify_one();
    }

    /// Puts a packet on its way.
    fn launch(&mut self, key: (usize, usize), packet: Packet, now: Duration) {
        let latency = self.conditions.latency.clone();
        let mut arrival = now + self.random.duration(&latency);
        while self.random.chance(self.conditions.loss) {
            arrival += self.conditions.retransmission;
        }
        if let Some(link) = self.links.get_mut(&key) {
            let last = link.last_arrival.entry(packet.stream).or_default();
            *last = arrival.max(*last);
            link.in_flight.insert((*last, packet.sequence), packet);
        }
    }

    /// After a connection: what waited for it, and session data that was on the former one.
    fn send_again(&mut self, key: (usize, usize), now: Duration) {
        let Some(link) = self.links.get_mut(&key) else { return };
        let mut packets: Vec<Packet> = link.kept.values().flatten().cloned().collect();
        packets.extend(link.waiting.drain(..));
        packets.sort_by_key(|packet| packet.sequence);
        for packet in packets {
            self.launch(key, packet, now);
        }
    }

    /// The receiver has it: the sender need not keep it.
    fn acknowledge(&mut self, key: (usize, usize), packet: &Packet) {
        let Some(session) = packet.stream else { return };
        let Some(link) = self.links.get_mut(&key) else { return };
        if let Some(kept) = link.kept.get_mut(&session) {
            kept.retain(|other| other.sequence != packet.sequence);
            if kept.is_empty() {
                link.kept.remove(&session);
            }
        }
    }
}

impl Link {
    fn due(&mut self, now: Duration) -> Option<Packet> {
        let entry = self.in_flight.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// What has not arrived yet of an ended session is still sent again, as the real transport does.
    fn end(&mut self, session: &SessionId) {
        if !self.kept.contains_key(session) {
            return;
        }
        self.ended.push_back(*session);
        if self.ended.len() > ENDED_SESSIONS
            && let Some(oldest) = self.ended.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }

    fn queued_bytes(&self) -> usize {
        self.kept.values().flatten().chain(&self.waiting).map(|packet| packet.bytes.len()).sum()
    }
}

/// The transport of one run of one node. Dropping its run takes all connections of the node down.
#[derive(Clone)]
pub struct SimTransport {
    network: Network,
    index: usize,
}

/// Marks the node as running while it is alive.
struct Running<'a>(&'a SimTransport);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let SimTransport { network, index } = self.0;
        let mut state = network.lock();
        let others = state.nodes.len();
        let node = &mut state.nodes[*index];
        node.up = false;
        node.arrived.clear();
        for to in 0..others {
            if let Some(link) = state.links.get_mut(&(*index, to)) {
                link.kept.clear();
                link.ended.clear();
                link.waiting.clear();
            }
        }
        drop(state);
        for other in (0..others).filter(|other| other != index) {
            network.reset(*index, other);
        }
    }
}

type StreamKey = (usize, Option<SessionId>);

impl SimTransport {
    fn start(&self) {
        let mut state = self.network.lock();
        state.nodes[self.index].up = true;
        let retry_at = state.retry_at(self.network.clock.now());
        for ((a, b), line) in &mut state.pairs {
            if [*a, *b].contains(&self.index) && matches!(line, Pair::Down { .. }) {
                *line = Pair::Down { retry_at };
            }
        }
    }

    fn identity_of(&self, index: usize) -> Identity {
        self.network.lock().nodes[index].identity
    }

    async fn arrival(&self) -> Arrival {
        loop {
            let wake = {
                let mut state = self.network.lock();
                let node = &mut state.nodes[self.index];
                if let Some(arrival) = node.arrived.pop_front() {
                    return arrival;
                }
                node.wake.clone()
            };
            wake.notified().await;
        }
    }

    fn accept(&self, peers: &[Peer]) {
        let mut state = self.network.lock();
        let accepted: BTreeSet<usize> = (0..state.nodes.len())
            .filter(|index| peers.iter().any(|peer| peer.identity == state.nodes[*index].identity))
            .collect();
        let left: Vec<_> = state.nodes[self.index].peers.difference(&accepted).copied().collect();
        state.nodes[self.index].peers = accepted;
        drop(state);
        for peer in left {
            self.network.reset(self.index, peer);
        }
        self.network.scheduled.notify_one();
    }

    fn malformed(&self, from: usize, error: &FrameError) {
        tracing::warn!(peer = %self.identity_of(from), fault = %error, "a peer broke the protocol");
        self.network.lock().counters.malformed += 1;
        self.network.reset(self.index, from);
    }
}

fn decode(stream: Option<SessionId>, bytes: &[u8]) -> Result<Frame, FrameError> {
    let frame = Frame::decode(bytes)?;
    if frame.session_stream() == stream {
        return Ok(frame);
    }
    let stream = if stream.is_some() { "one session's data" } else { "frames between sessions" };
    Err(FrameError::WrongStream { kind: frame.kind(), stream })
}

impl Transport for SimTransport {
    async fn run(&self, inbox: Inbox, mut peers: watch::Receiver<Vec<Peer>>) -> Result<(), TransportError> {
        self.start();
        let _running = Running(self);
        self.accept(&peers.borrow_and_update().clone());
        // One frame of each stream is being delivered at a time; the others of that stream wait behind it.
        let mut streams: BTreeMap<StreamKey, VecDeque<Frame>> = BTreeMap::new();
        let mut deliveries = FuturesUnordered::new();
        let deliver = |key: StreamKey, frame: Frame| {
            let inbox = inbox.clone();
            let from = self.identity_of(key.0);
            async move { (key, inbox.deliver(&from, frame).await) }
        };
        loop {
            tokio::select! {
                biased;
                Some((key, outcome)) = deliveries.next(), if !deliveries.is_empty() => {
                    let next = match outcome {
                        Ok(()) => streams.get_mut(&key).and_then(VecDeque::pop_front),
                        Err(error) => {
                            tracing::debug!(peer = %self.identity_of(key.0), %error, "a stream of a peer is refused");
                            None
                        }
                    };
                    match next {
                        Some(frame) => deliveries.push(deliver(key, frame)),
                        None => { streams.remove(&key); }
                    }
                }
                Ok(()) = peers.changed() => self.accept(&peers.borrow_and_update().clone()),
                arrival = self.arrival() => match arrival {
                    Arrival::Connected { peer } => inbox.connected(&self.identity_of(peer)),
                    Arrival::Bytes { from, stream, bytes } => match decode(stream, &bytes) {
                        Ok(frame) => match streams.get_mut(&(from, stream)) {
                            Some(waiting) => waiting.push_back(frame),
                            None => {
                                streams.insert((from, stream), VecDeque::new());
                                deliveries.push(deliver((from, stream), frame));
                            }
                        },
                        Err(error) => self.malformed(from, &error),
                    },
                },
            }
        }
    }

    fn send(&self, to: &Identity, frame: Frame) -> Result<(), TransportError> {
        let now = self.network.clock.now();
        let mut state = self.network.lock();
        let target = state.nodes.iter().position(|node| node.identity == *to);
        let Some(target) = target.filter(|target| state.nodes[self.index].peers.contains(target)) else {
            return Err(TransportError::UnknownPeer { peer: *to });
        };
        let key = (self.index, target);
        let queued_bytes = state.links.get(&key).map_or(0, Link::queued_bytes);
        if queued_bytes > QUEUE_BYTES {
            return Err(TransportError::QueueFull { peer: *to, queued_bytes });
        }
        let stream = frame.session_stream();
        // A frame that no peer would accept is not sent, as a real transport does not.
        let Ok(bytes) = frame.encode() else { return Ok(()) };
        let sent = match &mut state.nodes[self.index].tamper {
            Some(tamper) => tamper.outgoing(target, &frame, bytes),
            None => vec![bytes],
        };
        for bytes in sent {
            state.sequence += 1;
            let packet = Packet { sequence: state.sequence, stream, bytes };
            let connected = state.pairs.get(&pair_of(self.index, target)) == Some(&Pair::Up);
            if let Some(link) = state.links.get_mut(&key) {
                match stream {
                    Some(session) => link.kept.entry(session).or_default().push_back(packet.clone()),
                    None if !connected => link.waiting.push_back(packet.clone()),
                    None => {}
                }
            }
            if connected {
                state.launch(key, packet, now);
            }
        }
        drop(state);
        self.network.scheduled.notify_one();
        Ok(())
    }

    fn is_connected(&self, peer: &Identity) -> bool {
        let state = self.network.lock();
        let target = state.nodes.iter().position(|node| node.identity == *peer);
        target.is_some_and(|target| state.pairs.get(&pair_of(self.index, target)) == Some(&Pair::Up))
    }

    fn finish(&self, session: &SessionId) {
        let mut state = self.network.lock();
        for to in 0..state.nodes.len() {
            if let Some(link) = state.links.get_mut(&(self.index, to)) {
                link.end(session);
            }
        }
    }
}
