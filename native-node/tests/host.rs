//! What a node says of its machine, and tells the kernel, beside a real redis-server.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

fn both(args: &[&str]) -> [Server; 2] {
    [Kind::Real, Kind::Ours].map(|kind| Server::start(kind, args))
}

#[test]
fn monitoring_finds_its_fields_with_plausible_values() {
    if !redis_is_here() {
        return;
    }
    let [real, ours] = both(&["--enable-debug-command", "yes"]);
    for name in ["os", "multiplexing_api", "monotonic_clock", "process_supervised"] {
        let field = |server: &Server| server.field(&["INFO", "server"], name);
        assert_eq!(field(&real), field(&ours), "{name}");
    }
    assert!(ours.field(&["INFO", "server"], "executable").ends_with("/native-node"));
    let memory = |server: &Server, name: &str| -> u64 {
        server.field(&["INFO", "memory"], name).parse().unwrap()
    };
    assert_eq!(memory(&real, "total_system_memory"), memory(&ours, "total_system_memory"));
    let (before, rss) = (memory(&ours, "used_memory"), memory(&ours, "used_memory_rss"));
    assert_eq!(ours.ask(&["DEBUG", "POPULATE", "50000", "key", "1000"]), "OK");
    let (full, full_rss) = (memory(&ours, "used_memory"), memory(&ours, "used_memory_rss"));
    assert!(full > before + 45_000_000 && full_rss > rss + 45_000_000, "{full} {full_rss}");
    wait("the peak is noted", || memory(&ours, "used_memory_peak") + 100_000 > full);
    // It is noted once a second.
    wait("a second has passed", || {
        ours.field(&["INFO", "server"], "uptime_in_seconds").parse::<u64>().unwrap() > 2
    });
    assert_eq!(ours.ask(&["FLUSHALL"]), "OK");
    assert!(
        memory(&ours, "used_memory") < full && memory(&ours, "used_memory_peak") + 100_000 > full
    );
}

fn score(server: &Server) -> i32 {
    let pid = server.field(&["INFO", "server"], "process_id");
    let text = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
    text.trim().parse().unwrap()
}

#[test]
fn the_kernel_is_told_whom_to_end_first() {
    if !redis_is_here() {
        return;
    }
    let [real, ours] = both(&["--oom-score-adj", "yes", "--oom-score-adj-values", "10 200 800"]);
    let base = score(&real) - 10;
    let told = |words: &[&str]| {
        let said = [real.ask(words), ours.ask(words)];
        assert_eq!(said[0], said[1], "{words:?}");
        let scores = [score(&real), score(&ours)];
        assert_eq!(scores[0], scores[1], "{words:?}");
        scores[1] - base
    };
    assert_eq!(told(&["PING"]), 10);
    assert_eq!(told(&["REPLICAOF", "127.0.0.1", "1"]), 200);
    assert_eq!(told(&["REPLICAOF", "NO", "ONE"]), 10);
    assert_eq!(told(&["CONFIG", "SET", "oom-score-adj-values", "15 20 30"]), 15);
    assert_eq!(told(&["CONFIG", "SET", "oom-score-adj", "absolute"]), 15 - base);
    assert_eq!(told(&["CONFIG", "SET", "oom-score-adj", "no"]), 0);
    assert_eq!(told(&["CONFIG", "SET", "oom-score-adj-values", "9 9 9"]), 0);
}
