//! RESP2 and RESP3 ("Redis serialization protocol specification"): requests parsed in place,
//! replies written and read.
//!
//! This crate must not know what a command does.

pub mod fuzz;
pub mod reply;
pub mod request;
pub mod value;

pub use reply::{Deferred, Protocol, Reply};
pub use request::{Limits, ProtocolError, RequestParser};
pub use value::{DecodeError, ReplyDecoder, Value};
