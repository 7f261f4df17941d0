//! Loops, data, recursion, account bytes; what public code does before and after a circuit; and every way in which it fails.

use arcis_circuit::Value;
use mxe_runtime::SandboxFault;
use proptest::prelude::*;

use crate::Instructions;

circuit_module! {
    mod circuits {
        use arcis::*;

        /// Steps until a number is 1.
        #[public]
        fn collatz(start: u64) -> u32 {
            let mut n = start;
            let mut steps = 0;
            while n > 1 {
                n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
                steps += 1;
                if steps >= 500 {
                    return 500;
                }
            }
            steps
        }

        #[public]
        fn greatest_divisor(a: u64, b: u64) -> u64 {
            if b == 0 { a } else { greatest_divisor(b, a % b) }
        }

        #[public]
        fn first_prime_above(n: u32) -> u32 {
            let mut candidate = n as u64 + 1;
            'candidates: loop {
                if candidate < 2 {
                    candidate += 1;
                    continue;
                }
                let mut divisor = 2;
                while divisor * divisor <= candidate {
                    if candidate % divisor == 0 {
                        candidate += 1;
                        continue 'candidates;
                    }
                    divisor += 1;
                }
                break candidate as u32;
            }
        }

        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
        pub enum Status {
            #[default]
            Unknown,
            Trading,
            Halted,
        }

        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
        pub struct Price {
            pub amount: i64,
            pub exponent: i32,
            pub status: Status,
            pub slot: u64,
        }

        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum Field {
            Missing,
            Small(u8),
            Wide { low: u128, high: u128 },
            Both(u16, [u8; 3]),
        }

        struct Reader<'a> {
            bytes: &'a [u8],
            at: usize,
        }

        impl<'a> Reader<'a> {
            fn take(&mut self, count: usize) -> Option<&'a [u8]> {
                if count > self.bytes.len() - self.at {
                    return None;
                }
                let taken = &self.bytes[self.at..self.at + count];
                self.at += count;
                Some(taken)
            }
            fn byte(&mut self) -> Option<u8> {
                Some(self.take(1)?[0])
            }
            fn long(&mut self) -> Option<u64> {
                let mut value = 0u64;
                for (place, byte) in self.take(8)?.iter().enumerate() {
                    value |= (*byte as u64) << (8 * place);
                }
                Some(value)
            }
        }

        /// An account: a magic number, then records of a tag, a length and that many bytes, until the tag is zero.
        fn decode(bytes: &[u8]) -> Option<Price> {
            let mut reader = Reader { bytes, at: 0 };
            let mut price = Price::default();
            loop {
                let tag = reader.byte()?;
                if tag == 0 {
                    return Some(price);
                }
                let length = (reader.byte()? % 12) as usize;
                let inner = reader.take(length)?;
                let mut field = Reader { bytes: inner, at: 0 };
                match tag % 5 {
                    1 => price.amount = field.long()? as i64,
                    2 => price.exponent = field.byte()? as i8 as i32,
                    3 => {
                        price.status = match field.byte() {
                            Some(1..=9) => Status::Trading,
                            Some(x) if x > 100 => Status::Halted,
                            _ => Status::Unknown,
                        }
                    }
                    4 => price.slot = field.long().unwrap_or(7),
                    _ => {}
                }
            }
        }

        #[public(fuel = 2_000_000, memory_kib = 512)]
        fn read_price(account: &[u8], offset: u8) -> Option<Price> {
            let start = (offset as usize).min(account.len());
            decode(&account[start..])
        }

        #[public]
        fn reshape(fields: [Field; 3], choice: Option<(u8, bool)>) -> ([Field; 3], u64, bool) {
            let mut sum = 0u64;
            let mut turned = [Field::Missing; 3];
            for (place, field) in fields.iter().enumerate() {
                sum += match field {
                    Field::Missing => 1,
                    Field::Small(x @ 0..=9) => *x as u64,
                    Field::Small(x) => 100 + *x as u64,
                    Field::Wide { low, high } if low < high => (*low % 1000) as u64,
                    Field::Wide { .. } => 5,
                    Field::Both(a, [first, .., last]) => *a as u64 + (*first ^ *last) as u64,
                };
                turned[2 - place] = *field;
            }
            if let Some((place, true)) = choice {
                turned[(place % 3) as usize] = Field::Both(3, [1, 2, place]);
            }
            (turned, sum, fields[0] == fields[1])
        }

        #[public]
        fn statistics(list: [i32; 9]) -> ([i32; 9], i64, Option<usize>, Option<i32>, bool, [i32; 4]) {
            let mut sorted = list;
            sorted.sort();
            let sum: i64 = list.iter().map(|x| *x as i64).sum();
            let place = list.iter().position(|x| *x < 0);
            let largest_even = list.iter().copied().filter(|x| x % 2 == 0).max();
            let mut firsts = [0; 4];
            for (target, x) in firsts.iter_mut().zip(list.iter().rev().skip(1).step_by(2)) {
                *target = x.wrapping_mul(3);
            }
            (sorted, sum, place, largest_even, list.contains(&5) || list.windows(2).any(|w| w[0] == w[1]), firsts)
        }

        /// Closures, boxes, references, shadowing, tuples in tuples.
        #[public]
        fn mixture(seed: u64, table: [[u16; 3]; 4]) -> ((u64, [u16; 4]), u32, [u8; 5]) {
            let mut state = seed;
            let mut next = |limit: u64| {
                state = state * 6364136223846793005 + 1442695040888963407;
                (state >> 33) % limit
            };
            let mut picked = [0u16; 4];
            for (row, place) in table.iter().zip(picked.iter_mut()) {
                *place = row[next(4) as usize];
            }
            let words: Box<[u32]> = (0..next(20) + 1).map(|i| (i * i) as u32).collect();
            let total = words.iter().fold(0u32, |sum, x| sum + x);
            let mut bytes = [1u8, 2, 3, 4, 5];
            let (left, right) = bytes.split_at_mut(2);
            std::mem::swap(&mut left[0], &mut right[2]);
            let shift = next(7) as usize;
            bytes.rotate_left(shift % 5);
            let pair = { let seed = seed ^ 1; (seed, picked) };
            (pair, total, bytes)
        }

        #[public]
        fn order(a: (Status, [u8; 3]), b: (Status, [u8; 3]), x: Option<i16>, y: Option<i16>) -> ([bool; 6], i8) {
            let before = match a.cmp(&b) {
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Greater => 1,
            };
            ([a < b, a == b, x < y, x >= y, a.max(b) == b, a.1[..2] == b.1[..2]], before)
        }

        #[instruction]
        pub fn run_collatz(start: u64) -> u32 { collatz(start) }
        #[instruction]
        pub fn run_divisor(a: u64, b: u64) -> u64 { greatest_divisor(a, b) }
        #[instruction]
        pub fn run_prime(n: u32) -> u32 { first_prime_above(n) }
        #[instruction]
        pub fn run_price(account: [u8; 40], offset: u8) -> Option<Price> { read_price(&account, offset) }
        #[instruction]
        pub fn run_reshape(fields: [Field; 3], choice: Option<(u8, bool)>) -> ([Field; 3], u64, bool) { reshape(fields, choice) }
        #[instruction]
        pub fn run_statistics(list: [i32; 9]) -> ([i32; 9], i64, Option<usize>, Option<i32>, bool, [i32; 4]) { statistics(list) }
        #[instruction]
        pub fn run_mixture(seed: u64, table: [[u16; 3]; 4]) -> ((u64, [u16; 4]), u32, [u8; 5]) { mixture(seed, table) }
        #[instruction]
        pub fn run_order(a: (Status, [u8; 3]), b: (Status, [u8; 3]), x: Option<i16>, y: Option<i16>) -> ([bool; 6], i8) { order(a, b, x, y) }

        /// Public code before the circuit, between its parts and after: one price limits a sum, which is revealed and finished.
        #[instruction]
        pub fn settle(account: [u8; 40], limit: u64, bids: Enc<Shared, [u64; 3]>) -> (u64, (u64, u32), Option<Price>) {
            let price = read_price(&account[4..], (limit & 3) as u8);
            let floor = greatest_divisor(price.unwrap_or(Price::default()).slot + 12, limit + 1);
            let bids = bids.to_arcis();
            let mut sum = 0;
            for bid in bids {
                sum += if bid > floor { bid } else { 0 };
            }
            let sum = sum.reveal();
            let steps = collatz(sum % 1000);
            let shared = greatest_divisor(sum, steps as u64 * 6);
            (floor, (shared + 1, steps), price)
        }

        #[public(fuel = 100_000)]
        fn endless(n: u64) -> u64 {
            let mut x = n;
            loop {
                x = x + 1;
                if x == 0 && n != 0 {
                    break;
                }
            }
            x
        }
        #[public(fuel = 100_000_000)]
        fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deep(n - 1) } }
        #[public(fuel = 100_000_000, memory_kib = 512)]
        fn hoard(n: u64) -> u64 {
            let list: Box<[u64]> = (0..n).collect();
            list[(n - 1) as usize]
        }
        #[public]
        fn strict(n: u64) -> u64 {
            if n > 5 {
                panic!("the price is stale");
            }
            let some: Option<u64> = if n == 5 { None } else { Some(n) };
            let bytes = [1u8, 2, 3];
            let part = &bytes[..n as usize];
            part.len() as u64 + some.unwrap()
        }

        #[instruction]
        pub fn run_endless(n: u64) -> u64 { endless(n) }
        #[instruction]
        pub fn run_deep(n: u64) -> u64 { deep(n) }
        #[instruction]
        pub fn run_hoard(n: u64) -> u64 { hoard(n) }
        #[instruction]
        pub fn run_strict(n: u64) -> u64 { strict(n) }
    }
}

use circuits::{Field, Price, Status};

fn account() -> impl Strategy<Value = [u8; 40]> {
    // Small bytes are tags and lengths more often than by chance.
    proptest::array::uniform32(prop_oneof![3 => 0u8..12, 1 => any::<u8>()]).prop_map(|start| {
        let mut bytes = [0; 40];
        bytes[..32].copy_from_slice(&start);
        bytes
    })
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        Just(Field::Missing),
        any::<u8>().prop_map(Field::Small),
        (any::<u128>(), any::<u128>()).prop_map(|(low, high)| Field::Wide { low, high }),
        (any::<u16>(), any::<[u8; 3]>()).prop_map(|(a, b)| Field::Both(a, b)),
    ]
}

fn status() -> impl Strategy<Value = Status> {
    proptest::sample::select(vec![Status::Unknown, Status::Trading, Status::Halted])
}

#[test]
fn wasm_and_native_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    proptest!(ProptestConfig::with_cases(200), |(start in prop_oneof![any::<u64>(), 0u64..100], a: u64, b in prop_oneof![any::<u64>(), 0u64..100], n in 0u32..100_000)| {
        instructions.check("run_collatz", &(start,), &circuits::run_collatz(start))?;
        instructions.check("run_divisor", &(a, b), &circuits::run_divisor(a, b))?;
        instructions.check("run_prime", &(n,), &circuits::run_prime(n))?;
    });
    proptest!(ProptestConfig::with_cases(300), |(account in account(), offset in 0u8..50)| {
        instructions.check("run_price", &(account, offset), &circuits::run_price(account, offset))?;
    });
    proptest!(ProptestConfig::with_cases(200), |(fields in [field(), field(), field()], same: bool, choice: Option<(u8, bool)>)| {
        let fields = if same { [fields[0], fields[0], fields[2]] } else { fields };
        instructions.check("run_reshape", &(fields, choice), &circuits::run_reshape(fields, choice))?;
    });
    proptest!(ProptestConfig::with_cases(200), |(list in proptest::array::uniform9(prop_oneof![any::<i32>(), -10i32..10]))| {
        instructions.check("run_statistics", &(list,), &circuits::run_statistics(list))?;
    });
    proptest!(ProptestConfig::with_cases(200), |(seed: u64, table: [[u16; 3]; 4])| {
        instructions.check("run_mixture", &(seed, table), &circuits::run_mixture(seed, table))?;
    });
    proptest!(ProptestConfig::with_cases(200), |(a in (status(), [0u8..3, 0u8..3, 0u8..3]), b in (status(), [0u8..3, 0u8..3, 0u8..3]), x: Option<i16>, y: Option<i16>)| {
        instructions.check("run_order", &(a, b, x, y), &circuits::run_order(a, b, x, y))?;
    });
}

#[test]
fn public_code_before_and_after_a_circuit() {
    let instructions = Instructions::must_compile(SOURCE);
    let (compiled, _) = instructions.0.iter().find(|(it, _)| it.artifact.interface.name == "settle").unwrap();
    let public = compiled.artifact.public.as_ref().expect("it has public code");
    let names = |calls: &[arcis_circuit::PublicCall]| -> Vec<String> {
        calls.iter().map(|call| call.function.clone()).collect()
    };
    assert_eq!(names(&public.prepare), ["read_price", "greatest_divisor"]);
    let finish = public.finish.as_ref().expect("it finishes something");
    assert_eq!(names(&finish.calls), ["collatz", "greatest_divisor"]);
    assert_eq!(finish.outputs, [1]);
    proptest!(ProptestConfig::with_cases(100), |(account in account(), limit in 0u64..50, bids in (0u64..100, 0u64..100, any::<u64>()))| {
        let bids = [bids.0, bids.1, bids.2];
        let native = circuits::settle(account, limit, arcis::Shared::new(arcis::ArcisX25519Pubkey::from_bytes([1; 32])).from_arcis(bids));
        instructions.check("settle", &(account, limit, bids), &native)?;
    });
}

#[test]
fn every_way_to_fail_is_told_apart() {
    let instructions = Instructions::must_compile(SOURCE);
    assert_eq!(instructions.fault("run_endless", &(1u64,)), SandboxFault::OutOfFuel { fuel: 100_000 });
    assert_eq!(instructions.run::<_, u64>("run_deep", &(100u64,)).unwrap(), 100);
    assert_eq!(instructions.fault("run_deep", &(1_000_000u64,)), SandboxFault::TooDeep);
    assert_eq!(instructions.run::<_, u64>("run_hoard", &(1000u64,)).unwrap(), 999);
    assert_eq!(instructions.fault("run_hoard", &(1_000_000u64,)), SandboxFault::OutOfMemory { pages: 8 });
    let panicked = |message: &str| SandboxFault::Panicked { message: message.to_owned() };
    assert_eq!(instructions.run::<_, u64>("run_strict", &(3u64,)).unwrap(), 6);
    assert_eq!(instructions.fault("run_strict", &(6u64,)), panicked("the price is stale"));
    assert_eq!(
        instructions.fault("run_strict", &(4u64,)),
        panicked("a part of an array goes beyond its end")
    );
    // The same fault, to the last bit of it, every time.
    assert_eq!(
        instructions.fault("run_deep", &(1_000_000u64,)),
        instructions.fault("run_deep", &(1_000_000u64,))
    );
    let _ = Price::ty();
}
