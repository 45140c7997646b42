//! Directives about the process itself: its driver hears when CONFIG SET changes one of them.

use crate::Node;
use crate::config::Config;

/// What the driver does about it: the configuration as it is now, its file, and what has changed.
pub type ProcessSettings = fn(&Config, Option<&str>, &[&'static str]);

const NAMES: [&str; 3] = ["proc-title-template", "crash-log-enabled", "use-exit-on-panic"];

impl Node {
    /// Lends the node what belongs to its process.
    pub fn use_process_settings(&mut self, apply: ProcessSettings) {
        self.process_settings = Some(apply);
    }

    #[inline(never)]
    pub(crate) fn process_settings_changed(&self, changed: &[&'static str]) {
        if let Some(apply) = self.process_settings
            && changed.iter().any(|name| NAMES.contains(name))
        {
            apply(&self.config, self.config_file.as_deref(), changed);
        }
    }
}
