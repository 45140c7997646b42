//! `redis-server`: reads its configuration as `main` in server.c does, then the world starts it.

use engine_node::Config;
use engine_node::config::{ConfigHost, command_line};
use engine_sim::fs::resolve;
use engine_sim::{FsOp, ServerSpec, Spawn};

use super::Context;
use crate::sys::{Sys, until_true};

const VERSION: &str =
    "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0\n";
const USAGE: &str = include_str!("redis_server_usage.txt");

/// The files of a host, for `include`, `dir` and `logfile`.
struct Files<'a> {
    sys: &'a Sys,
    cwd: String,
}

impl ConfigHost for Files<'_> {
    fn include(&mut self, pattern: &str) -> Result<Vec<u8>, String> {
        self.sys
            .read(&self.cwd, pattern)
            .map_err(|why| format!("Fatal error, can't open config file '{pattern}': {why}"))
    }

    fn change_dir(&mut self, dir: &str) -> Result<String, String> {
        let path = resolve(&self.cwd, dir);
        match self.sys.stat("/", &path) {
            Some(stat) if stat.is_dir => {
                self.cwd.clone_from(&path);
                Ok(path)
            }
            Some(_) => Err("Not a directory".to_owned()),
            None => Err("No such file or directory".to_owned()),
        }
    }

    fn check_log(&mut self, path: &str) -> Result<(), String> {
        let path = resolve(&self.cwd, path);
        self.sys.fs(FsOp::Append(path, Vec::new())).map_err(|why| why.to_string())
    }
}

/// The path as `getAbsolutePath` in util.c makes it: only leading `../` are taken away.
fn absolute(cwd: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut base = cwd.trim_end_matches('/').to_owned();
    let mut rest = path;
    while let Some(shorter) = rest.strip_prefix("../") {
        rest = shorter;
        base.truncate(base.rfind('/').unwrap_or(0));
    }
    format!("{base}/{rest}")
}

pub(crate) async fn run(c: Context) -> i32 {
    let args = &c.args[1..];
    match args {
        [one] if one == "-v" || one == "--version" => {
            c.io.out(VERSION);
            return 0;
        }
        [one] if one == "-h" || one == "--help" => {
            c.io.err(USAGE);
            return 1;
        }
        _ => {}
    }
    let (file, options) = match args.split_first() {
        Some((first, rest)) if !first.starts_with('-') => (Some(absolute(&c.cwd, first)), rest),
        _ => (None, args),
    };
    let text = match &file {
        Some(path) => match c.sys.read("/", &resolve("/", path)) {
            Ok(text) => text,
            Err(why) => {
                let why = if why == engine_sim::fs::FsError::IsDir {
                    "Is a directory".to_owned()
                } else {
                    why.to_string()
                };
                c.io.out(early_line(
                    &c,
                    &format!("Fatal error, can't open config file '{path}': {why}"),
                ));
                return 1;
            }
        },
        None => Vec::new(),
    };
    let line = command_line(options);
    let mut directives = line.directives;
    if line.from_stdin {
        let more = c.io.read_all().await;
        directives = format!("{}\n{directives}", String::from_utf8_lossy(&more));
    }
    let mut files = Files { sys: &c.sys, cwd: c.cwd.clone() };
    let config = match Config::parse_on(&text, &directives, &mut files) {
        Ok(config) => config,
        Err(error) => {
            c.io.err(error.to_string());
            return 1;
        }
    };
    start(c, config, file).await
}

async fn start(c: Context, config: Config, config_file: Option<String>) -> i32 {
    let daemon = config.daemonize;
    let spec = ServerSpec {
        spawn: Spawn {
            ppid: c.ppid,
            user: "root".to_owned(),
            tty: Some(c.tty_name.clone()),
            title: c.name().to_owned(),
        },
        // A process in the foreground is this one; a daemon is its child.
        adopt: (!daemon).then_some(c.pid),
        cwd: c.cwd.clone(),
        config,
        config_file: config_file.map(|path| resolve("/", &path)),
    };
    let Some(started) = c.sys.world.borrow_mut().start_server(c.sys.host, spec) else { return 1 };
    c.io.out(&started.stdout);
    if daemon {
        return 0;
    }
    if let Some(code) = started.exit {
        return code;
    }
    // Whoever runs this program sees the end of its process.
    until_true(|| {
        let words = c.sys.world.borrow_mut().take_stdout(c.sys.host, c.pid);
        c.io.out(words);
        false
    })
    .await;
    0
}

/// A log line before there is a server.
fn early_line(c: &Context, text: &str) -> String {
    let time = engine_sim::date::Civil::of(c.sys.unix()).log_time();
    format!("{}:C {time} # {text}\n", c.pid)
}
