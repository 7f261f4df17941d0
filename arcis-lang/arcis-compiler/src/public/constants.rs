//! Constants: as numbers, and as bytes of the module.

use super::function::Writer;
use super::layout::{Repr, list_element, tag_size};
use super::module::Failed;
use crate::evaluate::Constant;
use crate::source::Span;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;

impl Writer<'_, '_, '_> {
    /// The value of a constant.
    pub(super) fn constant(&mut self, expression: &Expr) -> Result<Constant, Failed> {
        let program = self.m.program;
        let found = match &expression.kind {
            ExprKind::Constant(id, arguments) => Some((*id, arguments.clone())),
            ExprKind::TraitConstant(of_trait, name, arguments) => {
                program.trait_constant_of(*of_trait, name, arguments)
            }
            _ => None,
        };
        let Some((id, arguments)) = found else {
            return Err(self.m.inconsistent(expression.span, "a constant that there is not"));
        };
        match program.constant_value(id, &arguments) {
            Some(constant) => Ok((*constant).clone()),
            None => Err(Failed),
        }
    }

    pub(super) fn push_constant(&mut self, constant: &Constant, ty: &Type, span: Span) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        let mut bytes = Vec::new();
        self.constant_bytes(constant, ty, &mut bytes, span)?;
        let number = bytes.iter().rev().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
        match layout.repr {
            Repr::Fat => {
                self.code.i32(number as u32);
                self.code.i32((number >> 32) as u32);
            }
            repr => self.push_integer(number, ty, repr),
        }
        Ok(())
    }

    /// A constant as it lies in memory.
    pub(super) fn constant_bytes(
        &mut self,
        constant: &Constant,
        ty: &Type,
        out: &mut Vec<u8>,
        span: Span,
    ) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        let end = out.len() + layout.size as usize;
        match (constant, ty) {
            (Constant::Word(bits), _) => out.extend(bits.to_bytes()),
            (Constant::Aggregate(parts), Type::Array(element, _)) => {
                for part in parts {
                    self.constant_bytes(part, element, out, span)?;
                }
            }
            (Constant::Aggregate(_), ty) if list_element(self.m.program, ty).is_some() => {
                return Err(self.unsupported(span, "a constant `Box`", "use an array"));
            }
            (Constant::Aggregate(parts), _) => {
                let types = self.m.parts(ty, span)?;
                for (part, of) in parts.iter().zip(types) {
                    self.constant_bytes(part, &of.ty, out, span)?;
                }
            }
            (Constant::Enum(variant, count, parts), _) => {
                out.extend(&variant.to_le_bytes()[..tag_size(*count) as usize]);
                for (part, of) in parts.iter().zip(self.m.variant_parts(ty, *variant, span)?) {
                    self.constant_bytes(part, &of.ty, out, span)?;
                }
            }
            (Constant::Reference(target), Type::Reference(_, of)) => {
                let mut bytes = Vec::new();
                match (&**target, &**of) {
                    (Constant::Aggregate(parts), Type::Slice(element)) => {
                        for part in parts {
                            self.constant_bytes(part, element, &mut bytes, span)?;
                        }
                        out.extend(self.m.bytes(&bytes).to_le_bytes());
                        out.extend((parts.len() as u32).to_le_bytes());
                    }
                    (target, of) => {
                        self.constant_bytes(target, of, &mut bytes, span)?;
                        out.extend(self.m.bytes(&bytes).to_le_bytes());
                    }
                }
            }
            (Constant::Reference(_), _) => {
                return Err(self.m.inconsistent(span, "a constant of another type"));
            }
        }
        if out.len() > end {
            return Err(self.m.inconsistent(span, "a constant that is too large"));
        }
        out.resize(end, 0);
        Ok(())
    }
}
