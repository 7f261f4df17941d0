//! One party that does not follow the protocol on the wire: every deviation that can be noticed is, as a
//! typed error that names it, at the party it was aimed at; nobody panics and nobody waits for ever.

mod support;

use mpc::memory::{MemoryChannel, Message, Tamper, mesh};
use mpc::protocol::Protocol;
use mpc::{ChannelError, PartyId, Phase, PhaseKind, ProtocolError};
use support::{run, run_until_stalled, share, start};

const CHEATER: PartyId = PartyId(1);

/// Something of everything that the engine sends.
async fn everything(index: u8, channel: MemoryChannel) -> Result<[u8; 32], ProtocolError> {
    let mut party = start(index, channel, 5).await?;
    let shared =
        share(&mut party, index, &[arcis_circuit::Bits::ones(13), arcis_circuit::Bits::ones(13)], 5).await?;
    let products = party.and_layer(&shared[0], &shared[1]).await?;
    party.session().confirm().await?;
    party.check().await?;
    party.open(&products).await?;
    party.session().confirm().await
}

fn with_cheater(tamper: Tamper) -> Vec<MemoryChannel> {
    let mut tamper = Some(tamper);
    let cheat = |(index, channel): (u8, MemoryChannel)| match index == CHEATER.0 {
        true => channel.tampered(tamper.take().expect("one cheater")),
        false => channel,
    };
    (0..).zip(mesh(3)).map(cheat).collect()
}

/// The phases of [`everything`], with whom the cheater sends to in each.
fn phases() -> Vec<(PhaseKind, u32, Vec<PartyId>)> {
    let others = vec![PartyId(0), PartyId(2)];
    vec![
        (PhaseKind::Setup, 0, vec![PartyId(0)]),
        (PhaseKind::Enter, 0, vec![PartyId(0)]),
        (PhaseKind::And, 0, vec![PartyId(0)]),
        (PhaseKind::Confirm, 0, others.clone()),
        (PhaseKind::Open, 0, vec![PartyId(2)]),
        (PhaseKind::Confirm, 1, others),
    ]
}

/// Applies `change` to the cheater's messages of one phase and returns what each party came to.
fn cheat(
    kind: PhaseKind,
    index: u32,
    change: impl Fn(Message) -> Vec<Message> + Send + 'static,
) -> Vec<Result<[u8; 32], ProtocolError>> {
    let results = cheat_until_stalled(kind, index, change);
    results.into_iter().map(|result| result.expect("a party waits for ever")).collect()
}

/// As [`cheat`], with `None` for parties that are left waiting.
fn cheat_until_stalled(
    kind: PhaseKind,
    index: u32,
    change: impl Fn(Message) -> Vec<Message> + Send + 'static,
) -> Vec<Option<Result<[u8; 32], ProtocolError>>> {
    let target = Phase { kind, index };
    let tamper =
        move |message: Message| if message.phase == target { change(message) } else { vec![message] };
    run_until_stalled(with_cheater(Box::new(tamper)), everything)
}

#[test]
fn honest_parties_agree() {
    let results = run(mesh(3), everything);
    assert!(results.iter().all(|result| result.is_ok() && result == &results[0]));
}

#[test]
fn every_wrong_length_is_named() {
    type Resize = fn(&mut Vec<u8>);
    let resizes: [Resize; 4] = [
        |payload| payload.push(0),
        |payload| payload.truncate(payload.len() - 1),
        Vec::clear,
        |payload| payload.resize(1 << 16, 0xff),
    ];
    for (kind, index, targets) in phases() {
        for resize in resizes {
            let results = cheat(kind, index, move |mut message| {
                resize(&mut message.payload);
                vec![message]
            });
            for target in &targets {
                let error = results[target.index()].as_ref().expect_err("a wrong length");
                assert!(
                    matches!(error, ProtocolError::WrongLength { party: CHEATER, phase, .. } if phase.kind == kind),
                    "{kind:?}: {error:?}"
                );
            }
        }
    }
}

#[test]
fn every_wrong_phase_is_named() {
    for (kind, index, targets) in phases() {
        for other in
            PhaseKind::ALL.map(|kind| Phase { kind, index: 0 }).into_iter().chain([Phase { kind, index: 9 }])
        {
            if (other == Phase { kind, index }) || (other.kind == kind && other.index == index) {
                continue;
            }
            let results = cheat(kind, index, move |message| vec![Message { phase: other, ..message }]);
            for target in &targets {
                let error = results[target.index()].as_ref().expect_err("a wrong phase");
                let expected = Phase { kind, index };
                let named = ChannelError::WrongPhase { party: CHEATER, expected, actual: other };
                assert_eq!(error, &ProtocolError::Channel(named));
                assert_eq!(error.party(), Some(CHEATER));
            }
        }
    }
}

#[test]
fn repeated_and_withheld_messages_end_the_session() {
    for (kind, index, targets) in phases() {
        let repeated = cheat(kind, index, |message| vec![message.clone(), message]);
        let withheld = cheat_until_stalled(kind, index, |_| Vec::new());
        for target in &targets {
            // The last message may be repeated to no effect: nothing is received after it.
            if (kind, index) != (PhaseKind::Confirm, 1) {
                let error = repeated[target.index()].as_ref().expect_err("a repeated message");
                let named =
                    matches!(error, ProtocolError::Channel(ChannelError::WrongPhase { party: CHEATER, .. }));
                // Whoever hears less from the cheater may learn of it by the others' leaving.
                let left = matches!(error, ProtocolError::Channel(ChannelError::Closed { .. }));
                assert!(named || left, "{kind:?}: {error:?}");
            }
            // Nothing tells a slow peer from a silent one but the driver's deadline.
            assert!(!matches!(withheld[target.index()], Some(Ok(_))), "{kind:?}");
        }
    }
}

#[test]
fn bits_past_the_end_are_named() {
    for kind in [PhaseKind::Enter, PhaseKind::And, PhaseKind::Open] {
        let results = cheat(kind, 0, |mut message| {
            // 13 bits in two bytes leave three.
            let last = message.payload.len() - 1;
            message.payload[last] |= 0x20;
            vec![message]
        });
        let errors: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(
            errors.iter().any(|error| matches!(error, ProtocolError::Malformed { party: CHEATER, .. })),
            "{kind:?}: {errors:?}"
        );
    }
}

#[test]
fn an_opening_told_to_one_party_only_shows_in_the_transcripts() {
    let results = cheat(PhaseKind::Open, 0, |mut message| {
        message.payload[0] ^= 1;
        vec![message]
    });
    for result in results {
        assert!(matches!(result, Err(ProtocolError::TranscriptDiverged { .. })), "{result:?}");
    }
}

#[test]
fn another_number_of_parties_is_refused() {
    for parties in [2, 4] {
        let channel = mesh(parties).remove(0);
        let error = run(vec![channel], |index, channel| start(index, channel, 0)).remove(0).err();
        assert_eq!(error, Some(ProtocolError::WrongPartyCount { expected: 3, actual: parties }));
    }
}

#[test]
fn operands_of_different_length_are_refused() {
    let results = run(mesh(3), |index, channel| async move {
        let mut party = start(index, channel, 0).await?;
        let bits = party.random(9).await?;
        party.and_layer(&bits[..4], &bits[..5]).await
    });
    for result in results {
        assert_eq!(
            result.map(|_| ()),
            Err(ProtocolError::WidthMismatch { what: "a layer of ANDs", expected: 4, actual: 5 })
        );
    }
}
