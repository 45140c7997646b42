//! What a client is in the middle of: the `CLIENT_*` flags of server.h that have a meaning here.

use bitflags::bitflags;

bitflags! {
    /// The states of a client that can hold together.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct ClientFlags: u32 {
        /// After MULTI, before EXEC or DISCARD.
        const MULTI = 1 << 0;
        /// A watched key was touched: EXEC will answer nil.
        const DIRTY_CAS = 1 << 1;
        /// A command could not be queued: EXEC will answer EXECABORT.
        const DIRTY_EXEC = 1 << 2;
        /// ASKING was sent: the next command may reach an importing slot.
        const ASKING = 1 << 3;
        /// READONLY was sent: a replica may serve this client's reads.
        const READONLY = 1 << 4;
        /// Close when all is flushed, and take no more commands.
        const CLOSE_AFTER_REPLY = 1 << 5;
        /// The link on which the master's stream is applied.
        const MASTER = 1 << 6;
        /// A replica of this node.
        const REPLICA = 1 << 7;
        /// MONITOR was sent.
        const MONITOR = 1 << 8;
        /// `CLIENT REPLY OFF`.
        const REPLY_OFF = 1 << 9;
        /// `CLIENT REPLY SKIP`: the next command is not answered.
        const REPLY_SKIP_NEXT = 1 << 10;
        /// This command is not answered.
        const REPLY_SKIP = 1 << 11;
        /// `CLIENT NO-EVICT on`.
        const NO_EVICT = 1 << 12;
        /// Inside EXEC: what blocks must not.
        const DENY_BLOCKING = 1 << 13;
        /// The link on which slots come from another node (`CLUSTER SYNCSLOTS ESTABLISH`).
        const IMPORT = 1 << 14;
        /// It carries out what a script calls (`CLIENT_SCRIPT`).
        const SCRIPT = 1 << 15;
        /// Something is forbidden to its user: see `acl`.
        const RESTRICTED = 1 << 16;
    }
}
