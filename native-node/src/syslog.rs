//! `syslog-enabled`: the log's lines go to the system's log as well, by syslog(3).

use std::ffi::CString;

use engine_node::LogLevel;
use engine_node::config::{Config, SyslogFacility};
use nix::syslog::{Facility, LogFlags, Priority, Severity, openlog, syslog};

/// The way to the system's log, which the process has one of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Syslog(Facility);

impl Syslog {
    /// Opened when the configuration wants it.
    pub(crate) fn of(config: &Config) -> Option<Self> {
        if !config.syslog_enabled {
            return None;
        }
        let facility = facility(config.syslog_facility);
        // syslog(3) keeps the address of the name for as long as the process lives.
        let ident = CString::new(config.syslog_ident.as_str()).ok()?;
        let flags = LogFlags::LOG_PID | LogFlags::LOG_NDELAY;
        open(Box::leak(ident.into_boxed_c_str()), flags, facility)?;
        Some(Self(facility))
    }

    /// Sends one line. Where nobody takes it it is lost.
    pub(crate) fn send(self, level: LogLevel, text: &str) {
        let severity = match level {
            LogLevel::Debug => Severity::LOG_DEBUG,
            LogLevel::Verbose => Severity::LOG_INFO,
            LogLevel::Notice => Severity::LOG_NOTICE,
            LogLevel::Warning => Severity::LOG_WARNING,
        };
        let _ = syslog(Priority::new(severity, self.0), text);
    }
}

#[cfg(target_os = "linux")]
fn open(ident: &'static std::ffi::CStr, flags: LogFlags, facility: Facility) -> Option<()> {
    openlog(Some(ident), flags, facility).ok()
}

#[cfg(not(target_os = "linux"))]
fn open(ident: &'static std::ffi::CStr, flags: LogFlags, facility: Facility) -> Option<()> {
    use std::os::unix::ffi::OsStrExt;
    openlog(Some(std::ffi::OsStr::from_bytes(ident.to_bytes())), flags, facility).ok()
}

const fn facility(named: SyslogFacility) -> Facility {
    match named {
        SyslogFacility::User => Facility::LOG_USER,
        SyslogFacility::Local0 => Facility::LOG_LOCAL0,
        SyslogFacility::Local1 => Facility::LOG_LOCAL1,
        SyslogFacility::Local2 => Facility::LOG_LOCAL2,
        SyslogFacility::Local3 => Facility::LOG_LOCAL3,
        SyslogFacility::Local4 => Facility::LOG_LOCAL4,
        SyslogFacility::Local5 => Facility::LOG_LOCAL5,
        SyslogFacility::Local6 => Facility::LOG_LOCAL6,
        SyslogFacility::Local7 => Facility::LOG_LOCAL7,
    }
}
