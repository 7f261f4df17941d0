// stages: circuit
// Defaults, methods without bodies, keys, long messages.
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy, PartialEq, Default)]
    pub enum Kind {
        A,
        B,
    }
    #[derive(Clone, Copy, Default)]
    pub struct Item {
        kind: Kind,
    }
    #[instruction]
    pub fn default_of_an_enum(x: u8) -> u8 {
        let item = Item::default();
        x
    }
    trait Area {
        const SIDES: u8;
        fn area(&self) -> u8;
    }
    struct Square(u8);
    impl Area for Square {}
    #[instruction]
    pub fn without_a_body(x: u8) -> u8 {
        Square(x).area()
    }
    #[instruction]
    pub fn without_a_value(x: u8) -> u8 {
        Square::SIDES + x
    }
    #[instruction]
    pub fn reached() -> u8 {
        unreachable!()
    }
    #[instruction]
    pub fn long_message(x: Enc<Shared, [u8; 32]>) -> [u8; 32] {
        let long = [[0u8; 1024]; 128];
        let bytes: Box<[u8]> = long.into_iter().flatten().collect();
        SHA3_256::new().digest(&bytes).reveal()
    }
    fn of_trait<T: Iterator>(x: T) -> T::Missing {
        x
    }
    fn unknown_receiver() -> u8 {
        let f = |x| x.first();
        1
    }
    fn unknown_callee() -> u8 {
        let f = |g| g(1u8);
        1
    }
}
