//! Taking fields off the front of received bytes.

use crate::WireError;
use crate::keys::EncryptionPublicKey;

/// A cursor over bytes whose total length was checked against their contents or is being checked by taking
/// from them.
pub(crate) struct Reader<'a> {
    what: &'static str,
    total: u64,
    rest: &'a [u8],
    taken: u64,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { what, total: bytes.len() as u64, rest: bytes, taken: 0 }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        self.taken += N as u64;
        let (head, rest) = self.rest.split_first_chunk().ok_or(self.wrong_length(self.taken))?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, WireError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, WireError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn version(&mut self) -> Result<(), WireError> {
        match self.u8()? {
            crate::VERSION => Ok(()),
            actual => Err(WireError::UnknownVersion { what: self.what, expected: crate::VERSION, actual }),
        }
    }

    pub(crate) fn member_count(&mut self) -> Result<u8, WireError> {
        let count = self.u8()?;
        crate::base::require_member_count(self.what, count.into())?;
        Ok(count)
    }

    pub(crate) fn point(&mut self, name: &'static str) -> Result<EncryptionPublicKey, WireError> {
        EncryptionPublicKey::parse_as(name, &self.array()?)
    }

    /// Refuses any total length but `expected`.
    pub(crate) fn require_total(&self, expected: u64) -> Result<(), WireError> {
        if self.total == expected { Ok(()) } else { Err(self.wrong_length(expected)) }
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }

    fn wrong_length(&self, expected: u64) -> WireError {
        WireError::WrongLength { what: self.what, expected, actual: self.total }
    }
}
