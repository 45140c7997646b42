#![allow(clippy::disallowed_types)]
use engine::base::Seed;
use engine::sim::{ClusterSpec, World};
use std::time::Instant;
fn core() -> f64 {
    std::fs::read_to_string("/proc/self/schedstat")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/statm")
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 4096
        >> 20
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let masters: usize = a[1].parse().unwrap();
    let secs: u64 = a[2].parse().unwrap();
    let cold = a.get(3).is_some_and(|w| w == "cold");
    let spec = ClusterSpec { masters, ..ClusterSpec::six(Seed::from_number(1)) };
    let t = Instant::now();
    let c0 = core();
    let (mut w, _) = if cold { World::planted(&spec) } else { World::warm(&spec) };
    println!(
        "formed {:.2} core {:.2} wall, virtual {} rss {} MB",
        core() - c0,
        t.elapsed().as_secs_f64(),
        w.now(),
        rss()
    );
    for s in 0..secs {
        let c0 = core();
        let before = w.trace().bus_sends;
        let st = w.steps();
        w.run_ms(1000);
        let b = w.trace().bus_sends;
        let c = core() - c0;
        println!(
            "s {s}: pings {} pongs {} steps {} core {:.3} us/hb {:.1} rss {}",
            b[0] - before[0],
            b[1] - before[1],
            w.steps() - st,
            c,
            c * 1e6 / ((b[0] + b[1] - before[0] - before[1]).max(1) as f64),
            rss()
        );
    }
    // ages
    let mut hist = [0u64; 16];
    let mut n = 0;
    for (h, p) in w.servers() {
        let now = w.unix(h).0;
        let node = p.server().unwrap().node();
        for peer in node.view_cluster().unwrap().peers {
            if peer.pong_received != 0 && node.cluster_id() != Some(peer.id) {
                let a = (now - peer.pong_received) / 500;
                hist[(a.max(0) as usize).min(15)] += 1;
                n += 1;
            }
        }
        if n > 200000 {
            break;
        }
    }
    println!("ages by 500 ms: {:?}", hist.map(|h| (h as f64 * 1000.0 / n as f64).round()));
    println!("digest {:x}", w.trace().digest.value());
}
