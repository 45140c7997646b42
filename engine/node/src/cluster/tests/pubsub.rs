use super::world::World;

#[test]
fn publish_reaches_every_node_and_spublish_the_shard() {
    let mut world = World::cluster(3, 1);
    world.act(0, |s, _, cx| s.publish(cx, b"news", b"hello", false));
    world.act(0, |s, _, cx| s.publish(cx, b"shard", b"hi", true));
    world.run(50);
    let heard = |i: usize| world.hosts[i].published.clone();
    let all = (b"news".to_vec(), b"hello".to_vec(), false);
    let shard = (b"shard".to_vec(), b"hi".to_vec(), true);
    assert_eq!(heard(1), vec![all.clone()]);
    assert_eq!(heard(3), [all, shard], "node 3 is node 0's replica");
    assert!(heard(0).is_empty(), "its own subscribers are served without the bus");
    assert_eq!(world.state(0).sent_by_type[4], 5);
    assert_eq!(world.state(0).sent_by_type[10], 1);
}
