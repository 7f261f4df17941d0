//! Generated code holds what it says: it is compiled here, and values go through it, through the circuit and back.
//!
//! The client's code stands on `arx_sdk`; here this test stands in for it, with the bits of values in place of ciphertexts.
//! The program's code is compiled and run by the tests of `arx-anchor`. `ARCIS_BLESS=1` writes both anew.

#![allow(missing_docs)]

extern crate self as arx_sdk;

mod support;

use std::path::Path;

use arcis_circuit::{Bits, OutputKind, PublicKey, Value, ValueError};
use arcis_compiler::codegen::{Target, generate};
use arcis_compiler::{CompiledInstruction, Options, compile};
use proptest::prelude::*;

pub use arcis_circuit as circuit;

#[rustfmt::skip]
#[allow(dead_code, reason = "what is generated may be used")]
#[path = "generated/client.rs"]
mod client;

use client::types::{Action, Only, Pair, Plain, Result as Outcome, Side, Value as Record};
use support::Edge;

pub type Error = ValueError;

/// As the SDK's.
pub trait Instruction {
    const NAME: &'static str;
    const CIRCUIT_HASH: [u8; 32];
    const INTERFACE_HASH: [u8; 32];
    type Arguments;
    type Sealed;
    type Outputs;
    fn seal(arguments: &Self::Arguments, encryptor: &mut Encryptor<'_>) -> Result<Self::Sealed, Error>;
    fn open(reader: &mut OutputReader<'_>) -> Result<Self::Outputs, Error>;
}

/// Collects the bits of all arguments.
pub struct Encryptor<'a>(&'a mut Bits);

impl Encryptor<'_> {
    fn plaintext<T: Value>(&mut self, value: &T) -> Result<Vec<u8>, Error> {
        let plain = T::ty().bits_to_plain(&value.to_bits())?;
        self.0.extend_from_bits(&T::ty().plain_to_bits(&plain)?);
        Ok(plain)
    }

    fn shared<T: Value>(&mut self, _slot: u16, value: &T) -> Result<Vec<u8>, Error> {
        value.write_bits(self.0);
        Ok(value.to_bits().to_bytes())
    }
}

/// Hands out the outputs, in order.
pub struct OutputReader<'a>(std::slice::Iter<'a, Bits>);

impl OutputReader<'_> {
    fn public<T: Value>(&mut self) -> Result<T, Error> {
        let plain = T::ty().bits_to_plain(self.0.next().expect("there is another output"))?;
        T::from_bits(&T::ty().plain_to_bits(&plain)?)
    }

    fn shared<T: Value>(&mut self) -> Result<T, Error> {
        T::from_bits(self.0.next().expect("there is another output"))
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/generated"))
}

fn compiled() -> Vec<CompiledInstruction> {
    compile(folder().join("circuit.rs"), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Seals the arguments, runs the circuit and opens the outputs.
fn call<I: Instruction>(instructions: &support::Instructions, arguments: &I::Arguments) -> I::Outputs {
    let instruction = instructions.must_find(I::NAME);
    let artifact = &instruction.compiled.artifact;
    assert_eq!(I::CIRCUIT_HASH, artifact.circuit_hash());
    assert_eq!(I::INTERFACE_HASH, artifact.interface_hash());
    let mut bits = Bits::new();
    I::seal(arguments, &mut Encryptor(&mut bits)).expect("the arguments can be sealed");
    let results = instruction.run(&bits);
    let mut offset = 0;
    let outputs = artifact.interface.outputs.iter().map(|output| {
        assert!(!matches!(output.kind, OutputKind::Cell { .. }));
        let width = output.ty.bits() as usize;
        offset += width;
        results.slice(offset - width, width)
    });
    let outputs: Vec<Bits> = outputs.collect();
    let mut reader = OutputReader(outputs.iter());
    let opened = I::open(&mut reader).expect("the outputs can be opened");
    assert!(reader.0.next().is_none(), "an output was not read");
    opened
}

#[test]
fn the_committed_code_is_generated_from_the_circuit() {
    let instructions = compiled();
    for (name, target) in [("client.rs", Target::Client), ("program.rs", Target::Program)] {
        let path = folder().join(name);
        let generated = generate("every-type", &instructions, target);
        if std::env::var_os("ARCIS_BLESS").is_some() {
            std::fs::write(&path, &generated).expect("the file can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == generated, "{name} is out of date: ARCIS_BLESS=1 writes it anew");
    }
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Left), Just(Side::Right), i8::edges().prop_map(Side::Middle)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(Action::Hold),
        (u32::edges(), prop::option::of(u32::edges()))
            .prop_map(|(price, limit)| Action::Buy { price, limit }),
        u32::edges().prop_map(Action::Sell),
        (side(), [side(), side()]).prop_map(|(side, sides)| Action::Both(side, sides)),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let order = || prop::option::of(side());
    (-1e6..1e6, [order(), order()]).prop_map(|(rate, orders)| Record { rate, orders })
}

#[test]
fn values_go_through_circuits_and_come_back() {
    let instructions = support::Instructions::of(compiled());
    let limit = || prop::option::of(u32::edges());
    let config = || ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config(), |(action in action(), limit in limit(), other in action(), same in any::<bool>(), key in any::<[u8; 32]>())| {
        let known = if same { action.clone() } else { other };
        let by = PublicKey(key);
        let arguments = client::act::Arguments { action: action.clone(), limit, known: known.clone(), by };
        let outputs = call::<client::act::Act>(&instructions, &arguments);
        let next = match action.clone() {
            Action::Buy { price, limit: None } => Action::Buy { price, limit },
            Action::Both(side, [first, second]) => Action::Both(first, [second, side]),
            other => other,
        };
        let side = if let Action::Both(side, _) = action.clone() { Some(side) } else { None };
        prop_assert_eq!(&outputs.output_0, &(next, side));
        let won = Outcome::Won { r#type: 7, by };
        prop_assert_eq!(&outputs.output_1, &if action == known { won } else { Outcome::Lost });
        let shown = if let Action::Both(_, [_, second]) = known { Some(second) } else { None };
        prop_assert_eq!(&outputs.output_2, &shown);
    });
    proptest!(config(), |(value in record(), number in prop::option::of(u16::edges()), flag in any::<bool>(), by in u8::edges(), count in u64::edges())| {
        let plain = Plain { count, flags: [flag, true] };
        let arguments = client::rate::Arguments { value: value.clone(), pair: Pair(number, flag), plain, only: Only::This(by) };
        let outputs = call::<client::rate::Rate>(&instructions, &arguments);
        prop_assert!((outputs.output_0.rate - (value.rate * 2.0 + 0.5)).abs() < 1e-9);
        prop_assert_eq!(&outputs.output_0.orders, &[None, value.orders[0].clone()]);
        prop_assert_eq!(&outputs.output_1, &Pair(number.map(|x| x.wrapping_add(by.into())), !flag));
        prop_assert!((outputs.output_2 - f32::from(by) / 4.0).abs() < 1e-6);
        prop_assert_eq!(&outputs.output_3, &Plain { count: count.wrapping_add(1), flags: [true, flag] });
    });
}

/// The bytes in the clear; `arx-anchor` tests the same with the program's code.
#[test]
fn plain_bytes_are_those_of_the_documentation() {
    let mut bits = Bits::new();
    let mut encryptor = Encryptor(&mut bits);
    let buy = Action::Buy { price: 5, limit: Some(0x0102) };
    let bytes = encryptor.plaintext(&buy).unwrap();
    assert_eq!(bytes, [1, 5, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let both = Action::Both(Side::Middle(-1), [Side::Left, Side::Right]);
    let bytes = encryptor.plaintext(&both).unwrap();
    assert_eq!(bytes, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0, 0, 1, 0]);
    assert_eq!(encryptor.plaintext(&Pair(None, true)).unwrap(), [0, 0, 0, 1]);
}

#[test]
fn what_is_no_value_is_refused() {
    let no_variant = |name: &str, number, variants| {
        Err::<(), _>(ValueError::NoVariant { name: name.to_owned(), number, variants })
    };
    let plain = |bytes: &[u8]| Action::ty().plain_to_bits(bytes).map(drop);
    let mut bytes = [0u8; 20];
    assert_eq!(plain(&bytes), Ok(()));
    bytes[0] = 4;
    assert_eq!(plain(&bytes), no_variant("Action", 4, 4));
    bytes[0] = 3;
    bytes[14] = 9;
    assert_eq!(plain(&bytes), no_variant("Side", 9, 3));
    bytes[14] = 0;
    bytes[2] = 1;
    assert_eq!(plain(&bytes), Err(ValueError::NotZero { offset: 2, byte: 1 }), "a field of another variant");
    assert_eq!(
        Pair::ty().plain_to_bits(&[0, 1, 0, 1]).map(drop),
        Err(ValueError::NotZero { offset: 1, byte: 1 }),
        "the value of an option that has none"
    );
    assert_eq!(
        Pair::ty().plain_to_bits(&[2, 0, 0, 1]).map(drop),
        Err(ValueError::BoolByte { offset: 0, byte: 2 })
    );
    let mut bits = Action::Hold.to_bits();
    bits.set(7, true);
    assert_eq!(Action::from_bits(&bits).map(drop), no_variant("Action", 128, 4));
}
