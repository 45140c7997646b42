#![no_main]
//! Source texts of scripts.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_lua::fuzz::source(data));
