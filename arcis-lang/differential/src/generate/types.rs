//! Types, and what a program defines.

use super::Generator;
use crate::print::mask;
use crate::syntax::*;

impl Generator {
    pub(super) fn definitions(&mut self) {
        for _ in 0..self.random.below(3) {
            let fields = (0..self.random.between(1, 3)).map(|_| self.data_type(1)).collect();
            let is_tuple = self.random.percent(30);
            self.program.structs.push(Struct { fields, is_tuple });
        }
        for _ in 0..self.random.below(3) {
            let count = self.random.between(1, 4);
            let default = self.random.below(count);
            let variants = (0..count)
                .map(|at| {
                    let fields = if at == default { 0 } else { self.random.below(3) };
                    let named = self.random.percent(30);
                    ((0..fields).map(|_| self.data_type(1)).collect(), named)
                })
                .collect();
            self.program.enums.push(Enum { variants, default });
        }
        for _ in 0..self.random.below(3) {
            let int = self.int();
            let value = self.int_value(int);
            self.program.constants.push((int, value));
        }
    }

    /// An integer type that arguments may have; short ones more often, since they are quick to compute with.
    pub(super) fn int(&mut self) -> Int {
        let bits = *self.random.pick(&[8, 8, 8, 8, 16, 16, 32, 32, 64, 128]);
        Int { bits, signed: self.random.percent(45), size: false }
    }

    pub(super) fn scalar(&mut self) -> Type {
        if self.random.percent(25) { Type::Bool } else { Type::Int(self.int()) }
    }

    /// A type of arguments, so many levels deep.
    pub(super) fn data_type(&mut self, depth: usize) -> Type {
        if depth == 0 || self.random.percent(45) {
            return self.scalar();
        }
        match self.random.below(9) {
            0..=2 => {
                let count = *self.random.pick(&[0, 1, 2, 2, 3, 3, 4, 5]);
                // Elements of an array add up.
                Type::Array(Box::new(self.data_type(depth.saturating_sub(2))), count)
            }
            3 | 4 => {
                let count = self.random.between(2, 3);
                Type::Tuple((0..count).map(|_| self.data_type(depth - 1)).collect())
            }
            5 if !self.program.structs.is_empty() => {
                Type::Struct(self.random.below(self.program.structs.len()))
            }
            6 if !self.program.enums.is_empty() => Type::Enum(self.random.below(self.program.enums.len())),
            7 => Type::Option(Box::new(self.data_type(depth - 1))),
            _ => self.scalar(),
        }
    }

    /// Bits of an integer, extremes and small ones more often than by chance.
    pub(super) fn int_value(&mut self, int: Int) -> u128 {
        let top = 1u128 << (int.bits - 1);
        match self.random.below(12) {
            0 => 0,
            1 => mask(int.bits),
            2 => top,
            3 => top - 1,
            4 => 1,
            5..=8 => self.random.below(9) as u128,
            _ => self.random.wide() & mask(int.bits),
        }
    }

    pub(super) fn value(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Bool => Value::Bool(self.random.percent(50)),
            Type::Int(int) => Value::Int(self.int_value(*int)),
            Type::Array(of, count) => Value::Parts((0..*count).map(|_| self.value(of)).collect()),
            Type::Tuple(parts) => Value::Parts(parts.iter().map(|part| self.value(part)).collect()),
            Type::Struct(id) => {
                let fields = self.program.structs[*id].fields.clone();
                Value::Parts(fields.iter().map(|field| self.value(field)).collect())
            }
            Type::Enum(id) => {
                let variant = self.random.below(self.program.enums[*id].variants.len());
                let fields = self.program.enums[*id].variants[variant].0.clone();
                Value::Variant(variant, fields.iter().map(|field| self.value(field)).collect())
            }
            Type::Option(of) => match self.random.percent(60) {
                true => Value::Variant(1, vec![self.value(of)]),
                false => Value::Variant(0, Vec::new()),
            },
        }
    }

    /// The fields of a struct, the parts of a tuple, the elements of an array.
    pub(super) fn parts_of(&self, ty: &Type) -> Vec<Type> {
        match ty {
            Type::Array(of, count) => vec![of.as_ref().clone(); *count],
            Type::Tuple(parts) => parts.clone(),
            Type::Struct(id) => self.program.structs[*id].fields.clone(),
            _ => Vec::new(),
        }
    }

    /// How much it takes to compare or choose between values of a type.
    pub(super) fn size(&self, ty: &Type) -> usize {
        match ty {
            Type::Bool | Type::Int(_) => 1,
            Type::Option(of) => 1 + self.size(of),
            Type::Enum(id) => {
                let fields = self.program.enums[*id].variants.iter().flat_map(|it| &it.0);
                1 + fields.map(|field| self.size(field)).sum::<usize>()
            }
            _ => self.parts_of(ty).iter().map(|part| self.size(part)).sum::<usize>().max(1),
        }
    }
}
