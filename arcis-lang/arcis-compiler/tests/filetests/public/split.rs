// stages: circuit interface
#[encrypted]
mod circuits {
    use arcis::*;

    #[public]
    fn double(x: u64) -> (u64, bool) {
        (x * 2, x > 100)
    }

    // The call comes before the circuit: what it gives are two more inputs.
    #[instruction]
    pub fn before(known: u64, secret: Enc<Shared, u64>) -> (Enc<Shared, u64>, u64) {
        let (floor, flag) = double(known + 1);
        let x = secret.to_arcis();
        (secret.owner.from_arcis(if flag { x } else { x + floor }), floor + 1)
    }

    // It comes after the circuit: what it takes is one more output, and the output that needs it is not the circuit's.
    #[instruction]
    pub fn after(known: u64, secret: Enc<Shared, u64>) -> (u64, (u64, u64)) {
        let sum = (secret.to_arcis() + known).reveal();
        let (twice, _) = double(sum + 3);
        (sum, (twice + 1, known))
    }

    // The second call needs the first one's result.
    #[instruction]
    pub fn chained(known: u64) -> u64 {
        let (twice, _) = double(known);
        double(twice + known).0
    }
}
