// Lists of a secret length that is at most `N`. Places from the length on hold the default.

#[derive(Clone, Copy, Debug)]
pub struct BoundedVec<T, const N: usize> {
    len: u16,
    items: [T; N],
}

impl<T: Default, const N: usize> BoundedVec<T, N> {
    pub fn new() -> BoundedVec<T, N> {
        if N > 65535 {
            panic!("a `BoundedVec` has at most 65535 places");
        }
        BoundedVec { len: 0, items: __array_from_fn(|i: usize| T::default()) }
    }
    pub fn from_slice(items: &[T]) -> BoundedVec<T, N> {
        let mut list = BoundedVec::new();
        list.extend_from_slice(items);
        list
    }
    pub fn push(&mut self, value: T) -> bool {
        let place = self.len as usize;
        let fits = place < N;
        if fits {
            self.items[place] = value;
            self.len = self.len + 1;
        }
        fits
    }
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            None
        } else {
            self.len = self.len - 1;
            let place = self.len as usize;
            let last = __copy(&self.items[place]);
            self.items[place] = T::default();
            Some(last)
        }
    }
    pub fn set(&mut self, place: usize, value: T) -> bool {
        let there = place < self.len();
        if there {
            self.items[place] = value;
        }
        there
    }
    pub fn insert(&mut self, place: usize, value: T) -> bool {
        let fits = self.len() < N && place <= self.len();
        if fits {
            let mut at = N;
            while at > 1 {
                at = at - 1;
                if at > place {
                    self.items[at] = __copy(&self.items[at - 1]);
                }
            }
            self.items[place] = value;
            self.len = self.len + 1;
        }
        fits
    }
    pub fn remove(&mut self, place: usize) -> Option<T> {
        if place < self.len() {
            let removed = __copy(&self.items[place]);
            for at in 0..N {
                if at >= place {
                    self.items[at] = if at + 1 < N { __copy(&self.items[at + 1]) } else { T::default() };
                }
            }
            self.len = self.len - 1;
            Some(removed)
        } else {
            None
        }
    }
    pub fn swap_remove(&mut self, place: usize) -> Option<T> {
        if place < self.len() {
            let removed = __copy(&self.items[place]);
            let last = self.pop();
            if place < self.len() {
                self.items[place] = last.unwrap_or(T::default());
            }
            Some(removed)
        } else {
            None
        }
    }
    pub fn truncate(&mut self, length: usize) {
        if length < self.len() {
            for at in 0..N {
                if at >= length {
                    self.items[at] = T::default();
                }
            }
            self.len = length as u16;
        }
    }
    pub fn clear(&mut self) {
        *self = BoundedVec::new();
    }
    pub fn extend_from_slice(&mut self, items: &[T]) -> bool {
        let mut fits = true;
        for i in 0..items.len() {
            fits = self.push(__copy(&items[i])) & fits;
        }
        fits
    }
    pub fn retain<F: FnMut(&T) -> bool>(&mut self, keep: F) {
        let mut kept = BoundedVec::new();
        for at in 0..N {
            if at < self.len() && keep(&self.items[at]) {
                kept.push(__copy(&self.items[at]));
            }
        }
        *self = kept;
    }
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        let length = self.len();
        let mut list = __empty_list();
        for at in 0..N {
            __push(&mut list, (at >= length, __copy(&self.items[at])));
        }
        list.sort();
        for at in 0..N {
            self.items[at] = __copy(&list[at].1);
        }
    }
    pub fn into_array(self) -> [T; N] {
        self.items
    }
}
impl<T, const N: usize> BoundedVec<T, N> {
    pub fn len(&self) -> usize {
        self.len as usize
    }
    pub fn capacity(&self) -> usize {
        N
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    pub fn is_full(&self) -> bool {
        self.len() == N
    }
    pub fn get(&self, place: usize) -> Option<&T> {
        if place < self.len() { Some(&self.items[place]) } else { None }
    }
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        if place < self.len() { Some(&mut self.items[place]) } else { None }
    }
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }
    pub fn last(&self) -> Option<&T> {
        let length = self.len();
        if length == 0 { None } else { Some(&self.items[length - 1]) }
    }
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        self.iter().any(|x| x == value)
    }
    pub fn iter(&self) -> BoundedIter<T> {
        BoundedIter { slice: &self.items, length: self.len as usize, start: 0 }
    }
}
impl<T: Default, const N: usize> Default for BoundedVec<T, N> {
    fn default() -> BoundedVec<T, N> {
        BoundedVec::new()
    }
}
impl<T: PartialEq, const N: usize> PartialEq for BoundedVec<T, N> {
    fn eq(&self, other: &BoundedVec<T, N>) -> bool {
        let mut same = self.len == other.len;
        for at in 0..N {
            same = same & (at >= self.len() || self.items[at] == other.items[at]);
        }
        same
    }
}
impl<T, const N: usize> Index<usize> for BoundedVec<T, N> {
    type Output = T;
    fn index(&self, place: usize) -> &T {
        &self.items[place]
    }
}
impl<T, const N: usize> IndexMut<usize> for BoundedVec<T, N> {
    fn index_mut(&mut self, place: usize) -> &mut T {
        // Beyond the last element nothing is written.
        let place = if place < self.len() { place } else { N };
        &mut self.items[place]
    }
}

pub struct BoundedIter<T> {
    slice: &[T],
    length: usize,
    start: usize,
}
impl<T> Iterator for BoundedIter<T> {
    type Item = &T;
    fn next(&mut self) -> Option<&T> {
        let here = self.start;
        if here < self.length && here < self.slice.len() {
            self.start = here + 1;
            Some(&self.slice[here])
        } else {
            None
        }
    }
    fn __step(&mut self) -> Option<Option<&T>> {
        let here = self.start;
        if here < self.slice.len() {
            self.start = here + 1;
            Some(if here < self.length { Some(&self.slice[here]) } else { None })
        } else {
            None
        }
    }
}
impl<T, const N: usize> IntoIterator for &BoundedVec<T, N> {
    type Item = &T;
    type IntoIter = BoundedIter<T>;
    fn into_iter(self) -> BoundedIter<T> {
        self.iter()
    }
}
impl<T, const N: usize> IntoIterator for BoundedVec<T, N> {
    type Item = T;
    type IntoIter = BoundedIntoIter<T>;
    fn into_iter(self) -> BoundedIntoIter<T> {
        let length = self.len as usize;
        BoundedIntoIter { list: __list_of(self.items), length, start: 0 }
    }
}
pub struct BoundedIntoIter<T> {
    list: Box<[T]>,
    length: usize,
    start: usize,
}
impl<T> Iterator for BoundedIntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let here = self.start;
        if here < self.length && here < self.list.len() {
            self.start = here + 1;
            Some(__copy(&self.list[here]))
        } else {
            None
        }
    }
    fn __step(&mut self) -> Option<Option<T>> {
        let here = self.start;
        if here < self.list.len() {
            self.start = here + 1;
            Some(if here < self.length { Some(__copy(&self.list[here])) } else { None })
        } else {
            None
        }
    }
}
impl<T: Default, const N: usize> FromIterator<T> for BoundedVec<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(iterator: I) -> BoundedVec<T, N> {
        let mut list = BoundedVec::new();
        list.extend(iterator);
        list
    }
}
impl<T: Default, const N: usize> Extend<T> for BoundedVec<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iterator: I) {
        let mut iterator = iterator.into_iter();
        while let Some(item) = iterator.__step() {
            if let Some(value) = item {
                self.push(value);
            }
        }
    }
}
