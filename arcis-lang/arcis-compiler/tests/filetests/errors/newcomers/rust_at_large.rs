// stages: circuit
// What somebody writes who knows Rust and not circuits.
use std::collections::HashMap;
use std::time::Instant;

#[encrypted]
mod circuits {
    use arcis::*;
    use rand::Rng;
    use std::sync::Mutex;
    use std::thread;

    static mut COUNTER: u64 = 0;
    static TABLE: [u8; 2] = [1, 2];

    trait Shape {
        fn area(&self) -> u64;
    }
    struct Square(u64);
    impl Shape for Square {
        fn area(&self) -> u64 {
            self.0 * self.0
        }
    }

    fn boxed(shape: Box<dyn Shape>) -> u64 {
        shape.area()
    }
    fn shown(name: &str) -> String {
        name.to_string()
    }
    async fn fetched(at: u64) -> u64 {
        at
    }

    #[instruction]
    pub fn balances(who: u8) -> u64 {
        let mut balances: HashMap<u8, u64> = HashMap::new();
        balances.insert(who, 3);
        balances[&who]
    }
    #[instruction]
    pub fn list(x: Enc<Shared, u64>) -> u64 {
        let mut list = Vec::new();
        list.push(x.to_arcis());
        let other = vec![1, 2, 3];
        list.len() as u64
    }
    #[instruction]
    pub fn clock(x: u64) -> u64 {
        let start = Instant::now();
        let handle = thread::spawn(move || x + 1);
        let now = std::time::SystemTime::now();
        handle.join().unwrap()
    }
    #[instruction]
    pub fn counted(x: u64) -> u64 {
        unsafe {
            COUNTER += x;
            COUNTER
        }
    }
    #[instruction]
    pub fn text(x: u64) -> u64 {
        let text = format!("{:.2}", x as f64);
        let name: String = "name".to_string();
        x.to_string().len() as u64
    }
    #[instruction]
    pub fn random() -> u64 {
        let mut rng = rand::thread_rng();
        rng.gen_range(0..10)
    }
    #[instruction]
    pub fn reference<'a>(x: &'a u64) -> &'a u64 {
        x
    }
    #[instruction]
    pub fn checked(x: Enc<Shared, u64>) -> Result<u64, String> {
        let x = x.to_arcis();
        assert!(x > 3, "too small");
        if x == 7 {
            return Err("seven".to_string());
        }
        Ok(x.reveal())
    }
    #[instruction]
    pub fn generic<T: Copy>(x: T) -> T {
        x
    }
    #[instruction]
    pub fn by_hand(x: u64) -> u64 {
        loop {
            break x;
        }
    }
}
