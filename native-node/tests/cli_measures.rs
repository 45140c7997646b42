//! The modes of `native-node cli` that measure a server, beside those of the real redis-cli, against
//! the same real server: `--latency`, `--latency-history`, `--latency-dist`, `--stat`, `--lru-test`,
//! `--intrinsic-latency`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;
mod two_clis;

use common::{Kind, Server, redis_is_here};
use two_clis::Step::{Interrupt, Run, Wait};
use two_clis::{figures, plain, same, same_in_pipe};

fn server(args: &[&str]) -> Server {
    Server::start(Kind::Real, &[&["--save", ""], args].concat())
}

/// Every mode against a server that is not there, or wants a password that nobody gave.
#[test]
fn who_cannot_measure_says_so() {
    if !redis_is_here() {
        return;
    }
    let shut = server(&["--requirepass", "secret"]);
    let port = shut.port;
    for mode in ["--latency", "--latency-history", "--latency-dist", "--stat", "--lru-test 10"] {
        let said = same_in_pipe(&format!("-p 1 {mode}"), "", plain);
        assert!(said.contains("Could not connect to Redis at 127.0.0.1:1"), "{said}");
        let said = same_in_pipe(&format!("-p {port} -a wrong {mode}"), "", plain);
        assert!(said.contains("AUTH failed: WRONGPASS"), "{said}");
    }
    let said = same_in_pipe(&format!("-p {port} --stat"), "", plain);
    assert!(said.contains("ERROR: NOAUTH Authentication required."), "{said}");
    // A refusal is an answer too: it takes its time.
    same_in_pipe(&format!("-p {port} --latency -i 0.05 --raw"), "", figures);
    for missing in ["--lru-test", "--intrinsic-latency"] {
        let said = same_in_pipe(missing, "", plain);
        assert!(said.contains("bad number of args for"), "{said}");
    }
}

#[test]
fn latency_is_told_in_every_form_and_ends_as_the_real_one() {
    if !redis_is_here() {
        return;
    }
    let server = server(&[]);
    let port = server.port;
    for form in ["", "--raw", "--csv", "--json", "--quoted-json"] {
        let said = same_in_pipe(&format!("-p {port} --latency -i 0.05 {form}"), "", figures);
        assert!(said.ends_with("[exit Some(0)]\n"), "{said}");
    }
    let three = [Wait("samples)", 3), Interrupt];
    let said = same(&format!("-p {port} --latency"), &three, figures);
    assert!(said.contains("min: N, max: N, avg: N (N samples)"), "{said}");
    assert!(said.ends_with("[exit -2]\n"), "Ctrl-C ends it as a signal does: {said}");
    let two = [Wait("seconds range", 2), Interrupt];
    let said = same(&format!("-p {port} --latency-history -i 0.1"), &two, figures);
    assert!(said.contains(" -- N seconds range"), "{said}");
    same(&format!("-p {port} --latency-history -i 0.1 --csv"), &two, figures);
}

/// The shares of the letters differ from second to second; everything else does not.
#[test]
fn the_spectrum_has_the_real_ones_letters_and_colours() {
    if !redis_is_here() {
        return;
    }
    fn mask(text: &str) -> String {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| if line.contains('?') { figures(line) } else { line.to_owned() })
            .collect();
        lines.dedup();
        lines.join("\n")
    }
    let server = server(&[]);
    for mono in ["", "--mono"] {
        let args = format!("-p {} --latency-dist -i 0.1 {mono}", server.port);
        let said = same(&args, &[Wait("?\x1b[0m", 1), Interrupt], mask);
        assert!(said.contains("From 0 to 100%: \x1b[48;5;0m \x1b[48;5;233m "), "{said:?}");
        assert!(said.contains("\x1b[N;N;Nm.\x1b[N;N;Nm-\x1b[N;N;Nm*"), "{said:?}");
    }
}

#[test]
fn stat_has_a_heading_every_twenty_lines_and_outlives_its_connection() {
    if !redis_is_here() {
        return;
    }
    let server = server(&[]);
    server.ask(&["set", "k", "v"]);
    let args = format!("-p {} --stat -i 0.02", server.port);
    // A line more than stands under one heading.
    let said = same(&args, &[Wait("------- data ------", 2), Wait("(+", 21), Interrupt], figures);
    assert!(said.contains("\nN NK N N N (+N) N \n") || said.contains("\nN NM N N N (+N) N \n"));
    let cut = format!("redis-cli -p {} client kill type normal", server.port);
    for (mode, shown) in [("--stat -i 0.1", " (+"), ("--latency", "samples)")] {
        let cut_off = [Wait(shown, 2), Run(&cut), Wait("\x1b[0K", 2), Wait(shown, 2), Interrupt];
        let said = same(&format!("-p {} {mode}", server.port), &cut_off, figures);
        assert!(said.contains("\r\x1b[NKReconnecting... N\r\r\x1b[NK"), "{said:?}");
    }
}

#[test]
fn the_lru_test_counts_what_it_finds() {
    if !redis_is_here() {
        return;
    }
    let small = server(&["--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru"]);
    let args = format!("-p {} --lru-test 100", small.port);
    let said = same(&args, &[Wait("Misses", 2), Interrupt], figures);
    assert!(said.contains("N Gets/sec | Hits: N (N%) | Misses: N (N%)"), "{said}");
    // It has written what it reads.
    assert_eq!(small.ask(&["exists", "lru:1"]), "1");
    assert_eq!(small.ask(&["exists", "lru:0", "lru:101"]), "0");
}

#[test]
fn the_intrinsic_latency_needs_no_server() {
    let said = same_in_pipe("-p 1 --intrinsic-latency 1", "", figures);
    assert!(said.contains("Max latency so far: N microseconds."), "{said}");
    assert!(said.ends_with("x longer than the average latency.\n[stderr]\n[exit Some(0)]\n"));
    let begun = [Wait("Max latency so far", 1), Interrupt];
    let said = same("--intrinsic-latency 60", &begun, figures);
    assert!(said.contains("total runs (avg latency:") && said.ends_with("[exit 0]\n"), "{said}");
}
