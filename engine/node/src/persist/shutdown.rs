//! An orderly end: `prepareForShutdown`.

use engine_base::Now;

use crate::Node;
use crate::api::{Action, LogLevel};

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

impl Node {
    /// Ends the process as SIGTERM does.
    pub(crate) fn shutdown(&mut self, now: Now) {
        self.shutdown_with(now, Final::AsConfigured);
    }

    /// Ends the process, saving first when that is asked for.
    pub(crate) fn shutdown_with(&mut self, now: Now, save: Final) {
        if self.persist.ending {
            return;
        }
        self.out.log(LogLevel::Warning, "User requested shutdown...");
        if self.persist.appends() {
            self.out.log(LogLevel::Notice, "Calling fsync() on the AOF file.");
            self.sync_append_only_file();
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
        self.persist.ending = true;
        self.begin_save(now, None, true);
    }

    /// The last save ended.
    pub(super) fn last_save_done(&mut self, ok: bool) {
        self.persist.ending = false;
        if ok {
            self.leave();
        } else {
            self.out.log(LogLevel::Warning, "Error trying to save the DB, can't exit.");
        }
    }

    fn leave(&mut self) {
        self.out.log(LogLevel::Warning, "Redis is now ready to exit, bye bye...");
        self.out.push(Action::Exit { code: 0 });
    }
}
