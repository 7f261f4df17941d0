// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    const TWICE: usize = TWICE + 1;
    const LENGTH: usize = LONGER;
    const LONGER: usize = LENGTH;

    struct Pair { a: u8, b: bool }
    struct Unit;

    impl Pair {
        fn make() -> Pair { Pair { a: 1, b: true } }
        fn make() -> Pair { Pair { a: 2, b: true } }
    }

    fn all(pair: Pair, key: SolanaPublicKey, values: [u8; 3]) -> u8 {
        missing;
        missing();
        pair.missing();
        pair.make();
        Pair::missing();
        Pair(1, true);
        Pair;
        u8::HIGHEST;
        all;
        pair(1);
        LENGTH();
        some::other::path();
        some::other::PATH;
        values.iter();
        values.len();
        1u8.pow(2);
        key.to_string();
        Shared::new(key);
        Mxe::new();
        let unit = Unit;
        0
    }
}
