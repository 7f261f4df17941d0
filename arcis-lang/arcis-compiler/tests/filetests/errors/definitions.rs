// stages: circuit
// Types, traits and constants that do not stand.
#[encrypted]
mod circuits {
    use arcis::*;

    fn somewhere(x: Vec<u8>) -> String {
        x
    }
    fn a_module(x: inner::Missing) -> inner {
        x
    }
    mod inner {}

    trait Shape {
        type Unit;
        const SIDES: u8;
        fn area(&self) -> u8;
    }
    struct Square(u8);
    impl Shape for Square {
        fn area(&self) -> u8 {
            self.0
        }
    }
    fn unit_of<S: Shape>(shape: S) -> S::Unit {
        shape.size()
    }
    fn use_it() -> u8 {
        let sides = Square::SIDES;
        unit_of(Square(3))
    }
    fn unknown_trait<T: Serialize>(x: T) -> T {
        x
    }
    fn unknown_type_of_trait<T: Clone>(x: T::Item) -> T {
        x
    }
    fn nested(x: [impl Clone; 2], f: Option<impl Fn(u8) -> u8>) -> u8 {
        1
    }
    fn literals() -> u8 {
        let a = 300u8;
        let b: i8 = -129;
        let d = 5_000_000_000;
        a
    }
    fn suffix() -> u8 {
        let c = 1u7;
        0
    }
    fn untyped() {
        let list = [];
        let nothing = None;
    }
    fn generic<T: Default>() -> u8 {
        1
    }
    fn call_generic() -> u8 {
        generic()
    }
    fn more_arguments() -> Option<u8, u8> {
        None
    }
    const LENGTH: usize = HEIGHT + 1;
    const HEIGHT: usize = LENGTH - 1;
    const LIST: [u8; LENGTH] = [0; 3];

    #[instruction]
    pub fn generic_instruction<T>(x: T) -> T {
        x
    }
    #[instruction]
    pub fn a_name_that_is_longer_than_the_program_takes(x: u8) -> u8 {
        x
    }
    fn apply<F: Fn(u8, u8) -> u8>(f: F) -> u8 {
        f(1, 2)
    }
    fn one_argument() -> u8 {
        apply(|x| x) + apply(3u8)
    }
    fn twice(x: u8) -> u8 {
        x
    }
    fn twice(x: u16) -> u16 {
        x
    }
}
