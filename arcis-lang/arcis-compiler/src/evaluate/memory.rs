//! Variables, and what branches change in them.
//!
//! Every variable has a slot; a reference is a slot and the way into its value. When a branch is run, the memory notes the
//! former value of every slot the branch writes, so that it can be put back for the other branch and only what was written
//! has to be compared afterwards.

use std::collections::BTreeMap;

use arcis_circuit::WireId;

use super::value::Value;

/// A place in memory: a slot, and the steps to go through within its value.
#[derive(Clone, Debug)]
pub struct Place {
    /// The slot.
    pub slot: usize,
    /// The way.
    pub path: Vec<Step>,
}

/// A step into a value.
#[derive(Clone, Debug)]
pub enum Step {
    /// A part of a struct, tuple or array.
    Part(u32),
    /// A field of a variant.
    Field(u32, u32),
    /// So many elements of an array, from a first one.
    Range(u32, u32),
    /// The element with this number, which is not known, among so many from a first one; and what there is if the number
    /// is too large.
    Element(WireId, u32, u32, Box<Value>),
}

/// What a reference leads to.
#[derive(Clone, Debug)]
pub enum Reference {
    /// A place.
    Place(Place),
    /// One of two, by a condition.
    Choice(WireId, std::sync::Arc<Reference>, std::sync::Arc<Reference>),
}

impl Place {
    /// A slot as a whole.
    pub fn slot(slot: usize) -> Self {
        Self { slot, path: Vec::new() }
    }

    /// A step further.
    pub fn step(&self, step: Step) -> Self {
        let mut path = self.path.clone();
        let step = match (path.last(), step) {
            (Some(Step::Range(start, _)), Step::Part(index)) => {
                let start = *start;
                path.pop();
                Step::Part(start + index)
            }
            (Some(Step::Range(start, _)), Step::Range(inner, count)) => {
                let start = *start;
                path.pop();
                Step::Range(start + inner, count)
            }
            (Some(Step::Range(start, _)), Step::Element(wire, inner, count, default)) => {
                let start = *start;
                path.pop();
                Step::Element(wire, start + inner, count, default)
            }
            (_, step) => step,
        };
        path.push(step);
        Self { slot: self.slot, path }
    }

    fn same(&self, other: &Self) -> bool {
        self.slot == other.slot
            && self.path.len() == other.path.len()
            && self.path.iter().zip(&other.path).all(|(a, b)| match (a, b) {
                (Step::Part(a), Step::Part(b)) => a == b,
                (Step::Field(variant, a), Step::Field(other, b)) => variant == other && a == b,
                (Step::Range(start, count), Step::Range(other, others)) => start == other && count == others,
                (Step::Element(a, start, count, _), Step::Element(b, other, others, _)) => {
                    a == b && start == other && count == others
                }
                _ => false,
            })
    }
}

impl Reference {
    /// A reference to a slot.
    pub fn slot(slot: usize) -> Self {
        Self::Place(Place::slot(slot))
    }

    /// Whether two references certainly lead to the same place.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Place(a), Self::Place(b)) => a.same(b),
            (Self::Choice(condition, a, b), Self::Choice(other, c, d)) => {
                condition == other && a.same(c) && b.same(d)
            }
            _ => false,
        }
    }

    /// A step further.
    pub fn step(&self, step: &Step) -> Self {
        match self {
            Self::Place(place) => Self::Place(place.step(step.clone())),
            Self::Choice(condition, yes, no) => {
                Self::Choice(*condition, yes.step(step).into(), no.step(step).into())
            }
        }
    }
}

/// The variables.
#[derive(Default)]
pub struct Memory {
    slots: Vec<Value>,
    /// One for each branch being run, the innermost last.
    branches: Vec<Branch>,
}

/// What a branch has written.
struct Branch {
    /// Slots there were when it began.
    slots: usize,
    /// Their former values, of those written.
    former: BTreeMap<usize, Value>,
}

/// The slots that a branch wrote, with the values it left there.
pub type Changes = BTreeMap<usize, Value>;

impl Memory {
    /// A new variable.
    pub fn allocate(&mut self, value: Value) -> usize {
        self.slots.push(value);
        self.slots.len() - 1
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// What is in a slot.
    pub fn slot(&self, slot: usize) -> &Value {
        &self.slots[slot]
    }

    /// What is in a slot, to be changed.
    pub fn slot_mut(&mut self, slot: usize) -> &mut Value {
        if let Some(branch) = self.branches.last_mut()
            && slot < branch.slots
        {
            let value = &self.slots[slot];
            branch.former.entry(slot).or_insert_with(|| value.clone());
        }
        &mut self.slots[slot]
    }

    /// Begins a branch.
    pub fn begin_branch(&mut self) {
        self.branches.push(Branch { slots: self.slots.len(), former: BTreeMap::new() });
    }

    /// Ends the branch: its changes, which are undone. What it allocated stays: a pattern's variables live on.
    pub fn end_branch(&mut self) -> Changes {
        let Some(branch) = self.branches.pop() else { return Changes::new() };
        let mut changes = Changes::new();
        for (slot, former) in branch.former {
            changes.insert(slot, std::mem::replace(&mut self.slots[slot], former));
        }
        changes
    }
}
