//! What a key holds.

use crate::{Hash, List, Set, Shared, Str, Stream, ZSet};

/// A value of one of the six types. Big types stand behind copy-on-write.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Str(Str),
    /// A list.
    List(Shared<List>),
    /// A hash.
    Hash(Shared<Hash>),
    /// A set.
    Set(Shared<Set>),
    /// A sorted set.
    ZSet(Shared<ZSet>),
    /// A stream.
    Stream(Shared<Stream>),
}

/// The type of a value, as TYPE names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `string`
    Str,
    /// `list`
    List,
    /// `hash`
    Hash,
    /// `set`
    Set,
    /// `zset`
    ZSet,
    /// `stream`
    Stream,
}

impl ValueType {
    /// What TYPE answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Str => "string",
            Self::List => "list",
            Self::Hash => "hash",
            Self::Set => "set",
            Self::ZSet => "zset",
            Self::Stream => "stream",
        }
    }
}

/// How a value is kept, as OBJECT ENCODING names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A number.
    Int,
    /// A short string.
    Embstr,
    /// A string.
    Raw,
    /// A list of listpacks.
    Quicklist,
    /// One listpack.
    Listpack,
    /// A hash table.
    Hashtable,
    /// A sorted array of numbers.
    Intset,
    /// A skip list and a hash table.
    Skiplist,
    /// A radix tree of listpacks.
    Stream,
}

impl Encoding {
    /// What OBJECT ENCODING answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Embstr => "embstr",
            Self::Raw => "raw",
            Self::Quicklist => "quicklist",
            Self::Listpack => "listpack",
            Self::Hashtable => "hashtable",
            Self::Intset => "intset",
            Self::Skiplist => "skiplist",
            Self::Stream => "stream",
        }
    }
}

impl Value {
    /// A string value from the bytes that a client sent.
    #[must_use]
    pub fn string(bytes: &[u8]) -> Self {
        Self::Str(Str::new(bytes))
    }

    /// Its type.
    #[must_use]
    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::Str(_) => ValueType::Str,
            Self::List(_) => ValueType::List,
            Self::Hash(_) => ValueType::Hash,
            Self::Set(_) => ValueType::Set,
            Self::ZSet(_) => ValueType::ZSet,
            Self::Stream(_) => ValueType::Stream,
        }
    }

    /// Its encoding.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        match self {
            Self::Str(s) => s.encoding(),
            Self::List(_) => Encoding::Quicklist,
            Self::Hash(h) => h.encoding(),
            Self::Set(s) => s.encoding(),
            Self::ZSet(z) => z.encoding(),
            Self::Stream(_) => Encoding::Stream,
        }
    }

    /// Elements of a collection; 1 for a string, never none for a stream. The cost of freeing it,
    /// roughly.
    #[must_use]
    pub fn elements(&self) -> usize {
        match self {
            Self::Str(_) => 1,
            Self::List(l) => l.len(),
            Self::Hash(h) => h.len(),
            Self::Set(s) => s.len(),
            Self::ZSet(z) => z.len(),
            Self::Stream(s) => s.pieces(),
        }
    }

    /// Heap bytes beside the value itself, roughly (MEMORY USAGE).
    #[must_use]
    pub fn heap(&self) -> usize {
        match self {
            Self::Str(s) => s.heap(),
            Self::List(l) => l.heap(),
            Self::Hash(h) => h.heap(),
            Self::Set(s) => s.heap(),
            Self::ZSet(z) => z.heap(),
            Self::Stream(s) => s.heap(),
        }
    }
}

impl From<Str> for Value {
    fn from(s: Str) -> Self {
        Self::Str(s)
    }
}

impl From<List> for Value {
    fn from(l: List) -> Self {
        Self::List(Shared::new(l))
    }
}

impl From<Hash> for Value {
    fn from(h: Hash) -> Self {
        Self::Hash(Shared::new(h))
    }
}

impl From<Set> for Value {
    fn from(s: Set) -> Self {
        Self::Set(Shared::new(s))
    }
}

impl From<ZSet> for Value {
    fn from(z: ZSet) -> Self {
        Self::ZSet(Shared::new(z))
    }
}

impl From<Stream> for Value {
    fn from(s: Stream) -> Self {
        Self::Stream(Shared::new(s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
