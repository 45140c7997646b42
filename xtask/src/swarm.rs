//! The fault search: the runner is a crate of its own, built with optimisation.

use std::ffi::OsString;

use anyhow::Result;

use crate::shell;

/// Runs `swarm` with these arguments.
///
/// # Errors
/// A rule was broken, or the arguments are wrong; it has said so.
pub(crate) fn search(arguments: &[OsString]) -> Result<()> {
    let mut command = shell::cargo(["run", "--quiet", "--release", "--package", "swarm", "--"]);
    command.args(arguments);
    shell::run(&mut command)
}
