#![no_main]
//! Replies of servers.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_resp::fuzz::replies(data, data.len() / 2));
