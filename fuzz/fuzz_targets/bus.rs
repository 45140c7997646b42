#![no_main]
//! Packets of the cluster bus.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_bus::fuzz::decode_any(data));
