//! What a node's replies say it believes, without what depends on the moment.

use std::collections::{BTreeMap, BTreeSet};

/// The length of the reply that `bytes` begin with, once all of it is there: a line or a string.
pub fn reply_len(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|two| two == b"\r\n")? + 2;
    let text = std::str::from_utf8(&bytes[..line]).ok()?.trim_end();
    match text.strip_prefix('$').map(|len| len.parse::<usize>()) {
        Some(Ok(len)) => (bytes.len() >= line + len + 2).then_some(line + len + 2),
        _ => Some(line),
    }
}

/// The lines of CLUSTER NODES: id, address, flags, master, epoch and slots. Masked: when pings
/// were sent and answered, whether a link is up, and the order.
pub fn believed(nodes: &str) -> BTreeSet<String> {
    let lines = nodes.lines().filter(|line| line.split(' ').count() >= 8);
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            [&words[..4], &[words[6]], &words[8..]].concat().join(" ")
        })
        .collect()
}

/// The fields of CLUSTER INFO. Masked: counters of messages.
pub fn fields(info: &str) -> BTreeMap<&str, &str> {
    let all = info.lines().filter_map(|line| line.split_once(':'));
    all.filter(|(name, _)| !name.starts_with("cluster_stats_")).collect()
}

/// What of a reply must be equal, as text.
pub fn essence(reply: &[u8]) -> String {
    let text = String::from_utf8_lossy(reply);
    let nodes = believed(&text);
    if !nodes.is_empty() {
        return format!("{nodes:#?}");
    }
    if text.contains("cluster_state:") {
        return format!("{:#?}", fields(&text));
    }
    text.into_owned()
}
