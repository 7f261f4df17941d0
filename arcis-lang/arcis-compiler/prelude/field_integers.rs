impl BaseField25519 {
    /// A negative number is the modulus less its magnitude.
    pub fn from___Int(value: __Int) -> BaseField25519 {
        let magnitude = BaseField25519::__small(value.unsigned_abs().to_le_bytes());
        if __SIGNED && value < 0 { -magnitude } else { magnitude }
    }
    /// The number that it is if it fits. From 2^254 on it stands for a negative one.
    pub fn to___Int_unchecked(self) -> __Int {
        let mut low = [0u8; __BYTES];
        for i in 0..__BYTES {
            low[i] = self.bytes[i];
        }
        let low = __Int::from_le_bytes(low);
        if __SIGNED && self.bytes[31] & 64 != 0 { low + 19 } else { low }
    }
}
impl From<__Int> for BaseField25519 {
    fn from(value: __Int) -> BaseField25519 {
        BaseField25519::from___Int(value)
    }
}
