//! Who does not read what a node has to say: the kernels hold a mebibyte, the rest grows in the node
//! until a limit ends it.

mod common;

use common::{Session, formed, process, says, six};
use engine_sim::{ConnState, Signal};

#[test]
fn a_subscriber_that_does_not_read_is_closed_at_its_limit() {
    let (mut world, nodes) = formed(&six(101, &[]));
    let set =
        engine_sim::command(&["CONFIG", "SET", "client-output-buffer-limit", "pubsub 2mb 0 0"]);
    let admin = Session::open(&mut world, nodes[0]);
    world.send(admin.0, &set);
    world.run_ms(20);
    assert_eq!(world.recv(admin.0), b"+OK\r\n");
    let slow = Session::open(&mut world, nodes[0]);
    slow.says(&mut world, "SUBSCRIBE news");
    world.set_reading(slow.0, false);
    let message = "x".repeat(100_000);
    for n in 0..25 {
        world.call(nodes[0], &["PUBLISH", "news", &message]);
        let open = world.conn_state(slow.0) == ConnState::Open;
        assert!(open || n >= 20, "a mebibyte on the way, two in the node: after {n}");
    }
    world.run_ms(200);
    for _ in 0..10 {
        world.call(nodes[0], &["PUBLISH", "news", &message]);
    }
    world.run_ms(200);
    assert_ne!(world.conn_state(slow.0), ConnState::Open, "it is closed");
}

#[test]
fn who_reads_again_gets_all_of_it() {
    let (mut world, nodes) = formed(&six(102, &[]));
    let slow = Session::open(&mut world, nodes[0]);
    slow.says(&mut world, "SUBSCRIBE news");
    world.set_reading(slow.0, false);
    let message = "y".repeat(100_000);
    for _ in 0..30 {
        world.call(nodes[0], &["PUBLISH", "news", &message]);
    }
    world.run_ms(500);
    let before = world.recv(slow.0).len();
    assert!((1 << 20..=(1 << 20) + 200_000).contains(&before), "{before} bytes were under way");
    world.set_reading(slow.0, true);
    world.run_ms(500);
    let after = world.recv(slow.0).len();
    assert!(before + after >= 30 * 100_000, "{before} and {after}");
    let mut again = world.replay();
    again.run_ms(100);
    world.run_ms(100);
    assert_eq!(again.trace().digest.value(), world.trace().digest.value());
}

#[test]
fn a_link_to_a_node_that_stands_still_is_closed_at_its_limit() {
    let options = ["--cluster-link-sendbuf-limit", "1mb", "--cluster-node-timeout", "60000"];
    let (mut world, nodes) = formed(&six(103, &options));
    let (host, pid) = process(&world, nodes[1]);
    world.kill(host, pid, Signal::Stop).unwrap();
    let message = "z".repeat(100_000);
    for _ in 0..40 {
        world.call(nodes[0], &["PUBLISH", "news", &message]);
        world.run_ms(50);
    }
    let info = says(&mut world, nodes[0], "CLUSTER INFO");
    let count = info.lines().find(|l| l.starts_with("total_cluster_links_buffer_limit_exceeded"));
    assert_ne!(count, Some("total_cluster_links_buffer_limit_exceeded:0"), "{info}");
    world.kill(host, pid, Signal::Cont).unwrap();
    assert!(world.until(60_000, |w| common::healed(w, &nodes)));
}
