//! Answers that are worked out when they are first asked for, and that may need each other.

use std::cell::RefCell;
use std::collections::HashMap;

/// An answer worked out at most once.
pub(super) struct Query<T>(RefCell<QueryState<T>>);

enum QueryState<T> {
    Open,
    Running,
    Done(T),
}

impl<T: Clone> Query<T> {
    pub(super) fn new() -> Self {
        Self(RefCell::new(QueryState::Open))
    }

    /// The answer; `None` when working it out needs it itself.
    pub(super) fn get(&self, work_out: impl FnOnce() -> T) -> Option<T> {
        match &*self.0.borrow() {
            QueryState::Done(answer) => return Some(answer.clone()),
            QueryState::Running => return None,
            QueryState::Open => {}
        }
        *self.0.borrow_mut() = QueryState::Running;
        let answer = work_out();
        *self.0.borrow_mut() = QueryState::Done(answer.clone());
        Some(answer)
    }
}

/// Answers worked out at most once each, by key; `None` in the table while being worked out.
pub(super) struct Table<K, V>(RefCell<HashMap<K, Option<V>>>);

impl<K: std::hash::Hash + Eq + Clone, V: Clone> Table<K, V> {
    pub(super) fn new() -> Self {
        Self(RefCell::new(HashMap::new()))
    }

    /// The answer; `None` when working it out needs it itself.
    pub(super) fn get(&self, key: K, work_out: impl FnOnce() -> V) -> Option<V> {
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        self.0.borrow_mut().insert(key.clone(), None);
        let answer = work_out();
        self.0.borrow_mut().insert(key, Some(answer.clone()));
        Some(answer)
    }
}
