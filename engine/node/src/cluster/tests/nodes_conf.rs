use engine_base::{Mono, Now, Rng, Seed, UnixMs};
use engine_bus::NodeFlags;

use super::world::BEGIN_MS;
use crate::api::BootError;
use crate::cluster::{ClusterConfig, ClusterState};

/// Files written by redis-server 7.0.15 (engine/bus/tests/golden/capture.py).
const REAL: [&str; 7] = [
    include_str!("../../../../bus/tests/golden/nodes-0.conf"),
    include_str!("../../../../bus/tests/golden/nodes-1.conf"),
    include_str!("../../../../bus/tests/golden/nodes-2.conf"),
    include_str!("../../../../bus/tests/golden/nodes-3.conf"),
    include_str!("../../../../bus/tests/golden/nodes-failed-over-1.conf"),
    include_str!("../../../../bus/tests/golden/nodes-failed-over-2.conf"),
    include_str!("../../../../bus/tests/golden/nodes-failed-over-3.conf"),
];

fn boot(file: &str) -> Result<ClusterState, BootError> {
    let now = Now { mono: Mono::ZERO, unix: UnixMs(BEGIN_MS) };
    // The capture's proxies announced other bus ports than the default.
    let port = file
        .lines()
        .find(|line| line.contains("myself"))
        .and_then(|line| line.split([':', '@']).nth(1)?.parse().ok())
        .unwrap_or(6379);
    let config = ClusterConfig { port, announce_bus_port: port + 50, ..Default::default() };
    ClusterState::boot(now, &config, Rng::new(Seed::from_number(3)), Some(file.as_bytes()))
}

/// Times and link states are of the moment: they are not compared.
fn comparable(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text
        .lines()
        .map(|line| {
            let mut fields: Vec<_> = line.split(' ').collect();
            if fields.len() >= 8 {
                (fields[4], fields[5], fields[7]) = ("ping", "pong", "link");
            }
            fields.join(" ")
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn real_files_are_read_and_written_back() {
    for file in REAL {
        let mut state = boot(file).unwrap();
        // redis-server takes up a host name from its configuration, not from the file.
        if file.lines().any(|l| l.contains("myself") && l.contains(",node-1.example.com")) {
            state.me_mut().rare_mut().hostname = Some("node-1.example.com".into());
        }
        assert_eq!(comparable(&state.nodes_conf()), comparable(file));
    }
}

#[test]
fn what_is_written_is_read() {
    let state = boot(REAL[1]).unwrap();
    let again = boot(&state.nodes_conf()).unwrap();
    assert_eq!(state.nodes_conf(), again.nodes_conf());
    assert_eq!(state.slot_health().assigned, 16384);
    assert_eq!(again.current_epoch, state.current_epoch);
}

#[test]
fn a_new_node_is_alone_and_writes_it_down() {
    let now = Now { mono: Mono::ZERO, unix: UnixMs(BEGIN_MS) };
    let config = ClusterConfig::default();
    let rng = || Rng::new(Seed::from_number(3));
    let state = ClusterState::boot(now, &config, rng(), None).unwrap();
    let id = state.me().id;
    assert_eq!(
        state.nodes_conf(),
        format!(
            "{id} :6379@16379 myself,master - 0 0 0 connected\n\
             vars currentEpoch 0 lastVoteEpoch 0\n"
        )
    );
    // The file is made empty for the sake of its lock before it is first written.
    assert!(ClusterState::boot(now, &config, rng(), Some(b"")).is_ok());
}

const ID: &str = "07c37dfeb235213a872192d90877d0cd55635b91";

#[test]
fn broken_files_end_the_process_in_redis_words() {
    let good = format!("{ID} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-100\n");
    assert!(boot(&good).is_ok());
    let broken = [
        good.replace("myself,", ""),
        good.replace(ID, "short"),
        good.replace(ID, &ID.to_uppercase()),
        good.replace("127.0.0.1:7000@17000", "nothing"),
        good.replace(" - ", " nobody "),
        good.replace(" connected 0-100", ""),
        good.replace("0-100", "0-16384"),
        good.replace("0-100", "[5->-nobody]"),
        good.replace("0-100", "[5"),
        good.clone() + "vars currentEpoch\n",
        good.clone() + "bogus\n",
    ];
    for file in broken {
        let error = boot(&file).err().unwrap_or_else(|| panic!("was read: {file}"));
        assert_eq!(error.code, 1);
        assert_eq!(
            error.to_string(),
            "Unrecoverable error: corrupted cluster config file.",
            "{file}"
        );
    }
    let flag = good.replace("myself,", "myself,strange,");
    assert_eq!(boot(&flag).err().unwrap().to_string(), "Unknown flag in redis cluster config file");
}

#[test]
fn old_and_odd_files_are_read() {
    let other = ID.replace('0', "1");
    let file = format!(
        "\n{ID} 127.0.0.1:7000 myself,master - 0 0 3 connected 5 7-9 [11->-{other}] [12-<-{other}]\n\
         {other} 127.0.0.1:7001@17001,host.example slave,fail {ID} 1 1 3 connected\n\
         vars lastVoteEpoch 2 currentEpoch 1 colour 7\n"
    );
    let state = boot(&file).unwrap();
    assert_eq!(state.current_epoch, 3, "raised to the largest config epoch");
    assert_eq!(state.last_vote_epoch, 2);
    let ix = state.nodes.find(&other.parse().unwrap()).unwrap();
    let node = &state.nodes[ix];
    assert_eq!(node.config_epoch, 0, "a replica has none of its own");
    assert_eq!(node.rare().hostname.as_deref(), Some("host.example"));
    assert_eq!(state.me().replicas[..], [ix]);
    assert_eq!(state.me().slot_count, 4);
    assert_eq!((state.migrating.len(), state.importing.len()), (1, 1));
    assert!(
        state
            .nodes_text(NodeFlags::empty())
            .contains(&format!(" 5 7-9 [11->-{other}] [12-<-{other}]\n"))
    );
}

#[test]
fn files_of_later_versions_are_read() {
    let other = ID.replace('0', "1");
    let shard = ID.replace('0', "2");
    let file = format!(
        "{ID} 127.0.0.1:7000@17000,,tls-port=0,shard-id={shard} myself,master - 0 0 3 connected 5\n\
         {other} 127.0.0.1:7001@17001,host.example,nodename=back,shard-id={shard} slave {ID} 1 1 3 \
         connected\nvars currentEpoch 3 lastVoteEpoch 0\n"
    );
    let state = boot(&file).unwrap();
    assert_eq!(state.me().rare().hostname, None);
    assert_eq!(state.my_shard().to_string(), shard);
    let node = &state.nodes[state.nodes.find(&other.parse().unwrap()).unwrap()];
    assert_eq!(node.rare().hostname.as_deref(), Some("host.example"));
    assert_eq!(node.rare().human_nodename.as_deref(), Some("back"));
    assert_eq!(node.shard().to_string(), shard);
    // Written in the form of 7.0, which such servers read too.
    assert!(
        state.nodes_conf().contains(&format!("{other} 127.0.0.1:7001@17001,host.example slave"))
    );
}

#[test]
fn a_shards_name_stands_where_redis_7_skips_it() {
    let file = format!("{ID} 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-100\n");
    let now = Now { mono: Mono::ZERO, unix: UnixMs(BEGIN_MS) };
    let profile = crate::config::ElectionProfile::Valkey9;
    let config = ClusterConfig { port: 7000, profile, ..Default::default() };
    let rng = || Rng::new(Seed::from_number(3));
    let state = ClusterState::boot(now, &config, rng(), Some(file.as_bytes())).unwrap();
    let text = state.nodes_conf();
    assert!(text.ends_with(&format!("vars currentEpoch 1 lastVoteEpoch 0 shardId {ID}\n")));
    assert!(!boot(&file).unwrap().nodes_conf().contains("shardId"), "not under Redis 7.0's rules");
    let shard = ID.replace('0', "2");
    let text = text.replace(&format!("shardId {ID}"), &format!("shardId {shard}"));
    let again = ClusterState::boot(now, &config, rng(), Some(text.as_bytes())).unwrap();
    assert_eq!(again.my_shard().to_string(), shard);
}
