//! What a run of the suite printed, counted.

use std::collections::BTreeSet;
use std::fmt;

/// The outcome of one unit in one mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
    /// Left out by the suite: not for this mode, slow, or too much memory.
    pub(super) skipped: u32,
    /// The names of the tests that failed, once each.
    pub(super) failures: BTreeSet<String>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:4} ok {:4} failed {:4} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Counts {
    /// Takes in one line of the suite's output, without colours.
    pub(super) fn see(&mut self, line: &str) {
        let Some((kind, rest)) = line.strip_prefix('[').and_then(|l| l.split_once("]: ")) else {
            return;
        };
        match kind {
            "ok" => self.passed += 1,
            "skip" | "ignore" => self.skipped += 1,
            "err" | "exception" => self.fail(name_of(rest)),
            "TIMEOUT" => self.fail("(the run hung)"),
            _ => {}
        }
    }

    /// Something else went wrong: the suite hung, or ended before its time.
    pub(super) fn fail(&mut self, what: &str) {
        self.failed += 1;
        self.failures.insert(what.replace('|', "/"));
    }
}

/// `NAME in tests/unit/x.tcl` is the first line of a failure.
fn name_of(text: &str) -> &str {
    text.split_once(" in tests/").map_or(text, |(name, _)| name).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_by_their_kind_and_failures_named() {
        let mut counts = Counts::default();
        for line in [
            "[ready]: 123",
            "Testing unit/expire",
            "[ok]: EXPIRE - set timeouts (3 ms)",
            "[ok]: TTL in the past (0 ms)",
            "[err]: SCAN | regression in tests/unit/scan.tcl",
            "Expected '1' to be equal to '2' (context: …)",
            "[ignore]: Not supported on external server",
            "[skip]: something",
            "[TIMEOUT]: clients state report follows.",
            "[1/1 done]: unit/expire (9 seconds)",
        ] {
            counts.see(line);
        }
        assert_eq!((counts.passed, counts.failed, counts.skipped), (2, 2, 2));
        let failures: Vec<String> = counts.failures.into_iter().collect();
        assert_eq!(failures, ["(the run hung)", "SCAN / regression"]);
    }
}
