//! Blackjack, against the rules written another way.

use arcis::{ArcisX25519Pubkey, Mxe, Shared};
use games_circuit::blackjack::circuits::{
    self as blackjack, DEALER, Game, Outcome, PLAYER, Settlement, Total,
};

use crate::circuits::instruction;
use crate::poker::Random;

/// What cards are worth: the best of all ways to count the aces that is not above 21, or the least.
fn worth(cards: &[u8]) -> u8 {
    let value = |card: &u8| (card & 15).min(10);
    let aces = cards.iter().filter(|card| *card & 15 == 1).count() as u8;
    let least: u8 = cards.iter().map(value).sum();
    (0..=aces).map(|high| least + 10 * high).filter(|total| *total <= 21).max().unwrap_or(least)
}

/// The end of a game in which the player stands with so many cards.
fn expected(game: &Game, held: usize) -> Settlement {
    let player = &game.player[..held];
    let mut taken = 2;
    while worth(&game.dealer[..taken]) < 17 {
        taken += 1;
    }
    let dealer = &game.dealer[..taken];
    let is_blackjack = |cards: &[u8]| cards.len() == 2 && worth(cards) == 21;
    let outcome = match (is_blackjack(player), is_blackjack(dealer)) {
        _ if worth(player) > 21 => Outcome::Loss,
        (true, true) => Outcome::Push,
        (true, false) => Outcome::Blackjack,
        (false, true) => Outcome::Loss,
        _ if worth(dealer) > 21 => Outcome::Win,
        _ => match worth(player).cmp(&worth(dealer)) {
            std::cmp::Ordering::Less => Outcome::Loss,
            std::cmp::Ordering::Equal => Outcome::Push,
            std::cmp::Ordering::Greater => Outcome::Win,
        },
    };
    let mut shown = Settlement { player: [0; PLAYER], dealer: [0; DEALER], outcome };
    shown.player[..held].copy_from_slice(player);
    shown.dealer[..taken].copy_from_slice(dealer);
    shown
}

fn total(cards: &[u8]) -> Total {
    match worth(cards) {
        22.. => Total::Bust,
        21 => Total::Full,
        _ => Total::Below,
    }
}

/// A game of two decks; some have their low cards first, so that hands become long, some aces and tens.
fn random_game(random: &mut Random) -> Game {
    let mut cards = crate::poker::deck().repeat(2);
    for last in (1..cards.len()).rev() {
        cards.swap(last, random.below(last + 1));
    }
    match random.below(4) {
        0 => cards.sort_by_key(|card| card & 15 > 3),
        1 => cards.sort_by_key(|card| (2..10).contains(&(card & 15))),
        _ => {}
    }
    Game { player: *cards.first_chunk().unwrap(), dealer: *cards.last_chunk().unwrap() }
}

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([5; 32]))
}

fn state(game: Game) -> arcis::Enc<Mxe, Game> {
    Mxe::get().from_arcis(game)
}

#[test]
fn a_deal_shows_the_dealers_first_card_and_a_blackjack() {
    let mut blackjacks = 0;
    for seed in 0..400 {
        arcis::ArcisRNG::seed(seed);
        let (game, hand, up, first) = blackjack::deal_blackjack(me());
        let game = game.to_arcis();
        assert_eq!((hand.to_arcis()[..].to_vec(), up), (game.player[..2].to_vec(), game.dealer[0]));
        assert_eq!(first, total(&game.player[..2]));
        blackjacks += u32::from(first == Total::Full);
    }
    // One in 21 or so.
    assert!((8..35).contains(&blackjacks), "{blackjacks}");
    for seed in 0..20 {
        let (game, hand, up, first): (Game, [u8; 2], u8, Total) =
            instruction("deal_blackjack").run(&(), seed);
        assert_eq!((hand[..].to_vec(), up), (game.player[..2].to_vec(), game.dealer[0]));
        assert_eq!(first, total(&game.player[..2]));
    }
}

#[test]
fn games_are_played_by_the_rules() {
    let (hit, stand) = (instruction("hit"), instruction("stand"));
    let mut random = Random(11);
    let mut seen = [0; 4];
    for round in 0..1_500 {
        let game = random_game(&mut random);
        let mut held = 2;
        while held < PLAYER && total(&game.player[..held]) == Total::Below && random.below(4) > 0 {
            let (card, after) = blackjack::hit(state(game), me(), held as u8);
            assert_eq!((card.to_arcis(), after), (game.player[held], total(&game.player[..=held])));
            if round % 10 == 0 {
                let of_circuit: (u8, Total) = hit.run(&(game, held as u8), 0);
                assert_eq!(of_circuit, (game.player[held], total(&game.player[..=held])));
            }
            held += 1;
        }
        let (left, settlement) = blackjack::stand(state(game), held as u8);
        let nothing = Game { player: [0; PLAYER], dealer: [0; DEALER] };
        assert_eq!((left.to_arcis(), settlement), (nothing, expected(&game, held)));
        if round % 5 == 0 {
            let of_circuit: (Game, Settlement) = stand.run(&(game, held as u8), 0);
            assert_eq!(of_circuit, (nothing, settlement));
        }
        if round % 100 == 0 {
            let by_parties: (Game, Settlement) =
                stand.run_by_parties(&(game, held as u8), round, round % 200 == 0);
            assert_eq!(by_parties, (nothing, settlement));
        }
        seen[settlement.outcome as usize] += 1;
    }
    assert!(seen.iter().all(|count| *count > 40), "{seen:?}");
}

/// No hand of two decks takes more cards than there are places for.
#[test]
fn there_are_cards_enough() {
    /// The most cards that are taken from decks with so many of each value, while totals are below a limit.
    fn longest(left: &mut [u8; 11], taken: &mut Vec<u8>, limit: u8) -> usize {
        if taken.len() >= 2 && worth(taken) >= limit {
            return taken.len();
        }
        let mut most = 0;
        for value in 1..=10 {
            if left[usize::from(value)] > 0 {
                left[usize::from(value)] -= 1;
                taken.push(value);
                most = most.max(longest(left, taken, limit));
                taken.pop();
                left[usize::from(value)] += 1;
            }
        }
        most
    }
    let decks = [0, 8, 8, 8, 8, 8, 8, 8, 8, 8, 32];
    assert_eq!(longest(&mut decks.clone(), &mut Vec::new(), 17), DEALER);
    // The player stops at 21. Which order cards come in makes no difference to the total, so low ones first.
    let mut lowest: Vec<u8> = (1..=10).flat_map(|value| [value; 8]).collect();
    lowest.truncate(PLAYER + 1);
    let most = (2..).find(|count| worth(&lowest[..*count]) >= 21).unwrap();
    assert!(most <= PLAYER, "{most}");
}
