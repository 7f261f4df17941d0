// Randomness.

pub struct ArcisRNG {}
pub trait __Uniform {
    fn __uniform() -> Self;
}
impl __Uniform for bool {
    fn __uniform() -> bool {
        __random()
    }
}
impl<T: __Uniform, const N: usize> __Uniform for [T; N] {
    fn __uniform() -> [T; N] {
        __array_from_fn(|i: usize| T::__uniform())
    }
}
impl<A: __Uniform, B: __Uniform> __Uniform for (A, B) {
    fn __uniform() -> (A, B) {
        (A::__uniform(), B::__uniform())
    }
}
impl ArcisRNG {
    pub fn bool() -> bool {
        __random()
    }
    pub fn gen_uniform<T: __Uniform>() -> T {
        T::__uniform()
    }
    pub fn gen_integer_from_width(width: usize) -> u128 {
        __random_bits(width)
    }
    pub fn gen_public_integer_from_width(width: usize) -> u128 {
        let drawn: u128 = __random_bits(width);
        drawn.reveal()
    }
    /// From `min` to `max`, both included: of `attempts` draws, each of which fits with a chance of more than one half, the
    /// last that does; and whether one did.
    pub fn gen_integer_in_range(min: u128, max: u128, attempts: usize) -> (u128, bool) {
        let span = max - min;
        if !__is_known(span) {
            panic!("the bounds have to be known when compiling");
        }
        let bits = (128 - span.leading_zeros()) as usize;
        let mut draws = __empty_list();
        for _ in 0..attempts {
            let offset: u128 = __random_bits(bits);
            __push(&mut draws, if offset <= span { Some(offset) } else { None });
        }
        // The last one that fits, found in a tree.
        let found = __tree(draws, |a: Option<u128>, b: Option<u128>| b.or(a)).unwrap_or(None);
        (min + found.unwrap_or(0), found.is_some())
    }
    pub fn shuffle<T>(slice: &mut [T]) {
        __shuffle(slice)
    }
}
