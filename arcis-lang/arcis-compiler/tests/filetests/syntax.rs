// stages: tree
#[encrypted]
mod circuits {
    use arcis::*;

    const LENGTH: usize = 2 + 3 * 4;

    /// Documentation and harmless attributes are left out.
    #[derive(Clone, Copy, PartialEq)]
    pub struct Pair(pub u8, pub [i32; LENGTH]);

    #[allow(dead_code)]
    impl Pair {
        const ZERO: u8 = b'0';

        fn first(&mut self, _: (), (a, b): (bool, u8)) -> u8 {
            let Pair(x, rest) = *self;
            self.1[0] = -rest[1] as i32;
            self.0 <<= 1;
            return if a && !(x == b) || x < b { x } else if b >= 3 { Self::ZERO } else { 1_0u8 };
        }
    }

    #[cfg(test)]
    mod tests {
        fn not_looked_at() -> Vec<u8> {
            vec![]
        }
    }

    #[instruction]
    pub fn run(input: Enc<Shared, u8>, limit: u8) -> arcis::Enc<Shared, u8> {
        let mut total: u8 = input.to_arcis();
        for i in 0..=3 {
            total ^= i | limit & 7 << 1;
        }
        let copies = [total; 2];
        for copy in &copies {
            total = *copy - total;
        }
        { input.owner.from_arcis(total) }
    }
}
