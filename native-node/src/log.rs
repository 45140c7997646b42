//! The log in Redis's form: `PID:ROLE 22 Nov 2026 02:27:55.016 LEVEL TEXT`, in this host's local
//! time (`TZ`, else the system's).

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::LazyLock;

use engine_base::UnixMs;
use engine_node::LogLevel;
use engine_node::config::Verbosity;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::unix;
use crate::syslog::Syslog;

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
    /// Where lines go as well.
    pub(crate) syslog: Option<Syslog>,
}

impl Log {
    /// To standard output, from `notice` on: what holds until the configuration is read.
    pub(crate) fn early() -> Self {
        Self {
            file: String::new(),
            verbosity: Verbosity::Notice,
            role: Role::Starting,
            syslog: None,
        }
    }

    pub(crate) fn write(&self, level: LogLevel, text: &str) {
        if rank(level) >= self.verbosity as u8 {
            let at = unix();
            let line = line(std::process::id(), self.role, at, &ZONE, level, text);
            self.raw(line.as_bytes());
            self.syslog.iter().for_each(|syslog| syslog.send(level, text));
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

/// Read once, as redis-server does.
static ZONE: LazyLock<TimeZone> = LazyLock::new(TimeZone::system);

fn line(pid: u32, role: Role, at: UnixMs, zone: &TimeZone, level: LogLevel, text: &str) -> String {
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
    format!("{pid}:{role} {} {level} {text}\n", stamp(at, zone))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The month's name in three letters.
fn month(local: &jiff::civil::DateTime) -> &'static str {
    let month = usize::try_from(local.month()).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    month.unwrap_or(&"Jan")
}

/// `22 Nov 2026 02:27:55.016`.
fn stamp(at: UnixMs, zone: &TimeZone) -> String {
    // A clock outside of all calendars is shown as the beginning of ours.
    let at = Timestamp::from_millisecond(at.0).unwrap_or_default();
    let local = zone.to_datetime(at);
    format!(
        "{:02} {} {} {:02}:{:02}:{:02}.{:03}",
        local.day(),
        month(&local),
        local.year(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_as_redis_writes_it() {
        let at = UnixMs(1_795_314_475_016);
        assert_eq!(
            line(20283, Role::Starting, at, &TimeZone::UTC, LogLevel::Warning, "Fatal error"),
            "20283:C 22 Nov 2026 02:27:55.016 # Fatal error\n"
        );
        assert_eq!(stamp(UnixMs(951_782_400_000), &TimeZone::UTC), "29 Feb 2000 00:00:00.000");
        let west = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        assert_eq!(stamp(UnixMs(0), &west), "31 Dec 1969 19:00:00.000");
        assert_eq!(stamp(UnixMs(1_783_080_000_000), &west), "03 Jul 2026 08:00:00.000");
    }
}
