//! Points of a plane.

use arcis::*;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Point {
        pub x: i32,
        pub y: i32,
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Step(pub i32);

    impl Step {
        pub fn new(by: i32) -> Step {
            Step(by)
        }
    }

    impl Point {
        pub fn moved(self, by: Step) -> Point {
            Point { x: self.x + by.0, y: self.y - by.0 }
        }
    }
}
