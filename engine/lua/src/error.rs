//! What goes wrong: in a source text, in a native function, in a run.

use crate::Value;

/// A source text that is no Lua: the message as luaL_loadbuffer leaves it,
/// `user_script:1: '=' expected near 'x'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError(pub Vec<u8>);

impl std::fmt::Display for CompileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl std::error::Error for CompileError {}

/// Why a native function gives up. The machine turns it into the error value that `pcall` catches.
#[derive(Clone, Debug)]
pub enum Error {
    /// This very value is thrown.
    Thrown(Value),
    /// A message, put behind the caller's `chunk:line:` (luaL_error).
    Message(Vec<u8>),
    /// A message of the machine itself (luaG_runerror): it has a `chunk:line:` only where Lua code is under way,
    /// not from inside a native function.
    Raw(Vec<u8>),
    /// `bad argument #index to 'name' (text)`; the machine finds the name (luaL_argerror). `index` begins at 1.
    Argument {
        /// Which argument, from 1.
        index: usize,
        /// What is wrong, without brackets.
        text: Vec<u8>,
    },
    /// `not enough memory`, with no place in front.
    Memory,
}

impl Error {
    /// A message behind the caller's `chunk:line:`.
    pub fn message(text: impl Into<Vec<u8>>) -> Error {
        Error::Message(text.into())
    }

    /// `bad argument #index to 'name' (text)`.
    pub fn argument(index: usize, text: impl Into<Vec<u8>>) -> Error {
        Error::Argument { index, text: text.into() }
    }
}

/// A level of the stack at the moment of an error, as debug.getinfo('Sl') tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chunk's name as given to `load` (with its `@` or `=`); `=[C]` for natives and host functions.
    pub source: Vec<u8>,
    /// The line under way, from 1; -1 for natives and host functions.
    pub line: i32,
}

impl Place {
    /// Whether a native or a host function stands there (`what == 'C'`).
    pub fn is_native(&self) -> bool {
        self.line < 0
    }
}
