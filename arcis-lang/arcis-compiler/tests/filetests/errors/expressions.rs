// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    pub fn all(x: u64, values: [u8; 3]) -> u64 {
        let mut total = 0;
        while total < x { total += 1; }
        loop { break; }
        for i in 0..3 { if i == 1 { continue; } }
        for i in 0.. {}
        'outer: for i in 0..2 {}
        match x { 0 => 1, _ => 2 };
        if let 3 = x { return 4; }
        let double = |y: u64| y * 2;
        let Some(z) = maybe else { return 0 };
        let range = 0..x;
        let text = "hello";
        let half = 0.5;
        let other = 1f64;
        println!("{}", x);
        assert!(x > 0);
        let list = vec![x];
        let (first, ..) = (x, x);
        unsafe { total = 1; }
        fn inner() {}
        const { 1 };
        x.pow::<2>();
        (double)(x);
        x?;
        total
    }
}
