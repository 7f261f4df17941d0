// Slices and arrays.

extern "C" {
    fn __is_plain_order<T>() -> bool;
    /// The pairs of places that a sorting network compares, in order.
    fn __network(count: usize) -> Box<[(usize, usize)]>;
}

pub struct Iter<T> {
    slice: &[T],
    start: usize,
    end: usize,
}
impl<T> Iterator for Iter<T> {
    type Item = &T;
    fn next(&mut self) -> Option<&T> {
        if self.start < self.end {
            let here = self.start;
            self.start = here + 1;
            Some(&self.slice[here])
        } else {
            None
        }
    }
}
impl<T> DoubleEndedIterator for Iter<T> {
    fn next_back(&mut self) -> Option<&T> {
        if self.start < self.end {
            self.end = self.end - 1;
            Some(&self.slice[self.end])
        } else {
            None
        }
    }
}
impl<T> Iter<T> {
    pub fn as_slice(&self) -> &[T] {
        &self.slice[self.start..self.end]
    }
}
pub struct IterMut<T> {
    slice: &mut [T],
    start: usize,
    end: usize,
}
impl<T> Iterator for IterMut<T> {
    type Item = &mut T;
    fn next(&mut self) -> Option<&mut T> {
        if self.start < self.end {
            let here = self.start;
            self.start = here + 1;
            Some(&mut self.slice[here])
        } else {
            None
        }
    }
}
impl<T> DoubleEndedIterator for IterMut<T> {
    fn next_back(&mut self) -> Option<&mut T> {
        if self.start < self.end {
            self.end = self.end - 1;
            Some(&mut self.slice[self.end])
        } else {
            None
        }
    }
}
pub struct IntoIter<T> {
    list: Box<[T]>,
    start: usize,
    end: usize,
}
impl<T> Iterator for IntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        if self.start < self.end {
            let here = self.start;
            self.start = here + 1;
            Some(__copy(&self.list[here]))
        } else {
            None
        }
    }
}
impl<T> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<T> {
        if self.start < self.end {
            self.end = self.end - 1;
            Some(__copy(&self.list[self.end]))
        } else {
            None
        }
    }
}

extern "C" {
    fn __list_of<T, const N: usize>(array: [T; N]) -> Box<[T]>;
}

impl<T, const N: usize> IntoIterator for [T; N] {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        IntoIter { list: __list_of(self), start: 0, end: N }
    }
}
impl<T> IntoIterator for Box<[T]> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        let end = self.len();
        IntoIter { list: self, start: 0, end }
    }
}
impl<T, const N: usize> IntoIterator for &[T; N] {
    type Item = &T;
    type IntoIter = Iter<T>;
    fn into_iter(self) -> Iter<T> {
        Iter { slice: self, start: 0, end: N }
    }
}
impl<T, const N: usize> IntoIterator for &mut [T; N] {
    type Item = &mut T;
    type IntoIter = IterMut<T>;
    fn into_iter(self) -> IterMut<T> {
        IterMut { slice: self, start: 0, end: N }
    }
}
impl<T> IntoIterator for &[T] {
    type Item = &T;
    type IntoIter = Iter<T>;
    fn into_iter(self) -> Iter<T> {
        self.iter()
    }
}
impl<T> IntoIterator for &mut [T] {
    type Item = &mut T;
    type IntoIter = IterMut<T>;
    fn into_iter(self) -> IterMut<T> {
        self.iter_mut()
    }
}
impl<T> IntoIterator for &Box<[T]> {
    type Item = &T;
    type IntoIter = Iter<T>;
    fn into_iter(self) -> Iter<T> {
        self.iter()
    }
}
impl<T> IntoIterator for &mut Box<[T]> {
    type Item = &mut T;
    type IntoIter = IterMut<T>;
    fn into_iter(self) -> IterMut<T> {
        self.iter_mut()
    }
}

impl<T, const N: usize> [T; N] {
    pub fn map<U, F: FnMut(T) -> U>(self, f: F) -> [U; N] {
        __array_from_fn(|i: usize| f(__copy(&self[i])))
    }
    pub fn as_slice(&self) -> &[T] {
        self
    }
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self
    }
    pub fn each_ref(&self) -> [&T; N] {
        __array_from_fn(|i: usize| &self[i])
    }
}

impl<T> [T] {
    pub fn len(&self) -> usize {
        __len(self)
    }
    pub fn is_empty(&self) -> bool {
        __len(self) == 0
    }
    pub fn iter(&self) -> Iter<T> {
        Iter { slice: self, start: 0, end: __len(self) }
    }
    pub fn iter_mut(&mut self) -> IterMut<T> {
        let end = __len(self);
        IterMut { slice: self, start: 0, end }
    }
    pub fn first(&self) -> Option<&T> {
        if self.is_empty() { None } else { Some(&self[0]) }
    }
    pub fn last(&self) -> Option<&T> {
        if self.is_empty() { None } else { Some(&self[self.len() - 1]) }
    }
    pub fn first_mut(&mut self) -> Option<&mut T> {
        if self.is_empty() { None } else { Some(&mut self[0]) }
    }
    pub fn last_mut(&mut self) -> Option<&mut T> {
        if self.is_empty() {
            None
        } else {
            let place = self.len() - 1;
            Some(&mut self[place])
        }
    }
    pub fn get(&self, index: usize) -> Option<&T> {
        if index < self.len() { Some(&self[index]) } else { None }
    }
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index < self.len() { Some(&mut self[index]) } else { None }
    }
    pub fn split_at(&self, middle: usize) -> (&[T], &[T]) {
        (&self[..middle], &self[middle..])
    }
    pub fn split_at_mut(&mut self, middle: usize) -> (&mut [T], &mut [T]) {
        (&mut self[..middle], &mut self[middle..])
    }
    pub fn split_first(&self) -> Option<(&T, &[T])> {
        if self.is_empty() { None } else { Some((&self[0], &self[1..])) }
    }
    pub fn split_last(&self) -> Option<(&T, &[T])> {
        if self.is_empty() {
            None
        } else {
            let place = self.len() - 1;
            Some((&self[place], &self[..place]))
        }
    }
    pub fn split_first_mut(&mut self) -> Option<(&mut T, &mut [T])> {
        if self.is_empty() { None } else { Some((&mut self[0], &mut self[1..])) }
    }
    pub fn split_last_mut(&mut self) -> Option<(&mut T, &mut [T])> {
        if self.is_empty() {
            None
        } else {
            let place = self.len() - 1;
            Some((&mut self[place], &mut self[..place]))
        }
    }
    pub fn windows(&self, size: usize) -> Windows<T> {
        Windows { slice: self, size, start: 0 }
    }
    pub fn chunks(&self, size: usize) -> Chunks<T> {
        Chunks { slice: self, size, start: 0, end: __len(self) }
    }
    pub fn chunks_exact(&self, size: usize) -> Chunks<T> {
        Chunks { slice: self, size, start: 0, end: __len(self) / size * size }
    }
    pub fn chunks_mut(&mut self, size: usize) -> ChunksMut<T> {
        let end = __len(self);
        ChunksMut { slice: self, size, start: 0, end }
    }
    pub fn chunks_exact_mut(&mut self, size: usize) -> ChunksMut<T> {
        let end = __len(self) / size * size;
        ChunksMut { slice: self, size, start: 0, end }
    }
    pub fn swap(&mut self, a: usize, b: usize) {
        if a < self.len() && b < self.len() {
            let kept = __copy(&self[a]);
            self[a] = __copy(&self[b]);
            self[b] = kept;
        }
    }
    pub fn reverse(&mut self) {
        let length = self.len();
        for i in 0..length / 2 {
            self.swap(i, length - 1 - i);
        }
    }
    pub fn fill(&mut self, value: T) {
        for i in 0..self.len() {
            self[i] = __copy(&value);
        }
    }
    pub fn fill_with<F: FnMut() -> T>(&mut self, f: F) {
        for i in 0..self.len() {
            self[i] = f();
        }
    }
    pub fn rotate_left(&mut self, by: usize) {
        if self.len() > 1 {
            self.__rotate(by % self.len());
        }
    }
    pub fn rotate_right(&mut self, by: usize) {
        if self.len() > 1 {
            self.__rotate(self.len() - by % self.len());
        }
    }
    /// To the left, by at most the length.
    fn __rotate(&mut self, by: usize) {
        let length = self.len();
        let mut list = self.to_vec();
        if __is_known(by) {
            for i in 0..length {
                self[i] = __copy(&list[(i + by) % length]);
            }
        } else {
            // One power of two after another.
            let mut step = 1usize;
            while step <= length {
                let mut next = __empty_list();
                let moves = by & step != 0;
                for i in 0..length {
                    __push(&mut next, if moves { __copy(&list[(i + step) % length]) } else { __copy(&list[i]) });
                }
                list = next;
                step = step * 2;
            }
            for i in 0..length {
                self[i] = __copy(&list[i]);
            }
        }
    }
    pub fn copy_from_slice(&mut self, other: &[T]) {
        if self.len() != other.len() {
            panic!("`copy_from_slice` needs two slices of one length");
        }
        for i in 0..self.len() {
            self[i] = __copy(&other[i]);
        }
    }
    pub fn clone_from_slice(&mut self, other: &[T]) {
        self.copy_from_slice(other)
    }
    pub fn swap_with_slice(&mut self, other: &mut [T]) {
        for i in 0..self.len() {
            mem::swap(&mut self[i], &mut other[i]);
        }
    }
    pub fn contains(&self, value: &T) -> bool {
        self.iter().any(|x| x == value)
    }
    pub fn starts_with(&self, start: &[T]) -> bool {
        start.len() <= self.len() && self[..start.len()] == *start
    }
    pub fn ends_with(&self, end: &[T]) -> bool {
        end.len() <= self.len() && self[self.len() - end.len()..] == *end
    }
    pub fn to_vec(&self) -> Box<[T]> {
        let mut list = __empty_list();
        for i in 0..self.len() {
            __push(&mut list, __copy(&self[i]));
        }
        list
    }
    pub fn is_sorted(&self) -> bool {
        self.windows(2).all(|pair| pair[0] <= pair[1])
    }
    fn __sort_pair(&mut self, i: usize, j: usize) {
        let a = __copy(&self[i]);
        let b = __copy(&self[j]);
        let swap = b < a;
        self[i] = if swap { b } else { a };
        self[j] = if swap { a } else { b };
    }
    /// A sorting network, for any length.
    fn __network(&mut self) {
        if __in_the_clear() {
            for i in 1..self.len() {
                for k in 0..i {
                    self.__sort_pair(i - k - 1, i - k);
                }
            }
        } else {
            for (i, j) in __network(self.len()) {
                self.__sort_pair(i, j);
            }
        }
    }
    pub fn sort(&mut self)
    where
        T: Ord,
    {
        if __is_plain_order::<T>() { self.__network() } else { self.sort_by_cached_key(|x| __copy(x)) }
    }
    pub fn sort_unstable(&mut self)
    where
        T: Ord,
    {
        self.__network()
    }
    pub fn sort_by_cached_key<K: Ord, F: FnMut(&T) -> K>(&mut self, f: F) {
        let mut list = __empty_list();
        for i in 0..self.len() {
            let key = f(&self[i]);
            __push(&mut list, __Keyed { key, place: i, value: __copy(&self[i]) });
        }
        list.__network();
        for i in 0..self.len() {
            self[i] = __copy(&list[i].value);
        }
    }
    pub fn sort_by_key<K: Ord, F: FnMut(&T) -> K>(&mut self, f: F) {
        self.sort_by_cached_key(f)
    }
    pub fn sort_unstable_by_key<K: Ord, F: FnMut(&T) -> K>(&mut self, f: F) {
        self.sort_by_cached_key(f)
    }
    pub fn sort_by<F: FnMut(&T, &T) -> Ordering>(&mut self, compare: F) {
        // Stable, and of few rounds: each element's place is the number of those that go before it.
        let n = self.len();
        let mut places = __empty_list();
        for i in 0..n {
            let mut before = __empty_list();
            for j in 0..n {
                if i != j {
                    let order = compare(&self[j], &self[i]);
                    __push(&mut before, if j < i { order.is_le() } else { order.is_lt() } as usize);
                }
            }
            __push(&mut places, __tree(before, |a: usize, b: usize| a + b).unwrap_or(0));
        }
        let old = self.to_vec();
        for target in 0..n {
            let mut candidates = __empty_list();
            for i in 0..n {
                __push(&mut candidates, if places[i] == target { Some(__copy(&old[i])) } else { None });
            }
            let found = __tree(candidates, |a: Option<T>, b: Option<T>| a.or(b)).unwrap_or(None);
            self[target] = found.unwrap_or(__copy(&old[target]));
        }
    }
    pub fn sort_unstable_by<F: FnMut(&T, &T) -> Ordering>(&mut self, compare: F) {
        self.sort_by(compare)
    }
    pub fn concat<U, const M: usize>(&self) -> Box<[U]>
    where
        T: IntoIterator<Item = U>,
    {
        let mut list = __empty_list();
        for i in 0..self.len() {
            for x in __copy(&self[i]) {
                __push(&mut list, x);
            }
        }
        list
    }
}

/// A value, by its key and where it was.
pub struct __Keyed<K, T> {
    key: K,
    place: usize,
    value: T,
}
impl<K: Ord, T> PartialOrd for __Keyed<K, T> {
    fn partial_cmp(&self, other: &__Keyed<K, T>) -> Option<Ordering> {
        Some(if self.key < other.key || self.key == other.key && self.place < other.place {
            Ordering::Less
        } else {
            Ordering::Greater
        })
    }
}

impl<T, const N: usize> From<[T; N]> for Box<[T]> {
    fn from(array: [T; N]) -> Box<[T]> {
        __list_of(array)
    }
}
pub struct TryFromSliceError {}
impl<T, const N: usize> TryFrom<&[T]> for [T; N] {
    type Error = TryFromSliceError;
    fn try_from(slice: &[T]) -> Result<[T; N], TryFromSliceError> {
        if slice.len() == N {
            Ok(__array_from_fn(|i: usize| __copy(&slice[i])))
        } else {
            Err(TryFromSliceError {})
        }
    }
}

impl<T, const N: usize> TryInto<[T; N]> for &[T] {
    type Error = TryFromSliceError;
    fn try_into(self) -> Result<[T; N], TryFromSliceError> {
        <[T; N]>::try_from(self)
    }
}

pub struct Windows<T> {
    slice: &[T],
    size: usize,
    start: usize,
}
impl<T> Iterator for Windows<T> {
    type Item = &[T];
    fn next(&mut self) -> Option<&[T]> {
        let end = self.start + self.size;
        if end <= self.slice.len() {
            let window = &self.slice[self.start..end];
            self.start = self.start + 1;
            Some(window)
        } else {
            None
        }
    }
}
pub struct Chunks<T> {
    slice: &[T],
    size: usize,
    start: usize,
    end: usize,
}
impl<T> Iterator for Chunks<T> {
    type Item = &[T];
    fn next(&mut self) -> Option<&[T]> {
        if self.start >= self.end {
            return None;
        }
        let end = (self.start + self.size).min(self.end);
        let chunk = &self.slice[self.start..end];
        self.start = end;
        Some(chunk)
    }
}
pub struct ChunksMut<T> {
    slice: &mut [T],
    size: usize,
    start: usize,
    end: usize,
}
impl<T> Iterator for ChunksMut<T> {
    type Item = &mut [T];
    fn next(&mut self) -> Option<&mut [T]> {
        if self.start >= self.end {
            return None;
        }
        let end = (self.start + self.size).min(self.end);
        let start = self.start;
        self.start = end;
        Some(&mut self.slice[start..end])
    }
}
