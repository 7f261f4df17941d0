// stages: circuit
// What cannot stay a function of the circuit, and too many arguments.
#[encrypted]
mod circuits {
    use arcis::*;

    #[inline(never)]
    fn shown(value: u32) -> u32 {
        value.reveal()
    }
    #[inline(never)]
    fn drawn(value: u32) -> u32 {
        value + ArcisRNG::gen_uniform::<u32>()
    }
    #[inline(never)]
    fn written(value: &mut u32) {
        *value += 1;
    }
    #[public]
    fn clear(value: u32) -> u32 {
        value + 1
    }
    #[inline(never)]
    fn in_the_clear(value: u32) -> u32 {
        clear(3) + value
    }
    #[inline(never)]
    fn endless(value: u32) -> u32 {
        endless(value / 2) + 1
    }

    #[instruction]
    pub fn reveals(a: Enc<Shared, u32>) -> u32 {
        shown(a.to_arcis())
    }
    #[instruction]
    pub fn draws(a: Enc<Shared, u32>) -> Enc<Shared, u32> {
        a.owner.from_arcis(drawn(a.to_arcis()))
    }
    #[instruction]
    pub fn writes(a: Enc<Shared, u32>) -> Enc<Shared, u32> {
        let mut value = a.to_arcis();
        written(&mut value);
        a.owner.from_arcis(value)
    }
    #[instruction]
    pub fn calls_public_code(a: Enc<Shared, u32>) -> Enc<Shared, u32> {
        a.owner.from_arcis(in_the_clear(a.to_arcis()))
    }
    #[instruction]
    pub fn recurs(a: Enc<Shared, u32>) -> Enc<Shared, u32> {
        a.owner.from_arcis(endless(a.to_arcis()))
    }
    #[instruction]
    pub fn too_many(a: [Enc<Mxe, u8>; 256]) -> Enc<Mxe, u8> {
        Mxe::get().from_arcis(a[0].to_arcis())
    }
}
