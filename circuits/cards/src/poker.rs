//! How strong a hand of poker is, for circuits: the best five of five to seven cards as one number.
//!
//! Ranks are bits of a word (bit 0 the deuce, bit 12 the ace), and what is counted is counted for all ranks at once: no
//! card is sorted, and nobody's five best cards are picked. A hand's strength is its category, then the ranks that make
//! the category, then the kickers. Within a category both have as many bits in every hand, so that they compare as numbers.
//!
//! Board and hole cards are told apart because players share the board: what it says is worked out once.

use arcis::*;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    /// Ranks, of which each is a bit.
    const RANKS: usize = 13;
    /// Cards that lie open in the end.
    pub const BOARD: usize = 5;
    /// Cards that a player has alone.
    pub const HOLE: usize = 2;

    /// What five cards say to a hand that contains them.
    pub struct Board {
        /// Of which ranks there is one card at least, two, three, and all four.
        counts: [u16; 4],
        /// The suit of three cards or more, as one bit of four.
        suit: u16,
        /// Whether there are four of it, or five.
        has_four: bool,
        /// Whether there are five.
        has_five: bool,
        /// The ranks of those.
        ranks: u16,
    }

    /// The rank of a card as one bit of thirteen.
    fn rank_bit(card: u8) -> u16 {
        let bit = |place: usize| (card >> place) & 1 == 1;
        let low = one_of_four(bit(0), bit(1));
        let high = one_of_four(bit(2), bit(3));
        // From here on by rank, the ace 1. There is no rank 0, 14 or 15, so that the last of each four is what is left.
        let (one, two) = (high[0] & low[1], high[0] & low[2]);
        let (four, five, six) = (high[1] & low[0], high[1] & low[1], high[1] & low[2]);
        let (eight, nine, ten) = (high[2] & low[0], high[2] & low[1], high[2] & low[2]);
        let twelve = high[3] & low[0];
        let bits = [
            two,
            high[0] ^ one ^ two,
            four,
            five,
            six,
            high[1] ^ four ^ five ^ six,
            eight,
            nine,
            ten,
            high[2] ^ eight ^ nine ^ ten,
            twelve,
            high[3] ^ twelve,
            one,
        ];
        word(&bits)
    }

    /// The suit of a card as one bit of four.
    fn suit_bit(card: u8) -> u16 {
        word(&one_of_four((card >> 4) & 1 == 1, (card >> 5) & 1 == 1))
    }

    fn one_of_four(low: bool, high: bool) -> [bool; 4] {
        let both = low & high;
        [!(low ^ high ^ both), low ^ both, high ^ both, both]
    }

    fn word(bits: &[bool]) -> u16 {
        let mut word = 0;
        for (place, bit) in bits.iter().enumerate() {
            word ^= (*bit as u16) << place;
        }
        word
    }

    /// Whether an odd number of bits is set.
    fn is_odd(word: u16) -> bool {
        let eight = word ^ (word >> 8);
        let four = eight ^ (eight >> 4);
        let two = four ^ (four >> 2);
        (two ^ (two >> 1)) & 1 == 1
    }

    /// Of at most three bits whether two or three are set: whether the number of pairs among them is odd.
    fn has_two(word: u16) -> bool {
        // Of each bit whether an odd number of those below it is set.
        let one = word << 1;
        let two = one ^ (one << 1);
        let four = two ^ (two << 2);
        let eight = four ^ (four << 4);
        is_odd(word & (eight ^ (eight << 8)))
    }

    /// Takes note of one more of what a bit stands for, of which there are at most `MOST`. Each word of `counts` is a part of
    /// the one before.
    fn count<const MOST: usize>(counts: &mut [u16; MOST], bit: u16) {
        let mut carry = bit;
        for least in 0..MOST {
            // There cannot be another where there are already all.
            let more = if least + 1 < MOST { counts[least] & bit } else { 0 };
            counts[least] ^= carry ^ more;
            carry = more;
        }
    }

    /// Without the lowest bit, if `condition`.
    fn without_lowest(word: u16, condition: bool) -> u16 {
        let mut kept = 0;
        let mut keeps = !condition;
        for place in 0..RANKS {
            let bit = (word >> place) & 1 == 1;
            let both = bit & keeps;
            kept ^= (both as u16) << place;
            keeps ^= bit ^ both;
        }
        kept
    }

    /// The word, or nothing.
    fn only_if(condition: bool, word: u16) -> u16 {
        if condition { word } else { 0 }
    }

    /// The straights among ranks: a bit for each, by its lowest card; the ace comes before the deuce too. Only the highest.
    fn straight(ranks: u16) -> u16 {
        let ranks = (ranks << 1) ^ (ranks >> 12);
        let twos = ranks & (ranks >> 1);
        let fours = twos & (twos >> 2);
        let straights = fours & (ranks >> 4);
        // All straights of seven cards follow one another.
        straights & !(straights >> 1)
    }

    impl Board {
        /// What five cards say.
        pub fn of(cards: &[u8; BOARD]) -> Board {
            let ranks = cards.map(rank_bit);
            let suits = cards.map(suit_bit);
            let mut counts = [0; 4];
            // Of which suits there are so many cards, at least: one to five.
            let mut of_suit = [0; BOARD];
            for card in 0..BOARD {
                count(&mut counts, ranks[card]);
                count(&mut of_suit, suits[card]);
            }
            // At most one suit has three of five cards.
            let suit = of_suit[2];
            let mut of_it = 0;
            for card in 0..BOARD {
                of_it ^= only_if(is_odd(suit & suits[card]), ranks[card]);
            }
            Board { counts, suit, has_four: is_odd(of_suit[3]), has_five: is_odd(of_suit[4]), ranks: of_it }
        }

        /// How strong the best five cards are of the board and none, one or two more. What is stronger is greater, what
        /// ties is equal. Cards that are there twice, and what is no card, have no meaning.
        pub fn strength<const MORE: usize>(&self, hole: [u8; MORE]) -> u32 {
            let mut counts = self.counts;
            let mut of_suit = self.ranks;
            let mut is_of_suit = [false; 2];
            for card in 0..MORE {
                let rank = rank_bit(hole[card]);
                count(&mut counts, rank);
                is_of_suit[card] = is_odd(self.suit & suit_bit(hole[card]));
                of_suit ^= only_if(is_of_suit[card], rank);
            }
            // Flush. The board says which suit; five or more.
            let both = is_of_suit[0] & is_of_suit[1];
            let either = is_of_suit[0] ^ is_of_suit[1] ^ both;
            let flush = self.has_five | (self.has_four & either) | both;
            let six = (self.has_five & either) | (self.has_four & both);
            let seven = self.has_five & both;
            let ranks = counts[0] ^ only_if(flush, counts[0] ^ of_suit);
            let straight_at = straight(ranks);
            let straight = is_odd(straight_at);

            // Ranks with two cards or more are at most three, those with three at most two, with four at most one.
            let (pairs_odd, two_pairs) = (is_odd(counts[1]), has_two(counts[1]));
            let (trips_odd, two_trips) = (is_odd(counts[2]), has_two(counts[2]));
            let three_pairs = pairs_odd & two_pairs;
            let quads = is_odd(counts[3]);
            let trips = trips_odd ^ two_trips;
            let full = trips & two_pairs & !quads;
            let two_pair = two_pairs & !trips;
            let pair = pairs_odd & !two_pairs & !trips;
            // With seven cards neither a flush nor a straight leaves room for a full house or quads.
            let special = flush | straight;

            // The ranks that make the category, and what is beside them.
            let grouped =
                counts[1] ^ only_if(trips, counts[1] ^ counts[2]) ^ only_if(quads, counts[2] ^ counts[3]);
            let one_too_many = (two_trips & !quads) ^ (three_pairs & !trips);
            let primary = without_lowest(only_if(!special, grouped), one_too_many);
            let mut kickers = only_if(!straight, ranks ^ only_if(full, ranks ^ counts[1]) ^ primary);
            // Of all cards five count. What is too many is lowest among the kickers, unless cards of one rank take it up.
            if MORE == 2 {
                let drops = !(full & !three_pairs) & !(quads & two_trips);
                kickers = without_lowest(kickers, drops & !(flush & !six));
            }
            if MORE >= 1 {
                let drops = !full & !(quads & two_pairs) & !three_pairs;
                let too_many = if MORE == 2 { seven } else { six };
                kickers = without_lowest(kickers, drops & !(flush & !too_many));
            }

            let category = word(&[
                ((trips ^ full ^ pair) & !special) ^ (flush & !straight),
                (trips ^ two_pair) & !special,
                quads ^ full ^ flush ^ straight,
                flush & straight,
            ]);
            ((category as u32) << 26) ^ (((primary ^ straight_at) as u32) << 13) ^ (kickers as u32)
        }
    }
}
