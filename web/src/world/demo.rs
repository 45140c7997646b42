//! Development only.
use std::rc::Rc;
use super::driver::*; use super::model::*;
use crate::fixture::node;
pub(crate) fn screen() -> Screen {
    let mut nodes = Vec::new();
    for h in 0..3 { nodes.push(node(h, 6380, Some(Role::Master))); nodes.push(node(h, 6381, Some(Role::Replica))); }
    let r = [(0,5461),(5462,10922),(10923,16383)];
    for h in 0..3usize { nodes[h*2].ranges = vec![r[h]]; nodes[h*2].shard = Some(h as u8); nodes[h*2].epoch = h as u64 + 1;
      let m = (h+1)%3; nodes[h*2+1].master = Some(m*2); nodes[h*2+1].shard = Some(m as u8); nodes[h*2+1].epoch = m as u64+1; }
    // election: db01:6380 dead; db03:6381 promoted
    nodes[0].pid=None; nodes[0].health=Health::Down; nodes[0].doubters=2; nodes[0].failers=2; nodes[0].jury=2; nodes[0].silence=1.0; nodes[0].state_ok=None;
    nodes[5].role=Some(Role::Master); nodes[5].master=None; nodes[5].ranges=vec![(0,5461)]; nodes[5].epoch=7;
    nodes[3].health=Health::Pfail; nodes[3].doubters=1;
    nodes[1].election=Some(Election{votes:1,needed:2,epoch:7});
    let mut slots = SlotsView::default();
    for (s,o) in slots.owner.iter_mut().enumerate() { *o = if s<=5461 {5} else if s<=10922 {2} else {4}; }
    for s in 0..400 { slots.has_keys[(s*41)%16384]=true; }
    for s in 5300..5310 { slots.moving.push((s,Some(5),Some(2))); }
    slots.shards = nodes.iter().map(|n| n.shard).collect();
    let mut beliefs = vec![];
    for a in 0..6 { if a==0 { beliefs.push(vec![]); continue; }
      beliefs.push((0..6).map(|b| Belief{ what: if a==b {Opinion::Myself} else if b==0 { if a==3 {Opinion::Pfail} else {Opinion::Fail} } else if b%2==0||b==5 && a!=1 {Opinion::Master} else {Opinion::Replica}, epoch: nodes[b].epoch, odd:false }).collect()); }
    super::opinion::mark_disagreement(&mut beliefs);
    let view = WorldView { now_us: 47_204_000, seed: 1, hosts: ["db01","db02","db03"].iter().zip(["192.168.40.5","192.168.40.1","192.168.40.2"]).map(|(n,i)| HostView{name:(*n).into(),ip:i.into()}).collect(), nodes, slots: Rc::new(slots), beliefs, gossip_per_s: 42 };
    let ev = |seq:u64,ms:u64,tone,node,key,args:&[(&'static str,&str)],mark| Rc::new(EventView{seq,at_us:ms*1000,tone,node:Some(node),key,args:args.iter().map(|(k,v)|(*k,(*v).to_owned())).collect(),mark});
    let events = vec![
        ev(1,12_000,Tone::Command,0,"event-killed",&[("code","137")],Some("mark-down")),
        ev(2,27_000,Tone::Warn,2,"event-pfail",&[("of","db01:6380")],Some("mark-pfail")),
        ev(3,27_400,Tone::Bad,2,"event-fail",&[("of","db01:6380"),("agree","2"),("needed","2")],Some("mark-fail")),
        ev(4,28_100,Tone::Vote,5,"event-election",&[("epoch","7"),("needed","2")],Some("mark-election")),
        ev(5,28_101,Tone::Vote,2,"event-vote",&[("to","db03:6381"),("epoch","7")],Some("mark-vote")),
        ev(6,28_102,Tone::Good,5,"event-won",&[("epoch","7")],Some("mark-won")),
    ];
    let mut t = crate::console::terminal::Terminal::default();
    t.typed("[root@db01 ~]# ","ps -ef | grep redis");
    t.print("root      3297     1  0 20:15 ?        00:00:01 redis-server 192.168.40.5:6381 [cluster]\nroot      3696     1  0 20:32 ?        00:00:01 redis-server 192.168.40.5:6380 [cluster]\n");
    t.typed("[root@db01 ~]# ","kill -9 3696");
    t.typed("[root@db01 ~]# ","redis-cli -h 192.168.40.1 -p 6380 cluster nodes");
    t.print("a5a381d1196111a5a381d1196111a5a381d11961 192.168.40.5:6380@16380 master,fail - 1655215163615 1655215162602 5 disconnected\ne5dad803a672aee5dad803a672aee5dad803a672 192.168.40.2:6381@16381 master - 0 1655215166631 7 connected 0-5461\n7094c6f07820847094c6f07820847094c6f07820 192.168.40.1:6380@16380 myself,master - 0 0 2 connected 5462-10922\n(error) CLUSTERDOWN Hash slot not served\n");
    let tab = |n:&str,t| TabView{title:n.into(),prompt:format!("[root@{n} ~]# "),busy:false,terminal:Rc::new(t)};
    Screen { names: Rc::new(crate::events::names(&view)), view: Rc::new(view), events: Rc::new(events), tabs: Rc::new(vec![tab("db01",t),tab("db02",Default::default()),tab("db03",Default::default())]), playing:true, speed: super::pace::REAL, ready:true, scenario: Scenario::Formed }
}
pub(crate) fn flights(deck: &super::flights::Deck) {
    let mut d = deck.0.borrow_mut();
    for (f,t,l,tone) in [(2,5,"VOTE · epoch 7",Tone::Vote),(4,5,"VOTE · epoch 7",Tone::Vote),(2,4,"FAIL db01:6380",Tone::Bad),(2,1,"PONG · epoch 7",Tone::Good)] {
        d.depart(Flight{from:Some(f),to:Some(t),label:l.into(),tone,takes_us:40_000},0.01);
    }
}
