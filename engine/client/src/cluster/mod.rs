//! `redis-cli --cluster …`: the cluster manager of redis-cli.c.
//!
//! A [`Manager`] knows some nodes, asks them with ordinary commands, and changes them with
//! ordinary commands; nothing here is on the cluster bus.

mod affinity;
mod atomic;
mod backup;
mod call;
mod check;
mod create;
mod fix;
mod fix_coverage;
mod import;
mod info;
mod join;
mod load;
mod members;
mod node;
mod nodes_text;
mod plan;
mod rebalance;
mod reshard;
mod slots;

use crate::args::Options;
use crate::number::leading_int;
use crate::platform::Platform;
use node::Node;

/// What `--cluster help` prints.
pub const HELP: &str = include_str!("../text/cluster_help.txt");

const INVALID_HOST: &str = "[ERR] Invalid arguments: you need to pass either a valid address \
                            (ie. 120.0.0.1:7000) or space separated IP and port (ie. 120.0.0.1 \
                            7000)\n";

/// The subcommands with the number of arguments they take; negative: at least as many.
const COMMANDS: [(&str, i32); 13] = [
    ("create", -2),
    ("check", -1),
    ("info", -1),
    ("fix", -1),
    ("reshard", -1),
    ("rebalance", -1),
    ("add-node", 2),
    ("del-node", 2),
    ("call", -2),
    ("set-timeout", 2),
    ("import", 1),
    ("backup", 2),
    ("help", 0),
];

/// How a line of the manager is coloured on a colour terminal.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
    Ok,
}

pub(crate) struct Manager<'p, P: Platform> {
    pub(crate) platform: &'p P,
    pub(crate) options: Options,
    /// The nodes that could be reached, the one that was named first.
    pub(crate) nodes: Vec<Node<P::Conn>>,
    /// Masters that others know but that could not be reached.
    pub(crate) unreachable_masters: usize,
    /// What a check found wrong.
    pub(crate) errors: Vec<String>,
    /// Whether what a check finds is mended (`fix`).
    pub(crate) fixing: bool,
    colors: bool,
}

/// A manager command that fails has said why; the exit code is 1.
#[derive(Debug)]
pub(crate) struct Failed;

/// Runs the subcommand of the command line; the exit code.
pub(crate) async fn run<P: Platform>(platform: &P, options: Options) -> i32 {
    let name = options.cluster.name.clone().unwrap_or_default();
    let given = i32::try_from(options.cluster.args.len()).unwrap_or(i32::MAX);
    let Some((_, arity)) = COMMANDS.iter().find(|(known, _)| *known == name) else {
        platform.err(b"Unknown --cluster subcommand\n");
        return 1;
    };
    if (*arity > 0 && given != *arity) || (*arity < 0 && given < -arity) {
        platform.err(b"[ERR] Wrong number of arguments for specified --cluster sub command\n");
        return 1;
    }
    let mut manager = Manager {
        platform,
        // The real program looks at the terminal's name only, not at where the output goes.
        colors: platform.env("TERM").is_some_and(|term| term.contains("xterm")),
        options,
        nodes: Vec::new(),
        unreachable_masters: 0,
        errors: Vec::new(),
        fixing: name == "fix",
    };
    let done = match name.as_str() {
        "create" => manager.create().await,
        "check" | "fix" => manager.check_command().await,
        "info" => manager.info_command().await,
        "call" => manager.call().await,
        "reshard" => manager.reshard().await,
        "rebalance" => manager.rebalance().await,
        "add-node" => manager.add_node().await,
        "del-node" => manager.del_node().await,
        "set-timeout" => manager.set_timeout().await,
        "import" => manager.import().await,
        "backup" => manager.backup().await,
        _ => {
            platform.out(HELP.as_bytes());
            // The real program ends with 1 here too.
            Err(Failed)
        }
    };
    i32::from(done.is_err())
}

impl<P: Platform> Manager<'_, P> {
    pub(crate) fn out(&self, text: &str) {
        self.platform.out(text.as_bytes());
    }

    pub(crate) fn err(&self, text: &str) {
        self.platform.err(text.as_bytes());
    }

    /// Prints in the colour of `level` (`clusterManagerLog`).
    pub(crate) fn log(&self, level: Level, text: &str) {
        if !self.colors {
            return self.out(text);
        }
        let color = match level {
            Level::Info => "29;1m",
            Level::Warning => "33;1m",
            Level::Error => "31;1m",
            Level::Ok => "32;1m",
        };
        self.out(&format!("\x1b[{color}{text}\x1b[0m"));
    }

    /// A finding that counts as an error of the cluster (`clusterManagerOnError`).
    pub(crate) fn finding(&mut self, text: String) {
        self.log(Level::Error, &format!("{text}\n"));
        self.errors.push(text);
    }

    /// `CLUSTER_MANAGER_PRINT_REPLY_ERROR`.
    pub(crate) fn replied_with_error(&self, address: &str, error: &str) {
        self.log(Level::Error, &format!("Node {address} replied with error:\n{error}\n"));
    }

    /// Asks; only `yes` is a yes (`confirmWithYes`).
    pub(crate) async fn confirm(&self, question: &str) -> bool {
        if self.options.cluster.yes {
            return true;
        }
        let prompt = format!("{question} (type 'yes' to accept): ");
        self.ask(&prompt).await.is_some_and(|answer| answer.starts_with("yes"))
    }

    /// Asks for a line. The question is shown even when nobody sits at a terminal.
    pub(crate) async fn ask(&self, prompt: &str) -> Option<String> {
        if self.platform.stdin_is_tty() {
            return self.platform.read_line(prompt, None).await;
        }
        self.out(prompt);
        self.platform.read_line("", None).await
    }

    /// The node that the first arguments name: `host:port`, or `host` and `port`.
    pub(crate) fn named_node(&self, args: &[String]) -> Result<(String, u16), Failed> {
        let address = match args {
            [address] => split_address(address).map(|(host, port, _)| (host, port)),
            [host, port, ..] => Some((host.clone(), leading_int(port) as u16)),
            [] => None,
        };
        match address.filter(|(host, port)| !host.is_empty() && *port != 0) {
            Some(address) => Ok(address),
            None => {
                self.err(INVALID_HOST);
                Err(Failed)
            }
        }
    }
}

/// `host:port[@bus-port]` (`parseClusterNodeAddress`); the bus port is 0 when it is not there.
pub(crate) fn split_address(address: &str) -> Option<(String, u16, u16)> {
    let (address, bus) = match address.rsplit_once('@') {
        Some((address, bus)) => (address, leading_int(bus) as u16),
        None => (address, 0),
    };
    let (host, port) = address.rsplit_once(':')?;
    Some((host.to_owned(), leading_int(port) as u16, bus))
}
