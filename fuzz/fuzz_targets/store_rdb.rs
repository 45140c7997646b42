#![no_main]
//! RDB files.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_store::fuzz::rdb_file(data, data.len() / 2));
