// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    struct Holder { data: Enc<Mxe, u64>, rate: f64, list: Vec<u8>, name: String, maybe: Option<u8>, key: Pubkey }
    struct Endless { inside: [Around; 2] }
    struct Around { outside: (u8, Endless) }

    fn slices(a: &[u8], b: &dyn Copy, c: fn(u8) -> u8, d: *const u8) {}
    fn encrypted(a: Enc<Mxe>, b: Enc<u8, u8>, c: u64<u8>, d: Undefined, e: other::Thing) {}
    fn underscore(a: _) {}
}
