//! Values and types: defaults and order.

use crate::syntax::*;

/// The fields of a struct, the parts of a tuple, the elements of an array.
pub fn parts(program: &Program, ty: &Type) -> Vec<Type> {
    match ty {
        Type::Array(of, count) => vec![of.as_ref().clone(); *count],
        Type::Tuple(parts) => parts.clone(),
        Type::Struct(id) => program.structs[*id].fields.clone(),
        _ => Vec::new(),
    }
}

/// The fields of a variant.
pub fn variant_fields(program: &Program, ty: &Type, variant: usize) -> Vec<Type> {
    match ty {
        Type::Enum(id) => program.enums[*id].variants.get(variant).map_or_else(Vec::new, |it| it.0.clone()),
        Type::Option(of) if variant == 1 => vec![of.as_ref().clone()],
        _ => Vec::new(),
    }
}

/// The default of a type.
pub fn default(program: &Program, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(false),
        Type::Int(_) => Value::Int(0),
        Type::Option(_) => Value::Variant(0, Vec::new()),
        Type::Enum(id) => Value::Variant(program.enums[*id].default, Vec::new()),
        _ => Value::Parts(parts(program, ty).iter().map(|part| default(program, part)).collect()),
    }
}

/// The sign of an integer's bits as a number that compares as the integer does.
pub fn order_key(int: Int, bits: u128) -> u128 {
    if int.signed { bits ^ 1 << (int.bits - 1) } else { bits }
}

/// The order of values, as derived.
pub fn compare(program: &Program, ty: &Type, a: &Value, b: &Value) -> std::cmp::Ordering {
    match (ty, a, b) {
        (_, Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Type::Int(int), Value::Int(a), Value::Int(b)) => order_key(*int, *a).cmp(&order_key(*int, *b)),
        (_, Value::Parts(a), Value::Parts(b)) => list(program, &parts(program, ty), a, b),
        (_, Value::Variant(a, x), Value::Variant(b, y)) => {
            a.cmp(b).then_with(|| list(program, &variant_fields(program, ty, *a), x, y))
        }
        _ => std::cmp::Ordering::Equal,
    }
}

fn list(program: &Program, types: &[Type], a: &[Value], b: &[Value]) -> std::cmp::Ordering {
    let orders = types.iter().zip(a.iter().zip(b)).map(|(ty, (a, b))| compare(program, ty, a, b));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}
