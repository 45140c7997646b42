//! From kill -9 of a master to the first accepted write to one of its slots.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::Bench;
use super::client::Client;
use super::server::{Kind, Server};
use super::stats::Pairs;
use crate::shell;

/// Three masters and a replica for each.
const NODES: u16 = 6;
/// The first of their ports, counted from the bench's own: the other sections use four.
const FIRST: u16 = 4;

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let mut text = String::from(
        "## Failover\n\nFrom kill -9 of a master to the first accepted write to one of its slots: \
         three masters with a replica each, node timeout 2 s, everything else as it is by \
         default; milliseconds. `valkey9` is native-node's `election-profile` with the rules that \
         Valkey 9 has; redis-server is the same in both rows.\n\n| native-node's profile | \
         redis-server | native-node | ratio |\n|---|---|---|---|\n",
    );
    for profile in ["redis7", "valkey9"] {
        let mut pairs = Pairs::default();
        for round in 0..bench.rounds {
            for kind in Kind::both(round) {
                pairs.add(kind, one(bench, kind, profile)?);
            }
        }
        let row = format!(
            "| {profile} | {:.0} | {:.0} | {} |\n",
            pairs.redis(),
            pairs.native(),
            pairs.ratio()
        );
        eprint!("{row}");
        text.push_str(&row);
    }
    Ok(text)
}

/// One cluster and one kill; milliseconds.
fn one(bench: &Bench, kind: Kind, profile: &str) -> Result<f64> {
    let timeout = ["--cluster-node-timeout", "2000"];
    let profile = ["--election-profile", profile];
    let extra = match kind {
        Kind::Redis => timeout.to_vec(),
        Kind::Native => [timeout, profile].concat(),
    };
    let start = |place| bench.start(kind, FIRST + place, &extra);
    let mut servers = (0..NODES).map(start).collect::<Result<Vec<Server>>>()?;
    let mut create = Command::new("redis-cli");
    create.args(["--cluster", "create", "--cluster-yes", "--cluster-replicas", "1"]);
    create.args(servers.iter().map(|server| format!("127.0.0.1:{}", server.port)));
    ensure!(shell::answer(&mut create).is_some(), "redis-cli --cluster create failed");
    for server in &servers {
        let mut client = server.client()?;
        client.wait(&["CLUSTER", "INFO"], |info| info.contains("cluster_state:ok"))?;
        client.wait(&["CLUSTER", "NODES"], |nodes| nodes.matches("slave").count() == 3)?;
        // A replica that has never heard its master cannot take over.
        client.wait(&["INFO", "replication"], |info| {
            info.contains("role:master") || info.contains("master_link_status:up")
        })?;
    }
    let first = servers[0].port;
    let replica = replica_of(&mut servers[0].client()?)?;
    let mut heir = Client::connect(replica)?;
    let key = key_of(&mut servers[0].client()?)?;
    servers[0].kill()?;
    let killed = Instant::now();
    while heir.ask(&["SET", &key, "after"]).is_err() {
        let waited = killed.elapsed();
        ensure!(waited < Duration::from_secs(60), "nobody took over from 127.0.0.1:{first}");
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(killed.elapsed().as_secs_f64() * 1000.0)
}

/// The port of a master's replica.
fn replica_of(master: &mut Client) -> Result<u16> {
    let id = master.ask(&["CLUSTER", "MYID"])?;
    let nodes = master.ask(&["CLUSTER", "REPLICAS", &id])?;
    let address = nodes.split_whitespace().nth(1).context("the first master has no replica")?;
    let port = address.split(['@', ':']).nth(1).context("an address without a port")?;
    Ok(port.parse()?)
}

/// A key that this master accepts.
fn key_of(master: &mut Client) -> Result<String> {
    let mut keys = (0..1000).map(|n| format!("key:{n}"));
    keys.find(|key| master.ask(&["SET", key, "before"]).is_ok()).context("no key is accepted")
}
