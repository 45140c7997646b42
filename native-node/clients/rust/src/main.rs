//! The scenario's steps with redis-rs.

use std::time::{Duration, Instant};

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncCommands, ProtocolVersion, PushInfo, PushKind, RedisResult, Value};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

type Answer = Result<String, Box<dyn std::error::Error>>;

struct Scenario {
    cluster: ClusterConnection,
    pushes: UnboundedReceiver<PushInfo>,
}

fn key(i: u64) -> String {
    format!("rs:{i}")
}

impl Scenario {
    async fn connect(port: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let (send, pushes) = unbounded_channel();
        let client = ClusterClient::builder([format!("redis://127.0.0.1:{port}/")])
            .use_protocol(ProtocolVersion::RESP3)
            .push_sender(move |push| send.send(push).map_err(|_| redis::aio::SendError))
            .build()?;
        Ok(Self { cluster: client.get_async_connection().await?, pushes })
    }

    async fn step(&mut self, step: &str, args: &[&str]) -> Answer {
        let n: u64 = args.first().and_then(|n| n.parse().ok()).unwrap_or(0);
        match step {
            "fill" => self.fill(n).await,
            "check" => self.check(n).await,
            "ask" => self.ask(args).await,
            "churn" => self.churn(Duration::from_millis(n)).await,
            "transaction" => self.transaction().await,
            "pubsub" => {
                self.cluster.subscribe("news:rs").await?;
                let _: i64 = self.cluster.publish("news:rs", "hello").await?;
                self.heard(PushKind::Message).await
            }
            "shardpubsub" => {
                self.cluster.ssubscribe("shard:rs").await?;
                let _: i64 = self.cluster.spublish("shard:rs", "hello").await?;
                self.heard(PushKind::SMessage).await
            }
            "survive" => self.survive(n).await,
            _ => Err(format!("no step {step}").into()),
        }
    }

    async fn fill(&mut self, n: u64) -> Answer {
        for i in 0..n {
            let _: () = self.cluster.set(key(i), format!("value {i}")).await?;
        }
        Ok(n.to_string())
    }

    async fn check(&mut self, n: u64) -> Answer {
        for i in 0..n {
            let value: Option<String> = self.cluster.get(key(i)).await?;
            if value != Some(format!("value {i}")) {
                return Err(format!("{} holds {value:?}", key(i)).into());
            }
        }
        Ok(n.to_string())
    }

    async fn ask(&mut self, keys: &[&str]) -> Answer {
        let mut values = Vec::new();
        for key in keys {
            values.push(self.cluster.get::<_, String>(key).await?);
        }
        Ok(values.join(" "))
    }

    async fn churn(&mut self, time: Duration) -> Answer {
        let end = Instant::now() + time;
        let mut i = 0;
        while Instant::now() < end {
            let value: u64 = self.cluster.incr(format!("rs:count:{}", i % 200), 1).await?;
            if value != i / 200 + 1 {
                return Err(format!("count {i} is {value}").into());
            }
            i += 1;
        }
        Ok(if i > 100 { "busy".into() } else { format!("only {i}") })
    }

    async fn transaction(&mut self) -> Answer {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for amount in [1, 2, 3] {
            pipe.incr("{tx}rs", amount);
        }
        let sums: Vec<i64> = pipe.query_async(&mut self.cluster).await?;
        Ok(sums.last().map(i64::to_string).unwrap_or_default())
    }

    async fn heard(&mut self, kind: PushKind) -> Answer {
        let wait = async {
            while let Some(push) = self.pushes.recv().await {
                if push.kind == kind
                    && let Some(Value::BulkString(text)) = push.data.last()
                {
                    return Ok(String::from_utf8_lossy(text).into_owned());
                }
            }
            Err("the cluster is gone".into())
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await?
    }

    /// Tries again until it works; how a program survives a failover.
    async fn survive(&mut self, n: u64) -> Answer {
        let end = Instant::now() + Duration::from_secs(30);
        for i in 0..n {
            loop {
                let done: RedisResult<()> = self.cluster.set(key(i), format!("value {i}")).await;
                match done {
                    Ok(()) => break,
                    Err(error) if Instant::now() > end => return Err(error.into()),
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        }
        Ok(n.to_string())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut scenario = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match (words.as_slice(), &mut scenario) {
            (["connect", port], _) => match Scenario::connect(port).await {
                // The library tells nobody how many nodes it found.
                Ok(new) => {
                    scenario = Some(new);
                    Ok("connected".into())
                }
                Err(error) => Err(error),
            },
            ([step, args @ ..], Some(scenario)) => scenario.step(step, args).await,
            _ => Err("connect first".into()),
        };
        match answer {
            Ok(text) => println!("ok {text}"),
            Err(error) => println!("failed: {}", error.to_string().replace('\n', " ")),
        }
    }
}
