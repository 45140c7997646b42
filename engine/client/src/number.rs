//! Numbers and words as the C library reads them from a command line.

use engine_base::split::split_args;

/// The one word of `text`, unquoted; `None` when there are none or several (`unquoteCString` in
/// cli_common.c).
pub(crate) fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = split_args(text)?;
    if words.len() == 1 { words.pop() } else { None }
}

/// The number at the beginning of `text`: 0 when there is none.
#[must_use]
pub fn leading_int(text: &str) -> i64 {
    engine_base::number::leading_int(text.as_bytes())
}

/// The number at the beginning of `text`, as C's `atof` reads plain decimals.
pub(crate) fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let mut end = 0;
    let mut point = false;
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'-' | b'+' if i == 0 => {}
            b'.' if !point => point = true,
            _ => break,
        }
        end = i + 1;
    }
    text.get(..end).and_then(|t| t.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        assert_eq!(leading_int("12abc"), 12);
        assert_eq!(leading_int("-3"), -3);
        assert_eq!(leading_int("x"), 0);
        assert_eq!(leading_int("99999999999999999999"), i64::MAX);
        assert_eq!(leading_float("0.5s"), 0.5);
    }
}
