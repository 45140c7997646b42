//! `serverPanic`: a node that must not go on ends at once, with a report in the log (debug.c).

use engine_base::Now;

use crate::Node;
use crate::api::{Action, LogLevel};

/// The exit code of a process that was aborted, as a shell shows it: 128 and SIGABRT. A driver of a
/// real process has it aborted.
pub const ABORTED: i32 = 134;

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

    /// What is logged before the end; all the node knows of itself with `crash-log-enabled`.
    #[cold]
    #[inline(never)]
    pub(crate) fn panic_report(&self, now: Now, why: &str) -> Vec<(LogLevel, String)> {
        let rule = "-".repeat(48);
        let mut lines = vec![
            "=== REDIS BUG REPORT START: Cut & paste starting from here ===".to_owned(),
            rule.clone(),
            "!!! Software Failure. Press left mouse button to continue".to_owned(),
            format!("Guru Meditation: {why}"),
            rule,
        ];
        if self.config.crash_log_enabled {
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
