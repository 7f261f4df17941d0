//! What a variable holds while the program is evaluated.

use std::sync::Arc;

use arcis_circuit::{Bits, WireId};

use super::memory::Reference;
use crate::graph::Graph;
use crate::source::Span;
use crate::tree::{CallSite, LocalId};
use crate::types::ClosureId;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A scalar.
    Word(WireId),
    /// The parts of a struct, tuple, array or slice, in order.
    Aggregate(Arc<Vec<Value>>),
    /// A value of an enum.
    Enum(Arc<EnumValue>),
    /// A reference.
    Reference(Arc<Reference>),
    /// A closure and where the variables are that it uses.
    Closure(ClosureId, Arc<Vec<(LocalId, usize)>>),
    /// A function by its name.
    Function(Arc<CallSite>),
    /// An owner.
    Owner(Owner),
    /// A variable that has no value yet, or one that is never read. rustc sees to it that nobody reads it.
    Uninitialized,
}

/// A value of an enum: which variant it is, and the fields of every variant that it may be.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// The number of the variant.
    pub tag: WireId,
    /// The fields; `None` of a variant that it cannot be.
    pub fields: Vec<Option<Arc<Vec<Value>>>>,
}

/// Whom data is encrypted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The client of this slot.
    Client {
        /// Number among the `Shared` parameters.
        slot: u16,
    },
    /// The application.
    Application {
        /// The parameter whose cell the data comes from, if it is that one's owner.
        source: Option<u16>,
    },
}

/// A value known when compiling, apart from any circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A scalar.
    Word(Bits),
    /// The parts of a struct, tuple or array, in order.
    Aggregate(Vec<Constant>),
    /// The number of a variant, of how many, and its fields.
    Enum(u32, usize, Vec<Constant>),
    /// A reference to a constant.
    Reference(Box<Constant>),
}

impl Value {
    /// The empty tuple.
    pub fn unit() -> Self {
        Self::aggregate(Vec::new())
    }

    /// A struct, tuple or array.
    pub fn aggregate(parts: Vec<Self>) -> Self {
        Self::Aggregate(Arc::new(parts))
    }

    /// The words of plain data, in order; `None` when there is anything else within.
    pub fn words(&self) -> Option<Vec<WireId>> {
        let mut words = Vec::new();
        self.push_words(&mut words).then_some(words)
    }

    fn push_words(&self, words: &mut Vec<WireId>) -> bool {
        match self {
            Self::Word(wire) => {
                words.push(*wire);
                true
            }
            Self::Aggregate(parts) => parts.iter().all(|part| part.push_words(words)),
            _ => false,
        }
    }

    /// Whether two values are certainly the same.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a == b,
            (Self::Aggregate(a), Self::Aggregate(b)) => {
                Arc::ptr_eq(a, b) || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            (Self::Enum(a), Self::Enum(b)) => {
                Arc::ptr_eq(a, b)
                    || a.tag == b.tag
                        && a.fields.iter().zip(&b.fields).all(|(a, b)| match (a, b) {
                            (Some(a), Some(b)) => {
                                Arc::ptr_eq(a, b) || a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
                            }
                            (None, None) => true,
                            _ => false,
                        })
            }
            (Self::Reference(a), Self::Reference(b)) => Arc::ptr_eq(a, b) || a.same(b),
            (Self::Closure(a, slots), Self::Closure(b, others)) => a == b && slots == others,
            (Self::Function(a), Self::Function(b)) => Arc::ptr_eq(a, b) || a.callee == b.callee,
            (Self::Owner(a), Self::Owner(b)) => a == b,
            (Self::Uninitialized, Self::Uninitialized) => true,
            _ => false,
        }
    }
}

/// Bits of the number of a variant.
pub fn tag_width(variants: usize) -> u32 {
    usize::BITS.saturating_sub(variants.saturating_sub(1).leading_zeros()).max(1)
}

impl Constant {
    /// The constant as a value of a circuit; `allocate` makes a place for what a reference leads to.
    pub(super) fn to_value(
        &self,
        graph: &mut Graph,
        span: Span,
        allocate: &mut impl FnMut(Value) -> Value,
    ) -> Value {
        match self {
            Self::Word(bits) => Value::Word(graph.constant(bits.clone(), span)),
            Self::Aggregate(parts) => {
                Value::aggregate(parts.iter().map(|part| part.to_value(graph, span, allocate)).collect())
            }
            Self::Enum(variant, count, parts) => {
                let tag = graph.integer((*variant).into(), tag_width(*count), span);
                let mut fields = vec![None; *count];
                let parts = parts.iter().map(|part| part.to_value(graph, span, allocate)).collect();
                fields[*variant as usize] = Some(Arc::new(parts));
                Value::Enum(Arc::new(EnumValue { tag, fields }))
            }
            Self::Reference(target) => {
                let target = target.to_value(graph, span, allocate);
                allocate(target)
            }
        }
    }
}
