use super::world::World;

#[test]
fn masters_that_begin_with_one_epoch_end_with_different_ones() {
    let mut world = World::new(4);
    for i in 1..4 {
        world.meet(0, i);
    }
    world.until("different epochs", 20_000, |w| {
        let mut epochs: Vec<_> = (0..4).map(|i| w.state(i).me().config_epoch).collect();
        epochs.sort_unstable();
        epochs.dedup();
        epochs.len() == 4
    });
    let greatest = (0..4).max_by_key(|i| world.id(*i)).unwrap();
    assert_eq!(world.state(greatest).me().config_epoch, 0, "the greatest id never moves");
    world.run(3000);
    let current = (0..4).map(|i| world.state(i).current_epoch);
    assert_eq!(current.clone().min(), current.max(), "the clock is everybody's");
}

#[test]
fn bumping_is_for_those_who_are_not_ahead() {
    let mut world = World::cluster(3, 0);
    assert!(!world.act(2, |s, _, _| s.bump_epoch()), "node 2 has the largest epoch already");
    assert!(world.act(0, |s, _, _| s.bump_epoch()));
    assert_eq!(world.state(0).me().config_epoch, 4);
    assert!(world.logged(0, "New configEpoch set to 4"));
    world.run(3000);
    assert_eq!(world.state(1).current_epoch, 4);
    assert_eq!(world.state(1).nodes[world.ix(1, 0)].config_epoch, 4);
}

#[test]
fn epochs_survive_a_restart() {
    let mut world = World::cluster(3, 1);
    world.kill(0);
    world.until("promotion", 8000, |w| w.is_master(3));
    world.run(1000);
    let before = (world.state(1).current_epoch, world.state(1).last_vote_epoch);
    assert_eq!(before, (7, 7));
    world.kill(1);
    world.start(1);
    assert_eq!((world.state(1).current_epoch, world.state(1).last_vote_epoch), before);
}
