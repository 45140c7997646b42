//! Speed: virtual seconds a real second, in logarithmic steps.

/// The stops of the speed control: label and virtual seconds a real second.
pub(crate) const STOPS: [(&str, f64); 13] = [
    ("1/1000×", 0.001),
    ("1/500×", 0.002),
    ("1/200×", 0.005),
    ("1/100×", 0.01),
    ("1/50×", 0.02),
    ("1/20×", 0.05),
    ("1/10×", 0.1),
    ("1/5×", 0.2),
    ("1/2×", 0.5),
    ("1×", 1.0),
    ("2×", 2.0),
    ("5×", 5.0),
    ("20×", 20.0),
];

/// Where it stands at first: as fast as a real cluster.
pub(crate) const REAL: usize = 9;

/// A stop of the control, kept in range.
pub(crate) fn stop(ix: usize) -> (&'static str, f64) {
    STOPS[ix.min(STOPS.len() - 1)]
}

/// `0.21×`: a speed that was measured.
pub(crate) fn rate(rate: f64) -> String {
    if rate < 0.1 { format!("{rate:.3}×") } else { format!("{rate:.2}×") }
}

/// `00:17.204` or `1:02:03.004`: a virtual instant for people.
pub(crate) fn clock(us: u64) -> String {
    let ms = us / 1000;
    let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    if h > 0 { format!("{h}:{m:02}:{s:02}.{ms:03}") } else { format!("{m:02}:{s:02}.{ms:03}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_rise_and_real_time_is_one() {
        assert!(STOPS.windows(2).all(|w| w[0].1 < w[1].1));
        assert!((stop(REAL).1 - 1.0).abs() < f64::EPSILON);
        assert_eq!(stop(999).0, "20×");
    }

    #[test]
    fn a_measured_speed_has_two_digits_that_say_something() {
        assert_eq!((rate(0.213), rate(0.0123)), ("0.21×".to_owned(), "0.012×".to_owned()));
    }

    #[test]
    fn an_instant_is_read_as_minutes_and_seconds() {
        assert_eq!(clock(17_204_900), "00:17.204");
        assert_eq!(clock(3_723_004_000), "1:02:03.004");
    }
}
