//! The command line of redis-cli 7.0.15: `parseOptions` in redis-cli.c.
//!
//! Options of the real program for which this one has no room (TLS, `--eval`, `--rdb`, latency
//! measurements …) are refused as unknown.

use crate::number::{leading_float, leading_int, unquote};
use crate::print::Output;

/// What `--help` prints.
pub const USAGE: &str = include_str!("text/usage.txt");

/// What the command line asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// `-h`: as it was typed; a redirect changes the session's copy, not this one.
    pub host: String,
    /// `-p`.
    pub port: u16,
    /// `-a`, `--pass`, the password of `-u`, or `REDISCLI_AUTH`.
    pub auth: Option<String>,
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
    fn error(text: impl Into<String>) -> Self {
        Self { out: String::new(), err: text.into(), code: 1 }
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
            auth: None,
            user: None,
            db: 0,
            repeat: 1,
            interval_ms: 0,
            cluster_mode: false,
            resp2: false,
            resp3: Resp3::No,
            stdin_last: false,
            stdin_tag: None,
            output: None,
            bulk_delimiter: "\n".into(),
            reply_delimiter: "\n".into(),
            quoted_input: false,
            error_exit: false,
            show_pushes: None,
            mode: Mode::Commands,
            pattern: None,
            verbose: false,
            cluster: ClusterOptions::default(),
            command: Vec::new(),
        }
    }
}

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
            || parser.cluster_valued(option)?;
        if known {
            continue;
        }
        if parser.options.cluster.name.is_some() && !option.starts_with('-') {
            parser.late_cluster_args(option);
        } else if option.starts_with('-') {
            return Err(Stop::error(format!(
                "Unrecognized option or bad number of args for: '{option}'\n"
            )));
        } else {
            parser.options.command.push(option.clone());
            parser.options.command.extend_from_slice(parser.rest);
            break;
        }
    }
    parser.finish()
}

struct Parser<'a> {
    rest: &'a [String],
    options: Options,
    warnings: String,
    no_auth_warning: bool,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<String> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first.clone())
    }

    fn flag(&mut self, option: &str) -> Result<bool, Stop> {
        let o = &mut self.options;
        match option {
            "--help" => return Err(Stop::info(USAGE)),
            "-h" if self.rest.is_empty() => return Err(Stop::info(USAGE)),
            "-v" | "--version" => return Err(Stop::info("redis-cli 7.0.15\n")),
            "-x" => o.stdin_last = true,
            "-c" => o.cluster_mode = true,
            "-e" => o.error_exit = true,
            "-2" => o.resp2 = true,
            "-3" => o.resp3 = Resp3::Must,
            "--raw" => o.output = Some(Output::Raw),
            "--no-raw" => o.output = Some(Output::Standard),
            "--csv" => o.output = Some(Output::Csv),
            "--json" | "--quoted-json" => {
                if o.resp3 == Resp3::No {
                    o.resp3 = Resp3::Wish;
                }
                o.output = Some(if option == "--json" { Output::Json } else { Output::QuotedJson });
            }
            "--quoted-input" => o.quoted_input = true,
            "--no-auth-warning" => self.no_auth_warning = true,
            "--verbose" => o.verbose = true,
            "--scan" => o.mode = Mode::Scan,
            "--bigkeys" => o.mode = Mode::BigKeys,
            "--memkeys" => o.mode = Mode::MemKeys(0),
            "--pipe" => o.mode = Mode::Pipe,
            "--cluster" if self.rest.is_empty() => return Err(Stop::error(USAGE)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn valued(&mut self, option: &str) -> Result<bool, Stop> {
        let known = matches!(
            option,
            "-h" | "-p"
                | "-a"
                | "--pass"
                | "--user"
                | "-u"
                | "-r"
                | "-i"
                | "-n"
                | "-X"
                | "-d"
                | "-D"
                | "--pattern"
                | "--quoted-pattern"
                | "--memkeys-samples"
                | "--show-pushes"
                | "--cluster"
                | "--pipe-timeout"
        );
        if !known {
            return Ok(false);
        }
        let Some(value) = self.next() else { return Ok(false) };
        let o = &mut self.options;
        match option {
            "-h" => o.host = value,
            // The operating system takes the low 16 bits.
            "-p" => o.port = leading_int(&value) as u16,
            "-a" | "--pass" => o.auth = Some(value),
            "--user" => o.user = Some(value),
            "-u" => self.uri(&value)?,
            "-r" => o.repeat = leading_int(&value),
            "-i" => o.interval_ms = (leading_float(&value) * 1000.0) as u64,
            "-n" => o.db = leading_int(&value),
            "-X" => o.stdin_tag = Some(value),
            "-d" => o.bulk_delimiter = value,
            "-D" => o.reply_delimiter = value,
            "--pattern" => o.pattern = Some(value.into_bytes()),
            "--quoted-pattern" => {
                o.pattern = Some(unquote(value.as_bytes()).ok_or_else(|| {
                    Stop::error("Invalid quoted string specified for --quoted-pattern.\n")
                })?);
            }
            "--memkeys-samples" => {
                o.mode = Mode::MemKeys(u32::try_from(leading_int(&value)).unwrap_or(0));
            }
            "--show-pushes" => self.show_pushes(&value),
            "--cluster" => self.cluster(value)?,
            _ => {}
        }
        Ok(true)
    }

    fn show_pushes(&mut self, value: &str) {
        match value.as_bytes().first().map(u8::to_ascii_lowercase) {
            Some(b'n') => self.options.show_pushes = Some(false),
            Some(b'y') => self.options.show_pushes = Some(true),
            _ => self.warnings.push_str(&format!(
                "Unknown --show-pushes value '{value}' (valid: '[y]es', '[n]o')\n"
            )),
        }
    }

    /// `--cluster NAME`: what follows up to the next option are its arguments.
    fn cluster(&mut self, name: String) -> Result<(), Stop> {
        if self.options.cluster.name.is_some() {
            return Err(Stop::error(USAGE));
        }
        let count = self.rest.iter().take_while(|a| !a.starts_with('-')).count();
        let (args, rest) = self.rest.split_at(count);
        self.options.cluster.name = Some(name);
        self.options.cluster.args = args.to_vec();
        self.rest = rest;
        Ok(())
    }

    /// Arguments of the subcommand that stand after its options.
    fn late_cluster_args(&mut self, first: &str) {
        if !self.options.cluster.args.is_empty() {
            return;
        }
        let count = self.rest.iter().take_while(|a| !a.starts_with('-')).count();
        let (args, rest) = self.rest.split_at(count);
        self.options.cluster.args.push(first.to_owned());
        self.options.cluster.args.extend_from_slice(args);
        self.rest = rest;
    }

    fn cluster_flag(&mut self, option: &str) -> bool {
        let c = &mut self.options.cluster;
        let flag = match option {
            "--cluster-only-masters" => &mut c.only_masters,
            "--cluster-only-replicas" => &mut c.only_replicas,
            "--cluster-yes" => &mut c.yes,
            "--cluster-simulate" => &mut c.simulate,
            "--cluster-replace" => &mut c.replace,
            "--cluster-copy" => &mut c.copy,
            "--cluster-slave" => &mut c.slave,
            "--cluster-use-empty-masters" => &mut c.empty_masters,
            "--cluster-search-multiple-owners" => &mut c.search_owners,
            "--cluster-fix-with-unreachable-masters" => &mut c.fix_unreachable,
            _ => return false,
        };
        *flag = true;
        true
    }

    fn cluster_valued(&mut self, option: &str) -> Result<bool, Stop> {
        if option == "--cluster-weight" && !self.rest.is_empty() {
            self.weights()?;
            return Ok(true);
        }
        let known = matches!(
            option,
            "--cluster-replicas"
                | "--cluster-master-id"
                | "--cluster-from"
                | "--cluster-to"
                | "--cluster-from-user"
                | "--cluster-from-pass"
                | "--cluster-slots"
                | "--cluster-timeout"
                | "--cluster-pipeline"
                | "--cluster-threshold"
        );
        if !known {
            return Ok(false);
        }
        let Some(value) = self.next() else { return Ok(false) };
        let c = &mut self.options.cluster;
        match option {
            "--cluster-replicas" => c.replicas = leading_int(&value),
            "--cluster-master-id" => c.master_id = Some(value),
            "--cluster-from" => c.from = Some(value),
            "--cluster-to" => c.to = Some(value),
            "--cluster-from-user" => c.from_user = Some(value),
            "--cluster-from-pass" => c.from_pass = Some(value),
            "--cluster-slots" => c.slots = leading_int(&value),
            "--cluster-timeout" => c.timeout = Some(leading_int(&value)),
            "--cluster-pipeline" => c.pipeline = Some(leading_int(&value)),
            _ => c.threshold = Some(leading_float(&value)),
        }
        Ok(true)
    }

    fn weights(&mut self) -> Result<(), Stop> {
        if !self.options.cluster.weights.is_empty() {
            return Err(Stop::error(
                "WARNING: you cannot use --cluster-weight more than once.\n\
                 You can set more weights by adding them as a space-separated list, ie:\n\
                 --cluster-weight n1=w n2=w\n",
            ));
        }
        let count =
            self.rest.iter().take_while(|a| !a.starts_with("--") && a.contains('=')).count();
        let (weights, rest) = self.rest.split_at(count);
        self.options.cluster.weights = weights.to_vec();
        self.rest = rest;
        Ok(())
    }

    /// `redis://[user[:password]@]host[:port][/db]` (`parseRedisUri` in cli_common.c).
    fn uri(&mut self, uri: &str) -> Result<(), Stop> {
        let scheme = "redis://";
        let Some(mut rest) = uri
            .get(..scheme.len())
            .filter(|s| s.eq_ignore_ascii_case(scheme))
            .and_then(|_| uri.get(scheme.len()..))
        else {
            return Err(Stop::error("Invalid URI scheme\n"));
        };
        let o = &mut self.options;
        if let Some((userinfo, tail)) = rest.split_once('@') {
            match userinfo.split_once(':') {
                Some((user, password)) => {
                    o.user = Some(percent_decode(user)?);
                    o.auth = Some(percent_decode(password)?);
                }
                None => o.auth = Some(percent_decode(userinfo)?),
            }
            rest = tail;
        }
        let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !address.is_empty() {
            let (host, port) =
                address.split_once(':').map_or((address, None), |(h, p)| (h, Some(p)));
            o.host = host.to_owned();
            if let Some(port) = port {
                o.port = leading_int(port) as u16;
            }
        }
        if !path.is_empty() {
            o.db = leading_int(path);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Parsed, Stop> {
        let o = &self.options;
        if o.resp2 && o.resp3 == Resp3::Must {
            return Err(Stop::error("Options -2 and -3 are mutually exclusive.\n"));
        }
        if !self.no_auth_warning && o.auth.is_some() {
            self.warnings.push_str(
                "Warning: Using a password with '-a' or '-u' option on the command line interface \
                 may not be safe.\n",
            );
        }
        if o.stdin_last && o.stdin_tag.is_some() {
            let mut stop = Stop::error(self.warnings);
            stop.err.push_str("Options -x and -X are mutually exclusive.\n");
            return Err(stop);
        }
        Ok(Parsed { options: self.options, warnings: self.warnings })
    }
}

fn percent_decode(text: &str) -> Result<String, Stop> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digits = [bytes.next(), bytes.next()];
        let [Some(high), Some(low)] = digits else {
            return Err(Stop::error("Incomplete URI encoding\n"));
        };
        let value = |d: u8| (d as char).to_digit(16);
        let (Some(high), Some(low)) = (value(high), value(low)) else {
            return Err(Stop::error("Illegal character in URI encoding\n"));
        };
        out.push((high * 16 + low) as u8);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_line(line: &str) -> Result<Parsed, Stop> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_end_where_the_command_begins() {
        let o = parse_line("-h 192.168.40.5 -p 6380 -c set -h v").unwrap().options;
        assert_eq!((o.host.as_str(), o.port, o.cluster_mode), ("192.168.40.5", 6380, true));
        assert_eq!(o.command, ["set", "-h", "v"]);
    }

    #[test]
    fn cluster_arguments_may_stand_before_or_after_its_options() {
        let before = parse_line("--cluster create a:1 b:2 --cluster-replicas 1").unwrap().options;
        let after = parse_line("--cluster create --cluster-replicas 1 a:1 b:2").unwrap().options;
        assert_eq!(before.cluster.args, ["a:1", "b:2"]);
        assert_eq!(after.cluster.args, ["a:1", "b:2"]);
        assert_eq!(after.cluster.replicas, 1);
    }

    #[test]
    fn unknown_options_are_refused_in_the_real_words() {
        let stop = parse_line("--badopt").unwrap_err();
        assert_eq!(stop.err, "Unrecognized option or bad number of args for: '--badopt'\n");
        assert_eq!(stop.code, 1);
        assert!(parse_line("-p").is_err());
        assert!(parse_line("-h").unwrap_err().out.starts_with("redis-cli 7.0.15\n"));
    }

    #[test]
    fn a_uri_names_user_password_host_port_and_database() {
        let o = parse_line("-u redis://me:p%40ss@10.0.0.1:7000/3").unwrap().options;
        assert_eq!(o.user.as_deref(), Some("me"));
        assert_eq!(o.auth.as_deref(), Some("p@ss"));
        assert_eq!((o.host.as_str(), o.port, o.db), ("10.0.0.1", 7000, 3));
    }
}
