use arcis::Mxe;
use circuit_examples::voting::circuits::{
    Ballot, OPTIONS, Result, Tally, close_vote, init_vote, is_adopted, vote,
};
use proptest::prelude::*;

use crate::support::{Circuits, check};
use crate::{me, runner};

#[test]
fn ballots_are_counted_by_weight() {
    let circuits = Circuits::of("voting.rs");
    let mxe = Mxe::get();
    let ballots = proptest::collection::vec((0..10u8, prop_oneof![1..5u64, any::<u64>()]), 0..12);
    runner(40)
        .run(&(ballots, 0..10u8, any::<u64>()), |(ballots, option, quorum)| {
            let mut tally = init_vote(mxe).to_arcis();
            check(&circuits, "init_vote", &(), &tally)?;
            let mut expected = Tally::default();
            for (option, weight) in ballots {
                let ballot = Ballot { option };
                let place = expected.votes.get_mut(usize::from(option)).unwrap_or(&mut expected.abstained);
                *place = place.wrapping_add(weight);
                let next = vote(me().from_arcis(ballot), mxe.from_arcis(tally), weight).to_arcis();
                check(&circuits, "vote", &(ballot, tally, weight), &next)?;
                tally = next;
            }
            prop_assert_eq!(tally, expected);
            let most = *tally.votes.iter().max().expect("there are options");
            let first = tally.votes.iter().position(|votes| *votes == most).expect("it is there");
            let total = tally.votes.iter().fold(0u64, |a, b| a.wrapping_add(*b));
            let result = close_vote(mxe.from_arcis(tally));
            prop_assert_eq!(result, Result { winner: first as u8, votes: most, total });
            check(&circuits, "close_vote", &tally, &result)?;
            let adopted = is_adopted(mxe.from_arcis(tally), option, quorum);
            if usize::from(option) >= OPTIONS {
                prop_assert!(!adopted);
            }
            check(&circuits, "is_adopted", &(tally, option, quorum), &adopted)
        })
        .unwrap();
}
