use super::world::{Host, World};

/// Three masters with two replicas each; those of master 1 die.
fn orphaned(change: impl Fn(&mut Host)) -> World {
    let mut world = World::cluster(3, 2);
    world.hosts.iter_mut().for_each(change);
    world.until("ok", 5000, World::all_ok);
    world.kill(4);
    world.kill(7);
    world
}

fn replicas(world: &World, master: usize) -> usize {
    world.state(master).me().replicas.len()
}

#[test]
fn a_spare_replica_moves_to_an_orphaned_master() {
    let mut world = orphaned(|_| {});
    world.until("fail", 5000, |w| w.flags(0, 4).contains("fail") && w.flags(0, 7).contains("fail"));
    let moved = world.until("migration", 12_000, |w| replicas(w, 1) == 3);
    assert!(moved >= 5000, "only after five seconds: {moved} ms");
    let mover = [3, 5, 6, 8].into_iter().min_by_key(|i| world.id(*i)).unwrap();
    assert!(world.logged(mover, "Migrating to orphaned master"), "the smallest id moves");
    assert_eq!(world.hosts[mover].master.as_ref().map(|m| m.1), Some(7001));
    world.run(10_000);
    assert_eq!(replicas(&world, 0) + replicas(&world, 2), 3, "one is enough");
}

#[test]
fn the_barrier_keeps_replicas_at_home() {
    let mut world = orphaned(|host| host.config.migration_barrier = 2);
    world.run(15_000);
    assert_eq!((replicas(&world, 0), replicas(&world, 2)), (2, 2));
}

#[test]
fn migration_can_be_forbidden() {
    let mut world = orphaned(|host| host.config.allow_replica_migration = false);
    world.run(15_000);
    assert_eq!((replicas(&world, 0), replicas(&world, 2)), (2, 2));
}
