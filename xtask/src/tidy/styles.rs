//! Style sheets close what they open: a browser reads on without a word, and all that follows is lost.

use super::{Complaint, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    tree.texts()
        .filter(|(path, _)| path.ends_with(".css"))
        .filter_map(|(path, text)| {
            let line = left_open(text)?;
            Some(Complaint::new(path, line, "the block above is not closed"))
        })
        .collect()
}

/// The first line at the margin that stands inside a block, or the end of a sheet that is inside one.
fn left_open(text: &str) -> Option<usize> {
    let (mut depth, mut remark) = (0_usize, false);
    for (at, line) in text.lines().enumerate() {
        let begins = line.starts_with(|c: char| !c.is_whitespace() && c != '}');
        if depth > 0 && begins && !remark {
            return Some(at + 1);
        }
        let mut rest = line;
        while let Some(found) = rest.find(if remark { "*/" } else { "/*" }) {
            if !remark {
                depth = deeper(depth, &rest[..found]);
            }
            remark = !remark;
            rest = &rest[found + 2..];
        }
        if !remark {
            depth = deeper(depth, rest);
        }
    }
    (depth > 0).then(|| text.lines().count())
}

fn deeper(depth: usize, code: &str) -> usize {
    (depth + code.matches('{').count()).saturating_sub(code.matches('}').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_is_left_open_is_found() {
        let fine = "/* a { b */\na {\n  /* } */ b: c;\n}\n@media x {\n  a {\n    b: c;\n  }\n}\n";
        assert_eq!(left_open(fine), None);
        assert_eq!(left_open("a {\n  b: c;\nd {\n  e: f;\n}\n"), Some(3));
        assert_eq!(left_open("a {\n  b: c;\n"), Some(2));
        let tree = Tree::of(&[("web/a.css", "a {\n"), ("b.rs", "fn main() {\n")]);
        assert_eq!(check(&tree).len(), 1);
    }
}
