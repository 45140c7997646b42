//! The string value: a number, a short text in place, or bytes on the heap.

use std::borrow::Cow;
use std::sync::Arc;

use crate::number::{IntText, parse_i64};
use crate::value::Encoding;

/// Up to here a text stays inside the value, without an allocation of its own.
const INLINE: usize = 20;
/// Up to here a text has an exact allocation; above, one that grows and is copied on write.
const BOXED: usize = 1024;
/// Up to here Redis says `embstr` (`OBJ_ENCODING_EMBSTR_SIZE_LIMIT` in object.c).
const EMBSTR: usize = 44;

/// A string value, 24 bytes.
#[derive(Clone, Debug)]
pub struct Str(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Int(i64),
    Inline { raw: bool, len: u8, bytes: [u8; INLINE] },
    Boxed { raw: bool, bytes: Box<[u8]> },
    Large(Arc<Vec<u8>>),
}

impl Str {
    /// From bytes that a client sent as a whole value: a number when it is the canonical text of
    /// one (`tryObjectEncoding` in object.c), else `embstr` or `raw` by length.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() <= 20
            && let Some(n) = parse_i64(bytes)
        {
            return Self(Repr::Int(n));
        }
        Self::pack(bytes, false)
    }

    /// A number.
    #[must_use]
    pub const fn from_int(n: i64) -> Self {
        Self(Repr::Int(n))
    }

    /// Bytes that stay `raw`, whatever they say (what APPEND, SETRANGE and SETBIT leave).
    #[must_use]
    pub fn raw(bytes: Vec<u8>) -> Self {
        if bytes.len() > BOXED {
            Self(Repr::Large(Arc::new(bytes)))
        } else {
            Self::pack(&bytes, true)
        }
    }

    /// Bytes as `embstr` or `raw` by length, never as a number.
    #[must_use]
    pub fn text(bytes: &[u8]) -> Self {
        Self::pack(bytes, false)
    }

    fn pack(from: &[u8], raw: bool) -> Self {
        if from.len() <= INLINE {
            let mut bytes = [0; INLINE];
            bytes[..from.len()].copy_from_slice(from);
            return Self(Repr::Inline { raw, len: from.len() as u8, bytes });
        }
        if from.len() <= BOXED {
            return Self(Repr::Boxed { raw, bytes: from.into() });
        }
        Self(Repr::Large(Arc::new(from.to_vec())))
    }

    /// Its bytes; `None` when it is kept as a number.
    #[must_use]
    #[inline]
    pub fn as_slice(&self) -> Option<&[u8]> {
        match &self.0 {
            Repr::Int(_) => None,
            Repr::Inline { len, bytes, .. } => bytes.get(..usize::from(*len)),
            Repr::Boxed { bytes, .. } => Some(bytes),
            Repr::Large(bytes) => Some(bytes),
        }
    }

    /// Its bytes; a number is written into `scratch` first.
    #[inline]
    pub fn bytes<'a>(&'a self, scratch: &'a mut IntText) -> &'a [u8] {
        match self.0 {
            Repr::Int(n) => scratch.of(n),
            _ => self.as_slice().unwrap_or_default(),
        }
    }

    /// Its bytes, borrowed unless it is a number.
    #[must_use]
    pub fn to_cow(&self) -> Cow<'_, [u8]> {
        match self.0 {
            Repr::Int(n) => Cow::Owned(IntText::new().of(n).to_vec()),
            _ => Cow::Borrowed(self.as_slice().unwrap_or_default()),
        }
    }

    /// A copy of its bytes.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.to_cow().into_owned()
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes(&mut IntText::new()).len()
    }

    /// Whether it has no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number it is, when it is kept as one or is the canonical text of one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self.0 {
            Repr::Int(n) => Some(n),
            _ => parse_i64(self.as_slice()?),
        }
    }

    /// What OBJECT ENCODING says.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        match &self.0 {
            Repr::Int(_) => Encoding::Int,
            Repr::Inline { raw: false, .. } => Encoding::Embstr,
            Repr::Boxed { raw: false, bytes } if bytes.len() <= EMBSTR => Encoding::Embstr,
            _ => Encoding::Raw,
        }
    }

    /// Appends bytes; the string is `raw` from then on. Gives the new length.
    pub fn append(&mut self, more: &[u8]) -> usize {
        if let Repr::Large(bytes) = &mut self.0 {
            let bytes = Arc::make_mut(bytes);
            bytes.extend_from_slice(more);
            return bytes.len();
        }
        let mut bytes = self.to_vec();
        bytes.extend_from_slice(more);
        let len = bytes.len();
        *self = Self::raw(bytes);
        len
    }

    /// Its bytes for writing in place, at least `len` of them (zeros are added); the string is
    /// `raw` from then on. The caller bounds `len` (`proto-max-bulk-len`).
    pub fn make_raw(&mut self, len: usize) -> &mut [u8] {
        let in_place = match &self.0 {
            Repr::Int(_) => false,
            Repr::Large(_) => true,
            Repr::Inline { raw, len: have, .. } => *raw && usize::from(*have) >= len,
            Repr::Boxed { raw, bytes } => *raw && bytes.len() >= len,
        };
        if !in_place {
            let mut bytes = self.to_vec();
            if bytes.len() < len {
                bytes.resize(len, 0);
            }
            *self = Self::raw(bytes);
        }
        match &mut self.0 {
            Repr::Int(_) => &mut [],
            Repr::Inline { len, bytes, .. } => &mut bytes[..usize::from(*len)],
            Repr::Boxed { bytes, .. } => bytes,
            Repr::Large(bytes) => {
                let bytes = Arc::make_mut(bytes);
                if bytes.len() < len {
                    bytes.resize(len, 0);
                }
                bytes
            }
        }
    }

    /// Hands its bytes out to be changed at will; the string is `raw` from then on.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        if let Repr::Large(bytes) = &mut self.0 {
            return change(Arc::make_mut(bytes));
        }
        let mut bytes = self.to_vec();
        let result = change(&mut bytes);
        *self = Self::raw(bytes);
        result
    }

    /// Heap bytes beside the value itself.
    #[must_use]
    pub fn heap(&self) -> usize {
        match &self.0 {
            Repr::Int(_) | Repr::Inline { .. } => 0,
            Repr::Boxed { bytes, .. } => bytes.len(),
            Repr::Large(bytes) => bytes.capacity() + 40,
        }
    }
}

impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.bytes(&mut IntText::new()) == other.bytes(&mut IntText::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_small() {
        assert_eq!(size_of::<Str>(), 24);
    }

    #[test]
    fn encodings_follow_redis() {
        assert_eq!(Str::new(b"123").encoding(), Encoding::Int);
        assert_eq!(Str::new(b"0123").encoding(), Encoding::Embstr);
        assert_eq!(Str::new(&[b'x'; 44]).encoding(), Encoding::Embstr);
        assert_eq!(Str::new(&[b'x'; 45]).encoding(), Encoding::Raw);
        let mut s = Str::new(b"1");
        assert_eq!(s.append(b"2"), 2);
        assert_eq!(s.encoding(), Encoding::Raw);
        assert_eq!(s.as_int(), Some(12));
        assert_eq!(s.to_vec(), b"12");
    }

    #[test]
    fn writing_in_place_pads_with_zeros_and_spares_snapshots() {
        let mut s = Str::new(&[b'a'; 2000]);
        let snapshot = s.clone();
        s.make_raw(2002)[2001] = b'z';
        assert_eq!(s.len(), 2002);
        assert_eq!(s.to_vec()[2000..], [0, b'z']);
        assert_eq!(snapshot.len(), 2000);
        let mut short = Str::new(b"7");
        short.make_raw(3)[2] = b'x';
        assert_eq!(short.to_vec(), b"7\0x");
    }
}
