//! The blanks in a check's words: which node, which slot, which epoch.

use std::collections::BTreeMap;

use super::look::Finding;
use super::{Check, EVENTS, Happening, When};

/// What a blank is filled with while nothing is known.
const UNKNOWN: &str = "?";
/// What stands before names at the end of a sentence.
const COLONS: [&str; 2] = [": ", "："];
/// So many nodes are named; the others are counted.
const NAMED: usize = 3;

/// What fills the blanks `{node}`, `{nodes}`, `{slot}`, `{epoch}`, `{count}`, an event's own
/// fields, and the bound names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details(BTreeMap<String, String>);

impl Details {
    pub(super) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    pub(super) fn note_finding(&mut self, found: &Finding) {
        if let Some(first) = found.nodes.first() {
            self.set("node", first.clone());
        }
        let mut named = found.nodes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if found.nodes.len() > NAMED {
            named.push_str(", …");
        }
        self.set("nodes", named);
        if let Some(slot) = found.slot {
            self.set("slot", slot.to_string());
        }
        if let Some(epoch) = found.epoch {
            self.set("epoch", epoch.to_string());
        }
        if let Some(count) = found.count {
            self.set("count", count.to_string());
        }
    }

    pub(super) fn note_event(&mut self, event: &Happening) {
        for (field, value) in &event.fields {
            self.set(field, value.clone());
        }
    }

    /// A text with its blanks filled: those in `blanks`; other braces are the text's own.
    #[must_use]
    pub fn fill(&self, words: &str, blanks: &[&str]) -> String {
        let mut out = String::with_capacity(words.len());
        let mut rest = words;
        while let Some((before, blank, after)) = next_blank(rest) {
            out.push_str(before);
            if blanks.contains(&blank) {
                match self.0.get(blank).filter(|v| !v.is_empty()) {
                    Some(value) => out.push_str(value),
                    None => leave_open(&mut out),
                }
            } else {
                out.push_str(&format!("{{{blank}}}"));
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// What was to be named behind a colon goes away with it; elsewhere a mark stands for it.
fn leave_open(out: &mut String) {
    match COLONS.iter().find_map(|colon| out.strip_suffix(colon)).map(str::len) {
        Some(end) => out.truncate(end),
        None => out.push_str(UNKNOWN),
    }
}

/// The first blank of a text: what is before it, its name, what is behind it. A blank is a word
/// of small letters and hyphens in braces.
pub(crate) fn next_blank(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find('{').map(|at| at + from) {
        let inside = text.get(open + 1..)?;
        let end =
            inside.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(inside.len());
        if end > 0 && inside.get(end..).is_some_and(|rest| rest.starts_with('}')) {
            return Some((text.get(..open)?, inside.get(..end)?, inside.get(end + 1..)?));
        }
        from = open + 1;
    }
    None
}

impl Check {
    /// The blanks that its words may have.
    pub(crate) fn blanks(&self) -> Vec<&str> {
        let mut names = vec!["node", "nodes", "slot", "epoch", "count"];
        if let When::Happens { pattern, .. } = &self.when
            && let Some((_, fields)) = EVENTS.iter().find(|(name, _)| *name == pattern.event)
        {
            names = vec!["node", "count"];
            names.extend(fields.iter().copied());
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_and_other_braces_stay() {
        let mut details = Details::default();
        details.set("node", "db01:6380".into());
        let fill = |words| details.fill(words, &["node", "slot"]);
        assert_eq!(
            fill("{node} has {0..5}, {foo}x and {slot}."),
            "db01:6380 has {0..5}, {foo}x and ?."
        );
        assert_eq!(fill("Not one slot: {slot}. 没有槽：{slot}。"), "Not one slot. 没有槽。");
        assert_eq!(fill("{ {node}{"), "{ db01:6380{");
    }
}
