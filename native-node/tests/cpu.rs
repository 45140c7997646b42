//! `INFO cpu` has the fields of redis-server 7.0.15, and they count what the process really used.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

fn fields(server: &Server) -> Vec<(String, f64)> {
    let text = server.ask(&["INFO", "cpu"]);
    let lines = text.lines().filter_map(|line| line.trim().split_once(':'));
    lines.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

#[test]
fn the_time_of_the_processor_is_told_as_redis_tells_it() {
    if !redis_is_here() {
        return;
    }
    let [real, ours] = [Kind::Real, Kind::Ours]
        .map(|kind| Server::start(kind, &["--enable-debug-command", "yes"]));
    let names = |server: &Server| fields(server).into_iter().map(|f| f.0).collect::<Vec<_>>();
    assert_eq!(names(&real), names(&ours));
    let headings = |server: &Server| {
        let text = server.ask(&["INFO"]);
        text.lines().filter(|l| l.starts_with("# ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(headings(&real), headings(&ours), "the sections and their order");

    let used = |name: &str| fields(&ours).into_iter().find(|f| f.0 == name).unwrap().1;
    let both = |of: &str| used(&format!("used_cpu_user{of}")) + used(&format!("used_cpu_sys{of}"));
    let before = (both(""), both("_main_thread"));
    wait("work takes time of the processor", || {
        ours.ask(&["DEBUG", "POPULATE", "100000"]);
        ours.ask(&["FLUSHALL"]);
        both("") > before.0 + 0.1 && both("_main_thread") > before.1 + 0.1
    });
    assert!(both("_main_thread") <= both(""), "a thread uses no more than the process");
}
