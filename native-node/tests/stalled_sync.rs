//! A replica that stops reading in the middle of a diskless full synchronisation is let go.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

#[test]
fn a_replica_that_reads_nothing_of_its_data_is_dropped_and_comes_again() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Real, Kind::Ours] {
        let more = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
        let options = ["--save", "", "--enable-debug-command", "yes", "--rdbcompression", "no"];
        let master = Server::start(kind, &[more.as_slice(), &options].concat());
        assert_eq!(master.ask(&["DEBUG", "POPULATE", "6000", "key", "10000"]), "OK");
        // Slow enough to be stopped in the middle, and more than the sockets take.
        assert_eq!(master.ask(&["CONFIG", "SET", "rdb-key-save-delay", "200"]), "OK");
        let port = master.port.to_string();
        let replica = Server::start(Kind::Real, &["--save", "", "--replicaof", "127.0.0.1", &port]);
        wait("data flows", || replica.log().contains("receiving streamed RDB"));
        replica.signal("STOP");
        assert_eq!(master.ask(&["CONFIG", "SET", "rdb-key-save-delay", "0"]), "OK");
        assert_eq!(master.ask(&["CONFIG", "SET", "repl-timeout", "2"]), "OK");
        wait("it is dropped", || {
            master.log().contains("Disconnecting timedout replica (full sync): 127.0.0.1:")
        });
        assert_eq!(master.field(&["INFO", "replication"], "connected_slaves"), "0", "{kind:?}");
        assert_eq!(master.ask(&["CONFIG", "SET", "repl-timeout", "60"]), "OK");
        replica.signal("CONT");
        wait("it comes again", || replica.ask(&["DBSIZE"]) == "6000");
    }
}

#[test]
fn a_value_longer_than_what_waits_to_be_read_is_loaded_as_it_comes() {
    if !redis_is_here() {
        return;
    }
    for kind in [Kind::Real, Kind::Ours] {
        let diskless = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"];
        let options = ["--save", "", "--rdbcompression", "no"];
        let master = Server::start(kind, &[diskless.as_slice(), &options].concat());
        assert_eq!(master.ask(&["SETRANGE", "long", "3999999", "x"]), "4000000");
        let port = master.port.to_string();
        let load = ["--save", "", "--repl-diskless-load", "on-empty-db"];
        let replica = Server::start(
            Kind::Ours,
            &[load.as_slice(), &["--replicaof", "127.0.0.1", &port]].concat(),
        );
        wait("it has all", || {
            replica.field(&["INFO", "replication"], "master_link_status") == "up"
        });
        assert_eq!(replica.ask(&["STRLEN", "long"]), "4000000", "from {kind:?}");
    }
}
