//! The log in Redis's form: `PID:ROLE 22 Nov 2026 02:27:55.016 LEVEL TEXT`, times in UTC.

use std::fs::OpenOptions;
use std::io::Write;

use engine_base::UnixMs;
use engine_node::LogLevel;
use engine_node::config::Verbosity;

use crate::clock::unix;

/// Who speaks: the letter behind the process id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Before the server is set up.
    Starting,
    Master,
    Replica,
}

/// Where lines go. The file is opened for each line, so that it can be moved away.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// Empty for standard output.
    pub(crate) file: String,
    pub(crate) verbosity: Verbosity,
    pub(crate) role: Role,
}

impl Log {
    /// To standard output, from `notice` on: what holds until the configuration is read.
    pub(crate) fn early() -> Self {
        Self { file: String::new(), verbosity: Verbosity::Notice, role: Role::Starting }
    }

    pub(crate) fn write(&self, level: LogLevel, text: &str) {
        if rank(level) >= self.verbosity as u8 {
            let line = line(std::process::id(), self.role, unix(), level, text);
            self.raw(line.as_bytes());
        }
    }

    pub(crate) fn warning(&self, text: &str) {
        self.write(LogLevel::Warning, text);
    }

    pub(crate) fn notice(&self, text: &str) {
        self.write(LogLevel::Notice, text);
    }

    /// A log that cannot be written must not stop the server: errors are dropped, as Redis does.
    pub(crate) fn raw(&self, bytes: &[u8]) {
        if self.file.is_empty() {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        } else if let Ok(mut file) = OpenOptions::new().append(true).create(true).open(&self.file) {
            let _ = file.write_all(bytes);
        }
    }
}

const fn rank(level: LogLevel) -> u8 {
    match level {
        LogLevel::Debug => Verbosity::Debug as u8,
        LogLevel::Verbose => Verbosity::Verbose as u8,
        LogLevel::Notice => Verbosity::Notice as u8,
        LogLevel::Warning => Verbosity::Warning as u8,
    }
}

fn line(pid: u32, role: Role, at: UnixMs, level: LogLevel, text: &str) -> String {
    let role = match role {
        Role::Starting => 'C',
        Role::Master => 'M',
        Role::Replica => 'S',
    };
    let level = match level {
        LogLevel::Debug => '.',
        LogLevel::Verbose => '-',
        LogLevel::Notice => '*',
        LogLevel::Warning => '#',
    };
    format!("{pid}:{role} {} {level} {text}\n", stamp(at))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `22 Nov 2026 02:27:55.016`.
fn stamp(at: UnixMs) -> String {
    let (ms, secs) = (at.0.rem_euclid(1000), at.as_secs());
    let (day, second) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(day);
    let month = MONTHS[month - 1];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{day:02} {month} {year} {hour:02}:{minute:02}:{second:02}.{ms:03}")
}

/// Year, month (1 to 12) and day of a number of days since 1970, in the Gregorian calendar.
/// Years are counted from 1 March, so that the leap day is their last.
fn civil(days: i64) -> (i64, usize, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, usize::try_from(month).unwrap_or(1), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_as_redis_writes_it() {
        let at = UnixMs(1_795_314_475_016);
        assert_eq!(
            line(20283, Role::Starting, at, LogLevel::Warning, "Fatal error"),
            "20283:C 22 Nov 2026 02:27:55.016 # Fatal error\n"
        );
        assert_eq!(stamp(UnixMs(951_782_400_000)), "29 Feb 2000 00:00:00.000");
        assert_eq!(stamp(UnixMs(0)), "01 Jan 1970 00:00:00.000");
    }
}
