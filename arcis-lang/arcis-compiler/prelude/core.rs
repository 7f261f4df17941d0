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
pub trait AsRef<T> {
    fn as_ref(&self) -> &T;
}

// Option and Result.

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Option<T> {
    #[default]
    None,
    Some(T),
}

use Option::*;
use Result::*;

impl<T> Option<T> {
    pub fn is_some(&self) -> bool {
        matches!(self, Some(_))
    }
    pub fn is_none(&self) -> bool {
        matches!(self, None)
    }
    pub fn is_some_and<F: FnOnce(T) -> bool>(self, f: F) -> bool {
        match self {
            Some(x) => f(x),
            None => false,
        }
    }
    pub fn is_none_or<F: FnOnce(T) -> bool>(self, f: F) -> bool {
        match self {
            Some(x) => f(x),
            None => true,
        }
    }
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Some(x) => Some(x),
            None => None,
        }
    }
    pub fn as_mut(&mut self) -> Option<&mut T> {
        match self {
            Some(x) => Some(x),
            None => None,
        }
    }
    pub fn unwrap_or(self, default: T) -> T {
        match self {
            Some(x) => x,
            None => default,
        }
    }
    pub fn unwrap_or_else<F: FnOnce() -> T>(self, f: F) -> T {
        match self {
            Some(x) => x,
            None => f(),
        }
    }
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        match self {
            Some(x) => x,
            None => T::default(),
        }
    }
    pub fn unwrap(self) -> T {
        match self {
            Some(x) => x,
            None => panic!("this `Option` may be `None`, and a circuit cannot stop half-way: use `unwrap_or`"),
        }
    }
    pub fn expect(self, message: &str) -> T {
        match self {
            Some(x) => x,
            None => panic!("this `Option` may be `None`, and a circuit cannot stop half-way: use `unwrap_or`"),
        }
    }
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Option<U> {
        match self {
            Some(x) => Some(f(x)),
            None => None,
        }
    }
    pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Option<T> {
        if let Some(x) = &self {
            f(x);
        }
        self
    }
    pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U {
        match self {
            Some(x) => f(x),
            None => default,
        }
    }
    pub fn map_or_else<U, D: FnOnce() -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U {
        match self {
            Some(x) => f(x),
            None => default(),
        }
    }
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        match self {
            Some(x) => Ok(x),
            None => Err(error),
        }
    }
    pub fn ok_or_else<E, F: FnOnce() -> E>(self, error: F) -> Result<T, E> {
        match self {
            Some(x) => Ok(x),
            None => Err(error()),
        }
    }
    pub fn and<U>(self, other: Option<U>) -> Option<U> {
        match self {
            Some(_) => other,
            None => None,
        }
    }
    pub fn and_then<U, F: FnOnce(T) -> Option<U>>(self, f: F) -> Option<U> {
        match self {
            Some(x) => f(x),
            None => None,
        }
    }
    pub fn filter<P: FnOnce(&T) -> bool>(self, predicate: P) -> Option<T> {
        match self {
            Some(x) => {
                if predicate(&x) {
                    Some(x)
                } else {
                    None
                }
            }
            None => None,
        }
    }
    pub fn or(self, other: Option<T>) -> Option<T> {
        match self {
            Some(x) => Some(x),
            None => other,
        }
    }
    pub fn or_else<F: FnOnce() -> Option<T>>(self, f: F) -> Option<T> {
        match self {
            Some(x) => Some(x),
            None => f(),
        }
    }
    pub fn xor(self, other: Option<T>) -> Option<T> {
        match (self, other) {
            (Some(a), None) => Some(a),
            (None, Some(b)) => Some(b),
            _ => None,
        }
    }
    pub fn insert(&mut self, value: T) -> &mut T {
        *self = Some(value);
        match self {
            Some(x) => x,
            None => panic!("an option that was just filled is empty"),
        }
    }
    pub fn get_or_insert(&mut self, value: T) -> &mut T {
        let old = __copy(self);
        *self = Some(old.unwrap_or(value));
        match self {
            Some(x) => x,
            None => panic!("an option that was just filled is empty"),
        }
    }
    pub fn get_or_insert_with<F: FnOnce() -> T>(&mut self, f: F) -> &mut T {
        let old = __copy(self);
        *self = Some(old.unwrap_or_else(f));
        match self {
            Some(x) => x,
            None => panic!("an option that was just filled is empty"),
        }
    }
    pub fn take(&mut self) -> Option<T> {
        let old = __copy(self);
        *self = None;
        old
    }
    pub fn take_if<P: FnOnce(&mut T) -> bool>(&mut self, predicate: P) -> Option<T> {
        if self.as_mut().map_or(false, predicate) { self.take() } else { None }
    }
    pub fn replace(&mut self, value: T) -> Option<T> {
        let old = __copy(self);
        *self = Some(value);
        old
    }
    pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)> {
        match (self, other) {
            (Some(a), Some(b)) => Some((a, b)),
            _ => None,
        }
    }
    pub fn iter(&self) -> OptionIter<&T> {
        OptionIter { value: self.as_ref() }
    }
}

impl<T, U> Option<(T, U)> {
    pub fn unzip(self) -> (Option<T>, Option<U>) {
        match self {
            Some((a, b)) => (Some(a), Some(b)),
            None => (None, None),
        }
    }
}
impl<T> Option<&T> {
    pub fn copied(self) -> Option<T> {
        match self {
            Some(x) => Some(*x),
            None => None,
        }
    }
    pub fn cloned(self) -> Option<T> {
        match self {
            Some(x) => Some(x.clone()),
            None => None,
        }
    }
}
impl<T> Option<&mut T> {
    pub fn copied(self) -> Option<T> {
        match self {
            Some(x) => Some(*x),
            None => None,
        }
    }
    pub fn cloned(self) -> Option<T> {
        match self {
            Some(x) => Some(x.clone()),
            None => None,
        }
    }
}
impl<T> Option<Option<T>> {
    pub fn flatten(self) -> Option<T> {
        match self {
            Some(x) => x,
            None => None,
        }
    }
}
impl<T> From<T> for Option<T> {
    fn from(value: T) -> Option<T> {
        Some(value)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Result<T, E> {
    Ok(T),
    Err(E),
}

impl<T, E> Result<T, E> {
    pub fn is_ok(&self) -> bool {
        matches!(self, Ok(_))
    }
    pub fn is_err(&self) -> bool {
        matches!(self, Err(_))
    }
    pub fn ok(self) -> Option<T> {
        match self {
            Ok(x) => Some(x),
            Err(_) => None,
        }
    }
    pub fn err(self) -> Option<E> {
        match self {
            Ok(_) => None,
            Err(e) => Some(e),
        }
    }
    pub fn as_ref(&self) -> Result<&T, &E> {
        match self {
            Ok(x) => Ok(x),
            Err(e) => Err(e),
        }
    }
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Result<U, E> {
        match self {
            Ok(x) => Ok(f(x)),
            Err(e) => Err(e),
        }
    }
    pub fn map_err<O, F: FnOnce(E) -> O>(self, f: F) -> Result<T, O> {
        match self {
            Ok(x) => Ok(x),
            Err(e) => Err(f(e)),
        }
    }
    pub fn and_then<U, F: FnOnce(T) -> Result<U, E>>(self, f: F) -> Result<U, E> {
        match self {
            Ok(x) => f(x),
            Err(e) => Err(e),
        }
    }
    pub fn unwrap_or(self, default: T) -> T {
        match self {
            Ok(x) => x,
            Err(_) => default,
        }
    }
    pub fn unwrap_or_else<F: FnOnce(E) -> T>(self, f: F) -> T {
        match self {
            Ok(x) => x,
            Err(e) => f(e),
        }
    }
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        match self {
            Ok(x) => x,
            Err(_) => T::default(),
        }
    }
}

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

pub struct PhantomData<T> {
    unused: [T; 0],
}

// Data with an owner.

pub struct Shared {
    key: (),
}
pub struct Mxe {
    key: (),
}
pub trait Owner {}
impl Owner for Shared {}
impl Owner for Mxe {}

pub struct Enc<O, T> {
    pub owner: O,
    data: T,
}

impl<O, T> Enc<O, T> {
    pub fn to_arcis(&self) -> T {
        __copy(&self.data)
    }
}

impl Shared {
    pub fn new(key: ArcisX25519Pubkey) -> Shared {
        __owner_of_key(key)
    }
    pub fn from_arcis<T>(self, value: T) -> Enc<Shared, T> {
        Enc { owner: self, data: value }
    }
}
impl Mxe {
    pub fn get() -> Mxe {
        __mxe()
    }
    pub fn from_arcis<T>(self, value: T) -> Enc<Mxe, T> {
        Enc { owner: self, data: value }
    }
}

pub struct EncData<T> {
    data: T,
}
impl<T> EncData<T> {
    pub fn to_arcis_with_pubkey_and_nonce(&self, key: ArcisX25519Pubkey, nonce: u128) -> T {
        __copy(&self.data)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArcisX25519Pubkey {
    key: (),
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash, PartialOrd, Ord)]
pub struct SolanaPublicKey {
    word: __Word<{ 256 }>,
}

impl SolanaPublicKey {
    pub fn from_bytes(bytes: [u8; 32]) -> SolanaPublicKey {
        SolanaPublicKey { word: __from_bytes(bytes) }
    }
    pub fn to_bytes(self) -> [u8; 32] {
        __to_bytes(self.word)
    }
    pub fn from_serialized(serialized: SerializedSolanaPublicKey) -> SolanaPublicKey {
        SolanaPublicKey::from(serialized)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash)]
pub struct SerializedSolanaPublicKey {
    pub lo: u128,
    pub hi: u128,
}
impl From<SolanaPublicKey> for SerializedSolanaPublicKey {
    fn from(key: SolanaPublicKey) -> SerializedSolanaPublicKey {
        let bytes: [u8; 32] = key.to_bytes();
        let mut lo = [0u8; 16];
        let mut hi = [0u8; 16];
        for i in 0..16 {
            lo[i] = bytes[i];
            hi[i] = bytes[16 + i];
        }
        SerializedSolanaPublicKey { lo: u128::from_le_bytes(lo), hi: u128::from_le_bytes(hi) }
    }
}
impl From<SerializedSolanaPublicKey> for SolanaPublicKey {
    fn from(key: SerializedSolanaPublicKey) -> SolanaPublicKey {
        let lo = key.lo.to_le_bytes();
        let hi = key.hi.to_le_bytes();
        let mut bytes = [0u8; 32];
        for i in 0..16 {
            bytes[i] = lo[i];
            bytes[16 + i] = hi[i];
        }
        SolanaPublicKey::from_bytes(bytes)
    }
}

pub struct Pack<T> {
    value: T,
}
impl<T> Pack<T> {
    pub fn new(value: T) -> Pack<T> {
        Pack { value }
    }
    pub fn unpack(&self) -> T {
        __copy(&self.value)
    }
}

impl<T> T {
    pub fn reveal(self) -> T {
        __reveal(self)
    }
}

// Hash functions.

pub struct SHA256 {}
pub struct SHA512 {}
pub struct SHA3_256 {}
pub struct SHA3_512 {}
pub struct Keccak256 {}
pub struct TurboShake128 {}

impl SHA256 {
    pub fn new() -> SHA256 {
        SHA256 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        __hash(0, message)
    }
}
impl SHA512 {
    pub fn new() -> SHA512 {
        SHA512 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 64] {
        __hash(1, message)
    }
}
impl SHA3_256 {
    pub fn new() -> SHA3_256 {
        SHA3_256 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        __hash(2, message)
    }
}
impl SHA3_512 {
    pub fn new() -> SHA3_512 {
        SHA3_512 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 64] {
        __hash(3, message)
    }
}
impl Keccak256 {
    pub fn new() -> Keccak256 {
        Keccak256 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        __hash(4, message)
    }
}
impl TurboShake128 {
    pub fn new() -> TurboShake128 {
        TurboShake128 {}
    }
    pub fn digest(&self, message: &[u8]) -> [u8; 32] {
        __hash(5, message)
    }
}

// Randomness.

pub struct ArcisRNG {}
pub trait __Uniform {
    fn __uniform() -> Self;
}
impl __Uniform for bool {
    fn __uniform() -> bool {
        __random()
    }
}
impl<T: __Uniform, const N: usize> __Uniform for [T; N] {
    fn __uniform() -> [T; N] {
        __array_from_fn(|i: usize| T::__uniform())
    }
}
impl<A: __Uniform, B: __Uniform> __Uniform for (A, B) {
    fn __uniform() -> (A, B) {
        (A::__uniform(), B::__uniform())
    }
}
impl ArcisRNG {
    pub fn bool() -> bool {
        __random()
    }
    pub fn gen_uniform<T: __Uniform>() -> T {
        T::__uniform()
    }
    pub fn gen_integer_from_width(width: usize) -> u128 {
        __random_bits(width)
    }
    pub fn gen_public_integer_from_width(width: usize) -> u128 {
        let drawn: u128 = __random_bits(width);
        drawn.reveal()
    }
    /// From `min` to `max`, both included: of `attempts` draws, each of which fits with a chance of more than one half, the
    /// last that does; and whether one did.
    pub fn gen_integer_in_range(min: u128, max: u128, attempts: usize) -> (u128, bool) {
        let span = max - min;
        if !__is_known(span) {
            panic!("the bounds have to be known when compiling");
        }
        let bits = (128 - span.leading_zeros()) as usize;
        let mut chosen = (min, false);
        for _ in 0..attempts {
            let offset: u128 = __random_bits(bits);
            if offset <= span {
                chosen = (min + offset, true);
            }
        }
        chosen
    }
    pub fn shuffle<T>(slice: &mut [T]) {
        __shuffle(slice)
    }
}
