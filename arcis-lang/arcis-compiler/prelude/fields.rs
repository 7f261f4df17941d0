// Integers modulo 2^255 - 19.

extern "C" {
    fn __field25519(kind: usize, a: __Word<{ 256 }>, b: __Word<{ 256 }>) -> __Word<{ 256 }>;
}

/// The bytes of a number below the modulus, the lowest first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Hash)]
pub struct BaseField25519 {
    bytes: [u8; 32],
}

impl BaseField25519 {
    fn __apply(self, kind: usize, other: BaseField25519) -> BaseField25519 {
        let word = __field25519(kind, __from_bytes(self.bytes), __from_bytes(other.bytes));
        BaseField25519 { bytes: __to_bytes(word) }
    }
    fn __small<const N: usize>(low: [u8; N]) -> BaseField25519 {
        let mut bytes = [0u8; 32];
        for i in 0..N {
            bytes[i] = low[i];
        }
        BaseField25519 { bytes }
    }
    pub fn from_bool(value: bool) -> BaseField25519 {
        BaseField25519::__small([value as u8])
    }
    pub fn to_bool_unchecked(self) -> bool {
        self.bytes[0] & 1 == 1
    }
    /// Modulo 2^255 - 19; the highest bit does not count.
    pub fn from_le_bytes(bytes: [u8; 32]) -> BaseField25519 {
        let mut low = bytes;
        low[31] = low[31] & 127;
        // Less than twice the modulus, which is what an addition takes away.
        BaseField25519 { bytes: low } + BaseField25519 { bytes: [0u8; 32] }
    }
    pub fn to_le_bytes(self) -> [u8; 32] {
        self.bytes
    }
    pub fn power_of_two(exponent: usize) -> BaseField25519 {
        let mut bytes = [0u8; 32];
        for i in 0..255 {
            bytes[i / 8] = bytes[i / 8] | ((exponent == i) as u8) << (i % 8);
        }
        BaseField25519 { bytes }
    }
    /// Of zero it is zero.
    pub fn safe_inverse(self) -> BaseField25519 {
        self.__apply(3, self)
    }
    pub fn field_division(self, other: BaseField25519) -> BaseField25519 {
        self * other.safe_inverse()
    }
}
impl Add for BaseField25519 {
    type Output = BaseField25519;
    fn add(self, other: BaseField25519) -> BaseField25519 {
        self.__apply(0, other)
    }
}
impl Sub for BaseField25519 {
    type Output = BaseField25519;
    fn sub(self, other: BaseField25519) -> BaseField25519 {
        self.__apply(1, other)
    }
}
impl Mul for BaseField25519 {
    type Output = BaseField25519;
    fn mul(self, other: BaseField25519) -> BaseField25519 {
        self.__apply(2, other)
    }
}
impl Neg for BaseField25519 {
    type Output = BaseField25519;
    fn neg(self) -> BaseField25519 {
        BaseField25519 { bytes: [0u8; 32] } - self
    }
}
impl AddAssign for BaseField25519 {
    fn add_assign(&mut self, other: BaseField25519) {
        *self = *self + other;
    }
}
impl SubAssign for BaseField25519 {
    fn sub_assign(&mut self, other: BaseField25519) {
        *self = *self - other;
    }
}
impl MulAssign for BaseField25519 {
    fn mul_assign(&mut self, other: BaseField25519) {
        *self = *self * other;
    }
}
impl From<bool> for BaseField25519 {
    fn from(value: bool) -> BaseField25519 {
        BaseField25519::from_bool(value)
    }
}
impl PartialOrd for BaseField25519 {
    fn partial_cmp(&self, other: &BaseField25519) -> Option<Ordering> {
        let a = SolanaPublicKey { word: __from_bytes(self.bytes) };
        let b = SolanaPublicKey { word: __from_bytes(other.bytes) };
        Some(if a < b {
            Ordering::Less
        } else if a == b {
            Ordering::Equal
        } else {
            Ordering::Greater
        })
    }
}
impl Sum for BaseField25519 {
    fn sum<I: Iterator<Item = BaseField25519>>(iterator: I) -> BaseField25519 {
        iterator.__tree(|a: BaseField25519, b: BaseField25519| a + b, BaseField25519 { bytes: [0u8; 32] })
    }
}
