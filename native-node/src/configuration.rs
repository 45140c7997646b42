//! Reading the configuration: file, standard input, command line, `include`.

use std::io::Read;
use std::path::{Path, PathBuf};

use engine_base::glob_match;
use engine_node::config::{Config, ConfigError, ConfigHost, ElectionProfile};

use crate::arguments::Serve;
use crate::log::Log;

/// What was read, and from where.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// The absolute path of the configuration file.
    pub(crate) file: Option<String>,
    /// What standard input held, when it was asked for: a daemon is handed it again.
    pub(crate) stdin: Vec<u8>,
}

/// Why there is no configuration: it has been told already.
pub(crate) struct Refused;

/// Reads everything in redis-server's order: file, standard input, command line.
pub(crate) fn load(serve: &Serve, log: &Log) -> Result<Loaded, Refused> {
    let file = serve.file.as_deref().map(absolute);
    let mut text = Vec::new();
    if let Some(path) = &file {
        let read = std::fs::read(path).map_err(|e| {
            log.warning(&cannot_open(path, &e));
            Refused
        });
        text = read?;
    }
    let mut stdin = Vec::new();
    if serve.line.from_stdin {
        log.warning("Reading config from stdin");
        // What cannot be read is as if it were not there, as for redis-server.
        let _ = std::io::stdin().read_to_end(&mut stdin);
        text.extend_from_slice(&stdin);
    }
    let loaded = if serve.bare {
        Ok(born())
    } else {
        born().parse_over(&text, &serve.line.directives, &mut RealHost)
    };
    let mut config = loaded.map_err(|error| {
        match &error {
            ConfigError::Fatal { .. } => eprint!("{error}"),
            ConfigError::Include(line) => log.warning(line),
        }
        Refused
    })?;
    if let Ok(dir) = std::env::current_dir() {
        config.dir.0 = dir.to_string_lossy().into_owned();
    }
    Ok(Loaded { config, file, stdin })
}

/// What this server is without a word of configuration: redis-server 7.0 with faster elections,
/// by which peers of 7.0 are not disturbed.
fn born() -> Config {
    Config { election_profile: ElectionProfile::Valkey9, ..Config::default() }
}

fn absolute(path: &str) -> String {
    let full = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    full.to_string_lossy().into_owned()
}

fn cannot_open(path: &str, error: &std::io::Error) -> String {
    format!("Fatal error, can't open config file '{path}': {}", words(error))
}

/// The operating system's words, without Rust's number behind them.
pub(crate) fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_owned())
}

struct RealHost;

impl ConfigHost for RealHost {
    fn include(&mut self, pattern: &str) -> Result<Vec<u8>, String> {
        let mut text = Vec::new();
        for path in matching(pattern) {
            let read = std::fs::read(&path).map_err(|e| cannot_open(&path.to_string_lossy(), &e));
            text.extend(read?);
        }
        Ok(text)
    }

    fn change_dir(&mut self, dir: &str) -> Result<String, String> {
        std::env::set_current_dir(dir).map_err(|e| words(&e))?;
        let now = std::env::current_dir().map_err(|e| words(&e))?;
        Ok(now.to_string_lossy().into_owned())
    }

    fn check_log(&mut self, path: &str) -> Result<(), String> {
        let open = std::fs::OpenOptions::new().append(true).create(true).open(path);
        open.map(drop).map_err(|e| words(&e))
    }
}

/// The files of a pattern in order: a pattern without wildcards names itself, whether there or
/// not; one with wildcards may name nothing.
fn matching(pattern: &str) -> Vec<PathBuf> {
    if !pattern.contains(['*', '?', '[']) {
        return vec![PathBuf::from(pattern)];
    }
    let path = Path::new(pattern);
    let start = if path.is_absolute() { "/" } else { "" };
    let mut found = vec![PathBuf::from(start)];
    for part in path.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        if part == "/" {
            continue;
        }
        found = found.iter().flat_map(|folder| step(folder, &part)).collect();
    }
    found
}

fn step(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        return vec![folder.join(part)];
    }
    let list = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(list) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.') || part.starts_with('.'))
        .filter(|name| glob_match(part.as_bytes(), name.as_bytes(), false))
        .collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}
