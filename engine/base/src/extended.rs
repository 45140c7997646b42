//! The 80-bit "long double" of x86-64, as far as `INCRBYFLOAT` and `HINCRBYFLOAT` show it: read a
//! decimal text, add, print as `%.17Lf` without trailing zeros (`string2ld` and `ld2string` with
//! `LD_STR_HUMAN` in util.c).
//!
//! Those two commands compute in `long double`, so 0.1 + 0.2 prints `0.3`; a double would print
//! `0.30000000000000004`. Only whole numbers are needed to get the same digits everywhere.

use crate::number;

/// A finite 80-bit number: `mantissa × 2^exponent`; the mantissa's top bit is set unless it is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// The largest exponent of a 64-bit whole mantissa (16383 - 63).
const MAX_EXPONENT: i32 = 16_320;
/// The smallest one; denormals below are taken as zero, which `%.17Lf` prints just so.
const MIN_EXPONENT: i32 = -16_445;
/// `MAX_LONG_DOUBLE_CHARS` in util.h: longer texts are no numbers.
const MAX_CHARS: usize = 5 * 1024;

/// The sum is no finite number: `ERR increment would produce NaN or Infinity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFinite;

/// A text read as a long double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// A finite number.
    Finite(Extended),
    /// `inf` or `-inf`: a valid float, but nothing can be added to it.
    Infinite,
}

impl Extended {
    /// Reads a text as `string2ld`; `None` when it is no float, `nan`, or out of range.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Read> {
        if text.len() >= MAX_CHARS {
            return None;
        }
        // What is accepted is the same as for a double; only range and precision differ.
        let rough = number::strtod(text)?;
        if rough.is_nan() {
            return None;
        }
        if text.iter().any(|b| matches!(b, b'i' | b'I')) {
            return Some(Read::Infinite);
        }
        let negative = text.first() == Some(&b'-');
        let digits = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
        if matches!(digits, [b'0', b'x' | b'X', ..]) {
            return Self::from_f64(rough).map(Read::Finite);
        }
        Self::from_decimal(negative, digits).map(Read::Finite)
    }

    /// A double as it is; `None` when it is not finite.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let (mantissa, exponent) =
            if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
        Self::rounded(value.is_sign_negative(), u128::from(mantissa), exponent, false)
    }

    /// Decimal digits with an optional point and exponent, already known to be well formed.
    fn from_decimal(negative: bool, text: &[u8]) -> Option<Self> {
        let at = text.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(text.len());
        let power = core::str::from_utf8(text.get(at + 1..).unwrap_or_default()).unwrap_or("");
        let mut power: i64 = match power {
            "" => 0,
            // Too many digits for an i64 is out of every range: keep the sign.
            p => p.parse().unwrap_or(if p.starts_with('-') { -1_000_000 } else { 1_000_000 }),
        };
        let mut digits = Vec::new();
        let mut point = false;
        for &b in &text[..at] {
            if b == b'.' {
                point = true;
            } else {
                digits.push(b - b'0');
                power = power.saturating_sub(i64::from(point));
            }
        }
        let whole = Big::from_digits(&digits);
        if whole.is_zero() {
            return Some(Self { negative, mantissa: 0, exponent: 0 });
        }
        if !(-12_000..=12_000).contains(&power) {
            return None;
        }
        let ten = Big::power_of_ten(power.unsigned_abs() as usize);
        if power >= 0 {
            let (bits, exponent, sticky) = whole.times(&ten).top_128();
            return Self::rounded(negative, bits, exponent, sticky);
        }
        // Scale up so that the quotient has at least 66 bits.
        let scale = (ten.bits() + 70).saturating_sub(whole.bits());
        let (quotient, remains) = whole.shifted_left(scale).divided_by(&ten);
        let (bits, exponent, sticky) = quotient.top_128();
        let exponent = exponent - i32::try_from(scale).ok()?;
        let value = Self::rounded(negative, bits, exponent, sticky || remains)?;
        (value.mantissa != 0).then_some(value)
    }

    /// Rounds to 64 bits, half to even; `None` when too large.
    fn rounded(negative: bool, bits: u128, exponent: i32, sticky: bool) -> Option<Self> {
        if bits == 0 {
            return Some(Self { negative, mantissa: 0, exponent: 0 });
        }
        let lead = bits.leading_zeros();
        let bits = bits << lead;
        let mut exponent = exponent.checked_sub(lead as i32)?.checked_add(64)?;
        let mut mantissa = (bits >> 64) as u64;
        let rest = bits as u64;
        let half = 1 << 63;
        if rest > half || (rest == half && (sticky || mantissa & 1 == 1)) {
            mantissa = match mantissa.checked_add(1) {
                Some(m) => m,
                None => {
                    exponent += 1;
                    half
                }
            };
        }
        if exponent > MAX_EXPONENT {
            return None;
        }
        if exponent < MIN_EXPONENT {
            return Some(Self { negative, mantissa: 0, exponent: 0 });
        }
        Some(Self { negative, mantissa, exponent })
    }

    /// The sum, rounded as the processor does it.
    ///
    /// # Errors
    /// [`NotFinite`] when it is too large.
    pub fn plus(self, other: Self) -> Result<Self, NotFinite> {
        if self.mantissa == 0 || other.mantissa == 0 {
            let both = self.mantissa == other.mantissa;
            let negative = self.negative && other.negative;
            let sum = if self.mantissa == 0 { other } else { self };
            return Ok(if both { Self { negative, ..sum } } else { sum });
        }
        let (large, small) = if (self.exponent, self.mantissa) >= (other.exponent, other.mantissa) {
            (self, other)
        } else {
            (other, self)
        };
        let distance = (large.exponent - small.exponent) as u32;
        // One bit of headroom for the carry; 62 bits below the mantissa take what is shifted out.
        let a = u128::from(large.mantissa) << 62;
        let full = u128::from(small.mantissa) << 62;
        let (b, sticky) = match full.checked_shr(distance) {
            Some(b) => (b, b.checked_shl(distance) != Some(full)),
            None => (0, true),
        };
        let exponent = large.exponent - 62;
        let (bits, lost) = if large.negative == small.negative {
            (a + b, sticky)
        } else if sticky {
            (a - b - 1, true)
        } else {
            (a - b, false)
        };
        let negative = large.negative && bits != 0;
        Self::rounded(negative, bits, exponent, lost).ok_or(NotFinite)
    }

    /// The text of `%.17Lf` without trailing zeros and without a trailing point; `-0` is `0`.
    #[must_use]
    pub fn to_text(self) -> Vec<u8> {
        if self.mantissa == 0 {
            return b"0".to_vec();
        }
        let scaled = Big::from_u64(self.mantissa).times(&Big::power_of_ten(17));
        let whole = if self.exponent >= 0 {
            scaled.shifted_left(self.exponent.unsigned_abs() as usize)
        } else {
            scaled.shifted_right_half_even(self.exponent.unsigned_abs() as usize)
        };
        let mut digits = whole.to_digits();
        while digits.len() < 18 {
            digits.insert(0, b'0');
        }
        let fraction = digits.split_off(digits.len() - 17);
        let mut out = Vec::new();
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(&digits);
        if let Some(last) = fraction.iter().rposition(|&d| d != b'0') {
            out.push(b'.');
            out.extend_from_slice(&fraction[..=last]);
        }
        if out == b"-0" { b"0".to_vec() } else { out }
    }
}

/// A natural number, least significant word first, no zero word on top.
#[derive(Clone, Debug)]
struct Big(Vec<u32>);

impl Big {
    fn from_u64(n: u64) -> Self {
        Self(vec![n as u32, (n >> 32) as u32]).trimmed()
    }

    fn from_digits(digits: &[u8]) -> Self {
        let mut n = Self(Vec::new());
        for &d in digits {
            n.times_small(10, u32::from(d));
        }
        n
    }

    fn power_of_ten(power: usize) -> Self {
        let mut n = Self(vec![1]);
        for _ in 0..power / 9 {
            n.times_small(1_000_000_000, 0);
        }
        for _ in 0..power % 9 {
            n.times_small(10, 0);
        }
        n
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn bits(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * 32 - top.leading_zeros() as usize)
    }

    fn times_small(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for word in &mut self.0 {
            let product = u64::from(*word) * u64::from(factor) + carry;
            *word = product as u32;
            carry = product >> 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn times(&self, other: &Self) -> Self {
        let mut out = vec![0_u32; self.0.len() + other.0.len()];
        for (i, &a) in self.0.iter().enumerate() {
            let mut carry = 0_u64;
            for (j, &b) in other.0.iter().enumerate() {
                let sum = u64::from(a) * u64::from(b) + u64::from(out[i + j]) + carry;
                out[i + j] = sum as u32;
                carry = sum >> 32;
            }
            out[i + other.0.len()] = carry as u32;
        }
        Self(out).trimmed()
    }

    fn shifted_left(&self, by: usize) -> Self {
        let mut out = vec![0; by / 32];
        let bits = by % 32;
        let mut carry = 0_u32;
        for &word in &self.0 {
            out.push(word << bits | carry);
            carry = if bits == 0 { 0 } else { word >> (32 - bits) };
        }
        out.push(carry);
        Self(out).trimmed()
    }

    fn bit(&self, at: usize) -> bool {
        self.0.get(at / 32).is_some_and(|w| w >> (at % 32) & 1 == 1)
    }

    fn any_below(&self, at: usize) -> bool {
        (0..at.min(self.bits())).any(|i| self.bit(i))
    }

    fn shifted_right(&self, by: usize) -> Self {
        let bits = by % 32;
        let words = self.0.get(by / 32..).unwrap_or_default();
        let out = (0..words.len())
            .map(|i| {
                let above = words.get(i + 1).copied().unwrap_or(0);
                if bits == 0 { words[i] } else { words[i] >> bits | above << (32 - bits) }
            })
            .collect();
        Self(out).trimmed()
    }

    fn shifted_right_half_even(&self, by: usize) -> Self {
        let mut out = self.shifted_right(by);
        let half = by > 0 && self.bit(by - 1);
        if half && (out.bit(0) || self.any_below(by - 1)) {
            if out.is_zero() {
                out.0.push(1);
            } else {
                let mut carry = true;
                for word in &mut out.0 {
                    if carry {
                        (*word, carry) = word.overflowing_add(1);
                    }
                }
                if carry {
                    out.0.push(1);
                }
            }
        }
        out
    }

    /// The top 128 bits, the exponent of their lowest bit, and whether lower bits were set.
    fn top_128(&self) -> (u128, i32, bool) {
        let drop = self.bits().saturating_sub(128);
        let top = self.shifted_right(drop);
        let bits = top.0.iter().rev().fold(0_u128, |sum, &w| sum << 32 | u128::from(w));
        (bits, drop as i32, self.any_below(drop))
    }

    /// Schoolbook binary division: the quotient, and whether anything remained.
    fn divided_by(&self, divisor: &Self) -> (Self, bool) {
        // The quotient has about 71 bits, so bit by bit is quick enough.
        let steps = (self.bits() + 1).saturating_sub(divisor.bits());
        let mut rest = self.clone();
        let mut quotient = Self(vec![0; steps / 32 + 1]);
        for at in (0..steps).rev() {
            let part = divisor.shifted_left(at);
            if rest.at_least(&part) {
                rest = rest.minus(&part);
                quotient.0[at / 32] |= 1 << (at % 32);
            }
        }
        (quotient.trimmed(), !rest.is_zero())
    }

    fn at_least(&self, other: &Self) -> bool {
        let key = |n: &Self| n.0.len();
        key(self)
            .cmp(&key(other))
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
            .is_ge()
    }

    fn minus(&self, other: &Self) -> Self {
        let mut borrow = false;
        let out = self.0.iter().enumerate().map(|(i, &a)| {
            let (d, first) = a.overflowing_sub(other.0.get(i).copied().unwrap_or(0));
            let (d, second) = d.overflowing_sub(u32::from(borrow));
            borrow = first || second;
            d
        });
        Self(out.collect()).trimmed()
    }

    fn to_digits(&self) -> Vec<u8> {
        let mut rest = self.clone();
        let mut groups = Vec::new();
        while !rest.is_zero() {
            let mut remainder = 0_u64;
            for word in rest.0.iter_mut().rev() {
                let n = remainder << 32 | u64::from(*word);
                *word = (n / 1_000_000_000) as u32;
                remainder = n % 1_000_000_000;
            }
            rest = rest.trimmed();
            groups.push(remainder);
        }
        let mut out = String::new();
        for (i, group) in groups.iter().rev().enumerate() {
            out.push_str(&if i == 0 { format!("{group}") } else { format!("{group:09}") });
        }
        out.into_bytes()
    }
}

#[cfg(test)]
mod tests;
