//! `oracle --random`: what `cargo xtask compare` runs.

use anyhow::{Context as _, Result, bail, ensure};

use super::{Mode, Plan, Servers, run, why_not};

/// Reads the words behind `--random` (the program of native-node first), runs every seed in every
/// mode, prints what differs.
///
/// # Errors
/// Words that are not understood, a server that does not run, a difference.
pub fn command_line(words: &[&str]) -> Result<()> {
    let [program, rest @ ..] = words else { bail!("which native-node?") };
    let mut seeds = 0..4;
    let mut modes = Vec::new();
    let mut plan =
        Plan { seed: 0, mode: Mode::Standalone, commands: 5000, only: Vec::new(), most: 25 };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let value = rest.next().with_context(|| format!("{word} needs a value"))?;
        match *word {
            "--seeds" => {
                let (a, b) = value.split_once("..").context("--seeds needs A..B")?;
                seeds = a.parse()?..b.parse()?;
            }
            "--commands" => plan.commands = value.parse().context("--commands needs a number")?,
            "--most" => plan.most = value.parse().context("--most needs a number")?,
            "--only" => plan.only.push(value.to_ascii_uppercase()),
            "--mode" => modes.push(named(value)?),
            other => bail!("unknown argument {other}; see `cargo xtask compare --help`"),
        }
    }
    if modes.is_empty() {
        modes.extend(Mode::ALL);
    }
    if let Some(why) = why_not() {
        bail!("nothing to compare with: {why}");
    }
    let ports = [crate::ports::free(), crate::ports::free()];
    let ours = std::fs::canonicalize(program).with_context(|| format!("no {program}"))?;
    let servers = Servers { ours, ports, more: Vec::new() };
    let mut differences = 0;
    for seed in seeds {
        for mode in &modes {
            plan.seed = seed;
            plan.mode = *mode;
            let report = run(&servers, &plan).with_context(|| format!("seed {seed}, {mode:?}"))?;
            println!(
                "{:<12} seed {seed}: {} commands of {} kinds, {} refused, {} differences",
                mode.name(),
                report.asked,
                report.kinds,
                report.errors,
                report.differences.len()
            );
            for difference in &report.differences {
                println!("  {difference}");
            }
            differences += report.differences.len();
        }
    }
    ensure!(differences == 0, "{differences} differences");
    Ok(())
}

fn named(name: &str) -> Result<Mode> {
    let found = Mode::ALL.into_iter().find(|mode| mode.name() == name);
    found.with_context(|| {
        let names = Mode::ALL.map(Mode::name).join(", ");
        format!("no mode named {name:?}; there are: {names}")
    })
}
