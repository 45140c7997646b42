//! What `INFO persistence` says.

use engine_base::Now;

use crate::Node;
use crate::command::push_field;

impl Node {
    /// The fields of `INFO persistence`, each line ended.
    pub(crate) fn info_persistence(&self, now: Now, out: &mut String) {
        let p = &self.persist;
        let mut field = |name: &str, value: &dyn std::fmt::Display| {
            push_field(out, name, value);
        };
        let status = |ok: bool| if ok { "ok" } else { "err" };
        let background = p.saving.as_ref().filter(|s| s.client.is_none());
        let saving_secs = background.map_or(-1, |s| (now.unix.0 - s.since.0).max(0) / 1000);
        let rewrite = self.aof_set().and_then(|aof| aof.rewrite.as_ref());
        let serves_old = p.progress.as_ref().is_some_and(|progress| progress.serves_old);
        field("loading", &u8::from(p.progress.is_some() && !serves_old));
        field("async_loading", &u8::from(serves_old));
        field("current_cow_peak", &0);
        field("current_cow_size", &0);
        field("current_cow_size_age", &0);
        field("current_fork_perc", &"0.00");
        field("current_save_keys_processed", &0);
        field("current_save_keys_total", &0);
        field("rdb_changes_since_last_save", &self.dirty);
        let saves = background.is_some() || self.sends_snapshots();
        field("rdb_bgsave_in_progress", &u8::from(saves));
        field("rdb_last_save_time", &p.last_save.as_secs());
        field("rdb_last_bgsave_status", &status(p.save_ok));
        field("rdb_last_bgsave_time_sec", &p.last_save_secs);
        field("rdb_current_bgsave_time_sec", &saving_secs);
        field("rdb_saves", &p.saves);
        field("rdb_last_cow_size", &0);
        field("rdb_last_load_keys_expired", &p.expired_keys);
        field("rdb_last_load_keys_loaded", &p.loaded_keys);
        field("aof_enabled", &u8::from(p.aof.is_some()));
        field("aof_rewrite_in_progress", &u8::from(rewrite.is_some()));
        field("aof_rewrite_scheduled", &u8::from(p.rewrite_scheduled));
        field("aof_last_rewrite_time_sec", &if p.rewrites > 0 { 0 } else { -1 });
        let current = rewrite.map_or(-1, |r| r.seconds(now) as i64);
        field("aof_current_rewrite_time_sec", &current);
        field("aof_last_bgrewrite_status", &status(p.rewrite_ok));
        field("aof_rewrites", &p.rewrites);
        field("aof_rewrites_consecutive_failures", &p.failed_rewrites);
        let write_ok = p.aof.as_ref().is_none_or(|aof| aof.error.is_none());
        field("aof_last_write_status", &status(write_ok));
        field("aof_last_cow_size", &0);
        field("module_fork_in_progress", &0);
        field("module_fork_last_cow_size", &0);
        if let Some(aof) = &p.aof {
            field("aof_current_size", &aof.size);
            field("aof_base_size", &aof.base_size);
            field("aof_pending_rewrite", &0);
            field("aof_buffer_length", &aof.buffered());
            field("aof_pending_bio_fsync", &0);
            field("aof_delayed_fsync", &0);
        }
        if let Some(progress) = &p.progress {
            progress.info(now, out);
        }
    }
}
