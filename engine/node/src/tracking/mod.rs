//! Client-side caching: who has read which key is remembered, and told when it changes
//! (tracking.c).

mod broadcast;
mod options;
mod send;
mod table;

pub(crate) use options::ClientTracking;

use engine_base::LinkId;
use engine_resp::Reply;

use crate::Node;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, Spec};

/// What this node knows of the caches of its clients.
#[derive(Debug, Default)]
pub(crate) struct Tracking {
    /// Somebody has tracked, and may be remembered.
    on: bool,
    /// How many clients track (`tracking_clients`).
    clients: usize,
    table: table::Table,
    prefixes: broadcast::Prefixes,
    /// Whose command runs.
    current: Option<LinkId>,
    /// What the client whose command runs is told after its answer: a key, or that all went.
    pending: Vec<Option<Vec<u8>>>,
}

impl Clone for Tracking {
    /// Where nobody has ever tracked, no code is needed that copies what he left.
    fn clone(&self) -> Self {
        if self.on { self.copied() } else { Self::default() }
    }
}

impl Tracking {
    #[cold]
    #[inline(never)]
    fn copied(&self) -> Self {
        Self {
            on: self.on,
            clients: self.clients,
            table: self.table.clone(),
            prefixes: self.prefixes.clone(),
            current: self.current,
            pending: self.pending.clone(),
        }
    }

    /// Whether anything here has to be looked at: before the first client that tracks, nothing has.
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// Whose command runs from now on.
    pub(crate) fn runs(&mut self, link: Option<LinkId>) {
        self.current = link;
    }

    /// How many clients track.
    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    /// `tracking_total_keys`, `_items` and `_prefixes` of INFO.
    pub(crate) fn totals(&self) -> [usize; 3] {
        [self.table.keys(), self.table.items(), self.prefixes.len()]
    }
}

impl Node {
    /// A client's command begins.
    #[cold]
    #[inline(never)]
    pub(crate) fn tracking_begins(&mut self, link: LinkId) {
        self.tracking.runs(Some(link));
        self.limit_tracking();
    }

    /// A client's command has been answered: what it changed itself is told now, and `CLIENT
    /// CACHING` has had its effect.
    #[cold]
    #[inline(never)]
    pub(crate) fn tracking_ends(&mut self, link: LinkId, args: &[&[u8]], reply: &mut Reply) {
        self.tracking.runs(None);
        self.tell_pending(link, reply);
        let Some(client) = self.links.client_mut(link) else { return };
        let in_transaction = client.flags.contains(ClientFlags::MULTI);
        let about_clients = args.first().is_some_and(|name| name.eq_ignore_ascii_case(b"client"));
        if let Some(tracking) = client.tracking.as_mut().filter(|_| !in_transaction) {
            tracking.caching &= about_clients;
        }
    }

    /// A client has read keys (`trackingRememberKeys`).
    #[cold]
    #[inline(never)]
    pub(crate) fn remember_keys(&mut self, link: LinkId, spec: &Spec, args: &[&[u8]]) {
        let Some(tracking) = self.links.client(link).and_then(|c| c.tracking.as_deref()) else {
            return;
        };
        // Channels of a shard stand where keys do; of a script it depends on what it reads.
        let other = spec.flags.contains(CommandFlags::PUBSUB)
            || ["eval_ro", "evalsha_ro", "fcall_ro"].contains(&spec.name);
        if tracking.remembers() && !other {
            spec.keys.for_each(args, |key| self.tracking.table.insert(key, link));
        }
    }

    /// The keys of a script that begins, if somebody tracks what it reads.
    pub(crate) fn tracked_by_script(&self, keys: &[&[u8]]) -> Vec<Vec<u8>> {
        let all = keys.iter().map(|key| key.to_vec());
        all.filter(|_| self.tracking.is_on()).collect()
    }

    /// A script has read something: all the keys that it was called with count as read by its caller.
    pub(crate) fn remember_declared(&mut self, caller: LinkId, keys: &[Vec<u8>]) {
        let tracking = self.links.client(caller).and_then(|client| client.tracking.as_deref());
        if tracking.is_some_and(ClientTracking::remembers) {
            keys.iter().for_each(|key| self.tracking.table.insert(key, caller));
        }
    }

    /// A key was changed, or went (`trackingInvalidateKey`).
    #[cold]
    #[inline(never)]
    pub(crate) fn tracked_key_changed(&mut self, key: &[u8]) {
        // What a script changes is not its caller's own for whoever hears of prefixes.
        let by = self.tracking.current.filter(|_| !self.scripts.is_running());
        self.tracking.prefixes.changed(key, by);
        self.forget_key(key, true);
    }

    /// A key went that no command took away.
    #[cold]
    #[inline(never)]
    pub(crate) fn tracked_key_gone(&mut self, key: &[u8]) {
        self.tracking.prefixes.changed(key, None);
        self.forget_key(key, true);
    }

    /// Those who have read a key are told that they must not rely on it.
    fn forget_key(&mut self, key: &[u8], in_command: bool) {
        for link in self.tracking.table.remove(key) {
            let Some(tracking) = self.links.client(link).and_then(|c| c.tracking.as_deref()) else {
                continue;
            };
            let own = self.tracking.current == Some(link);
            if tracking.broadcast || (tracking.no_loop && own) {
                continue;
            }
            if own && in_command {
                self.tracking.pending.push(Some(key.to_vec()));
            } else {
                self.tell_changed(link, Some(key));
            }
        }
    }

    /// All keys of a database, or of all, are about to go (`trackingInvalidateKeysOnFlush`).
    #[cold]
    #[inline(never)]
    pub(crate) fn tracked_keys_flushed(&mut self) {
        let all = self.links.clients().filter(|c| c.tracking.is_some()).map(|c| c.link);
        for link in all.collect::<Vec<_>>() {
            if self.tracking.current == Some(link) {
                self.tracking.pending.push(None);
            } else {
                self.tell_changed(link, None);
            }
        }
        self.tracking.table = table::Table::default();
    }

    /// `tracking-table-max-keys`: some keys that are too many are given up, at random
    /// (`trackingLimitUsedSlots`).
    #[cold]
    #[inline(never)]
    pub(crate) fn limit_tracking(&mut self) {
        let max = usize::try_from(self.config.tracking_table_max_keys).unwrap_or(usize::MAX);
        for _ in 0..self.tracking.table.effort(max) {
            let Some(key) = self.tracking.table.draw(&mut self.rng) else { return };
            self.forget_key(&key, false);
            if self.tracking.table.keys() <= max {
                return;
            }
        }
    }

    /// A client stops to track, or goes (`disableTracking`).
    pub(crate) fn stop_tracking(&mut self, link: LinkId) {
        if self.tracking.is_on() {
            self.forget_tracking(link);
        }
    }

    #[cold]
    #[inline(never)]
    fn forget_tracking(&mut self, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        let Some(tracking) = client.tracking.take() else { return };
        client.name_bytes -= tracking.prefixes.iter().map(Vec::len).sum::<usize>();
        self.tracking.clients -= 1;
        self.tracking.prefixes.leave(link, &tracking.prefixes);
    }

    /// What changed in this turn is told to those who listen to a prefix
    /// (`trackingBroadcastInvalidationMessages`).
    #[cold]
    #[inline(never)]
    pub(crate) fn tracking_before_sleep(&mut self) {
        for changed in self.tracking.prefixes.take_changed() {
            for link in changed.listeners {
                let no_loop = self
                    .links
                    .client(link)
                    .and_then(|client| client.tracking.as_ref())
                    .is_some_and(|tracking| tracking.no_loop);
                let except = no_loop.then_some(link);
                let told =
                    |(_, by): &(&Vec<u8>, &Option<LinkId>)| except.is_none() || **by != except;
                let keys: Vec<&[u8]> =
                    changed.keys.iter().filter(told).map(|(key, _)| key.as_slice()).collect();
                if !keys.is_empty() {
                    self.tell_all_changed(link, &keys);
                }
            }
        }
    }
}
