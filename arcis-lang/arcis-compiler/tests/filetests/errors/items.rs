// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;
    use std::collections::HashMap;

    enum Choice { A, B }
    trait Scored { fn score(&self) -> u8; }
    mod inner {}
    static GLOBAL: u8 = 0;
    type Amount = u64;
    macro_rules! nothing { () => {} }
    extern crate core;

    #[derive(Clone, Ord)]
    #[repr(C)]
    struct Generic<T> { value: T }

    impl Clone for Pair {
        fn clone(&self) -> Self { *self }
    }

    struct Pair(u8, u8);
    struct Pair(u8, u8);

    async fn later() {}
    fn generic<const N: usize>(values: [u8; N]) {}

    #[instruction]
    fn private() {}

    impl u64 {
        fn more(self) -> u64 { self }
    }
}
