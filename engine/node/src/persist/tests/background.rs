//! Background saves and rewrites among each other, and an end that waits.

use super::{Disk, Host};

fn value(host: &mut Host, section: &str, field: &str) -> String {
    let text = host.ask(&["INFO", section]);
    let line = text.lines().find(|line| line.split(':').next() == Some(field));
    line.and_then(|line| line.split_once(':'))
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}

#[test]
fn a_save_takes_as_long_as_rdb_key_save_delay_says() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    for i in 0..20 {
        host.ask(&["SET", &format!("k{i}"), "v"]);
    }
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "100000"]);
    assert_eq!(host.ask(&["BGSAVE"]), "+Background saving started\r\n");
    host.pass(1);
    assert_eq!(value(&mut host, "persistence", "rdb_bgsave_in_progress"), "1");
    assert!(!host.disk.files.contains_key("dump.rdb"));
    host.pass(3);
    assert_eq!(value(&mut host, "persistence", "rdb_bgsave_in_progress"), "0");
    let mut next = Host::start(host.disk, &[]);
    assert_eq!(next.ask(&["DBSIZE"]), ":20\r\n");
}

#[test]
fn a_rewrite_waits_for_a_save_and_a_save_for_a_rewrite() {
    let mut host = Host::start(Disk::default(), &["--save", "", "--appendonly", "yes"]);
    host.ask(&["SET", "k", "v"]);
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "10000000"]);
    host.ask(&["BGSAVE"]);
    assert_eq!(host.ask(&["BGREWRITEAOF"]), "+Background append only file rewriting scheduled\r\n");
    assert_eq!(value(&mut host, "persistence", "aof_rewrite_scheduled"), "1");
    assert_eq!(host.ask(&["BGSAVE"]), "-ERR Background save already in progress\r\n");
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "0"]);
    host.pass(1);
    assert_eq!(value(&mut host, "persistence", "aof_rewrite_scheduled"), "0");
    assert_eq!(value(&mut host, "persistence", "aof_rewrites"), "1");
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "10000000"]);
    assert_eq!(host.ask(&["BGREWRITEAOF"]), "+Background append only file rewriting started\r\n");
    assert_eq!(
        host.ask(&["BGREWRITEAOF"]),
        "-ERR Background append only file rewriting already in progress\r\n"
    );
    assert!(host.ask(&["BGSAVE"]).starts_with("-ERR Another child process is active (AOF?)"));
    assert_eq!(host.ask(&["BGSAVE", "SCHEDULE"]), "+Background saving scheduled\r\n");
    host.ask(&["CONFIG", "SET", "appendonly", "no"]);
    assert!(host.said("Killing running AOF rewrite child: 11"));
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "0"]);
    host.pass(1);
    assert_eq!(value(&mut host, "stats", "total_forks"), "4");
    assert_eq!(value(&mut host, "persistence", "rdb_saves"), "2");
}

#[test]
fn inside_a_transaction_a_rewrite_is_put_off() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    host.ask(&["MULTI"]);
    host.ask(&["CONFIG", "SET", "appendonly", "yes"]);
    host.ask(&["SET", "k", "v"]);
    assert_eq!(host.ask(&["EXEC"]), "*2\r\n+OK\r\n+OK\r\n");
    assert!(host.said("AOF was enabled during a transaction."));
    host.pass(2);
    let mut next = Host::start(host.disk, &["--appendonly", "yes"]);
    assert_eq!(next.ask(&["GET", "k"]), "$1\r\nv\r\n");
}

#[test]
fn a_master_whose_keys_expired_in_the_file_tells_its_replicas() {
    let options = &["--save", "60", "1", "--repl-backlog-size", "1mb"];
    let mut host = Host::start(Disk::default(), options);
    host.ask(&["REPLICAOF", "127.0.0.1", "1"]);
    host.ask(&["REPLICAOF", "NO", "ONE"]);
    host.ask(&["SET", "stays", "v"]);
    host.ask(&["SET", "goes", "v", "PXAT", "1600000000000"]);
    host.ask(&["SHUTDOWN", "SAVE"]);
    let before = host.node.replication.offset();
    let mut next = Host::start(host.disk, options);
    let missed = next.node.replication.offset() - before;
    assert_eq!(
        missed,
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$4\r\ngoes\r\n".len() as u64
    );
    assert_eq!(value(&mut next, "persistence", "rdb_last_load_keys_expired"), "1");
    assert_eq!(value(&mut next, "replication", "repl_backlog_histlen"), missed.to_string());
}

#[test]
fn a_rewritten_configuration_follows_the_master_of_now() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    host.ask(&["REPLICAOF", "127.0.0.1", "1234"]);
    assert_eq!(
        host.ask(&["CONFIG", "GET", "replicaof"]),
        "*2\r\n$9\r\nreplicaof\r\n$14\r\n127.0.0.1 1234\r\n"
    );
    assert!(host.node.config.rewrite("").contains("replicaof 127.0.0.1 1234"));
    host.ask(&["REPLICAOF", "NO", "ONE"]);
    assert!(!host.node.config.rewrite("").contains("replicaof"));
}

#[test]
fn a_signal_for_the_end_is_heard_by_the_cron_and_can_be_called_off() {
    let mut host = Host::start(Disk::default(), &["--save", "", "--enable-debug-command", "yes"]);
    host.ask(&["DEBUG", "PAUSE-CRON", "1"]);
    host.node.handle_terminate(host.now, "SIGTERM");
    assert_eq!(host.ask(&["SHUTDOWN", "ABORT"]), "+OK\r\n");
    assert!(host.said("Shutdown manually aborted."));
    host.ask(&["DEBUG", "PAUSE-CRON", "0"]);
    host.pass(1);
    assert_eq!(host.exit, None);
    host.node.handle_terminate(host.now, "SIGTERM");
    host.act();
    assert_eq!(host.exit, Some(0));
}

#[test]
fn a_rewrite_as_commands_takes_its_time_too() {
    let options = &["--save", "", "--appendonly", "yes", "--aof-use-rdb-preamble", "no"];
    let mut host = Host::start(Disk::default(), options);
    host.ask(&["SET", "k", "v"]);
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "2000000"]);
    host.ask(&["BGREWRITEAOF"]);
    host.pass(1);
    assert_eq!(value(&mut host, "persistence", "aof_rewrite_in_progress"), "1");
    host.pass(2);
    assert_eq!(value(&mut host, "persistence", "aof_rewrite_in_progress"), "0");
    let mut next = Host::start(host.disk, options);
    assert_eq!(next.ask(&["GET", "k"]), "$1\r\nv\r\n");
}

#[test]
fn an_end_does_not_leave_half_a_file_behind() {
    let mut host = Host::start(Disk::default(), &["--save", ""]);
    for n in 0..20 {
        host.ask(&["SET", &n.to_string(), "v"]);
    }
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "500000"]);
    host.ask(&["BGSAVE"]);
    host.pass(2);
    let names = |host: &Host| host.disk.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&host), ["temp-11.rdb"]);
    host.ask(&["SHUTDOWN", "NOSAVE"]);
    assert!(host.said("There is a child saving an .rdb. Killing it!"));
    assert_eq!((host.exit, names(&host)), (Some(0), Vec::new()));
}

#[test]
fn who_insists_on_the_end_is_not_made_to_wait_for_the_last_save() {
    let mut host = Host::start(Disk::default(), &["--save", "60", "1"]);
    for n in 0..20 {
        host.ask(&["SET", &n.to_string(), "v"]);
    }
    host.ask(&["CONFIG", "SET", "rdb-key-save-delay", "500000"]);
    host.node.handle_terminate(host.now, "SIGINT");
    host.act();
    host.pass(2);
    let names = |host: &Host| host.disk.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!((host.exit, names(&host)), (None, vec!["temp-10.rdb".to_owned()]));
    host.node.handle_terminate(host.now, "SIGTERM");
    host.act();
    assert_eq!(host.exit, None, "once more, but it does not insist");
    host.node.handle_terminate(host.now, "SIGINT");
    host.act();
    assert!(host.said("You insist... exiting now."));
    assert_eq!((host.exit, names(&host)), (Some(1), Vec::new()));
}

#[test]
fn the_tables_are_told_of_with_all_their_keys() {
    let mut host = Host::start(Disk::default(), &["--enable-debug-command", "yes"]);
    let empty = host.ask(&["DEBUG", "HTSTATS", "0"]);
    assert_eq!(empty.matches("No stats available for empty dictionaries").count(), 2, "{empty}");
    host.ask(&["DEBUG", "POPULATE", "1000"]);
    host.ask(&["EXPIRE", "key:1", "100"]);
    let told = host.ask(&["DEBUG", "HTSTATS", "0"]);
    let line = |text: &str| told.lines().any(|line| line.trim() == text);
    assert!(line("number of elements: 1000") && line("number of elements: 1"), "{told}");
    assert_eq!(host.ask(&["DEBUG", "HTSTATS", "99"]), "-ERR Out of range database\r\n");
}
