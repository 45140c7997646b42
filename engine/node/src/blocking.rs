//! Clients that wait: for keys (`BLPOP` and its kin), for a pause to end, for time to run out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::client::{Blocked, ClientFlags, KeyWait, Wait};
use crate::command::lookup;
use crate::pause::Pauser;

/// Who waits for which key, in the order in which they came, and which keys changed since.
#[derive(Clone, Debug, Default)]
pub(crate) struct WakeList {
    waiting: BTreeMap<(usize, Vec<u8>), VecDeque<LinkId>>,
    ready: BTreeSet<(usize, Vec<u8>)>,
    /// A command that waited is being run again.
    pub(crate) retrying: bool,
    /// The key for which it is run again.
    pub(crate) ready_key: Vec<u8>,
}

impl WakeList {
    /// Whether any client waits for a key.
    pub(crate) fn anyone_waits(&self) -> bool {
        !self.waiting.is_empty()
    }
}

impl Node {
    /// Blocks the client of a command until one of `wait.keys` changes, or `deadline` passes.
    pub(crate) fn block_on_keys(&mut self, link: LinkId, deadline: Mono, wait: KeyWait) {
        for key in &wait.keys {
            self.wake.waiting.entry((wait.db, key.clone())).or_default().push_back(link);
        }
        self.block(link, deadline, Wait::Keys(wait));
    }

    /// Blocks a client; its command will be answered later.
    pub(crate) fn block(&mut self, link: LinkId, deadline: Mono, wait: Wait) {
        if let Some(client) = self.links.client_mut(link) {
            client.blocked = Some(Box::new(Blocked { deadline, wait }));
            self.timers.blocked = self.timers.blocked.min(deadline);
        }
    }

    /// Takes a client's wait away; the caller answers and goes on with what it sent meanwhile.
    pub(crate) fn unblock(&mut self, link: LinkId) -> Option<Blocked> {
        let blocked = *self.links.client_mut(link)?.blocked.take()?;
        if let Wait::Keys(wait) = &blocked.wait {
            for key in &wait.keys {
                self.forget_wait(link, wait.db, key);
            }
        }
        Some(blocked)
    }

    /// A key was changed: those who WATCH it lose their transaction, those who wait for it are
    /// looked at before the turn ends.
    pub(crate) fn key_changed(&mut self, db: usize, key: &[u8]) {
        self.key_modified(db, key);
        self.key_ready(db, key);
    }

    /// A key went by itself: its time had come, or it had to make room.
    pub(crate) fn key_gone(&mut self, db: usize, key: &[u8]) {
        self.touch_watched(db, key);
        if self.tracking.is_on() {
            self.tracked_key_gone(key);
        }
        self.key_ready(db, key);
    }

    /// A key was changed, in a way that nobody waits for (`signalModifiedKey`).
    pub(crate) fn key_modified(&mut self, db: usize, key: &[u8]) {
        self.touch_watched(db, key);
        if self.tracking.is_on() {
            self.tracked_key_changed(key);
        }
    }

    /// Those who wait for a key are looked at before the turn ends (`signalKeyAsReady`).
    pub(crate) fn key_ready(&mut self, db: usize, key: &[u8]) {
        if self.wake.waiting.is_empty() {
            return;
        }
        let place = (db, key.to_vec());
        if self.wake.waiting.contains_key(&place) {
            self.wake.ready.insert(place);
        }
    }

    /// All keys of a database may have changed (`SWAPDB`).
    pub(crate) fn wake_database(&mut self, db: usize) {
        let places = self.wake.waiting.keys().filter(|(waiting, _)| *waiting == db).cloned();
        self.wake.ready.extend(places);
    }

    /// Serves those who wait for keys that changed, first come first served
    /// (`handleClientsBlockedOnKeys`). A served command may make other keys ready.
    pub(crate) fn wake_waiting(&mut self, now: Now) {
        // Not in the middle of a script.
        if self.scripts.is_running() {
            return;
        }
        while let Some(place) = self.wake.ready.pop_first() {
            let waiting: Vec<LinkId> = self
                .wake
                .waiting
                .get(&place)
                .map(|q| q.iter().copied().collect())
                .unwrap_or_default();
            self.wake.ready_key = place.1;
            for link in waiting {
                self.retry(now, link);
            }
        }
    }

    /// Runs a waiting client's command again. If it blocks again it keeps its place and its
    /// deadline.
    fn retry(&mut self, now: Now, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        let Some(blocked) = client.blocked.take() else { return };
        let Wait::Keys(wait) = &blocked.wait else {
            client.blocked = Some(blocked);
            return;
        };
        let args: Vec<&[u8]> = wait.args.iter().map(Vec::as_slice).collect();
        let Ok((_, spec)) = lookup(&args) else { return };
        let places: Vec<_> = wait.keys.iter().map(|key| (wait.db, key.clone())).collect();
        let saved = self.wake.waiting.clone();
        let mut reply = client.empty_reply();
        self.wake.retrying = true;
        self.tracking.runs(Some(link));
        self.call(now, link, spec, &args, &mut reply);
        self.tracking.runs(None);
        if self.tracking.is_on() {
            self.tell_pending(link, &mut reply);
        }
        self.wake.retrying = false;
        let Some(client) = self.links.client_mut(link) else { return };
        if client.blocked.is_some() {
            // Still nothing to take: its old place in the queue and its old deadline stand.
            client.blocked = Some(blocked);
            self.wake.waiting = saved;
            return;
        }
        client.reply.raw(reply.as_bytes());
        for (db, key) in places {
            self.forget_wait(link, db, &key);
        }
        self.announce_output(link);
        self.process_client(now, link);
    }

    fn forget_wait(&mut self, link: LinkId, db: usize, key: &[u8]) {
        let place = (db, key.to_vec());
        if let Some(queue) = self.wake.waiting.get_mut(&place) {
            queue.retain(|waiting| *waiting != link);
            if queue.is_empty() {
                self.wake.waiting.remove(&place);
            }
        }
    }

    /// A pause is over: those it held back, and no other pause does, go on with the request they had sent.
    pub(crate) fn end_pause(&mut self, now: Now, who: Pauser) {
        self.pause.end(who);
        self.let_held_go(now);
    }

    /// Those who were held back (by a pause, or by a key on its way to another node) try again
    /// with the request they had sent.
    pub(crate) fn let_held_go(&mut self, now: Now) {
        let held: Vec<LinkId> = self
            .links
            .clients_and_master()
            .filter(|c| matches!(c.blocked.as_deref(), Some(Blocked { wait: Wait::Paused, .. })))
            .map(|c| c.link)
            .collect();
        for link in held {
            self.unblock(link);
            self.go_on(now, link);
        }
    }

    /// Ends the waits whose time is up, and finds the next deadline.
    pub(crate) fn expire_waits(&mut self, now: Now) {
        let mut due = Vec::new();
        let mut next = Mono::NEVER;
        for client in self.links.clients_and_master() {
            let Some(blocked) = &client.blocked else { continue };
            if blocked.deadline <= now.mono {
                due.push(client.link);
            } else {
                next = next.min(blocked.deadline);
            }
        }
        self.timers.blocked = self.timers.blocked.min(next);
        for link in due {
            self.end_wait(now, link);
        }
    }

    /// A wait is over without what it waited for.
    pub(crate) fn end_wait(&mut self, now: Now, link: LinkId) {
        let Some(blocked) = self.unblock(link) else { return };
        match blocked.wait {
            Wait::Keys(wait) => self.tell(link, |reply| reply.raw(&wait.timeout_reply)),
            Wait::Replicas { offset, .. } => {
                let acknowledged = self.replicas_acknowledged(offset);
                self.tell(link, |reply| reply.int(acknowledged as i64));
            }
            Wait::SetSlot { .. } => {
                let refusal = "NOREPLICAS Not enough good replicas to write.";
                self.stats.error(refusal);
                self.tell(link, |reply| reply.error(refusal));
            }
            Wait::Migrate => self.migrate_timed_out(now, link),
            Wait::Save | Wait::Paused | Wait::Script => {}
        }
        self.go_on(now, link);
    }

    /// Goes on with what a client, or this node's master, has sent meanwhile.
    pub(crate) fn go_on(&mut self, now: Now, link: LinkId) {
        if self.links.client(link).is_some_and(|c| c.flags.contains(ClientFlags::MASTER)) {
            self.apply_stream(now, link, &[]);
        } else {
            self.process_client(now, link);
        }
    }
}
