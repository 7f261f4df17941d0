// stages: circuit
// Values of public functions that have no default and no order, and functions as values.
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy, Default)]
    pub enum Kind {
        A,
        B,
    }
    #[public]
    fn default_of_an_enum(x: u8) -> u8 {
        match Kind::default() {
            Kind::A => x,
            Kind::B => 0,
        }
    }
    #[public]
    fn compared_closures(x: u8) -> bool {
        let f = |y: u8| y + x;
        f == f
    }
    fn grow<const N: usize>(x: [u8; N]) -> u8 {
        x[0]
    }
    #[public]
    fn many(x: u8) -> u8 {
        grow([x; 3]) + grow([x; 4])
    }
}
