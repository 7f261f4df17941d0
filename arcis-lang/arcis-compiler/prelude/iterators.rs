// Iterators. What drives them is `__step`: `None` is the end, which has to be known when compiling, `Some(None)` an element
// that may be left out (by `filter`, by a secret), `Some(Some(x))` an element.

pub trait Iterator {
    type Item;
    fn next(&mut self) -> Option<Self::Item>;

    fn __step(&mut self) -> Option<Option<Self::Item>> {
        match self.next() {
            Some(x) => Some(Some(x)),
            None => None,
        }
    }
    /// All elements, those that may be left out as options.
    fn __options(self) -> Box<[Option<Self::Item>]> {
        let mut list = __empty_list();
        let mut iterator = self;
        while let Some(item) = iterator.__step() {
            if !__is_known(item.is_some()) || item.is_some() {
                __push(&mut list, item);
            }
        }
        list
    }
    /// Joins all elements by an associative function, in a tree.
    fn __tree<F: Fn(Self::Item, Self::Item) -> Self::Item>(self, f: F, identity: Self::Item) -> Self::Item {
        let mut list = __empty_list();
        let mut iterator = self;
        while let Some(item) = iterator.__step() {
            __push(&mut list, item.unwrap_or(identity));
        }
        __tree(list, f).unwrap_or(identity)
    }

    fn map<B, F: FnMut(Self::Item) -> B>(self, f: F) -> Map<Self, F> {
        Map { inner: self, f }
    }
    fn filter<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Filter<Self, P> {
        Filter { inner: self, predicate }
    }
    fn filter_map<B, F: FnMut(Self::Item) -> Option<B>>(self, f: F) -> FilterMap<Self, F> {
        FilterMap { inner: self, f }
    }
    fn inspect<F: FnMut(&Self::Item)>(self, f: F) -> Inspect<Self, F> {
        Inspect { inner: self, f }
    }
    fn enumerate(self) -> Enumerate<Self> {
        Enumerate { inner: self, count: 0 }
    }
    fn zip<U: IntoIterator>(self, other: U) -> Zip<Self, U::IntoIter> {
        Zip { a: self, b: other.into_iter() }
    }
    fn chain<U: IntoIterator<Item = Self::Item>>(self, other: U) -> Chain<Self, U::IntoIter> {
        Chain { a: self, b: other.into_iter(), first: true }
    }
    fn rev(self) -> Rev<Self::Item> {
        let list = self.__options();
        let left = list.len();
        Rev { list, left }
    }
    fn skip(self, n: usize) -> Skip<Self> {
        Skip { inner: self, n }
    }
    fn take(self, n: usize) -> Take<Self> {
        Take { inner: self, n }
    }
    fn step_by(self, step: usize) -> StepBy<Self> {
        StepBy { inner: self, step, wait: 0 }
    }
    fn take_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> TakeWhile<Self, P> {
        TakeWhile { inner: self, predicate, going: true }
    }
    fn skip_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> SkipWhile<Self, P> {
        SkipWhile { inner: self, predicate, skipping: true }
    }
    fn map_while<B, P: FnMut(Self::Item) -> Option<B>>(self, f: P) -> MapWhile<Self, P> {
        MapWhile { inner: self, f, going: true }
    }
    fn scan<S, B, F: FnMut(&mut S, Self::Item) -> Option<B>>(self, state: S, f: F) -> Scan<Self, S, F> {
        Scan { inner: self, state, f, going: true }
    }
    fn flat_map<U: IntoIterator, F: FnMut(Self::Item) -> U>(self, f: F) -> Flatten<Map<Self, F>, U::IntoIter> {
        Flatten { inner: Map { inner: self, f }, current: None }
    }
    fn flatten(self) -> Flatten<Self, <Self::Item as IntoIterator>::IntoIter>
    where
        Self::Item: IntoIterator,
    {
        Flatten { inner: self, current: None }
    }
    fn by_ref(&mut self) -> &mut Self {
        self
    }
    fn cloned<T>(self) -> Cloned<Self>
    where
        Self: Iterator<Item = &T>,
    {
        Cloned { inner: self }
    }
    fn copied<T>(self) -> Cloned<Self>
    where
        Self: Iterator<Item = &T>,
    {
        Cloned { inner: self }
    }
    fn peekable(self) -> Peekable<Self> {
        Peekable { inner: self, peeked: None }
    }

    fn collect<B: FromIterator<Self::Item>>(self) -> B {
        B::from_iter(self)
    }
    fn count(self) -> usize {
        let mut list = __empty_list();
        let mut iterator = self;
        while let Some(item) = iterator.__step() {
            __push(&mut list, item.is_some() as usize);
        }
        __tree(list, |a: usize, b: usize| a + b).unwrap_or(0)
    }
    fn len(&self) -> usize {
        let iterator = __copy(self);
        iterator.count()
    }
    fn last(self) -> Option<Self::Item> {
        __tree(self.__options(), |a: Option<Self::Item>, b: Option<Self::Item>| b.or(a)).unwrap_or(None)
    }
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        let mut left = n;
        while left > 0 {
            self.next();
            left = left - 1;
        }
        self.next()
    }
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        let mut result = init;
        for item in self {
            result = f(result, item);
        }
        result
    }
    fn reduce<F: FnMut(Self::Item, Self::Item) -> Self::Item>(self, f: F) -> Option<Self::Item> {
        let mut result = None;
        for item in self {
            result = match result {
                Some(so_far) => Some(f(so_far, item)),
                None => Some(item),
            };
        }
        result
    }
    fn for_each<F: FnMut(Self::Item)>(self, f: F) {
        for item in self {
            f(item);
        }
    }
    fn sum<S: Sum<Self::Item>>(self) -> S {
        S::sum(self)
    }
    fn product<P: Product<Self::Item>>(self) -> P {
        P::product(self)
    }
    fn any<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool {
        if __in_the_clear() {
            while let Some(x) = self.next() {
                if f(x) {
                    return true;
                }
            }
            return false;
        }
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, match item {
                Some(x) => f(x),
                None => false,
            });
        }
        __tree(list, |a: bool, b: bool| a | b).unwrap_or(false)
    }
    fn all<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool {
        if __in_the_clear() {
            while let Some(x) = self.next() {
                if !f(x) {
                    return false;
                }
            }
            return true;
        }
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, match item {
                Some(x) => f(x),
                None => true,
            });
        }
        __tree(list, |a: bool, b: bool| a & b).unwrap_or(true)
    }
    fn find<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item> {
        if __in_the_clear() {
            while let Some(x) = self.next() {
                if predicate(&x) {
                    return Some(x);
                }
            }
            return None;
        }
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, item.filter(|x| predicate(x)));
        }
        __tree(list, |a: Option<Self::Item>, b: Option<Self::Item>| a.or(b)).unwrap_or(None)
    }
    fn find_map<B, F: FnMut(Self::Item) -> Option<B>>(&mut self, f: F) -> Option<B> {
        if __in_the_clear() {
            while let Some(x) = self.next() {
                if let Some(y) = f(x) {
                    return Some(y);
                }
            }
            return None;
        }
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, item.and_then(|x| f(x)));
        }
        __tree(list, |a: Option<B>, b: Option<B>| a.or(b)).unwrap_or(None)
    }
    fn position<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize> {
        let mut place = 0usize;
        if __in_the_clear() {
            while let Some(x) = self.next() {
                if predicate(x) {
                    return Some(place);
                }
                place = place + 1;
            }
            return None;
        }
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            let found = match item {
                Some(x) => {
                    let here = place;
                    place = place + 1;
                    if predicate(x) { Some(here) } else { None }
                }
                None => None,
            };
            __push(&mut list, found);
        }
        __tree(list, |a: Option<usize>, b: Option<usize>| a.or(b)).unwrap_or(None)
    }
    fn max(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        __tree(self.__options(), |a: Option<Self::Item>, b: Option<Self::Item>| match (a, b) {
            (Some(x), Some(y)) => Some(if y < x { x } else { y }),
            (Some(x), None) => Some(x),
            (None, b) => b,
        })
        .unwrap_or(None)
    }
    fn min(self) -> Option<Self::Item>
    where
        Self::Item: Ord,
    {
        __tree(self.__options(), |a: Option<Self::Item>, b: Option<Self::Item>| match (a, b) {
            (Some(x), Some(y)) => Some(if y < x { y } else { x }),
            (Some(x), None) => Some(x),
            (None, b) => b,
        })
        .unwrap_or(None)
    }
    fn max_by_key<B: Ord, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item> {
        let keyed = self.map(|x| (f(&x), x)).__options();
        __tree(keyed, |a: Option<(B, Self::Item)>, b: Option<(B, Self::Item)>| match (a, b) {
            (Some(x), Some(y)) => Some(if y.0 < x.0 { x } else { y }),
            (Some(x), None) => Some(x),
            (None, b) => b,
        })
        .unwrap_or(None)
        .map(|pair: (B, Self::Item)| pair.1)
    }
    fn min_by_key<B: Ord, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item> {
        let keyed = self.map(|x| (f(&x), x)).__options();
        __tree(keyed, |a: Option<(B, Self::Item)>, b: Option<(B, Self::Item)>| match (a, b) {
            (Some(x), Some(y)) => Some(if y.0 < x.0 { y } else { x }),
            (Some(x), None) => Some(x),
            (None, b) => b,
        })
        .unwrap_or(None)
        .map(|pair: (B, Self::Item)| pair.1)
    }
    fn max_by<F: FnMut(&Self::Item, &Self::Item) -> Ordering>(self, f: F) -> Option<Self::Item> {
        self.reduce(|x, y| match f(&x, &y) {
            Ordering::Greater => x,
            _ => y,
        })
    }
    fn min_by<F: FnMut(&Self::Item, &Self::Item) -> Ordering>(self, f: F) -> Option<Self::Item> {
        self.reduce(|x, y| match f(&x, &y) {
            Ordering::Greater => y,
            _ => x,
        })
    }
    fn partition<B: FromIterator<Option<Self::Item>>, F: FnMut(&Self::Item) -> bool>(self, f: F) -> (B, B) {
        panic!("how long the parts are is not known when compiling: use `filter` twice")
    }
    fn unzip<A, B, FromA: FromIterator<A>, FromB: FromIterator<B>>(self) -> (FromA, FromB)
    where
        Self: Iterator<Item = (A, B)>,
    {
        let mut left = __empty_list();
        let mut right = __empty_list();
        for (a, b) in self {
            __push(&mut left, a);
            __push(&mut right, b);
        }
        (FromA::from_iter(left.into_iter()), FromB::from_iter(right.into_iter()))
    }
    fn eq<U: IntoIterator>(self, other: U) -> bool {
        let mine: Box<[Self::Item]> = self.collect();
        let others: Box<[U::Item]> = other.into_iter().collect();
        *mine == *others
    }
}

pub trait DoubleEndedIterator: Iterator {
    fn next_back(&mut self) -> Option<Self::Item>;
}
pub trait ExactSizeIterator: Iterator {}
impl<I: Iterator> ExactSizeIterator for I {}

pub trait IntoIterator {
    type Item;
    type IntoIter;
    fn into_iter(self) -> Self::IntoIter;
}
impl<I: Iterator> IntoIterator for I {
    type Item = I::Item;
    type IntoIter = I;
    fn into_iter(self) -> I {
        self
    }
}
impl<I: Iterator> Iterator for &mut I {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        (**self).next()
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        (**self).__step()
    }
}

pub trait Sum<A = Self> {
    fn sum<I: Iterator<Item = A>>(iterator: I) -> Self;
}
pub trait Product<A = Self> {
    fn product<I: Iterator<Item = A>>(iterator: I) -> Self;
}
pub trait FromIterator<A> {
    fn from_iter<I: IntoIterator<Item = A>>(iterator: I) -> Self;
}
pub trait Extend<A> {
    fn extend<I: IntoIterator<Item = A>>(&mut self, iterator: I);
}
impl<T> FromIterator<T> for Box<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(iterator: I) -> Box<[T]> {
        let mut list = __empty_list();
        let mut iterator = iterator.into_iter();
        while let Some(item) = iterator.__step() {
            match item {
                Some(x) => __push(&mut list, x),
                None if __is_known(item.is_some()) => {}
                None => panic!("how many elements there are is not known when compiling: collect into a `BoundedVec`"),
            }
        }
        list
    }
}

