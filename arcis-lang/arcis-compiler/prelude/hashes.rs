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

