//! What one input costs: bytes on the heap at once, and processor time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::time::{ClockId, clock_gettime};

/// No input is longer than 16 KiB: whoever takes more than this believed a length that it read.
const MOST_BYTES: isize = 64 << 20;
/// As long as this nothing of that length may take.
const LONGEST: Duration = Duration::from_secs(5);

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted by thread.
struct Counted;

fn count(bytes: isize) {
    let held = HELD.get().saturating_add(bytes);
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

#[expect(unsafe_code, reason = "an allocator can be had in no other way; all is handed on")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it moves, both may be there.
        count(size.cast_signed());
        count(-layout.size().cast_signed());
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted;

/// What this thread has used of a processor: what else the machine does is not the input's fault.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Runs `work`.
///
/// # Errors
/// It took more memory or time than any short input may.
pub(crate) fn bounded(work: impl FnOnce()) -> Result<()> {
    let before = HELD.get();
    PEAK.set(before);
    let began = used();
    work();
    let (bytes, time) = (PEAK.get().saturating_sub(before), used().saturating_sub(began));
    if bytes > MOST_BYTES {
        bail!("took {bytes} bytes");
    }
    if time > LONGEST {
        bail!("took {time:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_allocation_is_seen_and_a_small_one_forgiven() {
        assert!(bounded(|| drop(std::hint::black_box(vec![1_u8; 1 << 20]))).is_ok());
        let error = bounded(|| drop(std::hint::black_box(vec![0_u8; 65 << 20])));
        assert!(error.expect_err("too much").to_string().contains("bytes"));
    }
}
