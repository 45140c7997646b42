//! What happened, as names and words: the events of nodes and of their world.

use std::collections::BTreeMap;

use engine::node::EventKind;
use engine::sim::What;
use serde::Deserialize;

/// Every event with its fields. `node` (where it happened) is a field of all.
pub const EVENTS: &[(&str, &[&str])] = &[
    ("server-started", &[]),
    ("server-ended", &["code", "serving"]),
    ("server-stopped", &[]),
    ("server-continued", &[]),
    ("fault", &["words"]),
    ("node-added", &["of"]),
    ("node-removed", &["of"]),
    ("handshake-done", &["of"]),
    ("pfail-marked", &["of"]),
    ("pfail-cleared", &["of"]),
    ("failure-reported", &["of", "by", "reports"]),
    ("fail-marked", &["of", "agree", "needed", "told"]),
    ("fail-cleared", &["of"]),
    ("cluster-state", &["ok"]),
    ("current-epoch", &["epoch"]),
    ("config-epoch", &["of", "epoch"]),
    ("election-scheduled", &["delay", "rank"]),
    ("election-started", &["epoch", "needed"]),
    ("election-expired", &["epoch"]),
    ("vote-granted", &["to", "epoch"]),
    ("vote-refused", &["to", "epoch", "reason"]),
    ("vote-received", &["from", "epoch", "have"]),
    ("election-won", &["epoch"]),
    ("manual-failover", &["step"]),
    ("role", &["of", "master"]),
    ("slots-moved", &["from", "to", "epoch"]),
    ("slot-migrating", &["slot", "to"]),
    ("slot-importing", &["slot", "from"]),
    ("redirected", &["kind", "slot", "command"]),
    ("admin-command", &["words"]),
    ("replica-sync", &["step"]),
];

/// What an event must look like: its name, and words for some of its fields. A word that begins
/// with `$` is a node that was bound to that name. The field `after` holds the name of a node
/// that must have been bound before.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pattern {
    /// The event's name, of [`EVENTS`].
    pub event: String,
    /// Fields and their words.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Word>,
}

/// A word in a pattern: numbers and truth values are compared as they are written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Word {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// A truth value.
    Truth(bool),
}

impl Word {
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Truth(truth) => truth.to_string(),
        }
    }
}

impl Pattern {
    /// Problem and remedy, when the pattern can match nothing.
    pub(crate) fn validate(&self) -> Result<(), (String, String)> {
        let Some((_, fields)) = EVENTS.iter().find(|(name, _)| *name == self.event) else {
            let names: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
            return Err((
                format!("there is no event {:?}", self.event),
                format!("write one of {}", names.join(", ")),
            ));
        };
        let known = |f: &str| f == "node" || f == "after" || fields.contains(&f);
        match self.fields.keys().find(|f| !known(f)) {
            None => Ok(()),
            Some(field) => Err((
                format!("the event {:?} has no field {field:?}", self.event),
                format!("write one of node, after, {}", fields.join(", ")),
            )),
        }
    }

    /// Whether a happening is meant; `bound` gives the node that a name stands for.
    pub(crate) fn fits(
        &self,
        happening: &Happening,
        bound: impl Fn(&str) -> Option<String>,
    ) -> bool {
        self.event == happening.name
            && self.fields.iter().all(|(field, word)| {
                let word = word.text();
                if field == "after" {
                    return bound(&word).is_some();
                }
                let word = match word.strip_prefix('$') {
                    Some(name) => bound(name),
                    None => Some(word),
                };
                word.is_some() && happening.fields.get(field.as_str()) == word.as_ref()
            })
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Virtual microseconds since the world's beginning.
    pub at_us: u64,
    /// Its name, of [`EVENTS`].
    pub name: &'static str,
    /// Its fields; nodes are named as `db01:6380`.
    pub fields: BTreeMap<&'static str, String>,
}

/// Puts an entry of the world's history into words; `None` for what no lesson asks about.
/// `name_of` names the node of an id.
pub fn happening(
    at_us: u64,
    node: &str,
    what: &What,
    name_of: impl Fn(&engine::base::NodeId) -> String,
) -> Option<Happening> {
    let (name, fields): (&'static str, Vec<(&'static str, String)>) = match what {
        What::ServerStarted => ("server-started", vec![]),
        What::ServerEnded(code) => ("server-ended", vec![("code", code.to_string())]),
        What::ServerStopped => ("server-stopped", vec![]),
        What::ServerContinued => ("server-continued", vec![]),
        What::Fault(words) => ("fault", vec![("words", words.clone())]),
        What::Node(kind) => of_node(kind, &name_of)?,
    };
    let mut fields: BTreeMap<&'static str, String> = fields.into_iter().collect();
    fields.insert("node", node.to_owned());
    Some(Happening { at_us, name, fields })
}

type Named = (&'static str, Vec<(&'static str, String)>);

fn of_node(kind: &EventKind, name: &impl Fn(&engine::base::NodeId) -> String) -> Option<Named> {
    let maybe = |id: &Option<engine::base::NodeId>| id.as_ref().map(name).unwrap_or_default();
    Some(match kind {
        EventKind::HandshakeDone { id } => ("handshake-done", vec![("of", name(id))]),
        EventKind::NodeAdded { id, .. } => ("node-added", vec![("of", name(id))]),
        EventKind::NodeRemoved { id } => ("node-removed", vec![("of", name(id))]),
        EventKind::PfailMarked { of } => ("pfail-marked", vec![("of", name(of))]),
        EventKind::PfailCleared { of } => ("pfail-cleared", vec![("of", name(of))]),
        EventKind::FailureReported { by, of, reports } => (
            "failure-reported",
            vec![("by", name(by)), ("of", name(of)), ("reports", reports.to_string())],
        ),
        EventKind::FailMarked { of, agree, needed, told_by } => (
            "fail-marked",
            vec![
                ("of", name(of)),
                ("agree", agree.to_string()),
                ("needed", needed.to_string()),
                ("told", told_by.is_some().to_string()),
            ],
        ),
        EventKind::FailCleared { of } => ("fail-cleared", vec![("of", name(of))]),
        EventKind::ClusterState { ok } => ("cluster-state", vec![("ok", ok.to_string())]),
        EventKind::CurrentEpoch { epoch } => ("current-epoch", vec![("epoch", epoch.to_string())]),
        EventKind::ConfigEpoch { of, epoch } => {
            ("config-epoch", vec![("of", name(of)), ("epoch", epoch.to_string())])
        }
        EventKind::Role { of, master } => {
            ("role", vec![("of", name(of)), ("master", maybe(master))])
        }
        EventKind::SlotsMoved { from, to, epoch, .. } => (
            "slots-moved",
            vec![("from", maybe(from)), ("to", maybe(to)), ("epoch", epoch.to_string())],
        ),
        EventKind::SlotMigrating { slot, to } => {
            ("slot-migrating", vec![("slot", slot.to_string()), ("to", maybe(to))])
        }
        EventKind::SlotImporting { slot, from } => {
            ("slot-importing", vec![("slot", slot.to_string()), ("from", maybe(from))])
        }
        EventKind::Redirected { kind, slot, command } => (
            "redirected",
            vec![
                ("kind", (*kind).to_owned()),
                ("slot", slot.map(|s| s.to_string()).unwrap_or_default()),
                ("command", (*command).to_owned()),
            ],
        ),
        EventKind::AdminCommand { words } => ("admin-command", vec![("words", words.join(" "))]),
        EventKind::ReplicaSync { step, .. } => ("replica-sync", vec![("step", (*step).to_owned())]),
        EventKind::ManualFailover { step } => {
            ("manual-failover", vec![("step", (*step).to_owned())])
        }
        other => return of_election(other, name),
    })
}

fn of_election(kind: &EventKind, name: &impl Fn(&engine::base::NodeId) -> String) -> Option<Named> {
    Some(match kind {
        EventKind::ElectionScheduled { delay_ms, rank } => (
            "election-scheduled",
            vec![("delay", delay_ms.to_string()), ("rank", rank.to_string())],
        ),
        EventKind::ElectionStarted { epoch, needed } => {
            ("election-started", vec![("epoch", epoch.to_string()), ("needed", needed.to_string())])
        }
        EventKind::ElectionExpired { epoch } => {
            ("election-expired", vec![("epoch", epoch.to_string())])
        }
        EventKind::VoteGranted { to, epoch } => {
            ("vote-granted", vec![("to", name(to)), ("epoch", epoch.to_string())])
        }
        EventKind::VoteRefused { to, epoch, reason } => (
            "vote-refused",
            vec![("to", name(to)), ("epoch", epoch.to_string()), ("reason", (*reason).to_owned())],
        ),
        EventKind::VoteReceived { from, epoch, have, .. } => (
            "vote-received",
            vec![("from", name(from)), ("epoch", epoch.to_string()), ("have", have.to_string())],
        ),
        EventKind::ElectionWon { epoch } => ("election-won", vec![("epoch", epoch.to_string())]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_what_it_wants_and_no_more() {
        let pattern: Pattern =
            toml::from_str("event = \"redirected\"\nkind = \"MOVED\"\nslot = 12182").unwrap();
        assert_eq!(pattern.validate(), Ok(()));
        let slot = engine::base::Slot::new(12182);
        let what = What::Node(EventKind::Redirected { kind: "MOVED", slot, command: "get" });
        let moved = happening(0, "db01:6380", &what, |_| String::new()).unwrap();
        assert!(pattern.fits(&moved, |_| None));
        let other = Pattern { event: "election-won".into(), ..pattern.clone() };
        assert!(!other.fits(&moved, |_| None));
        let bad: Pattern = toml::from_str("event = \"redirected\"\ncolour = 1").unwrap();
        assert!(bad.validate().unwrap_err().1.contains("kind, slot, command"));
    }

    #[test]
    fn a_bound_name_must_be_bound() {
        let pattern: Pattern =
            toml::from_str("event = \"server-started\"\nnode = \"$victim\"").unwrap();
        let start = happening(0, "db01:6380", &What::ServerStarted, |_| String::new()).unwrap();
        assert!(!pattern.fits(&start, |_| None));
        assert!(pattern.fits(&start, |_| Some("db01:6380".into())));
        assert!(!pattern.fits(&start, |_| Some("db02:6380".into())));
    }
}
