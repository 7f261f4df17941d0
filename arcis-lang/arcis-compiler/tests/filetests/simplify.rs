// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn identities(input: Enc<Shared, u8>) -> Enc<Shared, [u8; 10]> {
        let a = input.to_arcis();
        input.owner.from_arcis([a + 0, a * 1, a - a, a ^ a, a & 255, a | a, !!a, a / 1, a % 1, 0 - (0 - a)])
    }

    #[instruction]
    pub fn powers_of_two(input: Enc<Shared, u16>) -> Enc<Shared, [u16; 5]> {
        let a = input.to_arcis();
        input.owner.from_arcis([a * 16, a / 16, a % 16, a << 3 >> 3, a * 2 / 2])
    }

    // Casts, shifts and bytes only move bits.
    #[instruction]
    pub fn movements(input: Enc<Shared, (u32, SolanaPublicKey)>) -> Enc<Shared, (u8, i64, SolanaPublicKey)> {
        let (a, key) = input.to_arcis();
        let low = (a as u64 as u16) as u8;
        let sign = a as i32 as i64;
        input.owner.from_arcis((low, sign, SolanaPublicKey::from_bytes(key.to_bytes())))
    }

    // The same operation twice is one operation.
    #[instruction]
    pub fn common(input: Enc<Shared, (u8, u8)>) -> Enc<Shared, (u8, bool)> {
        let (a, b) = input.to_arcis();
        let product = a * b;
        input.owner.from_arcis((product + b * a, (b > a) & !(a < b)))
    }

    // Operations on values that had fewer bits are done on fewer bits.
    #[instruction]
    pub fn narrow(input: Enc<Shared, (u8, u8)>) -> Enc<Shared, (bool, bool, u64, u64)> {
        let (a, b) = input.to_arcis();
        let (x, y) = (a as u64, b as u64);
        input.owner.from_arcis((x < y, x == 200, x + y, x * y))
    }

    // A comparison of structs is one comparison.
    #[instruction]
    pub fn equality(input: Enc<Shared, [(u8, bool); 2]>) -> Enc<Shared, (bool, bool)> {
        let pair = input.to_arcis();
        input.owner.from_arcis((pair[0] == pair[1], pair != pair))
    }
}
