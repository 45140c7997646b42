#![no_main]
//! redis.conf.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_node::fuzz::redis_conf(data));
