//! Scripts and functions: `EVAL`, `FCALL` and what they may do (eval.c, functions.c, script.c,
//! script_lua.c, function_lua.c).
//!
//! A script runs on a Lua state that stops when its fuel is spent or when it asks for something: it
//! never holds the driver up. [`Running`] is what is known of the one under way.

mod ask;
mod busy;
mod drive;
mod error_table;
mod finish;
mod flags;
mod libraries;
mod library;
mod load;
mod register;
mod reply_in;
mod reply_out;
mod rules;
mod running;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use flags::NAMES;
pub(crate) use libraries::{Function, Library};
pub(crate) use load::Policy;
pub(crate) use running::{Begin, Kind};
pub(crate) use state::Scripts;
