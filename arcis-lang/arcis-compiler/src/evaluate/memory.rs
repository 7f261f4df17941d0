//! Variables, and what branches change in them.
//!
//! Every variable has a slot; a reference is a [`Place`], a slot and the way into its value. When a branch is run, the memory
//! notes the former value of every slot the branch writes, so that it can be put back for the other branch and only what
//! was written has to be compared afterwards. A slot made within the branch dies with it and is not noted.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::value::Value;

/// A place in memory: a slot, and the parts to go through within its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    slot: usize,
    path: Vec<u32>,
}

impl Place {
    /// A part of this place.
    pub fn part(&self, index: u32) -> Self {
        let mut path = self.path.clone();
        path.push(index);
        Self { slot: self.slot, path }
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
    pub fn allocate(&mut self, value: Value) -> Place {
        self.slots.push(value);
        Place { slot: self.slots.len() - 1, path: Vec::new() }
    }

    /// How many variables there are, for [`Memory::release`].
    pub fn mark(&self) -> usize {
        self.slots.len()
    }

    /// Drops the variables made since the mark.
    pub fn release(&mut self, mark: usize) {
        self.slots.truncate(mark);
    }

    /// What is at a place; `None` for a place that is not there.
    pub fn read(&self, place: &Place) -> Option<&Value> {
        place.path.iter().try_fold(self.slots.get(place.slot)?, |value, index| match value {
            Value::Aggregate(parts) => parts.get(*index as usize),
            _ => None,
        })
    }

    /// Puts a value at a place; `None` for a place that is not there.
    pub fn write(&mut self, place: &Place, value: Value) -> Option<()> {
        self.note(place.slot);
        let target =
            place.path.iter().try_fold(self.slots.get_mut(place.slot)?, |target, index| match target {
                Value::Aggregate(parts) => Rc::make_mut(parts).get_mut(*index as usize),
                _ => None,
            })?;
        *target = value;
        Some(())
    }

    /// Puts a value in a slot.
    pub fn write_slot(&mut self, slot: usize, value: Value) -> Option<()> {
        self.write(&Place { slot, path: Vec::new() }, value)
    }

    /// What is in a slot.
    pub fn slot(&self, slot: usize) -> Option<&Value> {
        self.slots.get(slot)
    }

    fn note(&mut self, slot: usize) {
        if let (Some(branch), Some(value)) = (self.branches.last_mut(), self.slots.get(slot))
            && slot < branch.slots
        {
            branch.former.entry(slot).or_insert_with(|| value.clone());
        }
    }

    /// Begins a branch.
    pub fn begin_branch(&mut self) {
        self.branches.push(Branch { slots: self.slots.len(), former: BTreeMap::new() });
    }

    /// Ends the branch: its changes, which are undone.
    pub fn end_branch(&mut self) -> Changes {
        let Some(branch) = self.branches.pop() else { return Changes::new() };
        self.slots.truncate(branch.slots);
        let mut changes = Changes::new();
        for (slot, former) in branch.former {
            if let Some(current) = self.slots.get_mut(slot) {
                changes.insert(slot, std::mem::replace(current, former));
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_undone_and_its_changes_are_known() {
        let mut memory = Memory::default();
        let pair = memory.allocate(Value::aggregate(vec![Value::Word(0), Value::Word(1)]));
        let other = memory.allocate(Value::Word(2));
        memory.begin_branch();
        memory.write(&pair.part(1), Value::Word(7)).unwrap();
        let inner = memory.allocate(Value::Word(8));
        memory.write(&inner, Value::Word(9)).unwrap();
        let changes = memory.end_branch();
        assert_eq!(memory.read(&pair.part(1)), Some(&Value::Word(1)));
        assert_eq!(memory.read(&inner), None);
        assert_eq!(memory.read(&other), Some(&Value::Word(2)));
        let changed = Value::aggregate(vec![Value::Word(0), Value::Word(7)]);
        assert_eq!(changes.into_iter().collect::<Vec<_>>(), [(0, changed)]);
    }

    #[test]
    fn an_outer_branch_sees_what_is_written_after_an_inner_one() {
        let mut memory = Memory::default();
        let word = memory.allocate(Value::Word(0));
        memory.begin_branch();
        memory.begin_branch();
        memory.write(&word, Value::Word(1)).unwrap();
        assert_eq!(memory.end_branch().len(), 1);
        assert_eq!(memory.read(&word), Some(&Value::Word(0)));
        memory.write(&word, Value::Word(2)).unwrap();
        assert_eq!(memory.end_branch().into_values().collect::<Vec<_>>(), [Value::Word(2)]);
    }
}
