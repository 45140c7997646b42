//! Directives about when files are removed and made durable.

use super::*;

fn names(host: &Host) -> Vec<&str> {
    host.disk.files.keys().map(String::as_str).collect()
}

#[test]
fn files_of_no_use_stay_when_they_shall() {
    let options = ["--save", "", "--appendonly", "yes", "--aof-disable-auto-gc", "yes"];
    let mut host = Host::start(Disk::default(), &options);
    host.ask(&["SET", "k", "v"]);
    assert!(host.ask(&["BGREWRITEAOF"]).starts_with("+Background append only file rewriting"));
    let manifest = "file appendonly.aof.2.base.rdb seq 2 type b\n\
                    file appendonly.aof.1.incr.aof seq 1 type h\n\
                    file appendonly.aof.1.base.rdb seq 1 type h\n\
                    file appendonly.aof.2.incr.aof seq 2 type i\n";
    let text = |host: &Host| {
        let file = &host.disk.files["appendonlydir/appendonly.aof.manifest"];
        String::from_utf8(file.clone()).unwrap()
    };
    assert_eq!(text(&host), manifest);
    assert_eq!(names(&host).len(), 5);
    // The next process knows them, and removes them when it may.
    let mut next = Host::start(host.disk.clone(), &options);
    assert_eq!(next.ask(&["GET", "k"]), "$1\r\nv\r\n");
    assert_eq!(names(&next).len(), 5);
    assert_eq!(next.ask(&["CONFIG", "SET", "aof-disable-auto-gc", "no"]), "+OK\r\n");
    let last = Host::start(host.disk, &options[..4]);
    for host in [next, last] {
        assert!(host.said("Removing the history file appendonly.aof.1.incr.aof in the background"));
        assert_eq!(names(&host).len(), 3);
        assert!(!text(&host).contains("type h"));
    }
}

#[test]
fn the_disk_is_left_alone_while_a_large_file_is_written() {
    for (policy, quiet) in [("everysec", "yes"), ("always", "yes"), ("everysec", "no")] {
        let options = [
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            policy,
            "--no-appendfsync-on-rewrite",
            quiet,
            "--rdb-key-save-delay",
            "1000000",
        ];
        let mut host = Host::start(Disk::default(), &options);
        for key in ["a", "b", "c", "d", "e"] {
            host.ask(&["SET", key, "v"]);
        }
        host.pass(2);
        host.ask(&["BGSAVE"]);
        let before = host.disk.syncs;
        host.ask(&["SET", "a", "w"]);
        host.pass(2);
        assert_eq!(host.disk.syncs == before, quiet == "yes", "{policy} {quiet}");
        let file = &host.disk.files["appendonlydir/appendonly.aof.1.incr.aof"];
        assert!(file.ends_with(b"\r\nw\r\n"), "written at once all the same");
        host.pass(10);
        assert!(host.said("Background saving terminated with success"));
        assert!(host.disk.syncs > before, "{policy}: what was left undone is done");
    }
}

/// Where no clock shows how long a node has worked (the simulated world), the work is counted.
#[test]
fn more_effort_finds_more_keys_that_have_expired() {
    let left = |effort: &str| {
        let mut host = Host::start(Disk::default(), &["--active-expire-effort", effort]);
        for i in 0..3000 {
            host.ask(&["SET", &format!("key {i}"), "v", "PX", "1"]);
        }
        host.now.unix.0 += 1000;
        host.pass(0);
        host.now.mono = host.now.mono.plus_ms(100);
        host.node.handle_timeout(host.now);
        host.ask(&["DBSIZE"]).trim_start_matches(':').trim().parse::<usize>().unwrap()
    };
    let [one, ten] = ["1", "10"].map(left);
    assert!(one > 2000 && ten < 2000, "{one} {ten}");
}

#[test]
fn the_clock_beats_as_often_as_hz_says() {
    let beats = |options: &[&str]| {
        let mut host = Host::start(Disk::default(), options);
        let end = host.now.mono.plus_ms(1000);
        let mut count = 0;
        while host.node.next_deadline().at <= end {
            let next = host.node.next_deadline();
            count += usize::from(next.reason == crate::TimerKind::ServerTick);
            host.now.mono = next.at;
            host.node.handle_timeout(host.now);
            host.act();
        }
        count
    };
    assert_eq!(beats(&[]), 10);
    let fifty = beats(&["--hz", "50"]);
    assert!((45..=50).contains(&fifty), "{fifty}");
}

#[test]
fn who_wants_the_file_while_it_is_being_opened_is_answered() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    let at = SocketAddr::from(([127, 0, 0, 1], 6379));
    let other = host.node.accept(host.now, Listener::Client, at, at);
    // The disk has not come to it yet.
    host.tell(&["BGREWRITEAOF"]);
    host.link = other;
    let said = host.ask(&["CONFIG", "SET", "appendonly", "yes"]);
    assert!(said.contains("+OK\r\n") && said.contains("+Background append only file"), "{said}");
    host.pass(3);
    assert!(host.ask(&["INFO", "persistence"]).contains("aof_enabled:1\r\n"));
    assert_eq!(host.ask(&["SET", "k", "v"]), "+OK\r\n");
    assert!(names(&host).iter().any(|name| name.ends_with(".incr.aof")), "{:?}", names(&host));
}
