#![no_main]
//! Values as DUMP gives them, without version and checksum.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_store::fuzz::payload(data));
