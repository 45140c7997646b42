//! The hosts' shell: a small bash, its programs, redis-cli and redis-server in the simulated
//! world, and the console that shows them.
//!
//! Programs are `async` code over a shared world, polled by the [`Console`] after each step of it;
//! there is no executor. This crate must not know the DOM, or any rule of the cluster protocol.

mod builtin;
mod complete;
mod console;
mod effort;
mod expand;
mod io;
mod kept;
mod lang;
mod paste;
mod program;
pub mod script;
mod session;
mod shell;
mod sys;
mod tty;

pub use console::{Console, TabId, program_names};
pub use kept::Kept;
pub use sys::{Ask, SharedWorld};
pub use tty::{Chunk, Style};
