//! The headless door: lines of a script are typed on the hosts, and the session is printed as a
//! terminal would show it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use engine_base::{Mono, Seed};
use engine_sim::{HostId, HostSpec, World};
use regex_lite::Regex;
use thiserror::Error;

use crate::console::{Console, TabId};

/// How often `@until` tries, in virtual milliseconds.
const UNTIL_EVERY_MS: u64 = 100;
/// A line that keeps its terminal busy for longer than this has failed.
const LINE_LIMIT_MS: u64 = 3_600_000;
/// So long may a line be waited for when `@interrupt` follows.
const BEFORE_INTERRUPT_MS: u64 = 1000;

/// Why a script ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {text}: {why}")]
pub struct Failure {
    /// The number of the line, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
    /// Why it failed.
    pub why: String,
}

/// A script on its way through a world.
pub struct Runner {
    console: Console,
    host: HostId,
    tabs: BTreeMap<HostId, TabId>,
    names: BTreeMap<String, String>,
    /// The script has failed when it is not done then.
    ends: Option<Mono>,
}

impl Runner {
    /// A runner on a fresh world of these hosts; the first line is typed on the first.
    #[must_use]
    pub fn new(seed: u64, hosts: &[HostSpec]) -> Self {
        let world = World::new(Seed::from_number(seed), hosts);
        Self::on(Console::new(Rc::new(RefCell::new(world))))
    }

    /// A runner on a console that is there already.
    #[must_use]
    pub fn on(console: Console) -> Self {
        Self { console, host: HostId(0), tabs: BTreeMap::new(), names: BTreeMap::new(), ends: None }
    }

    /// The console, to look at what came of it.
    #[must_use]
    pub const fn console(&self) -> &Console {
        &self.console
    }

    /// From here on the script may take so many virtual milliseconds: it is not trusted.
    pub fn limit(&mut self, ms: u64) {
        self.ends = Some(self.console.now().plus_ms(ms));
    }

    /// When that must have ended which begins now and may take so long.
    fn end_of(&self, ms: u64) -> Mono {
        let end = self.console.now().plus_ms(ms);
        self.ends.map_or(end, |ends| ends.min(end))
    }

    fn in_time(&self) -> Result<(), String> {
        match self.ends {
            Some(ends) if self.console.now() >= ends => Err("the script takes too long".to_owned()),
            _ => Ok(()),
        }
    }

    /// Closes the terminals that were opened for it.
    pub fn leave(&mut self) {
        for tab in std::mem::take(&mut self.tabs).into_values() {
            self.console.close(tab);
        }
    }

    /// Runs all lines of a script; `print` is given what a terminal would show, piece by piece.
    ///
    /// # Errors
    /// The first line that failed.
    pub fn run(&mut self, script: &str, print: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        let lines: Vec<&str> = script.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let next = lines.get(i + 1).copied();
            self.line(line, next, print).map_err(|why| Failure {
                line: i + 1,
                text: (*line).to_owned(),
                why,
            })?;
        }
        Ok(())
    }

    /// Runs one line; `next` is the one behind it, if it is known.
    ///
    /// # Errors
    /// Why it failed.
    pub fn line(
        &mut self,
        line: &str,
        next: Option<&str>,
        print: &mut dyn FnMut(&str),
    ) -> Result<(), String> {
        self.in_time()?;
        let tab = self.tab();
        let continued = self.console.prompt(tab).as_deref() == Some("> ");
        let line = self.with_names(line);
        let done = match line.strip_prefix('@') {
            Some(directive) if !continued => self.directive(directive, print),
            _ => self.type_line(tab, &line, next),
        };
        self.show(print);
        done
    }

    fn type_line(&mut self, tab: TabId, line: &str, next: Option<&str>) -> Result<(), String> {
        self.console.submit(tab, line);
        let interrupted = next.is_some_and(|n| n.trim() == "@interrupt");
        let limit = if interrupted { BEFORE_INTERRUPT_MS } else { LINE_LIMIT_MS };
        let idle = self.console.run_until_idle(tab, self.end_of(limit));
        if idle || interrupted {
            return Ok(());
        }
        self.in_time()?;
        Err("still running after a virtual hour".to_owned())
    }

    fn directive(&mut self, text: &str, print: &mut dyn FnMut(&str)) -> Result<(), String> {
        let (name, rest) = split_word(text);
        match name {
            "host" => {
                let found = self.console.with_world(|w| w.find_host(rest.trim()));
                self.host = found.ok_or_else(|| format!("there is no host '{}'", rest.trim()))?;
                self.tab();
                Ok(())
            }
            "wait" => {
                let ms = duration_ms(rest.trim())?;
                self.console.advance(self.end_of(ms));
                self.in_time()
            }
            "until" => self.until(rest, print),
            "set" => {
                let (name, command) = split_word(rest);
                let fits =
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !fits || command.is_empty() {
                    return Err("usage: @set NAME COMMAND...".to_owned());
                }
                let limit = self.end_of(LINE_LIMIT_MS);
                let output = self.run_hidden(command, limit)?;
                self.names.insert(name.to_owned(), output.trim().to_owned());
                Ok(())
            }
            "interrupt" => {
                let tab = self.tab();
                self.console.interrupt(tab);
                self.console.run_until_idle(tab, self.console.now().plus_ms(BEFORE_INTERRUPT_MS));
                Ok(())
            }
            other => Err(format!("there is no directive '@{other}'")),
        }
    }

    fn until(&mut self, rest: &str, print: &mut dyn FnMut(&str)) -> Result<(), String> {
        let (time, rest) = split_word(rest);
        let ms = duration_ms(time)?;
        let (pattern, command) = quoted_word(rest)?;
        if command.is_empty() {
            return Err("usage: @until TIME REGEX COMMAND...".to_owned());
        }
        let regex = Regex::new(&pattern).map_err(|e| format!("not a regular expression: {e}"))?;
        let limit = self.end_of(ms);
        loop {
            let began = self.console.now();
            let output = self.run_hidden(&command, self.end_of(LINE_LIMIT_MS))?;
            let met = regex.is_match(&output);
            let next = began.plus_ms(UNTIL_EVERY_MS);
            if met || next > limit {
                print(&output);
                return if met { Ok(()) } else { Err(format!("not met within {time}")) };
            }
            self.console.advance(next.max(self.console.now()));
        }
    }

    /// Runs a command out of sight. Inside an interactive redis-cli, what is no program of the
    /// shell is a command for the same node.
    fn run_hidden(&mut self, command: &str, limit: Mono) -> Result<String, String> {
        let tab = self.tab();
        let cwd = match self.console.cwd(tab) {
            cwd if cwd.is_empty() => "/root".to_owned(),
            cwd => cwd,
        };
        let (first, _) = split_word(command);
        let known = crate::program::by_name(first).is_some()
            || matches!(first, "echo" | "cd" | "test" | "kill" | "printf" | "pwd" | "[")
            || first.contains(['/', '$', '=']);
        let command = match self.console.prompt(tab) {
            Some(prompt) if !known && !prompt.starts_with('[') => {
                crate::paste::for_shell(&format!("{prompt}{command}"))
                    .unwrap_or_else(|| command.to_owned())
            }
            _ => command.to_owned(),
        };
        self.console
            .run_hidden(self.host, &cwd, &command, limit)
            .map(|(output, _)| output)
            .ok_or_else(|| "the command did not end".to_owned())
    }

    fn tab(&mut self) -> TabId {
        if let Some(tab) = self.tabs.get(&self.host) {
            return *tab;
        }
        let tab = self.console.open(self.host);
        self.tabs.insert(self.host, tab);
        tab
    }

    fn show(&mut self, print: &mut dyn FnMut(&str)) {
        for tab in self.tabs.values() {
            for chunk in self.console.take_output(*tab) {
                print(&chunk.text);
            }
        }
    }

    /// `${NAME}` for the names that `@set` made; others are the shell's.
    fn with_names(&self, line: &str) -> String {
        let mut line = line.to_owned();
        for (name, value) in &self.names {
            line = line.replace(&format!("${{{name}}}"), value);
        }
        line
    }
}

/// The first word and the rest, without the blanks between.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    match text.find(char::is_whitespace) {
        Some(at) => (&text[..at], text[at..].trim_start()),
        None => (text, ""),
    }
}

/// The first word, in single or double quotes or bare, and the rest.
fn quoted_word(text: &str) -> Result<(String, String), String> {
    let text = text.trim_start();
    for quote in ['\'', '"'] {
        if let Some(inside) = text.strip_prefix(quote) {
            let end = inside.find(quote).ok_or("a quote is not closed")?;
            let rest = &inside[end + 1..];
            return Ok((inside[..end].to_owned(), rest.trim_start().to_owned()));
        }
    }
    let (word, rest) = split_word(text);
    Ok((word.to_owned(), rest.to_owned()))
}

/// `20s`, `500ms`, `2m`, `20`: milliseconds.
fn duration_ms(text: &str) -> Result<u64, String> {
    let bad = || format!("'{text}' is not a time (20s, 500ms, 2m)");
    let (number, factor) = if let Some(n) = text.strip_suffix("ms") {
        (n, 1.0)
    } else if let Some(n) = text.strip_suffix('s') {
        (n, 1000.0)
    } else if let Some(n) = text.strip_suffix('m') {
        (n, 60_000.0)
    } else if let Some(n) = text.strip_suffix('h') {
        (n, 3_600_000.0)
    } else {
        (text, 1000.0)
    };
    let number: f64 = number.parse().map_err(|_| bad())?;
    let ms = number * factor;
    if ms.is_finite() && (0.0..=1e12).contains(&ms) { Ok(ms as u64) } else { Err(bad()) }
}

/// The hosts of `--hosts`: addresses, named db01, db02, … in order.
///
/// # Errors
/// The text that is no address.
pub fn hosts_from(list: &str) -> Result<Vec<HostSpec>, String> {
    list.split(',')
        .filter(|part| !part.trim().is_empty())
        .enumerate()
        .map(|(i, part)| {
            let ip = part.trim().parse().map_err(|_| format!("'{part}' is not an address"))?;
            Ok(HostSpec::new(format!("db{:02}", i + 1), ip))
        })
        .collect()
}
