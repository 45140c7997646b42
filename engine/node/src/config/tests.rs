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
    // Of a user that a file declares it says how payloads are looked at, and so does this.
    let declared = new.replace("on nopass ~*", "on nopass sanitize-payload ~*");
    assert_eq!(again.rewrite(&new), format!("{declared}\n"));
}

#[test]
fn users_are_rewritten_as_the_rules_that_make_them() {
    let old = "user alice +get on \">a b\\\"c\" ~* ( ~x +set )\nuser bob %W~w %R~w nopass -@all\n";
    let config = Config::parse::<&str>(old, &[]).unwrap();
    let new = config.rewrite(old);
    let hash = "#0c13a69ba69e1b7cc515a470879bf69f0d5d2d14b6802a3c0ac678076353fd18";
    let wanted = format!(
        "user alice on {hash} ~* resetchannels -@all +get (~x resetchannels -@all +set)\n\
         user bob off nopass ~w resetchannels -@all\n"
    );
    assert!(new.starts_with(&wanted), "{new}");
    let again = Config::parse::<&str>(&new, &[]).unwrap();
    let third = again.rewrite(&new);
    assert!(third.starts_with(&wanted), "{third}");
}

/// redis-server writes such words as they are, and then refuses its own file.
#[test]
fn users_with_strange_words_survive_a_rewrite() {
    let old = concat!(
        "user \"\" on\n",
        r#"user a on "~a\"b" "+select|a b" "&'" "(+get \"~\\\"\")""#,
        "\n"
    );
    let config = Config::parse::<&str>(old, &[]).unwrap();
    let new = config.rewrite(old);
    let again = Config::parse::<&str>(&new, &[]).unwrap();
    let names: Vec<_> = again.extra.users.iter().map(|user| user[0].clone()).collect();
    assert_eq!(names, [b"".to_vec(), b"a".to_vec(), b"default".to_vec()]);
    let third = again.rewrite(&new);
    assert_eq!(third.lines().take(2).collect::<Vec<_>>(), new.lines().take(2).collect::<Vec<_>>());
    assert!(new.contains("+select|a b"), "{new}");
}

#[test]
fn a_command_is_renamed_once_and_to_a_free_name() {
    let parse = |file: &str| Config::parse::<&str>(file, &[]);
    // EVAL is a command of Redis, whether this node has it or not.
    let good = "rename-command CONFIG \"\"\nrename-command eval x\nrename-command GET GET\n\
                rename-command SET CONFIG\nrename-command x EVAL\n";
    assert_eq!(parse(good).unwrap().extra.renamed_commands.len(), 5);
    for (file, reason) in [
        ("rename-command NOSUCH x", "No such command in rename-command"),
        ("rename-command config|get x", "No such command in rename-command"),
        ("rename-command GET a\nrename-command GET b", "No such command in rename-command"),
        ("rename-command GET set", "Target command name already exists"),
        ("rename-command GET a\nrename-command SET A", "Target command name already exists"),
    ] {
        let error = parse(file).unwrap_err().to_string();
        assert!(error.ends_with(&format!("\n{reason}\n")), "{file}: {error}");
    }
}

/// redis-server must be able to read the file again.
#[test]
fn what_a_driver_wants_unless_it_is_told_is_not_written_into_the_file() {
    let born = || Config { election_profile: ElectionProfile::Valkey9, ..Config::default() };
    let parse = |file: &str| born().parse_over(file.as_bytes(), "", &mut NoHost).unwrap();
    let config = parse("port 1\n");
    assert_eq!(config.election_profile, ElectionProfile::Valkey9);
    assert!(!config.rewrite("port 1\n").contains("election-profile"));
    let mut other = parse("port 1\n");
    other.set(&[("election-profile", "redis7")], true).unwrap();
    assert!(other.rewrite("port 1\n").contains("\nelection-profile redis7\n"));
    let mut back = parse("election-profile redis7\n");
    back.set(&[("election-profile", "valkey9")], true).unwrap();
    assert!(back.rewrite("election-profile redis7\n").starts_with("election-profile valkey9\n"));
}

/// As redis-server says it, which counts from the rules and looks among all words of the line.
#[test]
fn a_user_that_makes_no_sense_is_refused() {
    for (file, reason) in [
        ("user foo bad\n", "'user': Syntax error"),
        ("user foo on ~* ~a\n", "'on': Adding a pattern after the * pattern"),
        ("user foo\nuser foo\n", "'foo': Duplicate user found."),
        ("user foo #12\n", "'user': The password hash must be exactly 64 characters"),
    ] {
        let error = Config::parse::<&str>(file, &[]).unwrap_err().to_string();
        assert!(error.contains(&format!("Error in user declaration {reason}")), "{error}");
    }
    // A command that is not known may be known when the process is ready.
    assert!(Config::parse::<&str>("user foo +nosuch\n", &[]).is_ok());
}
