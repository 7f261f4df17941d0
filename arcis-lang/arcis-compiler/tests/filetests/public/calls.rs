// stages: circuit
// How a circuit may not call public functions.
#[encrypted]
mod circuits {
    use arcis::*;

    #[public]
    fn double(x: u64) -> u64 {
        x * 2
    }
    #[public]
    fn first(list: &mut [u64]) -> u64 {
        list[0]
    }
    #[public]
    fn apply<F: Fn(u64) -> u64>(f: F) -> u64 {
        f(3)
    }
    #[public]
    fn borrowed(x: &u64) -> &u64 {
        x
    }

    #[instruction]
    pub fn with_a_secret(x: Enc<Shared, u64>) -> u64 {
        double(x.to_arcis())
    }
    #[instruction]
    pub fn under_a_condition(x: u64, flag: bool) -> u64 {
        if flag { double(x) } else { 0 }
    }
    #[instruction]
    pub fn after_a_return(x: u64, flag: bool) -> u64 {
        if flag {
            return 1;
        }
        double(x)
    }
    #[instruction]
    pub fn back_into_the_circuit(x: Enc<Shared, u64>) -> Enc<Shared, u64> {
        let value = x.to_arcis();
        let twice = double(value.reveal());
        x.owner.from_arcis(value + twice)
    }
    #[instruction]
    pub fn back_encrypted(x: Enc<Shared, u64>) -> Enc<Shared, u64> {
        x.owner.from_arcis(double(x.to_arcis().reveal()))
    }
    #[instruction]
    pub fn by_a_mutable_reference(x: u64) -> u64 {
        let mut list = [x, 2];
        first(&mut list)
    }
    #[instruction]
    pub fn with_a_closure(x: u64) -> u64 {
        apply(|y| y + x)
    }
    #[instruction]
    pub fn for_a_reference(x: u64) -> u64 {
        *borrowed(&x)
    }
}
