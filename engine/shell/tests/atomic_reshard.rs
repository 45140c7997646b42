//! `redis-cli --cluster reshard` and `rebalance` with Valkey's
//! `--cluster-use-atomic-slot-migration`, typed in the sandbox.

use std::cell::RefCell;
use std::rc::Rc;

use engine_base::Seed;
use engine_shell::Console;
use engine_sim::{ClusterSpec, HostId, World};

#[test]
fn slots_are_resharded_and_rebalanced_whole() {
    let (mut world, nodes) = World::cluster(&ClusterSpec::six(Seed::from_number(61)));
    let id = |world: &mut World, at: usize| {
        let reply = world.call(nodes[at], &["CLUSTER", "MYID"]);
        String::from_utf8_lossy(&reply).lines().nth(1).unwrap_or_default().to_owned()
    };
    let (from, to) = (id(&mut world, 0), id(&mut world, 1));
    for i in 0..300 {
        let (key, value) = (format!("key:{i}"), i.to_string());
        for node in &nodes[..3] {
            world.call(*node, &["SET", &key, &value]);
        }
    }
    let mut console = Console::new(Rc::new(RefCell::new(world)));
    let tab = console.open(HostId(0));
    let mut screen = |text: &str| {
        console.submit(tab, text);
        let limit = console.now().plus_ms(600_000);
        assert!(console.run_until_idle(tab, limit), "{text} does not end");
        console.take_output(tab).into_iter().map(|c| c.text).collect::<String>()
    };
    let (a, b) = (nodes[0], nodes[1]);
    let atomic = "--cluster-use-atomic-slot-migration";
    let text = screen(&format!(
        "redis-cli --cluster reshard {a} --cluster-from {from} --cluster-to {to} \
         --cluster-slots 1000 --cluster-yes {atomic}"
    ));
    let line = format!("Moving slot range 0-999 from {a} to {b} via atomic slot migration");
    assert!(text.contains(&line), "{text}");
    assert!(text.ends_with(&format!("{}\n", "#".repeat(1000))), "{text}");
    // Gossip takes a moment: as with the real program, the next command may come too early.
    screen("sleep 5");
    let text = screen(&format!("redis-cli --cluster rebalance {a} {atomic}"));
    assert!(text.contains(&format!("slots from {b} to {a}")), "{text}");
    screen("sleep 5");
    let text = screen(&format!("redis-cli --cluster check {a}"));
    assert!(text.contains("[OK] All nodes agree about slots configuration."), "{text}");
    assert!(text.contains("[OK] 300 keys in 3 masters."), "{text}");
    let again = screen(&format!(
        "redis-cli --cluster reshard {a} --cluster-from {to} --cluster-to {to} --cluster-slots 1 \
         --cluster-yes {atomic}"
    ));
    assert!(again.contains("It is not possible to use the target node as source"), "{again}");
}
