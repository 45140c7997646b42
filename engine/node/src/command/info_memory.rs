//! `INFO memory`. The data's size is an estimate (see `memory.rs`).

use engine_base::Now;

use super::info::Fields;
use crate::Node;

/// `bytesToHuman` in server.c.
fn human(bytes: u64) -> String {
    let units = [("T", 1_u64 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((letter, unit)) => format!("{:.2}{letter}", bytes as f64 / unit as f64),
        None => format!("{bytes}B"),
    }
}

/// A field in bytes, and again as people read it.
fn both(out: &mut Fields, name: &str, bytes: u64) {
    out.line(name, bytes);
    out.line(&format!("{name}_human"), human(bytes));
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.2}%", part as f64 * 100.0 / whole.max(1) as f64)
}

/// What Redis says of an allocator that tells nothing of itself: what is not in use is all of the
/// process (`cronUpdateMemoryStats`).
fn allocator(out: &mut Fields, used: u64, resident: u64) {
    out.line("allocator_allocated", used);
    out.line("allocator_active", resident);
    out.line("allocator_resident", resident);
}

/// How much is lost, by the same measure.
fn fragmentation(out: &mut Fields, used: u64, resident: u64) {
    let lost = i128::from(resident) - i128::from(used);
    out.line("allocator_frag_ratio", format_args!("{:.2}", resident as f64 / used as f64));
    out.line("allocator_frag_bytes", lost);
    for of in ["allocator_rss", "rss_overhead"] {
        out.line(&format!("{of}_ratio"), "1.00");
        out.line(&format!("{of}_bytes"), 0);
    }
    out.line("mem_fragmentation_ratio", format_args!("{:.2}", resident as f64 / used as f64));
    out.line("mem_fragmentation_bytes", lost);
}

pub(super) fn memory(node: &Node, _: Now, out: &mut Fields) {
    let (data, buffers) = (node.data_memory() as u64, node.buffer_memory());
    let (backlog, kept) = (node.replication.backlog_len(), node.own_backlog());
    let startup = node.startup_memory() as u64;
    let replicas = node.replica_buffer_memory();
    let of_scripts = node.scripts.memory().total() as u64;
    let used = startup + data + buffers as u64 + kept + replicas as u64 + of_scripts;
    let facts = node.host_facts.as_deref();
    let resident = facts.and_then(|facts| (facts.resident?)());
    let peak = used.max(node.memory.peak());
    both(out, "used_memory", used);
    if let Some(resident) = resident {
        both(out, "used_memory_rss", resident);
    }
    both(out, "used_memory_peak", peak);
    out.line("used_memory_peak_perc", percent(used, peak));
    out.line("used_memory_overhead", used - data);
    out.line("used_memory_startup", startup);
    out.line("used_memory_dataset", data);
    out.line("used_memory_dataset_perc", percent(data, used.saturating_sub(startup)));
    if let Some(facts) = facts.filter(|facts| facts.system_memory > 0) {
        both(out, "total_system_memory", facts.system_memory);
    }
    if let Some(resident) = resident {
        allocator(out, used, resident);
    }
    scripts(node, out);
    out.line("maxmemory", node.config.maxmemory);
    out.line("maxmemory_human", human(node.config.maxmemory));
    out.line("maxmemory_policy", node.config.maxmemory_policy.text());
    if let Some(resident) = resident {
        fragmentation(out, used, resident);
    }
    out.line("mem_not_counted_for_evict", replicas);
    out.line("mem_replication_backlog", kept);
    out.line("mem_total_replication_buffers", backlog);
    out.line("mem_clients_slaves", replicas);
    out.line("mem_clients_normal", buffers);
    let links = node.cluster.as_deref().map_or(0, |c| c.links.values().map(|l| l.queued).sum());
    out.line("mem_cluster_links", links);
    out.line("mem_aof_buffer", node.persist.unwritten());
    if let Some(facts) = facts {
        out.line("mem_allocator", &facts.allocator);
    }
    out.line("active_defrag_running", 0);
    let (pending, freed) = node.lazily_freed();
    out.line("lazyfree_pending_objects", pending);
    out.line("lazyfreed_objects", freed);
}

/// What scripts take, and their Lua.
fn scripts(node: &Node, out: &mut Fields) {
    let memory = node.scripts.memory();
    out.line("used_memory_lua", memory.eval_state);
    out.line("used_memory_vm_eval", memory.eval_state);
    out.line("used_memory_lua_human", human(memory.eval_state as u64));
    out.line("used_memory_scripts_eval", memory.cache);
    out.line("number_of_cached_scripts", memory.cached);
    out.line("number_of_functions", memory.functions);
    out.line("number_of_libraries", memory.library_count);
    out.line("used_memory_vm_functions", memory.function_state);
    both(out, "used_memory_vm_total", (memory.eval_state + memory.function_state) as u64);
    out.line("used_memory_functions", memory.libraries);
    both(out, "used_memory_scripts", (memory.cache + memory.libraries) as u64);
}
