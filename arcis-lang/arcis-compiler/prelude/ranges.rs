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
