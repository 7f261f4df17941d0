// The part of the standard library that circuits have: written in their own language, compiled with every module, and only
// as far as it is used. Functions without a body are the compiler's (`evaluate/intrinsics.rs`).

extern "C" {
    fn __reveal<T>(value: T) -> T;
    fn __len<T>(slice: &[T]) -> usize;
    fn __is_known<T>(value: T) -> bool;
    fn __is_public<T>(value: T) -> bool;
    fn __zeroed<T>() -> T;
    fn __copy<T>(place: &T) -> T;
    fn __from_bytes<T, const N: usize>(bytes: [u8; N]) -> T;
    fn __to_bytes<T, const N: usize>(value: T) -> [u8; N];
    fn __random<T>() -> T;
    fn __random_bits<T>(width: usize) -> T;
    fn __count_ones<T>(value: T) -> u32;
    fn __leading_zeros<T>(value: T) -> u32;
    fn __reverse_bits<T>(value: T) -> T;
    fn __overflowing_add<T>(a: T, b: T) -> (T, bool);
    fn __overflowing_sub<T>(a: T, b: T) -> (T, bool);
    fn __overflowing_mul<T>(a: T, b: T) -> (T, bool);
    fn __multiply_wide<T>(a: T, b: T) -> (T, T);
    fn __mxe() -> Mxe;
    fn __owner_of_key(key: ArcisX25519Pubkey) -> Shared;
    fn __reference_elements<T>(slice: &[T]) -> Box<[&T]>;
    fn __element<T>(slice: &[T], index: usize) -> &T;
    fn __range<T>(slice: &[T], start: usize, end: usize) -> &[T];
    fn __array_from_fn<T, const N: usize, F: FnMut(usize) -> T>(function: F) -> [T; N];
    fn __empty_list<T>() -> Box<[T]>;
    fn __push<T>(list: &mut Box<[T]>, value: T);
    fn __tree<T, F: Fn(T, T) -> T>(list: Box<[T]>, function: F) -> Option<T>;
    fn __shuffle<T>(slice: &mut [T]);
    fn __sqrt<T>(x: T) -> T;
    fn __exp<T>(x: T) -> T;
    fn __exp2<T>(x: T) -> T;
    fn __ln<T>(x: T) -> T;
    fn __log2<T>(x: T) -> T;
    fn __sigmoid<T>(x: T) -> T;
    fn __logit<T>(x: T) -> T;
    fn __hash<const N: usize>(kind: usize, message: &[u8]) -> [u8; N];
}

// What the compiler knows by name: traits.

pub trait Clone {
    fn clone(&self) -> Self;
}
pub trait Copy {}
pub trait Debug {}
pub trait Hash {}
pub trait Default {
    fn default() -> Self;
}
pub trait PartialEq<Rhs = Self> {
    fn eq(&self, other: &Rhs) -> bool;
    fn ne(&self, other: &Rhs) -> bool {
        !self.eq(other)
    }
}
pub trait Eq {}
pub trait PartialOrd<Rhs = Self> {
    fn partial_cmp(&self, other: &Rhs) -> Option<Ordering>;
    fn lt(&self, other: &Rhs) -> bool {
        self < other
    }
    fn le(&self, other: &Rhs) -> bool {
        self <= other
    }
    fn gt(&self, other: &Rhs) -> bool {
        self > other
    }
    fn ge(&self, other: &Rhs) -> bool {
        self >= other
    }
}
pub trait Ord {
    fn cmp(&self, other: &Self) -> Ordering;
    fn max(self, other: Self) -> Self {
        if other < self { self } else { other }
    }
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
    fn clamp(self, low: Self, high: Self) -> Self {
        if self < low {
            low
        } else if self > high {
            high
        } else {
            self
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordering {
    Less = -1,
    Equal = 0,
    Greater = 1,
}

impl Ordering {
    pub fn is_lt(self) -> bool {
        matches!(self, Ordering::Less)
    }
    pub fn is_le(self) -> bool {
        !matches!(self, Ordering::Greater)
    }
    pub fn is_gt(self) -> bool {
        matches!(self, Ordering::Greater)
    }
    pub fn is_ge(self) -> bool {
        !matches!(self, Ordering::Less)
    }
    pub fn is_eq(self) -> bool {
        matches!(self, Ordering::Equal)
    }
    pub fn is_ne(self) -> bool {
        !matches!(self, Ordering::Equal)
    }
    pub fn reverse(self) -> Ordering {
        match self {
            Ordering::Less => Ordering::Greater,
            Ordering::Equal => Ordering::Equal,
            Ordering::Greater => Ordering::Less,
        }
    }
    pub fn then(self, other: Ordering) -> Ordering {
        match self {
            Ordering::Equal => other,
            _ => self,
        }
    }
    pub fn then_with<F: FnOnce() -> Ordering>(self, other: F) -> Ordering {
        match self {
            Ordering::Equal => other(),
            _ => self,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reverse<T>(pub T);

impl<T: Ord> PartialOrd for Reverse<T> {
    fn partial_cmp(&self, other: &Reverse<T>) -> Option<Ordering> {
        Some(other.0.cmp(&self.0))
    }
}

pub trait Add<Rhs = Self> {
    type Output;
    fn add(self, other: Rhs) -> Self::Output;
}
pub trait Sub<Rhs = Self> {
    type Output;
    fn sub(self, other: Rhs) -> Self::Output;
}
pub trait Mul<Rhs = Self> {
    type Output;
    fn mul(self, other: Rhs) -> Self::Output;
}
pub trait Div<Rhs = Self> {
    type Output;
    fn div(self, other: Rhs) -> Self::Output;
}
pub trait Rem<Rhs = Self> {
    type Output;
    fn rem(self, other: Rhs) -> Self::Output;
}
pub trait BitAnd<Rhs = Self> {
    type Output;
    fn bitand(self, other: Rhs) -> Self::Output;
}
pub trait BitOr<Rhs = Self> {
    type Output;
    fn bitor(self, other: Rhs) -> Self::Output;
}
pub trait BitXor<Rhs = Self> {
    type Output;
    fn bitxor(self, other: Rhs) -> Self::Output;
}
pub trait Shl<Rhs = Self> {
    type Output;
    fn shl(self, other: Rhs) -> Self::Output;
}
pub trait Shr<Rhs = Self> {
    type Output;
    fn shr(self, other: Rhs) -> Self::Output;
}
pub trait Neg {
    type Output;
    fn neg(self) -> Self::Output;
}
pub trait Not {
    type Output;
    fn not(self) -> Self::Output;
}
pub trait AddAssign<Rhs = Self> {
    fn add_assign(&mut self, other: Rhs);
}
pub trait SubAssign<Rhs = Self> {
    fn sub_assign(&mut self, other: Rhs);
}
pub trait MulAssign<Rhs = Self> {
    fn mul_assign(&mut self, other: Rhs);
}
pub trait DivAssign<Rhs = Self> {
    fn div_assign(&mut self, other: Rhs);
}
pub trait RemAssign<Rhs = Self> {
    fn rem_assign(&mut self, other: Rhs);
}
pub trait BitAndAssign<Rhs = Self> {
    fn bitand_assign(&mut self, other: Rhs);
}
pub trait BitOrAssign<Rhs = Self> {
    fn bitor_assign(&mut self, other: Rhs);
}
pub trait BitXorAssign<Rhs = Self> {
    fn bitxor_assign(&mut self, other: Rhs);
}
pub trait ShlAssign<Rhs = Self> {
    fn shl_assign(&mut self, other: Rhs);
}
pub trait ShrAssign<Rhs = Self> {
    fn shr_assign(&mut self, other: Rhs);
}
pub trait Index<I> {
    type Output;
    fn index(&self, index: I) -> &Self::Output;
}
pub trait IndexMut<I>: Index<I> {
    fn index_mut(&mut self, index: I) -> &mut Self::Output;
}
pub trait From<T> {
    fn from(value: T) -> Self;
}
pub trait Into<T> {
    fn into(self) -> T;
}
impl<T, U: From<T>> Into<U> for T {
    fn into(self) -> U {
        U::from(self)
    }
}
impl<T> From<T> for T {
    fn from(value: T) -> T {
        value
    }
}
pub trait TryFrom<T> {
    type Error;
    fn try_from(value: T) -> Result<Self, Self::Error>;
}
pub trait TryInto<T> {
    type Error;
    fn try_into(self) -> Result<T, Self::Error>;
}
/// A number that does not fit into another type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TryFromIntError {}
pub trait AsRef<T> {
    fn as_ref(&self) -> &T;
}

