//! Batches that are burned by a check that names nobody: the seeds are revealed, and the replay names the cheater.

mod support;

use std::sync::Mutex;

use futures::executor::block_on;
use futures::future::join_all;
use mpc::malicious::Cheat as Lie;
use mpc::memory::mesh;
use mpc::message::SignedHeader;
use mpc::misbehavior::{EvidenceError, Misbehavior, WrongPreprocessing};
use mpc::preprocessing::replay::{Operation, Recipe, Replay, SignedSeed};
use mpc::preprocessing::{Cheat, MemoryStock, Parameters, PreprocessingError, Producer};
use mpc::{PartyId, Phase, PhaseKind, Session};
use support::{SESSION, identity};

const CHEATER: PartyId = PartyId(2);

fn parameters() -> Parameters {
    Parameters::for_stock(3, 384).expect("enough triples")
}

fn recipe() -> Recipe {
    let operations = vec![
        Operation::Bits(128),
        Operation::Triples,
        Operation::FieldTriples(1),
        Operation::SigningScalars(2),
    ];
    Recipe::new(&parameters(), operations)
}

fn seed(party: u8) -> [u8; 32] {
    [party + 1; 32]
}

fn seeds() -> Vec<SignedSeed> {
    seeds_for(&recipe())
}

fn seeds_for(recipe: &Recipe) -> Vec<SignedSeed> {
    let signed = |party| SignedSeed::danger_reveal(&identity(party, 3), &SESSION, recipe, &seed(party));
    (0..3).map(signed).collect()
}

/// What each party came to, and the headers that it kept.
type Ended = Vec<(Result<(), PreprocessingError>, Vec<SignedHeader>)>;

/// Makes a batch with a party that cheats in its program, or lies in what it says.
fn make(cheat: Option<Cheat>, lie: Option<Lie>) -> Ended {
    let lie = Mutex::new(lie);
    let lie = &lie;
    let runs = (0..).zip(mesh(3)).map(|(index, mut channel)| async move {
        if index == CHEATER.0
            && let Some(lie) = lie.lock().expect("not poisoned").take()
        {
            channel = channel.cheating(lie);
        }
        let session = Session::signed(channel, SESSION, identity(index, 3)).expect("its own");
        session.keep_log();
        let records = session.records().expect("a signed session");
        let made = async {
            let mut producer = match cheat.filter(|_| index == CHEATER.0) {
                Some(cheat) => Producer::start_cheating(session, seed(index), parameters(), cheat).await?,
                None => Producer::start(session, seed(index), parameters()).await?,
            };
            recipe().run(&mut producer, &mut MemoryStock::default()).await?;
            producer.finish().await.map(drop)
        };
        (made.await, records.log())
    });
    block_on(join_all(runs))
}

/// The verdict from the logs of the honest parties.
fn judge(ended: &Ended) -> Option<WrongPreprocessing> {
    let logs = ended[..2].iter().flat_map(|(_, log)| log);
    let members = identity(0, 3).members().clone();
    WrongPreprocessing::find(&members, &SESSION, recipe(), seeds(), logs).expect("honest seeds")
}

#[test]
fn an_honest_run_deviates_nowhere() {
    let ended = make(None, None);
    for (result, log) in &ended {
        assert_eq!(*result, Ok(()));
        assert!(log.len() > 50, "all messages are kept");
    }
    assert_eq!(judge(&ended), None);
    // Every message that was sent is one that the replay has: none is overlooked.
    let members = identity(0, 3).members().clone();
    let replay = Replay::new(&members, &SESSION, &recipe(), &seeds()).expect("honest seeds");
    for (_, log) in &ended {
        for signed in log {
            let mut header = signed.header;
            header.payload[0] ^= 1;
            assert!(replay.deviation(&header).is_some(), "{} is replayed", header.phase);
        }
    }
}

#[test]
fn who_cheats_is_named_where_no_check_names_anybody() {
    let victim = PartyId(0);
    let cheats = [
        Cheat::OtherKeyTowards(victim),
        Cheat::OtherBitsTowards(victim),
        Cheat::WrongLowestBit,
        Cheat::OtherFactorTowards(victim),
        Cheat::OtherElementsTowards(victim),
        Cheat::WrongDifferences,
    ];
    let members = identity(0, 3).members().clone();
    let mut anonymous = 0;
    for cheat in cheats {
        let ended = make(Some(cheat), None);
        for (result, _) in &ended[..2] {
            let error = result.as_ref().expect_err("the batch is burned");
            anonymous += usize::from(matches!(
                error,
                PreprocessingError::LeakyAnds
                    | PreprocessingError::Products { .. }
                    | PreprocessingError::GlobalKeyUnproven { .. }
            ));
        }
        let evidence = judge(&ended).unwrap_or_else(|| panic!("{cheat:?} is found"));
        let evidence = Misbehavior::WrongPreprocessing(Box::new(evidence));
        assert_eq!(evidence.verify(&members), Ok(CHEATER), "{cheat:?}");
        println!("| preprocessing, replayed | {cheat:?} | anyone | evidence: {evidence} |");
        assert_eq!(Misbehavior::from_bytes(&evidence.to_bytes()), Ok(evidence));
    }
    assert!(anonymous >= 5, "{anonymous} errors named nobody");
}

#[test]
fn a_lie_in_any_kind_of_message_is_named() {
    let kinds = [
        PhaseKind::Transfers,
        PhaseKind::Corrections,
        PhaseKind::Responses,
        PhaseKind::Products,
        PhaseKind::Open,
        PhaseKind::Check,
        PhaseKind::Commitments,
        PhaseKind::CoinReveal,
    ];
    let members = identity(0, 3).members().clone();
    for kind in kinds {
        let lie = Lie::in_phase(Phase { kind, index: 0 }, |payload| payload[1] ^= 2);
        let ended = make(None, Some(lie));
        assert!(ended[..2].iter().all(|(result, _)| result.is_err()), "{kind:?}");
        let evidence = judge(&ended).unwrap_or_else(|| panic!("{kind:?} is found"));
        assert_eq!(evidence.judge(&members).expect("evidence").0, CHEATER, "{kind:?}");
        assert_eq!(evidence.message().header.phase.kind, kind);
        println!("| preprocessing, replayed | a lie in {kind:?} 0 | anyone | evidence: {} |", {
            Misbehavior::WrongPreprocessing(Box::new(evidence))
        });
    }
}

#[test]
fn what_is_made_before_bits_under_state_keys_is_replayed() {
    let mut shorter = recipe();
    shorter.operations.push(Operation::StateBits);
    let members = identity(0, 3).members().clone();
    let find = |ended: &Ended| {
        let logs = ended[..2].iter().flat_map(|(_, log)| log);
        let found = WrongPreprocessing::find(&members, &SESSION, shorter.clone(), seeds_for(&shorter), logs);
        found.expect("honest seeds")
    };
    assert_eq!(find(&make(None, None)), None);
    let evidence = find(&make(Some(Cheat::WrongLowestBit), None)).expect("it is found");
    assert_eq!(evidence.judge(&members).expect("evidence").0, CHEATER);
}

#[test]
fn who_reveals_another_seed_accuses_itself() {
    let ended = make(Some(Cheat::WrongLowestBit), None);
    let members = identity(0, 3).members().clone();
    let mut seeds = seeds();
    seeds[2] = SignedSeed::danger_reveal(&identity(2, 3), &SESSION, &recipe(), &[99; 32]);
    let logs = ended[..2].iter().flat_map(|(_, log)| log);
    let evidence = WrongPreprocessing::find(&members, &SESSION, recipe(), seeds, logs).expect("signed seeds");
    let (guilty, round) = evidence.expect("a deviation").judge(&members).expect("evidence");
    assert_eq!((guilty, round), (CHEATER, 1), "in its first message");
}

#[test]
fn nobody_is_accused_with_seeds_or_messages_of_its_accuser() {
    let ended = make(Some(Cheat::WrongLowestBit), None);
    let members = identity(0, 3).members().clone();
    let find = |recipe, seeds| {
        let logs = ended[..2].iter().flat_map(|(_, log)| log);
        WrongPreprocessing::find(&members, &SESSION, recipe, seeds, logs)
    };
    // A seed that another party signed in the accused's place, one of another batch, one less.
    let mut foreign = seeds();
    foreign[0] = SignedSeed::danger_reveal(&identity(2, 3), &SESSION, &recipe(), &[99; 32]);
    assert_eq!(find(recipe(), foreign), Err(EvidenceError::Signature));
    let mut other_batch = seeds();
    other_batch[0] = SignedSeed::danger_reveal(&identity(0, 3), &[1; 32], &recipe(), &seed(0));
    assert_eq!(find(recipe(), other_batch), Err(EvidenceError::Signature));
    assert_eq!(find(recipe(), seeds()[..2].to_vec()), Err(EvidenceError::Signature));
    // A recipe that would keep the judge busy, or that nobody makes a batch by.
    for change in [
        |recipe: &mut Recipe| recipe.operations = vec![Operation::Triples; 65],
        |recipe: &mut Recipe| recipe.operations = vec![Operation::Bits(u32::MAX)],
        |recipe: &mut Recipe| recipe.bucket = 1,
        |recipe: &mut Recipe| recipe.triples = u32::MAX,
        |recipe: &mut Recipe| recipe.parts = 3,
        |recipe: &mut Recipe| recipe.operations.insert(0, Operation::StateBits),
    ] {
        let mut recipe = recipe();
        change(&mut recipe);
        let seeds = seeds_for(&recipe);
        assert!(matches!(find(recipe, seeds), Err(EvidenceError::Unrelated { .. })));
    }
    // A recipe by which honest parties would have said something else: nobody signed it.
    let mut other = recipe();
    other.operations[0] = Operation::Bits(256);
    assert_eq!(find(other, seeds()), Err(EvidenceError::Signature));
    // An honest message is no evidence, and neither is one whose signature was altered.
    let honest = make(None, None);
    let logs = honest.iter().flat_map(|(_, log)| log);
    assert_eq!(WrongPreprocessing::find(&members, &SESSION, recipe(), seeds(), logs), Ok(None));
    let forged: Vec<_> = honest[0]
        .1
        .iter()
        .map(|signed| {
            let mut forged = *signed;
            forged.header.payload[0] ^= 1;
            forged
        })
        .collect();
    assert_eq!(WrongPreprocessing::find(&members, &SESSION, recipe(), seeds(), &forged), Ok(None));
}
