use super::*;
use engine_base::Seed;
use std::collections::BTreeMap;

fn sorted(model: &BTreeMap<Vec<u8>, i64>) -> Vec<(Vec<u8>, f64)> {
    let mut all: Vec<_> = model.iter().map(|(m, s)| (m.clone(), *s as f64 / 2.0)).collect();
    all.sort_by(|a, b| order((a.1, &a.0), (b.1, &b.0)));
    all
}

#[test]
fn it_holds_what_a_sorted_vector_holds_in_both_encodings() {
    for members in [60, 500] {
        let mut rng = Rng::new(Seed::from_number(61));
        let limits = Limits::default();
        let mut zset = ZSet::default();
        let mut model = BTreeMap::new();
        for _ in 0..4000 {
            let member = format!("m{}", rng.below(members)).into_bytes();
            if rng.chance(0.7) {
                let score = rng.below(50) as i64 - 20;
                let old = model.insert(member.clone(), score);
                let change = zset.set(&member, score as f64 / 2.0, &limits);
                let wanted = match old {
                    None => Change::Added,
                    Some(o) if o == score => Change::None,
                    Some(_) => Change::Updated,
                };
                assert_eq!(change, wanted);
            } else {
                let gone = zset.remove(&member);
                assert_eq!(gone, model.remove(&member).map(|s| s as f64 / 2.0));
            }
        }
        check(&zset, &model, &mut rng);
        let packed = members <= 128;
        assert_eq!(zset.as_listpack().is_some(), packed);
    }
}

fn check(zset: &ZSet, model: &BTreeMap<Vec<u8>, i64>, rng: &mut Rng) {
    let all = sorted(model);
    let own = |it: &mut dyn Iterator<Item = (Elem<'_>, f64)>| -> Vec<(Vec<u8>, f64)> {
        it.map(|(m, s)| (m.to_vec(), s)).collect()
    };
    assert_eq!(own(&mut zset.iter()), all);
    for _ in 0..50 {
        let (a, b) = (rng.index(all.len()), rng.index(all.len() + 3));
        let slice = all.get(a..b.min(all.len())).unwrap_or_default().to_vec();
        assert_eq!(own(&mut zset.range(a, b)), slice);
        let mut back = slice;
        back.reverse();
        assert_eq!(own(&mut zset.range_back(a, b)), back);
        assert_eq!(zset.rank(&all[a].0), Some(a));
        let bound = ScoreBound { value: all[a].1, exclusive: rng.chance(0.5) };
        let below = all.iter().filter(|(_, s)| *s < bound.value).count();
        let upto = all.iter().filter(|(_, s)| *s <= bound.value).count();
        let (low, high) = if bound.exclusive { (upto, below) } else { (below, upto) };
        assert_eq!(zset.rank_of_min_score(bound), low);
        assert_eq!(zset.rank_of_max_score(bound), high);
    }
}

#[test]
fn lexical_bounds_cut_where_they_say() {
    let limits = Limits::default();
    let mut zset = ZSet::default();
    for member in ["a", "b", "c", "d"] {
        zset.set(member.as_bytes(), 0.0, &limits);
    }
    assert_eq!(zset.rank_of_min_lex(LexBound::Exclusive(b"b")), 2);
    assert_eq!(zset.rank_of_max_lex(LexBound::Inclusive(b"c")), 3);
    assert_eq!(zset.rank_of_min_lex(LexBound::Min), 0);
    assert_eq!(zset.rank_of_max_lex(LexBound::Max), 4);
    let gone = zset.remove_range(1, 3);
    assert_eq!(gone.len(), 2);
    assert_eq!(zset.len(), 2);
}
