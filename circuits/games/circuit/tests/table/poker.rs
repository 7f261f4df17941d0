//! Hands of poker by the rules of the game: sorted, counted and compared card by card. Nothing of it is taken from the
//! circuit, which it is compared with.

/// A card as the circuits have it.
pub fn card(rank: u8, suit: u8) -> u8 {
    suit << 4 | rank
}

/// All 52 cards.
pub fn deck() -> Vec<u8> {
    (0..4).flat_map(|suit| (1..=13).map(move |rank| card(rank, suit))).collect()
}

/// Cards written as `As Td 7c`.
pub fn cards<const N: usize>(text: &str) -> [u8; N] {
    let cards: Vec<u8> = text
        .split_whitespace()
        .map(|it| {
            let (rank, suit) = it.split_at(1);
            card("A23456789TJQK".find(rank).unwrap() as u8 + 1, "cdhs".find(suit).unwrap() as u8)
        })
        .collect();
    cards.try_into().unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    HighCard,
    Pair,
    TwoPair,
    Trips,
    Straight,
    Flush,
    FullHouse,
    Quads,
    StraightFlush,
}

/// What five cards are worth: the category, then the ranks that decide among its hands, the most important first.
pub type Value = (Category, [u8; 5]);

/// The value of five cards.
pub fn value(hand: [u8; 5]) -> Value {
    let suits = hand.map(|card| card >> 4);
    let mut ranks = hand.map(|card| if card & 15 == 1 { 14 } else { card & 15 });
    ranks.sort_unstable_by_key(|rank| std::cmp::Reverse(*rank));
    let is_flush = suits.iter().all(|suit| *suit == suits[0]);
    // The ace is below the deuce in one straight.
    if ranks == [14, 5, 4, 3, 2] {
        ranks = [5, 4, 3, 2, 1];
    }
    if ranks.windows(2).all(|pair| pair[0] == pair[1] + 1) {
        let category = if is_flush { Category::StraightFlush } else { Category::Straight };
        return (category, ranks);
    }
    if is_flush {
        return (Category::Flush, ranks);
    }
    let count = |rank: u8| ranks.iter().filter(|it| **it == rank).count();
    let mut grouped = ranks;
    grouped.sort_by_key(|rank| std::cmp::Reverse((count(*rank), *rank)));
    let category = match grouped.map(count) {
        [4, ..] => Category::Quads,
        [3, _, _, 2, _] => Category::FullHouse,
        [3, ..] => Category::Trips,
        [2, _, 2, ..] => Category::TwoPair,
        [2, ..] => Category::Pair,
        _ => Category::HighCard,
    };
    (category, grouped)
}

/// The value of the best five of some cards.
pub fn best(hand: &[u8]) -> Value {
    let mut best = None;
    let mut chosen = [0; 5];
    choose(hand, &mut chosen, 0, &mut |five| best = best.max(Some(value(five))));
    best.unwrap()
}

fn choose(from: &[u8], chosen: &mut [u8; 5], count: usize, each: &mut impl FnMut([u8; 5])) {
    if count == 5 {
        return each(*chosen);
    }
    for (place, card) in from.iter().enumerate() {
        chosen[count] = *card;
        choose(&from[place + 1..], chosen, count + 1, each);
    }
}

/// Numbers for tests.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        // SplitMix64, by G. Steele, D. Lea and C. Flood (2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ it >> 31
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// A shuffled deck. Of several kinds, so that all categories come up: some have a few ranks, or a suit, first.
    pub fn deck(&mut self) -> Vec<u8> {
        let mut deck = deck();
        for last in (1..deck.len()).rev() {
            deck.swap(last, self.below(last + 1));
        }
        let (suit, low) = (self.below(4) as u8, self.below(9) as u8);
        let kind = self.below(5);
        let is_first = |card: u8| {
            let (is_suit, is_among) = (card >> 4 == suit, |count| (low..low + count).contains(&(card & 15)));
            match kind {
                0 => false,
                1 => is_suit,
                2 => is_among(3),
                3 => is_among(6),
                _ => is_suit && is_among(7),
            }
        };
        // Of those that come first some are left where they are.
        let mut first = Vec::new();
        deck.retain(|card| {
            let moves = is_first(*card) && self.below(4) > 0;
            if moves {
                first.push(*card);
            }
            !moves
        });
        // The board first, then hole cards: a few others in between.
        let mut mixed = first;
        for _ in 0..self.below(6) {
            let place = self.below(mixed.len().min(8) + 1);
            if let Some(card) = deck.pop() {
                mixed.insert(place, card);
            }
        }
        mixed.extend(deck);
        mixed
    }
}
