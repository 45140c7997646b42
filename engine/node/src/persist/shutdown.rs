//! An orderly end: `prepareForShutdown`, `finishShutdown`.

use engine_base::{LinkId, Mono, Now};

use crate::Node;
use crate::api::{Action, LogLevel};
use crate::client::Wait;
use crate::config::ShutdownOnSignal;
use crate::pause::Pauser;

/// Whether the data is saved before the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Final {
    /// As save points say.
    #[default]
    AsConfigured,
    /// `SHUTDOWN SAVE`
    Save,
    /// `SHUTDOWN NOSAVE`
    NoSave,
}

/// An end that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    save: Final,
    /// End even when saving fails.
    force: bool,
    /// Until when replicas may still catch up; `None` once they are not waited for.
    replicas_until: Option<Mono>,
    /// Who hears it when the end fails.
    clients: Vec<LinkId>,
}

impl Node {
    /// Ends the process as `shutdown-on-sigterm` or `shutdown-on-sigint` says.
    pub(crate) fn shutdown(&mut self, now: Now, how: ShutdownOnSignal) {
        let save = match how {
            ShutdownOnSignal { save: true, .. } => Final::Save,
            ShutdownOnSignal { nosave: true, .. } => Final::NoSave,
            _ => Final::AsConfigured,
        };
        self.shutdown_with(now, None, save, how.now, how.force);
    }

    /// Ends the process: `SHUTDOWN`. Unless `at_once`, replicas may catch up first; unless `force`,
    /// a failed save keeps the process.
    pub(crate) fn shutdown_with(
        &mut self,
        now: Now,
        client: Option<LinkId>,
        save: Final,
        at_once: bool,
        force: bool,
    ) {
        if let Some(link) = client {
            self.block(link, Mono::NEVER, Wait::Save);
        }
        if let Some(ending) = &mut self.persist.ending {
            ending.clients.extend(client);
            return;
        }
        self.out.log(LogLevel::Warning, "User requested shutdown...");
        let timeout = self.config.shutdown_timeout;
        let wait = !at_once && timeout > 0 && !self.replicas_have_all();
        let until = wait.then(|| now.mono.plus_ms(timeout.saturating_mul(1000)));
        // Half of the data must not take the place of the file that is being loaded.
        let save = if self.is_loading() { Final::NoSave } else { save };
        let clients = client.into_iter().collect();
        self.persist.ending = Some(Ending { save, force, replicas_until: until, clients });
        match until {
            Some(until) => {
                self.pause.begin(Pauser::Shutdown, until, true, now);
                self.out.log(LogLevel::Notice, "Waiting for replicas before shutting down.");
            }
            None => self.finish_shutdown(now),
        }
    }

    /// `SHUTDOWN ABORT`: whether there was an end to call off.
    pub(crate) fn abort_shutdown(&mut self, now: Now) -> bool {
        if self.persist.signalled.take().is_some() {
            self.persist.end_by_signal = false;
            self.out.log(LogLevel::Notice, "Shutdown manually aborted.");
            return true;
        }
        let waits = |ending: &mut Ending| ending.replicas_until.is_some();
        let Some(ending) = self.persist.ending.take_if(waits) else { return false };
        self.persist.end_by_signal = false;
        self.out.log(LogLevel::Notice, "Shutdown manually aborted.");
        self.end_pause(now, Pauser::Shutdown);
        self.shutdown_failed(now, &ending);
        true
    }

    /// Milliseconds until an end that was asked for waits no longer for replicas.
    pub(crate) fn shutdown_in_ms(&self, now: Now) -> Option<u64> {
        let until = self.persist.ending.as_ref()?.replicas_until?;
        Some(until.ms_since(now.mono))
    }

    /// Goes on with an end that waits for replicas, when they have caught up or time is up.
    pub(crate) fn check_shutdown(&mut self, now: Now) {
        let waiting = self.persist.ending.as_ref().and_then(|ending| ending.replicas_until);
        if waiting.is_some_and(|until| until <= now.mono || self.replicas_have_all()) {
            self.finish_shutdown(now);
        }
    }

    #[inline(never)]
    fn finish_shutdown(&mut self, now: Now) {
        let Some(ending) = &mut self.persist.ending else { return };
        ending.replicas_until = None;
        let save = ending.save;
        self.stop_children();
        for line in self.lagging_replicas(now) {
            self.out.log(LogLevel::Warning, line);
        }
        let (in_step, all) = self.replicas_in_step();
        if all > 0 {
            let text = format!("{in_step} of {all} replicas are in sync when shutting down.");
            self.out.log(LogLevel::Notice, text);
        }
        if self.persist.aof.as_ref().is_some_and(|aof| aof.initial) {
            if !self.persist.ending.as_ref().is_some_and(|ending| ending.force) {
                self.out.log(LogLevel::Warning, "Writing initial AOF, can't exit.");
                return self.cannot_end(now);
            }
            self.out.log(LogLevel::Warning, "Writing initial AOF. Exit anyway.");
        }
        if self.persist.appends() {
            self.out.log(LogLevel::Notice, "Calling fsync() on the AOF file.");
            self.sync_append_only_file(true);
        }
        let wanted = match save {
            Final::AsConfigured => !self.config.save.0.is_empty(),
            Final::Save => true,
            Final::NoSave => false,
        };
        if !wanted {
            return self.leave();
        }
        self.out.log(LogLevel::Notice, "Saving the final RDB snapshot before exiting.");
        self.begin_save(now, None, true);
    }

    /// What is being written is not waited for; half a file does not stay.
    fn stop_children(&mut self) {
        if self.stop_background_save() {
            let text = "There is a child saving an .rdb. Killing it!";
            self.out.log(LogLevel::Warning, text);
        }
        let initial = self.persist.aof.as_ref().is_some_and(|aof| aof.initial);
        if !initial && self.stop_rewrite() {
            let text = "There is a child rewriting the AOF. Killing it!";
            self.out.log(LogLevel::Warning, text);
        }
    }

    /// SIGINT while an end that a signal asked for is under way: the process ends as it is
    /// (`sigShutdownHandler`). Whether it does.
    pub(crate) fn insists(&mut self, signal: &str) -> bool {
        let again = self.persist.end_by_signal && signal == "SIGINT";
        if again {
            self.out.log(LogLevel::Warning, "You insist... exiting now.");
            if let Some(saving) = self.persist.saving.take() {
                self.abandon_snapshot(saving.file);
            }
            self.out.push(Action::Exit { code: 1 });
        }
        again
    }

    /// The last save ended.
    pub(super) fn last_save_done(&mut self, now: Now, ok: bool) {
        let Some(ending) = &self.persist.ending else { return };
        if ok || ending.force {
            return self.leave();
        }
        self.out.log(LogLevel::Warning, "Error trying to save the DB, can't exit.");
        self.cannot_end(now);
    }

    /// The process stays, and who asked for its end is told.
    fn cannot_end(&mut self, now: Now) {
        let Some(ending) = self.persist.ending.take() else { return };
        self.persist.end_by_signal = false;
        self.out.log(
            LogLevel::Warning,
            "Errors trying to shut down the server. Check the logs for more information.",
        );
        self.end_pause(now, Pauser::Shutdown);
        self.shutdown_failed(now, &ending);
    }

    fn shutdown_failed(&mut self, now: Now, ending: &Ending) {
        for &link in &ending.clients {
            if self.unblock(link).is_some() {
                self.tell(link, |reply| reply.error("ERR Errors trying to SHUTDOWN. Check logs."));
                self.process_client(now, link);
            }
        }
    }

    fn leave(&mut self) {
        if !self.config.pidfile.is_empty() {
            // The driver does it.
            self.out.log(LogLevel::Notice, "Removing the pid file.");
        }
        self.remove_unix_socket();
        self.out.settle_now();
        self.out.log(LogLevel::Warning, "Redis is now ready to exit, bye bye...");
        self.out.push(Action::Exit { code: 0 });
    }
}
