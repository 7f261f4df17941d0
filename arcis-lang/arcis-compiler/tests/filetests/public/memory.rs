// stages: interface
// A module takes memory before anything is called.
#[encrypted]
mod circuits {
    use arcis::*;

    #[public(memory_kib = 64)]
    fn little(x: u64) -> u64 {
        x
    }
    #[instruction]
    pub fn with_little(x: u64) -> u64 {
        little(x)
    }
}
