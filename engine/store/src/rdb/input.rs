//! Reading lengths and strings without trusting them.

use std::borrow::Cow;

use super::{RdbError, lzf};
use crate::number::IntText;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The bytes end here; more may come.
    More,
    /// The bytes are wrong.
    Bad(RdbError),
}

impl From<RdbError> for Stop {
    fn from(e: RdbError) -> Self {
        Self::Bad(e)
    }
}

pub(super) fn corrupt<T>(why: &'static str) -> Result<T, Stop> {
    Err(Stop::Bad(RdbError::Corrupt(why)))
}

/// Bytes being read.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A length, or how the string that follows is encoded.
enum Length {
    Plain(u64),
    Encoded(u8),
}

impl<'a> Input<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn consumed(&self) -> usize {
        self.at
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn take(&mut self, len: u64) -> Result<&'a [u8], Stop> {
        let len = usize::try_from(len).map_err(|_| Stop::More)?;
        let end = self.at.checked_add(len).ok_or(Stop::More)?;
        let taken = self.bytes.get(self.at..end).ok_or(Stop::More)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let taken = self.take(N as u64)?;
        taken.try_into().map_err(|_| Stop::More)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    fn any_length(&mut self) -> Result<Length, Stop> {
        let first = self.byte()?;
        Ok(match first >> 6 {
            0 => Length::Plain(u64::from(first & 0x3F)),
            1 => Length::Plain(u64::from(first & 0x3F) << 8 | u64::from(self.byte()?)),
            3 => Length::Encoded(first & 0x3F),
            _ => match first {
                0x80 => Length::Plain(u64::from(u32::from_be_bytes(self.array()?))),
                0x81 => Length::Plain(u64::from_be_bytes(self.array()?)),
                _ => return corrupt("Unknown length encoding in rdbLoadLen()"),
            },
        })
    }

    /// A length (`rdbLoadLen`).
    pub(super) fn length(&mut self) -> Result<u64, Stop> {
        match self.any_length()? {
            Length::Plain(n) => Ok(n),
            Length::Encoded(_) => corrupt("An encoded string where a length was expected"),
        }
    }

    /// A string in any of its encodings (`rdbGenericLoadStringObject`).
    pub(super) fn string(&mut self) -> Result<Cow<'a, [u8]>, Stop> {
        let number = match self.any_length()? {
            Length::Plain(len) => return Ok(Cow::Borrowed(self.take(len)?)),
            Length::Encoded(0) => i64::from(i8::from_le_bytes(self.array()?)),
            Length::Encoded(1) => i64::from(i16::from_le_bytes(self.array()?)),
            Length::Encoded(2) => i64::from(i32::from_le_bytes(self.array()?)),
            Length::Encoded(3) => {
                let (packed, len) = (self.length()?, self.length()?);
                let packed = self.take(packed)?;
                return match lzf::decompress(packed, len) {
                    Some(bytes) => Ok(Cow::Owned(bytes)),
                    None => corrupt("Invalid LZF compressed string"),
                };
            }
            Length::Encoded(_) => return corrupt("Unknown RDB string encoding type"),
        };
        Ok(Cow::Owned(IntText::new().of(number).to_vec()))
    }

    /// A score as eight bytes, little-endian (`rdbLoadBinaryDoubleValue`).
    pub(super) fn double(&mut self) -> Result<f64, Stop> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// A score as text with its length in front (`rdbLoadDoubleValue`).
    pub(super) fn old_double(&mut self) -> Result<f64, Stop> {
        Ok(match self.byte()? {
            255 => f64::NEG_INFINITY,
            254 => f64::INFINITY,
            253 => f64::NAN,
            len => {
                let text = self.take(u64::from(len))?;
                match crate::number::parse_score(text) {
                    Some(score) => score,
                    None => return corrupt("Invalid score text"),
                }
            }
        })
    }
}
