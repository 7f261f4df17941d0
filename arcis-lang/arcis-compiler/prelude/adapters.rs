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

