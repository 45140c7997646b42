//! The number that a text begins with, as C's `strtod` finds it.

/// The number and how many bytes it takes; `None` when the text begins with none. White space in front is not skipped.
#[must_use]
pub fn prefix(text: &[u8]) -> Option<(f64, usize)> {
    let signed = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let body = &text[signed..];
    let (value, length) = named(body).or_else(|| hexadecimal(body)).or_else(|| decimal(body))?;
    Some((if negative { -value } else { value }, signed + length))
}

fn begins(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn named(text: &[u8]) -> Option<(f64, usize)> {
    if begins(text, b"infinity") {
        return Some((f64::INFINITY, 8));
    }
    if begins(text, b"inf") {
        return Some((f64::INFINITY, 3));
    }
    if !begins(text, b"nan") {
        return None;
    }
    let inside = text.get(4..).unwrap_or_default().iter();
    let word = inside.take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let closed = text.get(3) == Some(&b'(') && text.get(4 + word) == Some(&b')');
    Some((f64::NAN, if closed { 5 + word } else { 3 }))
}

/// Digits, at most one point among them: how many bytes, and whether there was a digit.
fn mantissa(text: &[u8], is_digit: impl Fn(u8) -> bool) -> Option<usize> {
    let (mut point, mut any) = (false, false);
    let length = text
        .iter()
        .take_while(|b| {
            any |= is_digit(**b);
            is_digit(**b) || (**b == b'.' && !std::mem::replace(&mut point, true))
        })
        .count();
    any.then_some(length)
}

/// An exponent behind the mantissa: how many bytes, and its value. None unless digits follow the letter.
fn exponent(text: &[u8], letter: u8) -> (usize, i64) {
    if text.first().map(u8::to_ascii_lowercase) != Some(letter) {
        return (0, 0);
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    let digits = text[1 + sign..].iter().take_while(|b| b.is_ascii_digit());
    let value = digits
        .clone()
        .fold(0_i64, |sum, b| sum.saturating_mul(10).saturating_add(i64::from(b - b'0')));
    match digits.count() {
        0 => (0, 0),
        count => (1 + sign + count, if text.get(1) == Some(&b'-') { -value } else { value }),
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let whole = mantissa(text, |b| b.is_ascii_digit())?;
    let length = whole + exponent(&text[whole..], b'e').0;
    let value = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((value, length))
}

/// `0x` and hexadecimal digits; `0x` alone is the 0 in front of it.
fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    if !begins(text, b"0x") {
        return None;
    }
    let digits = mantissa(&text[2..], |b| b.is_ascii_hexdigit())?;
    let (power, binary) = exponent(&text[2 + digits..], b'p');
    let (mut bits, mut shift, mut lost, mut point) = (0_u64, 0_i64, false, false);
    for b in &text[2..2 + digits] {
        let Some(digit) = char::from(*b).to_digit(16) else {
            point = true;
            continue;
        };
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            shift -= if point { 4 } else { 0 };
        } else {
            lost |= digit != 0;
            shift += if point { 0 } else { 4 };
        }
    }
    Some((from_parts(bits, binary.saturating_add(shift), lost), 2 + digits + power))
}

/// `bits × 2^power`, to the nearest double, half to even; `sticky` when a little more is missing from the bits.
#[must_use]
pub fn from_parts(bits: u64, power: i64, sticky: bool) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let lead = bits.leading_zeros();
    let (bits, power) = (bits << lead, power.saturating_sub(i64::from(lead)));
    // The top bit stands for 2^(power + 63).
    let top = power.saturating_add(63);
    if top > 1023 {
        return f64::INFINITY;
    }
    // 53 bits are kept, fewer below the normal range.
    let kept = if top >= -1022 { 53 } else { 53 - (-1022 - top).min(60) };
    if kept < 0 {
        return 0.0;
    }
    let drop = (64 - kept) as u32;
    let (whole, rest) = if drop == 64 { (0, bits) } else { (bits >> drop, bits << (64 - drop)) };
    let half = 1_u64 << 63;
    let up = rest > half || (rest == half && (sticky || whole & 1 == 1));
    let whole = whole + u64::from(up);
    let base = if top >= -1022 { ((top + 1022) as u64) << 52 } else { 0 };
    // A carry out of the mantissa runs into the exponent, which is just right.
    f64::from_bits(base + whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_number_is_taken() {
        for (text, value, length) in [
            ("12.5e3x", 12_500.0, 6),
            ("1e", 1.0, 1),
            ("1e+", 1.0, 1),
            (".5.", 0.5, 2),
            ("5.", 5.0, 2),
            ("-0x1P-1074", -5e-324, 10),
            ("0x", 0.0, 1),
            ("0x.8p1", 1.0, 6),
            ("0x1.0000000000000800001", 1.000_000_000_000_000_2, 23),
            ("0x1p99999999999", f64::INFINITY, 15),
            ("+InFinityx", f64::INFINITY, 9),
            ("-infinit", f64::NEG_INFINITY, 4),
            ("1e400", f64::INFINITY, 5),
            ("0x0p99999", 0.0, 9),
        ] {
            assert_eq!(prefix(text.as_bytes()), Some((value, length)), "{text}");
        }
        for text in ["", "-", ".", "x", "+-1", "e5", "in"] {
            assert_eq!(prefix(text.as_bytes()), None, "{text}");
        }
        for (text, length) in [("nan", 3), ("NaN(12_a)", 9), ("nan(1", 3), ("nan(-)", 3)] {
            assert!(
                prefix(text.as_bytes()).is_some_and(|(v, n)| v.is_nan() && n == length),
                "{text}"
            );
        }
    }

    #[test]
    fn parts_are_rounded_once_half_to_even() {
        assert_eq!(from_parts(u64::MAX, 0, true), 18_446_744_073_709_551_616.0);
        assert_eq!(from_parts((1 << 53) + 1, 0, false), 9_007_199_254_740_992.0);
        assert_eq!(from_parts((1 << 53) + 1, 0, true), 9_007_199_254_740_994.0);
        assert_eq!(from_parts(1 << 53, 971, false), f64::INFINITY);
        assert_eq!(from_parts(3, -1075, false), 1e-323);
    }
}
