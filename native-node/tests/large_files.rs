//! Files of more than a piece are made beside everything else: they hold the data of the moment in
//! which they were begun, whatever is written meanwhile, and half a file is never left behind.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kind, Server, redis_is_here, wait};

const DEBUG: [&str; 2] = ["--enable-debug-command", "yes"];

fn names(server: &Server) -> Vec<String> {
    let entries = std::fs::read_dir(&server.dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn words<'a>(command: &'a str, more: &'a [String]) -> Vec<&'a str> {
    std::iter::once(command).chain(more.iter().map(String::as_str)).collect()
}

#[test]
fn a_save_holds_the_data_of_its_beginning() {
    if !redis_is_here() {
        return;
    }
    let server = Server::start(Kind::Ours, &[&["--save", ""], &DEBUG[..]].concat());
    server.ask(&["DEBUG", "POPULATE", "200000", "key", "100"]);
    let digest = server.ask(&["DEBUG", "DIGEST"]);
    assert_eq!(server.ask(&["BGSAVE"]), "Background saving started");
    let mut writes = 0;
    wait("the save is over", || {
        let key = |n: usize| format!("key:{}", (writes + n) * 17 % 200_000);
        let keys: Vec<String> = (0..200).map(key).collect();
        let (gone, changed) = keys.split_at(100);
        server.ask(&words("DEL", gone));
        let pairs: Vec<String> =
            changed.iter().flat_map(|key| [key.clone(), "changed".to_owned()]).collect();
        server.ask(&words("MSET", &pairs));
        writes += 200;
        server.field(&["INFO", "persistence"], "rdb_bgsave_in_progress") == "0"
    });
    assert_eq!(server.field(&["INFO", "persistence"], "rdb_last_bgsave_status"), "ok");
    assert_ne!(server.ask(&["DEBUG", "DIGEST"]), digest);
    assert_eq!(server.ask(&["DEBUG", "RELOAD", "NOSAVE"]), "OK");
    assert_eq!(server.ask(&["DEBUG", "DIGEST"]), digest);
}

#[test]
fn a_rewrite_knows_how_large_its_base_is() {
    if !redis_is_here() {
        return;
    }
    let options = [&["--save", "", "--appendonly", "yes"], &DEBUG[..]].concat();
    let server = Server::start(Kind::Ours, &options);
    server.ask(&["DEBUG", "POPULATE", "100000", "key", "100"]);
    server.ask(&["BGREWRITEAOF"]);
    wait("the rewrite is over", || server.field(&["INFO", "persistence"], "aof_rewrites") == "1");
    let base = server.field(&["INFO", "persistence"], "aof_base_size").parse::<u64>().unwrap();
    let folder = server.dir.join("appendonlydir");
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(Result::unwrap)
        .find(|entry| entry.file_name().to_string_lossy().ends_with(".2.base.rdb"));
    assert_eq!(base, file.unwrap().metadata().unwrap().len());
}

#[test]
fn an_end_in_the_middle_leaves_no_half_file() {
    if !redis_is_here() {
        return;
    }
    let server = Server::start(Kind::Ours, &[&["--save", ""], &DEBUG[..]].concat());
    server.ask(&["DEBUG", "POPULATE", "300000", "key", "200"]);
    assert_eq!(server.ask(&["BGSAVE"]), "Background saving started");
    server.ask(&["SHUTDOWN", "NOSAVE"]);
    wait("it has ended", || server.log().contains("bye bye"));
    assert!(server.log().contains("There is a child saving an .rdb. Killing it!"));
    wait("no half file is there", || !names(&server).iter().any(|name| name.starts_with("temp-")));
}
