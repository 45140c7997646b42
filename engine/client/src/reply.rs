//! A reply as this client sees it: the kinds that redis-cli 7.0.15 can print.

/// One reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A status line such as `OK`.
    Status(Vec<u8>),
    /// An error with its code (`MOVED …`, `ERR …`).
    Error(Vec<u8>),
    /// A number.
    Integer(i64),
    /// A string.
    Bulk(Vec<u8>),
    /// A text that is printed as it is (RESP3).
    Verbatim(Vec<u8>),
    /// Nothing.
    Nil,
    /// A truth value (RESP3).
    Bool(bool),
    /// A floating-point number, in the server's own digits (RESP3).
    Double(String),
    /// A list.
    Array(Vec<Self>),
    /// A set (RESP3).
    Set(Vec<Self>),
    /// Out-of-band data (RESP3).
    Push(Vec<Self>),
    /// A map (RESP3).
    Map(Vec<(Self, Self)>),
}

impl Reply {
    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// The error's text.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        match self {
            Self::Error(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// The bytes of a string, status or verbatim text.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Status(text) | Self::Bulk(text) | Self::Verbatim(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a string, status or verbatim text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.bytes().map(|b| String::from_utf8_lossy(b).into_owned())
    }

    /// A number.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of a list or set.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) | Self::Set(items) | Self::Push(items) => Some(items),
            _ => None,
        }
    }

    /// Keys and values: of a map, or of a list that alternates them as RESP2 does.
    #[must_use]
    pub fn pairs(&self) -> Option<Vec<(&Self, &Self)>> {
        match self {
            Self::Map(pairs) => Some(pairs.iter().map(|(k, v)| (k, v)).collect()),
            Self::Array(items) => {
                Some(items.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect())
            }
            _ => None,
        }
    }
}
