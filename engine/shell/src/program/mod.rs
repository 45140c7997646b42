//! The programs of the hosts. Each is a function from its context to its exit code.

pub(crate) use signals::signal_of;

mod awk;
mod awk_expr;

mod cat;
mod copy;
mod date;
mod dirs;
mod editor;
mod grep;
mod lines;
mod ls;
mod net;
mod ps;
mod redis_cli;
mod redis_server;
pub(crate) mod regexp;
mod sed;
pub(crate) mod signals;
mod system;

use std::collections::BTreeMap;

use engine_sim::Pid;
use engine_sim::fs::resolve;

use crate::io::Io;
use crate::shell::Task;
use crate::sys::Sys;

/// All that a program is given.
pub(crate) struct Context {
    pub(crate) sys: Sys,
    pub(crate) io: Io,
    pub(crate) pid: Pid,
    /// The shell's.
    pub(crate) ppid: Pid,
    pub(crate) cwd: String,
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) tty_name: String,
    /// With its own name in front.
    pub(crate) args: Vec<String>,
}

/// One program.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// What the shells of the hosts put behind its name (`alias grep='grep --color=auto'`).
    alias: &'static [&'static str],
    /// Whether Ctrl-C is its own business.
    pub(crate) catches_interrupt: bool,
    pub(crate) run: fn(Context) -> Task<'static>,
}

impl Program {
    /// The command line as `ps` shows it.
    pub(crate) fn with_alias(&self, args: &[String]) -> Vec<String> {
        let mut all = args.to_vec();
        let typed_plainly = args.first().is_some_and(|name| name == self.name);
        if typed_plainly {
            all.splice(1..1, self.alias.iter().map(|a| (*a).to_owned()));
        }
        all
    }
}

macro_rules! programs {
    ($($name:literal $(alias $alias:literal)? $(catches $catches:literal)? => $path:path,)*) => {
        /// The table, by name.
        static PROGRAMS: &[Program] = &[$(Program {
            name: $name,
            alias: &[$($alias)?],
            catches_interrupt: false $(|| $catches)?,
            run: |context| Box::pin(async move { $path(context).await }),
        },)*];
    };
}

programs! {
    "awk" => awk::run,

    "cat" => cat::run,
    "chmod" => dirs::chmod,
    "clear" => system::clear,
    "cp" => copy::cp,
    "cut" => lines::cut,
    "date" => date::run,
    "egrep" alias "--color=auto" => grep::egrep,
    "fgrep" alias "--color=auto" => grep::fgrep,
    "grep" alias "--color=auto" => grep::run,
    "head" => lines::head,
    "hostname" => system::hostname,
    "id" => system::id,
    "ifconfig" => net::ifconfig,
    "ip" => net::ip,
    "killall" => signals::killall,
    "ls" alias "--color=auto" => ls::run,
    "mkdir" => dirs::mkdir,
    "mv" => copy::mv,
    "nano" => editor::run,
    "net" => net::run,
    "netstat" => net::netstat,
    "pgrep" => signals::pgrep,
    "pkill" => signals::pkill,
    "ps" => ps::run,
    "redis-cli" catches true => redis_cli::run,
    "redis-server" => redis_server::run,
    "rm" => dirs::rm,
    "rmdir" => dirs::rmdir,
    "sed" => sed::run,
    "seq" => lines::seq,
    "sleep" => system::sleep,
    "sort" => lines::sort,
    "ss" => net::netstat,
    "tail" => lines::tail,
    "tee" => cat::tee,
    "touch" => dirs::touch,
    "tr" => lines::tr,
    "uname" => system::uname,
    "uniq" => lines::uniq,
    "uptime" => system::uptime,
    "vi" => editor::run,
    "vim" => editor::run,
    "wc" => lines::wc,
    "which" => system::which,
    "whoami" => system::whoami,
}

/// The program of that name, for completion and `which`.
pub(crate) fn by_name(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|p| p.name == name)
}

/// All names, in order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|p| p.name)
}

/// What `name` runs, typed in the folder `cwd`; otherwise what the shell says, and `$?`.
pub(crate) fn find(
    sys: &Sys,
    cwd: &str,
    name: &str,
) -> Result<&'static Program, (&'static str, i32)> {
    if !name.contains('/') {
        return by_name(name).ok_or(("command not found", 127));
    }
    let path = resolve(cwd, name);
    let Some(stat) = sys.stat("/", &path) else {
        let in_bin = path.strip_prefix("/usr/bin/").or_else(|| path.strip_prefix("/bin/"));
        return in_bin.and_then(by_name).ok_or(("No such file or directory", 127));
    };
    if stat.is_dir {
        return Err(("Is a directory", 126));
    }
    if stat.mode & 0o111 == 0 {
        return Err(("Permission denied", 126));
    }
    // A program's file names the program, so that copies and new names run too.
    let bytes = sys.read("/", &path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.strip_prefix("\u{7f}ELF ")
        .and_then(|rest| by_name(rest.split_whitespace().next()?))
        .ok_or(("cannot execute binary file: Exec format error", 126))
}

/// Options and operands of a simple program: letters of all `-x` words, and the other words.
pub(crate) struct Flags {
    pub(crate) letters: Vec<char>,
    pub(crate) operands: Vec<String>,
}

impl Flags {
    /// Splits arguments; `long` maps long options to letters.
    pub(crate) fn of(args: &[String], known: &str, long: &[(&str, char)]) -> Result<Self, String> {
        let mut flags = Self { letters: Vec::new(), operands: Vec::new() };
        let mut only_operands = false;
        for arg in args {
            if only_operands || arg == "-" || !arg.starts_with('-') {
                flags.operands.push(arg.clone());
            } else if arg == "--" {
                only_operands = true;
            } else if let Some(name) = arg.strip_prefix("--") {
                let name = name.split('=').next().unwrap_or(name);
                match long.iter().find(|(l, _)| *l == name) {
                    Some((_, letter)) => flags.letters.push(*letter),
                    None => return Err(format!("unrecognized option '{arg}'")),
                }
            } else {
                for letter in arg.chars().skip(1) {
                    if !known.contains(letter) {
                        return Err(format!("invalid option -- '{letter}'"));
                    }
                    flags.letters.push(letter);
                }
            }
        }
        Ok(flags)
    }

    pub(crate) fn has(&self, letter: char) -> bool {
        self.letters.contains(&letter)
    }
}

impl Context {
    /// Options and operands; complains as coreutils do.
    pub(crate) fn flags(&self, known: &str, long: &[(&str, char)]) -> Option<Flags> {
        match Flags::of(&self.args[1..], known, long) {
            Ok(flags) => Some(flags),
            Err(why) => {
                let name = self.name();
                self.io.err(format!("{name}: {why}\nTry '{name} --help' for more information.\n"));
                None
            }
        }
    }

    /// The program's name as typed.
    pub(crate) fn name(&self) -> &str {
        self.args.first().map_or("", String::as_str)
    }

    /// Complains that operands are missing.
    pub(crate) fn missing_operand(&self) -> i32 {
        let name = self.name();
        self.io
            .err(format!("{name}: missing operand\nTry '{name} --help' for more information.\n"));
        1
    }

    /// The lines of files, or of standard input when none are named, without line breaks; what
    /// cannot be read is complained of and makes the code 1.
    pub(crate) async fn input(&self, files: &[String]) -> (Vec<u8>, i32) {
        if files.is_empty() {
            return (self.io.read_all().await, 0);
        }
        let mut all = Vec::new();
        let mut code = 0;
        for file in files {
            if file == "-" {
                all.extend(self.io.read_all().await);
                continue;
            }
            match self.sys.read(&self.cwd, file) {
                Ok(bytes) => all.extend(bytes),
                Err(why) => {
                    self.io.err(format!("{}: {file}: {why}\n", self.name()));
                    code = 1;
                }
            }
        }
        (all, code)
    }
}

/// The lines of a text without their breaks.
pub(crate) fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let empty = text.is_empty();
    text.split(|b| *b == b'\n').skip(usize::from(empty))
}
