//! The two clocks of this host.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use engine_base::{Mono, Now, UnixMs};

/// Where the monotonic clock counts from.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Reads both clocks.
#[derive(Debug)]
pub(crate) struct Clock {
    /// When the clock on the wall was last looked at, and what it showed.
    wall: Cell<(u64, UnixMs)>,
}

/// For so many microseconds what the clock on the wall showed is still true: it is told in whole
/// milliseconds.
const WALL_HOLDS: u64 = 250;

impl Clock {
    pub(crate) fn new() -> Self {
        Self { wall: Cell::new((stopwatch(), unix())) }
    }

    pub(crate) fn now(&self) -> Now {
        let micros = stopwatch();
        let (read, mut unix_ms) = self.wall.get();
        if micros.saturating_sub(read) >= WALL_HOLDS {
            unix_ms = unix();
            self.wall.set((micros, unix_ms));
        }
        Now { mono: Mono::from_micros(micros), unix: unix_ms }
    }

    /// The instant of a deadline.
    pub(crate) fn instant(&self, at: Mono) -> Option<Instant> {
        ORIGIN.checked_add(at.since(Mono::ZERO))
    }
}

/// Milliseconds since 1970.
pub(crate) fn unix() -> UnixMs {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis());
    UnixMs(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Microseconds since it was first read: how long commands take is measured by it.
pub(crate) fn stopwatch() -> u64 {
    u64::try_from(ORIGIN.elapsed().as_micros()).unwrap_or(u64::MAX)
}
