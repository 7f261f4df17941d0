// Once for each integer type: `__Int`, its unsigned and signed form, its signedness and its widths are put in.

impl __Int {
    pub const BITS: u32 = __WIDTH;
    pub const MIN: __Int = __LEAST;
    pub const MAX: __Int = __MOST;

    pub fn wrapping_add(self, other: __Int) -> __Int {
        self + other
    }
    pub fn wrapping_sub(self, other: __Int) -> __Int {
        self - other
    }
    pub fn wrapping_mul(self, other: __Int) -> __Int {
        self * other
    }
    pub fn wrapping_div(self, other: __Int) -> __Int {
        self / other
    }
    pub fn wrapping_rem(self, other: __Int) -> __Int {
        self % other
    }
    pub fn wrapping_neg(self) -> __Int {
        0 - self
    }
    pub fn wrapping_shl(self, amount: u32) -> __Int {
        self << amount
    }
    pub fn wrapping_shr(self, amount: u32) -> __Int {
        self >> amount
    }
    pub fn wrapping_pow(self, exponent: u32) -> __Int {
        self.pow(exponent)
    }
    pub fn overflowing_add(self, other: __Int) -> (__Int, bool) {
        __overflowing_add(self, other)
    }
    pub fn overflowing_sub(self, other: __Int) -> (__Int, bool) {
        __overflowing_sub(self, other)
    }
    pub fn overflowing_mul(self, other: __Int) -> (__Int, bool) {
        __overflowing_mul(self, other)
    }
    pub fn overflowing_neg(self) -> (__Int, bool) {
        (0 - self, if __SIGNED { self == __LEAST } else { self != 0 })
    }
    pub fn checked_add(self, other: __Int) -> Option<__Int> {
        let (value, overflow) = __overflowing_add(self, other);
        if overflow { None } else { Some(value) }
    }
    pub fn checked_sub(self, other: __Int) -> Option<__Int> {
        let (value, overflow) = __overflowing_sub(self, other);
        if overflow { None } else { Some(value) }
    }
    pub fn checked_mul(self, other: __Int) -> Option<__Int> {
        let (value, overflow) = __overflowing_mul(self, other);
        if overflow { None } else { Some(value) }
    }
    pub fn checked_div(self, other: __Int) -> Option<__Int> {
        if other == 0 || __SIGNED && self == __LEAST && other == !0 { None } else { Some(self / other) }
    }
    pub fn checked_rem(self, other: __Int) -> Option<__Int> {
        if other == 0 || __SIGNED && self == __LEAST && other == !0 { None } else { Some(self % other) }
    }
    pub fn checked_neg(self) -> Option<__Int> {
        let (value, overflow) = self.overflowing_neg();
        if overflow { None } else { Some(value) }
    }
    pub fn checked_shl(self, amount: u32) -> Option<__Int> {
        if amount < __WIDTH { Some(self << amount) } else { None }
    }
    pub fn checked_shr(self, amount: u32) -> Option<__Int> {
        if amount < __WIDTH { Some(self >> amount) } else { None }
    }
    pub fn checked_pow(self, exponent: u32) -> Option<__Int> {
        let mut result: __Int = 1;
        let mut overflow = false;
        for _ in 0..exponent {
            let (next, over) = __overflowing_mul(result, self);
            result = next;
            overflow = overflow | over;
        }
        if overflow { None } else { Some(result) }
    }
    pub fn saturating_add(self, other: __Int) -> __Int {
        let (value, overflow) = __overflowing_add(self, other);
        let limit = if __SIGNED && self < 0 { __LEAST } else { __MOST };
        if overflow { limit } else { value }
    }
    pub fn saturating_sub(self, other: __Int) -> __Int {
        let (value, overflow) = __overflowing_sub(self, other);
        let limit = if __SIGNED && self >= 0 { __MOST } else { __LEAST };
        if overflow { limit } else { value }
    }
    pub fn saturating_mul(self, other: __Int) -> __Int {
        let (value, overflow) = __overflowing_mul(self, other);
        let limit = if __SIGNED && (self < 0) != (other < 0) { __LEAST } else { __MOST };
        if overflow { limit } else { value }
    }
    pub fn pow(self, exponent: u32) -> __Int {
        let mut result: __Int = 1;
        if __is_known(exponent) {
            let mut base = self;
            let mut left = exponent;
            while left > 0 {
                if left & 1 == 1 {
                    result = result * base;
                }
                left = left >> 1;
                if left > 0 {
                    base = base * base;
                }
            }
        } else {
            let mut base = self;
            for bit in 0..32u32 {
                if exponent >> bit & 1 == 1 {
                    result = result * base;
                }
                base = base * base;
            }
        }
        result
    }
    pub fn is_positive(self) -> bool {
        self > 0
    }
    pub fn is_negative(self) -> bool {
        self < 0
    }
    pub fn signum(self) -> __Int {
        if self > 0 {
            1
        } else if self < 0 {
            !0
        } else {
            0
        }
    }
    pub fn abs(self) -> __Int {
        if __SIGNED && self < 0 { 0 - self } else { self }
    }
    pub fn wrapping_abs(self) -> __Int {
        self.abs()
    }
    pub fn unsigned_abs(self) -> __Unsigned {
        self.abs() as __Unsigned
    }
    pub fn abs_diff(self, other: __Int) -> __Unsigned {
        if self < other { (other - self) as __Unsigned } else { (self - other) as __Unsigned }
    }
    pub fn div_ceil(self, other: __Int) -> __Int {
        let quotient = self / other;
        let remainder = self % other;
        if remainder != 0 && (!__SIGNED || (remainder > 0) == (other > 0)) && other != 0 {
            quotient + 1
        } else {
            quotient
        }
    }
    pub fn div_euclid(self, other: __Int) -> __Int {
        let quotient = self / other;
        if __SIGNED && self % other < 0 && other != 0 {
            if other > 0 { quotient - 1 } else { quotient + 1 }
        } else {
            quotient
        }
    }
    pub fn rem_euclid(self, other: __Int) -> __Int {
        let remainder = self % other;
        if __SIGNED && remainder < 0 && other != 0 {
            if other < 0 { remainder - other } else { remainder + other }
        } else {
            remainder
        }
    }
    pub fn next_multiple_of(self, other: __Int) -> __Int {
        let remainder = self % other;
        if remainder == 0 { self } else { self + (other - remainder) }
    }
    pub fn is_power_of_two(self) -> bool {
        self != 0 && self & (self - 1) == 0
    }
    pub fn next_power_of_two(self) -> __Int {
        // All bits below the highest one of the number before it, and one more.
        let mut bits = self - 1;
        let mut step = 1u32;
        while step < __WIDTH {
            bits = bits | bits >> step;
            step = step * 2;
        }
        if self == 0 { 1 } else { bits + 1 }
    }
    pub fn count_ones(self) -> u32 {
        __count_ones(self)
    }
    pub fn count_zeros(self) -> u32 {
        __count_ones(!self)
    }
    pub fn leading_zeros(self) -> u32 {
        __leading_zeros(self)
    }
    pub fn trailing_zeros(self) -> u32 {
        __leading_zeros(__reverse_bits(self))
    }
    pub fn leading_ones(self) -> u32 {
        __leading_zeros(!self)
    }
    pub fn trailing_ones(self) -> u32 {
        __leading_zeros(__reverse_bits(!self))
    }
    pub fn ilog2(self) -> u32 {
        __WIDTH - 1 - __leading_zeros(self)
    }
    pub fn reverse_bits(self) -> __Int {
        __reverse_bits(self)
    }
    pub fn rotate_left(self, amount: u32) -> __Int {
        let word = self as __Unsigned;
        let amount = amount % __WIDTH;
        if amount == 0 { self } else { (word << amount | word >> (__WIDTH - amount)) as __Int }
    }
    pub fn rotate_right(self, amount: u32) -> __Int {
        let word = self as __Unsigned;
        let amount = amount % __WIDTH;
        if amount == 0 { self } else { (word >> amount | word << (__WIDTH - amount)) as __Int }
    }
    pub fn swap_bytes(self) -> __Int {
        let mut bytes: [u8; __BYTES] = __to_bytes(self);
        bytes.reverse();
        __from_bytes(bytes)
    }
    pub fn to_le(self) -> __Int {
        self
    }
    pub fn to_be(self) -> __Int {
        self.swap_bytes()
    }
    pub fn to_le_bytes(self) -> [u8; __BYTES] {
        __to_bytes(self)
    }
    pub fn to_ne_bytes(self) -> [u8; __BYTES] {
        __to_bytes(self)
    }
    pub fn to_be_bytes(self) -> [u8; __BYTES] {
        let mut bytes: [u8; __BYTES] = __to_bytes(self);
        bytes.reverse();
        bytes
    }
    pub fn from_le_bytes(bytes: [u8; __BYTES]) -> __Int {
        __from_bytes(bytes)
    }
    pub fn from_ne_bytes(bytes: [u8; __BYTES]) -> __Int {
        __from_bytes(bytes)
    }
    pub fn from_be_bytes(bytes: [u8; __BYTES]) -> __Int {
        let mut bytes = bytes;
        bytes.reverse();
        __from_bytes(bytes)
    }
    pub fn min_value() -> __Int {
        __LEAST
    }
    pub fn max_value() -> __Int {
        __MOST
    }
    pub fn isqrt(self) -> __Int {
        let mut left = self as __Unsigned;
        let mut root: __Unsigned = 0;
        for step in 0..__WIDTH / 2 {
            let bit = (1 as __Unsigned) << (__WIDTH - 2 - 2 * step);
            let trial = root + bit;
            root = root >> 1;
            if left >= trial {
                left = left - trial;
                root = root + bit;
            }
        }
        root as __Int
    }
}

impl From<bool> for __Int {
    fn from(value: bool) -> __Int {
        value as __Int
    }
}
impl __Steps for __Int {
    fn __one() -> __Int {
        1
    }
    fn __from_usize(value: usize) -> __Int {
        value as __Int
    }
    fn __to_usize(self) -> usize {
        self as usize
    }
}
impl Sum<__Int> for __Int {
    fn sum<I: Iterator<Item = __Int>>(iterator: I) -> __Int {
        iterator.__tree(|a: __Int, b: __Int| a + b, 0)
    }
}
impl Sum<&__Int> for __Int {
    fn sum<I: Iterator<Item = &__Int>>(iterator: I) -> __Int {
        iterator.map(|x| *x).__tree(|a: __Int, b: __Int| a + b, 0)
    }
}
impl Product<__Int> for __Int {
    fn product<I: Iterator<Item = __Int>>(iterator: I) -> __Int {
        iterator.__tree(|a: __Int, b: __Int| a * b, 1)
    }
}
impl Product<&__Int> for __Int {
    fn product<I: Iterator<Item = &__Int>>(iterator: I) -> __Int {
        iterator.map(|x| *x).__tree(|a: __Int, b: __Int| a * b, 1)
    }
}

impl __Uniform for __Int {
    fn __uniform() -> __Int {
        __random()
    }
}
impl Add for __Int {
    type Output = __Int;
    fn add(self, other: __Int) -> __Int {
        self + other
    }
}
impl Add<&__Int> for __Int {
    type Output = __Int;
    fn add(self, other: &__Int) -> __Int {
        self + *other
    }
}
impl AddAssign for __Int {
    fn add_assign(&mut self, other: __Int) {
        *self = *self + other;
    }
}
impl Sub for __Int {
    type Output = __Int;
    fn sub(self, other: __Int) -> __Int {
        self - other
    }
}
impl Sub<&__Int> for __Int {
    type Output = __Int;
    fn sub(self, other: &__Int) -> __Int {
        self - *other
    }
}
impl SubAssign for __Int {
    fn sub_assign(&mut self, other: __Int) {
        *self = *self - other;
    }
}
impl Mul for __Int {
    type Output = __Int;
    fn mul(self, other: __Int) -> __Int {
        self * other
    }
}
impl Mul<&__Int> for __Int {
    type Output = __Int;
    fn mul(self, other: &__Int) -> __Int {
        self * *other
    }
}
impl MulAssign for __Int {
    fn mul_assign(&mut self, other: __Int) {
        *self = *self * other;
    }
}
impl Div for __Int {
    type Output = __Int;
    fn div(self, other: __Int) -> __Int {
        self / other
    }
}
impl Div<&__Int> for __Int {
    type Output = __Int;
    fn div(self, other: &__Int) -> __Int {
        self / *other
    }
}
impl DivAssign for __Int {
    fn div_assign(&mut self, other: __Int) {
        *self = *self / other;
    }
}
impl Rem for __Int {
    type Output = __Int;
    fn rem(self, other: __Int) -> __Int {
        self % other
    }
}
impl Rem<&__Int> for __Int {
    type Output = __Int;
    fn rem(self, other: &__Int) -> __Int {
        self % *other
    }
}
impl RemAssign for __Int {
    fn rem_assign(&mut self, other: __Int) {
        *self = *self % other;
    }
}
impl BitAnd for __Int {
    type Output = __Int;
    fn bitand(self, other: __Int) -> __Int {
        self & other
    }
}
impl BitAnd<&__Int> for __Int {
    type Output = __Int;
    fn bitand(self, other: &__Int) -> __Int {
        self & *other
    }
}
impl BitAndAssign for __Int {
    fn bitand_assign(&mut self, other: __Int) {
        *self = *self & other;
    }
}
impl BitOr for __Int {
    type Output = __Int;
    fn bitor(self, other: __Int) -> __Int {
        self | other
    }
}
impl BitOr<&__Int> for __Int {
    type Output = __Int;
    fn bitor(self, other: &__Int) -> __Int {
        self | *other
    }
}
impl BitOrAssign for __Int {
    fn bitor_assign(&mut self, other: __Int) {
        *self = *self | other;
    }
}
impl BitXor for __Int {
    type Output = __Int;
    fn bitxor(self, other: __Int) -> __Int {
        self ^ other
    }
}
impl BitXor<&__Int> for __Int {
    type Output = __Int;
    fn bitxor(self, other: &__Int) -> __Int {
        self ^ *other
    }
}
impl BitXorAssign for __Int {
    fn bitxor_assign(&mut self, other: __Int) {
        *self = *self ^ other;
    }
}
impl Not for __Int {
    type Output = __Int;
    fn not(self) -> __Int {
        !self
    }
}
impl Shl<u32> for __Int {
    type Output = __Int;
    fn shl(self, amount: u32) -> __Int {
        self << amount
    }
}
impl Shr<u32> for __Int {
    type Output = __Int;
    fn shr(self, amount: u32) -> __Int {
        self >> amount
    }
}
