//! `disable-thp`: no transparent huge pages for this process (`linuxMemoryWarnings` in server.c).
//!
//! Redis looks first whether the kernel gives huge pages to everybody. Here they go whatever the
//! kernel's mode: the allocator asks for them by itself, and a page of 2 MiB that is cleared in the
//! middle of a command is a command that takes a millisecond.

use engine_node::config::Config;
use rustix::thread::disable_transparent_huge_pages;

use crate::log::Log;

/// Turns them off, as the configuration says. Memory that is touched later comes in small pages.
pub(crate) fn obey(config: &Config, log: &Log) {
    if !config.disable_thp {
        return;
    }
    if let Err(error) = disable_transparent_huge_pages(true) {
        log.warning(&format!("Transparent huge pages cannot be disabled: {error}"));
    }
}
