// stages: circuit
// What cannot be written at all: reported by the parser, all at once.
#[encrypted]
mod circuits {
    use arcis::*;

    async fn waits() {}
    unsafe fn dares() {}
    mod elsewhere;
    #[no_mangle]
    fn marked() {}

    #[derive(Clone, Serialize)]
    struct Derived(u8);

    trait Lending {
        type Item<T>;
    }

    fn bounded(x: u8) -> u8 {
        let mut y = x;
        #[bound(1 +)]
        while y > 3 {
            y -= 1;
        }
        y
    }
    fn too_long() -> u128 {
        999999999999999999999999999999999999999999999
    }
    fn text() -> char {
        'x'
    }
    fn asserted(x: u8) {
        assert!(x > 3);
        assert_eq!(x, 4);
    }
    fn made_up(x: u8) -> u8 {
        let list = vec![x, 2];
        let shown = format!("{x}");
        dbg!(x)
    }
    fn waited(x: u8) -> u8 {
        x.await
    }
    fn included() -> usize {
        include_bytes!("there_is_no_such_file.bin").len()
    }
    static COUNTER: u8 = 0;
    union Either {
        a: u8,
        b: i8,
    }
    fn sequence() -> u8 {
        let f = async { 1 };
        2
    }
    impl Derived {
        fn new() -> Self {
            Derived(1)
        }
    }
    #[instruction]
    fn hidden(x: u8) -> u8 {
        x
    }
}
