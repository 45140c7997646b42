//! Numbers as text and back, as C's printf and strtod have them; conversions to integers as x86-64 has them.

/// C's `(long long)number` on x86-64: cut towards zero; what does not fit is i64::MIN.
#[must_use]
pub fn to_integer(number: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// Lua's `%`: of the divisor's sign.
#[must_use]
#[inline]
pub fn modulo(a: f64, b: f64) -> f64 {
    let quotient = a / b;
    if quotient.abs() < 4_503_599_627_370_496.0 {
        // What floor does, without a call.
        let cut = quotient as i64 as f64;
        let floor = if cut > quotient {
            cut - 1.0
        } else if cut == quotient {
            quotient
        } else {
            cut
        };
        return a - floor * b;
    }
    a - quotient.floor() * b
}

/// Lua's `^`: C's pow.
#[must_use]
pub fn power(a: f64, b: f64) -> f64 {
    a.powf(b)
}

/// A number as `tostring` writes it: `%.14g`.
#[must_use]
pub fn format_number(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e14 {
        // The most common case: no digits behind the point.
        let integer = number as i64;
        return if integer == 0 && number.is_sign_negative() {
            "-0".to_owned()
        } else {
            integer.to_string()
        };
    }
    format_g(number, 14)
}

/// Appends a number as `tostring` writes it.
pub fn write_number(out: &mut Vec<u8>, number: f64) {
    if number == number.trunc()
        && number.abs() < 1e14
        && (number != 0.0 || number.is_sign_positive())
    {
        let mut left = number.abs() as u64;
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if number < 0.0 {
            out.push(b'-');
        }
        return out.extend_from_slice(&digits[at..]);
    }
    out.extend_from_slice(format_number(number).as_bytes());
}

/// C's `%.{precision}g`.
#[must_use]
pub fn format_g(number: f64, precision: usize) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let precision = precision.max(1);
    let scientific = format!("{number:.*e}", precision - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim_zeros(mantissa), exponent.abs());
    }
    let behind = (precision as i32 - 1 - exponent).max(0) as usize;
    trim_zeros(&format!("{number:.behind$}")).to_owned()
}

fn trim_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// What `tonumber` reads: strtod with whitespace around, `0x` in front for base 16, `inf` and `nan`; `None` if
/// anything else stands there. As for C, the text ends at its first NUL.
#[must_use]
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let text = text.split(|b| *b == 0).next()?;
    let text = engine_base::number::after_space(text);
    let end = text.iter().rposition(|b| !matches!(b, b' ' | 0x09..=0x0d))? + 1;
    engine_base::number::strtod(&text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_printf_writes_them() {
        for (number, text) in [
            (0.1, "0.1"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "1.2345678901234e+14"),
            (99_999_999_999_999.0, "99999999999999"),
            (1e14, "1e+14"),
            (-0.0, "-0"),
            (1.0 / 3.0, "0.33333333333333"),
            (1e-5, "1e-05"),
            (1e100, "1e+100"),
            (f64::INFINITY, "inf"),
            (-f64::NAN, "-nan"),
            (2_f64.powi(53), "9.007199254741e+15"),
            (0.000123, "0.000123"),
        ] {
            assert_eq!(format_number(number), text);
        }
    }

    #[test]
    fn the_remainder_is_of_the_divisors_sign_and_zero_keeps_its_own() {
        for (a, b) in [(7.0, 3.0), (-7.0, 3.0), (7.0, -3.0), (-0.0, 3.0), (5.5, 2.0), (1e300, 7.0)]
        {
            let floor: f64 = a / b;
            assert_eq!(modulo(a, b).to_bits(), (a - floor.floor() * b).to_bits(), "{a} % {b}");
        }
        assert!(modulo(1.0, 0.0).is_nan());
    }

    #[test]
    fn text_is_read_as_strtod_reads_it() {
        for (text, number) in [
            ("10", Some(10.0)),
            (" \t-1.5e2\n", Some(-150.0)),
            ("0x1F", Some(31.0)),
            ("-0x10", Some(-16.0)),
            ("0x.8p1", Some(1.0)),
            ("0x", None),
            ("1e", None),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            (".", None),
            ("", None),
            ("  ", None),
            ("1 2", None),
            ("inf", Some(f64::INFINITY)),
            ("1e400", Some(f64::INFINITY)),
            ("12\u{0}zz", Some(12.0)),
        ] {
            assert_eq!(parse_number(text.as_bytes()), number, "{text:?}");
        }
        assert!(parse_number(b"nan").is_some_and(f64::is_nan));
    }
}
