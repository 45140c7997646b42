//! The modes of `native-node cli` that fetch, read or send data, beside those of the real redis-cli,
//! against the same real server: `--rdb`, `--functions-rdb`, `--replica`, `SYNC`, `--hotkeys`,
//! `--bigkeys`, `--eval`, `--pipe`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod two_clis;

use std::process::{Command, Stdio};

use common::{Kind, Server, redis_is_here, wait};
use two_clis::Step::{Interrupt, Run, Type, Wait};
use two_clis::{OURS, REAL, figures, in_pipe, on_terminal, plain, same, same_in_pipe};

const LIBRARY: &str = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";

fn server(args: &[&str]) -> Server {
    let common = ["--save", "", "--repl-ping-replica-period", "3600"];
    Server::start(Kind::Real, &[&common, args].concat())
}

/// With a file of the master and without, what is fetched is what the server holds.
#[test]
fn a_fetched_file_holds_all_that_the_server_holds() {
    if !redis_is_here() {
        return;
    }
    for diskless in ["yes", "no"] {
        let source = server(&[
            "--repl-diskless-sync",
            diskless,
            "--repl-diskless-sync-delay",
            "0",
            "--enable-debug-command",
            "yes",
        ]);
        source.ask(&["debug", "populate", "5000", "key", "100"]);
        source.ask(&["function", "load", LIBRARY]);
        let digest = source.ask(&["debug", "digest"]);
        let reader = Server::start(Kind::Real, &["--enable-debug-command", "yes", "--save", ""]);
        let file = reader.dir.join("dump.rdb");
        let path = file.to_str().unwrap();
        for (option, digest) in [("--rdb", digest.as_str()), ("--functions-rdb", EMPTY)] {
            // An old and longer file leaves nothing behind.
            std::fs::write(&file, vec![b'x'; 1_000_000]).unwrap();
            let said = same_in_pipe(&format!("-p {} {option} {path}", source.port), "", figures);
            assert!(said.contains("Transfer finished with success"), "{said}");
            assert_eq!(reader.ask(&["debug", "reload", "nosave"]), "OK");
            assert_eq!(reader.ask(&["debug", "digest"]), digest);
            assert!(reader.ask(&["function", "list"]).contains("lib"));
            let fetched = std::fs::read(&file).unwrap();
            let out = Command::new(OURS[0])
                .args(["cli", "-p", &source.port.to_string(), option, "-"])
                .output()
                .unwrap();
            assert!(out.status.success());
            assert_eq!(out.stdout.len(), fetched.len(), "standard output gets the file alone");
        }
    }
}

/// The digest of no data.
const EMPTY: &str = "0000000000000000000000000000000000000000";

#[test]
fn who_cannot_fetch_says_why() {
    if !redis_is_here() {
        return;
    }
    let open = server(&["--repl-diskless-sync-delay", "0"]);
    let shut = server(&["--requirepass", "secret"]);
    for option in ["--rdb", "--functions-rdb"] {
        let said = same_in_pipe(&format!("-p {} {option} /nonexistent/x", open.port), "", figures);
        assert!(said.contains("Error opening '/nonexistent/x': No such file"), "{said}");
        let said = same_in_pipe(&format!("-p {} {option} /dev/full", open.port), "", figures);
        assert!(said.contains("Error writing data to file: No space left"), "{said}");
        let said = same_in_pipe(&format!("-p {} {option} x", shut.port), "", plain);
        assert!(said.contains("NOAUTH Authentication required."), "{said}");
        same_in_pipe(option, "", plain);
        same_in_pipe(&format!("-p 1 {option} x"), "", plain);
    }
    let said = same_in_pipe("-a x --rdb a --functions-rdb b", "", plain);
    assert!(said.contains("mutually exclusive"), "{said}");
}

/// What a master tells its replicas, until it cuts them off, or Ctrl-C is pressed.
#[test]
fn a_replica_prints_what_it_is_told() {
    if !redis_is_here() {
        return;
    }
    for diskless in ["yes", "no"] {
        let settings = ["--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0"];
        let master = server(&settings);
        let command = |words: &str| format!("redis-cli -p {} {words}", master.port);
        let (set, push) = (command("set x 1"), command("-n 3 lpush list 'a b'"));
        let cut = command("client kill type replica");
        let told = [Run(&set), Run(&push), Wait("\"lpush\",\"list\",\"a b\"", 1)];
        let begun = [Wait("ACK 0\r\n", 1)];
        let ends = [[Run(&cut)], [Interrupt]];
        for option in ["--replica", "--slave"] {
            for end in &ends {
                let steps = [&begun[..], &told, end].concat();
                let said = same(&format!("-p {} {option}", master.port), &steps, figures);
                assert!(said.contains("\"set\",\"x\",\"N\"\n\"SELECT\",\"N\"\n"), "{said}");
            }
        }
        // Typed, it ends the connection or the program.
        let begun = [Wait("> ", 1), Type("sync\n"), Wait("Logging commands from master.\r\n", 1)];
        let again = [Run(&cut), Wait("not connected> ", 1), Type("ping\n"), Wait("> ", 1)];
        for end in [&[&again[..], &[Type("quit\n")]].concat()[..], &[Interrupt]] {
            let steps = [&begun[..], &told, end].concat();
            let said = same(&format!("-p {}", master.port), &steps, |text| {
                // How long it took depends on the machine.
                let lines = text.lines().filter(|line| !line.ends_with("s)"));
                figures(&lines.collect::<Vec<_>>().join("\n"))
            });
            assert!(said.contains("Entering replica output mode..."), "{said}");
        }
    }
}

#[test]
fn hot_keys_are_found_where_they_are_counted() {
    if !redis_is_here() {
        return;
    }
    let server = server(&["--enable-debug-command", "yes"]);
    let port = server.port;
    let said = same_in_pipe(&format!("-p {port} --hotkeys"), "", plain);
    assert!(said.contains("Sampled 0 keys"), "{said}");
    server.ask(&["set", "cold", "1"]);
    let said = same_in_pipe(&format!("-p {port} --hotkeys"), "", plain);
    assert!(said.contains("Error: ERR An LFU maxmemory policy is not selected"), "{said}");
    server.ask(&["config", "set", "maxmemory-policy", "allkeys-lfu", "lfu-decay-time", "0"]);
    server.ask(&["debug", "populate", "40", "key", "3"]);
    for _ in 0..40 {
        server.ask(&["get", "key:7"]);
    }
    for args in ["--hotkeys", "--hotkeys --pattern key:1*", "--hotkeys -i 0.01"] {
        let said = same_in_pipe(&format!("-p {port} {args}"), "", plain);
        assert!(said.contains("hot key found with counter: "), "{said}");
    }
    let said = in_pipe(OURS, &format!("-p {port} --hotkeys"), "");
    assert!(said.contains("keyname: \"key:7\""), "{said}");
}

/// Surveys that are interrupted tell what they have seen.
#[test]
fn ctrl_c_ends_a_survey_with_its_summary() {
    if !redis_is_here() {
        return;
    }
    fn mask(text: &str) -> String {
        let lines = text.lines().filter(|line| !line.contains("found"));
        figures(&lines.collect::<Vec<_>>().join("\n"))
    }
    let policy = ["--enable-debug-command", "yes", "--maxmemory-policy", "allkeys-lfu"];
    let server = server(&policy);
    server.ask(&["debug", "populate", "20000", "key", "3"]);
    for mode in ["--bigkeys", "--memkeys", "--hotkeys"] {
        // A pause after every hundredth SCAN leaves time for the key.
        let args = format!("-p {} {mode} -i 0.5", server.port);
        let said = same(&args, &[Wait("found so far", 1), Interrupt], mask);
        assert!(said.contains("[N%] Sampled N keys in the keyspace!"), "{mode}: {said}");
        assert!(said.ends_with("[exit 0]"), "{mode}: {said}");
    }
    let args = format!("-p {} --scan -i 0.1", server.port);
    let said = on_terminal(OURS, &args, "dumb", &[Wait("key:", 1), Interrupt]);
    assert!(said.ends_with("[exit 0]\n"), "{said}");
}

/// The order of the types in the summary depends on how many keys were looked at.
#[test]
fn types_are_listed_in_the_real_ones_order() {
    if !redis_is_here() {
        return;
    }
    let server = server(&[]);
    for key in ["", "a", "b", "c"] {
        if !key.is_empty() {
            server.ask(&["rpush", key, "1", "2"]);
        }
        for mode in ["--bigkeys", "--memkeys"] {
            same_in_pipe(&format!("-p {} {mode}", server.port), "", plain);
        }
    }
}

#[test]
fn a_script_comes_from_a_file() {
    if !redis_is_here() {
        return;
    }
    let server = server(&[]);
    let port = server.port;
    let file = |name: &str, text: &str| {
        let path = server.dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = file("good.lua", "return {KEYS, ARGV, redis.call('incr', 'runs')}");
    let bad = file("bad.lua", "return {");
    let folder = server.dir.to_str().unwrap().to_owned();
    let args = [
        format!("-p {port} --eval {good} a b , c d"),
        format!("-p {port} --eval {good} a, , c ,"),
        format!("-p {port} -r 2 --no-raw --eval {good} a"),
        format!("-p {port} --json --eval {good} , only"),
        format!("-p {port} --eval {bad}"),
        format!("-p {port} -e --eval {bad}"),
        format!("-p {port} --eval {folder}"),
        format!("-p {port} --eval /nonexistent"),
        format!("-p 1 --eval {good}"),
        "--eval".to_owned(),
    ];
    for args in &args {
        server.ask(&["set", "runs", "0"]);
        let theirs = in_pipe(REAL, args, "");
        server.ask(&["set", "runs", "0"]);
        assert_eq!(theirs, in_pipe(OURS, args, ""), "{args}");
    }
    assert_eq!(server.ask(&["get", "runs"]), "0", "the last ones ran nothing");
}

/// What is piped is sent while more is awaited, and a server that is silent is given up.
#[test]
fn a_pipe_is_sent_as_it_comes() {
    if !redis_is_here() {
        return;
    }
    let server = server(&[]);
    let port = server.port;
    let many: String = (0..20_000).map(|n| format!("SET key:{n} {n}\r\n")).collect();
    for (args, input) in [
        ("--pipe", many.as_str()),
        ("--pipe", ""),
        ("--pipe --pipe-timeout 1", "*1\r\n$100\r\nhalf"),
        ("--pipe --pipe-timeout 1", "BLPOP nothing 30\r\n"),
    ] {
        same_in_pipe(&format!("-p {port} {args}"), input, plain);
    }
    assert_eq!(server.ask(&["dbsize"]), "20000");
    // The real one looks at replies when its input has ended; here the server can be gone before.
    let said = same_in_pipe(&format!("-p {port} --pipe"), "NOSUCH\r\nQUIT\r\n", |text| {
        text.replace("All data transferred. Waiting for the last reply...\n", "")
    });
    assert!(said.contains("ERR unknown command") && said.ends_with("[exit Some(1)]\n"), "{said}");
    let mut child = Command::new(OURS[0])
        .args(["cli", "-p", &port.to_string(), "--pipe"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"SET early 1\r\n").unwrap();
    wait("the first command has arrived", || server.ask(&["get", "early"]) == "1");
    drop(input);
    assert!(child.wait().unwrap().success());
}
