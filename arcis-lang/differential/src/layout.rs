//! Values as the bits of arguments and results, and random ones.

use arcis_circuit::Bits;

use crate::print::mask;
use crate::random::Random;
use crate::syntax::*;
use crate::values::parts;

/// Bits of a value of a type, as an argument or result.
pub fn width(program: &Program, ty: &Type) -> usize {
    match ty {
        Type::Bool => 1,
        Type::Int(int) => int.bits as usize,
        Type::Option(of) => 1 + width(program, of),
        Type::Enum(id) => {
            let fields = program.enums[*id].variants.iter().flat_map(|it| &it.0);
            8 + fields.map(|field| width(program, field)).sum::<usize>()
        }
        _ => parts(program, ty).iter().map(|part| width(program, part)).sum(),
    }
}

/// Appends the bits of a value.
pub fn write(program: &Program, ty: &Type, value: &Value, out: &mut Bits) {
    match (ty, value) {
        (_, Value::Bool(bit)) => out.push(*bit),
        (Type::Int(int), Value::Int(bits)) => {
            out.extend_from_bits(&Bits::from_u128(*bits, int.bits as usize));
        }
        (_, Value::Parts(values)) => {
            let types = parts(program, ty);
            types.iter().zip(values).for_each(|(ty, value)| write(program, ty, value, out));
        }
        (Type::Option(of), Value::Variant(variant, values)) => {
            out.push(*variant == 1);
            match values.first() {
                Some(value) => write(program, of, value, out),
                None => out.extend_from_bits(&Bits::zeros(width(program, of))),
            }
        }
        (Type::Enum(id), Value::Variant(variant, values)) => {
            out.extend_from_bits(&Bits::from_u64(*variant as u64, 8));
            for (at, (types, _)) in program.enums[*id].variants.iter().enumerate() {
                for (place, ty) in types.iter().enumerate() {
                    match values.get(place).filter(|_| at == *variant) {
                        Some(value) => write(program, ty, value, out),
                        None => out.extend_from_bits(&Bits::zeros(width(program, ty))),
                    }
                }
            }
        }
        _ => {}
    }
}

/// Reads a value from bits, from a place on.
pub fn read(program: &Program, ty: &Type, bits: &Bits, at: &mut usize) -> Value {
    let mut take = |count: usize| {
        let word = (0..count)
            .fold(0u128, |word, place| word | u128::from(bits.get(*at + place).unwrap_or(false)) << place);
        *at += count;
        word
    };
    match ty {
        Type::Bool => Value::Bool(take(1) == 1),
        Type::Int(int) => Value::Int(take(int.bits as usize)),
        Type::Option(of) => {
            let is_some = take(1) == 1;
            let value = read(program, of, bits, at);
            if is_some { Value::Variant(1, vec![value]) } else { Value::Variant(0, Vec::new()) }
        }
        Type::Enum(id) => {
            let variants = &program.enums[*id].variants;
            let number = take(8) as usize;
            let mut all: Vec<Vec<Value>> = variants
                .iter()
                .map(|(types, _)| types.iter().map(|ty| read(program, ty, bits, at)).collect())
                .collect();
            // A number that no variant has stands for the first one.
            let variant = if number < all.len() { number } else { 0 };
            Value::Variant(variant, all.swap_remove(variant))
        }
        _ => Value::Parts(parts(program, ty).iter().map(|part| read(program, part, bits, at)).collect()),
    }
}

/// Random bits of an argument: extremes and small numbers more often than by chance, and numbers of variants that exist.
pub fn random_bits(program: &Program, ty: &Type, random: &mut Random, out: &mut Bits) {
    match ty {
        Type::Bool => out.push(random.percent(50)),
        Type::Int(int) => {
            out.extend_from_bits(&Bits::from_u128(random_int(*int, random), int.bits as usize));
        }
        Type::Option(of) => {
            out.push(random.percent(70));
            random_bits(program, of, random, out);
        }
        Type::Enum(id) => {
            let variants = &program.enums[*id].variants;
            let number = if random.percent(3) { random.below(256) } else { random.below(variants.len()) };
            out.extend_from_bits(&Bits::from_u64(number as u64, 8));
            // Also in the fields of variants that it is not.
            variants.iter().flat_map(|it| &it.0).for_each(|field| random_bits(program, field, random, out));
        }
        _ => parts(program, ty).iter().for_each(|part| random_bits(program, part, random, out)),
    }
}

/// Random bits of an integer.
pub fn random_int(int: Int, random: &mut Random) -> u128 {
    let mask = mask(int.bits);
    let top = 1u128 << (int.bits - 1);
    match random.below(10) {
        0 => 0,
        1 => mask,
        2 => top,
        3 => top - 1,
        4..=6 => random.below(9) as u128,
        7 => mask - random.below(5) as u128,
        _ => random.wide() & mask,
    }
}
