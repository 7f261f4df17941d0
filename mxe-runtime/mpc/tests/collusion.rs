//! All parties but one cheat together, so that what they say adds up: the honest one must still notice, and name one of
//! them, because every share is checked by itself.

mod support;

use std::sync::{Arc, Mutex};

use mpc::malicious::Cheat;
use mpc::memory::mesh;
use mpc::protocol::Protocol;
use mpc::signature::{KeyName, KeyShare, PublicShares, SigningKey};
use mpc::{PartyId, Phase, PhaseKind, ProtocolError};
use support::{run_until_stalled, signed_session, start_in};

const PARTIES: u8 = 4;
const HONEST: usize = 1;

/// What the honest party came to when all others change what they say in a phase; whether it opened anything.
fn conspire(
    target: Phase,
    change: impl Fn(u8, &mut Vec<u8>) + Send + Sync + Clone + 'static,
) -> (Option<Result<(), ProtocolError>>, bool) {
    let opened = Arc::new(Mutex::new(false));
    let mut results = run_until_stalled(mesh(PARTIES), |index, channel| {
        let channel = if usize::from(index) == HONEST {
            let opened = Arc::clone(&opened);
            channel.tampered(Box::new(move |message| {
                *opened.lock().expect("not poisoned") |= message.phase.kind == PhaseKind::Open;
                vec![message]
            }))
        } else {
            let change = change.clone();
            channel.cheating(Cheat::in_phase(target, move |payload| change(index, payload)))
        };
        async move {
            let mut party = start_in(index, signed_session(channel), 5)?;
            let bits = party.random(64).await?;
            let products = party.and_layer(&bits[..32], &bits[32..]).await?;
            let products = party.and_layer(&products, &bits[..32]).await?;
            party.open(&products).await.map(drop)
        }
    });
    let opened = *opened.lock().expect("not poisoned");
    (results.swap_remove(HONEST), opened)
}

fn names_a_cheater(result: Option<Result<(), ProtocolError>>) {
    let party = match result {
        Some(Err(ProtocolError::WrongShare { party })) => party,
        other => panic!("{other:?}"),
    };
    assert_ne!(party.index(), HONEST);
}

#[test]
fn shares_that_are_wrong_and_add_up_are_noticed() {
    for index in [0, 1] {
        let target = Phase { kind: PhaseKind::And, index };
        // Two of the three flip one bit: what is opened is right, and both lied.
        let (result, opened) = conspire(target, |party, payload| {
            if party != 0 {
                payload[1] ^= 4;
            }
        });
        names_a_cheater(result);
        assert!(!opened, "nothing is opened after it");
    }
    let target = Phase { kind: PhaseKind::Open, index: 0 };
    names_a_cheater(conspire(target, |party, payload| payload[2] ^= u8::from(party != 0)).0);
}

#[test]
fn all_others_lying_alike_are_noticed() {
    for kind in [PhaseKind::And, PhaseKind::Open] {
        let (result, _) = conspire(Phase { kind, index: 0 }, |_, payload| payload[0] ^= 0x80);
        names_a_cheater(result);
    }
}

#[test]
fn nonces_and_shares_of_signatures_that_add_up_are_noticed() {
    use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
    use curve25519_dalek::scalar::Scalar;

    let name = KeyName { mxe: [9; 32], version: 1 };
    let share = |party: u8| KeyShare::derive(&[party + 50; 32], &name);
    let shares: Vec<_> = (0..3).map(|party| share(party).public()).collect();
    let public = PublicShares::parse(&shares).expect("points");
    // Parties 1 and 2 shift by 5 and -5.
    let shift = |party: u8| if party == 1 { Scalar::from(5_u8) } else { -Scalar::from(5_u8) };
    for kind in [PhaseKind::SignNonces, PhaseKind::SignShares] {
        let results = run_until_stalled(mesh(3), |index, channel| {
            let channel = match index {
                0 => channel,
                _ => channel.cheating(Cheat::new(move |phase, _, payload| {
                    if phase.kind != kind {
                        return;
                    }
                    let place = if kind == PhaseKind::SignNonces { usize::from(index) * 32 } else { 0 };
                    let bytes: [u8; 32] = payload[place..place + 32].try_into().expect("32 bytes");
                    let shifted = if kind == PhaseKind::SignNonces {
                        let point = CompressedEdwardsY(bytes).decompress().expect("a point");
                        (point + EdwardsPoint::mul_base(&shift(index))).compress().to_bytes()
                    } else {
                        let scalar = Scalar::from_canonical_bytes(bytes).expect("canonical");
                        (scalar + shift(index)).to_bytes()
                    };
                    payload[place..place + 32].copy_from_slice(&shifted);
                })),
            };
            let key = SigningKey::new(public.clone(), share(index), PartyId(index)).expect("its own share");
            async move {
                let mut party = start_in(index, signed_session(channel), 5)?.with_signing_key(Some(key));
                let signatures = party.open_nonces(vec![b"add up".to_vec()]).await?;
                party.sign(signatures).await.map(drop)
            }
        });
        match &results[0] {
            Some(Err(ProtocolError::WrongShare { party } | ProtocolError::Misbehaved { party, .. })) => {
                assert_eq!(*party, PartyId(1), "the first of the two");
            }
            other => panic!("{kind:?}: {other:?}"),
        }
    }
}
