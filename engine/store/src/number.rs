//! Numbers as text, the way Redis reads and prints them where values are stored.

pub use engine_base::number::parse_i64;

/// Room for the text of an integer.
#[derive(Clone, Default)]
pub struct IntText(itoa::Buffer);

impl IntText {
    /// Empty room.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The decimal text of `n`.
    pub fn of(&mut self, n: i64) -> &[u8] {
        self.0.format(n).as_bytes()
    }
}

/// A score's text as Redis stores and replies it: integers below 2^52 as such, everything else
/// as C's `%.17g` (`d2string` in util.c).
#[must_use]
pub fn score_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let whole = value as i64;
    if value.abs() < 4_503_599_627_370_495.0 && whole as f64 == value {
        return itoa::Buffer::new().format(whole).to_owned();
    }
    general_17(value)
}

/// C's `%.17g` of a finite number that is not zero.
fn general_17(value: f64) -> String {
    let text = format!("{value:.16e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let digits = digits.trim_end_matches('0');
    if !(-4..17).contains(&exponent) {
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let dot = if rest.is_empty() { "" } else { "." };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{mark}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits}{}", "0".repeat(whole - digits.len()));
    }
    let (left, right) = digits.split_at(whole);
    format!("{sign}{left}.{right}")
}

/// A score from the text that is stored in a listpack (`strtod` on what `d2string` wrote).
#[must_use]
pub fn parse_score(text: &[u8]) -> Option<f64> {
    match text {
        b"inf" => Some(f64::INFINITY),
        b"-inf" => Some(f64::NEG_INFINITY),
        b"nan" | b"-nan" => None,
        _ => core::str::from_utf8(text).ok()?.parse().ok().filter(|x: &f64| !x.is_nan()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_a_number() {
        assert_eq!(parse_i64(b"0"), Some(0));
        assert_eq!(parse_i64(b"-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_i64(b"9223372036854775807"), Some(i64::MAX));
        for bad in ["", "-", "+1", "01", "-0", "1 ", " 1", "9223372036854775808", "1e3"] {
            assert_eq!(parse_i64(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn scores_print_as_in_c() {
        let cases = [
            (1.5, "1.5"),
            (0.1, "0.10000000000000001"),
            (3.0, "3"),
            (-17.25, "-17.25"),
            (1e22, "1e+22"),
            (1e16, "10000000000000000"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e-5, "1.0000000000000001e-05"),
            (0.0001, "0.0001"),
            (f64::INFINITY, "inf"),
            (-0.0, "-0"),
        ];
        for (value, text) in cases {
            assert_eq!(score_text(value), text);
            assert_eq!(parse_score(text.as_bytes()).map(f64::to_bits), Some(value.to_bits()));
        }
    }
}
