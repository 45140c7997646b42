//! Counting what several test programs report, for one closing line.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::shell;

/// What one part came to.
#[derive(Default)]
struct Row {
    name: &'static str,
    passed: u64,
    failed: u64,
    seconds: f64,
}

/// The parts so far.
#[derive(Default)]
pub(super) struct Tally {
    rows: Vec<Row>,
}

impl Tally {
    pub(super) fn begin(&mut self, name: &'static str) {
        self.rows.push(Row { name, ..Row::default() });
    }

    pub(super) fn end(&mut self, took: Duration) {
        self.last().seconds = took.as_secs_f64();
    }

    pub(super) fn passed(&mut self, count: u64) {
        self.last().passed += count;
    }

    pub(super) fn failed(&mut self, count: u64) {
        self.last().failed += count;
    }

    fn last(&mut self) -> &mut Row {
        if self.rows.is_empty() {
            self.begin("all");
        }
        let at = self.rows.len() - 1;
        &mut self.rows[at]
    }

    /// Runs a test program and counts what it reports. One that fails without saying how many tests
    /// failed counts as one; so does one that succeeds without a word.
    ///
    /// # Errors
    /// It could not be started.
    pub(super) fn watch(&mut self, command: &mut Command) -> Result<()> {
        let (mut passed, mut failed) = (0, 0);
        let well = shell::watched(command, |line| match summary(line) {
            // nextest's own count is the last word: above it stands the output of tests that
            // failed, with counts of their own, and of some that passed at the second try.
            Some(count) => (passed, failed) = count,
            None => {
                let (p, f) = counts(line);
                passed += p;
                failed += f;
            }
        })?;
        if well && passed + failed == 0 {
            passed = 1;
        }
        if !well {
            failed = failed.max(1);
        }
        self.passed(passed);
        self.failed(failed);
        Ok(())
    }

    /// Prints a row a part and the closing line.
    ///
    /// # Errors
    /// Something failed.
    pub(super) fn close(&self, took: Duration) -> Result<()> {
        println!();
        for row in &self.rows {
            let Row { name, passed, failed, seconds } = row;
            println!("{name:>10}: {passed:>5} passed; {failed:>3} failed; {seconds:>7.1}s");
        }
        let passed: u64 = self.rows.iter().map(|row| row.passed).sum();
        let failed: u64 = self.rows.iter().map(|row| row.failed).sum();
        let verdict = if failed == 0 { "ok" } else { "FAILED" };
        let seconds = took.as_secs_f64();
        println!(
            "\ntest result: {verdict}. {passed} passed; {failed} failed; finished in {seconds:.1}s"
        );
        if failed > 0 {
            bail!("{failed} failed");
        }
        Ok(())
    }
}

/// How many tests passed and failed in all, according to nextest:
/// `Summary [ 1.2s] 3 tests run: 3 passed, …`.
fn summary(line: &str) -> Option<(u64, u64)> {
    line.trim().starts_with("Summary [").then(|| passed_and_failed(line))
}

/// How many tests passed and failed according to one line of a test program: cargo's
/// `test result: ok. 3 passed; 0 failed; …`, node's `ℹ pass 3`, or our own `3 passed, 0 failed`.
fn counts(line: &str) -> (u64, u64) {
    let line = line.trim();
    if let Some(count) = line.strip_prefix("ℹ pass ") {
        return (count.parse().unwrap_or(0), 0);
    }
    if let Some(count) = line.strip_prefix("ℹ fail ") {
        return (0, count.parse().unwrap_or(0));
    }
    let begins_with_number = line.starts_with(|c: char| c.is_ascii_digit());
    if !(line.starts_with("test result:") || begins_with_number) {
        return (0, 0);
    }
    passed_and_failed(line)
}

fn passed_and_failed(line: &str) -> (u64, u64) {
    (before(line, "passed").unwrap_or(0), before(line, "failed").unwrap_or(0))
}

/// The number that stands before `word`, which may carry a comma or a semicolon.
fn before(line: &str, word: &str) -> Option<u64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|w| w.trim_end_matches([',', ';']) == word)?;
    words.get(at.checked_sub(1)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_program_is_understood() {
        let cargo = "test result: FAILED. 5 passed; 2 failed; 1 ignored; finished in 0.10s";
        assert_eq!(counts(cargo), (5, 2));
        let nextest =
            "     Summary [   0.0s] 12 tests run: 11 passed (1 slow), 1 failed, 3 skipped";
        assert_eq!((counts(nextest), summary(nextest)), ((0, 0), Some((11, 1))));
        assert_eq!(counts("ℹ pass 7"), (7, 0));
        assert_eq!(counts("ℹ fail 1"), (0, 1));
        assert_eq!(counts("12 passed, 1 failed"), (12, 1));
        assert_eq!(counts("the vote that passed, 3 failed before it"), (0, 0));
    }

    #[test]
    fn a_test_that_passes_at_the_second_try_has_not_failed() {
        let output = "echo 'TRY 1 FAIL a test'
            echo '    test result: FAILED. 0 passed; 1 failed; 0 ignored'
            echo '     Summary [   0.0s] 2 tests run: 2 passed (1 flaky), 3 skipped'";
        let mut tally = Tally::default();
        tally.begin("flaky");
        tally.watch(&mut shell::command("sh", ["-c", output])).expect("sh");
        assert_eq!((tally.rows[0].passed, tally.rows[0].failed), (2, 0));
        assert!(tally.close(Duration::ZERO).is_ok());
    }

    #[test]
    fn a_program_that_dies_without_a_count_is_a_failure() {
        let mut tally = Tally::default();
        tally.begin("dies");
        tally.watch(&mut shell::command("sh", ["-c", "exit 1"])).expect("sh");
        assert_eq!((tally.rows[0].passed, tally.rows[0].failed), (0, 1));
        assert!(tally.close(Duration::ZERO).is_err());
    }
}
