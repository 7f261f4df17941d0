//! Triples over GF(2^128), and bits that are authenticated under a long-lived key too.

mod preprocessing_support;

use futures::executor::block_on;
use futures::future::{join_all, try_join_all};
use mpc::correlation::{CorrelationSource, StateKeyId, StockError};
use mpc::memory::{MemoryChannel, Message, mesh};
use mpc::preprocessing::{
    Cheat, MemorySource, MemoryStock, Parameters, PartBits, PreprocessingError, Producer, StateKey,
};
use mpc::{PartyId, PhaseKind, Session};
use mpc_field::Gf128;
use preprocessing_support::SESSION;

const KEY: StateKeyId = StateKeyId { mxe: [7; 32], version: 3 };

fn parameters(parties: u8) -> Parameters {
    Parameters::for_stock(parties, 384).expect("enough triples")
}

/// State keys of all parties.
fn must_create(parties: u8) -> Vec<StateKey> {
    let create = |(index, channel): (u8, MemoryChannel)| async move {
        let session = Session::new(channel, [5; 32]);
        StateKey::create(session, KEY, [index + 50; 32], PartBits::TWO).await.map(|(_, key)| key)
    };
    block_on(try_join_all((0..).zip(mesh(parties)).map(create))).expect("an honest run")
}

async fn batch(
    channel: MemoryChannel,
    session: [u8; 32],
    seed: u8,
    triples: usize,
    key: &mut StateKey,
    bits: usize,
) -> Result<(MemorySource, Vec<u64>), PreprocessingError> {
    let session = Session::new(channel, session);
    let parties = parameters(session.parties());
    let mut producer = Producer::start(session, [seed; 32], parties).await?;
    let mut stock = MemoryStock::default();
    producer.field_triples(triples, &mut stock).await?;
    let mut reserved = Vec::new();
    let reserve = |end| {
        reserved.push(end);
        Ok(())
    };
    producer.state_bits(key, bits, reserve, &mut stock).await?;
    let (_, released) = producer.finish().await?;
    Ok((stock.into_source(released, &[(KEY, key.share())]), reserved))
}

/// Checks MACs under the state keys and under the batch's; returns this stretch's first words of shares.
fn must_fit(sources: &mut [MemorySource], count: usize) -> Vec<u64> {
    let bits: Vec<_> =
        sources.iter_mut().map(|source| source.state_bits(&KEY, count).expect("made")).collect();
    for (i, mine) in bits.iter().enumerate() {
        for (j, theirs) in bits.iter().enumerate().filter(|(j, _)| *j != i) {
            let state_key = sources[j].state_delta(&KEY).expect("there is one");
            for k in 0..count {
                let if_set = |key| if mine.bits().share(k) { key } else { Gf128::ZERO };
                let (macs, keys) = (&mine.state_macs()[j], &theirs.state_keys()[i]);
                assert_eq!(macs[k], keys[k] + if_set(state_key));
                let (macs, keys) = (&mine.bits().macs()[j], &theirs.bits().keys()[i]);
                assert_eq!(macs[k], keys[k] + if_set(sources[j].delta()));
            }
        }
    }
    bits.iter().map(|bits| bits.bits().shares()[0]).collect()
}

#[test]
fn field_triples_are_products() {
    for parties in [2, 3] {
        let mut keys = must_create(parties);
        let runs = mesh(parties).into_iter().zip(&mut keys).zip(0..);
        let runs = runs.map(|((channel, key), index)| batch(channel, SESSION, index, 70, key, 128));
        let mut sources: Vec<_> = block_on(try_join_all(runs)).expect("an honest run");
        let triples: Vec<_> =
            sources.iter_mut().map(|(source, _)| source.field_triples(70).expect("made")).collect();
        for k in 0..70 {
            let sum = |part: fn(&mpc::correlation::FieldTriple) -> Gf128| {
                triples.iter().fold(Gf128::ZERO, |sum, triples| sum + part(&triples[k]))
            };
            let (a, b, c) = (sum(|t| t.a), sum(|t| t.b), sum(|t| t.c));
            assert_eq!(a * b, c, "triple {k} of {parties} parties");
            assert!(a != Gf128::ZERO && b != Gf128::ZERO);
        }
        assert!(triples.iter().all(|triples| triples[0].a != triples[1].a && triples[0].b != triples[1].b));
        assert!(matches!(sources[0].0.field_triples(1), Err(StockError::Exhausted { .. })));
    }
}

#[test]
fn state_bits_have_macs_under_both_keys_in_every_batch() {
    let mut keys = must_create(3);
    let mut seen = Vec::new();
    for run in 0..3_u8 {
        // A restart in between: what was kept, and the count that was last made durable.
        for key in &mut keys {
            let share = key.share();
            *key = StateKey::from_bytes(key.id(), &key.to_bytes(), key.used()).expect("what was written");
            assert_eq!(key.share(), share);
        }
        let before: Vec<u64> = keys.iter().map(StateKey::used).collect();
        let runs = mesh(3).into_iter().zip(&mut keys).zip(0..);
        let runs =
            runs.map(|((channel, key), index)| batch(channel, [run; 32], 10 * run + index, 1, key, 200));
        let made = block_on(try_join_all(runs)).expect("an honest run");
        // Blocks are reserved once, before they are used, and never again: two for the proof, three for 200 bits.
        for ((before, key), (_, reserved)) in before.iter().zip(&keys).zip(&made) {
            assert_eq!(*reserved, [before + 5]);
            assert_eq!(key.used(), before + 5);
        }
        let mut sources: Vec<_> = made.into_iter().map(|(source, _)| source).collect();
        seen.push(must_fit(&mut sources, 200));
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
}

#[test]
fn parties_that_have_used_different_counts_go_on_from_the_largest() {
    let mut keys = must_create(2);
    // Party 1 crashed after it had reserved blocks that party 0 knows nothing of.
    let kept = keys[1].to_bytes();
    keys[1] = StateKey::from_bytes(KEY, &kept, 100).expect("what was written");
    let runs = mesh(2).into_iter().zip(&mut keys).zip(0..);
    let runs = runs.map(|((channel, key), index)| batch(channel, SESSION, index, 1, key, 128));
    let made = block_on(try_join_all(runs)).expect("an honest run");
    assert!(made.iter().all(|(_, reserved)| *reserved == [104]));
    must_fit(&mut made.into_iter().map(|(source, _)| source).collect::<Vec<_>>(), 128);

    // Nothing is ever read with a count behind what making the key took, or from other bytes.
    assert!(StateKey::from_bytes(KEY, &kept, 0).is_err());
    assert!(StateKey::from_bytes(KEY, &kept[..kept.len() - 1], 100).is_err());
    assert!(StateKey::from_bytes(KEY, &[], 100).is_err());
}

#[test]
fn nobody_can_use_a_state_key_up_by_a_lie() {
    let mut keys = must_create(2);
    let lie = |mut message: Message| {
        if message.phase.kind == PhaseKind::Setup {
            message.payload = u64::MAX.to_le_bytes().to_vec();
        }
        vec![message]
    };
    let channels = mesh(2).into_iter().zip(0_u8..).map(|(channel, index)| match index {
        1 => channel.tampered(Box::new(lie)),
        _ => channel,
    });
    let runs = channels.zip(&mut keys).zip(0..);
    let runs = runs.map(|((channel, key), index)| batch(channel, SESSION, index, 1, key, 128));
    let outcomes = block_on(join_all(runs));
    assert!(matches!(
        outcomes[0].as_ref().map(drop),
        Err(PreprocessingError::StateKeyAhead { party: PartyId(1), claimed: u64::MAX, .. })
    ));
}

#[test]
fn a_failed_reservation_sends_nothing_under_the_state_key() {
    let mut keys = must_create(2);
    let before = keys[0].used();
    let run = |(((channel, key), index), fails): (((MemoryChannel, _), u8), bool)| async move {
        let mut producer =
            Producer::start(Session::new(channel, SESSION), [index; 32], parameters(2)).await?;
        let reserve = |_| if fails { Err(StockError::Storage("the disk is full".into())) } else { Ok(()) };
        producer.state_bits(key, 128, reserve, &mut MemoryStock::default()).await
    };
    let runs = mesh(2).into_iter().zip(&mut keys).zip(0..).zip([true, false]).map(run);
    let outcomes = block_on(join_all(runs));
    assert_eq!(outcomes[0], Err(PreprocessingError::Store(StockError::Storage("the disk is full".into()))));
    assert!(outcomes[1].is_err());
    assert_eq!(keys[0].used(), before);
}

#[test]
fn wrong_products_of_field_triples_are_caught_by_all() {
    let wire = |(index, channel): (u8, MemoryChannel)| {
        let flip = |mut message: Message| {
            if message.phase.kind == PhaseKind::Products {
                message.payload.iter_mut().step_by(16).for_each(|byte| *byte ^= 1);
            }
            vec![message]
        };
        (index, None, if index == 2 { channel.tampered(Box::new(flip)) } else { channel })
    };
    let program = |(index, channel): (u8, MemoryChannel)| {
        (index, (index == 2).then_some(Cheat::OtherElementsTowards(PartyId(0))), channel)
    };
    let run = |(index, cheat, channel): (u8, Option<Cheat>, MemoryChannel)| async move {
        let session = Session::new(channel, SESSION);
        let mut producer = match cheat {
            Some(cheat) => Producer::start_cheating(session, [index; 32], parameters(3), cheat).await?,
            None => Producer::start(session, [index; 32], parameters(3)).await?,
        };
        producer.field_triples(2, &mut MemoryStock::default()).await
    };
    let caught = Err(PreprocessingError::Products { what: "triples over GF(2^128)" });
    let on_the_wire = block_on(join_all((0..).zip(mesh(3)).map(wire).map(run)));
    let by_program = block_on(join_all((0..).zip(mesh(3)).map(program).map(run)));
    for outcomes in [on_the_wire, by_program] {
        assert!(outcomes[..2].iter().all(|outcome| *outcome == caught), "{outcomes:?}");
    }
}
