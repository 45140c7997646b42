#![no_main]
//! Records and manifests of append-only files.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_store::fuzz::append_only(data));
