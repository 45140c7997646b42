//! `--cluster reshard`: some slots from some masters to one (`clusterManagerCommandReshard`).

use engine_base::{SLOT_COUNT, Slot};

use super::slots::Move;
use super::{Failed, Level, Manager};
use crate::number::leading_int;
use crate::platform::Platform;

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn reshard(&mut self) -> Result<(), Failed> {
        self.load_named().await?;
        self.check(false).await?;
        if !self.errors.is_empty() {
            self.err("*** Please fix your cluster problems before resharding\n");
            return Err(Failed);
        }
        let count = self.ask_count().await?;
        let to = match self.options.cluster.to.clone() {
            Some(to) => to,
            None => self.ask_again("What is the receiving node ID? ").await?,
        };
        let target = self.known_master(&to, None).map_err(|_| Failed)?;
        let sources = self.sources(target).await?;
        if sources.is_empty() {
            self.err("*** No source nodes given, operation aborted.\n");
            return Err(Failed);
        }
        let table = self.show_plan(count, &sources, target);
        if !self.options.cluster.yes {
            let question = "Do you want to proceed with the proposed reshard plan (yes/no)? ";
            if !self.ask(question).await.is_some_and(|answer| answer.starts_with("yes")) {
                return Err(Failed);
            }
        }
        let how = Move { dots: true, ..Move::default() };
        if self.options.cluster.atomic {
            return self.move_whole(&table, target, how).await;
        }
        for (source, slot) in table {
            if let Err(error) = self.move_slot(source, target, slot, how).await {
                if let Some(error) = error {
                    let text = format!("clusterManagerMoveSlot failed: {error}\n");
                    self.log(Level::Error, &text);
                }
                return Err(Failed);
            }
        }
        Ok(())
    }

    async fn ask_count(&self) -> Result<usize, Failed> {
        if self.options.cluster.slots != 0 {
            return Ok(usize::try_from(self.options.cluster.slots).unwrap_or(0));
        }
        let question = format!("How many slots do you want to move (from 1 to {SLOT_COUNT})? ");
        loop {
            let answer = self.ask(&question).await.ok_or(Failed)?;
            match usize::try_from(leading_int(&answer)) {
                Ok(count) if (1..=SLOT_COUNT).contains(&count) => return Ok(count),
                _ => {}
            }
        }
    }

    /// Asks until something is answered.
    async fn ask_again(&self, question: &str) -> Result<String, Failed> {
        loop {
            let answer = self.ask(question).await.ok_or(Failed)?;
            if !answer.is_empty() {
                return Ok(answer);
            }
        }
    }

    /// The master of that id. `Err(true)`: there is none; `Err(false)`: it is the target itself.
    fn known_master(&self, id: &str, target: Option<usize>) -> Result<usize, bool> {
        match self.by_name(id).filter(|n| !self.nodes[*n].is_replica()) {
            None => {
                self.log(
                    Level::Error,
                    &format!(
                        "*** The specified node ({id}) is not known or not a master, please \
                         retry.\n"
                    ),
                );
                Err(true)
            }
            Some(node) if Some(node) == target => {
                self.log(
                    Level::Error,
                    "*** It is not possible to use the target node as source node.\n",
                );
                Err(false)
            }
            Some(node) => Ok(node),
        }
    }

    async fn sources(&self, target: usize) -> Result<Vec<usize>, Failed> {
        let all = |n: &usize| {
            *n != target && !self.nodes[*n].is_replica() && self.nodes[*n].replicate.is_none()
        };
        let mut sources = Vec::new();
        if let Some(from) = self.options.cluster.from.clone() {
            for id in from.split(',').filter(|id| !id.is_empty()) {
                if id == "all" {
                    return Ok((0..self.nodes.len()).filter(all).collect());
                }
                match self.known_master(id, Some(target)) {
                    Ok(node) => sources.push(node),
                    Err(true) => return Err(Failed),
                    Err(false) => {}
                }
            }
            return Ok(sources);
        }
        self.out(
            "Please enter all the source node IDs.\n  Type 'all' to use all the nodes as source \
             nodes for the hash slots.\n  Type 'done' once you entered all the source nodes \
             IDs.\n",
        );
        loop {
            let question = format!("Source node #{}: ", sources.len() + 1);
            let answer = self.ask(&question).await.ok_or(Failed)?;
            match answer.as_str() {
                "done" => return Ok(sources),
                "all" => return Ok((0..self.nodes.len()).filter(all).collect()),
                id => match self.known_master(id, Some(target)) {
                    Ok(node) => sources.push(node),
                    Err(true) => return Err(Failed),
                    Err(false) => {}
                },
            }
        }
    }

    fn show_plan(&self, count: usize, sources: &[usize], target: usize) -> Vec<(usize, Slot)> {
        self.out(&format!("\nReady to move {count} slots.\n  Source nodes:\n"));
        for source in sources {
            self.out(&format!("{}\n", self.nodes[*source].describe(4)));
        }
        self.out("  Destination node:\n");
        self.out(&format!("{}\n  Resharding plan:\n", self.nodes[target].describe(4)));
        let table = self.reshard_table(sources, count);
        for (source, slot) in &table {
            self.out(&format!("    Moving slot {slot} from {}\n", self.nodes[*source].name));
        }
        table
    }

    /// Which slots go: from each source in proportion to what it has, the largest source first
    /// (`clusterManagerComputeReshardTable`). In single precision, as the real program computes.
    pub(crate) fn reshard_table(&self, sources: &[usize], count: usize) -> Vec<(usize, Slot)> {
        let mut sorted = sources.to_vec();
        sorted.sort_by_key(|n| std::cmp::Reverse(self.nodes[*n].slots.len()));
        let total: usize = sorted.iter().map(|n| self.nodes[*n].slots.len()).sum();
        let mut table = Vec::new();
        for (i, source) in sorted.into_iter().enumerate() {
            let slots = &self.nodes[source].slots;
            let share = count as f32 / total as f32 * slots.len() as f32;
            let share = if i == 0 { share.ceil() } else { share.floor() } as usize;
            let room = count.saturating_sub(table.len()).min(share);
            table.extend(slots.iter().take(room).map(|slot| (source, slot)));
        }
        table
    }
}
