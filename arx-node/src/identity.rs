//! Who a node is: its Ed25519 public key, as registered on chain.

use std::fmt;

use solana_pubkey::Pubkey;

/// A node's Ed25519 identity key. It names the node on chain, in TLS handshakes and in results.
///
/// Shown in base58, as Solana tools show keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub [u8; 32]);

impl Identity {
    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first characters of the base58 form: enough to tell the members of a cluster apart in a log line.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl From<Pubkey> for Identity {
    fn from(key: Pubkey) -> Self {
        Identity(key.to_bytes())
    }
}

impl From<Identity> for Pubkey {
    fn from(identity: Identity) -> Self {
        Pubkey::from(identity.0)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Pubkey::from(self.0))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}
