//! Every relative link in a Markdown document leads somewhere, and the documents that belong to a
//! project are there.

use super::{Complaint, Tree};

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
    "THIRD-PARTY.md",
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for document in DOCUMENTS {
        if !tree.has(document) {
            complaints.push(Complaint::new(document, 0, "this document is missing"));
        }
    }
    for (path, text) in tree.ending(".md") {
        for (at, line) in text.lines().enumerate() {
            for target in targets(line) {
                let file = target.split('#').next().unwrap_or("");
                let elsewhere = target.contains("://") || target.starts_with("mailto:");
                if !elsewhere && !file.is_empty() && !tree.has(&resolved(path, file)) {
                    let text = format!("the link leads nowhere: {target}");
                    complaints.push(Complaint::new(path, at + 1, text));
                }
            }
        }
    }
    complaints
}

/// What stands in the parentheses of `[…](…)`, or in `src="…"`.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [("](", ')'), ("src=\"", '"')] {
        let mut rest = line;
        while let Some(at) = rest.find(open) {
            rest = &rest[at + open.len()..];
            let Some(end) = rest.find(close) else { break };
            found.push(rest[..end].split_whitespace().next().unwrap_or(""));
            rest = &rest[end..];
        }
    }
    found
}

/// `target` as seen from the file at `path`, from the root.
fn resolved(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_are_found_and_live_ones_pass() {
        let text = "[a](b.md) [c](../LICENSE#x) [d](https://example.com)\n![e](none.png)\n[f](sub)";
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", ""),
            ("docs/sub/x.rs", ""),
            ("LICENSE", ""),
        ]);
        let found: Vec<Complaint> =
            check(&tree).into_iter().filter(|complaint| complaint.line > 0).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].line == 2 && found[0].text.contains("none.png"));
    }
}
