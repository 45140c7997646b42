//! The deployments of both seeds, step by step, as the oracle's sessions hold them: on real hosts
//! (network namespaces), with the real redis-cli, and native-node in redis-server's place. What the
//! screens show is what the sandbox shows, which another test compares with the real server.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use oracle::compare::difference;
use oracle::mask::Masks;
use oracle::session::{Numbered, parse};
use oracle::{real, sandbox};

/// Lines whose screens differ, and why. The list may only shrink.
const KNOWN: [(&str, &str, &str); 3] = [
    (
        "seed1",
        "ps -ef | grep redis | grep -v grep",
        "redis-server writes its address into the title of its process",
    ),
    (
        "seed1",
        "cat /data/redis_cluster/redis_6380/nodes_6380.conf",
        "under `election-profile valkey9` a node keeps its shard's id there; 7.0 skips the word",
    ),
    (
        "seed2",
        "cluster getkeysinslot 12182 2",
        "the keys of a slot have no promised order, and each process has its own",
    ),
];

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oracle");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn session(name: &str) -> Vec<Numbered> {
    parse(&read(&format!("sessions/{name}.session"))).unwrap()
}

#[test]
fn the_seeds_deployments_with_native_node_in_place_of_redis_server() {
    if let Some(why) = real::why_not() {
        println!("skipped: {why}");
        return;
    }
    let masks = Masks::read(&read("masks.toml")).unwrap();
    let server = Path::new(env!("CARGO_BIN_EXE_native-node"));
    let shown = std::thread::scope(|scope| {
        let run = |name| scope.spawn(move || real::run_with(&session(name), server).unwrap());
        ["seed1", "seed2"].map(|name| (name, run(name))).map(|(name, t)| (name, t.join().unwrap()))
    });
    let mut differences = Vec::new();
    for (name, screens) in shown {
        let steps = session(name);
        let simulated = sandbox::run(&steps).unwrap().steps;
        for ((step, native), simulated) in steps.iter().zip(&screens).zip(&simulated) {
            let known = KNOWN.iter().any(|(s, line, _)| *s == name && *line == step.text);
            let different = difference(native, simulated, &masks);
            if let Some(what) = different.filter(|_| !known) {
                differences.push(format!("{name}, line {}: {}\n{what}", step.line, step.text));
            }
        }
    }
    assert!(differences.is_empty(), "{}\n{}", differences.len(), differences.join("\n"));
}
