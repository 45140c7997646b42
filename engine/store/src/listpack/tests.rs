use super::*;
use engine_base::{Rng, Seed};

#[test]
fn the_bytes_are_those_of_redis() {
    let mut lp = Listpack::new();
    for e in [&b"1"[..], b"-5", b"hello", b"300000"] {
        lp.push_back(e);
    }
    assert_eq!(
        lp.as_bytes(),
        [
            24, 0, 0, 0, 4, 0, // header
            0x01, 0x01, // 7-bit number
            0xDF, 0xFB, 0x02, // 13-bit number
            0x85, b'h', b'e', b'l', b'l', b'o', 0x06, // 6-bit text
            0xF2, 0xE0, 0x93, 0x04, 0x04, // 24-bit number
            0xFF
        ]
    );
    assert_eq!(Listpack::from_bytes(lp.as_bytes()), Ok(lp));
}

#[test]
fn it_holds_what_a_vector_holds() {
    let mut rng = Rng::new(Seed::from_number(11));
    let mut lp = Listpack::new();
    let mut model: Vec<Vec<u8>> = Vec::new();
    for round in 0..3000 {
        let value = random_element(&mut rng);
        match rng.below(6) {
            0 => {
                lp.push_back(&value);
                model.push(value);
            }
            1 => {
                lp.push_front(&value);
                model.insert(0, value);
            }
            2 | 3 if !model.is_empty() => {
                let i = rng.index(model.len());
                let place = lp.seek(i as i64).unwrap();
                if rng.chance(0.5) {
                    lp.replace(place, &value);
                    model[i] = value;
                } else {
                    lp.insert_after(place, &value);
                    model.insert(i + 1, value);
                }
            }
            4 if !model.is_empty() => {
                let i = rng.index(model.len());
                let n = rng.index(3) + 1;
                let place = lp.seek(i as i64).unwrap();
                let end = (i + n).min(model.len());
                assert_eq!(lp.remove(place, n), end - i);
                model.drain(i..end);
            }
            _ if round % 50 == 0 && !model.is_empty() => {
                let i = rng.index(model.len());
                let place = lp.seek(i as i64).unwrap();
                let tail = lp.split_off(place);
                assert_eq!(tail.len(), model.len() - i);
                lp.append(&tail);
            }
            _ => {}
        }
        assert_eq!(lp.len(), model.len());
    }
    let got: Vec<Vec<u8>> = lp.iter().map(|e| e.to_vec()).collect();
    assert_eq!(got, model);
    let back: Vec<Vec<u8>> = lp.iter_back(lp.last()).map(|e| e.to_vec()).collect();
    assert!(back.iter().eq(model.iter().rev()));
    assert!(Listpack::from_bytes(lp.as_bytes()).is_ok());
    let some = model[model.len() / 2].clone();
    let place = lp.find(lp.first(), &some, 0).unwrap();
    assert_eq!(lp.get(place).unwrap().to_vec(), some);
}

fn random_element(rng: &mut Rng) -> Vec<u8> {
    if rng.chance(0.5) {
        let n = rng.next_u64() as i64 >> rng.below(64);
        return n.to_string().into_bytes();
    }
    let len = [0, 5, 63, 64, 126, 127, 4095, 4096, 5000][rng.index(9)];
    vec![b'a' + rng.below(26) as u8; len]
}

#[test]
fn damaged_bytes_are_refused_and_never_panic() {
    let mut rng = Rng::new(Seed::from_number(12));
    let mut lp = Listpack::new();
    for _ in 0..20 {
        lp.push_back(&random_element(&mut rng));
    }
    for _ in 0..20_000 {
        let mut bytes = lp.as_bytes().to_vec();
        for _ in 0..=rng.below(3) {
            let i = rng.index(bytes.len());
            bytes[i] = rng.next_u64() as u8;
        }
        if let Ok(back) = Listpack::from_bytes(&bytes) {
            assert_eq!(back.iter().count(), back.iter_back(back.last()).count());
        }
    }
}
