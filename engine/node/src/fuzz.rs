//! Bodies for the fuzz targets, always compiled: each takes any bytes and panics only on a defect.

use engine_base::{Now, Rng, Seed, UnixMs};
use engine_bus::NodeFlags;

use crate::cluster::{ClusterConfig, ClusterState};
use crate::config::{Config, NoHost};

/// Reads `bytes` as nodes.conf. What is accepted is written, read again, and written the same.
///
/// # Panics
/// On a defect.
pub fn nodes_conf(bytes: &[u8]) {
    let Some(written) = rewritten(bytes).filter(|_| looked_at_closely(bytes)) else { return };
    // Once: names and numbers that were cut or clamped stay as they are from then on.
    let again = rewritten(written.as_bytes()).expect("our own nodes.conf is good");
    assert_eq!(again, written);
}

/// Writing and reading again takes many times what reading takes: one input of eight.
fn looked_at_closely(bytes: &[u8]) -> bool {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).is_multiple_of(8)
}

fn rewritten(bytes: &[u8]) -> Option<String> {
    let now = Now { unix: UnixMs(1_700_000_000_000), ..Now::default() };
    let config = ClusterConfig::default();
    let rng = Rng::new(Seed::from_number(1));
    let state = ClusterState::boot(now, &config, rng, Some(bytes)).ok()?;
    let _ = state.nodes_text(NodeFlags::empty());
    // Nodes are found in the order in which they are named, so a replica's line moves its master.
    let written = state.nodes_conf();
    let mut lines: Vec<&str> = written.lines().collect();
    lines.sort_unstable();
    Some(lines.join("\n"))
}

/// Reads `bytes` as redis.conf. What is accepted is rewritten (`CONFIG REWRITE`) and accepted
/// again; from then on no directive changes its value by being rewritten.
///
/// # Panics
/// On a defect.
pub fn redis_conf(bytes: &[u8]) {
    let Ok(first) = Config::parse_on(bytes, "", &mut NoHost) else { return };
    let _ = first.notices();
    if !looked_at_closely(bytes) {
        return;
    }
    // A NUL ends what is read, but not what is rewritten.
    let read = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = first.rewrite(&String::from_utf8_lossy(read));
    // Words that are empty are lost on the way, in Redis too: hence the second round.
    let second = reread(&text);
    let third = reread(&second.rewrite(&text));
    for (before, after) in second.get(&["*"]).iter().zip(third.get(&["*"])) {
        let name = String::from_utf8_lossy(&before.0);
        assert_eq!(before.1, after.1, "{name} has changed in\n{text}");
    }
}

/// Reads `bytes` as a file of users (`aclfile`). What is accepted is written, read again, and written
/// the same.
///
/// # Panics
/// On a defect.
pub fn acl_file(bytes: &[u8]) {
    let Some(written) = crate::acl::rewritten_file(bytes) else { return };
    if looked_at_closely(bytes) {
        let again = crate::acl::rewritten_file(&written).expect("our own file of users is good");
        assert_eq!(again, written);
    }
}

fn reread(text: &str) -> Config {
    match Config::parse_on(text.as_bytes(), "", &mut NoHost) {
        Ok(config) => config,
        Err(why) => panic!("our own redis.conf is refused: {why}\n{text}"),
    }
}
