// Data with an owner.

pub struct Shared {
    key: (),
}
pub struct Mxe {
    key: (),
}
pub trait Cipher {
    fn from_arcis<T>(self, value: T) -> Enc<Self, T>;
}
pub use Cipher as Owner;
impl Cipher for Shared {
    fn from_arcis<T>(self, value: T) -> Enc<Shared, T> {
        Enc { owner: self, data: value }
    }
}
impl Cipher for Mxe {
    fn from_arcis<T>(self, value: T) -> Enc<Mxe, T> {
        Enc { owner: self, data: value }
    }
}

pub struct Enc<O, T> {
    pub owner: O,
    data: T,
}

impl<O, T> Enc<O, T> {
    pub fn to_arcis(&self) -> T {
        __copy(&self.data)
    }
}

impl Shared {
    pub fn new(key: ArcisX25519Pubkey) -> Shared {
        __owner_of_key(key)
    }
    pub fn from_arcis<T>(self, value: T) -> Enc<Shared, T> {
        Enc { owner: self, data: value }
    }
}
impl Mxe {
    pub fn get() -> Mxe {
        __mxe()
    }
    pub fn from_arcis<T>(self, value: T) -> Enc<Mxe, T> {
        Enc { owner: self, data: value }
    }
}

extern "C" {
    fn __is_key_of(key: ArcisX25519Pubkey, client: &Shared);
}

pub struct EncData<T> {
    data: T,
    client: Shared,
}
impl<T> EncData<T> {
    pub fn to_arcis_with_pubkey_and_nonce(&self, key: ArcisX25519Pubkey, nonce: u128) -> T {
        __is_key_of(key, &self.client);
        __copy(&self.data)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArcisX25519Pubkey {
    key: (),
}

impl ArcisX25519Pubkey {
    pub fn from_base58(text: &[u8]) -> ArcisX25519Pubkey {
        panic!("the key of an owner has to be an argument of the instruction: take it as one, `recipient: ArcisX25519Pubkey`, and have the Solana program check that it is this one")
    }
    pub fn from_uint8(bytes: &[u8]) -> ArcisX25519Pubkey {
        panic!("the key of an owner has to be an argument of the instruction: take it as one, `recipient: ArcisX25519Pubkey`, and have the Solana program check that it is this one")
    }
    pub fn from_bytes(bytes: [u8; 32]) -> ArcisX25519Pubkey {
        panic!("the key of an owner has to be an argument of the instruction: take it as one, `recipient: ArcisX25519Pubkey`, and have the Solana program check that it is this one")
    }
}

/// 32 bytes written in Bitcoin's base 58.
fn __base58(text: &[u8]) -> [u8; 32] {
    let mut bytes = [0u8; 32];
    for i in 0..text.len() {
        let letter = text[i];
        let digit = if letter >= 49 && letter <= 57 {
            letter - 49
        } else if letter >= 65 && letter <= 72 {
            letter - 56
        } else if letter >= 74 && letter <= 78 {
            letter - 57
        } else if letter >= 80 && letter <= 90 {
            letter - 58
        } else if letter >= 97 && letter <= 107 {
            letter - 64
        } else if letter >= 109 && letter <= 122 {
            letter - 65
        } else {
            panic!("this is not base 58")
        };
        let mut carry = digit as u32;
        for j in 0..32 {
            let sum = bytes[31 - j] as u32 * 58 + carry;
            bytes[31 - j] = sum as u8;
            carry = sum >> 8;
        }
        if carry != 0 {
            panic!("these are more than 32 bytes in base 58");
        }
    }
    bytes
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash, PartialOrd, Ord)]
pub struct SolanaPublicKey {
    word: __Word<{ 256 }>,
}

impl SolanaPublicKey {
    pub fn from_bytes(bytes: [u8; 32]) -> SolanaPublicKey {
        SolanaPublicKey { word: __from_bytes(bytes) }
    }
    pub fn to_bytes(self) -> [u8; 32] {
        __to_bytes(self.word)
    }
    pub fn from_base58(text: &[u8]) -> SolanaPublicKey {
        SolanaPublicKey::from_bytes(__base58(text))
    }
    pub fn from_serialized(serialized: SerializedSolanaPublicKey) -> SolanaPublicKey {
        SolanaPublicKey::from(serialized)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash)]
pub struct SerializedSolanaPublicKey {
    pub lo: u128,
    pub hi: u128,
}
impl From<SolanaPublicKey> for SerializedSolanaPublicKey {
    fn from(key: SolanaPublicKey) -> SerializedSolanaPublicKey {
        let bytes: [u8; 32] = key.to_bytes();
        let mut lo = [0u8; 16];
        let mut hi = [0u8; 16];
        for i in 0..16 {
            lo[i] = bytes[i];
            hi[i] = bytes[16 + i];
        }
        SerializedSolanaPublicKey { lo: u128::from_le_bytes(lo), hi: u128::from_le_bytes(hi) }
    }
}
impl From<SerializedSolanaPublicKey> for SolanaPublicKey {
    fn from(key: SerializedSolanaPublicKey) -> SolanaPublicKey {
        let lo = key.lo.to_le_bytes();
        let hi = key.hi.to_le_bytes();
        let mut bytes = [0u8; 32];
        for i in 0..16 {
            bytes[i] = lo[i];
            bytes[16 + i] = hi[i];
        }
        SolanaPublicKey::from_bytes(bytes)
    }
}

pub struct Pack<T> {
    value: T,
}
impl<T> Pack<T> {
    pub fn new(value: T) -> Pack<T> {
        Pack { value }
    }
    pub fn unpack(&self) -> T {
        __copy(&self.value)
    }
}

impl<T> T {
    pub fn reveal(self) -> T {
        __reveal(self)
    }
}

