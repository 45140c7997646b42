//! `lessons console`: a script typed on the simulated hosts, the session printed.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use engine::shell::script::{Failure, Runner, hosts_from};
use engine::sim::HostSpec;

const USAGE: &str = "\
Usage: lessons console [--seed N] [--hosts IP,IP,...] [SCRIPT]

Types the lines of SCRIPT (or of standard input) on simulated hosts and prints the session.
The hosts are db01, db02, ... in the order given; lines are typed on db01 first.

  @host db01                      type the next lines there
  @wait 20s                       let virtual time pass
  @until 60s REGEX COMMAND...     run COMMAND every 100 ms until its output matches
  @set NAME COMMAND...            keep the output as ${NAME}
  @interrupt                      press Ctrl-C
";

struct Options {
    seed: u64,
    hosts: Vec<HostSpec>,
    script: Option<String>,
}

fn options(args: &[String]) -> Result<Option<Options>> {
    let mut options = Options { seed: 1, hosts: HostSpec::seed_hosts(), script: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        let mut value = || {
            inline
                .clone()
                .or_else(|| args.next().cloned())
                .with_context(|| format!("{name} needs a value"))
        };
        match name {
            "--help" | "-h" => return Ok(None),
            "--seed" => options.seed = value()?.parse().context("--seed needs a number")?,
            "--hosts" => {
                options.hosts = hosts_from(&value()?).map_err(anyhow::Error::msg)?;
                if options.hosts.is_empty() {
                    bail!("--hosts needs at least one address");
                }
            }
            _ if name.starts_with("--") => bail!("unknown option {name}\n{USAGE}"),
            _ if options.script.is_some() => bail!("one script is enough\n{USAGE}"),
            _ => options.script = Some(arg.clone()),
        }
    }
    Ok(Some(options))
}

/// Runs the program with the arguments behind `console`.
///
/// # Errors
/// Wrong arguments, or a script that cannot be read.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let Some(options) = options(args)? else {
        print!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    let mut runner = Runner::new(options.seed, &options.hosts);
    let mut out = io::stdout().lock();
    let mut print = |text: &str| {
        // Whoever reads the session may stop reading: that is no failure of the script.
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    };
    let done = match &options.script {
        Some(path) if path != "-" => {
            let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
            runner.run(&text, &mut print)
        }
        _ => from_stdin(&mut runner, &mut print)?,
    };
    match done {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            eprintln!("{failure}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// One line at a time, so that somebody can type.
fn from_stdin(
    runner: &mut Runner,
    print: &mut dyn FnMut(&str),
) -> Result<std::result::Result<(), Failure>> {
    for (i, line) in io::stdin().lock().lines().enumerate() {
        let line = line.context("cannot read standard input")?;
        if let Err(why) = runner.line(&line, None, print) {
            return Ok(Err(Failure { line: i + 1, text: line, why }));
        }
    }
    Ok(Ok(()))
}
