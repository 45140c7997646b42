//! `MONITOR`: clients that are shown every command (`replicationFeedMonitors`).

use engine_base::split::write_quoted;
use engine_base::{LinkId, Now};

use crate::Node;
use crate::client::ClientFlags;
use crate::command::{CommandFlags, Spec, redacted};

impl Node {
    /// Shows a command to those who watch: `+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"`.
    pub(crate) fn feed_monitors(&mut self, now: Now, link: LinkId, spec: &Spec, args: &[&[u8]]) {
        if !spec.flags.intersects(hidden()) {
            self.show_to_monitors(now, link, args);
        }
    }

    /// Shows a command whatever it is: a script is shown before what it calls.
    pub(crate) fn show_to_monitors(&mut self, now: Now, link: LinkId, args: &[&[u8]]) {
        if self.monitors.is_empty() || self.is_loading() {
            return;
        }
        let Some(client) = self.links.client(link) else { return };
        let millis = now.unix.as_millis();
        let micros = now.mono.as_micros() % 1000;
        let mut line = format!(
            "{}.{:03}{micros:03} [{} {}]",
            millis.div_euclid(1000),
            millis.rem_euclid(1000),
            client.db,
            match &client.socket {
                _ if client.flags.contains(ClientFlags::SCRIPT) => "lua".to_owned(),
                Some(path) => format!("unix:{path}"),
                None => client.peer_name(),
            }
        )
        .into_bytes();
        let redacted = redacted(args);
        let redacted: Option<Vec<&[u8]>> =
            redacted.as_ref().map(|words| words.iter().map(Vec::as_slice).collect());
        for arg in redacted.as_deref().unwrap_or(args) {
            line.push(b' ');
            write_quoted(&mut line, arg);
        }
        for monitor in self.monitors.clone() {
            self.tell(monitor, |reply| {
                reply.raw(b"+");
                reply.raw(&line);
                reply.raw(b"\r\n");
            });
        }
    }

    /// From now on a client is shown every command; `false` when it was already.
    pub(crate) fn start_monitor(&mut self, link: LinkId) -> bool {
        let Some(client) = self.links.client_mut(link) else { return false };
        if client.flags.contains(ClientFlags::MONITOR) {
            return false;
        }
        client.flags.insert(ClientFlags::MONITOR);
        self.monitors.insert(link);
        true
    }

    /// `RESET`: a client watches no more.
    pub(crate) fn stop_monitor(&mut self, link: LinkId) {
        self.monitors.remove(&link);
        if let Some(client) = self.links.client_mut(link) {
            client.flags.remove(ClientFlags::MONITOR);
        }
    }
}

fn hidden() -> CommandFlags {
    CommandFlags::SKIP_MONITOR | CommandFlags::ADMIN
}
