//! A full synchronisation: from the word REPLICATE to the link that is up.

use std::time::Instant;

use anyhow::Result;

use super::Bench;
use super::server::Kind;
use super::stats::Pairs;

const VALUE: usize = 100;

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let keys = bench.size(1_000_000, 200_000);
    let mut pairs = Pairs::default();
    for round in 0..bench.rounds.min(3) {
        for kind in Kind::both(round) {
            pairs.add(kind, one(bench, kind, keys)?);
        }
    }
    Ok(format!(
        "## Full synchronisation\n\nA replica without data joins a master with {keys} keys of 16 \
         bytes and values of {VALUE} bytes (diskless, no delay): megabytes of keys and values a \
         second until the link is up.\n\n| redis-server | native-node | ratio \
         |\n|---|---|---|\n| {:.1} | {:.1} | {} |\n",
        pairs.redis(),
        pairs.native(),
        pairs.ratio()
    ))
}

fn one(bench: &Bench, kind: Kind, keys: u64) -> Result<f64> {
    let (master, replica) = (bench.start(kind, 2, &[])?, bench.start(kind, 3, &[])?);
    master.own_all()?;
    let mut client = master.client()?;
    client.fill(0, keys, VALUE)?;
    let mut other = replica.client()?;
    other.ask(&["CLUSTER", "MEET", "127.0.0.1", &master.port.to_string()])?;
    other.wait(&["CLUSTER", "NODES"], |nodes| nodes.contains(" 0-16383"))?;
    let began = Instant::now();
    other.ask(&["CLUSTER", "REPLICATE", &client.ask(&["CLUSTER", "MYID"])?])?;
    other.wait(&["INFO", "replication"], |info| info.contains("master_link_status:up"))?;
    let megabytes = (keys * (16 + VALUE as u64)) as f64 / 1e6;
    Ok(megabytes / began.elapsed().as_secs_f64())
}
