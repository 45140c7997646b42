//! Reading redis.conf and the command line's directives (`loadServerConfigFromString`).

use engine_base::split::split_args;
use thiserror::Error;

use super::{Config, Directive, MULTI_ARG, directive};

/// Why a configuration was refused; the process ends with exit code 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// `Display` is what Redis prints on standard error.
    #[error("\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n{}{reason}\n", at(.line.as_ref()))]
    Fatal {
        /// The number, from 1, and the text of the line; `None` when no single line is at fault.
        line: Option<(usize, String)>,
        /// Redis's reason.
        reason: String,
    },
    /// `Display` is what Redis logs: an included file cannot be read.
    #[error("{0}")]
    Include(String),
}

fn at(line: Option<&(usize, String)>) -> String {
    line.map_or(String::new(), |(number, text)| {
        format!("Reading the configuration file, at line {number}\n>>> '{text}'\n")
    })
}

/// What reading a configuration needs of the host: files and folders.
pub trait ConfigHost {
    /// The text of the files that `include PATTERN` names, one after the other.
    ///
    /// # Errors
    /// The words of [`ConfigError::Include`].
    fn include(&mut self, pattern: &str) -> Result<Vec<u8>, String>;
    /// Goes to the folder that `dir` names, and says its absolute path.
    ///
    /// # Errors
    /// The operating system's words (`No such file or directory`).
    fn change_dir(&mut self, dir: &str) -> Result<String, String>;
    /// Whether the log file can be appended to.
    ///
    /// # Errors
    /// The operating system's words.
    fn check_log(&mut self, path: &str) -> Result<(), String>;
}

/// A host without files: `include` finds nothing, every `dir` is there.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl ConfigHost for NoHost {
    fn include(&mut self, pattern: &str) -> Result<Vec<u8>, String> {
        Err(format!("Fatal error, can't open config file '{pattern}': No such file or directory"))
    }

    fn change_dir(&mut self, dir: &str) -> Result<String, String> {
        Ok(dir.to_owned())
    }

    fn check_log(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// Directives that older files may hold, and that mean nothing any more.
const FORGOTTEN: [&[u8]; 3] =
    [b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"];

/// How deep `include` may nest: Redis would run out of files.
const INCLUDE_DEPTH: usize = 16;

impl Config {
    /// Reads a configuration file and, after it, the directives of a command line
    /// (`["--port", "7000", "--bind", "a", "b"]`).
    ///
    /// # Errors
    /// The first line that Redis refuses.
    pub fn parse<S: AsRef<str>>(file_text: &str, overrides: &[S]) -> Result<Self, ConfigError> {
        let overrides = super::command_line(overrides).directives;
        Self::parse_on(file_text.as_bytes(), &overrides, &mut NoHost)
    }

    /// Reads a configuration file and, after it, more lines (as [`command_line`](super::command_line)
    /// makes them), on a host that has files.
    ///
    /// # Errors
    /// The first line that Redis refuses.
    pub fn parse_on(
        file_text: &[u8],
        overrides: &str,
        host: &mut dyn ConfigHost,
    ) -> Result<Self, ConfigError> {
        Self::default().parse_over(file_text, overrides, host)
    }

    /// [`Config::parse_on`] with this configuration in the place of the defaults: what a driver
    /// wants otherwise unless it is told.
    ///
    /// # Errors
    /// The first line that Redis refuses.
    pub fn parse_over(
        self,
        file_text: &[u8],
        overrides: &str,
        host: &mut dyn ConfigHost,
    ) -> Result<Self, ConfigError> {
        let mut text = file_text.to_vec();
        text.push(b'\n');
        text.extend(overrides.bytes());
        let usual_profile = Some(self.election_profile);
        let mut reader = Reader { config: self, saved: false, host };
        reader.config.extra.usual_profile = usual_profile;
        reader.text(&text, 0)?;
        reader.config.clamp();
        Ok(reader.config)
    }

    /// `hz` is a hint: values out of range are accepted and capped (`updateHZ`).
    pub(super) fn clamp(&mut self) {
        self.hz = self.hz.clamp(1, 500);
    }
}

struct Reader<'a> {
    config: Config,
    /// Whether a `save` line was seen: the first one takes the defaults away.
    saved: bool,
    host: &'a mut dyn ConfigHost,
}

impl Reader<'_> {
    fn text(&mut self, text: &[u8], depth: usize) -> Result<(), ConfigError> {
        // A NUL ends the text for Redis.
        let text = text.split(|&b| b == 0).next().unwrap_or_default();
        for (i, line) in text.split(|&b| b == b'\n').enumerate() {
            let line = line.trim_ascii();
            self.line(line, depth).map_err(|fault| match fault {
                Fault::Here(reason) => {
                    let line = String::from_utf8_lossy(line).into_owned();
                    ConfigError::Fatal { line: Some((i + 1, line)), reason }
                }
                Fault::Included(error) => error,
            })?;
        }
        self.check()
    }

    /// What can be said only at the end.
    fn check(&mut self) -> Result<(), ConfigError> {
        let fail = |reason: String| Err(ConfigError::Fatal { line: None, reason });
        if !self.config.logfile.is_empty()
            && let Err(why) = self.host.check_log(&self.config.logfile)
        {
            return fail(format!("Can't open the log file: {why}"));
        }
        if self.config.cluster_enabled && self.config.replicaof.0.is_some() {
            return fail("replicaof directive not allowed in cluster mode".into());
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], depth: usize) -> Result<(), Fault> {
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(());
        }
        let words = split_args(line)
            .ok_or_else(|| Fault::Here("Unbalanced quotes in configuration line".into()))?;
        let Some((name, args)) = words.split_first() else { return Ok(()) };
        if let Some(d) = directive(name) {
            return self.directive(d, args).map_err(Fault::Here);
        }
        if FORGOTTEN.iter().any(|f| name.eq_ignore_ascii_case(f)) && args.len() == 1 {
            return Ok(());
        }
        self.other(&name.to_ascii_lowercase(), args, depth)
    }

    fn directive(&mut self, d: &'static Directive, args: &[Vec<u8>]) -> Result<(), String> {
        let multi = d.flags & MULTI_ARG != 0;
        if !multi && args.len() != 1 {
            return Err("wrong number of arguments".into());
        }
        let args = match args {
            [one] if multi && !one.is_empty() => split_args(one).unwrap_or_default(),
            args => args.to_vec(),
        };
        match d.name {
            "save" => self.save(d, &args),
            "dir" => {
                let to = String::from_utf8_lossy(&args[0]).into_owned();
                let path = self.host.change_dir(&to)?;
                (d.assign)(&mut self.config, &[path.into_bytes()])
            }
            _ => (d.assign)(&mut self.config, &args),
        }
    }

    /// `save` lines add up; the first one takes the place of the defaults.
    fn save(&mut self, d: &Directive, args: &[Vec<u8>]) -> Result<(), String> {
        let reset = matches!(args, [one] if one.is_empty());
        let before = core::mem::take(&mut self.config.save.0);
        (d.assign)(&mut self.config, args)?;
        if self.saved && !reset {
            self.config.save.0.splice(0..0, before);
        }
        self.saved = true;
        Ok(())
    }

    fn rename(&mut self, old: &[u8], new: &[u8]) -> Result<(), &'static str> {
        let renamed = &mut self.config.extra.renamed_commands;
        let taken = |name: &[u8]| {
            let away = renamed.iter().any(|(old, _)| old.eq_ignore_ascii_case(name));
            renamed.iter().any(|(_, new)| new.eq_ignore_ascii_case(name))
                || !away && crate::command::is_of_redis(name)
        };
        if !taken(old) {
            return Err("No such command in rename-command");
        }
        if !new.is_empty() && !new.eq_ignore_ascii_case(old) && taken(new) {
            return Err("Target command name already exists");
        }
        renamed.push((old.to_vec(), new.to_vec()));
        Ok(())
    }

    fn other(&mut self, name: &[u8], args: &[Vec<u8>], depth: usize) -> Result<(), Fault> {
        let here = |reason: &str| Err(Fault::Here(reason.into()));
        match (name, args) {
            (b"include", [pattern]) => {
                if depth >= INCLUDE_DEPTH {
                    return here("Too many nested include directives");
                }
                let pattern = String::from_utf8_lossy(pattern).into_owned();
                let text = self
                    .host
                    .include(&pattern)
                    .map_err(|w| Fault::Included(ConfigError::Include(w)))?;
                self.text(&text, depth + 1).map_err(Fault::Included)
            }
            (b"rename-command", [old, new]) => {
                self.rename(old, new).map_err(|reason| Fault::Here(reason.into()))
            }
            (b"user", [_, ..]) => {
                let mut declared = core::mem::take(&mut self.config.extra.users);
                let done = crate::acl::declare(&mut declared, args, &self.config);
                self.config.extra.users = declared;
                done.map_err(Fault::Here)
            }
            (b"loadmodule", [_, ..]) => {
                self.config.extra.modules.push(args.to_vec());
                Ok(())
            }
            (b"sentinel", []) => Ok(()),
            (b"sentinel", _) => here("sentinel directive while not in sentinel mode"),
            _ if name.contains(&b'.') && args.is_empty() => {
                here("Module config specified without value")
            }
            _ if name.contains(&b'.') => Ok(()),
            _ => here("Bad directive or wrong number of arguments"),
        }
    }
}

enum Fault {
    Here(String),
    Included(ConfigError),
}
