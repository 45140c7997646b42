#![no_main]
//! The file of users that `aclfile` names.
libfuzzer_sys::fuzz_target!(|data: &[u8]| engine_node::fuzz::acl_file(data));
