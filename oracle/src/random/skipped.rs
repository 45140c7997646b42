//! Commands that are not drawn, each with its reason. What native-node does not name in its own
//! COMMAND DOCS is not drawn either.

use super::Mode;

/// Beginnings of names in capitals, and why.
const SKIPPED: [(&str, &str); 41] = [
    ("SHUTDOWN", "ends the server"),
    ("FAILOVER", "needs a replica"),
    ("REPLICAOF", "needs a master"),
    ("SLAVEOF", "needs a master"),
    ("MONITOR", "its answers never end"),
    ("SYNC", "its answer never ends"),
    ("PSYNC", "its answer never ends"),
    ("REPLCONF", "makes the client a replica, to whom nothing is answered"),
    ("SUBSCRIBE", "several answers for one command; see the talks"),
    ("PSUBSCRIBE", "several answers for one command; see the talks"),
    ("SSUBSCRIBE", "several answers for one command; see the talks"),
    ("UNSUBSCRIBE", "several answers for one command; see the talks"),
    ("PUNSUBSCRIBE", "several answers for one command; see the talks"),
    ("SUNSUBSCRIBE", "several answers for one command; see the talks"),
    ("QUIT", "ends the connection; see the talks"),
    ("CLIENT REPLY", "may silence the answers"),
    ("CLIENT PAUSE", "holds every client back for a while"),
    ("CLIENT KILL", "may end the connections of the comparison"),
    ("CLIENT UNBLOCK", "names clients by numbers that differ"),
    ("MULTI", "see the transactions"),
    ("EXEC", "see the transactions"),
    ("BGSAVE", "the next answer depends on how long the child takes"),
    ("BGREWRITEAOF", "the append-only file is compared as a whole"),
    ("SAVE", "slow, and there is nothing to compare"),
    ("PFDEBUG", "for Redis's own tests"),
    ("PFSELFTEST", "for Redis's own tests"),
    ("MIGRATE", "needs another server"),
    ("WAIT", "waits for replicas"),
    ("CONFIG", "has a mode of its own"),
    ("LATENCY DOCTOR", "prose about times"),
    ("MEMORY DOCTOR", "prose about memory"),
    ("MEMORY MALLOC-STATS", "prose about memory"),
    ("LOLWUT", "art"),
    ("CLUSTER MEET", "the two servers would look for others"),
    ("CLUSTER RESET", "gives the node another id"),
    ("CLUSTER HELP", "tells of the engine's own subcommands too"),
    ("ZREMRANGEBYLEX", "promised only where all scores are equal: what is left would differ"),
    ("RANDOMKEY", "a random key"),
    ("SCRIPT DEBUG", "there is no debugger"),
    ("FUNCTION LIST", "libraries have no order"),
    ("FUNCTION DUMP", "libraries have no order"),
];

/// In a cluster of one all else would be refused behind these; the mode `slots` draws them.
const OF_SLOTS: [&str; 4] =
    ["CLUSTER DELSLOTS", "CLUSTER DELSLOTSRANGE", "CLUSTER FLUSHSLOTS", "CLUSTER SETSLOT"];

/// Whether a command of this name and group is left out.
pub(super) fn is_skipped(name: &str, mode: Mode) -> bool {
    mode != Mode::Slots && OF_SLOTS.contains(&name)
        || SKIPPED.iter().any(|(skipped, _)| {
            name.strip_prefix(skipped).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
}
