//! Bytes as lower-case hexadecimal digits.

/// The two digits of a byte.
#[must_use]
pub const fn pair(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[(byte >> 4) as usize], DIGITS[(byte & 15) as usize]]
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn every_byte_has_the_digits_that_formatting_gives_it() {
        for byte in 0..=255 {
            assert_eq!(format!("{byte:02x}").as_bytes(), pair(byte));
        }
    }
}
