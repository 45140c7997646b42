//! Against what a running Redis 7.0.15 answers (`testdata/`: CONFIG GET `*` of a server without a
//! configuration file, and a session of CONFIG SET, each line with the value afterwards).

use super::*;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn value(config: &Config, name: &str) -> String {
    config.get(&[name]).first().map_or(String::new(), |(_, v)| text(v))
}

#[test]
fn every_default_is_that_of_redis() {
    let config = Config::default();
    let real: Vec<(&str, &str)> = include_str!("testdata/config_get.tsv")
        .lines()
        .filter_map(|l| l.split_once('\t'))
        .collect();
    for (name, expected) in &real {
        assert_eq!(value(&config, name), *expected, "{name}");
    }
    // Beside those of the host, which are not in the file: dir, logfile, pidfile, port, save and
    // daemonize.
    let ours = config.get(&["*"]);
    assert_eq!(ours.len(), real.len() + 6);
    assert_eq!(value(&config, "save"), "3600 1 300 100 60 10000");
    assert_eq!(value(&config, "port"), "6379");
}

#[test]
fn a_session_of_config_set_answers_as_redis() {
    let args = ["--port", "21500", "--save", "--daemonize", "yes", "--dir", "/data"];
    let mut config = Config::parse("", &args).unwrap();
    for line in include_str!("testdata/config_set.tsv").lines() {
        let [name, new, reply, after] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let answer = match config.set(&[(name, new)], true) {
            Ok(_) => "OK".to_owned(),
            Err(e) => format!("ERR {e}"),
        };
        assert_eq!(answer, reply, "{line}");
        assert_eq!(value(&config, name), after, "{line}");
    }
}

#[test]
fn config_set_is_all_or_nothing() {
    let mut config = Config::default();
    let error = config.set(&[("maxmemory", "5"), ("hz", "abc")], true).unwrap_err().to_string();
    assert_eq!(
        error,
        "CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into \
         an integer"
    );
    assert_eq!(config, Config::default());
    let twice = config.set(&[("maxmemory", "5"), ("MAXMEMORY", "6")], true).unwrap_err();
    assert!(twice.to_string().ends_with("- duplicate parameter"), "{twice}");
    let changed = config.set(&[("hz", "10"), ("timeout", "3")], true).unwrap();
    assert_eq!(changed, ["timeout"], "hz was 10 before");
}

#[test]
fn names_come_back_as_typed_and_patterns_as_they_are() {
    let config = Config::default();
    assert_eq!(config.get(&["PORT"]), [(b"PORT".to_vec(), b"6379".to_vec())]);
    assert_eq!(config.get(&["SLAVE-READ*"]), [(b"slave-read-only".to_vec(), b"yes".to_vec())]);
    assert!(config.get(&["watchdog*"]).is_empty(), "hidden");
    assert_eq!(value(&config, "watchdog-period"), "0");
    assert!(config.get(&["nosuch"]).is_empty());
}

#[test]
fn a_wrong_line_is_fatal_with_its_number() {
    let fatal = |file: &str| Config::parse::<&str>(file, &[]).unwrap_err().to_string();
    assert_eq!(
        fatal("port 21501\nfoo bar\n"),
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n\
         Reading the configuration file, at line 2\n>>> 'foo bar'\n\
         Bad directive or wrong number of arguments\n"
    );
    let reason = |file: &str| fatal(file).lines().last().map(str::to_owned).unwrap();
    assert_eq!(reason("port abc"), "argument couldn't be parsed into an integer");
    assert_eq!(reason("port 1 2"), "wrong number of arguments");
    assert_eq!(reason("bind \"127.0.0.1"), "Unbalanced quotes in configuration line");
    assert_eq!(reason("replicaof a b"), "Invalid master port");
    assert_eq!(reason("  save   900 "), "Invalid save parameters");
    assert_eq!(reason("sentinel monitor"), "sentinel directive while not in sentinel mode");
    assert_eq!(reason("appenddirname a/b"), "appenddirname can't be a path, just a dirname");
    assert_eq!(
        fatal("cluster-enabled yes\nreplicaof 1.2.3.4 5\n"),
        "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\n\
         replicaof directive not allowed in cluster mode\n"
    );
    let command_line = Config::parse("", &["--port", "2x"]).unwrap_err().to_string();
    assert!(command_line.contains("at line 2\n>>> 'port \"2x\"'\n"), "{command_line}");
}

#[test]
fn the_file_of_the_seed_is_understood() {
    let file = "bind 192.168.40.5\nport 6380\ndaemonize yes\npidfile /var/run/redis_6380.pid\n\
                cluster-enabled yes # on\n";
    assert!(Config::parse::<&str>(file, &[]).is_err(), "a remark behind a value is a word");
    let config = Config::parse(&file.replace(" # on", ""), &["--save 60 1", "--save", "300 5"]);
    let config = config.unwrap();
    assert!(config.cluster_enabled && config.daemonize);
    assert_eq!(config.bind.0, ["192.168.40.5"]);
    assert_eq!(config.bus_port(), 16380);
    assert_eq!(value(&config, "save"), "60 1 300 5");
    assert_eq!(config.notices(), Vec::<String>::new());
}

#[test]
fn rewrite_keeps_the_file_and_updates_it() {
    let old = "# a\nport 21502\nslave-read-only no\nsave 60 1\nsave 300 5\nmaxmemory 1048576\n\n\n\n\
               hz 10\nno such\nclient-output-buffer-limit normal 1 2 3\nlogfile \"/l\"\n";
    let mut config = Config::parse::<&str>(&old.replace("no such\n", ""), &[]).unwrap();
    config.set(&[("save", ""), ("maxclients", "100")], true).unwrap();
    config.dir = Dir("/data".into());
    let new = config.rewrite(old);
    assert_eq!(
        new,
        "# a\nport 21502\nreplica-read-only no\nsave \"\"\n\nmaxmemory 1mb\n\nhz 10\n# ??? no such\n\
         client-output-buffer-limit normal 1 2 3\nlogfile \"/l\"\n\n\
         # Generated by CONFIG REWRITE\nmaxclients 100\ndir \"/data\"\n\
         latency-tracking-info-percentiles 50 99 99.9\nuser default on nopass ~* &* +@all\n"
    );
    let again = Config::parse::<&str>(&new, &[]).unwrap();
    // As Redis's, the second rewrite counts what follows the last line feed as an empty line.
    assert_eq!(again.rewrite(&new), format!("{new}\n"));
}

#[test]
fn users_with_strange_words_survive_a_rewrite() {
    let old = "user \"\" on\nuser alice on \">a b\\\"c\" ~*\n";
    let config = Config::parse::<&str>(old, &[]).unwrap();
    let again = Config::parse::<&str>(&config.rewrite(old), &[]).unwrap();
    assert_eq!(again.extra.users, config.extra.users);
}
