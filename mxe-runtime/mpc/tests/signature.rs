//! Signatures under a shared key: they verify with an implementation of Ed25519 that knows nothing of it, and every lie
//! on the way ends in an error that names the liar before any honest party sent its share.

mod support;

use std::sync::{Arc, Mutex};

use arcis_circuit::gates::{Shape, lower};
use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, VerifyingKey};
use mpc::correlation::CorrelationSource;
use mpc::correlation::dealer::Dealer;
use mpc::dishonest_majority::DishonestMajority;
use mpc::malicious::Cheat;
use mpc::memory::{MemoryChannel, mesh};
use mpc::misbehavior::{EvidenceError, Misbehavior};
use mpc::preprocessing::{MemoryStock, Parameters, Producer};
use mpc::protocol::Protocol;
use mpc::replicated::Replicated;
use mpc::session::Session;
use mpc::signature::key::{generate, verify_proof};
use mpc::signature::{KeyName, KeyShare, NonceUse, PublicShares, SigningKey, SigningKeyError};
use mpc::verified::Verified;
use mpc::{PartyId, Phase, PhaseKind, ProtocolError};
use proptest::prelude::*;
use sha2::{Digest, Sha512};
use support::{identity, must_run_with, run_until_stalled, signed_session};

const NAME: KeyName = KeyName { mxe: [9; 32], version: 1 };
const CHEATER: PartyId = PartyId(1);

fn share(party: u8) -> KeyShare {
    KeyShare::derive(&[party + 50; 32], &NAME)
}

/// The key without the protocol that makes it.
fn key(party: u8, parties: u8) -> SigningKey {
    let shares: Vec<_> = (0..parties).map(|party| share(party).public()).collect();
    let public = PublicShares::parse(&shares).expect("points");
    SigningKey::new(public, share(party), PartyId(party)).expect("its own share")
}

fn must_verify(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) {
    let key = VerifyingKey::from_bytes(key).expect("a key");
    key.verify_strict(message, &Signature::from_bytes(signature)).expect("a signature");
}

fn messages() -> Vec<Vec<u8>> {
    vec![b"transfer 5 to bob".to_vec(), Vec::new(), vec![7; 2000]]
}

type Signed = (Vec<[u8; 64]>, Vec<NonceUse>);

async fn sign_with<P: Protocol>(engine: &mut P, messages: Vec<Vec<u8>>) -> Result<Signed, ProtocolError> {
    let signatures = engine.open_nonces(messages).await?;
    let uses = signatures.nonce_uses().to_vec();
    Ok((engine.sign(signatures).await?, uses))
}

type Engine = DishonestMajority<MemoryChannel, Dealer, 16>;

fn engine(index: u8, channel: MemoryChannel) -> Result<Engine, ProtocolError> {
    let session = signed_session(channel);
    let parties = session.parties();
    let dealer = Dealer::new([3; 32], PartyId(index), parties);
    let engine = DishonestMajority::start(session, dealer, [index; 32])?;
    Ok(engine.with_signing_key(Some(key(index, parties))))
}

#[test]
fn signatures_verify_for_two_to_eight_parties() {
    for parties in [2, 3, 5, 8] {
        let signed = must_run_with(parties, |index, channel| async move {
            let mut engine = engine(index, channel)?;
            let first = sign_with(&mut engine, messages()).await?;
            let second = sign_with(&mut engine, messages()).await?;
            Ok((first, second, engine.source().given().scalars))
        });
        for ((first, second, scalars), party) in signed.iter().zip(0..) {
            assert_eq!(first.0, signed[0].0.0, "everybody has the same signatures");
            assert_eq!(*scalars, 6);
            for (message, (first, second)) in messages().iter().zip(first.0.iter().zip(&second.0)) {
                must_verify(&key(party, parties).public().key(), message, first);
                must_verify(&key(party, parties).public().key(), message, second);
                assert_ne!(first[..32], second[..32], "every signature has a nonce of its own");
            }
        }
        // Nobody has another's nonce, and no nonce has two uses.
        let mut nonces: Vec<_> =
            signed.iter().flat_map(|(a, b, _)| a.1.iter().chain(&b.1)).map(|one| one.nonce).collect();
        nonces.sort_unstable();
        nonces.dedup();
        assert_eq!(nonces.len(), usize::from(parties) * 6);
    }
}

#[test]
fn engines_of_three_parties_sign_without_stock() {
    let verified = must_run_with(3, |index, channel| async move {
        let engine = Verified::start(signed_session(channel), [index; 32]).await?;
        sign_with(&mut engine.with_signing_key(Some(key(index, 3))), messages()).await
    });
    let replicated = must_run_with(3, |index, channel| async move {
        let engine = Replicated::start(Session::new(channel, [1; 32]), [index; 32]).await?;
        sign_with(&mut engine.with_signing_key(Some(key(index, 3))), messages()).await
    });
    for (signatures, _) in verified.iter().chain(&replicated) {
        for (message, signature) in messages().iter().zip(signatures) {
            must_verify(&key(0, 3).public().key(), message, signature);
        }
    }
}

#[test]
fn scalars_of_the_preprocessing_serve_as_nonces() {
    let runs = (0..).zip(mesh(2)).map(|(index, channel)| async move {
        let session = Session::new(channel, [42; 32]);
        let mut producer =
            Producer::start(session, [index; 32], Parameters::for_stock(2, 384).expect("safe"))
                .await
                .expect("honest");
        let mut stock = MemoryStock::default();
        producer.signing_scalars(2, &mut stock).await.expect("honest");
        producer.signing_scalars(2, &mut stock).await.expect("honest");
        let (_, released) = producer.finish().await.expect("honest");
        Mutex::new(Some(stock.into_source(released, &[])))
    });
    let sources = futures::executor::block_on(futures::future::join_all(runs));
    let signed = must_run_with(2, |index, channel| {
        let source = sources[usize::from(index)].lock().expect("not poisoned").take().expect("once");
        async move {
            let engine = DishonestMajority::<_, _, 2>::start(signed_session(channel), source, [index; 32])?;
            let mut engine = engine.with_signing_key(Some(key(index, 2)));
            let signed = sign_with(&mut engine, messages()).await?;
            let exhausted = sign_with(&mut engine, messages()).await.err();
            assert!(matches!(exhausted, Some(ProtocolError::Stock(_))), "{exhausted:?}");
            Ok(signed.0)
        }
    });
    for (message, signature) in messages().iter().zip(&signed[0]) {
        must_verify(&key(0, 2).public().key(), message, signature);
    }
}

#[test]
fn a_circuit_signs_what_it_reveals() {
    let circuit = Circuit {
        functions: vec![Function {
            name: "attest".into(),
            inputs: vec![Input { width: 16, visibility: Visibility::Secret }],
            ops: vec![Op::Mul(0, 0), Op::Reveal(1), Op::Sign { message: vec![2] }],
            outputs: vec![2, 3],
        }],
    };
    let program = lower(&circuit, Shape::Fast).expect("a valid circuit");
    let outputs = must_run_with(3, |index, channel| {
        let program = &program;
        async move {
            let mut engine = engine(index, channel)?;
            let inputs = [Bits::from_u64(123, 16)];
            Ok(support::evaluate_on(&mut engine, index, program, &inputs, 1).await?.0)
        }
    });
    for output in outputs {
        let message = (123_u16 * 123).to_le_bytes();
        assert_eq!(output[0].to_bytes(), message);
        must_verify(&key(0, 3).public().key(), &message, &output[1].to_bytes().try_into().expect("64 bytes"));
    }
    // Without a key the circuit ends before anything is signed.
    let results = run_until_stalled(mesh(3), |index, channel| {
        let program = &program;
        async move {
            let mut engine = engine(index, channel)?.with_signing_key(None);
            support::evaluate_on(&mut engine, index, program, &[Bits::from_u64(1, 16)], 1).await.map(drop)
        }
    });
    assert!(results.iter().all(|result| *result == Some(Err(ProtocolError::NoSigningKey))), "{results:?}");
}

/// What all came to when one party cheats, and whether any honest party had sent its share of a signature.
fn cheat(
    change: impl FnMut(Phase, &mut Vec<u8>) + Send + 'static,
) -> (Vec<Option<Result<Signed, ProtocolError>>>, bool) {
    let change = Mutex::new(Some(change));
    let shared = Arc::new(Mutex::new(false));
    let results = run_until_stalled(mesh(3), |index, channel| {
        let channel = if index == CHEATER.0 {
            let mut change = change.lock().expect("not poisoned").take().expect("one cheater");
            channel.cheating(Cheat::new(move |phase, _, payload| change(phase, payload)))
        } else {
            let shared = Arc::clone(&shared);
            channel.tampered(Box::new(move |message| {
                *shared.lock().expect("not poisoned") |= message.phase.kind == PhaseKind::SignShares;
                vec![message]
            }))
        };
        async move { sign_with(&mut engine(index, channel)?, messages()).await }
    });
    let shared = *shared.lock().expect("not poisoned");
    (results, shared)
}

fn errors(results: &[Option<Result<Signed, ProtocolError>>]) -> Vec<&ProtocolError> {
    let of = |party: &usize| match &results[*party] {
        Some(Err(error)) => error,
        other => panic!("party {party}: {other:?}"),
    };
    [0, 2].iter().map(of).collect()
}

/// Place `of` in what party 1 says about its nonce of signature `index`: its own place has the nonce.
fn point_at(payload: &[u8], index: usize, of: usize) -> ([u8; 32], core::ops::Range<usize>) {
    let from = (index * 3 + of) * 32;
    (payload[from..from + 32].try_into().expect("32 bytes"), from..from + 32)
}

fn plus(bytes: [u8; 32], other: EdwardsPoint) -> [u8; 32] {
    (CompressedEdwardsY(bytes).decompress().expect("a point") + other).compress().to_bytes()
}

#[test]
fn a_nonce_cannot_be_shifted() {
    // As in an attack on concurrent signatures: by a multiple of the base point that would be chosen by the others'.
    let (results, shared) = cheat(|phase, payload| {
        if phase.kind == PhaseKind::SignNonces {
            let (nonce, place) = point_at(payload, 1, 1);
            payload[place].copy_from_slice(&plus(nonce, EdwardsPoint::mul_base(&Scalar::from(5_u8))));
        }
    });
    assert_eq!(errors(&results), [&ProtocolError::WrongShare { party: CHEATER }; 2]);
    assert!(!shared, "nobody signs with it");
}

#[test]
fn whoever_guesses_the_key_of_one_party_is_caught_by_the_other() {
    // The dealer's keys are no secret to the test: towards party 0 the shift passes, party 2 finds it.
    let delta = Dealer::new([3; 32], PartyId(0), 3).scalar_delta().expect("a dealer has it");
    let delta = Scalar::from_bytes_mod_order(mpc_field::ScalarField::to_canonical_bytes(&delta));
    let (results, shared) = cheat(move |phase, payload| {
        if phase.kind == PhaseKind::SignNonces {
            let shift = EdwardsPoint::mul_base(&Scalar::from(5_u8));
            let (nonce, place) = point_at(payload, 0, 1);
            payload[place].copy_from_slice(&plus(nonce, shift));
            let (mac, place) = point_at(payload, 0, 0);
            payload[place].copy_from_slice(&plus(mac, shift * delta));
        }
    });
    assert!(!shared);
    assert_eq!(results[2], Some(Err(ProtocolError::WrongShare { party: CHEATER })));
    assert!(
        matches!(&results[0], Some(Err(ProtocolError::Channel(_)))),
        "party 0 sees party 2 leave: {results:?}"
    );
}

#[test]
fn a_nonce_with_a_part_of_small_order_is_refused() {
    for torsion in &EIGHT_TORSION[1..] {
        let torsion = *torsion;
        let (results, shared) = cheat(move |phase, payload| {
            if phase.kind == PhaseKind::SignNonces {
                let (nonce, place) = point_at(payload, 0, 1);
                payload[place].copy_from_slice(&plus(nonce, torsion));
            }
        });
        for error in errors(&results) {
            assert!(matches!(error, ProtocolError::Malformed { party: CHEATER, .. }), "{error:?}");
        }
        assert!(!shared);
    }
}

#[test]
fn a_message_is_fixed_before_and_after_the_nonces() {
    for kind in [PhaseKind::SignMessages, PhaseKind::SignConfirm] {
        let (results, shared) = cheat(move |phase, payload| {
            if phase.kind == kind {
                payload[0] ^= 1;
            }
        });
        assert_eq!(errors(&results), [&ProtocolError::TranscriptDiverged { party: CHEATER }; 2], "{kind:?}");
        assert!(!shared, "{kind:?}");
    }
    // A party that was given another message gets as far as saying so.
    let results = run_until_stalled(mesh(3), |index, channel| async move {
        let mut messages = messages();
        if index == CHEATER.0 {
            messages[2][0] ^= 1;
        }
        sign_with(&mut engine(index, channel)?, messages).await
    });
    assert_eq!(errors(&results), [&ProtocolError::TranscriptDiverged { party: CHEATER }; 2]);
}

/// What party 1 signs in the shares that it sends, changed.
fn wrong_share(change: fn(&mut [u8])) -> Vec<Misbehavior> {
    let (results, _) = cheat(move |phase, payload| {
        if phase.kind == PhaseKind::SignShares {
            change(&mut payload[32..64]);
        }
    });
    let evidence = errors(&results).into_iter().map(|error| match error {
        ProtocolError::Misbehaved { party: CHEATER, evidence } => (**evidence).clone(),
        other => panic!("{other:?}"),
    });
    evidence.collect()
}

#[test]
fn a_wrong_share_is_proven_to_everybody() {
    let changes: [fn(&mut [u8]); 3] = [
        |share| share[0] ^= 1,
        |share| share.fill(0),
        // Not canonical: the same share plus the order.
        |share| share.fill(0xff),
    ];
    let members = identity(0, 3).members().clone();
    for change in changes {
        for evidence in wrong_share(change) {
            assert_eq!(evidence.verify(&members), Ok(CHEATER));
            let bytes = evidence.to_bytes();
            assert_eq!(Misbehavior::from_bytes(&bytes).expect("its own encoding"), evidence);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn altered_evidence_proves_nothing(at: prop::sample::Index, flip in 1_u8..) {
        // Whatever is altered, nobody else is guilty; and what is altered in what was signed is no evidence.
        let members = identity(0, 3).members().clone();
        let bytes = wrong_share(|share| share[0] ^= 1).remove(0).to_bytes();
        let mut altered = bytes.clone();
        altered[at.index(bytes.len())] ^= flip;
        if let Ok(evidence) = Misbehavior::from_bytes(&altered) {
            let verdict = evidence.verify(&members);
            prop_assert!(verdict.is_err(), "{:?}", verdict);
        }
    }
}

#[test]
fn an_honest_share_is_no_evidence() {
    // The evidence against party 1 made out of its own honest share: the one that it would have sent.
    let evidence = wrong_share(|share| share[0] ^= 1).remove(0);
    let members = identity(0, 3).members().clone();
    let mut bytes = evidence.to_bytes();
    // Index 1 is the wrong share; index 0 was right. CBOR encodes the field's name before it.
    let name = b"eindex\x01";
    let at = bytes.windows(name.len()).position(|window| window == name).expect("the index");
    bytes[at + name.len() - 1] = 0;
    let other = Misbehavior::from_bytes(&bytes).expect("an encoding");
    assert_eq!(
        other.verify(&members),
        Err(EvidenceError::Unrelated { what: "the message is not the one that was confirmed" })
    );
}

#[test]
fn a_committed_nonce_cannot_be_chosen_by_the_others() {
    let results = run_until_stalled(mesh(3), |index, channel| {
        let channel = match index {
            1 => channel.cheating(Cheat::new(|phase, _, payload| {
                if phase.kind == PhaseKind::SignNonces {
                    let nonce = payload[..32].try_into().expect("32 bytes");
                    payload[..32].copy_from_slice(&plus(nonce, EdwardsPoint::mul_base(&Scalar::from(5_u8))));
                }
            })),
            _ => channel,
        };
        async move {
            let engine = Verified::start(signed_session(channel), [index; 32]).await?;
            sign_with(&mut engine.with_signing_key(Some(key(index, 3))), messages()).await
        }
    });
    assert_eq!(errors(&results), [&ProtocolError::NonceOpenedWrong { party: CHEATER }; 2]);
}

#[test]
fn two_uses_of_a_nonce_give_the_key_away() {
    // The attack that durable records are against: two runs of one session from its seed, with other messages.
    let run = |message: &'static [u8]| {
        let signed = must_run_with(2, |index, channel| {
            let shares = Arc::new(Mutex::new(Vec::new()));
            let channel = channel.tampered(Box::new({
                let shares = Arc::clone(&shares);
                move |message: mpc::memory::Message| {
                    if message.phase.kind == PhaseKind::SignShares {
                        *shares.lock().expect("not poisoned") =
                            message.payload[mpc::message::ENVELOPE_LENGTH..].to_vec();
                    }
                    vec![message]
                }
            }));
            async move {
                let (signatures, uses) =
                    sign_with(&mut engine(index, channel)?, vec![message.to_vec()]).await?;
                let share = shares.lock().expect("not poisoned").clone();
                Ok((signatures[0], uses[0], share))
            }
        });
        signed[0].clone()
    };
    let (first, first_use, s1) = run(b"pay 1");
    let (second, second_use, s2) = run(b"pay 2");
    let challenge = |signature: &[u8; 64], message: &[u8]| {
        let hash = Sha512::new().chain_update(&signature[..32]).chain_update(key(0, 2).public().key());
        Scalar::from_bytes_mod_order_wide(&hash.chain_update(message).finalize().into())
    };
    let scalar =
        |bytes: &[u8]| Scalar::from_canonical_bytes(bytes.try_into().expect("32 bytes")).expect("canonical");
    let (h1, h2) = (challenge(&first, b"pay 1"), challenge(&second, b"pay 2"));
    let stolen = (scalar(&s1) - scalar(&s2)) * (h1 - h2).invert();
    assert_eq!(EdwardsPoint::mul_base(&stolen).compress().to_bytes(), share(0).public(), "a_0 is computed");
    // What the record refuses: one nonce, two uses.
    assert_eq!(first_use.nonce, second_use.nonce);
    assert_ne!(first_use.used_for, second_use.used_for);
}

#[test]
fn a_key_is_made_together() {
    for parties in [2, 3, 5] {
        let keys = must_run_with(parties, |index, channel| async move {
            generate(&mut signed_session(channel), &NAME, share(index)).await
        });
        for (index, made) in (0..).zip(&keys) {
            assert_eq!(made.public(), key(index, parties).public());
        }
    }
}

#[test]
fn nobody_chooses_its_share_of_a_key_or_goes_without_one() {
    let opening: [fn(&mut Vec<u8>); 5] = [
        // Another share than was committed to.
        |payload| payload[..32].copy_from_slice(&share(77).public()),
        |payload| payload[40] ^= 1,
        |payload| payload[80] ^= 1,
        |payload| payload[100] ^= 1,
        |payload| payload[..32].copy_from_slice(&EIGHT_TORSION[1].compress().to_bytes()),
    ];
    for change in opening {
        let results = run_until_stalled(mesh(3), |index, channel| {
            let channel = match index {
                1 => channel.cheating(Cheat::new(move |phase, _, payload| {
                    if phase.kind == PhaseKind::Openings {
                        change(payload);
                    }
                })),
                _ => channel,
            };
            async move { generate(&mut signed_session(channel), &NAME, share(index)).await.map(drop) }
        });
        for honest in [0, 2] {
            assert_eq!(results[honest], Some(Err(ProtocolError::WrongKeyShare { party: CHEATER })));
        }
    }
    // The rogue key: its share takes the others' out. It commits to it properly, and cannot prove it.
    let results = run_until_stalled(mesh(2), |index, channel| {
        let channel = match index {
            1 => {
                let victim = CompressedEdwardsY(share(0).public()).decompress().expect("a point");
                let rogue = EdwardsPoint::mul_base(&Scalar::from(3_u8)) - victim;
                let mut opening = [&rogue.compress().to_bytes()[..], &[0; 96]].concat();
                opening[32..96].copy_from_slice(&share(1).prove(&NAME, &[0; 32]));
                channel.cheating(Cheat::new(move |phase, _, payload| match phase.kind {
                    PhaseKind::Commitments => {
                        let hash =
                            arx_wire::hash::LabelledHash::new("arx/v1/sign/share/c").bytes(&support::SESSION);
                        let hash = hash.bytes(&NAME.mxe).u64(NAME.version).u8(1).bytes(&opening);
                        payload.copy_from_slice(&hash.finish());
                    }
                    PhaseKind::Openings => payload.clone_from(&opening),
                    _ => {}
                }))
            }
            _ => channel,
        };
        async move { generate(&mut signed_session(channel), &NAME, share(index)).await.map(drop) }
    });
    assert_eq!(results[0], Some(Err(ProtocolError::WrongKeyShare { party: CHEATER })));
}

#[test]
fn a_proof_is_for_one_share_of_one_key_of_one_node() {
    let (share, identity) = (share(1), [4; 32]);
    let proof = share.prove(&NAME, &identity);
    assert_eq!(verify_proof(&NAME, &identity, &share.public(), &proof), Ok(()));
    let refused = Err(SigningKeyError::Proof);
    assert_eq!(verify_proof(&KeyName { version: 2, ..NAME }, &identity, &share.public(), &proof), refused);
    assert_eq!(verify_proof(&KeyName { mxe: [0; 32], ..NAME }, &identity, &share.public(), &proof), refused);
    assert_eq!(verify_proof(&NAME, &[5; 32], &share.public(), &proof), refused);
    assert_eq!(verify_proof(&NAME, &identity, &self::share(2).public(), &proof), refused);
    for bit in 0..proof.len() * 8 {
        let mut proof = proof;
        proof[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify_proof(&NAME, &identity, &share.public(), &proof), refused, "bit {bit}");
    }
}

#[test]
fn shares_that_are_no_key_are_refused() {
    let mut not_a_point = [0; 32];
    not_a_point[0] = 2;
    let negated = -CompressedEdwardsY(share(0).public()).decompress().expect("a point");
    let parse = |shares: &[[u8; 32]]| PublicShares::parse(shares).err();
    let bad = |party| Some(SigningKeyError::Share { party: Some(PartyId(party)) });
    assert_eq!(parse(&[share(0).public(), not_a_point]), bad(1));
    assert_eq!(parse(&[EIGHT_TORSION[0].compress().to_bytes()]), bad(0));
    assert_eq!(parse(&[EIGHT_TORSION[3].compress().to_bytes()]), bad(0));
    assert_eq!(parse(&[share(0).public(), negated.compress().to_bytes()]), Some(SigningKeyError::Cancelled));
    let public = PublicShares::parse(&[share(0).public(), share(1).public()]).expect("points");
    let foreign = SigningKey::new(public, share(1), PartyId(0)).err();
    assert_eq!(foreign, Some(SigningKeyError::ForeignShare));
    assert_eq!(format!("{:?}", share(0)), "KeyShare([secret])");
}
