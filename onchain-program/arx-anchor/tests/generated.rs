//! Generated code of a circuit with enums and options, in the program: every value has one form in the clear, that of the
//! client and the nodes. The circuit and the code are `arcis-compiler`'s test data.

#![allow(missing_docs)]

use anchor_lang::prelude::*;
use arx_anchor::{CircuitType, Plain};

/// What `declare_id!` makes in a program.
pub const ID_CONST: Pubkey = Pubkey::new_from_array([9; 32]);

#[rustfmt::skip]
#[allow(dead_code, reason = "what is generated may be used")]
#[path = "../../../arcis-lang/arcis-compiler/tests/generated/program.rs"]
mod generated;

use generated::{Action, Only, Pair, Result as Outcome, Side, Value};

fn bytes<T: CircuitType>(value: T) -> Vec<u8> {
    let bytes = borsh::to_vec(&Plain(value)).unwrap();
    assert_eq!(bytes.len(), T::PLAIN_LENGTH);
    bytes
}

#[test]
fn plain_bytes_are_those_of_the_client() {
    let buy = Action::Buy { price: 5, limit: Some(0x0102) };
    assert_eq!(bytes(buy), [1, 5, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let both = Action::Both(Side::Middle(-1), [Side::Left, Side::Right]);
    assert_eq!(bytes(both), [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0, 0, 1, 0]);
    assert_eq!(bytes(Pair(None, true)), [0, 0, 0, 1]);
    assert_eq!(borsh::to_vec(&Pair(None, true)).unwrap(), [0, 0, 0, 1], "they need no `Plain`");
}

#[test]
fn values_are_read_back() {
    for value in [
        Action::Hold,
        Action::Buy { price: u32::MAX, limit: None },
        Action::Sell(3),
        Action::Both(Side::Right, [Side::Middle(-128), Side::Left]),
    ] {
        assert_eq!(Action::try_from_slice(&bytes(value)).unwrap(), value);
    }
    let won = Outcome::Won { r#type: 3, by: ID_CONST };
    assert_eq!(Outcome::try_from_slice(&bytes(won)).unwrap(), won);
    let value = Value { rate: -(1 << 52), orders: [None, Some(Side::Middle(1))] };
    assert_eq!(Value::try_from_slice(&bytes(value)).unwrap(), value);
    assert_eq!(Only::try_from_slice(&[0, 8]).unwrap(), Only::This(8));
}

#[test]
fn what_is_no_value_is_refused() {
    let mut bytes = [0u8; 20];
    assert_eq!(Action::try_from_slice(&bytes).unwrap(), Action::Hold);
    bytes[0] = 4;
    assert!(Action::try_from_slice(&bytes).is_err(), "no variant");
    bytes[0] = 2;
    bytes[1] = 1;
    assert!(Action::try_from_slice(&bytes).is_err(), "a field of another variant");
    assert!(Action::try_from_slice(&bytes[..19]).is_err(), "too short");
    assert!(Only::try_from_slice(&[1, 8]).is_err(), "one variant only");
    assert!(Pair::try_from_slice(&[2, 0, 0, 1]).is_err(), "neither some nor none");
    assert!(Pair::try_from_slice(&[0, 1, 0, 1]).is_err(), "a value that is not there");
}

#[test]
fn sizes_are_those_of_the_interface() {
    let rate = generated::RATE;
    assert_eq!(Value::BITS, rate.parameters[0].bits);
    assert_eq!(Value::PLAIN_LENGTH, rate.parameters[0].plain_len as usize);
    assert_eq!((Action::BITS, Action::PLAIN_LENGTH as u32), {
        let known = generated::ACT.parameters[2];
        (known.bits, known.plain_len)
    });
}
