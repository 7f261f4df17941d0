//! The mesh on loopback: honest members, strangers, and members that send what they should not.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::Connection;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::streams::{Finish, FrameWriter, StreamKind};
use super::tls::{Doorkeeper, Tls};
use super::*;
use crate::frame::{
    AbortReason, Data, FRAME_VERSION, FrameError, MAX_CONTROL_BYTES, MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES,
};
use crate::transport::inbox::{DeliverError, InboxLimits, Incoming};

/// Keys in the order of their identities, so that of two nodes the first dials.
fn keys(count: u8) -> Vec<NodeKeys> {
    let mut keys: Vec<NodeKeys> =
        (0..count).map(|index| NodeKeys::from_seeds([index + 1; 32], [0; 32], [0; 32], [0; 32])).collect();
    keys.sort_by_key(NodeKeys::identity);
    keys
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A running transport with its inbox.
struct Mesh {
    transport: Arc<QuicTransport>,
    inbox: Inbox,
    peers: watch::Sender<Vec<Peer>>,
    task: JoinHandle<Result<(), TransportError>>,
}

impl Mesh {
    fn start(keys: &NodeKeys) -> Self {
        Self::start_at(keys, loopback(), Inbox::new(InboxLimits::default()))
    }

    fn start_at(keys: &NodeKeys, listen: SocketAddr, inbox: Inbox) -> Self {
        let transport = Arc::new(QuicTransport::bind(keys, listen).expect("a free port"));
        let (peers, seen) = watch::channel(Vec::new());
        let (running, delivered) = (transport.clone(), inbox.clone());
        let task = tokio::spawn(async move { running.run(delivered, seen).await });
        Mesh { transport, inbox, peers, task }
    }

    fn peer(&self) -> Peer {
        Peer { identity: self.transport.me, endpoint: self.address().to_string() }
    }

    fn address(&self) -> SocketAddr {
        self.transport.local_address().expect("a bound socket")
    }

    async fn next_frame(&self) -> (Identity, Frame) {
        loop {
            if let (from, Incoming::Frame(frame)) = self.inbox.next().await {
                return (from, frame);
            }
        }
    }

    async fn connected(&self, to: &Mesh) {
        loop {
            if self.inbox.next().await == (to.transport.me, Incoming::Connected) {
                return;
            }
        }
    }

    /// As a crash: everything of it ends.
    async fn stop(self) -> Inbox {
        self.task.abort();
        let _ = self.task.await;
        self.inbox
    }
}

async fn introduce(meshes: &[&Mesh]) {
    let peers: Vec<Peer> = meshes.iter().map(|mesh| mesh.peer()).collect();
    for mesh in meshes {
        mesh.peers.send_replace(peers.clone());
        // The list takes effect when the transport's task has seen it.
        while mesh.transport.links().len() + 1 < meshes.len() {
            tokio::task::yield_now().await;
        }
    }
}

fn control(tag: u8) -> Frame {
    Frame::Abort { session: SessionId([tag; 32]), reason: AbortReason::Internal, accused: None }
}

fn data(session: u8, sequence: u64, bytes: usize) -> Frame {
    Frame::Data(Data {
        session: SessionId([session; 32]),
        sequence,
        phase: [1, 0, 0, 0, 0],
        payload: vec![7; bytes],
    })
}

/// Someone with a key and a QUIC endpoint, and nothing else of ours.
struct Raw {
    endpoint: Endpoint,
    connection: Connection,
}

impl Raw {
    async fn dial(keys: &NodeKeys, to: &Mesh) -> Result<Raw, String> {
        let crypto = Tls::new(&keys.identity_seed()).unwrap().client(to.transport.me).unwrap();
        let endpoint = Endpoint::client(loopback()).unwrap();
        let config = quinn::ClientConfig::new(Arc::new(crypto));
        let connecting = endpoint.connect_with(config, to.address(), "arx").unwrap();
        let connection = connecting.await.map_err(|error| error.to_string())?;
        Ok(Raw { endpoint, connection })
    }

    /// Writes bytes on a stream of their own and ends it.
    async fn write(&self, bytes: &[u8]) {
        let mut stream = self.connection.open_uni().await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.finish().unwrap();
    }

    /// The connection's end, in the words of the other side.
    async fn closed(&self) -> String {
        self.connection.closed().await.to_string()
    }
}

async fn pair() -> (Mesh, Mesh) {
    let keys = keys(2);
    let (first, second) = (Mesh::start(&keys[0]), Mesh::start(&keys[1]));
    introduce(&[&first, &second]).await;
    first.connected(&second).await;
    second.connected(&first).await;
    (first, second)
}

/// A listening mesh and a member that dials it with a raw connection.
async fn listener_and_raw() -> (Mesh, Raw, Identity) {
    let keys = keys(2);
    let listener = Mesh::start(&keys[1]);
    let member = keys[0].identity();
    let raw_peer = Peer { identity: member, endpoint: "127.0.0.1:1".into() };
    listener.peers.send_replace(vec![raw_peer, listener.peer()]);
    // The list of members takes effect when the transport's task has seen it.
    while !listener.transport.doorkeeper.is_welcome(&member) {
        tokio::task::yield_now().await;
    }
    let raw = Raw::dial(&keys[0], &listener).await.unwrap();
    (listener, raw, member)
}

#[tokio::test]
async fn members_reach_each_other_both_ways() {
    let keys = keys(3);
    let meshes: Vec<Mesh> = keys.iter().map(Mesh::start).collect();
    introduce(&meshes.iter().collect::<Vec<_>>()).await;
    for (index, sender) in meshes.iter().enumerate() {
        for receiver in meshes.iter().filter(|mesh| mesh.transport.me != sender.transport.me) {
            sender.transport.send(&receiver.transport.me, control(index as u8)).unwrap();
        }
    }
    for receiver in &meshes {
        let mut from = vec![receiver.next_frame().await, receiver.next_frame().await];
        from.sort_by_key(|(identity, _)| *identity);
        let expected: Vec<(Identity, Frame)> = meshes
            .iter()
            .enumerate()
            .filter(|(_, mesh)| mesh.transport.me != receiver.transport.me)
            .map(|(index, mesh)| (mesh.transport.me, control(index as u8)))
            .collect();
        assert_eq!(from, expected);
    }
}

#[tokio::test]
async fn session_data_arrives_in_order_and_whole() {
    let (first, second) = pair().await;
    let session = second.inbox.open(SessionId([5; 32]), &[first.transport.me]).unwrap();
    for sequence in 0..20 {
        let bytes = if sequence == 7 { MAX_PAYLOAD_BYTES } else { sequence as usize * 1000 };
        first.transport.send(&second.transport.me, data(5, sequence, bytes)).unwrap();
    }
    for sequence in 0..20 {
        let received = session.receive(&first.transport.me).await.unwrap();
        assert_eq!(received.sequence, sequence);
        let bytes = if sequence == 7 { MAX_PAYLOAD_BYTES } else { sequence as usize * 1000 };
        assert_eq!(received.payload.len(), bytes);
    }
}

#[tokio::test]
async fn a_session_nobody_reads_holds_up_no_other() {
    let keys = keys(2);
    let first = Mesh::start(&keys[0]);
    let limits = InboxLimits { session_bytes: 1000, ..InboxLimits::default() };
    let second = Mesh::start_at(&keys[1], loopback(), Inbox::new(limits));
    introduce(&[&first, &second]).await;
    let (from, to) = (first.transport.me, second.transport.me);
    let _unread = second.inbox.open(SessionId([1; 32]), &[from]).unwrap();
    let read = second.inbox.open(SessionId([2; 32]), &[from]).unwrap();
    // More than inbox and stream window take together.
    for sequence in 0..8 {
        first.transport.send(&to, data(1, sequence, MAX_PAYLOAD_BYTES)).unwrap();
    }
    for sequence in 0..50 {
        first.transport.send(&to, data(2, sequence, 5000)).unwrap();
    }
    first.transport.send(&to, control(3)).unwrap();
    for sequence in 0..50 {
        assert_eq!(read.receive(&from).await.unwrap().sequence, sequence);
    }
    assert_eq!(second.next_frame().await, (from, control(3)));
}

#[tokio::test]
async fn strangers_are_refused_before_a_single_frame() {
    let keys = keys(3);
    // The stranger's key is lower, so only membership keeps it out.
    let (stranger, member, listener) = (&keys[0], &keys[1], Mesh::start(&keys[2]));
    let peer = Peer { identity: member.identity(), endpoint: "127.0.0.1:1".into() };
    listener.peers.send_replace(vec![peer, listener.peer()]);
    while !listener.transport.doorkeeper.is_welcome(&member.identity()) {
        tokio::task::yield_now().await;
    }
    // In TLS 1.3 the dialler may think it is through before the listener has seen its key.
    if let Ok(raw) = Raw::dial(stranger, &listener).await {
        raw.closed().await;
    }
    assert_eq!(listener.transport.refused_strangers(), [stranger.identity()]);
    assert!(!listener.transport.is_connected(&stranger.identity()));
    let sent = listener.transport.send(&stranger.identity(), control(1));
    assert!(matches!(sent, Err(TransportError::UnknownPeer { .. })));
}

#[tokio::test]
async fn who_should_be_dialled_may_not_dial() {
    let keys = keys(2);
    let lower = Mesh::start(&keys[0]);
    let higher = keys[1].identity();
    lower.peers.send_replace(vec![lower.peer(), Peer { identity: higher, endpoint: "127.0.0.1:1".into() }]);
    if let Ok(raw) = Raw::dial(&keys[1], &lower).await {
        raw.closed().await;
    }
    assert_eq!(lower.transport.refused_strangers(), [higher]);
}

#[tokio::test]
async fn an_impostor_at_the_right_address_is_not_talked_to() {
    let keys = keys(3);
    let (dialler, expected, impostor) = (Mesh::start(&keys[0]), &keys[1], &keys[2]);
    let doorkeeper = Arc::new(Doorkeeper::default());
    doorkeeper.set_welcome(vec![dialler.transport.me]);
    let crypto = Tls::new(&impostor.identity_seed()).unwrap().server(doorkeeper).unwrap();
    let endpoint = Endpoint::server(quinn::ServerConfig::with_crypto(Arc::new(crypto)), loopback()).unwrap();
    let endpoint_address = endpoint.local_addr().unwrap().to_string();
    dialler.peers.send_replace(vec![
        dialler.peer(),
        Peer { identity: expected.identity(), endpoint: endpoint_address },
    ]);
    let incoming = endpoint.accept().await.unwrap();
    let error = incoming.accept().unwrap().await.expect_err("the dialler hangs up");
    assert!(error.to_string().contains("dialled"), "{error}");
    assert!(!dialler.transport.is_connected(&expected.identity()));
}

#[tokio::test]
async fn a_lost_connection_comes_back_and_nothing_is_lost_or_doubled() {
    let keys = keys(2);
    let (first, second) = (Mesh::start(&keys[0]), Mesh::start(&keys[1]));
    introduce(&[&first, &second]).await;
    let (from, to) = (first.transport.me, second.transport.me);
    let session = second.inbox.open(SessionId([5; 32]), &[from]).unwrap();
    for sequence in 0..3 {
        first.transport.send(&to, data(5, sequence, 100)).unwrap();
    }
    for sequence in 0..3 {
        assert_eq!(session.receive(&from).await.unwrap().sequence, sequence);
    }
    let inbox = second.stop().await;
    for sequence in 3..6 {
        first.transport.send(&to, data(5, sequence, 100)).unwrap();
    }
    // Frames between sessions that were written to a dying connection are lost; those queued after it are not.
    while first.transport.is_connected(&to) {
        tokio::task::yield_now().await;
    }
    first.transport.send(&to, control(9)).unwrap();

    // It comes back at another address, as the chain tells.
    let second = Mesh::start_at(&keys[1], loopback(), inbox);
    introduce(&[&first, &second]).await;
    for sequence in 3..6 {
        assert_eq!(session.receive(&from).await.unwrap().sequence, sequence);
    }
    assert_eq!(second.next_frame().await, (from, control(9)));
    assert!(second.transport.faults(&from).is_empty());
}

#[tokio::test]
async fn a_former_member_is_cut_off() {
    let (first, second) = pair().await;
    second.peers.send_replace(vec![second.peer()]);
    // The dialler sees the connection end and is refused from then on.
    while second.transport.refused_strangers().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(second.transport.refused_strangers(), [first.transport.me]);
    assert!(!second.transport.is_connected(&first.transport.me));
}

/// Sends bytes on one stream as a member, and expects this fault on its record and the connection closed for it.
async fn expect_fault(bytes: &[u8], expected: PeerFault) {
    let (listener, raw, member) = listener_and_raw().await;
    raw.write(bytes).await;
    let closed = raw.closed().await;
    assert!(closed.contains(&expected.to_string()), "{closed}");
    assert_eq!(listener.transport.faults(&member), [expected]);
    // The node itself goes on: the member comes back and is heard.
    let keys = keys(2);
    let raw = Raw::dial(&keys[0], &listener).await.unwrap();
    let stream = raw.connection.open_uni().await.unwrap();
    let mut writer = FrameWriter::start(stream, StreamKind::Control).await.unwrap();
    writer.write(&control(4).encode().unwrap()).await.unwrap();
    assert_eq!(listener.next_frame().await, (member, control(4)));
    raw.endpoint.close(codes::STOPPING, b"");
}

fn framed(kind: &[u8], length: u32, body: &[u8]) -> Vec<u8> {
    [kind, &length.to_le_bytes(), body].concat()
}

#[tokio::test]
async fn an_oversize_frame_is_a_typed_error_that_names_the_peer() {
    let allowed = MAX_CONTROL_BYTES;
    let fault = PeerFault::Frame(FrameError::TooLong { bytes: allowed + 1, allowed });
    expect_fault(&framed(&[0], allowed as u32 + 1, &[]), fault).await;
    let session = [&[1][..], &[9; 32]].concat();
    let fault = PeerFault::Frame(FrameError::TooLong { bytes: u32::MAX as usize, allowed: MAX_FRAME_BYTES });
    expect_fault(&framed(&session, u32::MAX, &[]), fault).await;
}

#[tokio::test]
async fn garbage_is_a_typed_error_that_names_the_peer() {
    expect_fault(&[77, 1, 2, 3], PeerFault::UnknownStream { kind: 77 }).await;
    expect_fault(&framed(&[0], 3, &[9, 9, 9]), PeerFault::Frame(FrameError::UnknownVersion { version: 9 }))
        .await;
    expect_fault(
        &framed(&[0], 2, &[FRAME_VERSION, 200]),
        PeerFault::Frame(FrameError::UnknownKind { kind: 200 }),
    )
    .await;
    expect_fault(&framed(&[0], 5, &[FRAME_VERSION, 2, 3]), PeerFault::TruncatedStream).await;
    expect_fault(
        &framed(&[0], 3, &[FRAME_VERSION, 2, 3]),
        PeerFault::Frame(FrameError::Truncated { field: "session" }),
    )
    .await;
}

#[tokio::test]
async fn frames_on_the_wrong_stream_are_refused() {
    let bytes = data(1, 0, 3).encode().unwrap();
    let fault = FrameError::WrongStream { kind: "data", stream: "frames between sessions" };
    expect_fault(&framed(&[0], bytes.len() as u32, &bytes), fault.into()).await;
    let other = [&[1][..], &[9; 32]].concat();
    let fault = FrameError::WrongStream { kind: "data", stream: "data of another session" };
    expect_fault(&framed(&other, bytes.len() as u32, &bytes), fault.into()).await;
}

#[tokio::test]
async fn a_peer_cannot_open_sessions_without_end() {
    let (listener, raw, member) = listener_and_raw().await;
    let allowed = InboxLimits::default().unopened_sessions;
    for session in 0..=allowed as u8 {
        let stream = raw.connection.open_uni().await.unwrap();
        let kind = StreamKind::Session(SessionId([session; 32]));
        let mut writer = FrameWriter::start(stream, kind).await.unwrap();
        writer.write(&data(session, 0, 10).encode().unwrap()).await.unwrap();
        // One at a time, so that it is the last one that is too much.
        if session == allowed as u8 {
            assert_eq!(writer.stopped().await, Finish::Refused);
        } else {
            writer.finish().await;
        }
    }
    let faults = listener.transport.faults(&member);
    assert!(matches!(faults[..], [PeerFault::Deliver(DeliverError::TooManySessions { .. })]), "{faults:?}");
    assert!(listener.transport.is_connected(&member));
}
