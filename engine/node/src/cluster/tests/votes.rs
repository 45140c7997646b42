//! Every rule by which a master refuses its vote.

use engine_base::{NodeId, Slot};
use engine_bus::{Header, Message, MessageFlags, NodeFlags, Packet, View};

use super::world::World;
use crate::cluster::NodeIx;
use crate::cluster::vote::Refusal;
use crate::config::ElectionProfile;

/// Master 0 looks at requests of replica 3, whose master 0's peer 1... is marked failed first.
struct Booth {
    world: World,
    candidate: NodeIx,
    header: Header,
}

impl Booth {
    /// Replica 4 of master 1 asks master 0. Everything speaks for it.
    fn new() -> Self {
        let mut world = World::cluster(3, 1);
        let (master, candidate) = (world.ix(0, 1), world.ix(0, 4));
        world.hosts[0].state.nodes[master].flags.insert(NodeFlags::FAIL);
        let state = &world.hosts[0].state;
        let mut header = Header::new(world.id(4));
        header.current_epoch = state.current_epoch + 1;
        header.config_epoch = state.nodes[master].config_epoch;
        header.slots = state.nodes[master].slots().clone();
        header.master = Some(world.id(1));
        header.flags = NodeFlags::SLAVE;
        world.hosts[0].state.current_epoch += 1;
        Self { world, candidate, header }
    }

    fn ask(&mut self) -> Result<(), Refusal> {
        let packet = Packet { header: self.header.clone(), message: Message::AuthRequest };
        let mut bytes = Vec::new();
        packet.encode(&mut bytes);
        let candidate = self.candidate;
        self.world.act(0, |s, now, cx| {
            s.may_vote(now.unix.0, cx, candidate, &View::check(&bytes).unwrap())
        })
    }

    fn state(&mut self) -> &mut crate::cluster::ClusterState {
        &mut self.world.hosts[0].state
    }
}

#[test]
fn a_good_request_is_granted() {
    assert_eq!(Booth::new().ask(), Ok(()));
}

#[test]
fn an_old_epoch_is_refused() {
    let mut booth = Booth::new();
    booth.header.current_epoch -= 1;
    assert_eq!(booth.ask(), Err(Refusal::OldEpoch));
}

#[test]
fn one_vote_an_epoch() {
    let mut booth = Booth::new();
    booth.state().last_vote_epoch = booth.header.current_epoch;
    assert_eq!(booth.ask(), Err(Refusal::AlreadyVoted));
}

#[test]
fn a_master_is_not_elected() {
    let mut booth = Booth::new();
    let candidate = booth.candidate;
    booth.state().set_as_master(candidate);
    assert_eq!(booth.ask(), Err(Refusal::IsMaster));
}

#[test]
fn a_replica_of_nobody_is_not_elected() {
    let mut booth = Booth::new();
    let candidate = booth.candidate;
    booth.state().nodes[candidate].master = None;
    assert_eq!(booth.ask(), Err(Refusal::UnknownMaster));
}

#[test]
fn a_working_master_is_not_replaced_unless_by_hand() {
    let mut booth = Booth::new();
    let master = booth.world.ix(0, 1);
    booth.state().nodes[master].flags.remove(NodeFlags::FAIL);
    assert_eq!(booth.ask(), Err(Refusal::MasterUp));
    booth.header.mflags = MessageFlags::FORCEACK;
    assert_eq!(booth.ask(), Ok(()));
}

#[test]
fn two_node_timeouts_between_votes_about_one_master() {
    let mut booth = Booth::new();
    let master = booth.world.ix(0, 1);
    let now = booth.world.now;
    booth.state().nodes[master].rare_mut().voted_time = now - 1999;
    assert_eq!(booth.ask(), Err(Refusal::TooSoon(1)));
    booth.state().nodes[master].rare_mut().voted_time = now - 2000;
    assert_eq!(booth.ask(), Ok(()));
}

#[test]
fn only_masters_with_slots_have_a_vote() {
    let voted = |prepare: &dyn Fn(&mut Booth)| {
        let mut booth = Booth::new();
        prepare(&mut booth);
        let mut bytes = Vec::new();
        Packet { header: booth.header.clone(), message: Message::AuthRequest }.encode(&mut bytes);
        let link = booth.world.state(0).nodes[booth.candidate].inbound().unwrap();
        booth.world.act(0, |s, now, cx| s.bytes(now, cx, link, &bytes));
        booth.world.state(0).sent_by_type[6]
    };
    assert_eq!(voted(&|_| ()), 1);
    assert_eq!(voted(&|booth| booth.state().unassign_slots(Slot::all())), 0, "an empty master");
    let replica = |booth: &mut Booth| {
        booth.state().me_mut().flags = NodeFlags::MYSELF | NodeFlags::SLAVE;
    };
    assert_eq!(voted(&replica), 0, "a replica");
}

#[test]
fn valkey_has_no_pause_between_votes_about_one_master() {
    let mut booth = Booth::new();
    booth.world.hosts[0].config.profile = ElectionProfile::Valkey9;
    let master = booth.world.ix(0, 1);
    booth.state().nodes[master].rare_mut().voted_time = booth.world.now;
    assert_eq!(booth.ask(), Ok(()));
    booth.state().health.settled = false;
    assert_eq!(booth.ask(), Err(Refusal::JustStarted));
}

#[test]
fn who_is_refused_for_its_old_slots_is_told_the_new_ones_by_valkey() {
    for (profile, told) in [(ElectionProfile::Redis7, 0), (ElectionProfile::Valkey9, 1)] {
        let mut booth = Booth::new();
        booth.world.hosts[0].config.profile = profile;
        let mine = Slot::new(0).unwrap();
        booth.header.slots.insert(mine);
        booth.state().me_mut().config_epoch = 9;
        let header = booth.header.clone();
        let mut bytes = Vec::new();
        Packet { header, message: Message::AuthRequest }.encode(&mut bytes);
        let link = booth.world.state(0).nodes[booth.candidate].inbound().unwrap();
        booth.world.act(0, |s, now, cx| s.bytes(now, cx, link, &bytes));
        assert_eq!(booth.world.state(0).sent_by_type[7], told);
    }
}

#[test]
fn a_claimed_slot_with_a_newer_owner_is_refused() {
    let mut booth = Booth::new();
    let mine = Slot::new(0).unwrap();
    booth.header.slots.insert(mine);
    booth.state().me_mut().config_epoch = 9;
    let me = booth.state().myself;
    assert_eq!(booth.ask(), Err(Refusal::SlotEpoch(mine, me)));
}

#[test]
fn the_words_are_those_of_redis() {
    let mut world = World::cluster(3, 1);
    let master = world.ix(0, 1);
    // A candidate whose master works asks nobody, so this request is made by hand.
    let id: NodeId = world.id(4);
    let mut header = Header::new(id);
    header.current_epoch = world.state(0).current_epoch + 1;
    header.config_epoch = world.state(0).nodes[master].config_epoch;
    header.master = Some(world.id(1));
    let packet = Packet { header, message: Message::AuthRequest };
    let mut bytes = Vec::new();
    packet.encode(&mut bytes);
    let link = world.state(0).nodes[world.ix(0, 4)].inbound().unwrap();
    world.act(0, |s, now, cx| s.bytes(now, cx, link, &bytes));
    assert!(world.logged(0, &format!("Failover auth denied to {id}: its master is up")));
}
