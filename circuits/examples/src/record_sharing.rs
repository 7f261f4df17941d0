//! Medical records, shared with whom the patient chooses, as far as the patient chooses.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// A blood group.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum BloodGroup {
        /// O
        O,
        /// A
        A,
        /// B
        B,
        /// AB
        AB,
    }

    /// A visit to a doctor.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Visit {
        /// Days since 1970.
        pub day: u32,
        /// The diagnosis, as a number of a public list.
        pub diagnosis: u16,
    }

    /// A patient's record.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Record {
        /// Number of the patient.
        pub patient: u64,
        /// Days since 1970.
        pub born: u32,
        /// The blood group.
        pub blood: BloodGroup,
        /// Whether there is an allergy to each of a public list of substances.
        pub allergies: [bool; 12],
        /// The last visits, the latest first.
        pub visits: [Option<Visit>; 4],
    }

    /// What the patient shares. Everybody sees this.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Consent {
        /// The date of birth.
        pub born: bool,
        /// Blood group and allergies.
        pub emergency: bool,
        /// How many of the last visits.
        pub visits: u8,
    }

    /// What someone else sees.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Excerpt {
        /// Number of the patient.
        pub patient: u64,
        /// Days since 1970.
        pub born: Option<u32>,
        /// Blood group and allergies.
        pub emergency: Option<(BloodGroup, [bool; 12])>,
        /// Visits.
        pub visits: [Option<Visit>; 4],
    }

    /// Encrypts a record for someone else: the whole of it.
    #[instruction]
    pub fn share_record(receiver: Shared, record: Enc<Shared, Record>) -> Enc<Shared, Record> {
        receiver.from_arcis(record.to_arcis())
    }

    /// Deposits a record: from now on the application may share it as the patient has agreed.
    #[instruction]
    pub fn deposit(record: Enc<Shared, Record>) -> Enc<Mxe, Record> {
        Mxe::get().from_arcis(record.to_arcis())
    }

    /// Enters a visit into a deposited record; the oldest one goes.
    #[instruction]
    pub fn enter_visit(record: Enc<Mxe, Record>, visit: Enc<Shared, Visit>) -> Enc<Mxe, Record> {
        let mut entered = record.to_arcis();
        entered.visits.rotate_right(1);
        entered.visits[0] = Some(visit.to_arcis());
        record.owner.from_arcis(entered)
    }

    /// Gives someone the part of a deposited record that the patient has agreed to.
    #[instruction]
    pub fn share_excerpt(
        record: Enc<Mxe, Record>,
        consent: Consent,
        receiver: Shared,
    ) -> Enc<Shared, Excerpt> {
        let record = record.to_arcis();
        let mut visits = [None; 4];
        for (place, (shared, visit)) in visits.iter_mut().zip(record.visits).enumerate() {
            if place < consent.visits as usize {
                *shared = visit;
            }
        }
        receiver.from_arcis(Excerpt {
            patient: record.patient,
            born: consent.born.then_some(record.born),
            emergency: consent.emergency.then_some((record.blood, record.allergies)),
            visits,
        })
    }

    /// Says whether the patient had a diagnosis in any of the last visits, and nothing else.
    #[instruction]
    pub fn had_diagnosis(record: Enc<Mxe, Record>, diagnosis: u16, receiver: Shared) -> Enc<Shared, bool> {
        let record = record.to_arcis();
        receiver.from_arcis(record.visits.iter().flatten().any(|visit| visit.diagnosis == diagnosis))
    }
}
