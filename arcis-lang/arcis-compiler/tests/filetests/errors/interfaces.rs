// stages: interface
#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn sizes(a: usize, b: Enc<Shared, [isize; 2]>) -> usize {
        a
    }

    #[instruction]
    pub fn nested(a: (u8, Enc<Shared, u8>), b: &u64) -> [[Enc<Mxe, u8>; 1]; 1] {
        [Mxe::get().from_arcis(1)]
    }

    #[instruction]
    pub fn owner(client: Shared) -> Shared {
        client
    }

    #[instruction]
    pub fn a_name_that_is_much_too_long_for_an_address() {}

    #[instruction]
    pub fn too_many_bits(a: Enc<Mxe, [u128; 10000]>) {}

    #[instruction]
    pub fn far_too_many_bits(a: [[u8; 1000000]; 1000000]) -> [bool; 5000000000] {}

    #[instruction]
    pub fn too_much(a: Enc<Mxe, [u128; 400]>) -> Enc<Mxe, u128> {
        let values = a.to_arcis();
        let mut product = 1;
        for value in values {
            for other in values {
                product = product / value + other;
            }
        }
        Mxe::get().from_arcis(product)
    }
}

#[encrypted]
mod others {
    use arcis::*;

    #[instruction]
    pub fn owner(client: Shared) {}
}
