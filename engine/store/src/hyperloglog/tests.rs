use super::*;

#[test]
fn both_forms_hold_the_same_registers_and_the_count_is_near() {
    let (mut sparse, mut dense) = (empty(), empty());
    make_dense(&mut dense).expect("empty");
    for n in 0..3000 {
        let element = format!("element:{n}");
        let a = add(&mut sparse, element.as_bytes(), 3000).expect("sound");
        let b = add(&mut dense, element.as_bytes(), 3000).expect("sound");
        assert_eq!(a, b, "{n}");
    }
    assert!(is_dense(&sparse), "3000 bytes are not enough for 3000 elements");
    assert_eq!(registers(&sparse), registers(&dense));
    let count = estimate(&registers(&sparse).expect("sound"));
    assert!((2900..3100).contains(&count), "{count}");
}

#[test]
fn a_few_elements_take_a_few_bytes() {
    let mut bytes = empty();
    for element in [&b"a"[..], b"b", b"c"] {
        assert_eq!(add(&mut bytes, element, 3000), Ok(true));
        assert_eq!(add(&mut bytes, element, 3000), Ok(false));
    }
    assert!(bytes.len() < 30, "{}", bytes.len());
    assert_eq!(registers(&bytes).map(|r| estimate(&r)), Ok(3));
}

#[test]
fn neighbours_of_the_same_value_are_joined_up_to_four() {
    let mut bytes = empty();
    for index in 0..5 {
        raise(&mut bytes, index, 2, 3000).expect("sound");
    }
    assert_eq!(decoded(&bytes).expect("sound"), "v:2,4 v:2,1 Z:16379");
    raise(&mut bytes, 1, 3, 3000).expect("sound");
    assert_eq!(decoded(&bytes).expect("sound"), "v:2,1 v:3,1 v:2,3 Z:16379");
}

#[test]
fn what_is_no_hyperloglog_is_refused() {
    for (bytes, why) in [
        (&b"HYLL"[..], HllError::Other),
        (b"HYLL\x00\0\0\0\0\0\0\0\0\0\0\0", HllError::Other),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0", HllError::Corrupt),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f", HllError::Corrupt),
        (b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff\x00", HllError::Corrupt),
        (b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", HllError::Other),
    ] {
        assert_eq!(registers(bytes), Err(why));
        let mut changed = bytes.to_vec();
        let _ = raise(&mut changed, REGISTERS - 1, 7, 3000);
    }
}
