use arcis::{ArcisRNG, Mxe};
use cards::{DECK, Hand, hand_total, new_deck};
use circuit_examples::blackjack::circuits::{
    Outcome, Stage, Table, deal, dealer_play, double_down, hit, resolve, stand,
};

use crate::me;
use crate::support::Circuits;

/// What the player does with what they have.
#[derive(Clone, Copy, Debug)]
enum Player {
    Stands,
    HitsBelow(u8),
    Doubles,
}

/// The value of a hand, counted plainly.
fn plain_total(hand: &Hand) -> u32 {
    let ranks: Vec<u32> = hand.iter().map(|card| u32::from(card & 15)).collect();
    let hard: u32 = ranks.iter().map(|rank| (*rank).min(10)).sum();
    if ranks.contains(&1) && hard + 10 <= 21 { hard + 10 } else { hard }
}

fn plain_outcome(player: &Hand, dealer: &Hand) -> Outcome {
    let (mine, theirs) = (plain_total(player), plain_total(dealer));
    let (natural, dealers) = (mine == 21 && player.len() == 2, theirs == 21 && dealer.len() == 2);
    match () {
        () if mine > 21 => Outcome::Loss,
        () if natural && dealers => Outcome::Push,
        () if natural => Outcome::Blackjack,
        () if dealers => Outcome::Loss,
        () if theirs > 21 || mine > theirs => Outcome::Win,
        () if mine == theirs => Outcome::Push,
        () => Outcome::Loss,
    }
}

struct Game<'a> {
    circuits: &'a Circuits,
    table: Table,
}

impl Game<'_> {
    /// Runs a step natively and as a circuit, which agree.
    fn hit(&mut self) -> Stage {
        let (next, hand, stage) = hit(Mxe::get().from_arcis(self.table), me());
        let native = (next.to_arcis(), hand.to_arcis(), stage);
        assert_eq!(self.circuits.run::<_, (Table, Hand, Stage)>("hit", &self.table, 0), native);
        self.table = native.0;
        stage
    }

    fn double_down(&mut self) -> bool {
        let (next, hand, done) = double_down(Mxe::get().from_arcis(self.table), me());
        let native = (next.to_arcis(), hand.to_arcis(), done);
        assert_eq!(self.circuits.run::<_, (Table, Hand, bool)>("double_down", &self.table, 0), native);
        self.table = native.0;
        done
    }

    fn stand(&mut self) {
        let next = stand(Mxe::get().from_arcis(self.table)).to_arcis();
        assert_eq!(self.circuits.run::<_, Table>("stand", &self.table, 0), next);
        self.table = next;
    }

    fn dealer_play(&mut self) -> Hand {
        let (next, shown) = dealer_play(Mxe::get().from_arcis(self.table));
        let native = (next.to_arcis(), shown);
        assert_eq!(self.circuits.run::<_, (Table, Hand)>("dealer_play", &self.table, 0), native);
        self.table = native.0;
        shown
    }

    fn resolve(&self) -> (Outcome, bool) {
        let native = resolve(Mxe::get().from_arcis(self.table));
        assert_eq!(self.circuits.run::<_, (Outcome, bool)>("resolve", &self.table, 0), native);
        native
    }
}

fn play(circuits: &Circuits, table: Table, player: Player) -> Outcome {
    let mut game = Game { circuits, table };
    assert_eq!(game.resolve().0, Outcome::Open);
    let dealt = game.table.stage;
    match player {
        Player::Stands => game.stand(),
        Player::HitsBelow(limit) => {
            while game.table.stage == Stage::Player && hand_total(&game.table.player) < limit {
                game.hit();
            }
            game.stand();
        }
        Player::Doubles => {
            assert_eq!(game.double_down(), dealt == Stage::Player);
            assert!(!game.double_down(), "once is enough");
            assert_eq!(game.table.player.len(), if dealt == Stage::Player { 3 } else { 2 });
        }
    }
    let bust = plain_total(&game.table.player) > 21;
    assert_eq!(game.table.stage, if bust { Stage::Over } else { Stage::Dealer });
    // It is no longer the player's turn.
    let before = game.table;
    game.hit();
    assert_eq!(game.table, before);

    let shown = game.dealer_play();
    assert_eq!(shown, game.table.dealer);
    if !bust {
        assert!(plain_total(&shown) >= 17);
        // Without the last card there were less.
        let mut earlier = shown;
        earlier.pop();
        assert!(shown.len() == 2 || plain_total(&earlier) < 17);
    }
    assert_eq!(usize::from(game.table.drawn), game.table.player.len() + game.table.dealer.len());
    let (outcome, doubled) = game.resolve();
    assert_eq!(doubled, matches!(player, Player::Doubles) && dealt == Stage::Player);
    assert_eq!(outcome, plain_outcome(&game.table.player, &game.table.dealer));
    outcome
}

#[test]
fn games_are_played_by_the_rules() {
    let circuits = Circuits::of("blackjack.rs");
    let mut seen = Vec::new();
    for seed in 0..120 {
        ArcisRNG::seed(seed);
        let table = deal(me()).0.to_arcis();
        let player = match seed % 4 {
            0 => Player::Stands,
            1 => Player::HitsBelow(17),
            2 => Player::HitsBelow(21),
            _ => Player::Doubles,
        };
        let outcome = play(&circuits, table, player);
        if !seen.contains(&outcome) {
            seen.push(outcome);
        }
    }
    assert_eq!(seen.len(), 4, "all ways to end are seen: {seen:?}");
}

/// The longest games: the lowest cards first.
#[test]
fn hands_have_room_for_the_lowest_cards() {
    let circuits = Circuits::of("blackjack.rs");
    let mut deck = new_deck();
    deck.sort_by_key(|card| (card & 15, *card));
    let of_player = [deck[0], deck[1]];
    for (dealer, drawn) in [([deck[2], deck[3]], 4), ([deck[4], deck[5]], 6)] {
        let table = Table {
            deck,
            drawn,
            player: Hand::from_slice(&of_player),
            dealer: Hand::from_slice(&dealer),
            stage: Stage::Dealer,
            doubled: false,
        };
        let mut game = Game { circuits: &circuits, table };
        let shown = game.dealer_play();
        assert!(plain_total(&shown) >= 17 && shown.len() >= 5, "{shown:?}");
    }
}

#[test]
fn a_deal_shuffles_all_cards() {
    let circuits = Circuits::of("blackjack.rs");
    let (first, hand, up): (Table, Hand, u8) = circuits.run("deal", &(), 1);
    let (second, ..): (Table, Hand, u8) = circuits.run("deal", &(), 2);
    assert_ne!(first.deck, second.deck);
    for table in [first, second, deal(me()).0.to_arcis()] {
        let mut deck = table.deck;
        deck.sort();
        assert_eq!(deck, new_deck());
        assert_eq!(table.player, Hand::from_slice(&[table.deck[0], table.deck[2]]));
        assert_eq!(table.dealer, Hand::from_slice(&[table.deck[1], table.deck[3]]));
    }
    assert_eq!((hand, up), (first.player, first.deck[1]));
    assert_eq!(first.deck.len(), DECK);
}
