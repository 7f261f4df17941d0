// stages: circuit
// What is found only when the circuit is made.
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy, PartialEq)]
    pub enum Kind {
        A,
        B,
    }

    fn countdown(n: u8) -> u8 {
        if n == 0 { 0 } else { countdown(n - 1) + 1 }
    }

    #[instruction]
    pub fn recursion_on_an_argument(n: u8) -> u8 {
        countdown(n)
    }
    #[instruction]
    pub fn recursion_on_a_secret(n: Enc<Shared, u8>) -> u8 {
        countdown(n.to_arcis()).reveal()
    }
    #[instruction]
    pub fn loop_on_a_secret(n: Enc<Shared, u8>) -> u8 {
        let mut left = n.to_arcis();
        let mut rounds = 0;
        while left > 0 {
            left /= 2;
            rounds += 1;
        }
        rounds.reveal()
    }
    #[instruction]
    pub fn for_on_a_secret(n: Enc<Shared, u8>) -> u8 {
        let mut sum = 0;
        for i in 0..n.to_arcis() {
            sum += i;
        }
        sum.reveal()
    }
    #[instruction]
    pub fn loop_without_an_end(n: u8) -> u8 {
        let mut x = n;
        loop {
            x += 1;
        }
    }
    #[instruction]
    pub fn length_on_an_argument(list: [u8; 8], n: usize) -> u8 {
        let part = &list[..n];
        part[0]
    }
    #[instruction]
    pub fn slices_of_different_length(list: Enc<Shared, [u8; 8]>, flag: bool) -> u8 {
        let list = list.to_arcis();
        let part = if flag { &list[..3] } else { &list[..4] };
        (part.len() as u8 + part[0]).reveal()
    }
    #[instruction]
    pub fn part_beyond_the_end(list: [u8; 8]) -> u8 {
        list[4..9][0]
    }
    #[instruction]
    pub fn unwrapped(x: Enc<Shared, Option<u8>>) -> u8 {
        x.to_arcis().unwrap().reveal()
    }
    #[instruction]
    pub fn panicking(x: u8) -> u8 {
        if x > 3 {
            panic!("too large");
        }
        x
    }
    #[instruction]
    pub fn no_default(x: u8) -> Kind {
        Kind::default()
    }
    #[instruction]
    pub fn function_by_a_secret(x: Enc<Shared, u8>) -> u8 {
        fn one(x: u8) -> u8 {
            x + 1
        }
        fn two(x: u8) -> u8 {
            x + 2
        }
        let x = x.to_arcis();
        let f: fn(u8) -> u8 = if x > 3 { one } else { two };
        f(x).reveal()
    }
    #[instruction]
    pub fn shuffled_by_a_secret(x: Enc<Shared, [u8; 4]>) -> u8 {
        let mut list = x.to_arcis();
        if list[0] > 3 {
            ArcisRNG::shuffle(&mut list);
        }
        list[0].reveal()
    }
    #[instruction]
    pub fn shuffled_options(x: Enc<Shared, [Option<u8>; 4]>) -> u8 {
        let mut list = x.to_arcis();
        ArcisRNG::shuffle(&mut list);
        list[0].unwrap_or(1).reveal()
    }
    #[instruction]
    pub fn large_float(x: u8) -> u8 {
        let y = 1e300;
        if y > 3.0 { x } else { 0 }
    }
    #[instruction]
    pub fn revealed_closure(x: u8) -> u8 {
        let f = |y: u8| y + x;
        f.reveal()(3)
    }
    #[instruction]
    pub fn compared_closures(x: u8) -> bool {
        let f = |y: u8| y + x;
        f == f
    }
    const NOT_CONSTANT: u8 = ArcisRNG::gen_uniform::<u8>();
    #[instruction]
    pub fn revealed_after_a_return(x: Enc<Shared, u8>) -> u8 {
        let x = x.to_arcis();
        if x > 3 {
            return 1;
        }
        x.reveal()
    }
    #[instruction]
    pub fn remainder_of_a_float(x: Enc<Shared, f64>) -> Enc<Shared, f64> {
        let y = x.to_arcis();
        x.owner.from_arcis(y % 2.0)
    }
    #[instruction]
    pub fn collected(x: Enc<Shared, [u8; 4]>) -> u8 {
        let few: Box<[u8]> = x.to_arcis().into_iter().filter(|x| *x > 3).collect();
        few[0].reveal()
    }
}
