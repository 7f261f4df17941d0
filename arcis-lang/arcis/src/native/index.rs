//! Indexing that does not panic: `a[i]` becomes `a[(&&&Probe::of(&a)).arcis_place(i)]`.
//!
//! What `arcis_place` gives depends on what is indexed, by the same technique as for operators: [`At`] for arrays and slices
//! whose elements have a default, the number itself for other elements, anything for types that implement `Index`
//! themselves.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The place of an element. Beyond the last one there is the default, and what is written there is lost.
#[derive(Clone, Copy, Debug)]
pub struct At(usize);

impl<T: Default> Index<At> for [T] {
    type Output = T;

    fn index(&self, At(place): At) -> &T {
        // Only a native run that indexes beyond the end, in a test, keeps a default for good.
        self.get(place).unwrap_or_else(|| Box::leak(Box::default()))
    }
}

impl<T: Default> IndexMut<At> for [T] {
    fn index_mut(&mut self, At(place): At) -> &mut T {
        match self.get_mut(place) {
            Some(element) => element,
            None => Box::leak(Box::default()),
        }
    }
}

/// Knows the type of what is indexed.
pub struct Probe<A: ?Sized>(PhantomData<A>);

impl<A: ?Sized> Probe<A> {
    /// A probe of this type.
    pub fn of(_: &A) -> Self {
        Self(PhantomData)
    }
}

/// Arrays, slices, and what leads to them.
pub trait Elements {
    /// The type of an element.
    type Element;
}

impl<T> Elements for [T] {
    type Element = T;
}
impl<T, const N: usize> Elements for [T; N] {
    type Element = T;
}
impl<A: Elements + ?Sized> Elements for &A {
    type Element = A::Element;
}
impl<A: Elements + ?Sized> Elements for &mut A {
    type Element = A::Element;
}
impl<A: Elements + ?Sized> Elements for Box<A> {
    type Element = A::Element;
}

/// Elements that have a default.
pub trait Defaulted {
    /// The index.
    fn arcis_place(&self, place: usize) -> At;
}
impl<A: Elements<Element: Default> + ?Sized> Defaulted for &&Probe<A> {
    fn arcis_place(&self, place: usize) -> At {
        At(place)
    }
}

/// Elements without a default.
pub trait Plain {
    /// The index.
    fn arcis_place(&self, place: usize) -> usize;
}
impl<A: Elements + ?Sized> Plain for &Probe<A> {
    fn arcis_place(&self, place: usize) -> usize {
        place
    }
}

/// What implements `Index` itself.
pub trait Own {
    /// The index.
    fn arcis_place<I>(&self, place: I) -> I;
}
impl<A: ?Sized> Own for Probe<A> {
    fn arcis_place<I>(&self, place: I) -> I {
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_end_is_the_default() {
        let mut values = [1u8, 2, 3];
        let place = (&&&Probe::of(&values)).arcis_place(7);
        assert_eq!(values[place], 0);
        values[place] = 9;
        assert_eq!(values, [1, 2, 3]);
        let place = (&&&Probe::of(&values)).arcis_place(1);
        values[place] = 9;
        assert_eq!(values, [1, 9, 3]);
    }
}
