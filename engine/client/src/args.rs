//! The command line of redis-cli 7.0.15: `parseOptions` in redis-cli.c.
//!
//! Options of the real program that this one has not (TLS, the debugger, and all that needs real
//! files, clocks or signals: `--rdb`, `--latency`, `--stat` …) are refused by name, unless the host
//! brings them ([`parse_with`]).

mod parser;

use parser::Parser;

use crate::print::Output;

/// What `--help` prints. Nobody who does not ask for it shall load it: a function that stands alone.
#[inline(never)]
#[must_use]
pub fn usage() -> &'static str {
    include_str!("text/usage.txt")
}

/// What the command line asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// `-h`: as it was typed; a redirect changes the session's copy, not this one.
    pub host: String,
    /// `-p`.
    pub port: u16,
    /// `-s`: the path of a Unix socket, in place of host and port.
    pub socket: Option<String>,
    /// `-a`, `--pass`, the password of `-u`, or `REDISCLI_AUTH`.
    pub auth: Option<String>,
    /// `--askpass`: the password is typed.
    pub ask_pass: bool,
    /// `--user`, or the user of `-u`.
    pub user: Option<String>,
    /// `-n`.
    pub db: i64,
    /// `-r`; negative: for ever.
    pub repeat: i64,
    /// `-i` in milliseconds.
    pub interval_ms: u64,
    /// `-c`: follow redirects.
    pub cluster_mode: bool,
    /// `-2`.
    pub resp2: bool,
    /// `-3`, or wished for by `--json`.
    pub resp3: Resp3,
    /// `-x`: the last argument comes from standard input.
    pub stdin_last: bool,
    /// `-X`: the argument with this text comes from standard input.
    pub stdin_tag: Option<String>,
    /// How replies are printed; `None`: as a terminal or a pipe wants it.
    pub output: Option<Output>,
    /// `-d`.
    pub bulk_delimiter: String,
    /// `-D`.
    pub reply_delimiter: String,
    /// `--quoted-input`.
    pub quoted_input: bool,
    /// `-e`.
    pub error_exit: bool,
    /// `--show-pushes`.
    pub show_pushes: Option<bool>,
    /// `--scan`, `--bigkeys`, `--pipe`, …
    pub mode: Mode,
    /// `--pipe-timeout` in seconds; 0: for ever. In the sandbox no server is that slow.
    pub pipe_timeout_s: i64,
    /// `--pattern`.
    pub pattern: Option<Vec<u8>>,
    /// `--verbose`.
    pub verbose: bool,
    /// `--cluster …`.
    pub cluster: ClusterOptions,
    /// The command and its arguments; empty: interactive.
    pub command: Vec<String>,
}

/// Whether RESP3 is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resp3 {
    /// No.
    No,
    /// `-3`: an error when the server does not speak it.
    Must,
    /// `--json`: better, but RESP2 will do.
    Wish,
}

/// What the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Commands, given or typed.
    Commands,
    /// `--scan`.
    Scan,
    /// `--bigkeys`.
    BigKeys,
    /// `--memkeys`, with the number of samples (0: the server's default).
    MemKeys(u32),
    /// `--pipe`.
    Pipe,
}

/// The options that begin with `--cluster`.
#[derive(Clone, Debug, Default)]
pub struct ClusterOptions {
    /// The subcommand, when `--cluster` was given.
    pub name: Option<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// `--cluster-replicas`.
    pub replicas: i64,
    /// `--cluster-master-id`.
    pub master_id: Option<String>,
    /// `--cluster-from`.
    pub from: Option<String>,
    /// `--cluster-from-user`.
    pub from_user: Option<String>,
    /// `--cluster-from-pass`.
    pub from_pass: Option<String>,
    /// `--cluster-from-askpass`: that password is typed.
    pub from_ask_pass: bool,
    /// `--cluster-to`.
    pub to: Option<String>,
    /// `--cluster-weight`: `node=weight` each.
    pub weights: Vec<String>,
    /// `--cluster-slots`.
    pub slots: i64,
    /// `--cluster-timeout` in milliseconds.
    pub timeout: Option<i64>,
    /// `--cluster-pipeline`.
    pub pipeline: Option<i64>,
    /// `--cluster-threshold` in percent.
    pub threshold: Option<f64>,
    /// `--cluster-yes`, or `REDISCLI_CLUSTER_YES=1`.
    pub yes: bool,
    /// `--cluster-simulate`.
    pub simulate: bool,
    /// `--cluster-replace`.
    pub replace: bool,
    /// `--cluster-copy`.
    pub copy: bool,
    /// `--cluster-slave`.
    pub slave: bool,
    /// `--cluster-use-empty-masters`.
    pub empty_masters: bool,
    /// `--cluster-search-multiple-owners`.
    pub search_owners: bool,
    /// `--cluster-fix-with-unreachable-masters`.
    pub fix_unreachable: bool,
    /// `--cluster-use-atomic-slot-migration`, of Valkey 9.1's program: its help does not tell.
    pub atomic: bool,
    /// `--cluster-only-masters`.
    pub only_masters: bool,
    /// `--cluster-only-replicas`.
    pub only_replicas: bool,
}

/// The program ends before it begins: something to print, and the exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// The exit code.
    pub code: i32,
}

impl Stop {
    /// A complaint, whole lines: the exit code is 1.
    pub fn error(text: impl Into<String>) -> Self {
        Self { out: String::new(), err: text.into(), code: 1 }
    }

    /// For an option that nobody knows, or whose value is missing.
    #[must_use]
    #[inline(never)]
    pub fn unrecognized(option: &str) -> Self {
        Self::error(format!("Unrecognized option or bad number of args for: '{option}'\n"))
    }

    fn info(text: impl Into<String>) -> Self {
        Self { out: text.into(), err: String::new(), code: 0 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 6379,
            socket: None,
            auth: None,
            user: None,
            db: 0,
            repeat: 1,
            interval_ms: 0,
            cluster_mode: false,
            resp2: false,
            resp3: Resp3::No,
            stdin_last: false,
            ask_pass: false,
            stdin_tag: None,
            output: None,
            bulk_delimiter: "\n".into(),
            reply_delimiter: "\n".into(),
            quoted_input: false,
            error_exit: false,
            show_pushes: None,
            mode: Mode::Commands,
            pipe_timeout_s: 30,
            pattern: None,
            verbose: false,
            cluster: ClusterOptions::default(),
            command: Vec::new(),
        }
    }
}

/// What `--help` tells of, as the real one's does, and what is not here. A host may have some of it.
const NOT_HERE: [&str; 23] = [
    "--cacert",
    "--cacertdir",
    "--cert",
    "--eval",
    "--functions-rdb",
    "--hotkeys",
    "--insecure",
    "--intrinsic-latency",
    "--key",
    "--latency",
    "--latency-dist",
    "--latency-history",
    "--ldb",
    "--ldb-sync-mode",
    "--lru-test",
    "--rdb",
    "--replica",
    "--slave",
    "--sni",
    "--stat",
    "--tls",
    "--tls-ciphers",
    "--tls-ciphersuites",
];

/// What was parsed, and what is said about it on standard error (warnings).
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The options.
    pub options: Options,
    /// Warnings, whole lines.
    pub warnings: String,
}

/// Parses the arguments, without the program's name.
///
/// # Errors
/// [`Stop`] for help, version and everything the real program refuses.
pub fn parse(args: &[String]) -> Result<Parsed, Stop> {
    parse_with(args, |_, _| Ok(false))
}

/// The same; `more` is asked about every option that is not known here, with what stands behind it.
/// It takes its values away and says whether it knows the option.
///
/// # Errors
/// As [`parse`], and what `more` says.
pub fn parse_with(
    args: &[String],
    mut more: impl FnMut(&str, &mut &[String]) -> Result<bool, Stop>,
) -> Result<Parsed, Stop> {
    let mut parser = Parser {
        rest: args,
        options: Options::default(),
        warnings: String::new(),
        no_auth_warning: false,
    };
    while let Some((option, rest)) = parser.rest.split_first() {
        parser.rest = rest;
        let known = parser.flag(option)?
            || parser.valued(option)?
            || parser.cluster_flag(option)
            || parser.cluster_valued(option)?
            || more(option, &mut parser.rest)?;
        if known {
            continue;
        }
        if parser.options.cluster.name.is_some() && !option.starts_with('-') {
            parser.late_cluster_args(option);
        } else if NOT_HERE.contains(&option.as_str()) {
            return Err(Stop::error(format!(
                "'{option}' is an option of redis-cli that this one does not have\n"
            )));
        } else if option.starts_with('-') {
            return Err(Stop::unrecognized(option));
        } else {
            parser.options.command.push(option.clone());
            parser.options.command.extend_from_slice(parser.rest);
            break;
        }
    }
    parser.finish()
}

#[cfg(test)]
mod tests;
