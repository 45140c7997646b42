//! How a client is told that keys have changed (`sendTrackingMessage`).

use engine_base::LinkId;
use engine_resp::{Protocol, Reply};

use crate::Node;

/// On which channel a client of RESP2 hears of it, when another one sends it there.
const CHANNEL: &[u8] = b"__redis__:invalidate";

/// How a message begins.
enum Form {
    /// A message of its own kind, which RESP3 knows.
    Push,
    /// A message of a channel.
    Message,
}

impl Node {
    /// Tells a client that one key has changed, or that all of them went.
    pub(super) fn tell_changed(&mut self, link: LinkId, key: Option<&[u8]>) {
        let body = self.body(link, key);
        self.tell_invalid(link, &body);
    }

    /// Tells a client that these keys have changed.
    pub(super) fn tell_all_changed(&mut self, link: LinkId, keys: &[&[u8]]) {
        let mut body = Reply::new();
        body.array(keys.len());
        keys.iter().for_each(|key| body.bulk(key));
        self.tell_invalid(link, body.as_bytes());
    }

    /// Tells the client whose command has been answered, behind the answer.
    #[cold]
    #[inline(never)]
    pub(crate) fn tell_pending(&mut self, link: LinkId, reply: &mut Reply) {
        for key in std::mem::take(&mut self.tracking.pending) {
            let body = self.body(link, key.as_deref());
            match self.recipient(link) {
                Some((to, form)) if to == link => write(reply, &form, &body),
                _ => self.tell_invalid(link, &body),
            }
        }
    }

    /// A key in a list, or nothing for all of them, in the words of the client that tracks.
    fn body(&self, link: LinkId, key: Option<&[u8]>) -> Vec<u8> {
        let mut body = Reply::new();
        match key {
            Some(key) => {
                body.array(1);
                body.bulk(key);
            }
            None => {
                let resp3 = self.links.client(link).is_some_and(|c| c.reply.is_resp3());
                body.set_protocol(if resp3 { Protocol::Resp3 } else { Protocol::Resp2 });
                body.null();
            }
        }
        body.as_bytes().to_vec()
    }

    /// Who hears what a client is to be told, and in which form; `None` for nobody.
    fn recipient(&self, link: LinkId) -> Option<(LinkId, Form)> {
        let client = self.links.client(link)?;
        let redirect = client.tracking.as_ref()?.redirect;
        let heard_by = redirect.map_or(Some(client), |(_, to)| self.links.client(to))?;
        if heard_by.reply.is_resp3() {
            return Some((heard_by.link, Form::Push));
        }
        // In RESP2 only what listens to channels can be told something that it did not ask for.
        (redirect.is_some() && heard_by.in_pubsub_mode()).then_some((heard_by.link, Form::Message))
    }

    /// Sends a message on its way.
    fn tell_invalid(&mut self, link: LinkId, body: &[u8]) {
        if let Some((to, form)) = self.recipient(link) {
            self.tell(to, |reply| write(reply, &form, body));
            self.weigh_client(to, 0);
            return;
        }
        let Some(client) = self.links.client(link) else { return };
        let Some((id, to)) = client.tracking.as_ref().and_then(|tracking| tracking.redirect) else {
            return;
        };
        if self.links.client(to).is_some() {
            return;
        }
        let resp3 = client.reply.is_resp3();
        if let Some(tracking) = self.links.client_mut(link).and_then(|c| c.tracking.as_mut()) {
            tracking.broken = true;
        }
        if resp3 {
            self.tell(link, |reply| {
                reply.push(2);
                reply.bulk(b"tracking-redir-broken");
                reply.int(id);
            });
        }
    }
}

fn write(reply: &mut Reply, form: &Form, body: &[u8]) {
    match form {
        Form::Push => {
            reply.push(2);
            reply.bulk(b"invalidate");
        }
        Form::Message => {
            reply.push(3);
            reply.bulk(b"message");
            reply.bulk(CHANNEL);
        }
    }
    reply.raw(body);
}
