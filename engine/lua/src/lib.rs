//! Lua 5.1 as Redis 7.0.15 embeds it: a machine of plain data that stops when its fuel is spent or a host function is
//! called, can be cloned there, and goes on from there.
//!
//! [`Lua`] is the door: make one, [`Lua::load`] a chunk, [`Lua::start`] a run, [`Lua::resume`] it until
//! [`Step::Done`] or [`Step::Failed`]. Natives are [`Native`]s over a [`Call`].
//!
//! How long it takes beside PUC's: `cargo run --release -q -p engine-lua --example beside_puc`.

mod compile;
mod error;
pub mod fuzz;
mod heap;
mod lib_base;
mod libs;
mod lua;
mod machine;
mod native;
pub mod number;
mod object;
mod op;
mod proto;
mod table;
mod value;

pub use error::{CompileError, Error, Place};
pub use heap::Heap;
pub use libs::Random;
pub use lua::{Lua, Run, Step};
pub use native::{Call, Native, Outcome, Then};
pub use value::{FnRef, ProtoRef, StrRef, TableRef, ThreadRef, UpvalRef, Value};
