//! `--cluster fix`: owners for slots that nobody owns (`clusterManagerFixSlotsCoverage`).

use engine_base::{Slot, SlotSet};

use super::fix::COLD;
use super::node::ranges_text;
use super::{Failed, Level, Manager};
use crate::platform::Platform;

impl<P: Platform> Manager<'_, P> {
    /// Finds owners for slots that nobody owns; how many were fixed.
    pub(crate) async fn fix_coverage(&mut self, covered: &SlotSet) -> Result<usize, Failed> {
        self.refuse_without_all_masters("slots coverage")?;
        self.log(Level::Info, ">>> Fixing slots coverage...\n");
        let mut groups: [Vec<(Slot, Vec<usize>)>; 3] = Default::default();
        for slot in Slot::all().filter(|slot| !covered.contains(*slot)) {
            let mut holders = Vec::new();
            for at in self.masters() {
                let args = ["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), "1"];
                let keys = self.expect_at(at, &args).await?;
                if keys.as_slice().is_some_and(|k| !k.is_empty()) {
                    holders.push(at);
                }
            }
            groups[holders.len().min(2)].push((slot, holders));
        }
        let [none, single, multi] = groups;
        let mut fixed = 0;
        if self
            .wants(
                &none,
                "The following uncovered slots have no keys across the cluster:\n",
                "Fix these slots by covering with a random node?",
            )
            .await
        {
            for (slot, _) in &none {
                let masters = self.masters();
                let pick = (self.platform.random() % masters.len().max(1) as u64) as usize;
                let Some(owner) = masters.get(pick) else { return Err(Failed) };
                self.cover(*slot, *owner).await?;
                fixed += 1;
            }
        }
        if self
            .wants(
                &single,
                "The following uncovered slots have keys in just one node:\n",
                "Fix these slots by covering with those nodes?",
            )
            .await
        {
            for (slot, holders) in &single {
                let Some(owner) = holders.first() else { continue };
                self.cover(*slot, *owner).await?;
                fixed += 1;
            }
        }
        if self
            .wants(
                &multi,
                "The following uncovered slots have keys in multiple nodes:\n",
                "Fix these slots by moving keys into a single node?",
            )
            .await
        {
            for (slot, holders) in &multi {
                self.cover_by_moving(*slot, holders).await?;
                fixed += 1;
            }
        }
        Ok(fixed)
    }

    /// Names the slots and asks; `--cluster-yes` does not answer this one.
    async fn wants(&self, group: &[(Slot, Vec<usize>)], intro: &str, question: &str) -> bool {
        if group.is_empty() {
            return false;
        }
        let slots: SlotSet = group.iter().map(|(slot, _)| *slot).collect();
        self.out(&format!("{intro}{}\n", ranges_text(&slots)));
        let prompt = format!("{question} (type 'yes' to accept): ");
        self.ask(&prompt).await.is_some_and(|answer| answer.starts_with("yes"))
    }

    async fn cover(&mut self, slot: Slot, owner: usize) -> Result<(), Failed> {
        let address = self.nodes[owner].address();
        self.log(Level::Info, &format!(">>> Covering slot {slot} with {address}\n"));
        self.take_slot(owner, slot, false).await?;
        self.nodes[owner].slots.insert(slot);
        Ok(())
    }

    async fn cover_by_moving(&mut self, slot: Slot, holders: &[usize]) -> Result<(), Failed> {
        let target = self.richest(holders, slot).await.ok_or(Failed)?;
        let address = self.nodes[target].address();
        let text = format!(">>> Covering slot {slot} moving keys to {address}\n");
        self.log(Level::Info, &text);
        self.take_slot(target, slot, true).await?;
        self.nodes[target].slots.insert(slot);
        for source in holders.iter().copied().filter(|n| *n != target) {
            self.set_slot_or_say(source, slot, "NODE", target).await?;
            // Otherwise MIGRATE would be redirected.
            self.set_slot_or_say(source, slot, "IMPORTING", target).await?;
            self.move_slot(source, target, slot, COLD).await.map_err(|_| Failed)?;
            self.close_slot(source, slot).await?;
        }
        Ok(())
    }
}
