//! What a client that has no answer yet is waiting for.

use engine_base::Mono;

/// A client that waits. Its command is answered later, or times out.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    /// When it gives up; [`Mono::NEVER`] for no limit.
    pub(crate) deadline: Mono,
    /// For what it waits.
    pub(crate) wait: Wait,
}

/// The reasons to wait.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    /// `BLPOP` and its kin: for one of these keys to hold a value of the right type.
    Keys(KeyWait),
    /// `WAIT`: for replicas to acknowledge.
    Replicas {
        /// How many.
        count: usize,
        /// Up to which offset of this master.
        offset: u64,
    },
    /// `CLUSTER SETSLOT … TIMEOUT`: for replicas to have heard of it.
    SetSlot {
        /// How many.
        count: usize,
        /// Up to which offset of this master.
        offset: u64,
        /// The command, without its timeout.
        args: Vec<Vec<u8>>,
    },
    /// `MIGRATE`: for the target node to answer.
    Migrate,
    /// `SAVE`: for the file to be on the disk.
    Save,
    /// Its script, which runs for long.
    Script,
    /// A pause (`CLIENT PAUSE`, a manual failover): the command in the query buffer waits.
    Paused,
}

/// A wait for keys: the command is run again when one of them may serve it.
#[derive(Clone, Debug)]
pub(crate) struct KeyWait {
    /// The database.
    pub(crate) db: usize,
    /// The keys, in the order of the command.
    pub(crate) keys: Vec<Vec<u8>>,
    /// The command as it was sent.
    pub(crate) args: Vec<Vec<u8>>,
    /// The answer when time runs out, already in the client's protocol.
    pub(crate) timeout_reply: Vec<u8>,
}
