//! Medians and spreads.

use super::server::Kind;

/// What was measured on both, round by round.
#[derive(Default)]
pub(super) struct Pairs {
    native: Vec<f64>,
    redis: Vec<f64>,
}

impl Pairs {
    pub(super) fn add(&mut self, kind: Kind, value: f64) {
        match kind {
            Kind::Native => self.native.push(value),
            Kind::Redis => self.redis.push(value),
        }
    }

    pub(super) fn native(&self) -> f64 {
        median(&self.native)
    }

    pub(super) fn redis(&self) -> f64 {
        median(&self.redis)
    }

    /// native ÷ redis: the median over the rounds, and the lowest and highest round.
    pub(super) fn ratio(&self) -> Ratio {
        let rounds: Vec<f64> = self.native.iter().zip(&self.redis).map(|(n, r)| n / r).collect();
        Ratio {
            median: median(&rounds),
            low: rounds.iter().copied().fold(f64::INFINITY, f64::min),
            high: rounds.iter().copied().fold(0.0, f64::max),
        }
    }
}

/// A ratio with its spread.
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "**{:.2}** ({:.2}–{:.2})", self.median, self.low, self.high)
    }
}

/// The middle value; of an even number the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// The value below which `percent` of them lie.
pub(super) fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = (sorted.len() as f64 * percent / 100.0) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_made_round_by_round() {
        let mut pairs = Pairs::default();
        for (native, redis) in [(2.0, 1.0), (30.0, 10.0), (1.0, 1.0)] {
            pairs.add(Kind::Redis, redis);
            pairs.add(Kind::Native, native);
        }
        assert_eq!(pairs.ratio().to_string(), "**2.00** (1.00–3.00)");
        assert_eq!((pairs.native(), pairs.redis()), (2.0, 1.0));
    }

    #[test]
    fn percentiles_of_a_hundred() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(percentile(&values, 99.0), 99.0);
        assert_eq!(percentile(&values, 50.0), 50.0);
        assert_eq!(median(&values), 49.5);
    }
}
