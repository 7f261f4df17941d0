//! Passphrase encryption for the key file and for backups.
//!
//! ```text
//! "ARXSEAL1" || memory KiB u32 || passes u32 || lanes u32 || salt 16 || nonce 24 || ciphertext || tag 16
//! key        = Argon2id v1.3 (RFC 9106), 32 bytes, of the passphrase and the salt
//! ciphertext = XChaCha20-Poly1305 (RFC 8439 with the extended nonce), everything before it and the purpose as
//!              associated data, so that a backup is not taken for a key file
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::EntropyError;

const MAGIC: &[u8; 8] = b"ARXSEAL1";
const SALT: usize = 16;
const NONCE: usize = 24;
const HEAD: usize = 8 + 12 + SALT + NONCE;

/// RFC 9106, section 4: the second recommended choice (64 MiB, 3 passes), in one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// A file asking for more is not ours; it would only make us wait.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 32;
const MOST_LANES: u32 = 16;

/// Encrypts `secret` under a passphrase.
pub fn seal(purpose: &str, passphrase: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut random = [0; SALT + NONCE];
    getrandom::fill(&mut random).map_err(|error| EntropyError { why: error.to_string() })?;
    let mut sealed = Vec::with_capacity(HEAD + secret.len() + 16);
    sealed.extend_from_slice(MAGIC);
    for number in [MEMORY_KIB, PASSES, LANES] {
        sealed.extend_from_slice(&number.to_le_bytes());
    }
    sealed.extend_from_slice(&random);
    let (salt, nonce) = random.split_at(SALT);
    let cipher = cipher(passphrase, salt, MEMORY_KIB, PASSES, LANES)?;
    let associated = associated(purpose, &sealed);
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError::NotSealed)?;
    let encrypted = cipher
        .encrypt(&nonce, Payload { msg: secret, aad: &associated })
        .map_err(|_| SealError::NotSealed)?;
    sealed.extend_from_slice(&encrypted);
    Ok(sealed)
}

/// Decrypts what [`seal`] made for the same purpose.
pub fn open(purpose: &str, passphrase: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (head, encrypted) = sealed.split_at_checked(HEAD).ok_or(SealError::NotSealed)?;
    let rest = head.strip_prefix(MAGIC).ok_or(SealError::NotSealed)?;
    let (numbers, rest) = rest.split_first_chunk::<12>().ok_or(SealError::NotSealed)?;
    let (salt, nonce) = rest.split_at_checked(SALT).ok_or(SealError::NotSealed)?;
    let [memory, passes, lanes] =
        [0, 4, 8].map(|at| numbers[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes)));
    if memory > MOST_MEMORY_KIB || passes > MOST_PASSES || lanes > MOST_LANES {
        return Err(SealError::Cost);
    }
    let cipher = cipher(passphrase, salt, memory, passes, lanes)?;
    let associated = associated(purpose, head);
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError::NotSealed)?;
    let secret = cipher
        .decrypt(&nonce, Payload { msg: encrypted, aad: &associated })
        .map_err(|_| SealError::WrongPassphrase)?;
    Ok(Zeroizing::new(secret))
}

fn associated(purpose: &str, head: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), head].concat()
}

fn cipher(
    passphrase: &str,
    salt: &[u8],
    memory: u32,
    passes: u32,
    lanes: u32,
) -> Result<XChaCha20Poly1305, SealError> {
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| SealError::Cost)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .map_err(|_| SealError::Cost)?;
    Ok(XChaCha20Poly1305::new(&Key::from(*key)))
}

/// Sealing or opening failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Not what [`seal`] writes.
    #[error("it is not a file that arx-node encrypted")]
    NotSealed,
    /// Parameters of the key derivation beyond all use.
    #[error("it asks for a key derivation that arx-node would not use")]
    Cost,
    /// The tag does not fit.
    #[error("the passphrase is wrong, or the file is damaged")]
    WrongPassphrase,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_passphrase_and_purpose_only() {
        let sealed = seal("keys", "correct horse", b"secret").unwrap();
        assert_eq!(open("keys", "correct horse", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(open("keys", "wrong horse", &sealed), Err(SealError::WrongPassphrase));
        assert_eq!(open("backup", "correct horse", &sealed), Err(SealError::WrongPassphrase));
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn damage_is_noticed() {
        let sealed = seal("keys", "p", b"secret").unwrap();
        // Salt, nonce, ciphertext, tag.
        for place in [20, 40, HEAD, sealed.len() - 1] {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert_eq!(open("keys", "p", &damaged), Err(SealError::WrongPassphrase), "byte {place}");
        }
        for length in [0, 7, 8, HEAD - 1] {
            assert_eq!(open("keys", "p", &sealed[..length]), Err(SealError::NotSealed));
        }
        let mut costly = sealed.clone();
        costly[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(open("keys", "p", &costly), Err(SealError::Cost));
        costly[8..12].copy_from_slice(&0_u32.to_le_bytes());
        assert_eq!(open("keys", "p", &costly), Err(SealError::Cost));
    }

    #[test]
    fn the_key_is_argon2id_as_in_rfc_9106() {
        // Argon2id v1.3 without secret and associated data, from the reference implementation's own test vectors.
        let params = Params::new(65536, 2, 1, Some(32)).unwrap();
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(b"password", b"somesalt", &mut key)
            .unwrap();
        assert_eq!(hex::encode(key), "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
    }
}
