//! The fault search: the runner is a crate of its own, built with optimisation. For planted bugs it
//! is built once more, with all of them asleep in the engine, into a folder of its own; each run
//! wakes one.

use std::ffi::OsString;

use anyhow::{Result, bail};

use crate::shell;

/// Bugs planted behind `--cfg planted_bugs`: grep finds each in the file of its rule.
pub(crate) const PLANTED: [&str; 16] = [
    "vote-twice",
    "vote-before-disk",
    "vote-forgotten",
    "epoch-forgotten",
    "win-with-one-vote",
    "win-in-old-epoch",
    "stale-candidate",
    "fail-without-quorum",
    "fail-for-ever",
    "old-epoch-claim",
    "minority-serves",
    "ask-for-present-key",
    "replica-answers",
    "sync-drops-tail",
    "move-drops-changes",
    "take-without-leave",
];

/// Runs `swarm` with these arguments.
///
/// # Errors
/// A rule was broken, a planted bug was not found, or the arguments are wrong; it has said so.
pub(crate) fn search(arguments: &[OsString]) -> Result<()> {
    let Some(at) = arguments.iter().position(|word| word == "--planted") else {
        let mut command = shell::cargo(["run", "--quiet", "--release", "--package", "swarm", "--"]);
        command.args(arguments);
        return shell::run(&mut command);
    };
    let name = arguments.get(at + 1).and_then(|name| name.to_str()).unwrap_or_default();
    let names: Vec<&str> =
        PLANTED.into_iter().filter(|known| name == "all" || *known == name).collect();
    if names.is_empty() {
        bail!("no planted bug named {name:?}; there are: all, {}", PLANTED.join(", "));
    }
    let mut rest = arguments.to_vec();
    rest.drain(at..=at + 1);
    if !rest.iter().any(|word| word == "--seeds") {
        rest.extend(["--seeds".into(), "0..200".into()]);
    }
    println!("{:<22} {:<62} {:>5} {:>10}", "planted bug", "caught by", "seed", "after");
    let missed: Vec<&str> = names.into_iter().filter(|name| hunt(name, &rest).is_err()).collect();
    if !missed.is_empty() {
        bail!("not found: {}", missed.join(", "));
    }
    Ok(())
}

/// Builds with all bugs, unless that is done, and looks for one.
fn hunt(name: &str, arguments: &[OsString]) -> Result<()> {
    let mut command = shell::cargo(["run", "--quiet", "--profile", "planted"]);
    command.args(["--target-dir", "target/planted", "--package", "swarm", "--"]);
    command.args(["--planted", name]).args(arguments);
    command.env("RUSTFLAGS", "--cfg planted_bugs");
    shell::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_planted_bug_is_in_the_engine_and_in_the_list() {
        fn read(folder: &std::path::Path, names: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder of ours") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    read(&path, names);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let text = std::fs::read_to_string(&path).expect("readable");
                    let found = text.split("planted(\"").skip(1);
                    names.extend(found.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
                }
            }
        }
        let mut planted = Vec::new();
        read(&shell::root().join("engine/node/src"), &mut planted);
        planted.sort_unstable();
        let mut listed = PLANTED.map(str::to_owned).to_vec();
        listed.sort_unstable();
        assert_eq!(planted, listed);
    }
}
