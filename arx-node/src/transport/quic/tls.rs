//! TLS for the mesh: both sides show an Ed25519 raw public key (RFC 7250) and nothing else.
//!
//! There is no certificate authority and no name: a node is its key. The dialling side accepts exactly the key it
//! dialled; the listening side accepts keys of members that are supposed to dial it. Both sides prove possession in
//! the TLS 1.3 handshake. No session resumption and no early data: every connection is authenticated anew, and
//! nothing can be replayed.

use std::sync::{Arc, PoisonError, RwLock};

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, DistinguishedName, PeerIncompatible, SignatureScheme};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::transport::TransportError;

/// The protocol's name in the handshake; another version of the mesh has another name.
const ALPN: &[u8] = b"arx/1";

/// DER of an Ed25519 private key (RFC 8410) up to the seed.
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// DER of an Ed25519 public key (RFC 8410) up to the key.
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// Who may dial us at this moment.
#[derive(Debug, Default)]
pub(super) struct Doorkeeper {
    welcome: RwLock<Vec<Identity>>,
    refused: RwLock<Vec<Identity>>,
}

/// How many refused keys are remembered.
const REMEMBERED_STRANGERS: usize = 16;

impl Doorkeeper {
    pub(super) fn set_welcome(&self, welcome: Vec<Identity>) {
        *self.welcome.write().unwrap_or_else(PoisonError::into_inner) = welcome;
    }

    pub(super) fn is_welcome(&self, identity: &Identity) -> bool {
        self.welcome.read().unwrap_or_else(PoisonError::into_inner).contains(identity)
    }

    /// The keys last refused.
    pub(super) fn refused(&self) -> Vec<Identity> {
        self.refused.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refuse(&self, identity: Identity) {
        let mut refused = self.refused.write().unwrap_or_else(PoisonError::into_inner);
        if !refused.contains(&identity) {
            if refused.len() == REMEMBERED_STRANGERS {
                refused.remove(0);
            }
            refused.push(identity);
        }
    }
}

/// The key and algorithms of this node's side of every handshake.
pub(super) struct Tls {
    key: Arc<CertifiedKey>,
    provider: Arc<CryptoProvider>,
}

impl Tls {
    pub(super) fn new(identity_seed: &[u8; 32]) -> Result<Self, TransportError> {
        let mut der = Zeroizing::new(PKCS8_PREFIX.to_vec());
        der.extend_from_slice(identity_seed);
        let key = rustls::crypto::ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(der.as_slice()))
            .map_err(tls)?;
        let spki = key
            .public_key()
            .ok_or_else(|| TransportError::Tls { why: "the key has no public part".into() })?;
        let certificate = CertificateDer::from(spki.as_ref().to_vec());
        Ok(Tls {
            key: Arc::new(CertifiedKey::new(vec![certificate], key)),
            provider: Arc::new(rustls::crypto::ring::default_provider()),
        })
    }

    /// For the listening side.
    pub(super) fn server(&self, doorkeeper: Arc<Doorkeeper>) -> Result<QuicServerConfig, TransportError> {
        let verifier =
            DiallerVerifier { doorkeeper, algorithms: self.provider.signature_verification_algorithms };
        let mut config = rustls::ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(tls)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(self.key.clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.send_tls13_tickets = 0;
        QuicServerConfig::try_from(config).map_err(|error| TransportError::Tls { why: error.to_string() })
    }

    /// For dialling this one peer.
    pub(super) fn client(&self, expected: Identity) -> Result<QuicClientConfig, TransportError> {
        let verifier =
            ListenerVerifier { expected, algorithms: self.provider.signature_verification_algorithms };
        let mut config = rustls::ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(self.key.clone())));
        config.alpn_protocols = vec![ALPN.to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        QuicClientConfig::try_from(config).map_err(|error| TransportError::Tls { why: error.to_string() })
    }
}

/// The identity in a peer's raw public key, if it is an Ed25519 key.
pub(super) fn identity_of(spki: &[u8]) -> Option<Identity> {
    spki.strip_prefix(&SPKI_PREFIX).and_then(|key| key.try_into().ok()).map(Identity)
}

/// The listening side's judgement of who dials.
#[derive(Debug)]
struct DiallerVerifier {
    doorkeeper: Arc<Doorkeeper>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for DiallerVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        key: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let identity = identity_of(key).ok_or_else(not_an_identity)?;
        if self.doorkeeper.is_welcome(&identity) {
            return Ok(ClientCertVerified::assertion());
        }
        self.doorkeeper.refuse(identity);
        Err(rustls::Error::General(format!(
            "{identity} is not a member of this cluster that may dial this node"
        )))
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
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// The dialling side's judgement of who answered.
#[derive(Debug)]
struct ListenerVerifier {
    expected: Identity,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for ListenerVerifier {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let identity = identity_of(key).ok_or_else(not_an_identity)?;
        if identity == self.expected {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!("dialled {}, answered by {identity}", self.expected)))
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
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

fn not_an_identity() -> rustls::Error {
    rustls::Error::General("the raw public key is not an Ed25519 key".into())
}

fn tls(error: rustls::Error) -> TransportError {
    TransportError::Tls { why: error.to_string() }
}
