//! How fast time really runs, where the machine cannot keep up with what was asked.

/// So much real time is measured before anything is said, in milliseconds.
const WINDOW_MS: f64 = 1_000.0;
/// A frame that took longer was no frame: the page was hidden.
const HIDDEN_MS: f64 = 3_000.0;
/// So much does the last window count against all before it.
const NEW: f64 = 0.4;
/// Less than this part of the speed that was asked for is worth saying.
const SHORT: f64 = 0.9;

/// Virtual and real time of the last second or so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gauge {
    virtual_us: u64,
    real_ms: f64,
    /// Virtual seconds a real second, as measured last.
    rate: Option<f64>,
}

impl Gauge {
    /// A frame passed in which time ran.
    pub(super) fn note(&mut self, virtual_us: u64, real_ms: f64) {
        if real_ms > HIDDEN_MS {
            return;
        }
        self.virtual_us += virtual_us;
        self.real_ms += real_ms;
        if self.real_ms >= WINDOW_MS {
            let now = self.virtual_us as f64 / 1000.0 / self.real_ms;
            // The pings of many nodes come in storms: what is shown shall be readable.
            let rate = self.rate.map_or(now, |before| before.mul_add(1.0 - NEW, now * NEW));
            *self = Self { rate: Some(rate), ..Self::default() };
        }
    }

    /// Time stands, or another speed was chosen.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The true speed, when it falls short of the one that was asked for.
    pub(super) fn short_of(&self, asked: f64) -> Option<f64> {
        self.rate.filter(|rate| *rate < asked * SHORT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(frames: usize, virtual_us: u64, real_ms: f64) -> Gauge {
        let mut gauge = Gauge::default();
        (0..frames).for_each(|_| gauge.note(virtual_us, real_ms));
        gauge
    }

    #[test]
    fn a_world_that_falls_behind_says_how_fast_it_really_is() {
        let slow = after(60, 4_000, 20.0);
        assert!((slow.short_of(1.0).unwrap() - 0.2).abs() < 1e-9);
        assert_eq!(slow.short_of(0.2), None, "that is what was asked for");
        assert_eq!(after(60, 20_000, 20.0).short_of(1.0), None);
    }

    #[test]
    fn nothing_is_said_of_the_first_frames_nor_of_a_hidden_page() {
        assert_eq!(after(3, 10, 20.0).short_of(1.0), None);
        assert_eq!(after(1, 10, 60_000.0).short_of(1.0), None);
    }
}
