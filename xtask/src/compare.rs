//! Random commands beside redis-server: the runner is in the `oracle` crate.

use std::ffi::OsString;

use anyhow::{Context as _, Result};

use crate::{peer_tests, shell};

/// Runs `oracle --random` on native-node, or on the server that `--binary` names.
///
/// # Errors
/// A difference was found, or the arguments are wrong; it has said so.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let mut rest = arguments.to_vec();
    let binary = match rest.iter().position(|word| word == "--binary") {
        Some(at) => {
            let pair: Vec<OsString> = rest.drain(at..rest.len().min(at + 2)).collect();
            pair.into_iter().nth(1).context("--binary needs a file")?.into()
        }
        None => peer_tests::build()?,
    };
    let mut command = shell::cargo(["run", "--quiet", "--package", "oracle", "--", "--random"]);
    shell::run(command.arg(binary).args(rest))
}
