//! Load by redis-rs on keys of its own until standard input says stop.
//!
//! Tells every acknowledged write and every error, a line each; what they are held against is in
//! `native-node/tests/load`.

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncCommands, RedisError, RedisResult};
use tokio::io::{AsyncBufReadExt, BufReader};

const KEYS: u64 = 64;

fn both(key: &str) -> (String, String) {
    (format!("{{{key}}}a"), format!("{{{key}}}b"))
}

async fn write(rc: &mut ClusterConnection, kind: &str, key: &str, n: u64) -> RedisResult<()> {
    match kind {
        "s" => rc.set(key, n).await,
        "h" => rc.hset::<_, _, _, i64>(key, "f", n).await.map(drop),
        "z" => rc.zadd::<_, _, _, i64>(key, "m", n).await.map(drop),
        _ => {
            let (a, b) = both(key);
            rc.mset(&[(a, n), (b, n)]).await
        }
    }
}

async fn read(rc: &mut ClusterConnection, kind: &str, key: &str) -> RedisResult<Option<u64>> {
    match kind {
        "s" => rc.get(key).await,
        "h" => rc.hget(key, "f").await,
        "z" => rc.zscore::<_, _, Option<f64>>(key, "m").await.map(|held| held.map(|n| n as u64)),
        _ => {
            let (a, b) = both(key);
            let held: (Option<u64>, Option<u64>) = rc.mget(&[a, b]).await?;
            assert_eq!(held.0, held.1, "{key}: half a write");
            Ok(held.0)
        }
    }
}

fn class(error: &RedisError) -> String {
    let kind = format!("{:?}", error.kind());
    error.code().map_or(kind, str::to_owned)
}

async fn connect(port: &str) -> RedisResult<ClusterConnection> {
    ClusterClient::builder([format!("redis://127.0.0.1:{port}/")])
        .response_timeout(Duration::from_secs(2))
        .connection_timeout(Duration::from_secs(2))
        .build()?
        .get_async_connection()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = std::env::args().nth(1).expect("a port");
    let mut rc = connect(&port).await.expect("a cluster");
    // A write that is under way is waited for: what it did must be told.
    let stop = Rc::new(Cell::new(false));
    let told = stop.clone();
    let listen = async move {
        let _ = BufReader::new(tokio::io::stdin()).lines().next_line().await;
        told.set(true);
        std::future::pending::<()>().await;
    };
    let mut out = std::io::BufWriter::new(std::io::stdout());
    writeln!(out, "ready").and_then(|()| out.flush()).expect("a pipe");
    let work = async {
        for n in 1_u64.. {
            if stop.get() {
                break;
            }
            let place = n % KEYS;
            let kind = ["s", "h", "z", "m"][(place % 4) as usize];
            let key = format!("rs:{kind}:{place}");
            match write(&mut rc, kind, &key, n).await {
                Ok(()) => {
                    let ms = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
                    writeln!(out, "ack {key} {n} {}", ms.as_millis()).expect("a pipe");
                }
                Err(error) => writeln!(out, "err {key} {n} {}", class(&error)).expect("a pipe"),
            }
            if n.is_multiple_of(3) {
                match read(&mut rc, kind, &key).await {
                    Ok(held) => assert!(held.is_none_or(|held| held <= n), "{key}: {held:?}"),
                    Err(error) => writeln!(out, "err {key} {n} {}", class(&error)).expect("a pipe"),
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = listen => {}
    }
    writeln!(out, "bye").and_then(|()| out.flush()).expect("a pipe");
}
