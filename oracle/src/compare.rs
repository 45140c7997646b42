//! What two screens show for one line, compared after the masks; CLUSTER NODES as a set.

use std::sync::LazyLock;

use regex::Regex;

use crate::mask::Masks;

/// Lines whose order says nothing, after masking: those of CLUSTER NODES and nodes.conf, and those
/// that `redis-cli --cluster` prints for each node, in the order in which it learned of them.
static SETS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the patterns are constants and tested")]
    [
        r"^<id> \S*:\d+@\d+\S* [a-z,?!]+ ",
        r"^[MS]: <id> \S+:\d+",
        r"^\S+:\d+ \(<id>\.\.\.\) -> ",
        r"^\d+\.\d+\.\d+\.\d+:\d+: ",
        r"^ERR setting node-timeout for \S+: ",
    ]
    .map(|pattern| Regex::new(pattern).unwrap())
});

/// The text as it is compared: masked, with lines sorted where they are a set, and repeated
/// counters once.
#[must_use]
pub fn canonical(text: &str, masks: &Masks) -> String {
    let masked = masks.apply(&text.replace('\r', ""));
    let mut lines: Vec<String> = Vec::new();
    for line in masked.lines().map(str::trim_end) {
        match lines.last_mut() {
            // What is set in belongs to the node above it.
            Some(last) if line.starts_with("   ") && SETS[1].is_match(last) => {
                last.push('\n');
                last.push_str(line);
            }
            Some(last) if line == "<counter>" && last == line => {}
            _ => lines.push(line.to_owned()),
        }
    }
    for set in SETS.iter() {
        let mut start = 0;
        while start < lines.len() {
            let length = lines[start..].iter().take_while(|l| set.is_match(l)).count();
            lines[start..start + length].sort_unstable();
            start += length.max(1);
        }
    }
    lines.join("\n")
}

/// Where two texts part: `None` when they are equal.
#[must_use]
pub fn difference(real: &str, ours: &str, masks: &Masks) -> Option<String> {
    let (real, ours) = (canonical(real, masks), canonical(ours, masks));
    (real != ours).then(|| format!("--- real\n{real}\n--- sandbox\n{ours}\n"))
}
