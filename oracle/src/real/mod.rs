//! Real hosts: three network namespaces on one switch, each with its own files, processes and
//! name; root and the programs of Linux are needed.

mod hosts;
mod terminal;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use regex::Regex;

use crate::session::{Numbered, Step, expand};
pub use hosts::{Hosts, why_not};
use terminal::Terminal;

/// The addresses of db01, db02 and db03: those of the first seed.
pub const ADDRESSES: [(&str, &str); 3] =
    [("db01", "192.168.40.5"), ("db02", "192.168.40.1"), ("db03", "192.168.40.2")];

/// Types a whole session on fresh hosts; gives for each step what the screen showed.
///
/// # Errors
/// A host that cannot be made, a prompt that does not come back, an `@until` that is not met.
pub fn run(session: &[Numbered]) -> Result<Vec<String>> {
    run_on(session, None)
}

/// The same on hosts where `redis-server` is another program; redis-cli is the real one.
///
/// # Errors
/// As above.
pub fn run_with(session: &[Numbered], server: &Path) -> Result<Vec<String>> {
    run_on(session, Some(server))
}

fn run_on(session: &[Numbered], server: Option<&Path>) -> Result<Vec<String>> {
    let hosts = Hosts::start(&ADDRESSES, server)?;
    let mut runner = Runner {
        terminals: ADDRESSES.iter().map(|_| None).collect(),
        hosts,
        here: 0,
        variables: Vec::new(),
    };
    session
        .iter()
        .map(|n| runner.step(&n.step).with_context(|| format!("line {}: {}", n.line, n.text)))
        .collect()
}

struct Runner {
    // Before the hosts, so that a terminal ends before its host does.
    terminals: Vec<Option<Terminal>>,
    hosts: Hosts,
    here: usize,
    variables: Vec<(String, String)>,
}

impl Runner {
    fn step(&mut self, step: &Step) -> Result<String> {
        match step {
            Step::Host(name) => {
                let found = ADDRESSES.iter().position(|(n, _)| n == name);
                self.here = found.context("there is no such host")?;
                Ok(String::new())
            }
            Step::Line(line) => {
                let line = expand(line, &self.variables);
                let here = self.here;
                if self.terminals[here].is_none() {
                    self.terminals[here] = Some(Terminal::open(self.hosts.shell(here))?);
                }
                self.terminals[here].as_mut().context("no terminal")?.type_line(&line)
            }
            Step::Wait(time) => {
                std::thread::sleep(*time);
                Ok(String::new())
            }
            Step::Until { patience, pattern, command } => {
                let command = expand(command, &self.variables);
                let pattern = Regex::new(&expand(pattern, &self.variables))?;
                let end = Instant::now() + *patience;
                loop {
                    let output = terminal::output(&self.hosts.command(self.here, &command))?;
                    if pattern.is_match(&output) {
                        return Ok(output);
                    }
                    if Instant::now() > end {
                        bail!("not within {patience:?}; the last output was:\n{output}");
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
            Step::Set { name, command } => {
                let command = expand(command, &self.variables);
                let output = terminal::output(&self.hosts.command(self.here, &command))?;
                self.variables.push((name.clone(), output.trim().to_owned()));
                Ok(String::new())
            }
        }
    }
}
