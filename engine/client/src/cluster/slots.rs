//! Moving slots and naming their owners: what reshard, rebalance and fix are made of
//! (`clusterManagerMoveSlot` and below).

use engine_base::Slot;

use super::{Failed, Level, Manager};
use crate::platform::Platform;
use crate::reply::Reply;

/// How [`Manager::move_slot`] goes about it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Move {
    /// A dot for every key.
    pub(crate) dots: bool,
    /// Keys only: nobody's configuration is touched.
    pub(crate) cold: bool,
    /// Note the new owner in what this program knows.
    pub(crate) update: bool,
    /// Nothing is printed.
    pub(crate) quiet: bool,
}

/// Keys that one MIGRATE carries.
const PIPELINE: i64 = 10;
/// How long a MIGRATE may take, in milliseconds.
const TIMEOUT_MS: i64 = 60_000;

impl<P: Platform> Manager<'_, P> {
    /// `CLUSTER SETSLOT slot STATUS peer` at a node.
    ///
    /// # Errors
    /// The server's words.
    pub(crate) async fn set_slot(
        &mut self,
        at: usize,
        slot: Slot,
        status: &str,
        peer: usize,
    ) -> Result<(), String> {
        let name = self.nodes[peer].name.clone();
        let args = ["CLUSTER", "SETSLOT", &slot.to_string(), status, &name];
        match self.nodes[at].call(&args).await {
            Some(Reply::Error(text)) => Err(String::from_utf8_lossy(&text).into_owned()),
            Some(_) => Ok(()),
            None => Err("CLUSTER SETSLOT failed to run".into()),
        }
    }

    /// The same, with errors printed.
    pub(crate) async fn set_slot_or_say(
        &mut self,
        at: usize,
        slot: Slot,
        status: &str,
        peer: usize,
    ) -> Result<(), Failed> {
        let done = self.set_slot(at, slot, status, peer).await;
        done.map_err(|error| {
            self.replied_with_error(&self.nodes[at].address(), &error);
            Failed
        })
    }

    /// Runs a command at a node of the list; errors are printed.
    pub(crate) async fn expect_at<A: AsRef<[u8]>>(
        &mut self,
        at: usize,
        args: &[A],
    ) -> Result<Reply, Failed> {
        match self.nodes[at].call(args).await {
            Some(Reply::Error(text)) => {
                let address = self.nodes[at].address();
                self.replied_with_error(&address, &String::from_utf8_lossy(&text));
                Err(Failed)
            }
            Some(reply) => Ok(reply),
            None => Err(Failed),
        }
    }

    /// `CLUSTER SETSLOT slot STABLE`.
    pub(crate) async fn close_slot(&mut self, at: usize, slot: Slot) -> Result<(), Failed> {
        let args = ["CLUSTER", "SETSLOT", &slot.to_string(), "STABLE"];
        self.expect_at(at, &args).await.map(drop)
    }

    /// `CLUSTER COUNTKEYSINSLOT`.
    pub(crate) async fn count_keys(&mut self, at: usize, slot: Slot) -> Result<i64, Failed> {
        let args = ["CLUSTER", "COUNTKEYSINSLOT", &slot.to_string()];
        Ok(self.expect_at(at, &args).await?.as_int().unwrap_or(0))
    }

    /// Moves a slot with its keys; `Err` with the server's words when there are any.
    pub(crate) async fn move_slot(
        &mut self,
        from: usize,
        to: usize,
        slot: Slot,
        how: Move,
    ) -> Result<(), Option<String>> {
        if !how.quiet {
            let (a, b) = (self.nodes[from].address(), self.nodes[to].address());
            self.out(&format!("Moving slot {slot} from {a} to {b}: "));
        }
        if !how.cold {
            self.set_slot(to, slot, "importing", from).await.map_err(Some)?;
            self.set_slot(from, slot, "migrating", to).await.map_err(Some)?;
        }
        let moved = self.migrate_keys(from, to, slot, how.dots).await;
        if !how.quiet {
            self.out("\n");
        }
        moved?;
        if !how.cold {
            self.announce_owner(from, to, slot).await.map_err(Some)?;
        }
        if how.update {
            self.nodes[from].slots.remove(slot);
            self.nodes[to].slots.insert(slot);
        }
        Ok(())
    }

    /// Tells the new owner first, then the old one, then all other masters: whoever hears it
    /// first must be able to serve, should the others never hear it.
    async fn announce_owner(&mut self, from: usize, to: usize, slot: Slot) -> Result<(), String> {
        self.set_slot(to, slot, "node", to).await?;
        // A source that has just lost its last slot may be a replica by now.
        let became_replica = "ERR Please use SETSLOT only with masters.";
        match self.set_slot(from, slot, "node", to).await {
            Err(error) if !error.starts_with(became_replica) => return Err(error),
            _ => {}
        }
        for at in 0..self.nodes.len() {
            if at != from && at != to && !self.nodes[at].is_replica() {
                self.set_slot(at, slot, "node", to).await?;
            }
        }
        Ok(())
    }

    /// Moves all keys of a slot (`clusterManagerMigrateKeysInSlot`).
    async fn migrate_keys(
        &mut self,
        from: usize,
        to: usize,
        slot: Slot,
        dots: bool,
    ) -> Result<(), Option<String>> {
        let pipeline = self.options.cluster.pipeline.unwrap_or(PIPELINE).to_string();
        loop {
            let args = ["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &pipeline];
            let keys = match self.nodes[from].call(&args).await {
                Some(Reply::Error(text)) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    self.replied_with_error(&self.nodes[from].address(), &text);
                    return Err(Some(text));
                }
                Some(reply) => reply.as_slice().unwrap_or_default().to_vec(),
                None => return Err(None),
            };
            if keys.is_empty() {
                return Ok(());
            }
            self.migrate_batch(from, to, slot, &keys).await?;
            if dots {
                self.out(&".".repeat(keys.len()));
            }
        }
    }

    async fn migrate_batch(
        &mut self,
        from: usize,
        to: usize,
        slot: Slot,
        keys: &[Reply],
    ) -> Result<(), Option<String>> {
        let Some(error) = self.migrate(from, to, keys, false).await? else { return Ok(()) };
        let busy = error.contains("BUSYKEY");
        let unserved = !busy && self.owner_at(from, slot).await == Ok(None);
        if !busy && !unserved {
            return self.migrate_failed(from, error);
        }
        if unserved && self.fixing {
            let address = self.nodes[to].address();
            self.log(
                Level::Warning,
                &format!("*** Slot was not served, setting owner to node {address}.\n"),
            );
            let _ = self.set_slot_or_say(from, slot, "node", to).await;
        }
        if busy {
            self.log(Level::Warning, "\n*** Target key exists\n");
            if !self.options.cluster.replace {
                self.log(Level::Warning, "*** Checking key values on both nodes...\n");
                self.compare_values(from, to, keys).await?;
            }
            self.log(Level::Warning, "*** Replacing target keys...\n");
        }
        match self.migrate(from, to, keys, busy).await? {
            None => Ok(()),
            Some(error) => self.migrate_failed(from, error),
        }
    }

    fn migrate_failed(&self, from: usize, error: String) -> Result<(), Option<String>> {
        self.out("\n");
        self.replied_with_error(&self.nodes[from].address(), &error);
        Err(Some(error))
    }

    /// One MIGRATE; the server's error, if it had one.
    async fn migrate(
        &mut self,
        from: usize,
        to: usize,
        keys: &[Reply],
        replace: bool,
    ) -> Result<Option<String>, Option<String>> {
        let timeout = self.options.cluster.timeout.unwrap_or(TIMEOUT_MS).to_string();
        let (host, port) = (self.nodes[to].host.clone(), self.nodes[to].port.to_string());
        let mut args: Vec<Vec<u8>> =
            ["MIGRATE", &host, &port, "", "0", &timeout].map(|a| a.as_bytes().to_vec()).into();
        if replace {
            args.push(b"REPLACE".to_vec());
        }
        if let Some(password) = &self.options.auth {
            match &self.options.user {
                Some(user) => args.extend([b"AUTH2".to_vec(), user.clone().into_bytes()]),
                None => args.push(b"AUTH".to_vec()),
            }
            args.push(password.clone().into_bytes());
        }
        args.push(b"KEYS".to_vec());
        args.extend(keys.iter().filter_map(|k| k.as_bytes().map(<[u8]>::to_vec)));
        match self.nodes[from].call(&args).await {
            Some(reply) => Ok(reply.as_error()),
            None => Err(None),
        }
    }

    /// The id of the node that owns a slot in the view of another (`clusterManagerGetSlotOwner`).
    pub(crate) async fn owner_at(
        &mut self,
        at: usize,
        slot: Slot,
    ) -> Result<Option<String>, String> {
        let reply = self.nodes[at].call(&["CLUSTER", "SLOTS"]).await;
        let ranges = match &reply {
            Some(Reply::Error(text)) => return Err(String::from_utf8_lossy(text).into_owned()),
            Some(reply) => reply.as_slice().unwrap_or_default(),
            None => &[],
        };
        for range in ranges {
            let parts = range.as_slice().unwrap_or_default();
            let [first, last, node, ..] = parts else { continue };
            let (Some(first), Some(last)) = (first.as_int(), last.as_int()) else { continue };
            if (first..=last).contains(&i64::from(slot.number())) {
                return Ok(node.as_slice().and_then(|n| n.get(2)?.to_text()));
            }
        }
        Ok(None)
    }

    /// Equal keys on both sides may be overwritten; different ones are the user's to decide.
    async fn compare_values(
        &mut self,
        from: usize,
        to: usize,
        keys: &[Reply],
    ) -> Result<(), Option<String>> {
        let mut args: Vec<Vec<u8>> = vec![b"DEBUG".to_vec(), b"DIGEST-VALUE".to_vec()];
        args.extend(keys.iter().filter_map(|k| k.as_bytes().map(<[u8]>::to_vec)));
        let (mine, theirs) = (self.expect_at(from, &args).await, self.expect_at(to, &args).await);
        let (Ok(mine), Ok(theirs)) = (mine, theirs) else {
            self.log(Level::Error, "*** Value check failed!\n");
            return Err(None);
        };
        let absent = |r: &Reply| r.as_bytes().is_none_or(|b| b.iter().all(|d| *d == b'0'));
        let sides =
            mine.as_slice().unwrap_or_default().iter().zip(theirs.as_slice().unwrap_or_default());
        let different: Vec<String> = keys
            .iter()
            .zip(sides)
            .filter(|(_, (a, b))| !absent(a) && !absent(b) && a != b)
            .filter_map(|(key, _)| key.to_text())
            .collect();
        if different.is_empty() {
            return Ok(());
        }
        self.log(
            Level::Error,
            &format!(
                "*** Found {} key(s) in both source node and target node having different \
                 values.\n    Source node: {}\n    Target node: {}\n    Keys(s):\n",
                different.len(),
                self.nodes[from].address(),
                self.nodes[to].address()
            ),
        );
        for key in different {
            self.log(Level::Error, &format!("    - {key}\n"));
        }
        self.log(
            Level::Error,
            "Please fix the above key(s) manually and try again or relaunch the command \nwith \
             --cluster-replace option to force key overriding.\n",
        );
        Err(None)
    }
}
