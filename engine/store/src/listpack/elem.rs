//! One element of a collection, borrowed from where it is kept.

use std::borrow::Cow;

use crate::number::{IntText, parse_i64};

/// An element: a number kept as one, or bytes. A number and its canonical text are the same
/// element; [`Elem::parse`] always gives the number.
#[derive(Clone, Copy)]
pub enum Elem<'a> {
    /// Kept as a number.
    Int(i64),
    /// Kept as bytes.
    Str(&'a [u8]),
}

impl<'a> Elem<'a> {
    /// The element that `bytes` say.
    #[must_use]
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Self {
        match parse_i64(bytes) {
            Some(n) if bytes.len() <= 20 => Self::Int(n),
            _ => Self::Str(bytes),
        }
    }

    /// Its bytes; a number is written into `scratch` first.
    #[inline]
    pub fn bytes<'s>(&self, scratch: &'s mut IntText) -> &'s [u8]
    where
        'a: 's,
    {
        match self {
            Self::Int(n) => scratch.of(*n),
            Self::Str(s) => s,
        }
    }

    /// Its bytes, borrowed unless it is a number.
    #[must_use]
    pub fn to_cow(&self) -> Cow<'a, [u8]> {
        match self {
            Self::Int(n) => Cow::Owned(IntText::new().of(*n).to_vec()),
            Self::Str(s) => Cow::Borrowed(s),
        }
    }

    /// A copy of its bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.to_cow().into_owned()
    }

    /// Whether it says these bytes.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.bytes(&mut IntText::new()) == bytes
    }

    /// The number it says, if it says one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Str(s) => parse_i64(s),
        }
    }

    /// Length of its text in bytes.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.bytes(&mut IntText::new()).len()
    }
}

impl PartialEq for Elem<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Int(n), Self::Str(s)) | (Self::Str(s), Self::Int(n)) => {
                IntText::new().of(*n) == *s
            }
        }
    }
}

impl Eq for Elem<'_> {}

impl std::fmt::Debug for Elem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.to_cow().escape_ascii())
    }
}
