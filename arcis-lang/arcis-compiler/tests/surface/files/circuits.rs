//! Circuits that include others.

use arcis::*;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    encrypted_mod!("shared/points.rs");
    encrypted_mod!("shared/tables.rs", lookup);

    use lookup::{SIZE, entry};
    use points::Point;

    const TEXT: &[u8; 5] = include_bytes!("shared/bytes.bin");

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Moved {
        pub to: Point,
        pub by: points::Step,
    }

    #[instruction]
    pub fn included(input: Enc<Shared, (Point, u8)>) -> Enc<Shared, (Moved, u16, u8, [u8; SIZE])> {
        let (point, place) = input.to_arcis();
        let by = points::Step::new(3);
        let letter = TEXT[place as usize % TEXT.len()];
        let moved = Moved { to: point.moved(by), by };
        input.owner.from_arcis((moved, entry(place), letter, lookup::points_of(place)))
    }
}
