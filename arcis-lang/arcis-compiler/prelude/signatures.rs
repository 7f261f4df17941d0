// Ed25519 signatures (RFC 8032).

extern "C" {
    fn __sign(message: &[u8]) -> [u8; 64];
    fn __verify(key: &[u8], message: &[u8], signature: &[u8]) -> bool;
}

pub struct MXESigningKey {}
impl MXESigningKey {
    pub fn sign(message: &[u8]) -> ArcisEd25519Signature {
        ArcisEd25519Signature { bytes: __sign(message) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArcisEd25519Signature {
    bytes: [u8; 64],
}
impl ArcisEd25519Signature {
    pub fn from_bytes(bytes: [u8; 64]) -> ArcisEd25519Signature {
        ArcisEd25519Signature { bytes }
    }
    pub fn to_bytes(self) -> [u8; 64] {
        self.bytes
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyingKey {
    bytes: [u8; 32],
}
impl VerifyingKey {
    pub fn from_bytes(bytes: [u8; 32]) -> VerifyingKey {
        VerifyingKey { bytes }
    }
    pub fn to_bytes(self) -> [u8; 32] {
        self.bytes
    }
    pub fn verify(&self, message: &[u8], signature: &ArcisEd25519Signature) -> bool {
        __verify(&self.bytes, message, &signature.bytes)
    }
}
