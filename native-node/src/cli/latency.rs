//! `--latency` and `--latency-history`: how long a PING takes (`latencyMode` in redis-cli.c).

use std::time::Instant;

use engine_client::{Exit, Output, Platform as _, Session};

use super::Terminal;
use super::reconnecting::Reconnecting;

/// The pause between two samples.
const PAUSE_MS: u64 = 10;
/// How long a pipe waits for its one line.
const ONE_LINE_MS: u64 = 1000;
/// How long a line of the history is.
const RANGE_MS: u64 = 15_000;

/// Milliseconds.
#[derive(Default)]
struct Samples {
    least: u64,
    most: u64,
    total: u64,
    count: u64,
}

impl Samples {
    fn add(&mut self, ms: u64) {
        self.least = if self.count == 0 { ms } else { self.least.min(ms) };
        self.most = self.most.max(ms);
        self.total += ms;
        self.count += 1;
    }

    /// In the words of each output mode; there are none for `--quoted-json`.
    fn text(&self, output: Output) -> String {
        let Self { least, most, total, count } = self;
        let mean = *total as f64 / *count as f64;
        match output {
            Output::Standard => {
                format!("min: {least}, max: {most}, avg: {mean:.2} ({count} samples)")
            }
            Output::Csv => format!("{least},{most},{mean:.2},{count}\n"),
            Output::Raw => format!("{least} {most} {mean:.2} {count}\n"),
            Output::Json => format!(
                "{{\"min\": {least}, \"max\": {most}, \"avg\": {mean:.2}, \"count\": {count}}}\n"
            ),
            Output::QuotedJson => String::new(),
        }
    }
}

/// Measures until it is ended; in a pipe and without a history one line is enough.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    history: bool,
) -> Result<i32, Exit> {
    let output = session.format.output;
    let interval = session.options.interval_ms;
    let or_default = |ms| if interval == 0 { ms } else { interval };
    let (one_line, range) = (or_default(ONE_LINE_MS), or_default(RANGE_MS));
    let mut server = Reconnecting::new(platform, session);
    let clock = Instant::now();
    // Whole milliseconds of one clock, as the differences of redis-cli are.
    let now = || u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut range_start = now();
    let mut samples = Samples::default();
    loop {
        let start = now();
        server.call("PING").await?;
        samples.add(now() - start);
        let spent = now() - range_start;
        if output == Output::Standard {
            platform.print(&format!("\x1b[0G\x1b[2K{}", samples.text(output)));
        } else if history {
            platform.print(&samples.text(output));
        } else if spent > one_line {
            platform.print(&samples.text(output));
            return Ok(0);
        }
        if history && spent > range {
            platform.print(&format!(" -- {:.2} seconds range\n", spent as f32 / 1000.0));
            range_start = now();
            samples = Samples::default();
        }
        platform.sleep(PAUSE_MS).await;
    }
}
