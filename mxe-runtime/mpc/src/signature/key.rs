//! The key that the parties share: its shares, and how they are put together.
//!
//! `P_i` has `a_i`, which follows from its long-term secret, so that nothing has to be stored and the share survives
//! what the secret survives. The key is made once, in a signed session of its own ([`generate`]):
//!
//! 1. `P_i` broadcasts a commitment to `A_i = a_i B` and a proof that it knows `a_i`.
//! 2. When all have the same commitments, it opens it. Everybody checks encoding, subgroup, proof and commitment.
//! 3. All compare what they came to. `A_i` go to the chain, where they and the key `A = sum A_i` can be read by all.
//!
//! Why commitments: the last to speak would choose `A_i` by the others' and so `A`. Why proofs: it would take
//! `A_i = X - sum A_j` and sign for `A = X` alone. With a proof for each, only the parties together have the key.

use core::fmt;

use arx_wire::hash::LabelledHash;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{diverged, point, scalar};
use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::session::Session;

/// Bytes of a proof of possession.
pub const PROOF_BYTES: usize = 64;

/// Which key: whose, and which version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// Address of the application's MXE.
    pub mxe: [u8; 32],
    /// The version of the nodes' long-term keys.
    pub version: u64,
}

/// One party's share `a_i` of a key. Wiped when dropped, not shown by `Debug`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyShare(Scalar);

impl KeyShare {
    /// The share that follows from a node's long-term secret: `SHA-512(L("arx/v1/sign/share") || secret || mxe ||
    /// version u64) mod l`.
    pub fn derive(secret: &[u8; 32], name: &KeyName) -> Self {
        let parts: [&[u8]; 3] = [secret, &name.mxe, &name.version.to_le_bytes()];
        let share = hash_to_scalar("arx/v1/sign/share", &parts);
        // Zero comes up with probability 2^-252; one is as good a share there.
        let is_zero = share.ct_eq(&Scalar::ZERO);
        Self(Scalar::conditional_select(&share, &Scalar::ONE, is_zero))
    }

    /// `A_i = a_i B`, encoded.
    pub fn public(&self) -> [u8; 32] {
        EdwardsPoint::mul_base(&self.0).compress().to_bytes()
    }

    /// Proof that whoever has `A_i` knows `a_i`, for the node with this identity: `R || s` with `s B = R + q A_i`, `q =
    /// SHA-512(L("arx/v1/sign/pop") || mxe || version u64 || identity || A_i || R) mod l` (Schnorr). The label keeps it from
    /// being a signature of anything.
    pub fn prove(&self, name: &KeyName, identity: &[u8; 32]) -> [u8; PROOF_BYTES] {
        let own = Zeroizing::new(self.0.to_bytes());
        let version = name.version.to_le_bytes();
        let parts: [&[u8]; 4] = [&*own, &name.mxe, &version, identity];
        let nonce = Zeroizing::new(hash_to_scalar("arx/v1/sign/pop/nonce", &parts));
        let commitment = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
        let q = proof_challenge(name, identity, &self.public(), &commitment);
        let s = *nonce + q * self.0;
        let mut proof = [0; PROOF_BYTES];
        proof[..32].copy_from_slice(&commitment);
        proof[32..].copy_from_slice(&s.to_bytes());
        proof
    }

    pub(super) const fn scalar(&self) -> &Scalar {
        &self.0
    }
}

impl fmt::Debug for KeyShare {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyShare([secret])")
    }
}

/// Verifies a proof of [`KeyShare::prove`] for the public share `share`.
///
/// # Errors
/// [`SigningKeyError::Share`] if it is no share that can be used; [`SigningKeyError::Proof`].
pub fn verify_proof(
    name: &KeyName,
    identity: &[u8; 32],
    share: &[u8; 32],
    proof: &[u8; PROOF_BYTES],
) -> Result<(), SigningKeyError> {
    let key = point(share).ok_or(SigningKeyError::Share { party: None })?;
    let (commitment, s) = proof.split_at(32);
    let commitment: [u8; 32] = commitment.try_into().map_err(|_| SigningKeyError::Proof)?;
    let s = scalar(s).ok_or(SigningKeyError::Proof)?;
    let q = proof_challenge(name, identity, share, &commitment);
    let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-q, &key, &s);
    if expected.compress().to_bytes() == commitment { Ok(()) } else { Err(SigningKeyError::Proof) }
}

fn proof_challenge(name: &KeyName, identity: &[u8; 32], share: &[u8; 32], commitment: &[u8; 32]) -> Scalar {
    let parts: [&[u8]; 5] = [&name.mxe, &name.version.to_le_bytes(), identity, share, commitment];
    hash_to_scalar("arx/v1/sign/pop", &parts)
}

pub(super) fn hash_to_scalar(label: &'static str, parts: &[&[u8]]) -> Scalar {
    let mut hash = Sha512::new().chain_update([label.len() as u8]).chain_update(label);
    parts.iter().for_each(|part| hash.update(part));
    let wide: Zeroizing<[u8; 64]> = Zeroizing::new(hash.finalize().into());
    Scalar::from_bytes_mod_order_wide(&wide)
}

/// The public side of a key: every party's `A_i`, in the cluster's order, and `A`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicShares {
    shares: Vec<[u8; 32]>,
    points: Vec<EdwardsPoint>,
    key: [u8; 32],
}

impl PublicShares {
    /// Reads the shares as they are on the chain.
    ///
    /// # Errors
    /// [`SigningKeyError`] if one is no point of the prime-order group, or they cancel out.
    pub fn parse(shares: &[[u8; 32]]) -> Result<Self, SigningKeyError> {
        let read =
            |(party, share)| point(share).ok_or(SigningKeyError::Share { party: Some(PartyId(party)) });
        let points = (0..).zip(shares).map(read).collect::<Result<Vec<_>, _>>()?;
        let key: EdwardsPoint = points.iter().sum();
        if key.is_identity() {
            return Err(SigningKeyError::Cancelled);
        }
        Ok(Self { shares: shares.to_vec(), points, key: key.compress().to_bytes() })
    }

    /// The key `A` that signatures are verified with.
    pub const fn key(&self) -> [u8; 32] {
        self.key
    }

    /// `A_i`, by party.
    pub fn shares(&self) -> &[[u8; 32]] {
        &self.shares
    }

    pub(crate) fn point(&self, party: PartyId) -> Option<&EdwardsPoint> {
        self.points.get(party.index())
    }
}

/// A key with one party's share of it.
#[derive(Clone, Debug)]
pub struct SigningKey {
    public: PublicShares,
    share: KeyShare,
}

impl SigningKey {
    /// Puts the public side and party `me`'s share together.
    ///
    /// # Errors
    /// [`SigningKeyError::ForeignShare`] if the share is not that party's.
    pub fn new(public: PublicShares, share: KeyShare, me: PartyId) -> Result<Self, SigningKeyError> {
        if public.shares.get(me.index()) != Some(&share.public()) {
            return Err(SigningKeyError::ForeignShare);
        }
        Ok(Self { public, share })
    }

    /// The public side.
    pub const fn public(&self) -> &PublicShares {
        &self.public
    }

    pub(super) const fn share(&self) -> &KeyShare {
        &self.share
    }
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SigningKeyError {
    /// A public share is not the canonical encoding of a point of the prime-order group, or is the neutral one.
    #[error("the public share{} is not a point that keys are made of", .party.map(|party| format!(" of {party}")).unwrap_or_default())]
    Share {
        /// Whose, if that is known.
        party: Option<PartyId>,
    },
    /// The shares add up to the neutral point.
    #[error("the public shares cancel out")]
    Cancelled,
    /// A proof does not show that its party knows its share.
    #[error("the proof of possession of a share does not verify")]
    Proof,
    /// The secret share does not fit the public one.
    #[error(
        "this node's share of the signing key is not the one that the key was made with: its long-term secret is another"
    )]
    ForeignShare,
}

/// Makes the key `name` in a signed session of its own: four rounds. `share` is this party's, see [`KeyShare::derive`].
/// The result is the same at all parties, for the chain.
///
/// # Errors
/// [`ProtocolError::Unsigned`]; [`ProtocolError::WrongKeyShare`], [`ProtocolError::Malformed`] naming who did not open
/// or prove its share; errors of peers.
pub async fn generate<C: Channel>(
    session: &mut Session<C>,
    name: &KeyName,
    share: KeyShare,
) -> Result<SigningKey, ProtocolError> {
    let members = session.identity().ok_or(ProtocolError::Unsigned)?.members().clone();
    let me = session.me();
    let identity = |party: PartyId| members.key(party).map(|key| key.to_bytes()).unwrap_or_default();
    let nonce = LabelledHash::new("arx/v1/sign/share/nonce").bytes(session.id());
    let nonce = nonce.bytes(&share.0.to_bytes()).finish();
    let opening = [&share.public()[..], &share.prove(name, &identity(me)), &nonce].concat();

    // 1.
    let mine = commitment(session.id(), name, me, &opening);
    let commitments = session.broadcast(PhaseKind::Commitments, mine.to_vec()).await?;
    session.confirm().await?;
    // 2.
    let openings = session.broadcast(PhaseKind::Openings, opening).await?;
    let mut shares = Vec::with_capacity(members.len());
    for ((party, opening), (_, committed)) in openings.iter().zip(commitments.iter()) {
        if commitment(session.id(), name, party, opening) != committed {
            return Err(ProtocolError::WrongKeyShare { party });
        }
        let malformed = || openings.malformed(party, "the opening of a share is not 128 bytes");
        let (share, rest) = opening.split_first_chunk().ok_or_else(malformed)?;
        let proof = rest.first_chunk().ok_or_else(malformed)?;
        verify_proof(name, &identity(party), share, proof)
            .map_err(|_| ProtocolError::WrongKeyShare { party })?;
        shares.push(*share);
    }
    let public = PublicShares::parse(&shares)?;
    // 3.
    let statement = LabelledHash::new("arx/v1/sign/key").bytes(&name.mxe).u64(name.version);
    let statement = statement.bytes(&session.transcript_digest()).bytes(&public.key()).finish();
    let statements = session.broadcast(PhaseKind::Confirm, statement.to_vec()).await?;
    for (party, theirs) in statements.iter() {
        if theirs != statement {
            return Err(diverged(party));
        }
    }
    Ok(SigningKey::new(public, share, me)?)
}

/// `H(L("arx/v1/sign/share/c") || session || mxe || version u64 || i || A_i || proof || nonce)`.
fn commitment(session: &[u8; 32], name: &KeyName, party: PartyId, opening: &[u8]) -> [u8; 32] {
    let hash = LabelledHash::new("arx/v1/sign/share/c").bytes(session).bytes(&name.mxe).u64(name.version);
    hash.u8(party.0).bytes(opening).finish()
}
