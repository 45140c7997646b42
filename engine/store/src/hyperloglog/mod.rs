//! HyperLogLog: counting different things in at most 12 KB, as the bytes of a string value
//! (hyperloglog.c).
//!
//! A header of 16 bytes (`HYLL`, the form, the cached count) is followed by 16384 registers: in
//! the sparse form as runs, in the dense form six bits each.

mod dense;
mod estimate;
mod sparse;

use thiserror::Error;

pub use estimate::estimate;

/// Bits of a hash that choose the register (`HLL_P`).
const P: u32 = 14;
/// The other bits of a hash (`HLL_Q`).
const Q: u32 = 64 - P;
/// How many registers there are (`HLL_REGISTERS`).
pub const REGISTERS: usize = 1 << P;
/// Magic, form, three bytes of nothing, eight of cached count.
const HEADER: usize = 16;
/// The length of the dense form (`HLL_DENSE_SIZE`).
const DENSE_BYTES: usize = HEADER + REGISTERS * 6 / 8;
/// In the last byte of the cached count: it is out of date.
const STALE: u8 = 0x80;

/// Why bytes are not counted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HllError {
    /// They are something else.
    #[error("not a HyperLogLog")]
    Other,
    /// They begin as a HyperLogLog, and go on otherwise.
    #[error("corrupted HyperLogLog")]
    Corrupt,
}

/// One that has counted nothing, in the sparse form (`createHLLObject`).
#[must_use]
pub fn empty() -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..4].copy_from_slice(b"HYLL");
    bytes[4] = 1;
    bytes.extend(sparse::EMPTY);
    bytes
}

/// Whether these bytes begin as a HyperLogLog and have a length that is possible
/// (`isHLLObjectOrReply`).
///
/// # Errors
/// They do not.
pub fn check(bytes: &[u8]) -> Result<(), HllError> {
    let fits = bytes.len() >= HEADER
        && bytes.starts_with(b"HYLL")
        && (bytes[4] == 1 || (bytes[4] == 0 && bytes.len() == DENSE_BYTES));
    if fits { Ok(()) } else { Err(HllError::Other) }
}

/// Whether checked bytes are in the dense form.
#[must_use]
pub fn is_dense(bytes: &[u8]) -> bool {
    bytes.get(4) == Some(&0)
}

/// All registers, one byte each.
///
/// # Errors
/// See [`HllError`].
pub fn registers(bytes: &[u8]) -> Result<Vec<u8>, HllError> {
    check(bytes)?;
    let body = &bytes[HEADER..];
    if is_dense(bytes) { Ok(dense::read(body)) } else { sparse::read(body) }
}

/// Turns the sparse form into the dense one (`hllSparseToDense`).
///
/// # Errors
/// See [`HllError`].
pub fn make_dense(bytes: &mut Vec<u8>) -> Result<(), HllError> {
    if !is_dense(bytes) {
        let registers = registers(bytes)?;
        bytes.truncate(HEADER);
        bytes[4] = 0;
        bytes.extend(dense::write(&registers));
    }
    Ok(())
}

/// Counts an element in; whether that changed a register. The sparse form becomes dense when it
/// would be longer than `sparse_max` bytes (`hll-sparse-max-bytes`).
///
/// # Errors
/// See [`HllError`].
pub fn add(bytes: &mut Vec<u8>, element: &[u8], sparse_max: usize) -> Result<bool, HllError> {
    let hash = murmur(element);
    let index = hash as usize & (REGISTERS - 1);
    // The guard bit ends a run of zeros that would not end by itself.
    let run = (hash >> P | 1 << Q).trailing_zeros() as u8 + 1;
    raise(bytes, index, run, sparse_max)
}

/// Raises a register to `value` at least; whether it was lower. `index` is below [`REGISTERS`].
///
/// # Errors
/// See [`HllError`].
pub fn raise(
    bytes: &mut Vec<u8>,
    index: usize,
    value: u8,
    sparse_max: usize,
) -> Result<bool, HllError> {
    check(bytes)?;
    if !is_dense(bytes) {
        match sparse::raise(bytes, index, value, sparse_max)? {
            sparse::Done::Raised => return Ok(true),
            sparse::Done::Same => return Ok(false),
            sparse::Done::NoRoom => make_dense(bytes)?,
        }
    }
    Ok(dense::raise(&mut bytes[HEADER..], index, value))
}

/// The count that was noted when it was last asked for, if nothing changed since.
#[must_use]
pub fn cached(bytes: &[u8]) -> Option<u64> {
    let card = bytes.get(8..HEADER)?;
    (card[7] & STALE == 0).then(|| u64::from_le_bytes(card.try_into().unwrap_or_default()))
}

/// Notes the count.
pub fn set_cached(bytes: &mut [u8], count: u64) {
    if let Some(card) = bytes.get_mut(8..HEADER) {
        card.copy_from_slice(&count.to_le_bytes());
    }
}

/// The noted count holds no longer.
pub fn invalidate(bytes: &mut [u8]) {
    if let Some(last) = bytes.get_mut(HEADER - 1) {
        *last |= STALE;
    }
}

/// The runs of the sparse form as `PFDEBUG DECODE` prints them: `Z:16384 v:1,2 z:3`.
///
/// # Errors
/// See [`HllError`].
pub fn decoded(bytes: &[u8]) -> Result<String, HllError> {
    check(bytes)?;
    sparse::text(&bytes[HEADER..])
}

/// MurmurHash64A with Redis's seed.
fn murmur(bytes: &[u8]) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut h = 0xadc8_3b19 ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let mut k = u64::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 47;
        h = (h ^ k.wrapping_mul(M)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        h = (h ^ u64::from_le_bytes(last)).wrapping_mul(M);
    }
    h ^= h >> 47;
    h = h.wrapping_mul(M);
    h ^ h >> 47
}

#[cfg(test)]
mod tests;
