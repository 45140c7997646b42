//! The thresholds at which a value changes its encoding, as redis.conf sets them.

/// Encoding thresholds, and the seed of the tables inside values. Copied from the configuration
/// whenever a value may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `list-max-listpack-size`: above zero the elements of a node, below zero its size class
    /// (-1 = 4 KB, -2 = 8 KB, … -5 = 64 KB).
    pub list_max_listpack_size: i32,
    /// `hash-max-listpack-entries`: fields.
    pub hash_max_listpack_entries: usize,
    /// `hash-max-listpack-value`: bytes of a field or a value.
    pub hash_max_listpack_value: usize,
    /// `set-max-intset-entries`: members.
    pub set_max_intset_entries: usize,
    /// `zset-max-listpack-entries`: members.
    pub zset_max_listpack_entries: usize,
    /// `zset-max-listpack-value`: bytes of a member.
    pub zset_max_listpack_value: usize,
    /// Bytes from which an element of a list has a node of its own (`DEBUG
    /// QUICKLIST-PACKED-THRESHOLD`; 1 GB).
    pub packed_threshold: usize,
    /// Checksums of RDB files and payloads are not looked at (`DEBUG
    /// SET-SKIP-CHECKSUM-VALIDATION`).
    pub skip_checksums: bool,
    /// The seed of the keyed hash of tables inside values (one per process).
    pub hash_seed: u64,
}

/// The default of [`Limits::packed_threshold`].
pub const PACKED_THRESHOLD: usize = 1 << 30;

impl Default for Limits {
    /// The defaults of 7.0.
    fn default() -> Self {
        Self {
            list_max_listpack_size: -2,
            hash_max_listpack_entries: 128,
            hash_max_listpack_value: 64,
            set_max_intset_entries: 512,
            zset_max_listpack_entries: 128,
            zset_max_listpack_value: 64,
            packed_threshold: PACKED_THRESHOLD,
            skip_checksums: false,
            hash_seed: 0,
        }
    }
}
