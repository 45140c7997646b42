//! Masks: the one place (`masks.toml`) that says which fields of a screen may differ from run to
//! run, each by its type. What no mask covers must be equal.

use anyhow::{Context as _, Result};
use regex::{Captures, Regex};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    mask: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    /// `id`, `time`, `epoch`, `pid`, `counter`, `size`, `pairing`.
    r#type: String,
    /// Which fields, for the reader.
    what: String,
    /// Groups whose name begins with `f` are masked; without one, the whole match.
    pattern: String,
}

/// All masks, in the order of their file.
pub struct Masks(Vec<Mask>);

struct Mask {
    name: String,
    pattern: Regex,
}

/// The types that a mask may have.
const TYPES: [&str; 8] = ["id", "time", "epoch", "pid", "counter", "size", "pairing", "link"];

impl Masks {
    /// Reads the file of masks.
    ///
    /// # Errors
    /// A file that is not understood, a type that is not one of the known.
    pub fn read(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let mask = |entry: Entry| {
            anyhow::ensure!(TYPES.contains(&entry.r#type.as_str()), "no type {}", entry.r#type);
            let pattern = Regex::new(&format!("(?m){}", entry.pattern));
            let pattern = pattern.with_context(|| entry.what.clone())?;
            Ok(Mask { name: entry.r#type, pattern })
        };
        Ok(Self(file.mask.into_iter().map(mask).collect::<Result<_>>()?))
    }

    /// The text with every masked field replaced by `<type>`.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, mask| {
            let replace = |found: &Captures<'_>| masked(&mask.pattern, &mask.name, found);
            mask.pattern.replace_all(&text, replace).into_owned()
        })
    }
}

fn masked(pattern: &Regex, name: &str, found: &Captures<'_>) -> String {
    let Some(whole) = found.get(0) else { return String::new() };
    let fields: Vec<_> = pattern
        .capture_names()
        .flatten()
        .filter(|group| group.starts_with('f'))
        .filter_map(|group| found.name(group))
        .collect();
    if fields.is_empty() {
        return format!("<{name}>");
    }
    let mut out = String::new();
    let mut rest = whole.as_str();
    let mut at = whole.start();
    for field in fields {
        let (before, behind) = rest.split_at(field.start() - at);
        out.push_str(before);
        out.push_str(&format!("<{name}>"));
        rest = &behind[field.len()..];
        at = field.end();
    }
    out + rest
}
