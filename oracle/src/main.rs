//! `oracle SESSION` prints what real hosts show for a session; `oracle --sandbox SESSION` what the
//! simulated ones show; `oracle --compare SESSION [SCREENS]` where they part, up to the step at
//! which the sandbox stops. Real screens are kept in the file SCREENS and taken from it again.
//! `oracle --random NATIVE-NODE …` is what `cargo xtask compare` runs; `oracle --scripts PORT …` asks a redis-server
//! there what Lua's libraries answer.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use oracle::compare::difference;
use oracle::mask::Masks;
use oracle::session::{Numbered, parse};
use oracle::{random, real, sandbox, scripts};

/// Between two screens in a file.
const BETWEEN: &str = "\u{1e}\n";

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let read = |path: &str| parse(&std::fs::read_to_string(path).context("no such session")?);
    match words[..] {
        ["--sandbox", path] => {
            let shown = sandbox::run(&read(path)?)?;
            print!("{}", shown.steps.concat());
            shown.failed.map_or(Ok(()), Err)
        }
        ["--scripts", ref rest @ ..] => scripts::command_line(rest),
        ["--random", ref rest @ ..] => random::arguments::command_line(rest),
        ["--compare", path] => compare(&read(path)?, None),
        ["--compare", path, screens] => compare(&read(path)?, Some(Path::new(screens))),
        [path] => {
            print!("{}", on_real_hosts(&read(path)?)?.concat());
            Ok(())
        }
        _ => bail!("which session?"),
    }
}

fn on_real_hosts(session: &[Numbered]) -> Result<Vec<String>> {
    if let Some(why) = real::why_not() {
        bail!("real hosts cannot be made here: {why}");
    }
    real::run(session)
}

fn compare(session: &[Numbered], screens: Option<&Path>) -> Result<()> {
    let theirs: Vec<String> = match screens.map(std::fs::read_to_string) {
        Some(Ok(text)) => text.split(BETWEEN).map(str::to_owned).collect(),
        _ => on_real_hosts(session)?,
    };
    if let Some(path) = screens {
        std::fs::write(path, theirs.join(BETWEEN))?;
    }
    let masks = Masks::read(include_str!("../masks.toml"))?;
    let shown = sandbox::run(session)?;
    for ((step, theirs), ours) in session.iter().zip(&theirs).zip(&shown.steps) {
        if let Some(what) = difference(theirs, ours, &masks) {
            println!("line {}: {}\n{what}", step.line, step.text);
        }
    }
    let stopped = session.get(shown.steps.len()).map_or("", |s| s.text.as_str()).to_owned();
    shown.failed.map_or(Ok(()), |why| Err(why.context(stopped)))
}
