//! Ed25519 signatures (RFC 8032) under a key that the parties share and none of them has.
//!
//! The key is `A = A_0 + .. + A_(n-1)` with `A_i = a_i B`, made once ([`key`]). A signature of `m` is `R || s` with `R =
//! sum R_i`, `R_i = r_i B`, `h = H(R || A || m)` and `s = sum s_i`, `s_i = r_i + h a_i`: it verifies with any
//! implementation, as `s B = R + h A`. One step signs any number of messages:
//!
//! 1. Everybody broadcasts the digest of key and messages; all must be equal. So `m` is fixed, under everybody's
//!    signature, before anything about `R` is known.
//! 2. The nonces are opened, in a way that nobody can choose its own by the others':
//!    - [`authenticated`]: `r_i` is a scalar of the stock. `P_i` broadcasts `R_i` and, for every `P_j`, `M_i^j B`;
//!      `P_j` checks `M_i^j B = K_j^i B + D_j R_i`, the MAC in the exponent. What `R_i` is was settled when the stock
//!      was made; another one passes only with a guess of `D_j`.
//!    - [`committed`], where there is no stock: `P_i` draws `r_i` and commits to `R_i`, then opens it.
//! 3. Everybody broadcasts the digest of all that was agreed on and opened; all must be equal.
//! 4. The use of each nonce is recorded durably ([`NonceUse`]). Then everybody broadcasts `s_i`, which all check by
//!    `s_i B = R_i + h A_i`. Who sent another one is proven guilty by what it signed in 3 and 4 ([`crate::misbehavior`]).
//!
//! # Why nobody may choose its nonce late
//! With `R_i` chosen after the others' are known, in many signatures at a time, `R` and with it `h` can be made to solve
//! a system of equations that gives a signature of a message that nobody signed ([BLLOR21], the ROS problem). Here
//! `R` is uniformly random and unknown until `m` is fixed, whatever runs beside it: every step is one query to a signer
//! of plain Ed25519, and concurrent steps are independent queries. For the committed form this is the argument of
//! [BN06], section 5, with the additive key of known, proven shares.
//!
//! # Why a nonce has one use
//! Two `s_i` under one `r_i` and different `h` give `a_i`. A stock item is given out once, durably; a session is begun
//! once; and the record of 4 is refused for a second use, if both failed.
//!
//! [BLLOR21]: F. Benhamouda, T. Lepoint, J. Loss, M. Orru, M. Raykova. On the (in)security of ROS. EUROCRYPT 2021.
//! [BN06]: M. Bellare, G. Neven. Multi-Signatures in the Plain Public-Key Model and a General Forking Lemma. CCS 2006.

pub mod key;
mod nonces;
mod shares;

use arx_wire::hash::{LabelledHash, sha256};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop};

pub use key::{KeyName, KeyShare, PublicShares, SigningKey, SigningKeyError};
pub(crate) use nonces::{Step, authenticated, committed};
pub(crate) use shares::sign;

use crate::ProtocolError;
use crate::channel::PartyId;
use crate::message::SignedHeader;

/// Most messages that are signed in one step.
pub const MAX_SIGNATURES: usize = 1024;

/// Signatures whose nonces are open: one party's part of them. The nonces are wiped when it is dropped.
pub struct Signatures {
    opened: Opened,
    messages: Vec<Vec<u8>>,
    /// This party's nonces.
    secrets: Vec<NonceSecret>,
    uses: Vec<NonceUse>,
    /// By party: the header with which it confirmed, in a signed session.
    confirmed: Vec<Option<SignedHeader>>,
}

impl Signatures {
    /// What each nonce is for. Recorded durably before it is used, and refused if a nonce had another use.
    pub fn nonce_uses(&self) -> &[NonceUse] {
        &self.uses
    }
}

/// A nonce's only use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceUse {
    /// Names the nonce: this party's `R_i`.
    pub nonce: [u8; 32],
    /// Names its use: `H(L("arx/v1/sign/use") || session || R || A || SHA-256(m))`.
    pub used_for: [u8; 32],
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct NonceSecret(Scalar);

/// All that the parties agreed on before they sign: what everybody confirms by its digest.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) session: [u8; 32],
    /// Which step of the session.
    pub(crate) number: u32,
    /// By party: `A_i`.
    pub(crate) keys: PublicShares,
    /// By signature: the digest of the message.
    pub(crate) messages: Vec<[u8; 32]>,
    /// By signature, by party: `R_i`.
    pub(crate) nonces: Vec<Vec<[u8; 32]>>,
    /// By signature: `H(R || A || m) mod l`.
    pub(crate) challenges: Vec<Scalar>,
}

impl Opened {
    /// What is agreed on before nonces are opened.
    pub(crate) fn statement(
        session: &[u8; 32],
        number: u32,
        keys: &[[u8; 32]],
        messages: &[[u8; 32]],
    ) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/sign/messages").bytes(session).u32(number).u8(keys.len() as u8);
        let hash = keys.iter().fold(hash, |hash, key| hash.bytes(key)).u32(messages.len() as u32);
        messages.iter().fold(hash, |hash, message| hash.bytes(message)).finish()
    }

    /// What is confirmed when they are.
    pub(crate) fn digest(statement: &[u8; 32], nonces: impl Iterator<Item = [u8; 32]>) -> [u8; 32] {
        nonces
            .fold(LabelledHash::new("arx/v1/sign/nonces").bytes(statement), |hash, nonce| hash.bytes(&nonce))
            .finish()
    }

    fn confirmation(&self) -> [u8; 32] {
        let statement = Self::statement(&self.session, self.number, self.keys.shares(), &self.messages);
        Self::digest(&statement, self.nonces.iter().flatten().copied())
    }

    /// `R` of a signature, encoded.
    fn sum(&self, index: usize) -> [u8; 32] {
        let points = self.nonces.get(index).into_iter().flatten().filter_map(point);
        points.sum::<EdwardsPoint>().compress().to_bytes()
    }
}

/// Whether `s_i` is `party`'s share of a signature: canonical, and `s_i B = R_i + h A_i`.
pub(crate) fn is_share(share: &[u8], nonce: &[u8; 32], key: &EdwardsPoint, challenge: &Scalar) -> bool {
    let Some(s) = scalar(share) else { return false };
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-challenge, key, &s);
    expected.compress().to_bytes() == *nonce
}

/// `H(R || A || m) mod l` (RFC 8032, section 5.1.6).
pub(crate) fn challenge(nonce: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(nonce).chain_update(key).chain_update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// Reads the canonical encoding of a point of the prime-order group other than the neutral one.
///
/// Why the subgroup: a nonce with a part of small order would show `D_j` modulo eight by whether it is accepted.
pub(crate) fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*bytes).decompress()?;
    let canonical = point.compress().to_bytes() == *bytes;
    (canonical && point.is_torsion_free() && !point.is_identity()).then_some(point)
}

pub(crate) fn scalar(bytes: &[u8]) -> Option<Scalar> {
    Option::from(Scalar::from_canonical_bytes(bytes.try_into().ok()?))
}

pub(crate) fn digests(messages: &[Vec<u8>]) -> Vec<[u8; 32]> {
    messages.iter().map(|message| sha256(message)).collect()
}

const fn too_many(actual: usize) -> ProtocolError {
    ProtocolError::TooManySignatures { most: MAX_SIGNATURES, actual }
}

/// Where the parties' statements differ.
const fn diverged(party: PartyId) -> ProtocolError {
    ProtocolError::TranscriptDiverged { party }
}
