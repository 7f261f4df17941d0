//! What a variable holds while the program is evaluated.

use std::rc::Rc;

use arcis_circuit::{Bits, WireId};

use super::memory::Place;
use crate::graph::Graph;
use crate::source::Span;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar.
    Word(WireId),
    /// The parts of a struct, tuple or array, in order.
    Aggregate(Rc<Vec<Value>>),
    /// A reference.
    Reference(Place),
    /// `Enc<Owner, T>`: the owner and the data.
    Encrypted(Owner, Rc<Value>),
    /// An owner on its own.
    Owner(Owner),
    /// A variable that has no value yet. rustc sees to it that nobody reads it.
    Uninitialized,
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
}

impl Value {
    /// The empty tuple.
    pub fn unit() -> Self {
        Self::aggregate(Vec::new())
    }

    /// A struct, tuple or array.
    pub fn aggregate(parts: Vec<Self>) -> Self {
        Self::Aggregate(Rc::new(parts))
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
}

impl Constant {
    /// The value as a constant; `None` when something in it is not known.
    pub(super) fn of(value: &Value, graph: &Graph) -> Option<Self> {
        match value {
            Value::Word(wire) => graph.constant_value(*wire).cloned().map(Self::Word),
            Value::Aggregate(parts) => {
                parts.iter().map(|part| Self::of(part, graph)).collect::<Option<_>>().map(Self::Aggregate)
            }
            _ => None,
        }
    }

    /// The constant as a value of a circuit.
    pub(super) fn to_value(&self, graph: &mut Graph, span: Span) -> Value {
        match self {
            Self::Word(bits) => Value::Word(graph.constant(bits.clone(), span)),
            Self::Aggregate(parts) => {
                Value::aggregate(parts.iter().map(|part| part.to_value(graph, span)).collect())
            }
        }
    }
}
