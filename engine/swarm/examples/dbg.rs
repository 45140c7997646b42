//! dbg
use engine_sim::*;
use engine_base::*;
fn main() {
    let mut spec = ClusterSpec::six(Seed::from_number(4));
    spec.options = vec!["--appendonly".into(), "yes".into()];
    spec.replicas = 0;
    let (mut w, addrs) = World::cluster(&spec);
    for round in 0..2 {
        for i in 0..50 { w.call(addrs[1], &["SET", &format!("{{x{i}}}"), "v"]); }
        w.fault(FaultOp::PowerOff(HostId(1)));
        w.run_ms(40_000);
        w.fault(FaultOp::PowerOn(HostId(1)));
        let s = w.start_plain_node(HostId(1), addrs[1].port(), &spec);
        println!("{round}: {:?}", s.map(|s| (s.exit, String::from_utf8_lossy(&s.stdout).into_owned())));
        w.run_ms(30_000);
    }
    println!("{}", String::from_utf8_lossy(&w.hosts()[1].fs.read("/data/6380/6380.log").unwrap_or_default()));
}
