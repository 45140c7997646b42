//! Searches for places, drawn at random, on this node and on a real redis-server 7.0.15: the same
//! answers, in the same order also where none was asked for.

mod peers;

use engine_base::{Rng, Seed};
use peers::{Ours, Peer, Real};

fn words(text: &str) -> Vec<Vec<u8>> {
    text.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// Degrees between two, with six digits.
fn degrees(rng: &mut Rng, from: f64, to: f64) -> String {
    let share = rng.index(1_000_001) as f64 / 1e6;
    format!("{:.6}", from + share * (to - from))
}

/// Where people live, where nobody does, and where the numbers end.
fn place(rng: &mut Rng) -> String {
    let (lons, lats) = match rng.index(4) {
        0 => ((-180.0, 180.0), (-85.0, 85.0)),
        1 => ((13.0, 15.0), (37.0, 39.0)),
        2 => ((-180.0, 180.0), (64.0, 85.05)),
        _ => ((179.0, 180.0), (-85.05, -60.0)),
    };
    format!("{} {}", degrees(rng, lons.0, lons.1), degrees(rng, lats.0, lats.1))
}

fn search(rng: &mut Rng, key: &str, members: usize) -> String {
    let far = [0, 3, 40, 900, 20_000, 300_000, 2_000_000, 5_009_431, 9_000_000, 21_000_000];
    let far = far[rng.index(far.len())];
    let from = match rng.index(2) {
        0 => format!("FROMLONLAT {}", place(rng)),
        _ => format!("FROMMEMBER m{}", rng.index(members)),
    };
    let shape = match rng.index(2) {
        0 => format!("BYRADIUS {far} m"),
        _ => format!("BYBOX {far} {} m", far / (1 + rng.index(4))),
    };
    let order = ["", " ASC", " DESC", " COUNT 3 ANY", " COUNT 7", " WITHDIST WITHHASH"];
    format!("GEOSEARCH {key} {from} {shape}{}", order[rng.index(order.len())])
}

#[test]
fn random_searches_find_the_same_in_the_same_order() {
    let Some(mut real) = Real::start() else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    let mut ours = Ours::start();
    let (mut a, mut b) = (real.connect(), ours.connect());
    let mut rng = Rng::new(Seed::from_number(7));
    let mut both = |text: &str| {
        let words = words(text);
        real.send(&mut a, &words);
        ours.send(&mut b, &words);
        let (want, got) = (real.reply(&mut a), ours.reply(&mut b));
        let text_of =
            |reply: Option<(Vec<u8>, _)>| reply.map(|(bytes, _)| bytes.escape_ascii().to_string());
        let (want, got) = (text_of(want), text_of(got));
        assert_eq!(want, got, "{text}");
        want.map_or(0, |reply| reply.len())
    };
    let mut told = 0;
    // A compact set, and one that is none any more.
    for (key, members) in [("few", 90), ("many", 900)] {
        for member in 0..members {
            both(&format!("GEOADD {key} {} m{member}", place(&mut rng)));
        }
        for _ in 0..1500 {
            told += both(&search(&mut rng, key, members));
        }
    }
    assert!(told > 100_000, "{told} bytes of answers are too few");
}
