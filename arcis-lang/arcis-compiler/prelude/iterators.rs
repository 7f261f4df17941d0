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
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, item.filter(|x| predicate(x)));
        }
        __tree(list, |a: Option<Self::Item>, b: Option<Self::Item>| a.or(b)).unwrap_or(None)
    }
    fn find_map<B, F: FnMut(Self::Item) -> Option<B>>(&mut self, f: F) -> Option<B> {
        let mut list = __empty_list();
        while let Some(item) = self.__step() {
            __push(&mut list, item.and_then(|x| f(x)));
        }
        __tree(list, |a: Option<B>, b: Option<B>| a.or(b)).unwrap_or(None)
    }
    fn position<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize> {
        let mut list = __empty_list();
        let mut place = 0usize;
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

// Adapters.

pub struct Map<I, F> {
    inner: I,
    f: F,
}
impl<B, I: Iterator, F: FnMut(I::Item) -> B> Iterator for Map<I, F> {
    type Item = B;
    fn next(&mut self) -> Option<B> {
        match self.inner.next() {
            Some(x) => Some((self.f)(x)),
            None => None,
        }
    }
    fn __step(&mut self) -> Option<Option<B>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => Some(Some((self.f)(x))),
        }
    }
}
impl<B, I: DoubleEndedIterator, F: FnMut(I::Item) -> B> DoubleEndedIterator for Map<I, F> {
    fn next_back(&mut self) -> Option<B> {
        match self.inner.next_back() {
            Some(x) => Some((self.f)(x)),
            None => None,
        }
    }
}

pub struct Filter<I, P> {
    inner: I,
    predicate: P,
}
impl<I: Iterator, P: FnMut(&I::Item) -> bool> Iterator for Filter<I, P> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        loop {
            match self.inner.next() {
                None => return None,
                Some(x) => {
                    if (self.predicate)(&x) {
                        return Some(x);
                    }
                }
            }
        }
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => Some(if (self.predicate)(&x) { Some(x) } else { None }),
        }
    }
}

pub struct FilterMap<I, F> {
    inner: I,
    f: F,
}
impl<B, I: Iterator, F: FnMut(I::Item) -> Option<B>> Iterator for FilterMap<I, F> {
    type Item = B;
    fn next(&mut self) -> Option<B> {
        loop {
            match self.inner.next() {
                None => return None,
                Some(x) => {
                    if let Some(y) = (self.f)(x) {
                        return Some(y);
                    }
                }
            }
        }
    }
    fn __step(&mut self) -> Option<Option<B>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => Some((self.f)(x)),
        }
    }
}

pub struct Inspect<I, F> {
    inner: I,
    f: F,
}
impl<I: Iterator, F: FnMut(&I::Item)> Iterator for Inspect<I, F> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        let item = self.inner.next();
        if let Some(x) = &item {
            (self.f)(x);
        }
        item
    }
}

pub struct Enumerate<I> {
    inner: I,
    count: usize,
}
impl<I: Iterator> Iterator for Enumerate<I> {
    type Item = (usize, I::Item);
    fn next(&mut self) -> Option<(usize, I::Item)> {
        match self.inner.next() {
            Some(x) => {
                let place = self.count;
                self.count = place + 1;
                Some((place, x))
            }
            None => None,
        }
    }
    fn __step(&mut self) -> Option<Option<(usize, I::Item)>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                let place = self.count;
                self.count = place + 1;
                Some(Some((place, x)))
            }
        }
    }
}

pub struct Zip<A, B> {
    a: A,
    b: B,
}
impl<A: Iterator, B: Iterator> Iterator for Zip<A, B> {
    type Item = (A::Item, B::Item);
    fn next(&mut self) -> Option<(A::Item, B::Item)> {
        match self.a.next() {
            None => None,
            Some(x) => match self.b.next() {
                None => None,
                Some(y) => Some((x, y)),
            },
        }
    }
}

pub struct Chain<A, B> {
    a: A,
    b: B,
    first: bool,
}
impl<A: Iterator, B: Iterator<Item = A::Item>> Iterator for Chain<A, B> {
    type Item = A::Item;
    fn next(&mut self) -> Option<A::Item> {
        if self.first {
            match self.a.next() {
                Some(x) => return Some(x),
                None => self.first = false,
            }
        }
        self.b.next()
    }
    fn __step(&mut self) -> Option<Option<A::Item>> {
        if self.first {
            match self.a.__step() {
                Some(x) => return Some(x),
                None => self.first = false,
            }
        }
        self.b.__step()
    }
}

pub struct Rev<T> {
    list: Box<[Option<T>]>,
    left: usize,
}
impl<T> Iterator for Rev<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        match self.__step() {
            None => None,
            Some(x) => x,
        }
    }
    fn __step(&mut self) -> Option<Option<T>> {
        if self.left == 0 {
            None
        } else {
            self.left = self.left - 1;
            Some(__copy(&self.list[self.left]))
        }
    }
}

pub struct Skip<I> {
    inner: I,
    n: usize,
}
impl<I: Iterator> Iterator for Skip<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        while self.n > 0 {
            self.n = self.n - 1;
            self.inner.next();
        }
        self.inner.next()
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                if self.n > 0 {
                    self.n = self.n - 1;
                    Some(None)
                } else {
                    Some(Some(x))
                }
            }
        }
    }
}

pub struct Take<I> {
    inner: I,
    n: usize,
}
impl<I: Iterator> Iterator for Take<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        if self.n == 0 {
            None
        } else {
            self.n = self.n - 1;
            self.inner.next()
        }
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        if __is_known(self.n) && self.n == 0 {
            return None;
        }
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                if self.n > 0 {
                    self.n = self.n - 1;
                    Some(Some(x))
                } else {
                    Some(None)
                }
            }
        }
    }
}

pub struct StepBy<I> {
    inner: I,
    step: usize,
    wait: usize,
}
impl<I: Iterator> Iterator for StepBy<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        while self.wait > 0 {
            self.wait = self.wait - 1;
            self.inner.next();
        }
        self.wait = self.step - 1;
        self.inner.next()
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                if self.wait > 0 {
                    self.wait = self.wait - 1;
                    Some(None)
                } else {
                    self.wait = self.step - 1;
                    Some(Some(x))
                }
            }
        }
    }
}

pub struct TakeWhile<I, P> {
    inner: I,
    predicate: P,
    going: bool,
}
impl<I: Iterator, P: FnMut(&I::Item) -> bool> Iterator for TakeWhile<I, P> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        if !self.going {
            return None;
        }
        match self.inner.next() {
            None => None,
            Some(x) => {
                self.going = (self.predicate)(&x);
                if self.going { Some(x) } else { None }
            }
        }
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        if __is_known(self.going) && !self.going {
            return None;
        }
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                if self.going {
                    self.going = (self.predicate)(&x);
                }
                Some(if self.going { Some(x) } else { None })
            }
        }
    }
}

pub struct SkipWhile<I, P> {
    inner: I,
    predicate: P,
    skipping: bool,
}
impl<I: Iterator, P: FnMut(&I::Item) -> bool> Iterator for SkipWhile<I, P> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        loop {
            match self.inner.next() {
                None => return None,
                Some(x) => {
                    if self.skipping {
                        self.skipping = (self.predicate)(&x);
                    }
                    if !self.skipping {
                        return Some(x);
                    }
                }
            }
        }
    }
    fn __step(&mut self) -> Option<Option<I::Item>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                if self.skipping {
                    self.skipping = (self.predicate)(&x);
                }
                Some(if self.skipping { None } else { Some(x) })
            }
        }
    }
}

pub struct MapWhile<I, P> {
    inner: I,
    f: P,
    going: bool,
}
impl<B, I: Iterator, P: FnMut(I::Item) -> Option<B>> Iterator for MapWhile<I, P> {
    type Item = B;
    fn next(&mut self) -> Option<B> {
        match self.inner.next() {
            None => None,
            Some(x) => (self.f)(x),
        }
    }
    fn __step(&mut self) -> Option<Option<B>> {
        if __is_known(self.going) && !self.going {
            return None;
        }
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                let mut result = None;
                if self.going {
                    result = (self.f)(x);
                    self.going = result.is_some();
                }
                Some(result)
            }
        }
    }
}

pub struct Scan<I, S, F> {
    inner: I,
    state: S,
    f: F,
    going: bool,
}
impl<B, I: Iterator, S, F: FnMut(&mut S, I::Item) -> Option<B>> Iterator for Scan<I, S, F> {
    type Item = B;
    fn next(&mut self) -> Option<B> {
        match self.inner.next() {
            None => None,
            Some(x) => (self.f)(&mut self.state, x),
        }
    }
    fn __step(&mut self) -> Option<Option<B>> {
        if __is_known(self.going) && !self.going {
            return None;
        }
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => {
                let mut result = None;
                if self.going {
                    result = (self.f)(&mut self.state, x);
                    self.going = result.is_some();
                }
                Some(result)
            }
        }
    }
}

pub struct Flatten<I, U> {
    inner: I,
    current: Option<U>,
}
impl<I: Iterator, U: Iterator> Iterator for Flatten<I, U>
where
    I::Item: IntoIterator<IntoIter = U>,
{
    type Item = U::Item;
    fn next(&mut self) -> Option<U::Item> {
        loop {
            if let Some(current) = &mut self.current {
                match current.next() {
                    Some(x) => return Some(x),
                    None => {}
                }
            }
            match self.inner.next() {
                Some(next) => self.current = Some(next.into_iter()),
                None => return None,
            }
        }
    }
    fn __step(&mut self) -> Option<Option<U::Item>> {
        loop {
            if let Some(current) = &mut self.current {
                match current.__step() {
                    Some(x) => return Some(x),
                    None => {}
                }
            }
            match self.inner.next() {
                Some(next) => self.current = Some(next.into_iter()),
                None => return None,
            }
        }
    }
}

pub struct Cloned<I> {
    inner: I,
}
impl<T, I: Iterator<Item = &T>> Iterator for Cloned<I> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        match self.inner.next() {
            Some(x) => Some(x.clone()),
            None => None,
        }
    }
    fn __step(&mut self) -> Option<Option<T>> {
        match self.inner.__step() {
            None => None,
            Some(None) => Some(None),
            Some(Some(x)) => Some(Some(x.clone())),
        }
    }
}

pub struct Peekable<I: Iterator> {
    inner: I,
    peeked: Option<Option<I::Item>>,
}
impl<I: Iterator> Iterator for Peekable<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        match self.peeked.take() {
            Some(x) => x,
            None => self.inner.next(),
        }
    }
}
impl<I: Iterator> Peekable<I> {
    pub fn peek(&mut self) -> Option<&I::Item> {
        if self.peeked.is_none() {
            self.peeked = Some(self.inner.next());
        }
        match &self.peeked {
            Some(Some(x)) => Some(x),
            _ => None,
        }
    }
}

pub struct OptionIter<T> {
    value: Option<T>,
}
impl<T> Iterator for OptionIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.value.take()
    }
    fn __step(&mut self) -> Option<Option<T>> {
        if __is_known(self.value.is_none()) && self.value.is_none() {
            return None;
        }
        let value = __copy(&self.value);
        self.value = None;
        Some(value)
    }
}
impl<T> IntoIterator for Option<T> {
    type Item = T;
    type IntoIter = OptionIter<T>;
    fn into_iter(self) -> OptionIter<T> {
        OptionIter { value: self }
    }
}
impl<T> IntoIterator for &Option<T> {
    type Item = &T;
    type IntoIter = OptionIter<&T>;
    fn into_iter(self) -> OptionIter<&T> {
        OptionIter { value: self.as_ref() }
    }
}

pub struct Repeat<T> {
    value: T,
}
impl<T> Iterator for Repeat<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        Some(__copy(&self.value))
    }
}
pub struct FromFn<F> {
    function: F,
}
impl<T, F: FnMut() -> Option<T>> Iterator for FromFn<F> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        (self.function)()
    }
}
pub struct Successors<T, F> {
    next: Option<T>,
    function: F,
}
impl<T, F: FnMut(&T) -> Option<T>> Iterator for Successors<T, F> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        match self.next.take() {
            Some(x) => {
                self.next = (self.function)(&x);
                Some(x)
            }
            None => None,
        }
    }
}

// Ranges.

pub trait __Steps {
    fn __one() -> Self;
    fn __from_usize(value: usize) -> Self;
    fn __to_usize(self) -> usize;
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Range<T> {
    pub start: T,
    pub end: T,
}
impl<T: __Steps> Iterator for Range<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let here = self.start;
        if here < self.end {
            self.start = here + T::__one();
            Some(here)
        } else {
            None
        }
    }
}
impl<T: __Steps> DoubleEndedIterator for Range<T> {
    fn next_back(&mut self) -> Option<T> {
        if self.start < self.end {
            self.end = self.end - T::__one();
            Some(self.end)
        } else {
            None
        }
    }
}
impl<T: PartialOrd> Range<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.start <= *value && *value < self.end
    }
    pub fn is_empty(&self) -> bool {
        !(self.start < self.end)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeInclusive<T> {
    start: T,
    end: T,
    done: bool,
}
impl<T: __Steps> Iterator for RangeInclusive<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let here = self.start;
        if self.done || here > self.end {
            None
        } else {
            if here == self.end {
                self.done = true;
            } else {
                self.start = here + T::__one();
            }
            Some(here)
        }
    }
}
impl<T: __Steps> DoubleEndedIterator for RangeInclusive<T> {
    fn next_back(&mut self) -> Option<T> {
        let here = self.end;
        if self.done || self.start > here {
            None
        } else {
            if here == self.start {
                self.done = true;
            } else {
                self.end = here - T::__one();
            }
            Some(here)
        }
    }
}
impl<T: PartialOrd> RangeInclusive<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.start <= *value && *value <= self.end
    }
    pub fn start(&self) -> &T {
        &self.start
    }
    pub fn end(&self) -> &T {
        &self.end
    }
    pub fn is_empty(&self) -> bool {
        self.done || self.start > self.end
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeFrom<T> {
    pub start: T,
}
impl<T: __Steps> Iterator for RangeFrom<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        let here = self.start;
        self.start = here + T::__one();
        Some(here)
    }
}
impl<T: PartialOrd> RangeFrom<T> {
    pub fn contains(&self, value: &T) -> bool {
        self.start <= *value
    }
}
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeTo<T> {
    pub end: T,
}
impl<T: PartialOrd> RangeTo<T> {
    pub fn contains(&self, value: &T) -> bool {
        *value < self.end
    }
}
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeToInclusive<T> {
    pub end: T,
}
impl<T: PartialOrd> RangeToInclusive<T> {
    pub fn contains(&self, value: &T) -> bool {
        *value <= self.end
    }
}
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RangeFull {}
