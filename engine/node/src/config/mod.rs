//! stub
#![allow(missing_docs)]
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub port: u16, pub cluster_enabled: bool, pub databases: usize, pub requirepass: String, pub maxclients: usize, pub protected_mode: bool,
    pub proto_max_bulk_len: u64, pub replica_read_only: bool, pub replica_serve_stale_data: bool,
}
impl Config {
  pub fn bind_source(&self)->Option<std::net::IpAddr>{None}
  pub fn protected_command_allowed(&self,_:bool)->bool{true}
}
