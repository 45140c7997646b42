//! What replicas and the append-only file are told of consumer groups: commands that have the same
//! effect whenever they run (`streamPropagateXCLAIM` and its kin).

use engine_store::StreamId;
use engine_store::stream::{Group, Pending};

use super::{Call, Propagation};

/// Commands to be passed on in place of the one that runs.
pub(super) struct ToldInstead {
    commands: Vec<Vec<Vec<u8>>>,
    wanted: bool,
}

impl ToldInstead {
    /// Nothing is kept when nobody listens.
    pub(super) fn new(call: &Call<'_>) -> Self {
        Self { commands: Vec::new(), wanted: call.node.someone_listens() }
    }

    /// An entry is pending as this says. `id` stands as it was written.
    pub(super) fn claim(
        &mut self,
        key: &[u8],
        group: (&[u8], &Group),
        id: &[u8],
        pending: &Pending,
    ) {
        if !self.wanted {
            return;
        }
        let (given, times) = (pending.given.to_string(), (pending.times as i64).to_string());
        let last = group.1.last_id.to_string();
        self.push(&[
            b"XCLAIM",
            key,
            group.0,
            &pending.consumer,
            b"0",
            id,
            b"TIME",
            given.as_bytes(),
            b"RETRYCOUNT",
            times.as_bytes(),
            b"FORCE",
            b"JUSTID",
            b"LASTID",
            last.as_bytes(),
        ]);
    }

    /// As [`Self::claim`] for the entry of that id in the group.
    pub(super) fn claim_of(&mut self, key: &[u8], group: (&[u8], &Group), id: StreamId) {
        if let Some(pending) = group.1.pending().get(&id)
            && self.wanted
        {
            self.claim(key, group, id.to_string().as_bytes(), pending);
        }
    }

    /// How far a group has come (`streamPropagateGroupID`).
    pub(super) fn group_id(&mut self, key: &[u8], group: (&[u8], &Group)) {
        let (last, read) = (group.1.last_id.to_string(), group.1.read.unwrap_or(-1).to_string());
        self.push(&[
            b"XGROUP",
            b"SETID",
            key,
            group.0,
            last.as_bytes(),
            b"ENTRIESREAD",
            read.as_bytes(),
        ]);
    }

    /// A consumer was made (`streamPropagateConsumerCreation`).
    pub(super) fn consumer(&mut self, key: &[u8], group: &[u8], name: &[u8]) {
        self.push(&[b"XGROUP", b"CREATECONSUMER", key, group, name]);
    }

    fn push(&mut self, words: &[&[u8]]) {
        if self.wanted {
            self.commands.push(words.iter().map(|word| word.to_vec()).collect());
        }
    }

    /// Passes them on in place of the command.
    pub(super) fn pass(self, call: &mut Call<'_>) {
        call.propagation = Propagation::Instead(self.commands);
    }
}
