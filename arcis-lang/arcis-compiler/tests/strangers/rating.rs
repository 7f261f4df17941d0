//! Elo ratings in numbers with a point: expected scores, updates, a match found for a player, a league table.

use arcis::Mxe;
use proptest::prelude::*;

use crate::support::Instructions;
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        const PLAYERS: usize = 4;

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Player {
            pub rating: f64,
            pub games: u32,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Score {
            Lost,
            Drawn,
            Won,
        }

        impl Score {
            fn points(self) -> f64 {
                match self {
                    Score::Lost => 0.0,
                    Score::Drawn => 0.5,
                    Score::Won => 1.0,
                }
            }
        }

        impl Player {
            /// 1 / (1 + 10^((other - own) / 400)), through base 2.
            fn expected(&self, other: &Player) -> f64 {
                const LOG2_OF_10: f64 = 3.321928094887362;
                1.0 / (1.0 + ((other.rating - self.rating) / 400.0 * LOG2_OF_10).exp2())
            }

            fn gain(&self) -> f64 {
                if self.games < 30 { 40.0 } else { 20.0 }
            }

            fn updated(mut self, expected: f64, points: f64) -> Player {
                self.rating = (self.rating + self.gain() * (points - expected)).max(100.0).min(4000.0);
                self.games += 1;
                self
            }
        }

        #[instruction]
        pub fn play(players: Enc<Mxe, [Player; PLAYERS]>, result: Enc<Shared, (u8, u8, Score)>) -> (Enc<Mxe, [Player; PLAYERS]>, Enc<Shared, [f64; 2]>) {
            let mut all = players.to_arcis();
            let (one, other, score) = result.to_arcis();
            let (one, other) = (one as usize % PLAYERS, other as usize % PLAYERS);
            let (a, b) = (all[one], all[other]);
            let chance = a.expected(&b);
            if one != other {
                all[one] = a.updated(chance, score.points());
                all[other] = b.updated(1.0 - chance, 1.0 - score.points());
            }
            (players.owner.from_arcis(all), result.owner.from_arcis([chance, all[one].rating]))
        }

        /// Mean and spread of ratings, in `f32`.
        #[instruction]
        pub fn spread(players: Enc<Mxe, [Player; PLAYERS]>) -> (f32, f32) {
            let ratings = players.to_arcis().map(|player| player.rating as f32);
            let mean = ratings.iter().sum::<f32>() / PLAYERS as f32;
            let variance = ratings.iter().map(|rating| (*rating - mean) * (*rating - mean)).fold(0.0, |a, b| a + b) / PLAYERS as f32;
            (mean.reveal(), variance.sqrt().reveal())
        }
    }
}

use circuits::{Player, Score};

fn close(circuit: f64, native: f64, bound: f64) {
    assert!((circuit - native).abs() <= bound, "circuit: {circuit}, native: {native}");
}

#[test]
fn agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    let player = || (100.0..3000.0f64, 0..60u32).prop_map(|(rating, games)| Player { rating, games });
    let score = prop_oneof![Just(Score::Lost), Just(Score::Drawn), Just(Score::Won)];
    runner(30)
        .run(&([player(), player(), player(), player()], (0..5u8, 0..5u8, score)), |(players, result)| {
            let state = || Mxe::get().from_arcis(players);
            let (next, shown) = circuits::play(state(), me().from_arcis(result));
            let (circuit, [chance, rating]): ([Player; 4], [f64; 2]) =
                instructions.run("play", &(players, result));
            for (circuit, native) in circuit.into_iter().zip(next.to_arcis()) {
                close(circuit.rating, native.rating, 1e-9);
                assert_eq!(circuit.games, native.games);
            }
            let [native_chance, native_rating] = shown.to_arcis();
            close(chance, native_chance, 1e-12);
            close(rating, native_rating, 1e-9);
            let (mean, deviation): (f32, f32) = instructions.run("spread", &players);
            let (native_mean, native_deviation) = circuits::spread(state());
            close(mean.into(), native_mean.into(), 1e-2);
            close(deviation.into(), native_deviation.into(), 1e-2);
            Ok(())
        })
        .unwrap();
}
