//! One option after the other (`parseOptions` in redis-cli.c).

use super::{Mode, Options, Parsed, Resp3, Stop, usage};
use crate::number::{leading_float, leading_int, unquote};
use crate::print::Output;

pub(super) struct Parser<'a> {
    pub(super) rest: &'a [String],
    pub(super) options: Options,
    pub(super) warnings: String,
    pub(super) no_auth_warning: bool,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<String> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first.clone())
    }

    pub(super) fn flag(&mut self, option: &str) -> Result<bool, Stop> {
        let o = &mut self.options;
        match option {
            "--help" => return Err(Stop::info(usage())),
            "-h" if self.rest.is_empty() => return Err(Stop::info(usage())),
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
            "--askpass" => o.ask_pass = true,
            "--no-auth-warning" => self.no_auth_warning = true,
            "--verbose" => o.verbose = true,
            "--scan" => o.mode = Mode::Scan,
            "--bigkeys" => o.mode = Mode::BigKeys,
            "--memkeys" => o.mode = Mode::MemKeys(0),
            "--pipe" => o.mode = Mode::Pipe,
            "--cluster" if self.rest.is_empty() => return Err(Stop::error(usage())),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn valued(&mut self, option: &str) -> Result<bool, Stop> {
        let known = matches!(
            option,
            "-h" | "-p"
                | "-s"
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
            "-s" => o.socket = Some(value),
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
            "--pipe-timeout" => o.pipe_timeout_s = leading_int(&value),
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
            return Err(Stop::error(usage()));
        }
        let count = self.rest.iter().take_while(|a| !a.starts_with('-')).count();
        let (args, rest) = self.rest.split_at(count);
        self.options.cluster.name = Some(name);
        self.options.cluster.args = args.to_vec();
        self.rest = rest;
        Ok(())
    }

    /// Arguments of the subcommand that stand after its options.
    pub(super) fn late_cluster_args(&mut self, first: &str) {
        if !self.options.cluster.args.is_empty() {
            return;
        }
        let count = self.rest.iter().take_while(|a| !a.starts_with('-')).count();
        let (args, rest) = self.rest.split_at(count);
        self.options.cluster.args.push(first.to_owned());
        self.options.cluster.args.extend_from_slice(args);
        self.rest = rest;
    }

    pub(super) fn cluster_flag(&mut self, option: &str) -> bool {
        let c = &mut self.options.cluster;
        let flag = match option {
            "--cluster-only-masters" => &mut c.only_masters,
            "--cluster-only-replicas" => &mut c.only_replicas,
            "--cluster-yes" => &mut c.yes,
            "--cluster-simulate" => &mut c.simulate,
            "--cluster-replace" => &mut c.replace,
            "--cluster-copy" => &mut c.copy,
            "--cluster-from-askpass" => &mut c.from_ask_pass,
            "--cluster-slave" => &mut c.slave,
            "--cluster-use-empty-masters" => &mut c.empty_masters,
            "--cluster-search-multiple-owners" => &mut c.search_owners,
            "--cluster-use-atomic-slot-migration" => &mut c.atomic,
            "--cluster-fix-with-unreachable-masters" => &mut c.fix_unreachable,
            _ => return false,
        };
        *flag = true;
        true
    }

    pub(super) fn cluster_valued(&mut self, option: &str) -> Result<bool, Stop> {
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

    #[inline(never)]
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

    /// `redis://[user[:password]@]host[:port][/db]` (`parseRedisUri` in cli_common.c). Not inlined: a
    /// first visit of the page need not load it.
    #[inline(never)]
    fn uri(&mut self, uri: &str) -> Result<(), Stop> {
        let scheme = "redis://";
        let Some(mut rest) = uri
            .get(..scheme.len())
            .filter(|s| s.eq_ignore_ascii_case(scheme))
            .and_then(|_| uri.get(scheme.len()..))
        else {
            return Err(Stop::error(if uri.to_ascii_lowercase().starts_with("rediss://") {
                "rediss:// is only supported when redis-cli is compiled with OpenSSL\n"
            } else {
                "Invalid URI scheme\n"
            }));
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

    pub(super) fn finish(mut self) -> Result<Parsed, Stop> {
        let o = &self.options;
        if o.socket.is_some() && o.cluster_mode {
            return Err(Stop::error("Options -c and -s are mutually exclusive.\n"));
        }
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
        if digits == [None, None] {
            return Err(Stop::error("Incomplete URI encoding\n"));
        }
        let [Some(high), Some(low)] = digits.map(|d| (d? as char).to_digit(16)) else {
            return Err(Stop::error("Illegal character in URI encoding\n"));
        };
        out.push((high * 16 + low) as u8);
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}
