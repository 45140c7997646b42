//! What a node promises is on its disk before it is said (cluster specification, "Slave election
//! and promotion"): the epoch of a vote before the vote, a new current epoch before votes are
//! asked for in it.

use engine_base::{Mono, NodeId};
use engine_bus::MessageType;

use super::Violation;

/// A packet goes out; `conf` is what the sender's nodes.conf would hold after a power cut.
pub(crate) fn check(
    at: Mono,
    sender: NodeId,
    kind: MessageType,
    epoch: u64,
    conf: Option<&[u8]>,
) -> Result<(), Violation> {
    let variable = match kind {
        MessageType::AuthAck => "lastVoteEpoch",
        MessageType::AuthRequest => "currentEpoch",
        _ => return Ok(()),
    };
    let durable = conf.and_then(|conf| read(conf, variable)).unwrap_or(0);
    if durable >= epoch {
        return Ok(());
    }
    Err(Violation {
        rule: "epochs are on the disk before they are used",
        at,
        seen: format!("{sender} sent {kind:?} of epoch {epoch} with {variable} {durable} on disk"),
    })
}

/// A number of the last line of nodes.conf.
fn read(conf: &[u8], variable: &str) -> Option<u64> {
    let text = String::from_utf8_lossy(conf);
    let mut words = text.lines().find(|line| line.starts_with("vars "))?.split(' ');
    words.find(|word| *word == variable)?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_that_a_power_cut_would_undo_is_seen() {
        let id = NodeId::from_wire([b'a'; 40]);
        let conf: &[u8] = b"a line\nvars currentEpoch 9 lastVoteEpoch 7\n";
        let check = |kind, epoch, conf| check(Mono::ZERO, id, kind, epoch, conf);
        assert_eq!(check(MessageType::AuthAck, 7, Some(conf)), Ok(()));
        assert!(check(MessageType::AuthAck, 8, Some(conf)).is_err());
        assert!(check(MessageType::AuthAck, 1, None).is_err());
        assert_eq!(check(MessageType::AuthRequest, 9, Some(conf)), Ok(()));
        assert!(check(MessageType::AuthRequest, 10, Some(conf)).is_err());
        assert_eq!(check(MessageType::Fail, 10, None), Ok(()));
    }
}
