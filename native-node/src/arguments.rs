//! The command line: `native-node [FILE] [--directive value …] [-]`.

use engine_node::config::{CommandLine, command_line, command_line_behind_file};

/// What `--version` prints. Scripts look for `v=` and the version of Redis behind it.
pub(crate) const VERSION: &str = concat!(
    "Redis server v=7.0.15 sha=00000000:0 malloc=system bits=64 build=native-node-",
    env!("CARGO_PKG_VERSION")
);

/// What `--help` prints, on standard error as redis-server does.
pub(crate) const HELP: &str = "\
Usage: native-node [/path/to/redis.conf] [options] [-]
       native-node - (read config from stdin)
       native-node -v or --version
       native-node -h or --help
       native-node --check-system
       native-node cli [redis-cli options] [command]

Examples:
       native-node (run the server with default conf)
       echo 'maxmemory 128mb' | native-node -
       native-node /etc/redis/6379.conf
       native-node --port 7777
       native-node --port 7777 --replicaof 127.0.0.1 8888
       native-node /etc/myredis.conf --loglevel verbose -
       native-node /etc/myredis.conf --loglevel verbose
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    Version,
    Help,
    /// Look at the system, and tell.
    CheckSystem,
    /// Something of redis-server's that is no server of this kind: what is said of it.
    Refused(&'static str),
    Serve(Serve),
}

/// A server to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Serve {
    /// The configuration file as it was typed.
    pub(crate) file: Option<String>,
    /// The directives of the command line.
    pub(crate) line: CommandLine,
    /// Whether nothing at all was given.
    pub(crate) bare: bool,
}

pub(crate) fn read(args: &[String]) -> Invocation {
    let (file, rest) = match args.first().map(String::as_str) {
        Some("-v" | "--version") => return Invocation::Version,
        Some("-h" | "--help") => return Invocation::Help,
        Some("--test-memory") => {
            return Invocation::Refused("--test-memory: native-node has no memory test.");
        }
        Some("--check-system") if args.len() == 1 => return Invocation::CheckSystem,
        _ if args.iter().any(|arg| arg == "--sentinel") => {
            return Invocation::Refused("--sentinel: native-node is no Sentinel.");
        }
        // An empty name is none: so a script's empty variable starts with the defaults.
        Some("") => (None, &args[1..]),
        Some(first) if !first.starts_with('-') => (Some(first.to_owned()), &args[1..]),
        _ => (None, args),
    };
    let line =
        if rest.len() == args.len() { command_line(rest) } else { command_line_behind_file(rest) };
    Invocation::Serve(Serve { file, line, bare: args.is_empty() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve(args: &[&str]) -> Serve {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        match read(&args) {
            Invocation::Serve(serve) => serve,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_word_is_a_file_unless_it_begins_with_a_dash() {
        assert_eq!(serve(&["a.conf", "--port", "1"]).file.as_deref(), Some("a.conf"));
        assert_eq!(serve(&["--port", "1"]).file, None);
        assert!(serve(&["a.conf", "-"]).line.from_stdin);
        assert!(serve(&[]).bare);
        assert_eq!(serve(&["", "--port", "1"]).file, None);
        assert!(!serve(&["a.conf", "-", "--port", "1"]).line.from_stdin);
    }

    #[test]
    fn what_redis_server_is_besides_is_refused() {
        for args in [&["--test-memory", "10"][..], &["a", "--sentinel"]] {
            let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
            assert!(matches!(read(&args), Invocation::Refused(_)), "{args:?}");
        }
    }
}
