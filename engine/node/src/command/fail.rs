//! Why a command was not done, in Redis's words.

use std::borrow::Cow;

/// What a handler gives back: its reply is written already, or this error is.
pub(crate) type Answer = Result<(), Fail>;

/// The whole error line without the leading `-`; words of the client in it may be any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fail(pub(crate) Cow<'static, [u8]>);

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
        Self(Cow::Borrowed(text.as_bytes()))
    }

    /// A text around a word of the client, which is shown up to its first zero byte.
    #[cold]
    pub(crate) fn quoting(before: &str, word: &[u8], after: &str) -> Self {
        Self(Cow::Owned([before.as_bytes(), shown(word, usize::MAX), after.as_bytes()].concat()))
    }

    /// A text around two words of the client: before, between, after.
    #[cold]
    pub(crate) fn quoting_two(texts: [&str; 3], words: [&[u8]; 2]) -> Self {
        let [before, between, after] = texts.map(str::as_bytes);
        let [one, two] = words.map(|word| shown(word, usize::MAX));
        Self(Cow::Owned([before, one, between, two, after].concat()))
    }
}

impl From<&'static str> for Fail {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Fail {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

/// The container has no such subcommand.
pub(crate) fn unknown_subcommand(args: &[&[u8]]) -> Fail {
    subcommand(args, "ERR unknown subcommand '")
}

/// A subcommand that is there cannot be called like this (`addReplySubcommandSyntaxError`).
pub(crate) fn wrong_subcommand(args: &[&[u8]]) -> Fail {
    subcommand(args, "ERR unknown subcommand or wrong number of arguments for '")
}

fn subcommand(args: &[&[u8]], what: &str) -> Fail {
    let word = |at: usize| shown(args.get(at).copied().unwrap_or_default(), 128);
    let container = word(0).to_ascii_uppercase();
    Fail(Cow::Owned([what.as_bytes(), word(1), b"'. Try ", &container, b" HELP."].concat()))
}

/// A word of the client in an error, as C prints it: at most so many bytes, and none from the
/// first zero on.
pub(crate) fn shown(word: &[u8], most: usize) -> &[u8] {
    let end = word.iter().take(most).position(|b| *b == 0).unwrap_or(word.len().min(most));
    &word[..end]
}
