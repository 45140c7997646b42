//! What a client asked of its tracking (`CLIENT TRACKING`), and what may not go together.

use std::collections::BTreeSet;

use engine_base::LinkId;

use crate::Node;
use crate::apart::cloned_apart;
use crate::command::Fail;

/// A client that tracks.
#[derive(Debug, Default)]
pub(crate) struct ClientTracking {
    /// Who is told in its stead: the client's id, and its link.
    pub(crate) redirect: Option<(i64, LinkId)>,
    /// It hears of all keys with its prefixes, whether it has read them or not.
    pub(crate) broadcast: bool,
    /// Only what is read after `CLIENT CACHING YES` is remembered.
    pub(crate) opt_in: bool,
    /// What is read after `CLIENT CACHING NO` is not remembered.
    pub(crate) opt_out: bool,
    /// It is not told of its own changes.
    pub(crate) no_loop: bool,
    /// `CLIENT CACHING` was sent, for the next command.
    pub(crate) caching: bool,
    /// The client that is told in its stead has gone.
    pub(crate) broken: bool,
    /// The prefixes of `broadcast`.
    pub(crate) prefixes: BTreeSet<Vec<u8>>,
}

cloned_apart!(ClientTracking {
    redirect,
    broadcast,
    opt_in,
    opt_out,
    no_loop,
    caching,
    broken,
    prefixes,
});

impl ClientTracking {
    /// What a word of `CLIENT TRACKING` switches on.
    pub(crate) fn switch(&mut self, option: &[u8]) -> Option<&mut bool> {
        match option {
            b"bcast" => Some(&mut self.broadcast),
            b"optin" => Some(&mut self.opt_in),
            b"optout" => Some(&mut self.opt_out),
            b"noloop" => Some(&mut self.no_loop),
            _ => None,
        }
    }

    /// Whether what it reads now is remembered.
    pub(super) fn remembers(&self) -> bool {
        let kept = (!self.opt_in || self.caching) && !(self.opt_out && self.caching);
        !self.broadcast && kept
    }

    /// Why it cannot go on as `wanted` (with its prefixes as they were given).
    fn refusal(&self, is_new: bool, wanted: &Self, given: &[&[u8]]) -> Result<(), Fail> {
        if !wanted.broadcast && !given.is_empty() {
            return Err("ERR PREFIX option requires BCAST mode to be enabled".into());
        }
        if !is_new && self.broadcast != wanted.broadcast {
            return Err(
                "ERR You can't switch BCAST mode on/off before disabling tracking for this \
                        client, and then re-enabling it with a different mode."
                    .into(),
            );
        }
        if wanted.broadcast && (wanted.opt_in || wanted.opt_out) {
            return Err("ERR OPTIN and OPTOUT are not compatible with BCAST".into());
        }
        if wanted.opt_in && wanted.opt_out {
            return Err("ERR You can't specify both OPTIN mode and OPTOUT mode".into());
        }
        if (wanted.opt_in && self.opt_out) || (wanted.opt_out && self.opt_in) {
            return Err(
                "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this \
                        client, and then re-enabling it with a different mode."
                    .into(),
            );
        }
        if wanted.broadcast { self.overlap(given) } else { Ok(()) }
    }

    /// No key may be told of twice (`checkPrefixCollisionsOrReply`).
    fn overlap(&self, given: &[&[u8]]) -> Result<(), Fail> {
        let overlap = |a: &[u8], b: &[u8]| a.starts_with(b) || b.starts_with(a);
        let refuse = |prefix: &[u8], with: &str, other: &[u8]| {
            let end = "'. Prefixes for a single client must not overlap.";
            Err(Fail::quoting_two(["ERR Prefix '", with, end], [prefix, other]))
        };
        for (at, prefix) in given.iter().enumerate() {
            if let Some(old) = self.prefixes.iter().find(|old| overlap(old, prefix)) {
                return refuse(prefix, "' overlaps with an existing prefix '", old);
            }
            if let Some(other) = given[at + 1..].iter().find(|other| overlap(other, prefix)) {
                return refuse(prefix, "' overlaps with another provided prefix '", other);
            }
        }
        Ok(())
    }
}

impl Node {
    /// A client begins to track, or goes on with other options (`enableTracking`).
    pub(crate) fn start_tracking(
        &mut self,
        link: LinkId,
        mut wanted: ClientTracking,
        given: &[&[u8]],
    ) -> Result<(), Fail> {
        let Some(client) = self.links.client_mut(link) else { return Ok(()) };
        let is_new = client.tracking.is_none();
        let before = client.tracking.get_or_insert_default();
        if let Err(refusal) = before.refusal(is_new, &wanted, given) {
            client.tracking = client.tracking.take().filter(|_| !is_new);
            return Err(refusal);
        }
        wanted.caching = before.caching;
        wanted.prefixes = std::mem::take(&mut before.prefixes);
        if wanted.broadcast {
            let all: &[&[u8]] = if given.is_empty() { &[b""] } else { given };
            for prefix in all {
                self.tracking.prefixes.join(link, prefix);
                if wanted.prefixes.insert(prefix.to_vec()) {
                    client.name_bytes += prefix.len();
                }
            }
        }
        **before = wanted;
        self.tracking.on = true;
        self.tracking.clients += usize::from(is_new);
        Ok(())
    }
}
