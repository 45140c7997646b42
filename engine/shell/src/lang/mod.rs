//! The language of the shell: what bash understands of what is typed at a Redis host.

pub(crate) mod arith;
pub(crate) mod ast;
pub(crate) mod brace;
pub(crate) mod glob;
pub(crate) mod parse;
pub(crate) mod word;
