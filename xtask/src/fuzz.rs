//! The stable half of fuzzing; `fuzz/` has the coverage-guided one. Both call the same bodies.

use anyhow::Result;

use crate::shell;

/// Runs `fuzz-smoke` for a while.
///
/// # Errors
/// A target panicked; the input that did it is printed.
pub(crate) fn smoke(seconds: u64, target: Option<&str>) -> Result<()> {
    let mut command = shell::cargo(["run", "--quiet", "--package", "fuzz-smoke", "--"]);
    command.arg(seconds.to_string()).args(target);
    shell::run(&mut command)
}
