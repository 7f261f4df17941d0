// stages: circuit
// What public functions cannot have.
#[encrypted]
mod circuits {
    use arcis::*;

    #[public]
    fn with_a_point(x: u64) -> u64 {
        let half = 0.5f64;
        (half * 2.0) as u64 + x
    }
    #[public]
    fn random() -> u64 {
        ArcisRNG::gen_uniform::<u64>()
    }
    #[public]
    fn hashed(bytes: [u8; 4]) -> [u8; 32] {
        SHA3_256::new().digest(&bytes)
    }
    #[public]
    fn pointer(x: u64) -> u64 {
        fn one(x: u64) -> u64 {
            x + 1
        }
        fn two(x: u64) -> u64 {
            x + 2
        }
        let f: fn(u64) -> u64 = if x > 3 { one } else { two };
        f(x)
    }
    #[public]
    fn owner() -> u64 {
        let mxe = Mxe::get();
        mxe.from_arcis(3u64).to_arcis()
    }
    #[public]
    fn adder(x: u64) -> impl Fn(u64) -> u64 {
        |y| x + y
    }
    #[public]
    fn large() -> u64 {
        let table = [[0u64; 1000]; 1000];
        table[1][2]
    }
}
