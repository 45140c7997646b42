//! `serverPanic` and `sigsegvHandler`: a node that must not go on ends at once, with a report in the
//! log (debug.c).

use engine_base::Now;

use crate::Node;
use crate::api::{Action, LogLevel};

/// The exit code of a process that was aborted, as a shell shows it: 128 and SIGABRT. A driver of a
/// real process has it aborted.
pub const ABORTED: i32 = 134;

/// The same of SIGSEGV: what `DEBUG SEGFAULT` asks for.
pub const SEGFAULT: i32 = 139;

/// What a shell adds to the number of the signal that ended a process.
const BY_SIGNAL: i32 = 128;

impl Node {
    /// Ends the process, and says why.
    #[cold]
    #[inline(never)]
    pub(crate) fn server_panic(&mut self, now: Now, why: &str) {
        let report = self.panic_report(now, why);
        self.end_with(Some(report));
    }

    /// Ends the process with a report, if there is one.
    #[cold]
    #[inline(never)]
    pub(crate) fn end_with(&mut self, report: Option<Vec<(LogLevel, String)>>) {
        let Some(report) = report else { return };
        for (level, text) in report {
            self.out.log(level, text);
        }
        let code = self.panic_code();
        self.out.push(Action::Exit { code });
    }

    /// `use-exit-on-panic`
    pub(crate) fn panic_code(&self) -> i32 {
        if self.config.use_exit_on_panic { 1 } else { ABORTED }
    }

    /// Lends the node a way to tell where the process stands, for reports.
    pub fn use_stack_trace(&mut self, trace: fn() -> String) {
        self.stack_trace = Some(trace);
    }

    /// A signal ends the process: SIGABRT came, or it is told of another one. Without
    /// `crash-log-enabled` it is nobody's business.
    #[cold]
    #[inline(never)]
    pub fn handle_crash(&mut self, now: Now, signal: i32) {
        if self.config.crash_log_enabled {
            let what = format!("Redis 7.0.15 crashed by signal: {signal}");
            for (level, text) in self.bug_report(now, vec![what]) {
                self.out.log(level, text);
            }
        }
        self.out.push(Action::Exit { code: BY_SIGNAL + signal });
    }

    /// What is logged before the end; all the node knows of itself with `crash-log-enabled`.
    #[cold]
    #[inline(never)]
    pub(crate) fn panic_report(&self, now: Now, why: &str) -> Vec<(LogLevel, String)> {
        let rule = "-".repeat(48);
        let lines = vec![
            rule.clone(),
            "!!! Software Failure. Press left mouse button to continue".to_owned(),
            format!("Guru Meditation: {why}"),
            rule,
        ];
        self.bug_report(now, lines)
    }

    fn bug_report(&self, now: Now, what: Vec<String>) -> Vec<(LogLevel, String)> {
        let mut lines =
            vec!["=== REDIS BUG REPORT START: Cut & paste starting from here ===".to_owned()];
        lines.extend(what);
        if self.config.crash_log_enabled {
            if let Some(trace) = self.stack_trace {
                lines.push(format!("\n------ STACK TRACE ------\n{}", trace()));
            }
            let mut clients = String::new();
            for client in self.links.clients() {
                clients.push_str(&crate::command::client_line(client, now));
                clients.push('\n');
            }
            let info = crate::command::info_report(self, now).replace("\r\n", "\n");
            lines.push(format!("\n------ INFO OUTPUT ------\n{info}"));
            lines.push(format!("\n------ CLIENT LIST OUTPUT ------\n{clients}"));
        }
        lines.push(
            "=== REDIS BUG REPORT END. Make sure to include from START to END. ===".to_owned(),
        );
        lines.into_iter().map(|line| (LogLevel::Warning, line)).collect()
    }
}
