//! `help`, completion and hints, from what the server says about its commands (`COMMAND DOCS`).

use std::cell::Cell;

use crate::reply::{Reply, pairs};
use engine_base::split::split_args;

/// The documentation of one command or subcommand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its words in upper case, one or two.
    pub words: Vec<String>,
    /// Its arguments as they are shown: `key value [NX|XX]`.
    pub params: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Since which version.
    pub since: String,
    /// Its group: `string`, `cluster`, …
    pub group: String,
}

impl Entry {
    /// The words, joined.
    #[must_use]
    pub fn name(&self) -> String {
        self.words.join(" ")
    }
}

/// All that is known about the server's commands.
#[derive(Clone, Debug)]
pub struct Help {
    entries: Vec<Entry>,
    hints: Cell<bool>,
}

impl Default for Help {
    fn default() -> Self {
        Self { entries: Vec::new(), hints: Cell::new(true) }
    }
}

impl Help {
    /// From the reply to `COMMAND DOCS`; `None` when it is not one.
    #[must_use]
    pub fn from_docs(reply: &Reply) -> Option<Self> {
        let mut entries = Vec::new();
        for (name, docs) in pairs(reply)? {
            add_entries(&mut entries, &name.to_text()?, None, docs);
        }
        entries.sort_by_key(Entry::name);
        Some(Self { entries, hints: Cell::new(true) })
    }

    /// All entries, by name.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether hints are wanted (`:set hints`, `:set nohints`).
    #[must_use]
    pub fn hints_wanted(&self) -> bool {
        self.hints.get()
    }

    /// Switches hints on or off.
    pub fn want_hints(&self, wanted: bool) {
        self.hints.set(wanted);
    }

    /// What `help` followed by `topic` prints (`cliOutputHelp`).
    #[must_use]
    pub fn text(&self, topic: &[String]) -> String {
        let Some(first) = topic.first() else { return GENERIC.into() };
        let group = first.strip_prefix('@');
        let mut out = String::new();
        for entry in &self.entries {
            let wanted = match group {
                Some(group) => entry.group.eq_ignore_ascii_case(group),
                None => {
                    topic.len() <= entry.words.len()
                        && topic.iter().zip(&entry.words).all(|(a, b)| a.eq_ignore_ascii_case(b))
                }
            };
            if wanted {
                push_entry(&mut out, entry, group.is_none());
            }
        }
        out.push_str("\r\n");
        out
    }

    /// The ways to go on from `line` (`completionCallback`): whole lines.
    #[must_use]
    pub fn complete(&self, line: &str) -> Vec<String> {
        let topic = line.get(..5).filter(|start| start.eq_ignore_ascii_case("help ")).map(|_| {
            let rest = line.get(5..).unwrap_or_default();
            line.len() - rest.trim_start().len()
        });
        let start = topic.unwrap_or(0);
        let (kept, typed) = line.split_at(start);
        let matches = |name: &str| {
            name.get(..typed.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(typed))
        };
        let mut names: Vec<String> = self.entries.iter().map(Entry::name).collect();
        if topic.is_some() {
            let mut groups: Vec<String> =
                self.entries.iter().map(|e| format!("@{}", e.group)).collect();
            groups.sort();
            groups.dedup();
            groups.append(&mut names);
            names = groups;
        }
        names.into_iter().filter(|n| matches(n)).map(|n| format!("{kept}{n}")).collect()
    }

    /// The arguments still to be typed after `line`, with a blank in front when the line does not
    /// end with one (`hintsCallback`).
    #[must_use]
    pub fn hint(&self, line: &str) -> Option<String> {
        if !self.hints.get() {
            return None;
        }
        let words = split_args(line.as_bytes())?;
        let entry = self
            .entries
            .iter()
            .filter(|e| {
                e.words.len() <= words.len()
                    && e.words.iter().zip(&words).all(|(a, b)| b.eq_ignore_ascii_case(a.as_bytes()))
            })
            .max_by_key(|e| e.words.len())?;
        let mut typed = words.len() - entry.words.len();
        let mut hint = entry.params.as_str();
        while typed > 0 && !hint.is_empty() && !hint.starts_with('[') {
            if hint.starts_with(' ') {
                typed -= 1;
            }
            let mut rest = hint.chars();
            rest.next();
            hint = rest.as_str();
        }
        let ends_with_blank = line.ends_with(|c: char| c.is_ascii_whitespace());
        Some(if ends_with_blank { hint.to_owned() } else { format!(" {hint}") })
    }
}

const GENERIC: &str = "redis-cli 7.0.15
To get help about Redis commands type:
      \"help @<group>\" to get a list of commands in <group>
      \"help <command>\" for help on <command>
      \"help <tab>\" to get a list of possible help topics
      \"quit\" to exit

To set redis-cli preferences:
      \":set hints\" enable online hints
      \":set nohints\" disable online hints
Set your preferences in ~/.redisclirc
";

fn push_entry(out: &mut String, entry: &Entry, with_group: bool) {
    out.push_str(&format!(
        "\r\n  \x1b[1m{}\x1b[0m \x1b[90m{}\x1b[0m\r\n",
        entry.name(),
        entry.params
    ));
    out.push_str(&format!("  \x1b[33msummary:\x1b[0m {}\r\n", entry.summary));
    if !entry.since.is_empty() {
        out.push_str(&format!("  \x1b[33msince:\x1b[0m {}\r\n", entry.since));
    }
    if with_group {
        out.push_str(&format!("  \x1b[33mgroup:\x1b[0m {}\r\n", entry.group));
    }
}

fn add_entries(entries: &mut Vec<Entry>, command: &str, sub: Option<&str>, docs: &Reply) {
    let mut words = vec![command.to_ascii_uppercase()];
    if let Some(sub) = sub {
        words.push(sub.split_once('|').map_or(sub, |(_, s)| s).to_ascii_uppercase());
    }
    let mut entry = Entry {
        words,
        params: String::new(),
        summary: String::new(),
        since: String::new(),
        group: String::new(),
    };
    let mut subcommands = None;
    for (field, value) in pairs(docs).unwrap_or_default() {
        match field.as_bytes() {
            Some(b"summary") => entry.summary = value.to_text().unwrap_or_default(),
            Some(b"since") => entry.since = value.to_text().unwrap_or_default(),
            Some(b"group") => entry.group = value.to_text().unwrap_or_default(),
            Some(b"arguments") => entry.params = join(value, " ", 0),
            Some(b"subcommands") => subcommands = pairs(value),
            _ => {}
        }
    }
    entries.push(entry);
    if sub.is_none() {
        for (name, docs) in subcommands.unwrap_or_default() {
            add_entries(entries, command, name.to_text().as_deref(), docs);
        }
    }
}

/// Arguments nest (`oneof`, `block`), but never this deep in an honest server.
const MAX_DEPTH: usize = 16;

fn join(arguments: &Reply, separator: &str, depth: usize) -> String {
    let items = arguments.as_slice().unwrap_or_default();
    if depth > MAX_DEPTH {
        return String::new();
    }
    items.iter().map(|a| argument(a, depth)).collect::<Vec<_>>().join(separator)
}

/// One argument as it is shown (`cliAddArgument`).
fn argument(docs: &Reply, depth: usize) -> String {
    let (mut name, mut kind, mut token, mut nested) = (String::new(), String::new(), None, None);
    let (mut optional, mut multiple, mut multiple_token) = (false, false, false);
    for (field, value) in pairs(docs).unwrap_or_default() {
        match field.as_bytes() {
            Some(b"name") => name = value.to_text().unwrap_or_default(),
            Some(b"type") => kind = value.to_text().unwrap_or_default(),
            Some(b"token") => token = value.to_text(),
            Some(b"arguments") => nested = Some(value),
            Some(b"flags") => {
                let has = |flag: &[u8]| {
                    value.as_slice().unwrap_or_default().iter().any(|f| f.as_bytes() == Some(flag))
                };
                optional = has(b"optional");
                multiple = has(b"multiple");
                multiple_token = has(b"multiple_token");
            }
            _ => {}
        }
    }
    let or_empty = |text: &str| if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() };
    let repeated = match (kind.as_str(), nested) {
        ("pure-token", _) => String::new(),
        ("oneof", Some(nested)) => join(nested, "|", depth + 1),
        ("block", Some(nested)) => join(nested, " ", depth + 1),
        _ => or_empty(&name),
    };
    let mut token = token.map(|t| or_empty(&t)).unwrap_or_default();
    if !token.is_empty() && kind != "pure-token" {
        token.push(' ');
    }
    let mut out = format!("{token}{repeated}");
    if multiple {
        let again = if multiple_token { token.as_str() } else { "" };
        out.push_str(&format!(" [{again}{repeated} ...]"));
    }
    if optional { format!("[{out}]") } else { out }
}
