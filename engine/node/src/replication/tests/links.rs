//! Links to masters and replicas as clients: listed, killed, put to sleep.

use engine_base::{Now, UnixMs};

use super::World;

#[test]
fn the_link_to_the_master_is_a_client_that_can_be_listed_and_killed() {
    let mut world = World::new(2, &["--repl-diskless-sync", "no"]);
    let (master, replica) = (world.client(0), world.client(1));
    world.follow(replica, 0);
    world.pass(2000);
    let listed = world.ask(replica, &["CLIENT", "LIST", "TYPE", "master"]);
    assert!(listed.contains("addr=10.0.0.1:6379"), "{listed}");
    assert_eq!(world.ask(replica, &["CLIENT", "KILL", "10.0.0.1:6379"]), "+OK\r\n");
    world.ask(master, &["SET", "k", "v"]);
    world.pass(1000);
    assert_eq!(world.ask(replica, &["GET", "k"]), "$1\r\nv\r\n");
    assert_eq!(world.said("Successful partial resynchronization with master."), 1);
    assert_eq!(world.ask(replica, &["CLIENT", "KILL", "TYPE", "master"]), ":1\r\n");
    world.pass(1000);
    assert_eq!(world.said("Successful partial resynchronization with master."), 2);
}

#[test]
fn what_came_during_a_sleep_is_read_before_what_came_after_it() {
    let mut world = World::new(1, &["--enable-debug-command", "yes"]);
    let (sleeper, writer) = (world.client(0), world.client(0));
    world.ask(sleeper, &["DEBUG", "SLEEP", "1"]);
    world.ask(writer, &["SET", "k", "during"]);
    // Awake by the clock, but its timer has not run yet.
    let step = world.now.mono.plus_ms(1001);
    world.now = Now { mono: step, unix: UnixMs(world.now.unix.0 + 1001) };
    world.ask(writer, &["SET", "k", "after"]);
    world.pass(10);
    assert_eq!(world.ask(sleeper, &["GET", "k"]), "$5\r\nafter\r\n");
}

#[test]
fn a_replica_that_asks_for_answers_is_let_go() {
    let mut world = World::new(1, &["--repl-diskless-sync", "no"]);
    let rogue = world.client(0);
    assert!(world.ask(rogue, &["PSYNC", "?", "x"]).starts_with("-ERR value is not an integer"));
    assert_eq!(world.said("but with a wrong offset"), 1);
    assert_eq!(world.ask(rogue, &["PING"]), "+PONG\r\n");
    assert!(world.ask(rogue, &["PSYNC", "?", "-1"]).starts_with("+FULLRESYNC"));
    assert_eq!(world.ask(rogue, &["GET", "k"]), "");
    assert_eq!(world.said("Replica generated a reply to command 'get', disconnecting it: id="), 1);
    let other = world.client(0);
    assert!(world.ask(other, &["INFO", "replication"]).contains("connected_slaves:0"));
}

#[test]
fn a_link_for_moves_is_kept_for_the_next_and_closed_after_ten_idle_seconds() {
    let mut world = World::new(2, &[]);
    let (here, there) = (world.client(0), world.client(1));
    let kept = |world: &mut World| {
        let info = world.ask(here, &["INFO", "stats"]);
        let line = info.lines().find_map(|l| l.strip_prefix("migrate_cached_sockets:"));
        line.map(str::to_owned)
    };
    let came = |world: &mut World| {
        let info = world.ask(there, &["INFO", "stats"]);
        let line = info.lines().find_map(|l| l.strip_prefix("total_connections_received:"));
        line.and_then(|n| n.parse::<u64>().ok())
    };
    assert_eq!(kept(&mut world).as_deref(), Some("0"));
    let before = came(&mut world);
    for key in ["a", "b"] {
        world.ask(here, &["SET", key, "x"]);
        let said = world.ask(here, &["MIGRATE", "10.0.0.2", "6379", key, "0", "1000"]);
        assert_eq!(said, "+OK\r\n");
        assert_eq!(kept(&mut world).as_deref(), Some("1"));
        world.pass(9000);
    }
    assert_eq!(came(&mut world), before.map(|n| n + 1), "both went on one link");
    assert_eq!(kept(&mut world).as_deref(), Some("1"), "idle for nine seconds");
    world.pass(3000);
    assert_eq!(kept(&mut world).as_deref(), Some("0"));
    assert_eq!(world.ask(there, &["MGET", "a", "b"]), "*2\r\n$1\r\nx\r\n$1\r\nx\r\n");
}

#[test]
fn a_pause_holds_back_what_the_master_says_and_nothing_is_lost() {
    let mut world = World::new(2, &["--repl-diskless-sync", "no"]);
    let (master, replica) = (world.client(0), world.client(1));
    world.follow(replica, 0);
    world.pass(2000);
    world.ask(master, &["SET", "k", "before"]);
    world.ask(replica, &["CLIENT", "PAUSE", "100000", "WRITE"]);
    let field = |world: &mut World, name: &str| -> u64 {
        let info = world.ask(replica, &["INFO", "replication"]);
        let value = info.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        value.and_then(|value| value.strip_prefix(':')?.parse().ok()).expect("a number")
    };
    let applied = field(&mut world, "slave_repl_offset");
    world.ask(master, &["SET", "k", "during"]);
    world.ask(master, &["MULTI"]);
    world.ask(master, &["INCR", "n"]);
    world.ask(master, &["INCR", "n"]);
    world.ask(master, &["EXEC"]);
    assert_eq!(world.ask(replica, &["GET", "k"]), "$6\r\nbefore\r\n");
    assert_eq!(field(&mut world, "slave_repl_offset"), applied);
    assert!(field(&mut world, "slave_read_repl_offset") > applied, "it has come");
    world.ask(replica, &["CLIENT", "UNPAUSE"]);
    assert_eq!(world.ask(replica, &["MGET", "k", "n"]), "*2\r\n$6\r\nduring\r\n$1\r\n2\r\n");
    // All commands, and the pause runs out by itself.
    let ours = world.client(1);
    world.ask(replica, &["CLIENT", "PAUSE", "3000"]);
    world.ask(master, &["SET", "k", "late"]);
    world.pass(2000);
    assert_eq!(world.ask(ours, &["GET", "k"]), "");
    world.pass(1500);
    assert_eq!(world.answer(ours), "$4\r\nlate\r\n");
    assert_eq!(world.said("Full resync from master"), 1);
}

#[test]
fn a_save_for_replicas_that_are_gone_is_given_up_unless_it_is_one_of_ours() {
    for (points, goes_on) in [("", false), ("900 1", true)] {
        let options = ["--repl-diskless-sync", "no", "--rdb-key-save-delay", "1000000"];
        let mut world = World::new(3, &options);
        let master = world.client(0);
        world.ask(master, &["CONFIG", "SET", "save", points]);
        let replicas = [world.client(1), world.client(2)];
        world.ask(master, &["MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5"]);
        let saves = |world: &mut World| {
            let info = world.ask(master, &["INFO"]);
            assert!(!info.contains("state=send_bulk"), "{info}");
            info.contains("rdb_bgsave_in_progress:1")
        };
        for (n, replica) in replicas.into_iter().enumerate() {
            world.follow(replica, 0);
            world.pass(200);
            assert!(saves(&mut world), "replica {n}");
        }
        world.ask(replicas[0], &["REPLICAOF", "NO", "ONE"]);
        assert!(saves(&mut world), "the other one waits");
        world.ask(replicas[1], &["REPLICAOF", "NO", "ONE"]);
        assert_eq!(saves(&mut world), goes_on);
    }
}

#[test]
fn a_stream_of_data_that_is_of_no_use_any_more_is_ended() {
    let options = ["--repl-diskless-sync-delay", "0", "--save", ""];
    let mut world = World::new(2, &options);
    let (master, replica) = (world.client(0), world.client(1));
    world.ask(master, &["CONFIG", "SET", "rdb-key-save-delay", "1000000"]);
    world.ask(master, &["MSET", "a", "1", "b", "2", "c", "3", "d", "4", "e", "5"]);
    world.follow(replica, 0);
    world.pass(500);
    let info = world.ask(master, &["INFO"]);
    assert!(info.contains("state=wait_bgsave") && info.contains("bgsave_in_progress:1"), "{info}");
    world.ask(master, &["FLUSHALL"]);
    assert_eq!(world.said("Diskless rdb transfer, last replica dropped, killing fork child."), 1);
    world.pass(3000);
    assert_eq!(world.said("Background RDB transfer started by pid"), 2, "it has come again");
    assert_eq!(
        world.said("Diskless rdb transfer, done reading from pipe, 1 replicas still up."),
        1
    );
    assert_eq!(world.ask(replica, &["DBSIZE"]), ":0\r\n");
}
