//! `--cluster-use-atomic-slot-migration` of Valkey 9.1's program: slots move whole, and the nodes
//! do the work (`clusterManagerMoveSlotRangesASM` in valkey-cli.c).

use engine_base::{Slot, SlotSet};

use super::slots::Move;
use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::reply::{Reply, pairs};

/// How often the source is asked how far it is, in milliseconds.
const ASK_EVERY_MS: u64 = 100;

/// How a migration goes.
enum Progress {
    UnderWay,
    Done,
}

impl<P: Platform> Manager<'_, P> {
    /// Moves all slots of a plan, those of each source in one migration.
    pub(crate) async fn move_whole(
        &mut self,
        table: &[(usize, Slot)],
        to: usize,
        how: Move,
    ) -> Result<(), Failed> {
        let mut rest = table;
        while let Some((from, _)) = rest.first() {
            let from = *from;
            let count = rest.iter().take_while(|(source, _)| *source == from).count();
            let (part, after) = rest.split_at(count);
            rest = after;
            let slots: SlotSet = part.iter().map(|(_, slot)| *slot).collect();
            let ranges: Vec<(Slot, Slot)> = slots.ranges().collect();
            if let Err(error) = self.move_ranges(from, to, &ranges, how).await {
                self.log(Level::Error, &format!("Atomic slot migration failed: {error}\n"));
                return Err(Failed);
            }
            self.out(&"#".repeat(count));
            if !how.quiet {
                self.out("\n");
            }
            if how.update {
                for slot in slots.iter() {
                    self.nodes[from].slots.remove(slot);
                    self.nodes[to].slots.insert(slot);
                }
            }
        }
        Ok(())
    }

    async fn move_ranges(
        &mut self,
        from: usize,
        to: usize,
        ranges: &[(Slot, Slot)],
        how: Move,
    ) -> Result<(), String> {
        let text: Vec<String> = ranges.iter().map(|(a, b)| format!("{a}-{b}")).collect();
        let text = text.join(" ");
        if !how.quiet {
            let (a, b) = (self.nodes[from].address(), self.nodes[to].address());
            self.out(&format!(
                "Moving slot range {text} from {a} to {b} via atomic slot migration"
            ));
        }
        self.migrate_slots(from, to, ranges).await?;
        while let Progress::UnderWay = self.slot_migration(from, &text).await? {
            if how.dots {
                self.out(".");
            }
            self.platform.sleep(ASK_EVERY_MS).await;
        }
        Ok(())
    }

    /// `CLUSTER MIGRATESLOTS` at the source.
    async fn migrate_slots(
        &mut self,
        from: usize,
        to: usize,
        ranges: &[(Slot, Slot)],
    ) -> Result<(), String> {
        let mut args: Vec<String> =
            ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"].map(str::to_owned).into();
        for (first, last) in ranges {
            args.extend([first.to_string(), last.to_string()]);
        }
        args.extend(["NODE".to_owned(), self.nodes[to].name.clone()]);
        match self.nodes[from].call(&args).await {
            Some(Reply::Error(text)) => Err(String::from_utf8_lossy(&text).into_owned()),
            Some(_) => Ok(()),
            None => Err("CLUSTER MIGRATESLOTS failed to run".into()),
        }
    }

    /// Where the newest migration of these slots stands, as its source says.
    async fn slot_migration(&mut self, at: usize, ranges: &str) -> Result<Progress, String> {
        let reply = match self.nodes[at].call(&["CLUSTER", "GETSLOTMIGRATIONS"]).await {
            Some(Reply::Error(text)) => return Err(String::from_utf8_lossy(&text).into_owned()),
            Some(reply) => reply,
            None => return Err("CLUSTER GETSLOTMIGRATIONS failed to run".into()),
        };
        let jobs =
            reply.as_slice().ok_or("Expected array as reply to CLUSTER GETSLOTMIGRATIONS")?;
        let job = jobs
            .iter()
            .find(|job| value(job, "slot_ranges").is_some_and(|text| text == ranges))
            .ok_or("Slot migration not found in GETSLOTMIGRATIONS")?;
        match value(job, "state").as_deref() {
            Some("success") => Ok(Progress::Done),
            Some("cancelled") => Err("Slot migration was cancelled".into()),
            Some("failed") => Err(value(job, "message").unwrap_or_default()),
            _ => Ok(Progress::UnderWay),
        }
    }
}

/// A field of a job.
fn value(job: &Reply, name: &str) -> Option<String> {
    let fields = pairs(job)?;
    let named = |key: &Reply| key.to_text().is_some_and(|key| key.eq_ignore_ascii_case(name));
    fields.into_iter().find(|(key, _)| named(key))?.1.to_text()
}
