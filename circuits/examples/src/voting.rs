//! A vote among up to eight options. Ballots stay secret, and so do the counts until the vote is closed.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// Most options of a vote.
    pub const OPTIONS: usize = 8;

    /// What a voter sends: one option, by its number.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Ballot {
        /// A number from 0 on; one that is no option's is an abstention.
        pub option: u8,
    }

    /// The counts so far.
    #[derive(Clone, Copy, Debug, PartialEq, Default)]
    pub struct Tally {
        /// Votes for each option, by weight.
        pub votes: [u64; OPTIONS],
        /// Weight of the abstentions.
        pub abstained: u64,
    }

    /// What is published when a vote is closed.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Result {
        /// The option with the most votes, of several the first.
        pub winner: u8,
        /// Its votes.
        pub votes: u64,
        /// All votes, without abstentions.
        pub total: u64,
    }

    /// Starts a vote.
    #[instruction]
    pub fn init_vote(mxe: Mxe) -> Enc<Mxe, Tally> {
        mxe.from_arcis(Tally::default())
    }

    /// Counts a ballot. Its weight (of tokens, say) everybody knows; the application sees to it that nobody votes twice.
    #[instruction]
    pub fn vote(ballot: Enc<Shared, Ballot>, tally: Enc<Mxe, Tally>, weight: u64) -> Enc<Mxe, Tally> {
        let option = ballot.to_arcis().option as usize;
        let mut counts = tally.to_arcis();
        if option < OPTIONS {
            counts.votes[option] += weight;
        } else {
            counts.abstained += weight;
        }
        tally.owner.from_arcis(counts)
    }

    /// Publishes who won, and by how much; what the others got stays secret.
    #[instruction]
    pub fn close_vote(tally: Enc<Mxe, Tally>) -> Result {
        let tally = tally.to_arcis();
        let mut winner = 0;
        let mut votes = tally.votes[0];
        for option in 1..OPTIONS {
            if tally.votes[option] > votes {
                winner = option;
                votes = tally.votes[option];
            }
        }
        Result { winner: winner as u8, votes, total: tally.votes.iter().sum() }.reveal()
    }

    /// Says only whether an option has a majority of at least `quorum` votes cast.
    #[instruction]
    pub fn is_adopted(tally: Enc<Mxe, Tally>, option: u8, quorum: u64) -> bool {
        let tally = tally.to_arcis();
        let total: u64 = tally.votes.iter().sum();
        let votes = tally.votes[option as usize];
        (total >= quorum && votes > total - votes).reveal()
    }
}
