//! How `native-node cli` ends, and what it knows without a server, beside the real redis-cli.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod two_clis;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use common::{Kind, Server, redis_is_here};
use two_clis::Step::{self, Interrupt, Run, Type, Wait};
use two_clis::{OURS, REAL, figures, in_pipe, on_terminal, plain, same, same_in_pipe};

/// A command that is waited for ends as the signal has it; at the prompt Ctrl-C is caught.
#[test]
fn ctrl_c_ends_what_it_ends_in_the_real_one() {
    if !redis_is_here() {
        return;
    }
    let server = Server::start(Kind::Real, &["--save", ""]);
    let port = server.port;
    for (command, shown) in
        [("subscribe news", "(integer) 1"), ("monitor", "OK"), ("-r -1 -i 0.05 ping", "PONG")]
    {
        let args = format!("-p {port} {command}");
        let said = same(&args, &[Wait(shown, 1), Interrupt], figures);
        assert!(said.ends_with("[exit -2]\n"), "{command}: {said}");
    }
    let blocked = format!(
        "until redis-cli -p {port} info clients | grep -q blocked_clients:1; do sleep 0.05; done"
    );
    let said = same(&format!("-p {port} blpop nothing 0"), &[Run(&blocked), Interrupt], plain);
    assert_eq!(said, "\n[exit -2]\n");
    let prompt = format!("-p {port}");
    let typed = [Wait("> ", 1), Type("blpop nothing 0\n"), Run(&blocked), Interrupt];
    assert!(same(&prompt, &typed, plain).ends_with("\n[exit 1]\n"));
    // Where it prints, the real one's handler can print the rest twice: only the ends are compared.
    let idle = [Wait("> ", 1), Type("ping\n"), Wait("> ", 1), Interrupt];
    let edited = [Wait("> ", 1), Type("ge"), Wait("ge\r", 1), Interrupt];
    let repeated = [Wait("> ", 1), Type("10000 ping\n"), Wait("PONG", 2), Interrupt];
    for program in [REAL, OURS] {
        let ends: [(&str, &str, &[Step<'_>]); 3] =
            [("dumb", "", &idle), ("xterm", "", &edited), ("dumb", " -i 0.05", &repeated)];
        for (kind, more, keys) in ends {
            let said = on_terminal(program, &format!("{prompt}{more}"), kind, keys);
            assert!(said.ends_with("\n[exit 1]\n"), "{program:?}: {said}");
        }
    }
}

/// Nobody reads any more: a command that would print for ever ends.
#[test]
fn a_closed_pipe_ends_it() {
    if !redis_is_here() {
        return;
    }
    let server = Server::start(Kind::Real, &["--save", ""]);
    let pings = format!("while redis-cli -p {} ping; do sleep 0.05; done >/dev/null", server.port);
    let script = format!(
        "({pings}) & pings=$!; timeout 30 \"$@\" | head -1; \
                          printf '%s ' \"${{PIPESTATUS[@]}}\"; kill $pings"
    );
    for program in [REAL, OURS] {
        let out = Command::new("bash")
            .args(["-c", &script, "bash"])
            .args(program)
            .args(["-p", &server.port.to_string(), "monitor"])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stdout), "OK\n141 0 ", "{program:?}");
    }
}

/// The commands of Redis 7.0.15 are known without a server: help, completion and hints.
#[test]
fn help_needs_no_server() {
    for topic in ["get", "@list", "@cluster", "xadd", "acl setuser", "nosuch", ""] {
        let said = same_in_pipe(&format!("-p 1 help {topic}"), "", plain);
        assert!(topic == "nosuch" || said.len() > 100, "{topic}: {said}");
    }
    let keys = [
        Wait("> ", 1),
        Type("zrange a"),
        Wait("[WITHSCORES]", 1),
        Type("\x15help @li\t"),
        Wait("@list", 1),
        Type("\x15"),
        Wait("\r\x1b[15C", 1),
        Type("\x03"),
    ];
    // Keys may come in one read or in several: the last drawing is what counts.
    let last = |program| {
        let said = on_terminal(program, "-p 1", "xterm", &keys);
        said.split("zrange a").last().unwrap().to_owned()
    };
    assert_eq!(last(REAL), last(OURS));
}

/// What is no reply is refused in the real one's words.
#[test]
fn strangers_are_refused_in_the_real_ones_words() {
    if !redis_is_here() {
        return;
    }
    let answers: [&[u8]; 12] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x01",
        b"",
        b"$5\r\nab",
        b"$-2\r\n",
        b"$x\r\n",
        b"*-2\r\n",
        b"*99999999999\r\n",
        b"*x\r\n",
        b":1x\r\n",
        b"#x\r\n",
        b"=3\r\nabc\r\n",
    ];
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let args = format!("-p {} ping", stranger.local_addr().unwrap().port());
    for answer in answers {
        let said = std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..2 {
                    let (mut client, _) = stranger.accept().unwrap();
                    let _ = client.read(&mut [0; 1024]).unwrap();
                    client.write_all(answer).unwrap();
                }
            });
            same_in_pipe(&args, "", plain)
        });
        assert!(said.starts_with("[stderr]\nError: "), "{said}");
    }
}

#[test]
fn arguments_are_refused_in_the_real_ones_words() {
    for args in [
        "-c -s x ping",
        "-c -s x -a y -2 -3 ping",
        "-u redis://%7@127.0.0.1:1 ping",
        "-u redis://%zz@127.0.0.1:1 ping",
        "-u redis://127.0.0.1:1/2 ping",
        "-u http://127.0.0.1 ping",
        "--latency --nosuch",
        "--rdb",
    ] {
        same_in_pipe(args, "", plain);
    }
    // The debugger is not here: what is said of it is the program's own.
    let said = in_pipe(OURS, "--ldb --eval x", "");
    assert!(said.contains("'--ldb' is an option of redis-cli that this one does not have"));
}
