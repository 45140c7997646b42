//! How single things are written and read: numbers seven bits a byte, texts and lists with their length
//! before them, variants with a number of their own.

use std::collections::BTreeMap;

/// Lists inside lists inside facts: no lesson goes deeper.
const DEPTH_MAX: u8 = 24;

/// Bytes that are being read. They come over a network: whatever they hold, reading ends with `None`
/// at worst.
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
    depth: u8,
}

impl<'a> Bytes<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, depth: 0 }
    }

    /// Whether all was read.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(u64::take(self)?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        String::from_utf8(text.to_vec()).ok()
    }

    /// A list. An item takes a byte at least: a length that lies ends where the bytes end.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = u64::take(self)?;
        let mut out = Vec::new();
        for _ in 0..count {
            out.push(self.inside(&item)?);
        }
        Some(out)
    }

    /// Something that may hold itself.
    fn inside<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let found = item(self);
        self.depth -= 1;
        found
    }
}

/// Something with a place in a packed file.
pub(super) trait Pack: Sized {
    /// Appends it.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it.
    fn take(from: &mut Bytes<'_>) -> Option<Self>;
}

impl Pack for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = from.byte()?;
            number |= Self::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// Numbers that are written as a `u64`.
macro_rules! as_u64 {
    ($($number:ty),*) => { $(
        impl Pack for $number {
            fn put(&self, out: &mut Vec<u8>) {
                (*self as u64).put(out);
            }

            fn take(from: &mut Bytes<'_>) -> Option<Self> {
                Self::try_from(u64::take(from)?).ok()
            }
        }
    )* };
}
as_u64!(u8, u16, u32, usize);

impl Pack for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        self.cast_unsigned().put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        Some(u64::take(from)?.cast_signed())
    }
}

impl Pack for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        Some(from.byte()? != 0)
    }
}

impl Pack for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        from.text()
    }
}

impl<T: Pack> Pack for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(inside) = self {
            inside.put(out);
        }
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        Some(if bool::take(from)? { Some(T::take(from)?) } else { None })
    }
}

impl<T: Pack> Pack for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        from.inside(T::take).map(Self::new)
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        from.list(T::take)
    }
}

impl<V: Pack> Pack for BTreeMap<String, V> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let pairs = from.list(|from| Some((String::take(from)?, V::take(from)?)))?;
        Some(pairs.into_iter().collect())
    }
}

/// A struct, field after field.
macro_rules! pack_struct {
    ($name:ty { $($field:ident),* $(,)? }) => {
        impl $crate::pack::code::Pack for $name {
            fn put(&self, out: &mut Vec<u8>) {
                $( $crate::pack::code::Pack::put(&self.$field, out); )*
            }

            fn take(from: &mut $crate::pack::code::Bytes<'_>) -> Option<Self> {
                Some(Self { $( $field: $crate::pack::code::Pack::take(from)?, )* })
            }
        }
    };
}

/// An enum: the number of the variant, then what it holds. Numbers stay when variants are added.
macro_rules! pack_enum {
    ($name:ty { $($number:literal = $variant:ident
        $( ( $($inside:ident),* ) )?
        $( { $($field:ident),* } )?
    ),* $(,)? }) => {
        impl $crate::pack::code::Pack for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $( Self::$variant $( ( $($inside),* ) )? $( { $($field),* } )? => {
                        out.push($number);
                        $( $( $crate::pack::code::Pack::put($inside, out); )* )?
                        $( $( $crate::pack::code::Pack::put($field, out); )* )?
                    } )*
                }
            }

            fn take(from: &mut $crate::pack::code::Bytes<'_>) -> Option<Self> {
                let number: u8 = $crate::pack::code::Pack::take(from)?;
                Some(match number {
                    $( $number => Self::$variant
                        $( ( $({ let $inside = $crate::pack::code::Pack::take(from)?; $inside }),* ) )?
                        $( { $($field: $crate::pack::code::Pack::take(from)?),* } )?, )*
                    _ => return None,
                })
            }
        }
    };
}

pub(super) use {pack_enum, pack_struct};
