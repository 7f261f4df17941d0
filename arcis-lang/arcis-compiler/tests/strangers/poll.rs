//! A poll with weighted ballots: traits with constants and associated types, structs in structs, a tally by ranks.

use arcis::Mxe;
use proptest::prelude::*;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        const OPTIONS: usize = 4;

        pub trait Weighting {
            const SCALE: u64;
            type Stake: Copy;
            fn weight(stake: Self::Stake) -> u64;
        }

        pub struct OnePersonOneVote;
        pub struct Quadratic;

        impl Weighting for OnePersonOneVote {
            const SCALE: u64 = 1;
            type Stake = bool;
            fn weight(stake: bool) -> u64 {
                stake as u64
            }
        }

        impl Weighting for Quadratic {
            const SCALE: u64 = 10;
            type Stake = u32;
            fn weight(stake: u32) -> u64 {
                // The integer square root, bit by bit.
                let mut root = 0u32;
                for bit in (0..16).rev() {
                    let candidate = root | (1 << bit);
                    if (candidate as u64) * (candidate as u64) <= stake as u64 {
                        root = candidate;
                    }
                }
                root as u64
            }
        }

        #[derive(Clone, Copy, Default, Debug, PartialEq)]
        pub struct Count {
            pub votes: u64,
            pub ballots: u32,
        }

        impl Count {
            fn add<W: Weighting>(&mut self, stake: W::Stake) {
                self.votes += W::weight(stake) * W::SCALE;
                self.ballots += 1;
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Poll {
            pub counts: [Count; OPTIONS],
            pub spoilt: u16,
            pub closed: bool,
            pub leader: Option<u8>,
        }

        impl Poll {
            fn refresh(&mut self) {
                self.leader = self
                    .counts
                    .iter()
                    .enumerate()
                    .filter(|(_, count)| count.ballots > 0)
                    .max_by_key(|(_, count)| count.votes)
                    .map(|(place, _)| place as u8);
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Ballot {
            Abstain,
            Single(u8),
            Split { first: u8, second: u8 },
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Vote {
            pub ballot: Ballot,
            pub stake: u32,
        }

        #[instruction]
        pub fn open(mxe: Mxe) -> Enc<Mxe, Poll> {
            let poll = Poll { counts: [Count::default(); OPTIONS], spoilt: 0, closed: false, leader: None };
            mxe.from_arcis(poll)
        }

        #[instruction]
        pub fn cast(vote: Enc<Shared, Vote>, poll: Enc<Mxe, Poll>, quadratic: bool) -> (Enc<Mxe, Poll>, Enc<Shared, bool>) {
            let Vote { ballot, stake } = vote.to_arcis();
            let mut state = poll.to_arcis();
            let mut counted = false;
            let mut give = |place: u8, stake: u32, counts: &mut [Count; OPTIONS]| {
                if let Some(count) = counts.get_mut(place as usize) {
                    if quadratic {
                        count.add::<Quadratic>(stake);
                    } else {
                        count.add::<OnePersonOneVote>(stake > 0);
                    }
                    counted = true;
                }
            };
            if !state.closed {
                match ballot {
                    Ballot::Abstain => {}
                    Ballot::Single(place) => give(place, stake, &mut state.counts),
                    Ballot::Split { first, second } if first != second => {
                        give(first, stake / 2, &mut state.counts);
                        give(second, stake - stake / 2, &mut state.counts);
                    }
                    Ballot::Split { .. } => state.spoilt += 1,
                }
            }
            state.refresh();
            (poll.owner.from_arcis(state), vote.owner.from_arcis(counted))
        }

        #[instruction]
        pub fn close(poll: Enc<Mxe, Poll>) -> (Enc<Mxe, Poll>, Option<u8>, [u64; OPTIONS], u16) {
            let mut state = poll.to_arcis();
            state.closed = true;
            let votes: [u64; OPTIONS] = std::array::from_fn(|i| state.counts[i].votes);
            (poll.owner.from_arcis(state), state.leader.reveal(), votes.reveal(), state.spoilt.reveal())
        }
    }
}

use circuits::{Ballot, Count, Poll, Vote};

fn ballot() -> impl Strategy<Value = Ballot> {
    let place = || prop_oneof![4 => 0..4u8, 1 => any::<u8>()];
    prop_oneof![
        Just(Ballot::Abstain),
        place().prop_map(Ballot::Single),
        (place(), place()).prop_map(|(first, second)| Ballot::Split { first, second }),
    ]
}

fn poll() -> impl Strategy<Value = Poll> {
    let count = || {
        (prop_oneof![0..20u64, u64::edges()], 0..4u32).prop_map(|(votes, ballots)| Count { votes, ballots })
    };
    ([count(), count(), count(), count()], u16::edges(), prop::bool::weighted(0.2), prop::option::of(0..4u8))
        .prop_map(|(counts, spoilt, closed, leader)| Poll { counts, spoilt, closed, leader })
}

#[test]
fn agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    check(&instructions, "open", &(), &circuits::open(Mxe::get()).to_arcis()).unwrap();
    runner(60)
        .run(&(ballot(), u32::edges(), poll(), any::<bool>()), |(ballot, stake, poll, quadratic)| {
            let vote = Vote { ballot, stake };
            let (state, counted) =
                circuits::cast(me().from_arcis(vote), Mxe::get().from_arcis(poll), quadratic);
            let native = (state.to_arcis(), counted.to_arcis());
            check(&instructions, "cast", &(vote, poll, quadratic), &native)?;
            let (state, leader, votes, spoilt) = circuits::close(Mxe::get().from_arcis(poll));
            check(&instructions, "close", &poll, &(state.to_arcis(), leader, votes, spoilt))
        })
        .unwrap();
}
