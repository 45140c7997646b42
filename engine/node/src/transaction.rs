//! Commands queued since MULTI.

use engine_base::LinkId;
use engine_resp::Reply;

use crate::Node;
use crate::client::ClientFlags;
use crate::command::Spec;

/// What EXEC will carry out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    /// The commands in the order in which they came.
    pub(crate) queued: Vec<(&'static Spec, Vec<Vec<u8>>)>,
}

impl Node {
    /// Queues a command for EXEC and answers `QUEUED`.
    pub(crate) fn queue_in_transaction(
        &mut self,
        link: LinkId,
        spec: &'static Spec,
        args: &[&[u8]],
        reply: &mut Reply,
    ) {
        let Some(client) = self.links.client_mut(link) else { return };
        let words = args.iter().map(|word| word.to_vec()).collect();
        client.transaction.get_or_insert_default().queued.push((spec, words));
        reply.simple("QUEUED");
    }

    /// Forgets a transaction and the keys watched for it (`discardTransaction`).
    pub(crate) fn discard_transaction(&mut self, link: LinkId) {
        self.unwatch_all(link);
        let Some(client) = self.links.client_mut(link) else { return };
        client.transaction = None;
        client.flags.remove(ClientFlags::MULTI | ClientFlags::DIRTY_CAS | ClientFlags::DIRTY_EXEC);
    }

    /// A client wants EXEC to do nothing if this key changes before.
    pub(crate) fn watch(&mut self, link: LinkId, db: usize, key: &[u8]) {
        let Some(client) = self.links.client_mut(link) else { return };
        self.watchers += usize::from(client.watched.is_empty());
        client.watched.insert((db, key.to_vec()));
    }

    /// A client watches no key any more.
    pub(crate) fn unwatch_all(&mut self, link: LinkId) {
        let Some(client) = self.links.client_mut(link) else { return };
        self.watchers -= usize::from(!client.watched.is_empty());
        client.watched.clear();
    }

    /// A key was changed: every client that watches it will get nil from EXEC.
    pub(crate) fn touch_watched(&mut self, db: usize, key: &[u8]) {
        if self.watchers == 0 {
            return;
        }
        for client in self.links.clients_mut() {
            if !client.watched.is_empty() && client.watched.contains(&(db, key.to_vec())) {
                client.flags.insert(ClientFlags::DIRTY_CAS);
            }
        }
    }
}
