//! The native run of circuit modules: what rustc makes of a module marked `#[encrypted]`.

#![allow(missing_docs)]

use arcis::*;

#[encrypted]
mod circuits {
    use arcis::*;

    const LENGTH: usize = 2 * 2;

    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    pub struct Point {
        pub x: i32,
        pub y: i32,
    }

    pub struct Wrapper(pub Point, pub [u8; LENGTH + 1]);

    /// Stays inside circuits.
    pub struct View<'a> {
        pub point: &'a Point,
    }

    impl std::ops::Add for Point {
        type Output = Point;
        fn add(self, other: Point) -> Point {
            Point { x: self.x + other.x, y: self.y + other.y }
        }
    }

    impl std::ops::AddAssign for Point {
        fn add_assign(&mut self, other: Point) {
            *self = *self + other;
        }
    }

    impl Point {
        pub const ORIGIN: Point = Point { x: 3 - LENGTH as i32 + 1, y: 0 };

        pub fn double(&mut self) {
            self.x += self.x;
            self.y += self.y;
        }
    }

    fn generic_sum<T: std::ops::Add<Output = T> + Copy>(a: T, b: T) -> T {
        a + b
    }

    pub fn literals() -> (u64, u8, i16) {
        let three = 3;
        let four = 4;
        let sum: u64 = three + four * 2;
        let mut counter = 250;
        counter += 10;
        let byte: u8 = counter;
        let negative = -(byte as i16) - 1;
        (sum, byte, negative)
    }

    pub fn references(a: &u64, b: u64) -> u64 {
        let mut total = a + b;
        total += a;
        a - &b + (&b) * total
    }

    pub fn divide(a: i8, b: i8) -> (i8, i8) {
        (a / b, a % b)
    }

    pub fn shift(a: u16, by: u32) -> (u16, u16) {
        let mut left = a;
        left <<= by;
        (left, a >> by)
    }

    pub fn negate(a: i64) -> i64 {
        -a
    }

    pub fn points(a: Point, b: Point) -> (Point, Point, u32) {
        let mut c = a;
        c += b;
        c.double();
        (c, a + b, generic_sum(1u32, 2))
    }

    pub fn through_view(view: &View<'_>) -> i32 {
        view.point.x - view.point.y
    }

    #[allow(unused_assignments)]
    pub fn order_of_evaluation() -> u8 {
        let mut a = 1u8;
        a += {
            a = 10;
            5
        };
        a
    }

    #[instruction]
    pub fn swap(pair: Enc<Shared, Wrapper>, _for: Mxe) -> (Enc<Mxe, i32>, Enc<Shared, u8>) {
        let Wrapper(point, bytes) = pair.to_arcis();
        (Mxe::get().from_arcis(point.x), pair.owner.from_arcis(bytes[LENGTH].reveal()))
    }
}

use circuits::{Point, Wrapper};

#[test]
fn literals_are_inferred_as_by_rustc() {
    assert_eq!(circuits::literals(), (11, 4, -5));
}

#[test]
fn arithmetic_wraps() {
    assert_eq!(circuits::references(&1, u64::MAX), 1u64.wrapping_sub(u64::MAX).wrapping_add(u64::MAX));
    assert_eq!(circuits::negate(i64::MIN), i64::MIN);
    let (doubled, sum, three) = circuits::points(Point { x: i32::MAX, y: 1 }, Point { x: 1, y: 1 });
    assert_eq!((doubled, sum, three), (Point { x: 0, y: 4 }, Point { x: i32::MIN, y: 2 }, 3));
    assert_eq!(circuits::through_view(&circuits::View { point: &Point { x: i32::MIN, y: 1 } }), i32::MAX);
    assert_eq!(Point::ORIGIN, Point::default());
}

#[test]
fn division_is_defined_everywhere() {
    assert_eq!(circuits::divide(7, 0), (-1, 7));
    assert_eq!(circuits::divide(i8::MIN, -1), (i8::MIN, 0));
    assert_eq!(circuits::divide(-7, 2), (-3, -1));
}

#[test]
fn shifts_take_the_amount_modulo_the_width() {
    assert_eq!(circuits::shift(0x8001, 17), (2, 0x4000));
}

#[test]
fn the_right_side_of_an_assignment_comes_first() {
    assert_eq!(circuits::order_of_evaluation(), 15);
}

#[test]
fn structs_have_a_bit_layout() {
    use arcis::native::{Type, Value};
    let byte = Type::Integer { bits: 8, signed: false };
    let Type::Struct { name, fields } = Wrapper::ty() else { panic!("a struct") };
    assert_eq!((name.as_str(), fields.len()), ("Wrapper", 2));
    assert_eq!(fields[1], ("1".to_owned(), Type::Array(Box::new(byte), 5)));
    let value = Wrapper(Point { x: -2, y: 3 }, [1, 2, 3, 4, 5]);
    let bits = value.to_bits();
    assert_eq!(bits.to_bytes(), [0xfe, 0xff, 0xff, 0xff, 3, 0, 0, 0, 1, 2, 3, 4, 5]);
    assert_eq!(Wrapper::from_bits(&bits).expect("its own bits").1, [1, 2, 3, 4, 5]);
}

#[test]
fn instructions_run() {
    let alice = Shared::new(ArcisX25519Pubkey::from_bytes([3; 32]));
    let pair = alice.from_arcis(Wrapper(Point { x: 8, y: 9 }, [0, 0, 0, 0, 42]));
    let (x, last) = circuits::swap(pair, Mxe::get());
    assert_eq!((x.to_arcis(), last.to_arcis(), last.owner), (8, 42, alice));
}
