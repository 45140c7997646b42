//! The page of the documentation, from the sections that have been measured.

use std::path::Path;

use anyhow::{Context, Result};

use super::Section;
use crate::shell;

const HEAD: &str = "\
# Benchmarks

native-node beside redis-server 7.0.15 (Debian), measured by `cargo xtask bench`: both in one run,
in turn, on the same machine, cluster mode on. A ratio is native-node over redis-server, made
round by round; bold is the median over the rounds, in brackets the lowest and the highest round.
Absolute numbers are medians and belong to this machine alone.
";

/// Writes the page.
pub(super) fn assemble(kept: &Path, page: &Path) -> Result<()> {
    let mut text = format!("{HEAD}\n{}\n", machine());
    for section in Section::ALL {
        if let Ok(part) = std::fs::read_to_string(kept.join(format!("{}.md", section.name()))) {
            text.push('\n');
            text.push_str(&part);
        }
    }
    std::fs::write(page, text).with_context(|| format!("cannot write {}", page.display()))?;
    eprintln!("written: {}", page.display());
    Ok(())
}

fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let rust = shell::answer(&mut shell::command("rustc", ["--version"])).unwrap_or_default();
    format!("Machine: {cores} cores, {}; {rust}.", model.unwrap_or("unknown"))
}

/// A day as `2026-01-31`, from Unix seconds (Howard Hinnant's civil-from-days).
pub(super) fn date(secs: u64) -> String {
    let days = secs / 86_400 + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_have_their_dates() {
        assert_eq!(super::date(0), "1970-01-01");
        assert_eq!(super::date(951_782_400), "2000-02-29");
        assert_eq!(super::date(1_798_675_200), "2026-12-31");
    }
}
