//! `--intrinsic-latency SECONDS`: how long the system keeps a process from running, without any
//! server (`intrinsicLatencyMode` in redis-cli.c).

use std::hint::black_box;
use std::time::Instant;

use super::{Terminal, interrupt};

/// Steps of one run: some microseconds.
const STEPS: u64 = 2000;

/// Measures for so many seconds.
pub(super) fn run(platform: &Terminal, seconds: i64) -> i32 {
    let clock = Instant::now();
    let now = || u64::try_from(clock.elapsed().as_micros()).unwrap_or(u64::MAX);
    let asked = seconds.saturating_mul(1_000_000);
    let end = u64::try_from(asked).unwrap_or(0);
    let (mut runs, mut worst) = (0_u64, 0);
    loop {
        let start = now();
        compute();
        let finish = now();
        runs += 1;
        if finish == start {
            continue;
        }
        if finish - start > worst {
            worst = finish - start;
            platform.print(&format!("Max latency so far: {worst} microseconds.\n"));
        }
        if finish > end || interrupt::pressed() {
            // The time that was asked for, not that which was spent: so redis-cli has it.
            let mean = asked as f64 / runs as f64;
            platform.print(&format!(
                "\n{runs} total runs (avg latency: {mean:.4} microseconds / {:.2} nanoseconds per \
                 run).\nWorst run took {:.0}x longer than the average latency.\n",
                mean * 1e3,
                worst as f64 / mean
            ));
            return 0;
        }
    }
}

/// Something that cannot be left out and takes always the same time.
fn compute() {
    let mut value = black_box(1_u64);
    for step in 0..STEPS {
        value = value.rotate_left(5) ^ step;
        value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    black_box(value);
}
