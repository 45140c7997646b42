//! The page's strings: English and 简体中文 have the same messages, none twice, none empty.

use std::collections::BTreeMap;

use super::{Complaint, Tree};

/// Fluent files lie in a folder a language; the first is the one the others follow.
const LANGUAGES: [&str; 2] = ["/en/", "/zh-CN/"];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.ending(".ftl") {
        let Some(language) = LANGUAGES.iter().find(|language| path.contains(**language)) else {
            complaints.push(Complaint::new(path, 0, "not in the folder of a known language"));
            continue;
        };
        let (own, mut faults) = messages(path, text);
        complaints.append(&mut faults);
        for other in LANGUAGES.iter().filter(|other| *other != language) {
            let twin = path.replace(language, other);
            let theirs = tree.get(&twin).map(|text| messages(&twin, text).0).unwrap_or_default();
            for (id, line) in &own {
                if !theirs.contains_key(id) {
                    let text = format!("{id} has no twin in {twin}");
                    complaints.push(Complaint::new(path, *line, text));
                }
            }
        }
    }
    complaints
}

/// Message id → line, and what is wrong with the file.
fn messages<'a>(path: &str, text: &'a str) -> (BTreeMap<&'a str, usize>, Vec<Complaint>) {
    let (mut found, mut complaints) = (BTreeMap::new(), Vec::new());
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if !line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') {
            continue;
        }
        let Some((id, value)) = line.split_once('=') else { continue };
        let id = id.trim();
        let goes_on = lines.get(at + 1).is_some_and(|next| next.starts_with(' '));
        if value.trim().is_empty() && !goes_on {
            complaints.push(Complaint::new(path, at + 1, format!("{id} is empty")));
        }
        if found.insert(id, at + 1).is_some() {
            complaints.push(Complaint::new(path, at + 1, format!("{id} stands twice")));
        }
    }
    (found, complaints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_an_empty_and_a_double_message_are_found() {
        let tree = Tree::of(&[
            ("web/i18n/en/page.ftl", "play = Play\npause = Pause\npause = Wait\nstep =\n"),
            ("web/i18n/zh-CN/page.ftl", "pause = 暂停\nstep =\n    一步\n"),
        ]);
        let texts: Vec<String> = check(&tree).into_iter().map(|complaint| complaint.text).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts.iter().any(|text| text.starts_with("play has no twin")), "{texts:?}");
    }
}
