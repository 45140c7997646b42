//! What operators type at bad moments.

use engine_base::{Slot, SlotSet};

use crate::stage::Stage;

/// Something an operator does. Nodes are named by their places.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    /// `CLUSTER FAILOVER [FORCE|TAKEOVER]`.
    Failover {
        /// Where it is typed.
        node: usize,
        /// ``, `FORCE` or `TAKEOVER`.
        how: &'static str,
    },
    /// Slots are moved with their keys, as `redis-cli --cluster reshard` does it.
    Reshard {
        /// From where.
        from: usize,
        /// Whereto.
        to: usize,
        /// How many slots.
        slots: usize,
        /// After so many commands the operator's own machine fails; `None`: never.
        stop_after: Option<usize>,
    },
    /// `CLUSTER MIGRATESLOTS`: slots are moved whole.
    Migrate {
        /// From where.
        from: usize,
        /// Whereto.
        to: usize,
        /// How many slots.
        slots: usize,
        /// Others come back at the same moment.
        back: bool,
        /// After so many milliseconds the operator thinks better of it (`CANCELSLOTMIGRATIONS`).
        cancel_after: Option<u64>,
    },
    /// `CLUSTER FORGET` of a replica or a master without slots.
    Forget {
        /// Who is forgotten.
        of: usize,
        /// By whom.
        at: Vec<usize>,
    },
    /// `CLUSTER RESET [HARD]`; one with keys refuses.
    Reset {
        /// Where.
        node: usize,
        /// Whether the node gets a new id.
        hard: bool,
    },
    /// `CLUSTER REPLICATE`; one with slots refuses.
    Replicate {
        /// Where.
        node: usize,
        /// Whom it shall follow.
        to: usize,
    },
    /// `CLUSTER MEET` with an address that is known already, or was another node's.
    Meet {
        /// Where.
        at: usize,
        /// Whom.
        to: usize,
    },
    /// `CLUSTER BUMPEPOCH`.
    BumpEpoch {
        /// Where.
        node: usize,
    },
    /// `CLUSTER DELSLOTS` of slots that the node serves.
    DelSlots {
        /// Where.
        node: usize,
        /// How many.
        slots: usize,
    },
    /// `CLUSTER SETSLOT slot MIGRATING|IMPORTING` that nobody goes on with.
    StraySlot {
        /// Where.
        node: usize,
        /// The other node.
        other: usize,
        /// Which of the two.
        importing: bool,
    },
}

impl Operator {
    /// Its name in the report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Failover { how: "FORCE", .. } => "FAILOVER FORCE",
            Self::Failover { how: "TAKEOVER", .. } => "FAILOVER TAKEOVER",
            Self::Failover { .. } => "FAILOVER",
            Self::Reshard { stop_after: None, .. } => "reshard",
            Self::Reshard { .. } => "half a reshard",
            Self::Migrate { cancel_after: Some(_), .. } => "MIGRATESLOTS cancelled",
            Self::Migrate { back: true, .. } => "MIGRATESLOTS both ways",
            Self::Migrate { .. } => "MIGRATESLOTS",
            Self::Forget { .. } => "FORGET",
            Self::Reset { hard: true, .. } => "RESET HARD",
            Self::Reset { .. } => "RESET",
            Self::Replicate { .. } => "REPLICATE",
            Self::Meet { .. } => "MEET",
            Self::BumpEpoch { .. } => "BUMPEPOCH",
            Self::DelSlots { .. } => "DELSLOTS",
            Self::StraySlot { .. } => "stray SETSLOT",
        }
    }

    /// Types it.
    pub(crate) fn act(&self, stage: &mut Stage) {
        match self {
            Self::Failover { node, how } => {
                let mut words = vec!["CLUSTER", "FAILOVER"];
                words.extend(Some(*how).filter(|how| !how.is_empty()));
                stage.ask(*node, &words);
            }
            Self::Reshard { from, to, slots, stop_after } => {
                let ends = (stage.leader_of(*from), stage.leader_of(*to));
                reshard(stage, ends, *slots, stop_after.unwrap_or(usize::MAX));
            }
            Self::Migrate { from, to, slots, back, cancel_after } => {
                let (from, to) = (stage.leader_of(*from), stage.leader_of(*to));
                migrate(stage, from, to, *slots);
                if *back {
                    migrate(stage, to, from, *slots);
                }
                if let Some(ms) = cancel_after {
                    stage.run_ms(*ms);
                    stage.ask(from, &["CLUSTER", "CANCELSLOTMIGRATIONS"]);
                }
            }
            Self::Forget { of, at } => forget(stage, *of, at),
            Self::Reset { node, hard } => {
                stage.ask(*node, &["CLUSTER", "RESET", if *hard { "HARD" } else { "SOFT" }]);
            }
            Self::Replicate { node, to } => {
                if let Some(id) = stage.id_of(*to) {
                    stage.ask(*node, &["CLUSTER", "REPLICATE", &id]);
                }
            }
            Self::Meet { at, to } => stage.meet(*at, *to),
            Self::BumpEpoch { node } => {
                stage.ask(*node, &["CLUSTER", "BUMPEPOCH"]);
            }
            Self::DelSlots { node, slots } => {
                let node = &stage.leader_of(*node);
                for slot in stage.slots_of(*node).into_iter().take(*slots) {
                    stage.history.opened(stage.world.now(), slot);
                    stage.ask(*node, &["CLUSTER", "DELSLOTS", &slot.to_string()]);
                }
            }
            Self::StraySlot { node, other, importing } => {
                let (node, other) = (stage.leader_of(*node), stage.leader_of(*other));
                stray(stage, node, other, *importing);
            }
        }
    }
}

/// Asks for a move of some slots, those with keys first; the nodes do the rest.
fn migrate(stage: &mut Stage, from: usize, to: usize, slots: usize) {
    let chosen: SlotSet = stage.slots_of(from).into_iter().take(slots).collect();
    let Some(id) = stage.id_of(to).filter(|_| from != to && !chosen.is_empty()) else { return };
    let bounds: Vec<String> =
        chosen.ranges().flat_map(|(first, last)| [first, last]).map(|s| s.to_string()).collect();
    let mut words = vec!["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"];
    words.extend(bounds.iter().map(String::as_str));
    words.extend(["NODE", &id]);
    stage.ask(from, &words);
}

fn forget(stage: &mut Stage, of: usize, at: &[usize]) {
    let serves = stage.own(of).is_some_and(|own| !own.slots.is_empty());
    let Some(id) = stage.id_of(of).filter(|_| !serves) else { return };
    for node in at.iter().filter(|node| **node != of) {
        stage.ask(*node, &["CLUSTER", "FORGET", &id]);
    }
}

fn stray(stage: &mut Stage, node: usize, other: usize, importing: bool) {
    let giver = if importing { other } else { node };
    let Some(slot) = stage.slots_of(giver).first().copied() else { return };
    let Some(id) = stage.id_of(other) else { return };
    let state = if importing { "IMPORTING" } else { "MIGRATING" };
    stage.history.opened(stage.world.now(), slot);
    stage.ask(node, &["CLUSTER", "SETSLOT", &slot.to_string(), state, &id]);
}

/// An operator's machine that does so many commands and no more.
struct Hand<'a> {
    stage: &'a mut Stage,
    left: usize,
}

impl Hand<'_> {
    /// The answer; `None` when the machine has failed or the command has.
    fn ask(&mut self, node: usize, words: &[&str]) -> Option<Vec<u8>> {
        self.left = self.left.checked_sub(1)?;
        let answer = self.stage.ask(node, words);
        // Others work between two commands.
        self.stage.run_ms(20);
        (!answer.is_empty() && !answer.starts_with(b"-")).then_some(answer)
    }
}

fn reshard(stage: &mut Stage, (from, to): (usize, usize), slots: usize, steps: usize) {
    let serves = |stage: &Stage, node| stage.own(node).is_some_and(|own| !own.is_replica);
    if from == to || !serves(stage, from) || !serves(stage, to) {
        return;
    }
    let slots: Vec<Slot> = stage.slots_of(from).into_iter().take(slots).collect();
    let mut hand = Hand { stage, left: steps };
    for slot in slots {
        hand.stage.history.opened(hand.stage.world.now(), slot);
        if move_slot(&mut hand, from, to, slot).is_none() {
            return;
        }
        hand.stage.history.closed(hand.stage.world.now(), slot);
    }
}

/// One slot, as `clusterManagerMoveSlot` in redis-cli.c moves it.
fn move_slot(hand: &mut Hand<'_>, from: usize, to: usize, slot: Slot) -> Option<()> {
    let (from_id, to_id) = (hand.stage.id_of(from)?, hand.stage.id_of(to)?);
    let number = slot.to_string();
    hand.ask(to, &["CLUSTER", "SETSLOT", &number, "IMPORTING", &from_id])?;
    hand.ask(from, &["CLUSTER", "SETSLOT", &number, "MIGRATING", &to_id])?;
    loop {
        let answer = hand.ask(from, &["CLUSTER", "GETKEYSINSLOT", &number, "3"])?;
        let keys = words_of(&answer);
        if keys.is_empty() {
            break;
        }
        let addr = hand.stage.addrs[to];
        let (ip, port) = (addr.ip().to_string(), addr.port().to_string());
        let mut words = vec!["MIGRATE", &ip, &port, "", "0", "5000", "KEYS"];
        words.extend(keys.iter().map(String::as_str));
        hand.stage.history.carried(hand.stage.world.now(), slot, to);
        hand.ask(from, &words)?;
    }
    hand.ask(to, &["CLUSTER", "SETSLOT", &number, "NODE", &to_id])?;
    hand.ask(from, &["CLUSTER", "SETSLOT", &number, "NODE", &to_id])?;
    Some(())
}

/// The bulk strings of an array.
pub(crate) fn words_of(answer: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(answer)
        .split("\r\n")
        .skip(1)
        .filter(|line| !line.starts_with('$') && !line.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}
