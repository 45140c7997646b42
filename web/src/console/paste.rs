//! Pasting: whole lines run one after another, the rest stays in the input.

/// A longer paste is refused, in bytes.
pub(crate) const MOST: usize = 256 * 1024;

/// What a paste into `before|after` (the input around the cursor) means: lines to run, and what
/// then stands in the input. `None` when it is an ordinary paste of less than a line.
pub(crate) fn lines(before: &str, pasted: &str, after: &str) -> Option<(Vec<String>, String)> {
    if !pasted.contains(['\n', '\r']) {
        return None;
    }
    let text = format!("{before}{pasted}").replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let rest = lines.pop().unwrap_or_default();
    Some((lines, format!("{rest}{after}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_run_and_the_rest_waits() {
        assert_eq!(lines("", "cluster info", ""), None);
        let (run, rest) = lines("re", "dis-cli\r\nset a 1\nget", " a").unwrap();
        assert_eq!(run, ["redis-cli", "set a 1"]);
        assert_eq!(rest, "get a");
        let (run, rest) = lines("", "cat > f <<EOF\n\nx\nEOF\n", "").unwrap();
        assert_eq!(run, ["cat > f <<EOF", "", "x", "EOF"], "empty lines count in a document");
        assert_eq!(rest, "");
    }
}
