//! Replicas that take long: to load what they were sent, or to be sent it.

use super::World;

fn field(world: &mut World, client: usize, section: &str, name: &str) -> String {
    let info = world.ask(client, &["INFO", section]);
    let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("{name} in {info}")).to_owned()
}

/// A master with so many keys, and a replica to be.
fn two(keys: usize, options: &[&str]) -> (World, usize, usize) {
    let mut world = World::new(2, options);
    let (master, replica) = (world.client(0), world.client(1));
    for key in 0..keys {
        world.ask(master, &["SET", &format!("key:{key}"), "marked-value"]);
    }
    (world, master, replica)
}

const FILES: [&str; 2] = ["--repl-diskless-sync", "no"];

#[test]
fn a_master_that_goes_while_its_data_is_loaded_is_gone_on_with() {
    let (mut world, master, replica) = two(100, &FILES);
    world.ask(replica, &["SET", "old", "data"]);
    world.ask(replica, &["CONFIG", "SET", "key-load-delay", "20000"]);
    world.follow(replica, 0);
    world.pass(500);
    assert_eq!(field(&mut world, replica, "persistence", "loading"), "1");
    assert_eq!(field(&mut world, replica, "replication", "master_sync_in_progress"), "1");
    let loading = "-LOADING Redis is loading the dataset in memory\r\n";
    assert_eq!(world.ask(replica, &["GET", "old"]), loading);
    world.break_wires();
    world.settle();
    world.ask(master, &["SET", "new", "data"]);
    world.pass(4000);
    assert_eq!(field(&mut world, replica, "persistence", "loading"), "0");
    assert_eq!(world.ask(replica, &["DBSIZE"]), ":101\r\n");
    assert_eq!(world.ask(replica, &["GET", "new"]), "$4\r\ndata\r\n");
    assert_eq!(field(&mut world, master, "stats", "sync_full"), "1");
    assert_eq!(field(&mut world, master, "stats", "sync_partial_ok"), "1");
}

#[test]
fn damaged_data_from_the_master_is_told_and_asked_for_again() {
    for load in ["disabled", "swapdb"] {
        let (mut world, _, replica) = two(10, &FILES);
        world.ask(replica, &["CONFIG", "SET", "repl-diskless-load", load]);
        world.ask(replica, &["SET", "old", "data"]);
        world.damage = Some("marked-value");
        world.follow(replica, 0);
        world.pass(1500);
        let failed = world.said("Failed trying to load the MASTER synchronization DB from");
        let again = world.said("Reconnecting to MASTER 10.0.0.1:6379 after failure");
        assert_eq!((failed, again), (6, 3), "each second it is tried again at once");
        // The old data is gone when it had to make room, and there still when it had not.
        let kept = if load == "swapdb" { "$4\r\ndata\r\n" } else { "$-1\r\n" };
        assert_eq!(world.ask(replica, &["GET", "old"]), kept, "{load}");
        assert_eq!(world.ask(replica, &["EXISTS", "key:1"]), ":0\r\n", "{load}");
        assert_eq!(field(&mut world, replica, "persistence", "loading"), "0");
        world.damage = None;
        world.pass(2500);
        assert_eq!(world.ask(replica, &["DBSIZE"]), ":10\r\n", "{load}");
    }
}

#[test]
fn a_master_that_does_not_answer_is_called_again_when_its_time_is_over() {
    let mut world = World::new(2, &["--repl-timeout", "3"]);
    let replica = world.client(1);
    world.stall = Some(0);
    world.follow(replica, 0);
    world.pass(3_900);
    assert_eq!(world.said("1: MASTER <-> REPLICA sync started"), 1);
    world.pass(1_100);
    assert_eq!(world.said("1: Timeout connecting to the MASTER..."), 1);
    assert_eq!(world.said("1: Reconnecting to MASTER 10.0.0.1:6379 after failure"), 1);
    assert_eq!(world.said("1: MASTER <-> REPLICA sync started"), 2);
}

#[test]
fn a_load_ends_with_the_link_when_another_master_is_followed() {
    let mut world = World::new(3, &FILES);
    let (first, second, replica) = (world.client(0), world.client(1), world.client(2));
    world.ask(first, &["SET", "first", "1"]);
    world.ask(second, &["SET", "second", "2"]);
    world.ask(replica, &["CONFIG", "SET", "key-load-delay", "3000000"]);
    world.follow(replica, 0);
    world.pass(500);
    assert_eq!(field(&mut world, replica, "persistence", "loading"), "1");
    let now = world.now;
    world.nodes[2].follow(now, "10.0.0.2", 6379);
    world.settle();
    assert_eq!(world.said("Done loading RDB"), 0);
    world.pass(8000);
    assert_eq!(world.said("Done loading RDB"), 1);
    assert_eq!(world.ask(replica, &["MGET", "first", "second"]), "*2\r\n$-1\r\n$1\r\n2\r\n");
}

#[test]
fn what_replicas_still_need_is_kept_once_beyond_the_limit_of_the_backlog() {
    let diskless = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
    let slow = ["--rdb-key-save-delay", "50000", "--repl-backlog-size", "16384"];
    let mut world = World::new(3, &[&diskless[..], &slow].concat());
    let master = world.client(0);
    let replicas = [world.client(1), world.client(2)];
    for key in 0..40 {
        world.ask(master, &["SET", &format!("key:{key}"), "value"]);
    }
    for replica in replicas {
        world.follow(replica, 0);
    }
    world.pass(500);
    let text = "x".repeat(1000);
    for n in 0..200 {
        world.ask(master, &["SET", &format!("late:{n}"), &text]);
    }
    let kept = |world: &mut World| -> usize {
        field(world, master, "replication", "repl_backlog_histlen").parse().unwrap()
    };
    assert!(kept(&mut world) > 200_000, "{}", kept(&mut world));
    let buffers = field(&mut world, master, "memory", "mem_total_replication_buffers");
    assert!(buffers.parse::<usize>().unwrap() < 250_000, "{buffers} for two replicas");
    world.pass(6000);
    for replica in replicas {
        assert_eq!(world.ask(replica, &["DBSIZE"]), ":240\r\n");
        assert_eq!(world.ask(replica, &["STRLEN", "late:199"]), ":1000\r\n");
    }
    assert!(kept(&mut world) < 50_000, "{}", kept(&mut world));
    for replica in replicas {
        world.ask(replica, &["REPLICAOF", "NO", "ONE"]);
    }
    world.pass(500);
    assert_eq!(field(&mut world, master, "memory", "mem_clients_slaves"), "0");
}
