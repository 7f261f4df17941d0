//! Operators and methods of integers.

use crate::print::mask;
use crate::syntax::*;

/// An integer's number.
pub(super) fn signed(int: Int, bits: u128) -> i128 {
    let above = 128 - int.bits;
    ((bits << above) as i128) >> above
}

pub(super) fn operate(operator: Operator, ty: &Type, a: &Value, b: &Value) -> Option<Value> {
    match (ty, a, b) {
        (Type::Bool, Value::Bool(a), Value::Bool(b)) => Some(Value::Bool(match operator {
            Operator::And => a & b,
            Operator::Or => a | b,
            Operator::Xor => a ^ b,
            _ => return None,
        })),
        (Type::Int(int), Value::Int(a), Value::Int(b)) => {
            let (a, b) = (*a, *b);
            let all = mask(int.bits);
            let (x, y) = (signed(*int, a), signed(*int, b));
            let places = b as u32 % int.bits;
            Some(Value::Int(
                all & match operator {
                    Operator::Add => a.wrapping_add(b),
                    Operator::Sub => a.wrapping_sub(b),
                    Operator::Mul => a.wrapping_mul(b),
                    Operator::Div if b == 0 => all,
                    Operator::Div if int.signed => x.wrapping_div(y) as u128,
                    Operator::Div => a / b,
                    Operator::Rem if b == 0 => a,
                    Operator::Rem if int.signed => x.wrapping_rem(y) as u128,
                    Operator::Rem => a % b,
                    Operator::And => a & b,
                    Operator::Or => a | b,
                    Operator::Xor => a ^ b,
                    Operator::Shl => a << places,
                    Operator::Shr if int.signed => (x >> places) as u128,
                    Operator::Shr => a >> places,
                },
            ))
        }
        _ => None,
    }
}

pub(super) fn int_method(method: IntMethod, ty: &Type, values: &[Value]) -> Option<Value> {
    let Type::Int(int) = ty else { return None };
    let bits = |at: usize| match values.get(at) {
        Some(Value::Int(bits)) => Some(*bits),
        _ => None,
    };
    let a = bits(0)?;
    let all = mask(int.bits);
    let top = 1u128 << (int.bits - 1);
    let checked = |result: Option<u128>| match result {
        Some(bits) => Value::Variant(1, vec![Value::Int(bits)]),
        None => Value::Variant(0, Vec::new()),
    };
    let in_range = |number: Option<i128>| {
        let (least, most) = (signed(*int, top), signed(*int, top - 1));
        number.filter(|number| (least..=most).contains(number)).map(|number| number as u128 & all)
    };
    let exact =
        |operator: fn(i128, i128) -> Option<i128>, unsigned: fn(u128, u128) -> Option<u128>, b: u128| {
            if int.signed {
                in_range(operator(signed(*int, a), signed(*int, b)))
            } else {
                unsigned(a, b).filter(|sum| *sum <= all)
            }
        };
    let plain = |method: Operator, b: u128| operate(method, ty, &Value::Int(a), &Value::Int(b));
    Some(match method {
        IntMethod::WrappingAdd => plain(Operator::Add, bits(1)?)?,
        IntMethod::WrappingSub => plain(Operator::Sub, bits(1)?)?,
        IntMethod::WrappingMul => plain(Operator::Mul, bits(1)?)?,
        IntMethod::CheckedAdd => checked(exact(i128::checked_add, u128::checked_add, bits(1)?)),
        IntMethod::CheckedSub => checked(exact(i128::checked_sub, u128::checked_sub, bits(1)?)),
        IntMethod::CheckedMul => checked(exact(i128::checked_mul, u128::checked_mul, bits(1)?)),
        IntMethod::SaturatingAdd => {
            let b = bits(1)?;
            let limit = match int.signed {
                false => all,
                // Both have the same sign where it does not fit.
                true if b & top != 0 => top,
                true => top - 1,
            };
            Value::Int(exact(i128::checked_add, u128::checked_add, b).unwrap_or(limit))
        }
        IntMethod::SaturatingSub => {
            let b = bits(1)?;
            let limit = match int.signed {
                false => 0,
                true if a & top != 0 => top,
                true => top - 1,
            };
            Value::Int(exact(i128::checked_sub, u128::checked_sub, b).unwrap_or(limit))
        }
        IntMethod::AbsDiff => {
            let b = bits(1)?;
            let less = crate::values::order_key(*int, a) < crate::values::order_key(*int, b);
            Value::Int(if less { b.wrapping_sub(a) } else { a.wrapping_sub(b) } & all)
        }
        IntMethod::Min | IntMethod::Max => {
            let b = bits(1)?;
            let less = crate::values::order_key(*int, a) < crate::values::order_key(*int, b);
            Value::Int(if less == (method == IntMethod::Min) { a } else { b })
        }
        IntMethod::CountOnes => Value::Int(a.count_ones().into()),
        IntMethod::LeadingZeros => Value::Int((a.leading_zeros() - (128 - int.bits)).into()),
        IntMethod::TrailingZeros => Value::Int(a.trailing_zeros().min(int.bits).into()),
        IntMethod::RotateLeft => {
            let by = (bits(1)? % u128::from(int.bits)) as u32;
            Value::Int(if by == 0 { a } else { (a << by | a >> (int.bits - by)) & all })
        }
        IntMethod::Signum => Value::Int(match signed(*int, a) {
            0 => 0,
            number if number < 0 => all,
            _ => 1,
        }),
        IntMethod::Pow => {
            let mut power = 1u128;
            for _ in 0..bits(1)? {
                power = power.wrapping_mul(a) & all;
            }
            Value::Int(power & all)
        }
    })
}
