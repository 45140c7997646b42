//! Keys moved a second while the real redis-cli reshards.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::server::Kind;
use super::stats::Pairs;
use crate::shell;

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let keys = bench.size(400_000, 80_000);
    let slots = bench.size(4096, 2048);
    let mut pairs = Pairs::default();
    for round in 0..bench.rounds.min(3) {
        for kind in Kind::both(round) {
            pairs.add(kind, one(bench, kind, keys, slots)?);
        }
    }
    Ok(format!(
        "## Resharding\n\n`redis-cli --cluster reshard` (Redis 7.0.15) moves {slots} slots from \
         one master to another, {keys} small keys in all: keys moved a second.\n\n| redis-server \
         | native-node | ratio |\n|---|---|---|\n| {:.0} | {:.0} | {} |\n",
        pairs.redis(),
        pairs.native(),
        pairs.ratio()
    ))
}

fn one(bench: &Bench, kind: Kind, keys: u64, slots: u32) -> Result<f64> {
    let (from, to) = (bench.start(kind, 2, &[])?, bench.start(kind, 3, &[])?);
    from.own_all()?;
    let mut client = from.client()?;
    client.fill(0, keys, 16)?;
    let mut other = to.client()?;
    other.ask(&["CLUSTER", "MEET", "127.0.0.1", &from.port.to_string()])?;
    other.wait(&["CLUSTER", "NODES"], |nodes| nodes.contains(" 0-16383"))?;
    client.wait(&["CLUSTER", "INFO"], |info| info.contains("cluster_known_nodes:2"))?;
    // It has joined, and for a while serves nobody.
    other.wait(&["CLUSTER", "INFO"], |info| info.contains("cluster_state:ok"))?;
    let mut check = Command::new("redis-cli");
    check.args(["--cluster", "check", &format!("127.0.0.1:{}", from.port)]);
    let end = Instant::now() + Duration::from_secs(30);
    while shell::answer(&mut check).is_none_or(|said| !said.contains("[OK] All nodes agree")) {
        ensure!(Instant::now() < end, "the two masters do not agree");
    }
    let began = Instant::now();
    let mut command = Command::new("redis-cli");
    command.args(["--cluster", "reshard", &format!("127.0.0.1:{}", from.port)]);
    command.args(["--cluster-from", &client.ask(&["CLUSTER", "MYID"])?]);
    command.args(["--cluster-to", &other.ask(&["CLUSTER", "MYID"])?]);
    command.args(["--cluster-slots", &slots.to_string(), "--cluster-yes"]);
    let output = command.output().context("redis-cli")?;
    let said = shell::without_colours(&String::from_utf8_lossy(&output.stdout));
    let last = said.trim_end().lines().next_back().unwrap_or_default();
    ensure!(output.status.success(), "redis-cli --cluster reshard of {kind:?} failed: {last}");
    let seconds = began.elapsed().as_secs_f64();
    let moved: u64 = other.ask(&["DBSIZE"])?.parse()?;
    ensure!(moved > 0, "no key has moved");
    Ok(moved as f64 / seconds)
}
