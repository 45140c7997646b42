#![no_main]
//! nodes.conf.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_node::fuzz::nodes_conf(data));
