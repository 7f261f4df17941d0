//! Tossing a coin together, and agreeing on a statement in the same round.
//!
//! 1. Every party broadcasts the statement and `commit_i = H(L("arx/v1/coin/c") || session || name || i ||
//!    v_i)`.
//! 2. If all statements are equal, every party broadcasts `v_i`; all check it against `commit_i`.
//!
//! The coin is `H(L("arx/v1/coin") || session || name || v_0 || .. || v_(n-1))`. The statement is what must
//! be fixed before the coin is known: the task before `coin_s`, the transcript before `coin_o`.

use arx_wire::coin::{CoinName, combine, commitment};

use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::session::Session;

/// Tosses the coin `name` with this party's contribution `value`, which must be random and used for this coin
/// only. Two rounds.
///
/// # Errors
/// `disagreement(party)` if a party states something else than `statement`;
/// [`ProtocolError::CoinOpenedWrong`]; errors of peers.
pub async fn toss<C: Channel>(
    session: &mut Session<C>,
    name: CoinName,
    value: &[u8; 32],
    statement: &[u8; 32],
    disagreement: fn(PartyId) -> ProtocolError,
) -> Result<[u8; 32], ProtocolError> {
    let (id, me) = (*session.id(), session.me());
    let payload = [*statement, commitment(&id, name, me.0, value)].concat();
    let commitments = session.broadcast(PhaseKind::CoinCommit, payload).await?;
    for (party, payload) in commitments.iter() {
        if payload[..32] != *statement {
            return Err(disagreement(party));
        }
    }

    let reveals = session.broadcast(PhaseKind::CoinReveal, value.to_vec()).await?;
    let mut values = Vec::with_capacity(session.parties().into());
    for ((party, payload), (_, committed)) in reveals.iter().zip(commitments.iter()) {
        let value: [u8; 32] =
            payload.try_into().map_err(|_| reveals.malformed(party, "a coin's opening is not 32 bytes"))?;
        if commitment(&id, name, party.0, &value) != committed[32..] {
            return Err(ProtocolError::CoinOpenedWrong { party });
        }
        values.push(value);
    }
    Ok(combine(&id, name, &values))
}
