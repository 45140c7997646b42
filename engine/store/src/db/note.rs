//! What is noted of a key when it is used: the time (LRU), or how often (LFU). 24 bits either way
//! (`robj.lru`; the counter is that of evict.c).

/// What a new key begins with, so that it is not the first to go (`LFU_INIT_VAL`).
const LFU_INIT: u32 = 5;
/// The counter is the lower byte; above it stand minutes.
const COUNTER: u32 = 0xff;

/// How a use of a key is noted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Note {
    /// The time of the use, in the caller's measure.
    Clock(u32),
    /// One more use; the more there were, the less likely it is counted.
    Use(Lfu),
}

/// One use of a key at a minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lfu {
    /// Minutes of some clock; 16 bits count.
    pub minute: u32,
    /// Minutes after which an unused key is one use poorer; 0 for never (`lfu-decay-time`).
    pub decay_minutes: u32,
    /// How much harder each further use is to count (`lfu-log-factor`).
    pub log_factor: u32,
    /// A random number from 0 to 1, which decides whether this use counts.
    pub draw: f64,
}

impl Lfu {
    /// The counter of a note, less what it lost since (`LFUDecrAndReturn`).
    #[must_use]
    pub fn counter(self, note: u32) -> u32 {
        let (then, counter) = (note >> 8 & 0xffff, note & COUNTER);
        let idle = (self.minute & 0xffff).wrapping_sub(then) & 0xffff;
        let lost = idle.checked_div(self.decay_minutes).unwrap_or(0);
        counter.saturating_sub(lost)
    }

    /// A note that says this counter, now.
    #[must_use]
    pub fn note(self, counter: u32) -> u32 {
        (self.minute & 0xffff) << 8 | counter.min(COUNTER)
    }

    /// The counter after one more use (`LFULogIncr`).
    fn raised(self, counter: u32) -> u32 {
        let base = f64::from(counter.saturating_sub(LFU_INIT));
        let chance = 1.0 / (base * f64::from(self.log_factor) + 1.0);
        if counter < COUNTER && self.draw < chance { counter + 1 } else { counter }
    }
}

impl Note {
    /// What is noted of a key that was just made.
    #[must_use]
    pub fn fresh(self) -> u32 {
        match self {
            Self::Clock(clock) => clock,
            Self::Use(lfu) => lfu.note(LFU_INIT),
        }
    }

    /// What is noted of a key that is used again.
    #[must_use]
    pub fn again(self, old: u32) -> u32 {
        match self {
            Self::Clock(clock) => clock,
            Self::Use(lfu) => lfu.note(lfu.raised(lfu.counter(old))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32, draw: f64) -> Lfu {
        Lfu { minute, decay_minutes: 1, log_factor: 10, draw }
    }

    #[test]
    fn the_first_uses_count_and_later_ones_seldom_do() {
        let mut note = Note::Use(at(7, 0.0)).fresh();
        assert_eq!(at(7, 0.0).counter(note), LFU_INIT);
        note = Note::Use(at(7, 0.99)).again(note);
        assert_eq!(at(7, 0.0).counter(note), LFU_INIT + 1);
        note = Note::Use(at(7, 0.5)).again(note);
        assert_eq!(at(7, 0.0).counter(note), LFU_INIT + 1, "one in eleven counts");
        for _ in 0..1000 {
            note = Note::Use(at(7, 0.0)).again(note);
        }
        assert_eq!(at(7, 0.0).counter(note), 255);
    }

    #[test]
    fn an_unused_key_loses_one_a_minute_round_the_clock() {
        let note = at(65_535, 0.0).note(10);
        assert_eq!(
            [65_535, 65_536, 65_539, 65_600].map(|m| at(m, 0.0).counter(note)),
            [10, 9, 6, 0]
        );
        let never = Lfu { decay_minutes: 0, ..at(65_600, 0.0) };
        assert_eq!(never.counter(note), 10);
    }
}
