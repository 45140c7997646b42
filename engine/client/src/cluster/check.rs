//! `--cluster check` (`clusterManagerCheckCluster`).

use std::collections::BTreeMap;

use engine_base::{SLOT_COUNT, Slot, SlotSet};

use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::reply::Reply;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn check_command(&mut self) -> Result<(), Failed> {
        self.load_named().await?;
        self.show_info().await;
        if self.check(false).await? { Ok(()) } else { Err(Failed) }
    }

    /// Prints what is wrong, the nodes first unless `quiet`, and mends it when that is asked for;
    /// whether all is well now.
    pub(crate) async fn check(&mut self, quiet: bool) -> Result<bool, Failed> {
        let Some(first) = self.nodes.first() else { return Ok(false) };
        let address = first.address();
        self.log(Level::Info, &format!(">>> Performing Cluster Check (using node {address})\n"));
        if !quiet {
            self.show_nodes();
        }
        let mut sound = self.check_agreement().await;
        if !self.check_open_slots() {
            sound = false;
            if self.fixing {
                for slot in self.open_slots().iter().collect::<Vec<_>>() {
                    sound = match self.fix_open_slot(slot).await {
                        Ok(()) => true,
                        Err(failed) if self.gives_up() => return Err(failed),
                        Err(Failed) => false,
                    };
                    if !sound {
                        break;
                    }
                }
            }
        }
        if !self.check_coverage() {
            sound = false;
            if self.fixing {
                match self.fix_coverage(&self.covered()).await {
                    Ok(fixed) => sound |= fixed > 0,
                    Err(failed) if self.gives_up() => return Err(failed),
                    Err(Failed) => {}
                }
            }
        }
        if self.options.cluster.search_owners {
            sound &= self.check_owners().await;
        }
        Ok(sound)
    }

    /// With masters out of reach, a fix ends the program at once.
    fn gives_up(&self) -> bool {
        self.unreachable_masters > 0 && !self.options.cluster.fix_unreachable
    }

    pub(crate) fn show_nodes(&self) {
        for node in &self.nodes {
            self.out(&format!("{}\n", node.describe(0)));
        }
    }

    async fn check_agreement(&mut self) -> bool {
        if self.is_consistent().await {
            self.log(Level::Ok, "[OK] All nodes agree about slots configuration.\n");
            return true;
        }
        self.finding("[ERR] Nodes don't agree about configuration!".into());
        false
    }

    fn check_open_slots(&mut self) -> bool {
        self.log(Level::Info, ">>> Check for open slots...\n");
        let open = self.open_slots();
        let mut findings = Vec::new();
        for node in &self.nodes {
            for (slots, state) in [(&node.migrating, "migrating"), (&node.importing, "importing")] {
                if !slots.is_empty() {
                    let list: Vec<&str> = slots.iter().map(|s| s.slot.as_str()).collect();
                    findings.push(format!(
                        "[WARNING] Node {} has slots in {state} state {}.",
                        node.address(),
                        list.join(",")
                    ));
                }
            }
        }
        for text in findings {
            self.finding(text);
        }
        if open.is_empty() {
            return true;
        }
        let list: Vec<String> = open.iter().map(|slot| slot.to_string()).collect();
        self.log(
            Level::Error,
            &format!("[WARNING] The following slots are open: {}.\n", list.join(",")),
        );
        false
    }

    /// The slots that are on their way at some node.
    pub(crate) fn open_slots(&self) -> SlotSet {
        let slots = self.nodes.iter().flat_map(|n| n.migrating.iter().chain(&n.importing));
        slots.filter_map(|open| open.slot.parse().ok().and_then(Slot::new)).collect()
    }

    /// The slots that have an owner.
    pub(crate) fn covered(&self) -> SlotSet {
        self.nodes.iter().flat_map(|n| n.slots.iter()).collect()
    }

    fn check_coverage(&mut self) -> bool {
        self.log(Level::Info, ">>> Check slots coverage...\n");
        if self.covered().len() == SLOT_COUNT {
            self.log(Level::Ok, &format!("[OK] All {SLOT_COUNT} slots covered.\n"));
            return true;
        }
        self.finding(format!("[ERR] Not all {SLOT_COUNT} slots are covered by nodes.\n"));
        false
    }

    async fn check_owners(&mut self) -> bool {
        self.log(Level::Info, ">>> Check for multiple slot owners...\n");
        let contested = self.contested_slots().await;
        let mut sound = contested.is_empty();
        let mut left = contested.len();
        for (slot, owners) in &contested {
            let count = owners.len();
            self.log(Level::Error, &format!("[WARNING] Slot {slot} has {count} owners:\n"));
            for owner in owners {
                let address = self.nodes.get(*owner).map(|n| n.address()).unwrap_or_default();
                self.log(Level::Error, &format!("    {address}\n"));
            }
            if self.fixing {
                sound = self.fix_owners(*slot, owners).await.is_ok();
                if !sound {
                    let text = format!("Failed to fix multiple owners for slot {slot}\n");
                    self.log(Level::Error, &text);
                    break;
                }
                left -= 1;
            }
        }
        if left == 0 {
            self.log(Level::Ok, "[OK] No multiple owners found.\n");
        }
        sound
    }

    /// Slots that several masters own or have keys for, with those masters.
    pub(crate) async fn contested_slots(&mut self) -> BTreeMap<Slot, Vec<usize>> {
        let mut owners: BTreeMap<Slot, Vec<usize>> = BTreeMap::new();
        for slot in Slot::all() {
            for (i, node) in self.nodes.iter_mut().enumerate().filter(|(_, n)| !n.is_replica()) {
                let owns = node.slots.contains(slot) || {
                    let args = ["CLUSTER", "COUNTKEYSINSLOT", &slot.to_string()];
                    matches!(node.call(&args).await, Some(Reply::Int(count)) if count > 0)
                };
                if owns {
                    owners.entry(slot).or_default().push(i);
                }
            }
        }
        owners.retain(|_, nodes| nodes.len() > 1);
        owners
    }
}
