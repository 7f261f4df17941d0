//! A mesh of processes over loopback QUIC, as nodes use it: TLS 1.3 with raw public keys, and one stream for each
//! direction of a pair. A frame is as over TCP.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use mpc::{Channel, ChannelError, MAX_PAYLOAD_BYTES, PartyId, Phase};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Connection, Endpoint, RecvStream, SendStream, TransportConfig, VarInt};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, PeerIncompatible, SignatureScheme};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

const HEADER: usize = 9;
/// DER of an Ed25519 private key (RFC 8410) up to the seed.
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

type Failure = Box<dyn Error + Send + Sync>;
type Frame = (Option<Phase>, Vec<u8>);

/// One party's end.
pub struct QuicChannel {
    me: PartyId,
    parties: u8,
    readers: BTreeMap<PartyId, UnboundedReceiver<Frame>>,
    writers: BTreeMap<PartyId, UnboundedSender<(Phase, Vec<u8>)>>,
    tasks: Vec<JoinHandle<()>>,
    connections: Vec<Connection>,
    endpoint: Endpoint,
    runtime: Runtime,
}

/// Waits until everything that was handed over has arrived.
impl Drop for QuicChannel {
    fn drop(&mut self) {
        self.writers.clear();
        let tasks = std::mem::take(&mut self.tasks);
        self.runtime.block_on(async {
            for task in tasks {
                // A writer that panicked has nothing more to write.
                let _ = task.await;
            }
            for connection in &self.connections {
                connection.close(VarInt::from_u32(0), b"");
            }
            self.endpoint.wait_idle().await;
        });
    }
}

impl QuicChannel {
    /// Connects party `me` with all others, whose UDP ports are given in the parties' order.
    pub fn connect(me: u8, ports: &[u16]) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let address = |party: u8| SocketAddr::from(([127, 0, 0, 1], ports[usize::from(party)]));
        let (endpoint, connections) = runtime.block_on(async {
            let mut endpoint = Endpoint::server(server(me)?, address(me))?;
            endpoint.set_default_client_config(client()?);
            let mut connections = BTreeMap::new();
            for peer in 0..me {
                let connection = dial(&endpoint, address(peer)).await?;
                let mut stream = connection.open_uni().await?;
                stream.write_all(&[me]).await?;
                let theirs = connection.accept_uni().await?;
                connections.insert(PartyId(peer), (connection, stream, theirs));
            }
            for _ in usize::from(me) + 1..ports.len() {
                let connection = endpoint.accept().await.ok_or("the endpoint is closed")?.await?;
                let mut theirs = connection.accept_uni().await?;
                let mut peer = [0];
                theirs.read_exact(&mut peer).await?;
                let mut stream = connection.open_uni().await?;
                // A stream is there for the other side when something was written to it.
                stream.write_all(&[]).await?;
                connections.insert(PartyId(peer[0]), (connection, stream, theirs));
            }
            Ok::<_, Failure>((endpoint, connections))
        })?;
        let mut channel = Self {
            me: PartyId(me),
            parties: ports.len() as u8,
            readers: BTreeMap::new(),
            writers: BTreeMap::new(),
            tasks: Vec::new(),
            connections: Vec::new(),
            endpoint,
            runtime,
        };
        for (peer, (connection, stream, theirs)) in connections {
            let (sender, to_write) = unbounded();
            let (arrived, receiver) = unbounded();
            channel.tasks.push(channel.runtime.spawn(write(stream, to_write)));
            channel.runtime.spawn(read(theirs, arrived));
            channel.writers.insert(peer, sender);
            channel.readers.insert(peer, receiver);
            channel.connections.push(connection);
        }
        Ok(channel)
    }
}

async fn dial(endpoint: &Endpoint, address: SocketAddr) -> Result<Connection, Failure> {
    let mut last: Failure = "never tried".into();
    for _ in 0..200 {
        match endpoint.connect(address, "node")?.await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error.into(),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(last)
}

async fn write(mut stream: SendStream, mut frames: UnboundedReceiver<(Phase, Vec<u8>)>) {
    while let Some((phase, payload)) = frames.next().await {
        let mut frame = Vec::with_capacity(HEADER + payload.len());
        frame.extend((payload.len() as u32).to_le_bytes());
        frame.extend(phase.to_bytes());
        frame.extend(payload);
        // A peer that has left is noticed when something is due from it.
        if stream.write_all(&frame).await.is_err() {
            return;
        }
    }
    if stream.finish().is_ok() {
        let _ = stream.stopped().await;
    }
}

async fn read(mut stream: RecvStream, frames: UnboundedSender<Frame>) {
    let mut header = [0; HEADER];
    while stream.read_exact(&mut header).await.is_ok() {
        let [a, b, c, d, phase @ ..] = header;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if length > MAX_PAYLOAD_BYTES {
            return;
        }
        let mut payload = vec![0; length];
        if stream.read_exact(&mut payload).await.is_err() {
            return;
        }
        if frames.unbounded_send((Phase::from_bytes(phase), payload)).is_err() {
            return;
        }
    }
}

impl Channel for QuicChannel {
    fn parties(&self) -> u8 {
        self.parties
    }

    fn me(&self) -> PartyId {
        self.me
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        let writer = self.writers.get(&to).ok_or(ChannelError::NoSuchPeer { party: to })?;
        // A peer that has left is noticed when something is due from it.
        let _ = writer.unbounded_send((phase, payload));
        Ok(())
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        let reader = self.readers.get_mut(&from).ok_or(ChannelError::NoSuchPeer { party: from })?;
        match reader.next().await {
            Some((Some(actual), payload)) if actual == phase => Ok(payload),
            Some((Some(actual), _)) => Err(ChannelError::WrongPhase { party: from, expected: phase, actual }),
            Some((None, _)) => Err(ChannelError::Refused { party: from, reason: "an unknown phase".into() }),
            None => Err(ChannelError::Closed { party: from }),
        }
    }
}

fn transport() -> Arc<TransportConfig> {
    let mut config = TransportConfig::default();
    config.max_idle_timeout(None);
    config.stream_receive_window(VarInt::from_u32(8 << 20));
    config.send_window(64 << 20);
    Arc::new(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn server(me: u8) -> Result<quinn::ServerConfig, Failure> {
    let der = [&PKCS8_PREFIX[..], &[me + 1; 32]].concat();
    let key = rustls::crypto::ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(der.as_slice()))?;
    let public = key.public_key().ok_or("the key has no public part")?;
    let key = Arc::new(CertifiedKey::new(vec![CertificateDer::from(public.as_ref().to_vec())], key));
    let mut tls = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(key)));
    tls.alpn_protocols = vec![b"bench".to_vec()];
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    config.transport_config(transport());
    Ok(config)
}

fn client() -> Result<quinn::ClientConfig, Failure> {
    let mut tls = rustls::ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider())))
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"bench".to_vec()];
    let mut config = quinn::ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    config.transport_config(transport());
    Ok(config)
}

/// Takes whoever answers on this machine's ports: what is measured is the cost of the transport.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::PeerIncompatible(PeerIncompatible::Tls13RequiredForQuic))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let key = SubjectPublicKeyInfoDer::from(key.as_ref());
        let algorithms = self.0.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}
