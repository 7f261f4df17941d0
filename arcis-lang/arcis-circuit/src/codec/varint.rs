//! Numbers, strings and lists, read with bounds.

use thiserror::Error;

/// Bytes that are no artifact.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// They end early.
    #[error("the bytes end at {at}, in the middle of something")]
    UnexpectedEnd {
        /// Where the end was met.
        at: usize,
    },
    /// They go on after the end.
    #[error("{count} bytes follow the end")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// They do not begin as an artifact does.
    #[error("these are not the bytes of an artifact: they do not begin with \"arxc\"")]
    Magic,
    /// A version this code does not know.
    #[error(
        "artifact version {version} is not known here (this is for version {supported}); use the tool's newer release"
    )]
    Version {
        /// The version found.
        version: u8,
        /// The version known.
        supported: u8,
    },
    /// More bytes than an artifact may have.
    #[error(
        "{len} bytes are more than an artifact may have ({limit}); split the computation into several instructions"
    )]
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A number out of its range.
    #[error("at byte {at}: {what} is out of range")]
    OutOfRange {
        /// Where.
        at: usize,
        /// What.
        what: &'static str,
    },
    /// A code without meaning.
    #[error("at byte {at}: {code} is no {what}")]
    UnknownCode {
        /// Where.
        at: usize,
        /// The code found.
        code: u8,
        /// What it should be.
        what: &'static str,
    },
    /// Not UTF-8.
    #[error("at byte {at}: a name that is not UTF-8")]
    Utf8 {
        /// Where.
        at: usize,
    },
    /// A type nested too deeply.
    #[error("at byte {at}: a type nested too deeply")]
    TypeTooDeep {
        /// Where.
        at: usize,
    },
    /// What they say has another, the proper, encoding.
    #[error("the bytes are not the canonical encoding of what they say")]
    NotCanonical,
}

pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    write_varint(out, text.len() as u64);
    out.extend(text.as_bytes());
}

/// Reads from bytes of unknown origin.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn finish(self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            count => Err(DecodeError::TrailingBytes { count }),
        }
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(len).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(DecodeError::UnexpectedEnd { at: self.bytes.len() })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn varint(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let at = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::OutOfRange { at, what })
    }

    pub(crate) fn varint_u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        let at = self.at;
        self.varint(what)?.try_into().map_err(|_| DecodeError::OutOfRange { at, what })
    }

    pub(crate) fn varint_u16(&mut self, what: &'static str) -> Result<u16, DecodeError> {
        let at = self.at;
        self.varint(what)?.try_into().map_err(|_| DecodeError::OutOfRange { at, what })
    }

    /// The length of a list whose elements take at least one byte each, so that it cannot be a lie about much memory.
    pub(crate) fn count(&mut self, what: &'static str) -> Result<usize, DecodeError> {
        let at = self.at;
        let count = self.varint(what)?;
        match usize::try_from(count) {
            Ok(count) if count <= self.remaining() => Ok(count),
            _ => Err(DecodeError::OutOfRange { at, what }),
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        what: &'static str,
        mut element: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        // Grown as elements arrive: an element may take far more memory than its bytes.
        let count = self.count(what)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(element(self)?);
        }
        Ok(list)
    }

    pub(crate) fn string(&mut self) -> Result<String, DecodeError> {
        let len = self.count("the length of a name")?;
        let at = self.at;
        let bytes = self.take(len)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| DecodeError::Utf8 { at })
    }
}
