//! Why a command was not done, in Redis's words.

use std::borrow::Cow;

/// What a handler gives back: its reply is written already, or this error is.
pub(crate) type Answer = Result<(), Fail>;

/// The whole error line without the leading `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fail(pub(crate) Cow<'static, str>);

impl Fail {
    /// The key holds a value of another type.
    pub(crate) const WRONG_TYPE: Self =
        Self::new("WRONGTYPE Operation against a key holding the wrong kind of value");
    /// The words make no sense together.
    pub(crate) const SYNTAX: Self = Self::new("ERR syntax error");
    /// Not a whole number of 64 bits.
    pub(crate) const NOT_INTEGER: Self = Self::new("ERR value is not an integer or out of range");
    /// Not a number.
    pub(crate) const NOT_FLOAT: Self = Self::new("ERR value is not a valid float");
    /// A position outside.
    pub(crate) const OUT_OF_RANGE: Self = Self::new("ERR index out of range");
    /// The key is missing.
    pub(crate) const NO_SUCH_KEY: Self = Self::new("ERR no such key");
    /// A string would grow beyond `proto-max-bulk-len`.
    pub(crate) const TOO_LONG: Self =
        Self::new("ERR string exceeds maximum allowed size (proto-max-bulk-len)");

    /// A fixed text.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<&'static str> for Fail {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Fail {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

/// The container has no such subcommand, or none that takes so many words.
pub(crate) fn unknown_subcommand(args: &[&[u8]]) -> Fail {
    let text = |at: usize| {
        let word: &[u8] = args.get(at).copied().unwrap_or_default();
        String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned()
    };
    let container = text(0).to_ascii_uppercase();
    format!("ERR unknown subcommand '{}'. Try {container} HELP.", text(1)).into()
}
