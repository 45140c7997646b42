#![no_main]
//! Listpacks and intsets.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_store::fuzz::packs(data));
