//! Signing: step 4.

use curve25519_dalek::scalar::Scalar;

use super::{Signatures, SigningKey, is_share, scalar};
use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::misbehavior::{Misbehavior, WrongSignatureShare};
use crate::session::Session;

/// Everybody's shares, checked, and what they add up to.
pub(crate) async fn sign<C: Channel>(
    session: &mut Session<C>,
    key: &SigningKey,
    signatures: Signatures,
) -> Result<Vec<[u8; 64]>, ProtocolError> {
    let Signatures { opened, messages, secrets, confirmed, .. } = &signatures;
    let shares = secrets.iter().zip(&opened.challenges);
    let shares = shares.flat_map(|(secret, h)| (secret.0 + h * key.share().scalar()).to_bytes());
    let shares = shares.collect();
    let broadcast = session.broadcast(PhaseKind::SignShares, shares).await?;

    let mut sums = vec![Scalar::ZERO; messages.len()];
    for (party, payload) in broadcast.iter() {
        let point = opened.keys.point(party);
        for (index, (share, sum)) in payload.chunks(32).zip(&mut sums).enumerate() {
            let nonce = opened.nonces[index].get(party.index());
            let known = nonce.zip(point);
            if !known.is_some_and(|(nonce, key)| is_share(share, nonce, key, &opened.challenges[index])) {
                let header = |party: PartyId| confirmed.get(party.index()).copied().flatten();
                let evidence = header(party).zip(session.last_header(party)).map(|(confirmed, shared)| {
                    let message = messages.get(index).cloned().unwrap_or_default();
                    WrongSignatureShare::new(opened, confirmed, shared, payload, index, message)
                });
                return Err(match evidence {
                    Some(evidence) => {
                        let evidence = Misbehavior::WrongSignatureShare(Box::new(evidence));
                        session.keep_evidence(evidence.clone());
                        ProtocolError::Misbehaved { party, evidence: Box::new(evidence) }
                    }
                    None => ProtocolError::WrongSignatureShare { party },
                });
            }
            *sum += scalar(share).unwrap_or_default();
        }
    }
    let signature = |(index, s): (usize, Scalar)| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&opened.sum(index));
        bytes[32..].copy_from_slice(&s.to_bytes());
        bytes
    };
    Ok(sums.into_iter().enumerate().map(signature).collect())
}
