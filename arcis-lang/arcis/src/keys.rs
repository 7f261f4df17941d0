//! Public keys as values of a circuit.

use std::fmt;

use arcis_circuit::{BitReader, Bits, PublicKey, Type, Value, ValueError};

/// The address of a Solana account: 32 bytes, one word of a circuit. It can be compared, selected and passed around, and
/// taken apart with [`SolanaPublicKey::to_bytes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SolanaPublicKey([u8; 32]);

/// The key of a client, to which results are encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ArcisX25519Pubkey([u8; 32]);

impl SolanaPublicKey {
    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The key with this name in base 58.
    ///
    /// # Panics
    /// When it is not the name of 32 bytes.
    pub const fn from_base58(text: &[u8]) -> Self {
        Self(from_base58(text))
    }

    /// The key with these two halves.
    pub const fn from_serialized(key: SerializedSolanaPublicKey) -> Self {
        let (lo, hi) = (key.lo.to_le_bytes(), key.hi.to_le_bytes());
        let mut bytes = [0; 32];
        let mut place = 0;
        while place < 16 {
            bytes[place] = lo[place];
            bytes[16 + place] = hi[place];
            place += 1;
        }
        Self(bytes)
    }
}

/// 32 bytes written in Bitcoin's base 58.
const fn from_base58(text: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < text.len() {
        let mut carry = match text[at] {
            letter @ b'1'..=b'9' => letter - b'1',
            letter @ b'A'..=b'H' => letter - b'A' + 9,
            letter @ b'J'..=b'N' => letter - b'J' + 17,
            letter @ b'P'..=b'Z' => letter - b'P' + 22,
            letter @ b'a'..=b'k' => letter - b'a' + 33,
            letter @ b'm'..=b'z' => letter - b'm' + 44,
            _ => panic!("this is not base 58"),
        } as u32;
        let mut place = bytes.len();
        while place > 0 {
            place -= 1;
            carry += bytes[place] as u32 * 58;
            bytes[place] = carry as u8;
            carry >>= 8;
        }
        assert!(carry == 0, "these are more than 32 bytes in base 58");
        at += 1;
    }
    bytes
}

impl ArcisX25519Pubkey {
    /// The key with this name in base 58. Not in circuits, where a key of an owner has to be an argument.
    ///
    /// # Panics
    /// When it is not the name of 32 bytes.
    pub const fn from_base58(text: &[u8]) -> Self {
        Self(from_base58(text))
    }

    /// The key with these bytes. Not in circuits, where a key of an owner has to be an argument.
    ///
    /// # Panics
    /// When these are not 32 bytes.
    pub const fn from_uint8(bytes: &[u8]) -> Self {
        match bytes.first_chunk() {
            Some(all) if bytes.len() == 32 => Self(*all),
            _ => panic!("a key has 32 bytes"),
        }
    }

    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// A Solana public key as two integers, little-endian: the form in which it takes part in arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct SerializedSolanaPublicKey {
    /// The first 16 bytes.
    pub lo: u128,
    /// The last 16 bytes.
    pub hi: u128,
}

impl From<SolanaPublicKey> for SerializedSolanaPublicKey {
    fn from(key: SolanaPublicKey) -> Self {
        let (mut lo, mut hi) = ([0; 16], [0; 16]);
        lo.copy_from_slice(&key.0[..16]);
        hi.copy_from_slice(&key.0[16..]);
        Self { lo: u128::from_le_bytes(lo), hi: u128::from_le_bytes(hi) }
    }
}

impl From<SerializedSolanaPublicKey> for SolanaPublicKey {
    fn from(key: SerializedSolanaPublicKey) -> Self {
        Self::from_serialized(key)
    }
}

impl Value for SerializedSolanaPublicKey {
    fn ty() -> Type {
        let fields = vec![("lo".to_owned(), u128::ty()), ("hi".to_owned(), u128::ty())];
        Type::Struct { name: "SerializedSolanaPublicKey".to_owned(), fields }
    }

    fn write_bits(&self, out: &mut Bits) {
        self.lo.write_bits(out);
        self.hi.write_bits(out);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        Ok(Self { lo: u128::read_bits(reader)?, hi: u128::read_bits(reader)? })
    }
}

impl Value for SolanaPublicKey {
    fn ty() -> Type {
        Type::PublicKey
    }

    fn write_bits(&self, out: &mut Bits) {
        PublicKey(self.0).write_bits(out);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        PublicKey::read_bits(reader).map(|key| Self(key.0))
    }
}

fn hexadecimal(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl fmt::Debug for SolanaPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SolanaPublicKey(")?;
        hexadecimal(&self.0, f)?;
        f.write_str(")")
    }
}

impl fmt::Debug for ArcisX25519Pubkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArcisX25519Pubkey(")?;
        hexadecimal(&self.0, f)?;
        f.write_str(")")
    }
}
