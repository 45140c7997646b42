//! Keys and values: a dictionary per slot, compact value types with Redis's own byte formats,
//! expiry, and the file formats RDB and AOF.
//!
//! This crate must not know commands, clients, nodes or configuration files: thresholds come in
//! as [`Limits`], time as [`engine_base::UnixMs`], randomness as [`engine_base::Rng`].
//!
//! Order of iteration is part of the behaviour: every table walks in the order of a portable
//! keyed hash, so x86-64 and wasm32 show the same order for the same seed.

pub mod aof;
pub mod db;
pub mod digest;
pub mod fuzz;
pub mod hash;
pub mod hyperloglog;
pub mod intset;
pub mod limits;
pub mod list;
pub mod listpack;
pub mod number;
pub mod rdb;
pub mod set;
pub mod shared;
pub mod stream;
pub mod string;
pub mod table;
pub mod value;
pub mod zset;

mod hash_key;

pub use db::{Chains, Db, Entry, Lfu, Note, Spot};
pub use hash::Hash;
pub use intset::Intset;
pub use limits::{Limits, PACKED_THRESHOLD};
pub use list::List;
pub use listpack::{Elem, Listpack};
pub use set::Set;
pub use shared::Shared;
pub use stream::{Stream, StreamId};
pub use string::Str;
pub use value::{Encoding, Value, ValueType};
pub use zset::{LexBound, ScoreBound, ZSet};
