//! nodes.conf and the disk: a node that cannot write it ends, as redis-server does, and its promises
//! hold over a power loss.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use common::{formed, healed, kill, process, says, six};
use engine_node::EventKind;
use engine_sim::{FaultOp, FsOp, HostId, What, World};

fn log(world: &World, host: HostId, port: u16) -> String {
    let fs = &world.host(host).unwrap().fs;
    let path = format!("/data/{port}/{port}.log");
    String::from_utf8_lossy(fs.read(&path).unwrap_or_default()).into_owned()
}

#[test]
fn a_node_that_cannot_write_nodes_conf_ends_and_promises_nothing() {
    let spec = six(51, &[]);
    let (mut world, nodes) = formed(&spec);
    // Its disk is full when it is asked for its vote.
    let voters = [nodes[1], nodes[2]];
    let voter = voters.into_iter().find(|at| process(&world, *at).0 != process(&world, nodes[0]).0);
    let voter = voter.unwrap();
    let (host, pid) = process(&world, voter);
    world.fault(FaultOp::DiskCapacity(host, 1));
    kill(&mut world, nodes[0]);
    let asked = |w: &World| {
        let started =
            |e: &engine_sim::Entry| matches!(e.what, What::Node(EventKind::ElectionStarted { .. }));
        w.trace().entries().iter().any(|e| started(e))
    };
    assert!(world.until(20_000, |w| asked(w) || w.process(host, pid).is_none()));
    world.run_ms(500);
    assert!(world.process(host, pid).is_none(), "it ended");
    let won = |e: &engine_sim::Entry| matches!(e.what, What::Node(EventKind::ElectionWon { .. }));
    assert!(!world.trace().entries().iter().any(|e| won(e)), "its vote did not count");
    world.fault(FaultOp::DiskCapacity(host, u64::MAX));
    for at in &nodes {
        if !world.servers().any(|(_, p)| p.server().is_some_and(|s| s.addr() == *at)) {
            let host = world.hosts().iter().position(|h| h.ip == at.ip()).unwrap();
            world.start_plain_node(HostId(host), at.port(), &spec).unwrap();
        }
    }
    assert!(world.until(60_000, |w| healed(w, &nodes)));
}

#[test]
fn the_last_words_are_those_of_redis() {
    let spec = six(52, &[]);
    let (mut world, nodes) = formed(&spec);
    let (host, pid) = process(&world, nodes[1]);
    let port = nodes[1].port();
    // Room for the log, none for a new nodes.conf.
    let conf = format!("/data/{port}/nodes.conf");
    world.fs(host, FsOp::RemoveFile(conf.clone())).unwrap();
    world.fs(host, FsOp::MakeDir(conf)).unwrap();
    says(&mut world, nodes[1], "CLUSTER SAVECONFIG");
    world.run_ms(500);
    assert!(world.process(host, pid).is_none());
    let log = log(&world, host, port);
    assert!(log.trim_end().ends_with("# Fatal: can't update cluster config file."), "{log}");
}

#[test]
fn a_vote_survives_the_loss_of_power() {
    let spec = six(53, &[]);
    let (mut world, nodes) = formed(&spec);
    kill(&mut world, nodes[0]);
    let vote = |w: &World, at| {
        let (host, _) = process(w, at);
        let path = format!("/data/{}/nodes.conf", nodes[1].port());
        let text = String::from_utf8_lossy(w.host(host).unwrap().fs.read(&path).unwrap());
        text.split("lastVoteEpoch ").nth(1).unwrap().trim().parse::<u64>().unwrap()
    };
    let before = vote(&world, nodes[1]);
    assert!(world.until(20_000, |w| vote(w, nodes[1]) > before));
    // Written is durable: the power goes at that moment.
    let (host, _) = process(&world, nodes[1]);
    let voted = vote(&world, nodes[1]);
    world.fault(FaultOp::PowerOff(host));
    world.fault(FaultOp::PowerOn(host));
    world.start_plain_node(host, nodes[1].port(), &spec).unwrap();
    assert!(vote(&world, nodes[1]) >= voted, "no second vote in that epoch");
}

#[test]
fn a_torn_nodes_conf_is_refused_rather_than_half_believed() {
    let spec = six(54, &[]);
    let (mut world, nodes) = formed(&spec);
    let (host, _) = process(&world, nodes[1]);
    let port = nodes[1].port();
    let path = format!("/data/{port}/nodes.conf");
    kill(&mut world, nodes[1]);
    let whole = world.host(host).unwrap().fs.read(&path).unwrap().to_vec();
    world.fs(host, FsOp::Write(path.clone(), whole[..whole.len() / 2].to_vec())).unwrap();
    let started = world.start_plain_node(host, port, &spec).unwrap();
    let words = log(&world, host, port);
    if started.exit.is_none() {
        // Cut at the end of a line: then the epochs are missing, and come back from the others.
        assert!(world.until(60_000, |w| healed(w, &nodes)));
    } else {
        assert!(words.contains("Unrecoverable error: corrupted cluster config file."), "{words}");
    }
    assert!(!whole.is_empty());
}
