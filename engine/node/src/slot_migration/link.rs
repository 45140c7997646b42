//! The source's end of a migration's link: what it sends waits in bounded pieces, what comes is a
//! line or two, then requests.

use engine_base::{LinkId, Now};
use engine_resp::{Limits, RequestParser};

use super::{JobName, State};
use crate::Node;
use crate::api::Action;
use crate::links::Link;
use crate::replication::encode;

/// A line of the target's answers is at most so long.
const LINE_MAX: usize = 16 * 1024;
/// A request of the target is a few short words.
const REQUEST_MAX: u64 = 1024;

/// The link on which slots leave this node.
#[derive(Clone)]
pub(crate) struct ExportLink {
    pub(crate) job: JobName,
    input: Vec<u8>,
    parser: RequestParser,
    /// Bytes given to the driver that it has not sent yet.
    pub(super) unsent: usize,
}

impl ExportLink {
    pub(super) fn new(job: JobName) -> Self {
        Self { job, input: Vec::new(), parser: RequestParser::default(), unsent: 0 }
    }
}

/// What the target said.
enum Heard {
    Line(String),
    Request(Vec<Vec<u8>>),
    Nothing,
    Nonsense,
}

impl Node {
    pub(super) fn export_link(&mut self, link: LinkId) -> Option<&mut ExportLink> {
        match self.links.get_mut(link) {
            Some(Link::Export(export)) => Some(export),
            _ => None,
        }
    }

    /// Bytes that wait on a link to a target.
    pub(crate) fn export_waiting(&self, link: LinkId) -> usize {
        match self.links.get(link) {
            Some(Link::Export(export)) => export.unsent,
            _ => 0,
        }
    }

    /// Bytes on their way to the target.
    pub(super) fn send_export(&mut self, link: LinkId, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let Some(export) = self.export_link(link) else { return };
        export.unsent += bytes.len();
        self.out.push(Action::Send { link, bytes: bytes.into() });
    }

    /// Words for the target.
    pub(super) fn say_export(&mut self, link: LinkId, words: &[&[u8]]) {
        let mut bytes = Vec::new();
        encode(words, &mut bytes);
        self.send_export(link, bytes);
    }

    /// `CLUSTER SYNCSLOTS word`, to the target.
    pub(super) fn sync_slots_word(&mut self, link: LinkId, word: &str) {
        self.say_export(link, &[b"CLUSTER", b"SYNCSLOTS", word.as_bytes()]);
    }

    /// The driver has sent some of what waited.
    pub(crate) fn export_sent(&mut self, now: Now, link: LinkId, n: usize) {
        let Some(export) = self.export_link(link) else { return };
        export.unsent = export.unsent.saturating_sub(n);
        let name = export.job;
        self.pump_export(now, &name);
        self.try_pause_export(now, &name);
    }

    /// The target says something.
    pub(crate) fn export_bytes(&mut self, now: Now, link: LinkId, bytes: &[u8]) {
        let Some(export) = self.export_link(link) else { return };
        export.input.extend_from_slice(bytes);
        let name = export.job;
        loop {
            let Some(state) = self.slot_migrations.find(&name).map(|job| job.state) else { return };
            match self.hear(link, matches!(state, State::ReadAuth | State::ReadEstablish)) {
                Heard::Line(line) if state == State::ReadAuth => {
                    self.export_authenticated(now, &name, &line);
                }
                Heard::Line(line) => self.export_established(now, &name, &line),
                Heard::Request(words) => self.export_request(now, &name, &words),
                Heard::Nothing => return,
                Heard::Nonsense => {
                    return self.fail_slot_migration(now, &name, UNKNOWN);
                }
            }
        }
    }

    /// The next line or request, when one is complete.
    fn hear(&mut self, link: LinkId, wants_line: bool) -> Heard {
        let Some(export) = self.export_link(link) else { return Heard::Nothing };
        if wants_line {
            let Some(end) = export.input.iter().position(|b| *b == b'\n') else {
                let long = export.input.len() > LINE_MAX;
                return if long { Heard::Nonsense } else { Heard::Nothing };
            };
            let line: Vec<u8> = export.input.drain(..=end).collect();
            return Heard::Line(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        let limits = Limits { max_bulk: REQUEST_MAX, unauthenticated: false };
        match export.parser.parse(&export.input, &limits) {
            Ok(true) => {
                let words = export.parser.args(&export.input).map(<[u8]>::to_vec).collect();
                let used = export.parser.consumed().min(export.input.len());
                export.input.drain(..used);
                export.parser.rebase(used);
                Heard::Request(words)
            }
            Ok(false) => Heard::Nothing,
            Err(_) => Heard::Nonsense,
        }
    }

    /// The target closed the link, or it broke.
    pub(crate) fn export_closed(&mut self, now: Now, link: LinkId) {
        let Some(Link::Export(export)) = self.links.remove(link) else { return };
        let Some(job) = self.slot_migrations.find_mut(&export.job) else { return };
        job.link = None;
        if !job.state.is_in_progress() || job.state == State::Granted {
            // Once granted, the slots may be the target's already: the bus will tell, or the
            // pause runs out.
            return;
        }
        self.fail_slot_migration(now, &export.job, TARGET_LOST);
    }
}

const TARGET_LOST: &str = "Connection lost to target. Check CLUSTER GETSLOTMIGRATIONS on the target \
node for more information.";
pub(super) const UNKNOWN: &str = "Unknown SYNCSLOTS subcommand used";
