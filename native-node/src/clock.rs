//! The two clocks of this host.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use engine_base::{Mono, Now, UnixMs};

/// Reads both clocks; the monotonic one counts from its own making.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }

    pub(crate) fn now(&self) -> Now {
        let micros = u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX);
        Now { mono: Mono::from_micros(micros), unix: unix() }
    }

    /// The instant of a deadline.
    pub(crate) fn instant(&self, at: Mono) -> Option<Instant> {
        self.origin.checked_add(at.since(Mono::ZERO))
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix() -> UnixMs {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    UnixMs(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Microseconds since it was first read: how long commands take is measured by it.
pub(crate) fn stopwatch() -> u64 {
    static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(ORIGIN.elapsed().as_micros()).unwrap_or(u64::MAX)
}
