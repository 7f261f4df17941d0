use arcis::Mxe;
use circuit_examples::record_sharing::circuits::{
    BloodGroup, Consent, Record, Visit, deposit, enter_visit, had_diagnosis, share_excerpt, share_record,
};
use proptest::prelude::*;

use crate::support::{Circuits, check};
use crate::{me, runner};

fn visit() -> impl Strategy<Value = Visit> {
    (any::<u32>(), 0..6u16).prop_map(|(day, diagnosis)| Visit { day, diagnosis })
}

fn record() -> impl Strategy<Value = Record> {
    let groups = [BloodGroup::O, BloodGroup::A, BloodGroup::B, BloodGroup::AB];
    let visits = proptest::array::uniform4(proptest::option::of(visit()));
    (any::<u64>(), any::<u32>(), proptest::sample::select(groups.to_vec()), any::<[bool; 12]>(), visits)
        .prop_map(|(patient, born, blood, allergies, visits)| Record {
            patient,
            born,
            blood,
            allergies,
            visits,
        })
}

#[test]
fn records_are_shared_as_agreed() {
    let circuits = Circuits::of("record_sharing.rs");
    let mxe = Mxe::get();
    let consent = (any::<bool>(), any::<bool>(), 0..6u8);
    let consent = consent.prop_map(|(born, emergency, visits)| Consent { born, emergency, visits });
    runner(60)
        .run(&(record(), consent, visit(), 0..6u16), |(record, consent, visit, diagnosis)| {
            let shared = share_record(me(), me().from_arcis(record)).to_arcis();
            prop_assert_eq!(shared, record);
            check(&circuits, "share_record", &record, &shared)?;
            check(&circuits, "deposit", &record, &deposit(me().from_arcis(record)).to_arcis())?;

            let excerpt = share_excerpt(mxe.from_arcis(record), consent, me()).to_arcis();
            prop_assert_eq!(excerpt.born.is_some(), consent.born);
            prop_assert_eq!(excerpt.emergency, consent.emergency.then_some((record.blood, record.allergies)));
            for place in 0..4 {
                let agreed = place < usize::from(consent.visits);
                prop_assert_eq!(excerpt.visits[place], record.visits[place].filter(|_| agreed));
            }
            check(&circuits, "share_excerpt", &(record, consent), &excerpt)?;

            let entered = enter_visit(mxe.from_arcis(record), me().from_arcis(visit)).to_arcis();
            prop_assert_eq!(
                entered.visits,
                [Some(visit), record.visits[0], record.visits[1], record.visits[2]]
            );
            check(&circuits, "enter_visit", &(record, visit), &entered)?;

            let had = had_diagnosis(mxe.from_arcis(record), diagnosis, me()).to_arcis();
            prop_assert_eq!(had, record.visits.iter().flatten().any(|visit| visit.diagnosis == diagnosis));
            check(&circuits, "had_diagnosis", &(record, diagnosis), &had)
        })
        .unwrap();
}
