//! A few oblivious transfers from scratch, over ristretto255: [MR19], "Endemic Oblivious Transfer", the
//! protocol from Diffie-Hellman key agreement (figure 8 with section 5), UC-secure against malicious parties
//! with a programmable random oracle.
//!
//! For every transfer the receiver, with choice bit `b`:
//! 1. draws `t` and a point `r_(1-b)`, and sends `r_0, r_1` with `r_b = t B - H(b, r_(1-b))`.
//!
//! The sender draws one `s` for all transfers of a session and sends `S = s B`. Its two seeds are
//! `KDF(v, s (r_v + H(v, r_(1-v))))`; the receiver's is `KDF(b, t S)`. Both points cannot be chosen: one of
//! them contains the hash of the other.
//!
//! `H` hashes to the group (RFC 9496, one-way map of SHA-512), `KDF` is SHA-256. Both take the session, the
//! transfer's number and all that was said about it. A session's name binds who plays which role.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha256, Sha512};
use subtle::{Choice, ConditionallySelectable};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{OtError, require_length};
use crate::prg::Seed;

/// Names one run between two parties: cluster, batch, sender, receiver, purpose. Never used twice.
pub type SessionId = [u8; 32];

/// Bytes of the sender's message.
pub const SENDER_MESSAGE_BYTES: usize = 32;

/// Bytes of the receiver's message, for each transfer.
pub const RECEIVER_BYTES_PER_TRANSFER: usize = 64;

/// The sender: has two seeds for every transfer in the end.
#[derive(ZeroizeOnDrop)]
pub struct BaseSender {
    session: SessionId,
    secret: Scalar,
    public: [u8; 32],
}

/// The receiver: has one of the two seeds for every transfer in the end.
#[derive(ZeroizeOnDrop)]
pub struct BaseReceiver {
    session: SessionId,
    transfers: Vec<Transfer>,
}

#[derive(Zeroize, ZeroizeOnDrop)]
struct Transfer {
    choice: u8,
    secret: Scalar,
    points: [[u8; 32]; 2],
}

/// The sender's two seeds of one transfer. Wiped when dropped.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct SeedPair(pub [Seed; 2]);

impl BaseSender {
    /// A sender with its secret drawn from `seed`, which is used for nothing else.
    pub fn new(session: SessionId, seed: &[u8; 32]) -> Self {
        let secret = Scalar::from_bytes_mod_order_wide(&draw(&session, seed, 0, 0));
        let public = RistrettoPoint::mul_base(&secret).compress().to_bytes();
        Self { session, secret, public }
    }

    /// The message to the receiver. It may be sent before or after the receiver's comes.
    pub const fn message(&self) -> [u8; SENDER_MESSAGE_BYTES] {
        self.public
    }

    /// Takes the receiver's message for `count` transfers.
    ///
    /// # Errors
    /// [`OtError`] if the message has another length or contains no point where one must be.
    pub fn seeds(&self, count: usize, message: &[u8]) -> Result<Vec<SeedPair>, OtError> {
        require_length(
            "the base transfers' receiver message",
            count * RECEIVER_BYTES_PER_TRANSFER,
            message.len(),
        )?;
        let (pairs, _) = message.as_chunks::<RECEIVER_BYTES_PER_TRANSFER>();
        let seeds = |(index, pair): (usize, &[u8; RECEIVER_BYTES_PER_TRANSFER])| {
            let (points, _) = pair.as_chunks::<32>();
            let decoded = [
                decode("a base transfer's point", &points[0])?,
                decode("a base transfer's point", &points[1])?,
            ];
            let mut seeds = SeedPair::default();
            for value in 0..2 {
                let key = decoded[value] + hash(&self.session, index, value as u8, &points[1 - value]);
                let shared = Zeroizing::new((self.secret * key).compress().to_bytes());
                seeds.0[value] = derive(&self.session, index, value as u8, &self.public, pair, &shared);
            }
            Ok(seeds)
        };
        pairs.iter().enumerate().map(seeds).collect()
    }
}

impl BaseReceiver {
    /// A receiver with these choice bits, with its secrets drawn from `seed`, which is used for nothing else.
    pub fn new(session: SessionId, choices: &[Choice], seed: &[u8; 32]) -> Self {
        let transfer = |(index, choice): (usize, &Choice)| {
            let secret = Scalar::from_bytes_mod_order_wide(&draw(&session, seed, index, 1));
            let other =
                RistrettoPoint::from_uniform_bytes(&draw(&session, seed, index, 2)).compress().to_bytes();
            let bit = choice.unwrap_u8();
            let own = RistrettoPoint::mul_base(&secret) - hash(&session, index, bit, &other);
            let own = own.compress().to_bytes();
            let select =
                |choice| core::array::from_fn(|k| u8::conditional_select(&own[k], &other[k], choice));
            Transfer { choice: bit, secret, points: [select(*choice), select(!*choice)] }
        };
        Self { session, transfers: choices.iter().enumerate().map(transfer).collect() }
    }

    /// The message to the sender.
    pub fn message(&self) -> Vec<u8> {
        self.transfers.iter().flat_map(|transfer| transfer.points).flatten().collect()
    }

    /// Takes the sender's message; the seed of every transfer that its choice bit chose.
    ///
    /// # Errors
    /// [`OtError`] if the message has another length or is no point, or the identity.
    pub fn seeds(&self, message: &[u8]) -> Result<Zeroizing<Vec<Seed>>, OtError> {
        require_length("the base transfers' sender message", SENDER_MESSAGE_BYTES, message.len())?;
        let mut public = [0; 32];
        public.copy_from_slice(message);
        let point = decode("the base transfers' sender message", &public)?;
        if point.is_identity() {
            return Err(OtError::InvalidPoint { what: "the base transfers' sender message" });
        }
        let seed = |(index, transfer): (usize, &Transfer)| {
            let shared = Zeroizing::new((transfer.secret * point).compress().to_bytes());
            let mut pair = [0; RECEIVER_BYTES_PER_TRANSFER];
            pair[..32].copy_from_slice(&transfer.points[0]);
            pair[32..].copy_from_slice(&transfer.points[1]);
            derive(&self.session, index, transfer.choice, &public, &pair, &shared)
        };
        Ok(Zeroizing::new(self.transfers.iter().enumerate().map(seed).collect()))
    }
}

fn decode(what: &'static str, bytes: &[u8; 32]) -> Result<RistrettoPoint, OtError> {
    CompressedRistretto(*bytes).decompress().ok_or(OtError::InvalidPoint { what })
}

fn labelled<D: Digest>(label: &str, session: &SessionId, index: usize, value: u8) -> D {
    D::new()
        .chain_update([label.len() as u8])
        .chain_update(label)
        .chain_update(session)
        .chain_update((index as u64).to_le_bytes())
        .chain_update([value])
}

/// 64 random bytes of this party's own.
fn draw(session: &SessionId, seed: &[u8; 32], index: usize, purpose: u8) -> Zeroizing<[u8; 64]> {
    let hash = labelled::<Sha512>("arx/v1/base-ot/secret", session, index, purpose);
    Zeroizing::new(hash.chain_update(seed).finalize().into())
}

/// `H(v, r)`: a point of which nobody knows a discrete logarithm.
fn hash(session: &SessionId, index: usize, value: u8, point: &[u8; 32]) -> RistrettoPoint {
    let hash = labelled::<Sha512>("arx/v1/base-ot/point", session, index, value);
    RistrettoPoint::from_uniform_bytes(&hash.chain_update(point).finalize().into())
}

fn derive(
    session: &SessionId,
    index: usize,
    value: u8,
    public: &[u8; 32],
    pair: &[u8; RECEIVER_BYTES_PER_TRANSFER],
    shared: &[u8; 32],
) -> Seed {
    let hash = labelled::<Sha256>("arx/v1/base-ot/seed", session, index, value);
    let digest = Zeroizing::new(<[u8; 32]>::from(
        hash.chain_update(public).chain_update(pair).chain_update(shared).finalize(),
    ));
    core::array::from_fn(|k| digest[k])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: SessionId = [5; 32];

    fn choices(bits: u16) -> Vec<Choice> {
        (0..16).map(|k| Choice::from((bits >> k & 1) as u8)).collect()
    }

    #[test]
    fn the_receiver_gets_the_chosen_seeds_and_not_the_others() {
        let bits = 0b1011_0010_0111_0001;
        let sender = BaseSender::new(SESSION, &[1; 32]);
        let receiver = BaseReceiver::new(SESSION, &choices(bits), &[2; 32]);
        let pairs = sender.seeds(16, &receiver.message()).expect("an honest message");
        let chosen = receiver.seeds(&sender.message()).expect("an honest message");
        for (k, (pair, chosen)) in pairs.iter().zip(chosen.iter()).enumerate() {
            let bit = usize::from(bits >> k & 1);
            assert_eq!(pair.0[bit], *chosen);
            assert_ne!(pair.0[1 - bit], *chosen);
        }
        let mut all: Vec<_> = pairs.iter().flat_map(|pair| pair.0).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 32, "all seeds differ");
    }

    #[test]
    fn the_session_is_bound() {
        let sender = BaseSender::new(SESSION, &[1; 32]);
        let receiver = BaseReceiver::new([6; 32], &choices(0), &[2; 32]);
        let pairs = sender.seeds(16, &receiver.message()).expect("points");
        let chosen = receiver.seeds(&sender.message()).expect("a point");
        assert!(pairs.iter().zip(chosen.iter()).all(|(pair, chosen)| !pair.0.contains(chosen)));
    }

    #[test]
    fn refuses_wrong_lengths_and_what_is_no_point() {
        let sender = BaseSender::new(SESSION, &[1; 32]);
        let receiver = BaseReceiver::new(SESSION, &choices(1), &[2; 32]);
        let message = receiver.message();
        for length in [0, 63, 64, 1023, 1025] {
            let mut message = message.clone();
            message.resize(length, 0);
            assert!(matches!(sender.seeds(16, &message), Err(OtError::WrongLength { .. })), "{length}");
        }
        let mut bad = message;
        bad[32..64].fill(0xff);
        assert!(matches!(sender.seeds(16, &bad), Err(OtError::InvalidPoint { .. })));
        assert!(matches!(receiver.seeds(&[0; 32]), Err(OtError::InvalidPoint { .. })), "the identity");
        assert!(matches!(receiver.seeds(&[0xff; 32]), Err(OtError::InvalidPoint { .. })));
        assert!(matches!(receiver.seeds(&[0; 31]), Err(OtError::WrongLength { .. })));
    }
}
