use super::*;

fn read(text: &str) -> Extended {
    match Extended::parse(text.as_bytes()) {
        Some(Read::Finite(n)) => n,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn sums_are_those_of_the_real_server() {
    for (a, b, want) in [
        ("0.1", "0.2", "0.3"),
        ("10.50", "0.1", "10.6"),
        ("10.6", "-5", "5.6"),
        ("5.0e3", "2.0e2", "5200"),
        ("3", "1.1", "4.1"),
        ("0", "1e20", "100000000000000000000"),
        ("1e-20", "0", "0"),
        ("1", "-1", "0"),
        ("-1.5", "0.25", "-1.25"),
        ("0", "3.141592653589793238", "3.14159265358979324"),
        ("17179869184", "1.5", "17179869185.5"),
        ("0.0000000000000001", "0", "0.0000000000000001"),
    ] {
        let sum = read(a).plus(read(b)).unwrap().to_text();
        assert_eq!(String::from_utf8(sum).unwrap(), want, "{a} + {b}");
    }
}

#[test]
fn what_is_no_finite_float() {
    assert_eq!(Extended::parse(b"inf"), Some(Read::Infinite));
    for text in ["", "abc", " 1", "nan", "1e5000", "1x"] {
        assert_eq!(Extended::parse(text.as_bytes()), None, "{text}");
    }
    assert!(read("1e4932").plus(read("1e4932")).is_err());
}
