// stages: tree
#[encrypted]
mod circuits {
    pub fn broken(a: u8) -> u8 {
        a +
    }
}
