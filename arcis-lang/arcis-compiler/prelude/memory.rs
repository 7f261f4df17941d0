// bool.

impl bool {
    pub fn then<T, F: FnOnce() -> T>(self, f: F) -> Option<T> {
        if self { Some(f()) } else { None }
    }
    pub fn then_some<T>(self, value: T) -> Option<T> {
        if self { Some(value) } else { None }
    }
}

// Memory.

pub mod mem {
    pub fn swap<T>(a: &mut T, b: &mut T) {
        let kept = super::__copy(a);
        *a = super::__copy(b);
        *b = kept;
    }
    pub fn replace<T>(place: &mut T, value: T) -> T {
        let kept = super::__copy(place);
        *place = value;
        kept
    }
    pub fn take<T: super::Default>(place: &mut T) -> T {
        let kept = super::__copy(place);
        *place = T::default();
        kept
    }
}
pub mod cmp {
    pub use super::Ordering;
    pub use super::Reverse;
    pub fn max<T: super::Ord>(a: T, b: T) -> T {
        a.max(b)
    }
    pub fn min<T: super::Ord>(a: T, b: T) -> T {
        a.min(b)
    }
}
pub mod array {
    pub fn from_fn<T, const N: usize, F: FnMut(usize) -> T>(function: F) -> [T; N] {
        super::__array_from_fn::<T, N, F>(function)
    }
}
pub mod iter {
    pub fn once<T>(value: T) -> super::OptionIter<T> {
        super::OptionIter { value: super::Some(value) }
    }
    pub fn empty<T>() -> super::OptionIter<T> {
        super::OptionIter { value: super::None }
    }
    pub fn repeat<T>(value: T) -> super::Repeat<T> {
        super::Repeat { value }
    }
    pub fn zip<A: super::IntoIterator, B: super::IntoIterator>(
        a: A,
        b: B,
    ) -> super::Zip<A::IntoIter, B::IntoIter> {
        a.into_iter().zip(b)
    }
    pub fn from_fn<T, F: FnMut() -> super::Option<T>>(function: F) -> super::FromFn<F> {
        super::FromFn { function }
    }
    pub fn successors<T, F: FnMut(&T) -> super::Option<T>>(
        first: super::Option<T>,
        function: F,
    ) -> super::Successors<T, F> {
        super::Successors { next: first, function }
    }
}

pub struct Box<T>(T);

impl<T> Box<T> {
    pub fn new(value: T) -> Box<T> {
        Box(value)
    }
}

pub struct Cell<T> {
    value: T,
}

impl<T> Cell<T> {
    pub fn new(value: T) -> Cell<T> {
        Cell { value }
    }
    pub fn get(&self) -> T {
        __copy(&self.value)
    }
    pub fn set(&self, value: T) {
        self.value = value;
    }
    pub fn replace(&self, value: T) -> T {
        let kept = __copy(&self.value);
        self.value = value;
        kept
    }
    pub fn take(&self) -> T
    where
        T: Default,
    {
        let kept = __copy(&self.value);
        self.value = T::default();
        kept
    }
    pub fn swap(&self, other: &Cell<T>) {
        let kept = __copy(&self.value);
        self.value = __copy(&other.value);
        other.value = kept;
    }
    pub fn update<F: FnOnce(T) -> T>(&self, f: F) {
        let new = f(__copy(&self.value));
        self.value = new;
    }
    pub fn into_inner(self) -> T {
        self.value
    }
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }
}
impl<T: Default> Default for Cell<T> {
    fn default() -> Cell<T> {
        Cell { value: T::default() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct PhantomData<T>;

