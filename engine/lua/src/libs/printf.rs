//! Numbers and strings as C's `printf` writes them (glibc), with flags, width and precision.

/// What stands between `%` and the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spec {
    /// `-`: spaces behind, not in front.
    pub(crate) left: bool,
    /// `+`: a sign for positive numbers too.
    pub(crate) plus: bool,
    /// A space where a plus sign would be.
    pub(crate) space: bool,
    /// `#`: `0x`, a leading zero, a point in any case.
    pub(crate) alternate: bool,
    /// `0`: filled up with zeros.
    pub(crate) zero: bool,
    /// How many bytes at least.
    pub(crate) width: usize,
    /// Digits behind the point, digits at least, or bytes at most.
    pub(crate) precision: Option<usize>,
}

impl Spec {
    /// Only a precision.
    pub(crate) fn precise(precision: usize) -> Spec {
        Spec { precision: Some(precision), ..Spec::default() }
    }

    fn sign(self, negative: bool) -> &'static [u8] {
        match (negative, self.plus, self.space) {
            (true, ..) => b"-",
            (false, true, _) => b"+",
            (false, false, true) => b" ",
            (false, false, false) => b"",
        }
    }

    /// `prefix` and `body`, filled up to the width: zeros go between the two.
    fn filled(self, out: &mut Vec<u8>, prefix: &[u8], body: &[u8], zeros: bool) {
        let fill = self.width.saturating_sub(prefix.len() + body.len());
        let zeros = zeros && !self.left;
        if !zeros && !self.left {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
        out.extend_from_slice(prefix);
        if zeros {
            out.extend(std::iter::repeat_n(b'0', fill));
        }
        out.extend_from_slice(body);
        if self.left {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
    }
}

/// `%d` and `%i`.
pub(crate) fn signed(out: &mut Vec<u8>, spec: Spec, value: i64) {
    let digits = whole_digits(spec, value.unsigned_abs().to_string().into_bytes(), value == 0);
    spec.filled(out, spec.sign(value < 0), &digits, spec.zero && spec.precision.is_none());
}

/// `%u`, `%o`, `%x` and `%X`.
pub(crate) fn unsigned(out: &mut Vec<u8>, spec: Spec, letter: u8, value: u64) {
    let digits = match letter {
        b'o' => format!("{value:o}"),
        b'x' => format!("{value:x}"),
        b'X' => format!("{value:X}"),
        _ => value.to_string(),
    };
    let mut digits = whole_digits(spec, digits.into_bytes(), value == 0);
    let prefix: &[u8] = match letter {
        b'x' if spec.alternate && value != 0 => b"0x",
        b'X' if spec.alternate && value != 0 => b"0X",
        _ => b"",
    };
    if letter == b'o' && spec.alternate && digits.first() != Some(&b'0') {
        digits.insert(0, b'0');
    }
    spec.filled(out, prefix, &digits, spec.zero && spec.precision.is_none());
}

/// The precision of a whole number: at least so many digits, and none at all for 0 with a precision of 0.
fn whole_digits(spec: Spec, digits: Vec<u8>, is_zero: bool) -> Vec<u8> {
    match spec.precision {
        Some(0) if is_zero => Vec::new(),
        Some(least) if digits.len() < least => {
            let mut padded = vec![b'0'; least - digits.len()];
            padded.extend_from_slice(&digits);
            padded
        }
        _ => digits,
    }
}

/// `%s`: at most `precision` bytes.
pub(crate) fn string(out: &mut Vec<u8>, spec: Spec, bytes: &[u8]) {
    let kept = bytes.len().min(spec.precision.unwrap_or(usize::MAX));
    spec.filled(out, b"", &bytes[..kept], false);
}

/// `%e`, `%E`, `%f`, `%g` and `%G`.
pub(crate) fn float(out: &mut Vec<u8>, spec: Spec, letter: u8, value: f64) {
    let upper = letter.is_ascii_uppercase();
    let sign = spec.sign(value.is_sign_negative());
    if !value.is_finite() {
        let body: &[u8] = match (value.is_nan(), upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        spec.filled(out, sign, body, false);
        return;
    }
    let precision = spec.precision.unwrap_or(6);
    let mut body = Vec::new();
    match letter {
        b'f' => plain(&mut body, value.abs(), precision, spec.alternate),
        b'e' | b'E' => {
            let (digits, exponent) = scientific(value.abs(), precision);
            with_exponent(&mut body, &digits, exponent, spec.alternate, upper);
        }
        _ => general(&mut body, value.abs(), precision, spec.alternate, upper),
    }
    spec.filled(out, sign, &body, spec.zero);
}

fn plain(out: &mut Vec<u8>, value: f64, precision: usize, point: bool) {
    out.extend_from_slice(format!("{value:.precision$}").as_bytes());
    if precision == 0 && point {
        out.push(b'.');
    }
}

/// `precision + 1` digits and the power of ten of the first.
fn scientific(value: f64, precision: usize) -> (Vec<u8>, i32) {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.bytes().filter(u8::is_ascii_digit).collect(), exponent.parse().unwrap_or(0))
}

fn with_exponent(out: &mut Vec<u8>, digits: &[u8], exponent: i32, point: bool, upper: bool) {
    out.extend_from_slice(&digits[..1]);
    if digits.len() > 1 || point {
        out.push(b'.');
        out.extend_from_slice(&digits[1..]);
    }
    out.push(if upper { b'E' } else { b'e' });
    out.push(if exponent < 0 { b'-' } else { b'+' });
    out.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
}

/// `%g`: `precision` digits that count, as `%e` or as `%f`, whichever the power of ten asks for.
fn general(out: &mut Vec<u8>, value: f64, precision: usize, alternate: bool, upper: bool) {
    let precision = precision.max(1);
    let (mut digits, exponent) = scientific(value, precision - 1);
    if !alternate {
        let kept = digits.iter().rposition(|d| *d != b'0').map_or(1, |at| at + 1);
        digits.truncate(kept);
    }
    if exponent < -4 || exponent >= precision as i32 {
        with_exponent(out, &digits, exponent, alternate, upper);
        return;
    }
    let Ok(whole) = usize::try_from(exponent) else {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', exponent.unsigned_abs() as usize - 1));
        out.extend_from_slice(&digits);
        return;
    };
    out.extend((0..=whole).map(|at| digits.get(at).copied().unwrap_or(b'0')));
    let rest = digits.get(whole + 1..).unwrap_or_default();
    if !rest.is_empty() || alternate {
        out.push(b'.');
        out.extend_from_slice(rest);
    }
}

/// `%.{precision}g`, quick where the number is whole and short.
pub(crate) fn shortest(out: &mut Vec<u8>, value: f64, precision: usize) {
    let limit = match precision {
        14.. => 1e14,
        _ => 1e6,
    };
    let short = precision >= 6 && value.abs() < limit && value.fract() == 0.0;
    if short && (value != 0.0 || value.is_sign_positive()) {
        out.extend_from_slice((value as i64).to_string().as_bytes());
    } else {
        float(out, Spec::precise(precision), b'g', value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ties_go_to_the_even_digit() {
        for (value, precision, want) in [
            (0.5, 0, "0"),
            (1.5, 0, "2"),
            (2.5, 0, "2"),
            (0.25, 1, "0.2"),
            (0.75, 1, "0.8"),
            (0.125, 2, "0.12"),
        ] {
            let spec = Spec::precise(precision);
            assert_eq!(text(|out| float(out, spec, b'f', value)), want);
        }
        assert_eq!(text(|out| float(out, Spec::precise(2), b'e', 1.125)), "1.12e+00");
        assert_eq!(text(|out| float(out, Spec::precise(2), b'g', 0.125)), "0.12");
    }

    #[test]
    fn the_quick_way_is_the_same_as_the_slow_one() {
        for value in [
            0.0,
            -0.0,
            1.0,
            -7.0,
            999_999.0,
            1e6,
            1e13,
            99_999_999_999_999.0,
            1e14,
            1e15,
            0.1,
            1e300,
        ] {
            for precision in 1..=17 {
                let slow = text(|out| float(out, Spec::precise(precision), b'g', value));
                assert_eq!(
                    text(|out| shortest(out, value, precision)),
                    slow,
                    "{value} {precision}"
                );
            }
        }
    }

    #[test]
    fn infinity_and_nan_are_never_filled_with_zeros() {
        let spec = Spec { zero: true, width: 6, ..Spec::default() };
        assert_eq!(text(|out| float(out, spec, b'g', f64::NEG_INFINITY)), "  -inf");
        assert_eq!(text(|out| float(out, spec, b'G', f64::INFINITY)), "   INF");
        assert_eq!(text(|out| float(out, spec, b'f', -1.5)), "-1.500000");
    }

    #[test]
    fn an_octal_zero_needs_no_second_one() {
        let spec = Spec { alternate: true, ..Spec::default() };
        assert_eq!(text(|out| unsigned(out, spec, b'o', 0)), "0");
        assert_eq!(text(|out| unsigned(out, spec, b'o', 8)), "010");
        assert_eq!(text(|out| unsigned(out, Spec { precision: Some(0), ..spec }, b'o', 0)), "0");
        assert_eq!(text(|out| unsigned(out, Spec { precision: Some(0), ..spec }, b'x', 0)), "");
    }
}
