//! The stable half of fuzzing; `fuzz/` has the coverage-guided one. Both call the same bodies.

use anyhow::Result;

use crate::shell;

/// Runs `fuzz-smoke` for a while, or, optimised, until each target has had `runs` inputs.
///
/// # Errors
/// A target panicked; the input that did it is printed.
pub(crate) fn smoke(seconds: u64, runs: Option<u64>, target: Option<&str>) -> Result<()> {
    let mut command = shell::cargo(["run", "--quiet", "--package", "fuzz-smoke"]);
    match runs {
        Some(runs) => command.args(["--profile", "fuzz", "--", "runs", &runs.to_string()]),
        None => command.args(["--", "seconds", &seconds.to_string()]),
    };
    command.args(target);
    shell::run(&mut command)
}
