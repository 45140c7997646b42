//! What the log says at the start beside the node's own lines: the logo, and what of this system
//! would make the server slow (server.c, syscheck.c). `--check-system`.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use engine_node::LogLevel;
use engine_node::config::Config;

use crate::log::Log;

/// Lines that stand behind certain lines of the node.
pub(crate) struct Opening {
    /// Printed in place of the line `Running mode=`, when it is wanted.
    logo: Option<String>,
    backlog: Option<String>,
    clock: Option<String>,
    memory: Option<String>,
}

impl Opening {
    pub(crate) fn of(config: &Config) -> Self {
        let small = config.maxmemory > 0 && config.maxmemory < 1 << 20;
        Self {
            logo: logo(config),
            backlog: backlog(config.tcp_backlog, read_line("/proc/sys/net/core/somaxconn")),
            clock: xen_clock(current_clock().as_deref()).map(|text| format!("WARNING {text}")),
            memory: small.then(|| {
                format!(
                    "WARNING: You specified a maxmemory value that is less than 1MB (current value \
                     is {} bytes). Are you sure this is what you really want?",
                    config.maxmemory
                )
            }),
        }
    }

    /// Writes a line of the node, and what belongs behind it.
    pub(crate) fn write(&mut self, log: &Log, level: LogLevel, text: &str) {
        let running = text.starts_with("Running mode=");
        match &self.logo {
            Some(logo) if running => log.raw(logo.as_bytes()),
            _ => log.write(level, text),
        }
        let next = match text {
            _ if running => &mut self.backlog,
            "Server initialized" => &mut self.clock,
            _ => return,
        };
        next.take().into_iter().for_each(|warning| log.warning(&warning));
    }

    /// Clients are served from now on.
    pub(crate) fn ready(&mut self, log: &Log) {
        self.memory.take().into_iter().for_each(|warning| log.warning(&warning));
    }
}

fn logo(config: &Config) -> Option<String> {
    let terminal = config.logfile.is_empty() && std::io::stdout().is_terminal();
    (terminal || config.always_show_logo).then(|| {
        let mode = if config.cluster_enabled { "cluster" } else { "standalone" };
        format!(
            "\n    native-node {} (Redis 7.0.15)\n    Running in {mode} mode\n    Port: {}\n    \
             PID: {}\n\n",
            env!("CARGO_PKG_VERSION"),
            config.port,
            std::process::id()
        )
    })
}

fn read_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

/// The kernel's queue of connections that wait is shorter than the one asked for.
fn backlog(wanted: u64, limit: Option<String>) -> Option<String> {
    let limit: u64 = limit?.parse().ok()?;
    (0 < limit && limit < wanted).then(|| {
        format!(
            "WARNING: The TCP backlog setting of {wanted} cannot be enforced because \
             /proc/sys/net/core/somaxconn is set to the lower value of {limit}."
        )
    })
}

const CLOCKS: &str = "/sys/devices/system/clocksource/clocksource0";

fn current_clock() -> Option<String> {
    read_line(&format!("{CLOCKS}/current_clocksource"))
}

fn xen_clock(current: Option<&str>) -> Option<String> {
    (current == Some("xen")).then(|| {
        "Your system is configured to use the 'xen' clocksource which might lead to degraded \
         performance. Check the result of the [slow-clocksource] system check: run 'native-node \
         --check-system' to check if the system's clocksource isn't degrading performance."
            .to_owned()
    })
}

/// How long the clock is read to find out whether the kernel is asked each time.
const LOOK: Duration = Duration::from_millis(50);

/// Whether more than a tenth of the time in which the clock is read belongs to the kernel.
fn slow_clock() -> Option<String> {
    let before = crate::cpu::times().process;
    let began = Instant::now();
    while began.elapsed() < LOOK {}
    let after = crate::cpu::times().process;
    let system = after.system.saturating_sub(before.system);
    let user = after.user.saturating_sub(before.user);
    (system * 10 > system + user).then(|| {
        format!(
            "Slow system clocksource detected. This can result in degraded performance. Consider \
             changing the system's clocksource. Current clocksource: {}. Available clocksources: \
             {}. For example: run the command 'echo tsc > {CLOCKS}/current_clocksource' as root. \
             To permanently change the system's clocksource you'll need to set the 'clocksource=' \
             kernel command line parameter.",
            current_clock().unwrap_or_default(),
            read_line(&format!("{CLOCKS}/available_clocksource")).unwrap_or_default()
        )
    })
}

/// `--check-system`: looks at the system as redis-server does, and tells; whether all is well. What
/// endangers a process that forks is no danger to this one, which never does.
pub(crate) fn check_system() -> bool {
    let clock = current_clock();
    let xen = clock.is_some().then(|| xen_clock(clock.as_deref()));
    let never_forks = || None;
    let checks = [
        ("slow-clocksource", Some(slow_clock())),
        ("xen-clocksource", xen),
        ("overcommit", never_forks()),
        ("THP", never_forks()),
    ];
    let mut well = true;
    for (name, found) in checks {
        match found {
            None => println!("[{name}]...skipped"),
            Some(None) => println!("[{name}]...OK"),
            Some(Some(warning)) => {
                println!("[{name}]...WARNING:\n{warning}");
                well = false;
            }
        }
    }
    well
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_is_told_only_where_the_kernel_cuts_it() {
        let told = |limit: &str| backlog(511, Some(limit.to_owned()));
        assert!(told("128").unwrap().ends_with("is set to the lower value of 128."));
        assert_eq!([told("511"), told("4096"), told("0"), backlog(511, None)], [const { None }; 4]);
        assert!(xen_clock(Some("xen")).is_some() && xen_clock(Some("tsc")).is_none());
    }
}
