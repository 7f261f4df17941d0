//! The mesh over QUIC (RFC 9000).
//!
//! # Layout
//! - [`QuicTransport`]: this file; who dials whom, one task per peer, accepting.
//! - `tls`: mutual authentication by raw public keys.
//! - `connection`: one connection's streams, from the handshake to its end.
//! - `streams`: frames on streams.
//! - `outgoing`: what waits to be sent to a peer, across connections.
//!
//! # Rules
//! - A node is its Ed25519 key. Only members of the cluster, as the chain has them, get past the handshake.
//! - Of two nodes, the one with the lower key dials. A node accepts connections from lower keys only, so there is one
//!   connection per pair. A new one from the same peer replaces the old: the dialler knows better whether it is dead.
//! - Lost connections are dialled again, at first at once, then after pauses that double up to [`REDIAL_LIMIT`].
//! - Whoever sends bytes that are no frame loses the connection; the fault is logged with its name and kept
//!   ([`QuicTransport::faults`]).

mod connection;
mod outgoing;
mod streams;
mod tls;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quinn::{Connection, Endpoint, EndpointConfig, IdleTimeout, TransportConfig, VarInt};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use self::outgoing::{Outgoing, codes};
use self::tls::{Doorkeeper, Tls};
use crate::frame::{Frame, SessionId};
use crate::identity::Identity;
use crate::secrets::NodeKeys;
use crate::transport::{Inbox, Peer, Transport, TransportError};

pub use streams::PeerFault;

/// The longest pause between two attempts to dial a peer.
pub const REDIAL_LIMIT: Duration = Duration::from_secs(10);
/// The pause after the first attempt.
const REDIAL_FIRST: Duration = Duration::from_millis(200);
/// A handshake that takes longer is given up.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// Handshakes of diallers under way at once.
const CONCURRENT_HANDSHAKES: usize = 64;
/// A connection on which nothing arrives for this long is dead.
const IDLE_LIMIT: Duration = Duration::from_secs(12);
/// Sent when nothing else is, so that a living connection is never idle.
const KEEP_ALIVE: Duration = Duration::from_secs(4);
/// Streams a peer may have open: one per session, and one for the rest.
const STREAMS: u32 = 64;
/// Unread bytes per stream, and per connection.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// Faults kept per peer.
const FAULTS_KEPT: usize = 16;

/// The mesh of one node.
pub struct QuicTransport {
    me: Identity,
    tls: Tls,
    doorkeeper: Arc<Doorkeeper>,
    endpoint: Endpoint,
    links: Mutex<BTreeMap<Identity, Arc<Link>>>,
}

/// One peer: what waits for it, and how it does.
struct Link {
    me: Identity,
    peer: Identity,
    endpoint: watch::Sender<String>,
    outgoing: Outgoing,
    connected: AtomicBool,
    faults: Mutex<VecDeque<PeerFault>>,
    /// Hands connections from the accepting side to the peer's task.
    accepted: mpsc::Sender<Connection>,
}

impl Link {
    fn record_fault(&self, fault: PeerFault) {
        warn!(peer = %self.peer, fault = %fault, "a peer broke the protocol");
        metrics::counter!("arx_peer_faults_total", "peer" => self.peer.to_string()).increment(1);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faults.len() == FAULTS_KEPT {
            faults.pop_front();
        }
        faults.push_back(fault);
    }

    fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
        metrics::gauge!("arx_peer_connected", "peer" => self.peer.to_string())
            .set(f64::from(u8::from(connected)));
    }
}

impl QuicTransport {
    /// Binds the listening socket. Must be called inside a tokio runtime.
    pub fn bind(keys: &NodeKeys, listen: SocketAddr) -> Result<Self, TransportError> {
        let tls = Tls::new(&keys.identity_seed())?;
        let doorkeeper = Arc::new(Doorkeeper::default());
        let mut server = quinn::ServerConfig::with_crypto(Arc::new(tls.server(doorkeeper.clone())?));
        server.transport_config(Arc::new(transport_config()));
        let cannot_listen = |error: std::io::Error| TransportError::Listen {
            address: listen.to_string(),
            why: error.to_string(),
        };
        let socket = std::net::UdpSocket::bind(listen).map_err(cannot_listen)?;
        let endpoint =
            Endpoint::new(EndpointConfig::default(), Some(server), socket, Arc::new(quinn::TokioRuntime))
                .map_err(cannot_listen)?;
        Ok(QuicTransport { me: keys.identity(), tls, doorkeeper, endpoint, links: Mutex::default() })
    }

    /// Where the node listens.
    pub fn local_address(&self) -> Result<SocketAddr, TransportError> {
        self.endpoint.local_addr().map_err(|error| TransportError::Listen {
            address: "the bound socket".into(),
            why: error.to_string(),
        })
    }

    /// The last faults of a peer, oldest first.
    pub fn faults(&self, peer: &Identity) -> Vec<PeerFault> {
        let link = self.links().get(peer).cloned();
        link.map(|link| link.faults.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect())
            .unwrap_or_default()
    }

    /// The keys of the last strangers that dialled and were refused.
    pub fn refused_strangers(&self) -> Vec<Identity> {
        self.doorkeeper.refused()
    }

    fn links(&self) -> MutexGuard<'_, BTreeMap<Identity, Arc<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings links and tasks in line with the list of peers.
    fn update_peers(&self, peers: &[Peer], tasks: &mut PeerTasks, inbox: &Inbox) {
        let others: BTreeMap<Identity, &Peer> =
            peers.iter().filter(|peer| peer.identity != self.me).map(|peer| (peer.identity, peer)).collect();
        self.doorkeeper.set_welcome(others.keys().filter(|identity| **identity < self.me).copied().collect());
        let mut links = self.links();
        links.retain(|identity, _| others.contains_key(identity));
        tasks.retain(|identity| others.contains_key(identity));
        for (identity, peer) in others {
            if let Some(link) = links.get(&identity) {
                link.endpoint.send_if_modified(|endpoint| {
                    let changed = *endpoint != peer.endpoint;
                    endpoint.clone_from(&peer.endpoint);
                    changed
                });
                continue;
            }
            let (accepted, connections) = mpsc::channel(1);
            let link = Arc::new(Link {
                me: self.me,
                peer: identity,
                endpoint: watch::Sender::new(peer.endpoint.clone()),
                outgoing: Outgoing::default(),
                connected: AtomicBool::new(false),
                faults: Mutex::default(),
                accepted,
            });
            links.insert(identity, link.clone());
            if self.me < identity {
                match self.tls.client(identity) {
                    Ok(crypto) => {
                        let mut config = quinn::ClientConfig::new(Arc::new(crypto));
                        config.transport_config(Arc::new(transport_config()));
                        let dialler =
                            Dialler { endpoint: self.endpoint.clone(), config, link, inbox: inbox.clone() };
                        tasks.spawn(identity, dialler.run());
                    }
                    Err(error) => warn!(peer = %identity, %error, "cannot prepare to dial a peer"),
                }
            } else {
                tasks.spawn(identity, listen(link, inbox.clone(), connections));
            }
        }
    }

    /// Takes connections in: handshakes run side by side, each authenticated connection goes to its peer's task.
    async fn accept(&self) {
        let handshakes = Arc::new(Semaphore::new(CONCURRENT_HANDSHAKES));
        let mut tasks = JoinSet::new();
        loop {
            let incoming = tokio::select! {
                biased;
                Some(joined) = tasks.join_next() => {
                    if let Ok(Some(connection)) = joined {
                        self.hand_over(connection);
                    }
                    continue;
                }
                incoming = self.endpoint.accept() => incoming,
            };
            let Some(incoming) = incoming else { return };
            let from = incoming.remote_address();
            // A forged source address costs a stateless answer and no more.
            if !incoming.remote_address_validated() && incoming.may_retry() {
                if let Err(error) = incoming.retry() {
                    debug!(%from, %error, "cannot ask a dialler to prove its address");
                }
                continue;
            }
            let Ok(permit) = handshakes.clone().try_acquire_owned() else {
                warn!(%from, "too many handshakes at once; a dialler was refused");
                incoming.refuse();
                continue;
            };
            tasks.spawn(async move {
                let _permit = permit;
                let connecting = match incoming.accept() {
                    Ok(connecting) => connecting,
                    Err(error) => {
                        debug!(%from, %error, "a connection was not accepted");
                        return None;
                    }
                };
                match tokio::time::timeout(HANDSHAKE_LIMIT, connecting).await {
                    Ok(Ok(connection)) => Some(connection),
                    Ok(Err(error)) => {
                        metrics::counter!("arx_handshakes_refused_total").increment(1);
                        warn!(%from, %error, "a dialler was refused");
                        None
                    }
                    Err(_) => {
                        warn!(%from, "a dialler's handshake took longer than {HANDSHAKE_LIMIT:?}");
                        None
                    }
                }
            });
        }
    }

    fn hand_over(&self, connection: Connection) {
        let Some(identity) = connection::peer_identity(&connection) else {
            connection.close(codes::NOT_A_MEMBER, b"no identity");
            return;
        };
        // The membership may have changed during the handshake.
        let link = self.links().get(&identity).cloned().filter(|_| self.doorkeeper.is_welcome(&identity));
        let Some(link) = link else {
            connection.close(codes::NOT_A_MEMBER, b"not a member");
            return;
        };
        if let Err(
            mpsc::error::TrySendError::Full(connection) | mpsc::error::TrySendError::Closed(connection),
        ) = link.accepted.try_send(connection)
        {
            // One is waiting already; the peer will dial again if that one dies.
            connection.close(codes::REPLACED, b"another connection is being taken");
        }
    }
}

impl Transport for QuicTransport {
    async fn run(&self, inbox: Inbox, mut peers: watch::Receiver<Vec<Peer>>) -> Result<(), TransportError> {
        let _closer = CloseOnDrop(&self.endpoint);
        let mut tasks = PeerTasks::default();
        let accept = self.accept();
        tokio::pin!(accept);
        loop {
            let current = peers.borrow_and_update().clone();
            self.update_peers(&current, &mut tasks, &inbox);
            tokio::select! {
                biased;
                changed = peers.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                }
                () = &mut accept => {
                    return Err(TransportError::Listen {
                        address: self.local_address().map(|address| address.to_string()).unwrap_or_default(),
                        why: "the QUIC endpoint has stopped".into(),
                    });
                }
            }
        }
    }

    fn send(&self, to: &Identity, frame: Frame) -> Result<(), TransportError> {
        let link = self.links().get(to).cloned().ok_or(TransportError::UnknownPeer { peer: *to })?;
        let session = frame.session_stream();
        let bytes = frame.encode().map_err(|error| TransportError::Frame { kind: frame.kind(), error })?;
        metrics::counter!("arx_bytes_sent_total", "peer" => to.to_string()).increment(bytes.len() as u64);
        match session {
            None => link.outgoing.push_control(bytes),
            Some(session) => link
                .outgoing
                .push_data(session, bytes)
                .map_err(|queued_bytes| TransportError::QueueFull { peer: *to, queued_bytes })?,
        }
        Ok(())
    }

    fn give_way(&self, session: &SessionId) {
        for link in self.links().values() {
            link.outgoing.give_way(*session);
        }
    }

    fn is_connected(&self, peer: &Identity) -> bool {
        self.links().get(peer).is_some_and(|link| link.connected.load(Ordering::Relaxed))
    }

    fn finish(&self, session: &SessionId) {
        for link in self.links().values() {
            link.outgoing.end(session);
        }
    }
}

/// Closes all connections when the transport stops, so that peers need not wait for a timeout.
struct CloseOnDrop<'a>(&'a Endpoint);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close(codes::STOPPING, b"stopping");
    }
}

/// One task per peer, ended when the peer leaves or the transport stops.
#[derive(Default)]
struct PeerTasks {
    tasks: JoinSet<()>,
    handles: BTreeMap<Identity, tokio::task::AbortHandle>,
}

impl PeerTasks {
    fn spawn(&mut self, peer: Identity, task: impl Future<Output = ()> + Send + 'static) {
        self.handles.insert(peer, self.tasks.spawn(task));
    }

    fn retain(&mut self, keep: impl Fn(&Identity) -> bool) {
        self.handles.retain(|peer, handle| {
            let kept = keep(peer);
            if !kept {
                info!(%peer, "no longer a peer");
                handle.abort();
            }
            kept
        });
    }
}

/// The task of a peer that dials us: serves its newest connection.
async fn listen(link: Arc<Link>, inbox: Inbox, mut connections: mpsc::Receiver<Connection>) {
    let mut next = None;
    loop {
        let connection = match next.take() {
            Some(connection) => connection,
            None => match connections.recv().await {
                Some(connection) => connection,
                None => return,
            },
        };
        tokio::select! {
            biased;
            newer = connections.recv() => {
                connection.close(codes::REPLACED, b"replaced by a newer connection");
                match newer {
                    Some(newer) => next = Some(newer),
                    None => return,
                }
            }
            () = connection::serve(connection.clone(), link.clone(), inbox.clone()) => {}
        }
        link.set_connected(false);
    }
}

/// The task of a peer that we dial.
struct Dialler {
    endpoint: Endpoint,
    config: quinn::ClientConfig,
    link: Arc<Link>,
    inbox: Inbox,
}

impl Dialler {
    async fn run(self) {
        let mut endpoint = self.link.endpoint.subscribe();
        let mut pause = REDIAL_FIRST;
        loop {
            let address = endpoint.borrow_and_update().clone();
            match self.dial(&address).await {
                Ok(connection) => {
                    connection::serve(connection, self.link.clone(), self.inbox.clone()).await;
                    self.link.set_connected(false);
                    pause = REDIAL_FIRST;
                }
                // Said aloud once per series; the rest is for who looks closely.
                Err(why) if pause == REDIAL_FIRST => {
                    warn!(peer = %self.link.peer, %address, %why, "cannot reach a peer; trying on");
                }
                Err(why) => debug!(peer = %self.link.peer, %address, %why, "cannot reach a peer"),
            }
            // A new address is tried at once.
            tokio::select! {
                biased;
                changed = endpoint.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    pause = REDIAL_FIRST;
                }
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(REDIAL_LIMIT),
            }
        }
    }

    async fn dial(&self, address: &str) -> Result<Connection, String> {
        let resolved = tokio::net::lookup_host(address).await.map_err(|error| error.to_string())?;
        let ours = self.endpoint.local_addr().map_err(|error| error.to_string())?;
        let mut last = format!("{address} has no address of the family of {ours}");
        for candidate in resolved.filter(|candidate| candidate.is_ipv4() == ours.is_ipv4() || ours.is_ipv6())
        {
            let connecting = self
                .endpoint
                .connect_with(self.config.clone(), candidate, "arx")
                .map_err(|error| error.to_string())?;
            match tokio::time::timeout(HANDSHAKE_LIMIT, connecting).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = format!("the handshake took longer than {HANDSHAKE_LIMIT:?}"),
            }
        }
        Err(last)
    }
}

fn transport_config() -> TransportConfig {
    let mut config = TransportConfig::default();
    config
        .max_concurrent_uni_streams(VarInt::from_u32(STREAMS))
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(u64::from(CONNECTION_WINDOW))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_idle_timeout(IdleTimeout::try_from(IDLE_LIMIT).ok());
    config
}
