//! Numbers as Redis reads and writes them: util.c's `string2ll`, `string2d`, `d2string`,
//! `string2ld` and `ld2string`.

/// Reads a signed 64-bit integer as `string2ll` in util.c: an optional `-`, no `+`, no leading
/// zero, no space, nothing else.
#[must_use]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let magnitude = match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 20 => parse_digits(digits)?,
        _ => return None,
    };
    if negative {
        if magnitude > 1 << 63 { None } else { Some((magnitude as i64).wrapping_neg()) }
    } else {
        i64::try_from(magnitude).ok()
    }
}

/// Reads an unsigned 64-bit integer as `string2ull` in util.c, without its `strtoull` fallback.
#[must_use]
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        [b'1'..=b'9', ..] if text.len() <= 20 => parse_digits(text),
        _ => None,
    }
}

fn parse_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, b| {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 { None } else { sum.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// Reads a float as `getDoubleFromObject` (object.c) does through `string2d`: what C's `strtod`
/// takes as a whole, without white space in front; `inf` in all its spellings, hexadecimal floats,
/// but not `nan`; a number too large or too small for a double is refused.
#[must_use]
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let value = strtod(text)?;
    let named = text.iter().any(|b| matches!(b, b'i' | b'I'));
    let vanished = value == 0.0 && has_nonzero_digit(text);
    if value.is_nan() || (value.is_infinite() && !named) || vanished { None } else { Some(value) }
}

/// All of `text` as C's `strtod` reads it (out of range gives infinity or zero; `nan` is read
/// too); `None` when it would stop before the end, or begins with white space.
#[must_use]
pub fn strtod(text: &[u8]) -> Option<f64> {
    let (value, length) = crate::strtod::prefix(text)?;
    (length == text.len()).then_some(value)
}

/// What C makes of bytes that are taken for a text which ends at the first zero: as [`strtod`],
/// but white space in front is passed over, and nothing at all is 0.
#[must_use]
pub fn c_strtod(bytes: &[u8]) -> Option<f64> {
    let text = bytes.split(|b| *b == 0).next().unwrap_or_default();
    if text.is_empty() { Some(0.0) } else { strtod(after_space(text)) }
}

/// The number that a text begins with, white space passed over, as C's `strtoll` reads it: 0 when
/// there is none, the nearest there is when it is too large. (`atoi` keeps the lower 32 bits.)
#[must_use]
pub fn leading_int(text: &[u8]) -> i64 {
    let (negative, digits) = sign(after_space(text));
    let digits = digits.iter().take_while(|b| b.is_ascii_digit());
    let sign = if negative { -1 } else { 1 };
    digits.fold(0_i64, |sum, b| sum.saturating_mul(10).saturating_add(sign * i64::from(b - b'0')))
}

/// A text without the white space in front, as C counts it.
#[must_use]
pub fn after_space(text: &[u8]) -> &[u8] {
    let is_space = |b: &u8| matches!(b, b' ' | b'\t'..=b'\r');
    &text[text.iter().position(|b| !is_space(b)).unwrap_or(text.len())..]
}

fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn has_nonzero_digit(text: &[u8]) -> bool {
    let (digits, exponent) = match sign(text).1 {
        [b'0', b'x' | b'X', digits @ ..] => (digits, b'p'),
        digits => (digits, b'e'),
    };
    let mut mantissa = digits.iter().take_while(|b| b.to_ascii_lowercase() != exponent);
    mantissa.any(|b| b.is_ascii_hexdigit() && *b != b'0')
}

/// Appends a double as C's `%.17g`: how 7.0 replies with scores (`addReplyDouble` in networking.c).
/// Infinities are `inf` and `-inf`.
pub fn write_f64(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        out.extend_from_slice(match (value.is_nan(), value > 0.0) {
            (true, _) => b"nan".as_slice(),
            (_, true) => b"inf",
            _ => b"-inf",
        });
        return;
    }
    // The fast way for what nearly all scores are; `-0` must keep its sign.
    if value.fract() == 0.0 && value.abs() < 1e15 && (value != 0.0 || value.is_sign_positive()) {
        push_int(out, value as i64);
        return;
    }
    let text = format!("{value:.16e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let kept = digits.iter().rposition(|&d| d != b'0').map_or(1, |at| at + 1);
    if negative {
        out.push(b'-');
    }
    if (-4..17).contains(&exponent) {
        write_plain(out, &digits[..kept], exponent);
        return;
    }
    out.push(digits[0]);
    if kept > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[1..kept]);
    }
    out.push(b'e');
    out.push(if exponent < 0 { b'-' } else { b'+' });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    push_int(out, i64::from(exponent.abs()));
}

/// Digits without an exponent: the point stands after digit `exponent`.
fn write_plain(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    let Ok(whole) = usize::try_from(exponent) else {
        out.extend_from_slice(b"0.");
        out.extend(core::iter::repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
        out.extend_from_slice(digits);
        return;
    };
    for at in 0..=whole {
        out.push(digits.get(at).copied().unwrap_or(b'0'));
    }
    if digits.len() > whole + 1 {
        out.push(b'.');
        out.extend_from_slice(&digits[whole + 1..]);
    }
}

/// A double as text: see [`write_f64`].
#[must_use]
pub fn f64_text(value: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    write_f64(&mut out, value);
    out
}

fn push_int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(value.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_reads_what_a_text_begins_with() {
        for (text, value) in [
            ("", Some(0.0)),
            (" 1", Some(1.0)),
            ("\t\u{b}-inf", Some(f64::NEG_INFINITY)),
            ("2\0x", Some(2.0)),
            (" ", None),
            ("1 ", None),
            ("x", None),
        ] {
            assert_eq!(c_strtod(text.as_bytes()), value, "{text:?}");
        }
        let read = [" 01", "+7x", "-3", "x", "", "99999999999999999999", "-99999999999999999999"]
            .map(|t| leading_int(t.as_bytes()));
        assert_eq!(read, [1, 7, -3, 0, 0, i64::MAX, i64::MIN]);
    }

    #[test]
    fn integers_are_strict() {
        for (text, want) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("01", None),
            ("-0", None),
            ("+1", None),
            (" 1", None),
            ("1 ", None),
            ("", None),
            ("-", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(parse_i64(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn floats_are_what_strtod_takes_whole() {
        for (text, want) in [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("+3", Some(3.0)),
            ("1e3", Some(1000.0)),
            ("inf", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("0x10", Some(16.0)),
            ("0x1.8p1", Some(3.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0xap-5000", None),
            ("-0x0p9", Some(-0.0)),
            ("0x", None),
            ("0x1p", None),
            ("0x1p+99999999999", None),
            ("nan", None),
            (" 1", None),
            ("1 ", None),
            ("1e400", None),
            ("1e-400", None),
            ("--1", None),
            ("+-1", None),
            ("", None),
            ("-", None),
            ("1e", None),
        ] {
            assert_eq!(parse_f64(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn doubles_are_printed_with_seventeen_digits() {
        for (value, want) in [
            (0.1, "0.10000000000000001"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (-0.0, "-0"),
            (1e17, "1e+17"),
            (1e16, "10000000000000000"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e-5, "1.0000000000000001e-05"),
            (0.0001, "0.0001"),
            (3.0e300, "3.0000000000000002e+300"),
            (f64::INFINITY, "inf"),
            (17179869184.5, "17179869184.5"),
        ] {
            assert_eq!(String::from_utf8(f64_text(value)).unwrap(), want);
        }
    }
}
