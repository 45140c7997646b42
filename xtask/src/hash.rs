//! A content hash for file names.

/// FNV-1a, 64 bits, in hex. It names files; it guards nothing.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_fnv_1a() {
        // From the reference vectors of the FNV authors.
        assert_eq!(super::of(b"foobar"), "85944171f73967e8");
    }
}
