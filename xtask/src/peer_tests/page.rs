//! The page with the counts: read back, changed by one unit's outcome, and written again, so
//! that single units can be run again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::Mode;
use super::suite::UNITS;
use super::tally::Counts;
use crate::shell;

/// Why tests fail that are known to: `unit | start of the test's name | reason`.
const REASONS: &str = include_str!("reasons.txt");

const HEAD: &str = "\
# Redis's own tests

Redis 7.0.15's Tcl suite against `native-node`, written by

```
cargo xtask peer-tests --suite DIR      # DIR: Redis's source at tag 7.0.15
```

*swapped*: the suite starts `native-node` wherever it would start `redis-server`, and uses the real
`redis-cli`, `redis-benchmark` and `redis-check-*`. *external*: it is pointed at a running server. *cluster*:
the same with cluster mode on and all slots on one node. Skipped are the tests which the suite itself leaves
out in that mode (`0 / 0 / n`: the whole unit), those it calls slow and those that need much memory. Something that fails outside a test has the
name of its error. The units on TLS and modules are not run: those are not there. A unit without
a row, and a mode with `-`, has not been run since this page began.

With `--cli FILE` that native-node's `cli` stands in the place of redis-cli, with `--binary redis-server` against the real
server. So run on 2026-11-29: integration/redis-cli 31 passed, unit/cluster 13, unit/other 23; none failed.

";

#[derive(Default)]
struct Page {
    rows: BTreeMap<(String, Mode), [u32; 3]>,
    failures: BTreeMap<(String, Mode), Vec<String>>,
}

/// Notes the outcome of one unit in the page.
pub(super) fn record(path: &Path, unit: &str, mode: Mode, counts: &Counts) -> Result<()> {
    let mut page = Page::read(&std::fs::read_to_string(path).unwrap_or_default());
    let key = (unit.to_owned(), mode);
    page.rows.insert(key.clone(), [counts.passed, counts.failed, counts.skipped]);
    page.failures.insert(key, counts.failures.iter().cloned().collect());
    let today = shell::command("date", ["-u", "+%F"]).output()?.stdout;
    let text = page.text(String::from_utf8_lossy(&today).trim());
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        for line in text.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [unit, second, third, fourth] = cells[..] else { continue };
            if !UNITS.contains(&unit) {
                continue;
            }
            if let Some(mode) = Mode::named(second) {
                page.failures.entry((unit.to_owned(), mode)).or_default().push(third.to_owned());
                continue;
            }
            for (mode, cell) in Mode::ALL.into_iter().zip([second, third, fourth]) {
                if let Some(counts) = counts_of(cell) {
                    page.rows.insert((unit.to_owned(), mode), counts);
                }
            }
        }
        page
    }

    fn text(&self, today: &str) -> String {
        let mut text = format!("{HEAD}Last written on {today}.\n\n");
        text.push_str("Passed / failed / skipped:\n\n| unit | swapped | external | cluster |\n|---|---|---|---|\n");
        let mut sums = [[0; 3]; 3];
        for unit in UNITS {
            let cells: Vec<String> = Mode::ALL
                .into_iter()
                .zip(&mut sums)
                .map(|(mode, sum)| match self.rows.get(&((*unit).to_owned(), mode)) {
                    Some(counts) => {
                        sum.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
                        cell(*counts)
                    }
                    None => "-".to_owned(),
                })
                .collect();
            if cells.iter().any(|cell| cell != "-") {
                let _ = writeln!(text, "| {unit} | {} |", cells.join(" | "));
            }
        }
        let _ = writeln!(text, "| **all** | {} |", sums.map(cell).join(" | "));
        self.write_failures(&mut text);
        text
    }

    fn write_failures(&self, text: &mut String) {
        if self.failures.values().all(Vec::is_empty) {
            return;
        }
        text.push_str(
            "\n## What fails, and why\n\n| unit | mode | test | reason |\n|---|---|---|---|\n",
        );
        for unit in UNITS {
            for mode in Mode::ALL {
                for test in self.failures.get(&((*unit).to_owned(), mode)).into_iter().flatten() {
                    let why = reason(unit, test).unwrap_or("not looked into yet");
                    let _ = writeln!(text, "| {unit} | {} | {test} | {why} |", mode.name());
                }
            }
        }
    }
}

fn cell(counts: [u32; 3]) -> String {
    let [passed, failed, skipped] = counts;
    let failed = if failed > 0 { format!("**{failed}**") } else { failed.to_string() };
    format!("{passed} / {failed} / {skipped}")
}

fn counts_of(cell: &str) -> Option<[u32; 3]> {
    let numbers: Vec<u32> =
        cell.split('/').map_while(|word| word.trim().trim_matches('*').parse().ok()).collect();
    numbers.try_into().ok()
}

fn reason(unit: &str, test: &str) -> Option<&'static str> {
    REASONS.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut parts = line.split('|').map(str::trim);
        let (of, start, why) = (parts.next()?, parts.next()?, parts.next()?);
        ((of == unit || of == "*") && test.starts_with(start)).then_some(why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_one_unit_is_replaced() {
        let mut page = Page::default();
        let key = |mode| ("unit/expire".to_owned(), mode);
        page.rows.insert(key(Mode::External), [62, 1, 3]);
        page.rows.insert(key(Mode::Swapped), [64, 0, 1]);
        page.failures.insert(key(Mode::External), vec!["TTL of a lost key".to_owned()]);
        let again = Page::read(&page.text("2026-11-29"));
        assert_eq!(again.rows, page.rows);
        assert_eq!(again.failures, page.failures);
        assert_eq!(again.text("today"), page.text("today"));
    }
}
