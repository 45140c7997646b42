//! The network: `ip`, `ifconfig`, `netstat`, and `net`, the sandbox's own command for cuts and
//! delays between hosts.

use engine_sim::{FaultOp, HostId, Quality};

use super::Context;

pub(crate) async fn ifconfig(c: Context) -> i32 {
    let ip = c.sys.with(|h| h.ip.to_string()).unwrap_or_default();
    c.io.out(format!(
        "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        \
         inet {ip}  netmask 255.255.255.0  broadcast 192.168.40.255\n\n\
         lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n        \
         inet 127.0.0.1  netmask 255.0.0.0\n\n"
    ));
    0
}

pub(crate) async fn ip(c: Context) -> i32 {
    let what = c.args.get(1).map_or("", String::as_str);
    if !matches!(what, "a" | "addr" | "address" | "ad" | "add") {
        c.io.err(format!("Object \"{what}\" is unknown, try \"ip help\".\n"));
        return 1;
    }
    let ip = c.sys.with(|h| h.ip.to_string()).unwrap_or_default();
    c.io.out(format!(
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    \
         inet 127.0.0.1/8 scope host lo\n\
         2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000\n    \
         inet {ip}/24 brd 192.168.40.255 scope global eth0\n"
    ));
    0
}

pub(crate) async fn netstat(c: Context) -> i32 {
    let mut text = String::from(
        "Active Internet connections (only servers)\n\
         Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\n",
    );
    let rows = c.sys.with(|h| {
        let mut rows: Vec<String> = h
            .listening()
            .iter()
            .map(|l| {
                let title = h.process(l.pid).map_or("-", |p| p.title.as_str());
                let program: String = format!("{}/{title}", l.pid).chars().take(20).collect();
                format!(
                    "tcp        0      0 {:<23} 0.0.0.0:*               LISTEN      {program}\n",
                    format!("{}:{}", l.ip, l.port)
                )
            })
            .collect();
        rows.sort();
        rows.concat()
    });
    text.push_str(&rows.unwrap_or_default());
    c.io.out(text);
    0
}

const USAGE: &str = "net: cables between the hosts of this sandbox\n\
  net                          how all of them are\n\
  net cut HOST HOST            cut the cable between two hosts\n\
  net cut --oneway FROM TO     nothing gets from FROM to TO\n\
  net heal [HOST HOST]         mend it, or all\n\
  net slow HOST HOST MS        packets take MS milliseconds longer\n\
  net lose HOST HOST PERCENT   so many packets are lost\n";

pub(crate) async fn run(c: Context) -> i32 {
    let args: Vec<&str> = c.args[1..].iter().map(String::as_str).collect();
    let host = |name: &str| {
        let found = c.sys.world.borrow().find_host(name);
        if found.is_none() {
            c.io.err(format!("net: {name}: there is no such host\n"));
        }
        found
    };
    let pair = |a: &str, b: &str| host(a).zip(host(b));
    let both = |(a, b): (HostId, HostId), make: &dyn Fn(HostId, HostId) -> FaultOp| {
        let mut world = c.sys.world.borrow_mut();
        world.fault(make(a, b));
        world.fault(make(b, a));
    };
    match args.as_slice() {
        [] | ["show" | "status"] => show(&c),
        ["cut", "--oneway", a, b] => {
            let Some((a, b)) = pair(a, b) else { return 1 };
            c.sys.world.borrow_mut().fault(FaultOp::Cut(a, b));
        }
        ["cut", a, b] => {
            let Some(pair) = pair(a, b) else { return 1 };
            both(pair, &FaultOp::Cut);
        }
        ["heal"] => {
            let mut world = c.sys.world.borrow_mut();
            world.fault(FaultOp::HealAll);
            for a in 0..world.hosts().len() {
                for b in 0..world.hosts().len() {
                    world.fault(FaultOp::Quality(HostId(a), HostId(b), None));
                }
            }
        }
        ["heal", a, b] => {
            let Some(pair) = pair(a, b) else { return 1 };
            both(pair, &FaultOp::Heal);
            both(pair, &|a, b| FaultOp::Quality(a, b, None));
        }
        ["slow", a, b, ms] => {
            let ms = ms.trim_end_matches("ms").parse::<u64>().ok().filter(|ms| *ms <= 600_000);
            let (Some(pair), Some(ms)) = (pair(a, b), ms) else { return usage(&c) };
            let old = c.sys.world.borrow().quality(pair.0, pair.1);
            let latency_us = Quality::LAN.latency_us + ms * 1000;
            both(pair, &|a, b| FaultOp::Quality(a, b, Some(Quality { latency_us, ..old })));
        }
        ["lose", a, b, percent] => {
            let percent = percent.trim_end_matches('%').parse::<f64>().ok();
            let percent = percent.filter(|p| (0.0..=100.0).contains(p));
            let (Some(pair), Some(percent)) = (pair(a, b), percent) else { return usage(&c) };
            let old = c.sys.world.borrow().quality(pair.0, pair.1);
            let loss = percent / 100.0;
            both(pair, &|a, b| FaultOp::Quality(a, b, Some(Quality { loss, ..old })));
        }
        _ => return usage(&c),
    }
    0
}

fn usage(c: &Context) -> i32 {
    c.io.err(USAGE);
    2
}

fn show(c: &Context) {
    let world = c.sys.world.borrow();
    let mut text = String::new();
    for (i, a) in world.hosts().iter().enumerate() {
        for (j, b) in world.hosts().iter().enumerate().filter(|(j, _)| *j != i) {
            let (from, to) = (HostId(i), HostId(j));
            let q = world.quality(from, to);
            let state = if world.is_cut(from, to) { "cut" } else { "up" };
            text.push_str(&format!(
                "{} -> {}  {state:<3}  {:.1}-{:.1} ms  loss {}%\n",
                a.name,
                b.name,
                q.latency_us as f64 / 1000.0,
                (q.latency_us + q.jitter_us) as f64 / 1000.0,
                q.loss * 100.0
            ));
        }
    }
    drop(world);
    c.io.out(text);
}
