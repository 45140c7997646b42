//! The RDB file of version 10, as Redis 7.0 writes and reads it (rdb.h, rdb.c), and the payload
//! of DUMP and RESTORE.

mod dump;
mod functions;
mod input;
mod load;
mod lzf;
mod old;
mod output;
mod reader;
mod save;
mod stream;
mod writer;

pub use dump::{BadPayload, dump, envelope, open_envelope, restore};
pub use functions::{read_functions, write_functions};
pub use reader::{Item, Reader};
pub use writer::{Header, Stream, Writer};

use std::sync::LazyLock;

use crc::{CRC_64_REDIS, Crc, Table};

/// The version that is written, and the newest that is read from a file.
pub const VERSION: u16 = 10;

/// The newest that is read from a master: Valkey sends 11 to a replica that does not say that it
/// is of Valkey 9.
const VERSION_OF_MASTER: u16 = 11;

/// The checksum at the end of files and payloads. Its table is computed when it is first used: as data
/// it would be 32 KB of the page that no compressor can make smaller.
static CRC64: LazyLock<Crc<u64, Table<16>>> =
    LazyLock::new(|| Crc::<u64, Table<16>>::new(&CRC_64_REDIS));

/// Marks between the pairs of a file (`RDB_OPCODE_*` in rdb.h).
mod opcode {
    pub(super) const SLOT_INFO: u8 = 244;
    pub(super) const FUNCTION2: u8 = 245;
    /// Of the release candidates of 7.0.
    pub(super) const FUNCTION: u8 = 246;
    pub(super) const MODULE_AUX: u8 = 247;
    pub(super) const IDLE: u8 = 248;
    pub(super) const FREQ: u8 = 249;
    pub(super) const AUX: u8 = 250;
    pub(super) const RESIZE_DB: u8 = 251;
    pub(super) const EXPIRE_MS: u8 = 252;
    pub(super) const EXPIRE_S: u8 = 253;
    pub(super) const SELECT_DB: u8 = 254;
    pub(super) const EOF: u8 = 255;
}

/// How values are written (`RDB_TYPE_*` in rdb.h).
mod kind {
    pub(super) const STRING: u8 = 0;
    pub(super) const LIST: u8 = 1;
    pub(super) const SET: u8 = 2;
    pub(super) const ZSET: u8 = 3;
    pub(super) const HASH: u8 = 4;
    pub(super) const ZSET_2: u8 = 5;
    pub(super) const HASH_ZIPMAP: u8 = 9;
    pub(super) const LIST_ZIPLIST: u8 = 10;
    pub(super) const SET_INTSET: u8 = 11;
    pub(super) const ZSET_ZIPLIST: u8 = 12;
    pub(super) const HASH_ZIPLIST: u8 = 13;
    pub(super) const LIST_QUICKLIST: u8 = 14;
    /// Of 5.0 and 6.
    pub(super) const STREAM_LISTPACKS: u8 = 15;
    pub(super) const HASH_LISTPACK: u8 = 16;
    pub(super) const ZSET_LISTPACK: u8 = 17;
    pub(super) const LIST_QUICKLIST_2: u8 = 18;
    pub(super) const STREAM_LISTPACKS_2: u8 = 19;
    /// Since version 11.
    pub(super) const SET_LISTPACK: u8 = 20;
    /// Since version 11.
    pub(super) const STREAM_LISTPACKS_3: u8 = 21;
}

/// Why an RDB file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RdbError {
    /// It does not begin with `REDIS` and four digits.
    #[error("Wrong signature trying to load DB from file")]
    Signature,
    /// It is of a newer version.
    #[error("Can't handle RDB format version {0}")]
    Version(u32),
    /// A type of value that this server does not have (modules, newer types).
    #[error("Unknown RDB encoding type {0}")]
    Type(u8),
    /// Data of a module.
    #[error("The RDB file contains AUX module data I can't load")]
    Module,
    /// The bytes of a value are not well formed.
    #[error("{0}")]
    Corrupt(&'static str),
    /// The file ends too early.
    #[error("Unexpected EOF reading RDB file")]
    Truncated,
    /// The checksum at the end is another.
    #[error("Wrong RDB checksum expected: ({expected:x}) but got ({got:x}). Aborting now.")]
    Checksum {
        /// What was computed.
        expected: u64,
        /// What the file says.
        got: u64,
    },
}

#[cfg(test)]
mod tests;
