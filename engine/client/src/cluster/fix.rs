//! `--cluster fix`: open slots are closed, contested ones decided (`clusterManagerFixOpenSlot`,
//! `clusterManagerFixMultipleSlotOwners`).

use engine_base::Slot;

use super::slots::Move;
use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::reply::Reply;

/// What is known about an open slot.
#[derive(Default)]
struct Situation {
    owners: Vec<usize>,
    migrating: Vec<usize>,
    importing: Vec<usize>,
}

pub(crate) const COLD: Move = Move { dots: true, cold: true, update: false, quiet: false };

impl<P: Platform> Manager<'_, P> {
    /// With masters out of reach, what looks uncovered may be theirs.
    pub(crate) fn refuse_without_all_masters(&self, what: &str) -> Result<(), Failed> {
        let missing = self.unreachable_masters;
        if missing == 0 || self.options.cluster.fix_unreachable {
            return Ok(());
        }
        self.log(
            Level::Warning,
            &format!(
                "*** Fixing {what} with {missing} unreachable masters is dangerous: redis-cli \
                 will assume that slots about masters that are not reachable are not covered, and \
                 will try to reassign them to the reachable nodes. This can cause data loss and \
                 is rarely what you want to do. If you really want to proceed use the \
                 --cluster-fix-with-unreachable-masters option.\n"
            ),
        );
        Err(Failed)
    }

    /// Makes a node the owner of a slot, with a new epoch (`clusterManagerSetSlotOwner`).
    pub(crate) async fn take_slot(
        &mut self,
        owner: usize,
        slot: Slot,
        close: bool,
    ) -> Result<(), Failed> {
        let slot = slot.to_string();
        self.expect_at(owner, &["MULTI"]).await?;
        let _ = self.expect_at(owner, &["CLUSTER", "DELSLOTS", &slot]).await;
        let _ = self.expect_at(owner, &["CLUSTER", "ADDSLOTS", &slot]).await;
        if close {
            let _ = self.expect_at(owner, &["CLUSTER", "SETSLOT", &slot, "STABLE"]).await;
        }
        let _ = self.expect_at(owner, &["CLUSTER", "BUMPEPOCH"]).await;
        let done = self.expect_at(owner, &["EXEC"]).await?;
        // Only ADDSLOTS must succeed.
        match done.as_slice().and_then(|replies| replies.get(1)) {
            Some(Reply::Error(text)) => {
                let address = self.nodes[owner].address();
                self.replied_with_error(&address, &String::from_utf8_lossy(text));
                Err(Failed)
            }
            Some(_) => Ok(()),
            None => Err(Failed),
        }
    }

    /// `CLUSTER DELSLOTS`; a slot that nobody owns there is as good.
    async fn drop_slot(&mut self, at: usize, slot: Slot) -> Result<(), Failed> {
        let args = ["CLUSTER", "DELSLOTS", &slot.to_string()];
        let Some(Reply::Error(text)) = self.nodes[at].call(&args).await else { return Ok(()) };
        if self.owner_at(at, slot).await == Ok(None) {
            return Ok(());
        }
        self.replied_with_error(&self.nodes[at].address(), &String::from_utf8_lossy(&text));
        Err(Failed)
    }

    /// Among these masters, the first with the most keys of a slot.
    pub(crate) async fn richest(&mut self, among: &[usize], slot: Slot) -> Option<usize> {
        let mut best: Option<(usize, i64)> = None;
        for at in among {
            if self.nodes[*at].is_replica() {
                continue;
            }
            let count = self.count_keys(*at, slot).await.ok()?;
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((*at, count));
            }
        }
        best.map(|(at, _)| at)
    }

    pub(crate) fn masters(&self) -> Vec<usize> {
        (0..self.nodes.len()).filter(|n| !self.nodes[*n].is_replica()).collect()
    }

    /// Closes one open slot.
    pub(crate) async fn fix_open_slot(&mut self, slot: Slot) -> Result<(), Failed> {
        self.refuse_without_all_masters("open slots")?;
        self.log(Level::Info, &format!(">>> Fixing open slot {slot}\n"));
        let mut s = Situation::default();
        for at in self.masters() {
            if self.nodes[at].slots.contains(slot) {
                s.owners.push(at);
            } else if self.count_keys(at, slot).await? > 0 {
                let address = self.nodes[at].address();
                self.log(
                    Level::Warning,
                    &format!("*** Found keys about slot {slot} in non-owner node {address}!\n"),
                );
                s.owners.push(at);
            }
        }
        let clear = if let [only] = s.owners.as_slice() { Some(*only) } else { None };
        self.find_travellers(slot, clear, &mut s).await?;
        let owner = match clear {
            Some(owner) => owner,
            None => self.choose_owner(slot, &mut s).await?,
        };
        for at in s.owners.clone().into_iter().filter(|at| s.owners.len() > 1 && *at != owner) {
            self.drop_slot(at, slot).await?;
            self.nodes[at].slots.remove(slot);
            self.set_slot_or_say(at, slot, "node", owner).await?;
            self.set_slot_or_say(at, slot, "importing", owner).await?;
            s.importing.retain(|n| *n != at);
            s.importing.push(at);
            s.migrating.retain(|n| *n != at);
        }
        self.close_open_slot(slot, owner, &s).await
    }

    /// Who gives the slot away, and who takes it over or holds stray keys of it.
    async fn find_travellers(
        &mut self,
        slot: Slot,
        owner: Option<usize>,
        s: &mut Situation,
    ) -> Result<(), Failed> {
        let number = slot.to_string();
        for at in self.masters() {
            let node = &self.nodes[at];
            if node.migrating.iter().any(|o| o.slot == number) {
                s.migrating.push(at);
            } else if node.importing.iter().any(|o| o.slot == number) {
                s.importing.push(at);
            } else if Some(at) != owner && self.count_keys(at, slot).await? > 0 {
                let address = self.nodes[at].address();
                self.log(
                    Level::Warning,
                    &format!("*** Found keys about slot {slot} in node {address}!\n"),
                );
                s.importing.push(at);
            }
        }
        for (nodes, word) in [(&s.migrating, "migrating"), (&s.importing, "importing")] {
            if !nodes.is_empty() {
                self.out(&format!("Set as {word} in: {}\n", self.addresses(nodes)));
            }
        }
        Ok(())
    }

    fn addresses(&self, nodes: &[usize]) -> String {
        nodes.iter().map(|n| self.nodes[*n].address()).collect::<Vec<_>>().join(",")
    }

    async fn choose_owner(&mut self, slot: Slot, s: &mut Situation) -> Result<usize, Failed> {
        self.log(
            Level::Info,
            ">>> No single clear owner for the slot, selecting an owner by # of keys...\n",
        );
        let masters = self.masters();
        let Some(owner) = self.richest(&masters, slot).await else {
            self.log(Level::Error, "[ERR] Can't select a slot owner. Impossible to fix.\n");
            return Err(Failed);
        };
        let address = self.nodes[owner].address();
        self.log(Level::Warning, &format!("*** Configuring {address} as the slot owner\n"));
        self.close_slot(owner, slot).await?;
        self.take_slot(owner, slot, false).await?;
        self.nodes[owner].slots.insert(slot);
        s.migrating.retain(|n| *n != owner);
        s.importing.retain(|n| *n != owner);
        Ok(owner)
    }

    /// The four cases of the real program.
    async fn close_open_slot(
        &mut self,
        slot: Slot,
        owner: usize,
        s: &Situation,
    ) -> Result<(), Failed> {
        match (s.migrating.as_slice(), s.importing.as_slice()) {
            ([from], [to]) => {
                let (a, b) = (self.nodes[*from].address(), self.nodes[*to].address());
                let text = format!(">>> Case 1: Moving slot {slot} from {a} to {b}\n");
                self.log(Level::Info, &text);
                let how = Move { dots: true, update: true, ..Move::default() };
                self.move_slot(*from, *to, slot, how).await.map_err(|_| Failed)
            }
            ([], [_, ..]) => self.gather_keys(slot, owner, &s.importing).await,
            ([from], [_, _, ..]) => self.close_many(slot, *from, owner, s).await,
            ([from], []) => {
                let args = ["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), "10"];
                let empty = owner == *from
                    || self.expect_at(*from, &args).await?.as_slice().is_some_and(<[_]>::is_empty);
                if !empty {
                    return self.cannot_fix(owner, s);
                }
                let address = self.nodes[*from].address();
                self.log(Level::Info, &format!(">>> Case 4: Closing slot {slot} on {address}\n"));
                self.close_slot(*from, slot).await
            }
            _ => self.cannot_fix(owner, s),
        }
    }

    async fn gather_keys(
        &mut self,
        slot: Slot,
        owner: usize,
        importing: &[usize],
    ) -> Result<(), Failed> {
        let address = self.nodes[owner].address();
        self.log(
            Level::Info,
            &format!(">>> Case 2: Moving all the {slot} slot keys to its owner {address}\n"),
        );
        for at in importing.iter().copied().filter(|at| *at != owner) {
            self.move_slot(at, owner, slot, COLD).await.map_err(|_| Failed)?;
            let address = self.nodes[at].address();
            self.log(Level::Info, &format!(">>> Setting {slot} as STABLE in {address}\n"));
            self.close_slot(at, slot).await?;
        }
        for at in self.masters().into_iter().filter(|at| *at != owner) {
            self.set_slot_or_say(at, slot, "NODE", owner).await?;
        }
        Ok(())
    }

    async fn close_many(
        &mut self,
        slot: Slot,
        from: usize,
        owner: usize,
        s: &Situation,
    ) -> Result<(), Failed> {
        for at in &s.importing {
            if self.count_keys(*at, slot).await? > 0 {
                return self.cannot_fix(owner, s);
            }
        }
        let number = slot.to_string();
        let goal = self.nodes[from].migrating.iter().find(|o| o.slot == number);
        let goal = goal.map(|o| o.peer.clone());
        let to = s.importing.iter().copied().find(|n| Some(&self.nodes[*n].name) == goal.as_ref());
        if let Some(to) = to {
            let (a, b) = (self.nodes[from].address(), self.nodes[to].address());
            self.log(
                Level::Info,
                &format!(
                    ">>> Case 3: Moving slot {slot} from {a} to {b} and closing it on all the \
                     other importing nodes.\n"
                ),
            );
            let how = Move { dots: true, ..Move::default() };
            self.move_slot(from, to, slot, how).await.map_err(|_| Failed)?;
        } else {
            self.log(
                Level::Info,
                &format!(
                    ">>> Case 3: Closing slot {slot} on both migrating and importing nodes.\n"
                ),
            );
            self.close_slot(from, slot).await?;
        }
        for at in s.importing.iter().copied().filter(|at| Some(*at) != to) {
            self.close_slot(at, slot).await?;
        }
        Ok(())
    }

    fn cannot_fix(&self, owner: usize, s: &Situation) -> Result<(), Failed> {
        self.log(
            Level::Error,
            &format!(
                "[ERR] Sorry, redis-cli can't fix this slot yet (work in progress). Slot is set \
                 as migrating in {}, as importing in {}, owner is {}\n",
                self.addresses(&s.migrating),
                self.addresses(&s.importing),
                self.nodes[owner].address()
            ),
        );
        Err(Failed)
    }

    /// Decides a slot that several masters claim.
    pub(crate) async fn fix_owners(&mut self, slot: Slot, owners: &[usize]) -> Result<(), Failed> {
        self.log(Level::Info, &format!(">>> Fixing multiple owners for slot {slot}...\n"));
        let owner = match self.richest(owners, slot).await {
            Some(owner) => owner,
            None => owners.first().copied().ok_or(Failed)?,
        };
        let address = self.nodes[owner].address();
        self.log(Level::Info, &format!(">>> Setting slot {slot} owner: {address}\n"));
        self.take_slot(owner, slot, false).await?;
        for at in self.masters().into_iter().filter(|at| *at != owner) {
            let count = self.count_keys(at, slot).await?;
            let _ = self.drop_slot(at, slot).await;
            self.set_slot_or_say(at, slot, "node", owner).await?;
            if count > 0 {
                self.move_slot(at, owner, slot, COLD).await.map_err(|_| Failed)?;
            }
        }
        Ok(())
    }
}
