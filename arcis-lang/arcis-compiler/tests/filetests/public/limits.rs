// stages: circuit
// What `#[public]` may say, and where.
#[encrypted]
mod circuits {
    use arcis::*;

    #[public(fuel = 0)]
    fn nothing(x: u64) -> u64 {
        x
    }
    #[public(fuel = 10, gas = 3)]
    fn unknown(x: u64) -> u64 {
        x
    }
    #[public(memory_kib = 99_999_999)]
    fn much(x: u64) -> u64 {
        x
    }
    #[public(fuel = "all")]
    fn text(x: u64) -> u64 {
        x
    }
    #[public]
    #[instruction]
    pub fn both(x: u64) -> u64 {
        x
    }
    struct Counter {
        count: u64,
    }
    impl Counter {
        #[public]
        fn next(&self) -> u64 {
            self.count + 1
        }
    }
}
