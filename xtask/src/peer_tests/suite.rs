//! The suite: its units, and a bench on which one of them is run.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::server::Server;
use super::tally::Counts;
use super::{Mode, Options, absolute, target};
use crate::shell;

/// The units that are run, in the order of the table. Left out are those whose subject is not
/// there: TLS, modules.
#[rustfmt::skip]
pub(crate) const UNITS: &[&str] = &[
    "unit/cluster", "unit/cluster/announced-endpoints", "unit/cluster/links", "unit/cluster/misc",
    "unit/expire", "unit/protocol", "unit/other",
    "unit/type/string", "unit/type/incr", "unit/type/list", "unit/type/list-2",
    "unit/type/list-3", "unit/type/hash", "unit/type/set", "unit/type/zset",
    "unit/type/stream", "unit/type/stream-cgroups",
    "unit/auth", "unit/acl", "unit/acl-v2", "unit/keyspace", "unit/scan", "unit/sort", "unit/bitops", "unit/bitfield",
    "unit/geo", "unit/hyperloglog", "unit/multi", "unit/scripting",
    "unit/functions", "unit/pubsub", "unit/pubsubshard", "unit/dump",
    "unit/info", "unit/info-command", "unit/introspection", "unit/introspection-2",
    "unit/maxmemory", "unit/memefficiency", "unit/slowlog", "unit/latency-monitor", "unit/pause",
    "unit/quit", "unit/limits", "unit/wait", "unit/querybuf", "unit/pendingquerybuf",
    "unit/replybufsize", "unit/lazyfree", "unit/obuf-limits", "unit/client-eviction", "unit/tracking",
    "unit/oom-score-adj", "unit/networking", "unit/shutdown", "unit/violations", "unit/aofrw",
    "unit/printver",
    "integration/replication", "integration/replication-2", "integration/replication-3",
    "integration/replication-4", "integration/replication-psync",
    "integration/replication-buffer", "integration/psync2", "integration/psync2-reg",
    "integration/psync2-pingoff", "integration/psync2-master-restart", "integration/failover",
    "integration/block-repl", "integration/shutdown",
    "integration/aof", "integration/aof-multi-part", "integration/aof-race", "integration/rdb",
    "integration/convert-zipmap-hash-on-load", "integration/convert-ziplist-hash-on-load",
    "integration/convert-ziplist-zset-on-load", "integration/corrupt-dump",
    "integration/dismiss-mem", "integration/logging", "integration/redis-cli",
    "integration/redis-benchmark",
];

/// The units that one of these globs names; all of them without any.
pub(super) fn units(globs: &[String]) -> Vec<&'static str> {
    let wanted = |unit: &str| {
        globs.is_empty()
            || globs.iter().any(|glob| match glob.strip_suffix('*') {
                Some(start) => unit.starts_with(start),
                None => unit == glob.trim_end_matches(".tcl"),
            })
    };
    UNITS.iter().copied().filter(|unit| wanted(unit)).collect()
}

/// A folder that looks like Redis's source tree to the suite, with our server in it.
pub(super) struct Bench {
    folder: PathBuf,
    binary: PathBuf,
}

impl Bench {
    /// Lays the suite out, with `binary` in the place of redis-server.
    pub(super) fn prepare(suite: &Path, binary: &Path) -> Result<Self> {
        let (suite, binary) = (absolute(suite)?, absolute(binary)?);
        if !suite.join("runtest").is_file() {
            bail!("{} has no `runtest`: it is not Redis's source", suite.display());
        }
        let folder = target().join(format!("peer-tests-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("src"))?;
        shell::run(shell::command("cp", ["-r"]).arg(suite.join("tests")).arg(&folder))?;
        survive_exceptions(&folder.join("tests/support/server.tcl"))?;
        for name in ["runtest", "utils", "redis.conf"] {
            link(&suite.join(name), &folder.join(name))?;
        }
        // A copy, so that a build meanwhile does not change what is tested.
        let server = folder.join("src/redis-server");
        std::fs::copy(&binary, &server)
            .with_context(|| format!("cannot copy {}", binary.display()))?;
        for tool in ["redis-cli", "redis-benchmark", "redis-check-aof", "redis-check-rdb"] {
            let found = shell::find(tool)
                .with_context(|| format!("no {tool}: apt-get install redis-tools"))?;
            link(&found, &folder.join("src").join(tool))?;
        }
        Ok(Self { folder, binary: server })
    }

    /// Has the suite run `native-node cli` wherever it would run redis-cli.
    pub(super) fn replace_cli(&self, native_node: &Path) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let source = self.folder.join("src");
        let copied = std::fs::copy(native_node, source.join("native-node"));
        copied.with_context(|| format!("cannot copy {}", native_node.display()))?;
        let program = source.join("redis-cli");
        std::fs::remove_file(&program)?;
        std::fs::write(&program, "#!/bin/sh\nexec \"${0%/*}/native-node\" cli \"$@\"\n")?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        Ok(())
    }

    /// Runs one unit and counts.
    pub(super) fn run(&self, unit: &str, mode: Mode, options: &Options) -> Result<Counts> {
        let mut command = shell::command("./runtest", ["--single", unit, "--durable"]);
        command.current_dir(&self.folder);
        command.args(["--clients", "1", "--no-latency", "--timeout", "300"]);
        if !options.slow {
            command.args(["--tags", "-slow"]);
        }
        for name in &options.only {
            command.args(["--only", name]);
        }
        let port = options.base_port;
        command.args(["--baseport", &(port + 40).to_string(), "--portcount", "150"]);
        let server = match mode {
            Mode::Swapped => None,
            _ => Some(Server::start(&self.binary, port, mode == Mode::Cluster)?),
        };
        if server.is_some() {
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        }
        if mode == Mode::Cluster {
            command.arg("--cluster-mode");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let log = self.folder.join(format!("{}.{}.log", unit.replace('/', "-"), mode.name()));
        // A group of its own, so that nothing of it outlives a run that hangs.
        command.process_group(0);
        let patience = Duration::from_secs(options.patience);
        count(command.spawn().context("cannot start runtest")?, patience, &log)
    }
}

impl Drop for Bench {
    /// The copy goes, the logs of the last run stay.
    fn drop(&mut self) {
        let logs = target().join("peer-tests-logs");
        let _ = std::fs::create_dir_all(&logs);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "log") {
                let _ = std::fs::rename(entry.path(), logs.join(entry.file_name()));
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What 7.0.15's suite, run with `--durable`, does when something fails outside a test, and what
/// our copy does. At an exception it takes the server off its list twice, and with it the one
/// around it, which ends the whole unit; a failed assertion ends it anyway, and of what was said
/// ten letters are cut off, which are there only then.
const SURVIVING: [(&str, &str); 2] = [
    (
        "if {!$assertion && $::durable} {",
        "if {$::durable && !($assertion && $::cur_test ne \"\")} {
            catch {dict unset srv client}
            lappend ::servers $srv",
    ),
    ("[string range $error 10 end]", "[regsub {^assertion:} $error {}]"),
];

fn survive_exceptions(file: &Path) -> Result<()> {
    let mut text = std::fs::read_to_string(file)?;
    for (theirs, mended) in SURVIVING {
        text = text.replace(theirs, mended);
    }
    Ok(std::fs::write(file, text)?)
}

fn link(from: &Path, to: &Path) -> Result<()> {
    if from.exists() && !to.exists() {
        std::os::unix::fs::symlink(from, to)
            .with_context(|| format!("cannot link {}", to.display()))?;
    }
    Ok(())
}

/// Reads all that the suite prints, until it ends or for too long.
fn count(mut child: Child, patience: Duration, log: &Path) -> Result<Counts> {
    let out = child.stdout.take().context("no standard output")?;
    let (lines, seen) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            let text = shell::without_colours(&String::from_utf8_lossy(&line));
            if lines.send(text).is_err() {
                break;
            }
        }
    });
    let (mut counts, mut text) = (Counts::default(), String::new());
    let (end, mut ended) = (Instant::now() + patience, false);
    while let Ok(line) = seen.recv_timeout(end.saturating_duration_since(Instant::now())) {
        counts.see(&line);
        ended |= line.trim() == "The End";
        text.push_str(&line);
        text.push('\n');
    }
    if !ended {
        counts.fail("(the run did not come to its end)");
        let group = format!("-{}", child.id());
        let _ = shell::command("kill", ["-KILL", "--", &group]).status();
    }
    child.wait()?;
    std::fs::write(log, text)?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_star_names_several_units_and_an_ending_does_no_harm() {
        let named = |glob: &str| super::units(&[glob.to_owned()]).len();
        assert_eq!(named("unit/expire.tcl"), 1);
        assert_eq!(named("integration/psync2*"), 4);
        assert_eq!(named("unit/tls"), 0);
        assert_eq!(super::units(&[]).len(), super::UNITS.len());
    }
}
