//! The index of the cluster's rules names what is there: each rule once, with functions, tests and
//! a lesson that exist.

use std::collections::BTreeSet;

use super::{Complaint, Tree, has_word};

const INDEX: &str = "docs/rules.md";
/// Where the paths in the index begin.
const BEGINNINGS: [&str; 3] = ["", "engine/", "engine/node/src/"];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in tree.ending(INDEX).filter(|(path, _)| *path == INDEX) {
        for (at, line) in text.lines().enumerate().filter(|(_, l)| l.starts_with("| <a id=")) {
            for text in wrong(tree, line, &mut seen) {
                complaints.push(Complaint::new(path, at + 1, text));
            }
        }
    }
    if seen.is_empty() {
        complaints.push(Complaint::new(INDEX, 0, "no rule is in the index"));
    }
    complaints
}

/// What is wrong with one row.
fn wrong(tree: &Tree, line: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
    let [name, sentence, functions, tests, lesson] = cells[..] else {
        return vec!["a rule has five cells".to_owned()];
    };
    let mut found = Vec::new();
    let id = codes(name).next().unwrap_or_default();
    if !name.contains(&format!("<a id=\"{id}\"></a>")) || !seen.insert(id.to_owned()) {
        found.push(format!("the anchor of `{id}` is missing, or there twice"));
    }
    if !sentence.trim().ends_with('.') {
        found.push(format!("`{id}` has no sentence"));
    }
    for (cell, is_test) in [(functions, false), (tests, true)] {
        if codes(cell).next().is_none() {
            found.push(format!("`{id}` has an empty cell"));
        }
        let bad = codes(cell).filter(|code| !stands(tree, code, is_test));
        found.extend(bad.map(|code| format!("`{code}` is not there")));
    }
    let folder = lesson.split(['[', ']']).nth(1).unwrap_or_default();
    if !tree.has(&format!("lessons/content/{folder}/lesson.toml")) {
        found.push(format!("there is no lesson `{folder}`"));
    }
    found
}

/// What stands between backticks.
fn codes(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether `path::name` is a function, or a test.
fn stands(tree: &Tree, code: &str, is_test: bool) -> bool {
    let Some((path, name)) = code.split_once("::") else { return false };
    let full = BEGINNINGS.iter().map(|b| format!("{b}{path}")).find(|full| tree.has(full));
    let Some(full) = full else { return false };
    tree.ending(path).filter(|(p, _)| *p == full).any(|(_, text)| {
        let mut before = "";
        text.lines().any(|line| {
            let hit = has_word(line, &format!("fn {name}"));
            let marked = !is_test || before.trim() == "#[test]";
            before = line;
            hit && marked
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_found() {
        let good = "| <a id=\"a\"></a>`a` | It is so. | `cluster/x.rs::one` | `sim/tests/y.rs::two` | [l](z) |";
        let rows = [
            good.to_owned(),
            good.replace("::one", "::on"),
            good.replace("::two", "::helper").replace("\"a\"", "\"b\"").replace("`a`", "`b`"),
            good.replace("[l]", "[m]").replace("\"a\"", "\"c\"").replace("`a`", "`c`"),
        ];
        let tree = Tree::of(&[
            (INDEX, &rows.join("\n")),
            ("engine/node/src/cluster/x.rs", "fn one() {}"),
            ("engine/sim/tests/y.rs", "#[test]\nfn two() {}\nfn helper() {}"),
            ("lessons/content/l/lesson.toml", ""),
        ]);
        let found: Vec<_> = check(&tree).into_iter().map(|c| (c.line, c.text)).collect();
        assert_eq!(
            found,
            [
                (2, "the anchor of `a` is missing, or there twice".to_owned()),
                (2, "`cluster/x.rs::on` is not there".to_owned()),
                (3, "`sim/tests/y.rs::helper` is not there".to_owned()),
                (4, "there is no lesson `m`".to_owned()),
            ]
        );
    }
}
