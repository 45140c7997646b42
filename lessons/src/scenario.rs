//! The worlds in which lessons begin.

use engine::shell::script::{Failure, Runner};
use engine::sim::HostSpec;

use crate::format::{Scenario, Start};

/// The lines that form six nodes on three hosts, as the first seed of the course does it.
pub const FORMED: &str = include_str!("../content/formed.txt");

/// A world at the beginning of a lesson.
///
/// # Errors
/// The line of the setup that failed.
pub fn begin(start: &Start, seed: u64) -> Result<Runner, Failure> {
    let mut runner = Runner::new(seed, &HostSpec::seed_hosts());
    if start.scenario == Scenario::Formed {
        runner.run(FORMED, &mut |_| {})?;
    }
    runner.run(&start.script, &mut |_| {})?;
    Ok(runner)
}
