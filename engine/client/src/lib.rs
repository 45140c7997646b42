//! What redis-cli 7.0.15 does: printing replies, following redirects, planning clusters.
//!
//! One program, [`run`], written against a small [`Platform`]: it runs in the simulated world, on
//! tokio and in tests alike. Texts, prompts, errors and exit codes are those of the real program.
//!
//! This crate must not know sockets, files, clocks, an executor, or what a node is.

#![allow(async_fn_in_trait, reason = "futures of a platform are not Send by design")]

pub mod args;
mod bigkeys;
pub mod cluster;
pub mod eval;
mod help;
mod json;
mod link;
mod number;
mod oneshot;
mod pipe;
pub mod platform;
pub mod print;
pub mod redirect;
mod repl;
mod reply;
mod run;
mod scan;
mod session;

pub use args::{Options, Parsed, Stop};
pub use bigkeys::size_of_database;
pub use eval::eval;
pub use help::Help;
pub use link::{Link, LinkError, push_command};
pub use number::leading_int;
pub use platform::{Conn, ConnectError, IoError, Platform, ReplicaEnd};
pub use print::{Format, Output};
pub use redirect::Redirect;
pub use repl::is_kept;
pub use reply::Reply;
pub use run::{prepare, run, run_prepared};
pub use scan::step as scan_step;
pub use session::{Exit, Session, Tell};
