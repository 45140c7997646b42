//! The append-only file of several parts, as Redis 7.0 keeps it (aof.c): a manifest names a base
//! (an RDB file or records) and the files of records that follow it.

mod manifest;
mod records;

pub use manifest::{Manifest, ManifestError, Part};
pub use records::{BadRecord, Records};
