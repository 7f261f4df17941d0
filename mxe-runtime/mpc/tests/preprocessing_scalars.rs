//! Authenticated scalars and triples of them: every MAC and product, and what a cheating party comes to.

mod preprocessing_support;

use futures::executor::block_on;
use futures::future::join_all;
use mpc::memory::{MemoryChannel, Message, mesh};
use mpc::preprocessing::scalars::{AuthScalars, ScalarTriples};
use mpc::preprocessing::{Cheat, Parameters, PreprocessingError, Producer};
use mpc::{PartyId, Phase, PhaseKind, Session};
use mpc_field::{Base25519, Scalar, ScalarField};
use mpc_ot::linear::LinearField;
use preprocessing_support::SESSION;

type Made<F> = (F, AuthScalars<F>, ScalarTriples<F>);

const CHEATER: PartyId = PartyId(2);

async fn party<F: ScalarField + LinearField>(
    channel: MemoryChannel,
    seed: u8,
    triples: usize,
    cheat: Option<Cheat>,
) -> Result<Made<F>, PreprocessingError> {
    let parameters = Parameters::for_stock(3, 384).expect("enough triples");
    let session = Session::new(channel, SESSION);
    let mut producer = match cheat {
        Some(cheat) => Producer::start_cheating(session, [seed; 32], parameters, cheat).await?,
        None => Producer::start(session, [seed; 32], parameters).await?,
    };
    let mut keys = producer.scalar_keys::<F>(0).await?;
    let scalars = producer.scalars(&mut keys, 5).await?;
    let made = producer.scalar_triples(&mut keys, triples).await?;
    producer.finish().await?;
    Ok((keys.global_key(), scalars, made))
}

fn must_fit<F: ScalarField>(parts: &[&AuthScalars<F>], keys: &[F]) -> Vec<F> {
    for (i, mine) in parts.iter().enumerate() {
        for (j, theirs) in parts.iter().enumerate().filter(|(j, _)| *j != i) {
            for (k, share) in mine.shares.iter().enumerate() {
                assert_eq!(mine.macs[j][k], theirs.keys[i][k] + *share * keys[j]);
            }
        }
    }
    let count = parts[0].shares.len();
    (0..count).map(|k| parts.iter().fold(F::ZERO, |sum, part| sum + part.shares[k])).collect()
}

fn are_right<F: ScalarField + LinearField>(parties: u8, triples: usize) {
    let runs = (0..).zip(mesh(parties)).map(|(index, channel)| party::<F>(channel, index, triples, None));
    let made: Vec<Made<F>> = block_on(join_all(runs)).into_iter().map(|made| made.expect("honest")).collect();
    let keys: Vec<F> = made.iter().map(|made| made.0).collect();
    let sums = must_fit(&made.iter().map(|made| &made.1).collect::<Vec<_>>(), &keys);
    assert_eq!(sums.len(), 5);
    let column = |select: fn(&ScalarTriples<F>) -> &AuthScalars<F>| {
        must_fit(&made.iter().map(|made| select(&made.2)).collect::<Vec<_>>(), &keys)
    };
    let (a, b, c) = (column(|t| &t.a), column(|t| &t.b), column(|t| &t.c));
    assert_eq!(c.len(), triples);
    for k in 0..triples {
        assert_eq!(a[k] * b[k], c[k], "triple {k} of {parties} parties");
        assert!(a[k] != F::ZERO && b[k] != F::ZERO && a[k] != b[k]);
    }
}

#[test]
fn scalars_and_triples_are_right() {
    are_right::<Scalar>(2, 18);
    are_right::<Scalar>(3, 2);
    are_right::<Base25519>(2, 2);
}

/// Both honest parties' outcomes with party 2 changing its messages of one phase, or cheating by itself.
fn cheated(
    cheat: Option<Cheat>,
    kind: PhaseKind,
    indices: &'static [u32],
    change: fn(&mut Vec<u8>),
) -> Vec<Result<(), PreprocessingError>> {
    let run = |(index, channel): (u8, MemoryChannel)| {
        let tamper = move |mut message: Message| {
            if indices.iter().any(|index| message.phase == Phase { kind, index: *index }) {
                change(&mut message.payload);
            }
            vec![message]
        };
        let cheats = index == CHEATER.0;
        let channel = if cheats { channel.tampered(Box::new(tamper)) } else { channel };
        party::<Scalar>(channel, index, 1, cheat.filter(|_| cheats))
    };
    let outcomes = block_on(join_all((0..).zip(mesh(3)).map(run)));
    outcomes.into_iter().take(2).map(|outcome| outcome.map(drop)).collect()
}

#[test]
fn changed_messages_are_caught_and_never_blamed_on_the_honest() {
    let flip: fn(&mut Vec<u8>) = |payload| payload.iter_mut().step_by(32).for_each(|byte| *byte ^= 1);
    // The first corrections, responses and so on are those of authenticated bits' proof of one key.
    let cases: &[(&str, PhaseKind, &[u32], Option<&str>)] = &[
        ("corrections of scalars", PhaseKind::Corrections, &[1], Some("the check of authenticated scalars")),
        ("sum of scalars", PhaseKind::Responses, &[2], Some("the check of authenticated scalars")),
        ("MAC on the sum", PhaseKind::Responses, &[3], Some("the check of authenticated scalars")),
        ("products", PhaseKind::Products, &[0], None),
        ("masked factors", PhaseKind::Open, &[0], Some("the sacrifice of scalar triples")),
        ("zeros", PhaseKind::Open, &[1], Some("the sacrifice of scalar triples")),
        ("MACs on what was opened", PhaseKind::Check, &[0], Some("the sacrifice of scalar triples")),
    ];
    for (what, kind, indices, named) in cases {
        let outcomes = cheated(None, *kind, indices, flip);
        println!("{what}: {outcomes:?}");
        for outcome in &outcomes {
            let error = outcome.as_ref().expect_err("caught");
            if let (PreprocessingError::WrongMac { party, stage }, Some(named)) = (error, named) {
                assert_eq!((*party, stage), (CHEATER, named), "{what}");
            }
        }
        let wrong_mac = |outcome: &Result<(), _>| matches!(outcome, Err(PreprocessingError::WrongMac { .. }));
        let products = Err(PreprocessingError::Products { what: "scalar triples" });
        match named {
            // A changed opening breaks the MACs; but whoever saw it in its transcript first may stop there.
            Some(_) if *kind != PhaseKind::Open => {
                assert!(outcomes.iter().any(wrong_mac), "{what}: {outcomes:?}")
            }
            Some(_) => {}
            None => assert!(outcomes.iter().all(|outcome| *outcome == products), "{what}: {outcomes:?}"),
        }
    }
}

#[test]
fn messages_of_other_lengths_and_of_no_elements_are_refused_and_named() {
    for (kind, index) in [
        (PhaseKind::Transfers, 2),
        (PhaseKind::Corrections, 1),
        (PhaseKind::Responses, 2),
        (PhaseKind::Products, 0),
        (PhaseKind::Open, 0),
        (PhaseKind::Check, 0),
    ] {
        let index: &'static [u32] = if index == 0 {
            &[0]
        } else if index == 1 {
            &[1]
        } else {
            &[2]
        };
        let shorter: fn(&mut Vec<u8>) = |payload| payload.truncate(payload.len() - 1);
        let all_ones: fn(&mut Vec<u8>) = |payload| payload.fill(0xff);
        for change in [shorter, all_ones] {
            let outcomes = cheated(None, kind, index, change);
            assert!(outcomes.iter().all(Result::is_err), "{kind:?}");
            assert!(
                outcomes
                    .iter()
                    .flat_map(|outcome| outcome.as_ref().err())
                    .any(|error| error.party() == Some(CHEATER)),
                "{kind:?}: {outcomes:?}"
            );
        }
    }
}

#[test]
fn other_scalars_towards_one_peer_are_caught_by_it() {
    let outcomes = cheated(Some(Cheat::OtherElementsTowards(PartyId(0))), PhaseKind::Confirm, &[], |_| ());
    let expected =
        PreprocessingError::WrongMac { party: CHEATER, stage: "the check of authenticated scalars" };
    assert_eq!(outcomes[0], Err(expected));
    assert!(outcomes[1].is_err());
}
