//! Lists whose length is a value.

use std::ops::{Index, IndexMut};

use arcis_circuit::{BitReader, Bits, Type, Value, ValueError};

/// A list of at most `N` elements, whose length may be secret. Places from the length on hold the default.
///
/// An index beyond the last element reads the default, and what is written there is lost, as with arrays.
#[derive(Clone, Copy, Debug)]
pub struct BoundedVec<T, const N: usize> {
    len: u16,
    items: [T; N],
    /// What is beyond the end, to read and to be written to.
    beyond: T,
}

impl<T: Default + Clone, const N: usize> BoundedVec<T, N> {
    /// An empty list.
    pub fn new() -> Self {
        const { assert!(N <= u16::MAX as usize, "a `BoundedVec` has at most 65535 places") };
        Self { len: 0, items: [(); N].map(|()| T::default()), beyond: T::default() }
    }

    /// The elements of a slice, as far as there is room.
    pub fn from_slice(items: &[T]) -> Self {
        let mut list = Self::new();
        list.extend_from_slice(items);
        list
    }

    /// Appends an element; says whether there was room.
    pub fn push(&mut self, value: T) -> bool {
        let fits = self.len() < N;
        if fits {
            self.items[self.len()] = value;
            self.len += 1;
        }
        fits
    }

    /// Takes the last element.
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        Some(std::mem::take(&mut self.items[usize::from(self.len)]))
    }

    /// Overwrites an element; says whether it was there.
    pub fn set(&mut self, place: usize, value: T) -> bool {
        let there = place < self.len();
        if there {
            self.items[place] = value;
        }
        there
    }

    /// Inserts an element before the one at `place`; says whether there was room, and such a place.
    pub fn insert(&mut self, place: usize, value: T) -> bool {
        let fits = self.len() < N && place <= self.len();
        if fits {
            self.items[place..=usize::from(self.len)].rotate_right(1);
            self.items[place] = value;
            self.len += 1;
        }
        fits
    }

    /// Takes an element out; those after it move up.
    pub fn remove(&mut self, place: usize) -> Option<T> {
        if place >= self.len() {
            return None;
        }
        let removed = std::mem::take(&mut self.items[place]);
        self.items[place..].rotate_left(1);
        self.len -= 1;
        Some(removed)
    }

    /// Takes an element out; the last one takes its place.
    pub fn swap_remove(&mut self, place: usize) -> Option<T> {
        if place >= self.len() {
            return None;
        }
        self.len -= 1;
        self.items.swap(place, usize::from(self.len));
        Some(std::mem::take(&mut self.items[usize::from(self.len)]))
    }

    /// Leaves out what is from `length` on.
    pub fn truncate(&mut self, length: usize) {
        if length < self.len() {
            self.items[length..].fill_with(T::default);
            self.len = length as u16;
        }
    }

    /// Leaves out everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Appends as many elements as there is room for; says whether that was all.
    pub fn extend_from_slice(&mut self, items: &[T]) -> bool {
        items.iter().fold(true, |fits, item| self.push(item.clone()) & fits)
    }

    /// Keeps the elements that fulfil the predicate.
    pub fn retain<F: FnMut(&T) -> bool>(&mut self, mut keep: F) {
        *self = self.iter().filter(|item| keep(item)).cloned().collect();
    }

    /// Brings the elements into order; equal ones keep theirs.
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        self.items[..usize::from(self.len)].sort();
    }

    /// All places.
    pub fn into_array(self) -> [T; N] {
        self.items
    }
}

impl<T, const N: usize> BoundedVec<T, N> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// How many there may be.
    pub fn capacity(&self) -> usize {
        N
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        self.len() == N
    }

    /// An element.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.items[..self.len()].get(place)
    }

    /// An element.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.items[..usize::from(self.len)].get_mut(place)
    }

    /// The first element.
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// The last element.
    pub fn last(&self) -> Option<&T> {
        self.items[..self.len()].last()
    }

    /// Whether an element is equal to `value`.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.items[..self.len()].contains(value)
    }

    /// The elements.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items[..self.len()].iter()
    }
}

impl<T: Default + Clone, const N: usize> Default for BoundedVec<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: PartialEq, const N: usize> PartialEq for BoundedVec<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.items[..self.len()] == other.items[..other.len()]
    }
}

impl<T: Eq, const N: usize> Eq for BoundedVec<T, N> {}

impl<T, const N: usize> Index<usize> for BoundedVec<T, N> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        self.items.get(place).unwrap_or(&self.beyond)
    }
}

impl<T: Default, const N: usize> IndexMut<usize> for BoundedVec<T, N> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        if place < usize::from(self.len) { &mut self.items[place] } else { Box::leak(Box::default()) }
    }
}

impl<T, const N: usize> IntoIterator for BoundedVec<T, N> {
    type Item = T;
    type IntoIter = std::iter::Take<std::array::IntoIter<T, N>>;

    fn into_iter(self) -> Self::IntoIter {
        let length = self.len();
        self.items.into_iter().take(length)
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a BoundedVec<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Default + Clone, const N: usize> FromIterator<T> for BoundedVec<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(iterator: I) -> Self {
        let mut list = Self::new();
        list.extend(iterator);
        list
    }
}

impl<T: Default + Clone, const N: usize> Extend<T> for BoundedVec<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iterator: I) {
        for item in iterator {
            self.push(item);
        }
    }
}

/// The length, then all places.
impl<T: Value + Default + Clone, const N: usize> Value for BoundedVec<T, N> {
    fn ty() -> Type {
        let fields = vec![("len".to_owned(), u16::ty()), ("items".to_owned(), <[T; N]>::ty())];
        Type::Struct { name: "BoundedVec".to_owned(), fields }
    }

    fn write_bits(&self, out: &mut Bits) {
        self.len.write_bits(out);
        self.items.write_bits(out);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        let len = u16::read_bits(reader)?.min(N as u16);
        Ok(Self { len, items: <[T; N]>::read_bits(reader)?, beyond: T::default() })
    }
}
