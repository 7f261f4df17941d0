//! Battleship: boards checked when they are placed, shots at secret places of a secret board, packed state, bits of a word.

use arcis::{Mxe, Pack};
use proptest::prelude::*;

use crate::support::{Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        const SIDE: usize = 6;
        const SHIPS: [u8; 3] = [3, 2, 2];

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Ship {
            pub row: u8,
            pub column: u8,
            pub down: bool,
        }

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Board {
            /// Which ship, from 1, is at a place.
            pub cells: [[u8; SIDE]; SIDE],
            pub left: [u8; 3],
            /// The places shot at, a bit each.
            pub shots: u64,
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Answer {
            Outside,
            Again,
            Water,
            Hit,
            Sunk(u8),
            Over,
        }

        fn place(board: &mut Board, number: usize, ship: Ship) -> bool {
            let length = SHIPS[number];
            let mut fits = true;
            for step in 0..length {
                let (row, column) = if ship.down { (ship.row + step, ship.column) } else { (ship.row, ship.column + step) };
                let inside = row < SIDE as u8 && column < SIDE as u8;
                fits &= inside && board.cells[row as usize][column as usize] == 0;
                if inside {
                    board.cells[row as usize][column as usize] = number as u8 + 1;
                }
            }
            board.left[number] = length;
            fits
        }

        #[instruction]
        pub fn set_up(ships: Enc<Shared, [Ship; 3]>) -> (Enc<Mxe, Pack<Board>>, bool) {
            let mut board = Board::default();
            let mut fits = true;
            for (number, ship) in ships.to_arcis().into_iter().enumerate() {
                fits = place(&mut board, number, ship) && fits;
            }
            if !fits {
                board = Board::default();
            }
            (Mxe::get().from_arcis(Pack::new(board)), fits.reveal())
        }

        fn shoot_at(board: &mut Board, row: u8, column: u8) -> Answer {
            if row >= SIDE as u8 || column >= SIDE as u8 {
                return Answer::Outside;
            }
            let bit = 1u64 << (row as u32 * SIDE as u32 + column as u32);
            if board.shots & bit != 0 {
                return Answer::Again;
            }
            board.shots |= bit;
            let number = board.cells[row as usize][column as usize];
            if number == 0 {
                return Answer::Water;
            }
            let left = &mut board.left[number as usize - 1];
            *left -= 1;
            if *left > 0 {
                Answer::Hit
            } else if board.left.iter().all(|left| *left == 0) {
                Answer::Over
            } else {
                Answer::Sunk(number)
            }
        }

        #[instruction]
        pub fn shoot(at: Enc<Shared, (u8, u8)>, board: Enc<Mxe, Pack<Board>>) -> (Enc<Mxe, Pack<Board>>, Enc<Shared, Answer>, u32) {
            let (row, column) = at.to_arcis();
            let mut state = board.to_arcis().unpack();
            let answer = shoot_at(&mut state, row, column);
            let shots = state.shots.count_ones();
            (board.owner.from_arcis(Pack::new(state)), at.owner.from_arcis(answer), shots.reveal())
        }
    }
}

use circuits::{Board, Ship};

fn board() -> impl Strategy<Value = Board> {
    let cell = || prop_oneof![3 => Just(0u8), 1 => 1..4u8];
    let row = move || [cell(), cell(), cell(), cell(), cell(), cell()];
    ([row(), row(), row(), row(), row(), row()], [0..3u8, 0..3u8, 0..3u8], any::<u64>())
        .prop_map(|(cells, left, shots)| Board { cells, left, shots })
}

#[test]
fn agrees() {
    let instructions = Instructions::must_compile(SOURCE);
    let coordinate = || prop_oneof![6 => 0..6u8, 1 => any::<u8>()];
    let ship = || {
        (coordinate(), coordinate(), any::<bool>()).prop_map(|(row, column, down)| Ship { row, column, down })
    };
    runner(50)
        .run(&([ship(), ship(), ship()], board(), (coordinate(), coordinate())), |(ships, board, at)| {
            let (set, fits) = circuits::set_up(me().from_arcis(ships));
            check(&instructions, "set_up", &ships, &(set.to_arcis(), fits))?;
            let packed = Pack::new(board);
            let (state, answer, shots) = circuits::shoot(me().from_arcis(at), Mxe::get().from_arcis(packed));
            let native = (state.to_arcis(), answer.to_arcis(), shots);
            check(&instructions, "shoot", &(at, packed), &native)
        })
        .unwrap();
}
