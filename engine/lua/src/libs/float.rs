//! The parts of a double: what C's `frexp`, `ldexp` and `modf` do.

use engine_base::strtod::from_parts;

/// A mantissa in 0.5..1 and a power of two (C's `frexp`); zero, infinity and NaN come back with power 0.
pub(crate) fn frexp(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    const HALF: u64 = 1022 << 52;
    let (value, lift) =
        if value.is_subnormal() { (value * 2_f64.powi(54), -54) } else { (value, 0) };
    let bits = value.to_bits();
    let power = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | HALF), power + lift)
}

/// `value` times two to the `power`, rounded once (C's `ldexp`).
pub(crate) fn ldexp(value: f64, power: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let (fraction, own) = frexp(value);
    let bits = (fraction.abs() * 9_007_199_254_740_992.0) as u64;
    let size = from_parts(bits, i64::from(own) - 53 + i64::from(power), false);
    size.copysign(value)
}

/// The whole part and the rest, both with the number's sign (C's `modf`).
pub(crate) fn modf(value: f64) -> (f64, f64) {
    let whole = value.trunc();
    let rest = if value.is_infinite() { 0.0 } else { value - whole };
    (whole, rest.copysign(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_put_together_are_the_number_again() {
        for value in [1.0, -0.75, 1e300, -5e-324, 2.2e-308, 1.1e-310, std::f64::consts::PI] {
            let (fraction, power) = frexp(value);
            assert!((0.5..1.0).contains(&fraction.abs()), "{value}");
            assert_eq!(ldexp(fraction, power), value);
        }
        assert_eq!(frexp(8.0), (0.5, 4));
        assert_eq!(
            [ldexp(1.0, 2000), ldexp(1.0, -1074), ldexp(1.0, -1075), ldexp(1.5, -1074)],
            [f64::INFINITY, 5e-324, 0.0, 1e-323]
        );
        assert_eq!(ldexp(-3.0, -1075), -1e-323);
        assert_eq!(modf(-1.25), (-1.0, -0.25));
        assert_eq!(modf(f64::INFINITY), (f64::INFINITY, 0.0));
    }
}
