//! Resident bytes a key: sixteen bytes of key and of value.

use anyhow::Result;

use super::Bench;
use super::process::resident;
use super::server::Kind;
use super::stats::Pairs;

pub(super) fn measure(bench: &Bench) -> Result<String> {
    let keys = bench.size(1_000_000, 200_000);
    let mut pairs = Pairs::default();
    for round in 0..bench.rounds.min(3) {
        for kind in Kind::both(round) {
            let server = bench.start(kind, 2, &[])?;
            server.own_all()?;
            let before = resident(server.pid())?;
            server.client()?.fill(0, keys, 16)?;
            let grown = resident(server.pid())?.saturating_sub(before);
            pairs.add(kind, grown as f64 / keys as f64);
        }
    }
    Ok(format!(
        "## Memory\n\nResident bytes a key, {keys} keys of 16 bytes with values of 16 bytes.\n\n\
         | redis-server | native-node | ratio |\n|---|---|---|\n| {:.0} | {:.0} | {} |\n",
        pairs.redis(),
        pairs.native(),
        pairs.ratio()
    ))
}
