//! A histogram with a high dynamic range: two significant digits from a nanosecond to a second,
//! with the same buckets as HdrHistogram, which Redis uses.

use std::collections::BTreeMap;

/// The longest time that is told apart, in nanoseconds (`LATENCY_HISTOGRAM_MAX_VALUE`).
const LONGEST: u64 = 1_000_000_000;
/// Bits of a value that are kept: two digits need 256 buckets an octave at the bottom.
const KEPT_BITS: u32 = 8;
/// `LATENCY HISTOGRAM` tells the counts up to 1024 ns, and each doubling of it.
const FIRST_LEVEL: u64 = 1024;

/// How often which time was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    /// Counts by the lowest time of their bucket, in nanoseconds.
    counts: BTreeMap<u64, u64>,
    total: u64,
}

/// How many times share a bucket with `nanos`.
const fn width(nanos: u64) -> u64 {
    let bits = 64 - nanos.leading_zeros();
    if bits <= KEPT_BITS { 1 } else { 1 << (bits - KEPT_BITS) }
}

const fn lowest(nanos: u64) -> u64 {
    nanos / width(nanos) * width(nanos)
}

const fn highest(nanos: u64) -> u64 {
    lowest(nanos) + width(nanos) - 1
}

impl Histogram {
    /// Counts a time.
    pub(crate) fn record(&mut self, micros: u64) {
        let nanos = micros.saturating_mul(1000).clamp(1, LONGEST);
        *self.counts.entry(lowest(nanos)).or_default() += 1;
        self.total += 1;
    }

    /// How many times were counted.
    pub(crate) const fn total(&self) -> u64 {
        self.total
    }

    /// The time in nanoseconds that `percentile` of all did not exceed
    /// (`hdr_value_at_percentile`).
    pub(crate) fn at_percentile(&self, percentile: f64) -> u64 {
        let wanted = ((percentile.min(100.0) / 100.0) * self.total as f64 + 0.5) as u64;
        let (wanted, mut seen) = (wanted.max(1), 0);
        for (nanos, count) in &self.counts {
            seen += count;
            if seen >= wanted {
                return if percentile == 0.0 { *nanos } else { highest(*nanos) };
            }
        }
        0
    }

    /// Microseconds, doubling, each with how many took no longer; those that add nothing are
    /// left out (`fillCommandCDF`).
    pub(crate) fn cumulative(&self) -> Vec<(u64, u64)> {
        let (mut told, mut level, mut before) = (Vec::new(), FIRST_LEVEL, 0);
        while before < self.total {
            let top = highest(level);
            let count = self.counts.range(..=top).map(|(_, count)| count).sum();
            if count > before {
                told.push((top / 1000, count));
                before = count;
            }
            level *= 2;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_percentiles_are_those_of_a_real_redis() {
        let mut histogram = Histogram::default();
        for micros in [1, 1, 2, 5, 100, 50_000] {
            histogram.record(micros);
        }
        assert_eq!(histogram.cumulative(), [(1, 2), (2, 3), (8, 4), (132, 5), (67_633, 6)]);
        let nanos = [0.0, 50.0, 99.0].map(|p| histogram.at_percentile(p));
        assert_eq!(nanos, [1000, 2007, 50_069_503]);
    }
}
