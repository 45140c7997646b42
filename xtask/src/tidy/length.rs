//! A file holds one idea: at most 400 lines. A table is one idea however long it is.

use super::{Complaint, Tree};

const MOST_LINES: usize = 400;

/// Files that may be longer, each with its reason. An entry that is no longer needed is a complaint.
const LONGER: [(&str, &str); 0] = [];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    complaints(tree, &LONGER)
}

fn complaints(tree: &Tree, longer: &[(&str, &str)]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (path, text) in tree.texts() {
        let source = [".rs", ".mjs", ".js"].iter().any(|ending| path.ends_with(ending));
        let allowed = longer.iter().any(|(exception, _)| *exception == path);
        let lines = text.lines().count();
        if source && lines > MOST_LINES && !allowed {
            let text = format!("{lines} lines; split it by ideas, {MOST_LINES} are enough for one");
            complaints.push(Complaint::new(path, 0, text));
        }
    }
    for (path, _) in longer {
        if tree.get(path).is_none_or(|text| text.lines().count() <= MOST_LINES) {
            let text = "no longer too long: take it off the list in xtask/src/tidy/length.rs";
            complaints.push(Complaint::new(path, 0, text));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sources_are_found_and_exceptions_must_be_needed() {
        let long = "x\n".repeat(401);
        let tree = Tree::of(&[("a.rs", &long), ("b.rs", "x"), ("c.rs", &long), ("d.md", &long)]);
        let found = complaints(&tree, &[("b.rs", "a table"), ("c.rs", "a table")]);
        let paths: Vec<&str> = found.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["a.rs", "b.rs"]);
    }
}
