#![no_main]
//! Requests of clients.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_resp::fuzz::requests(data, data.len() / 2));
