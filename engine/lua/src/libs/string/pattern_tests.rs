//! What a pattern matches, and what is wrong with one; steps and depth.

use super::*;

/// The first match as `start..end` with the captures, or the error.
fn first(
    text: &[u8],
    pattern: &[u8],
) -> Result<Option<(usize, usize, Vec<Capture>)>, PatternError> {
    for start in 0..=text.len() {
        let mut matcher = Matcher::new(start, 0);
        loop {
            // One step at a time: to stop anywhere changes nothing.
            match matcher.run(text, pattern, &mut 1)? {
                Progress::Spent => continue,
                Progress::Failed => break,
                Progress::Matched(end) => {
                    let count = matcher.level();
                    let captures: Result<_, _> =
                        (0..count).map(|i| matcher.capture(i, start, end)).collect();
                    return Ok(Some((start, end, captures?)));
                }
            }
        }
    }
    Ok(None)
}

#[test]
fn repetitions_give_back_what_they_took() {
    for (text, pattern, want) in [
        ("aaab", "a*ab", Some((0, 4))),
        ("aaab", "a-b", Some((0, 4))),
        ("xaaab", "a+b", Some((1, 5))),
        ("ab", "a?ab", Some((0, 2))),
        ("THE (quick) fox", "%((%a+)%)", Some((4, 11))),
        ("THE (quick) fox", "%f[%a]%a+%f[%A]", Some((0, 3))),
        ("x(a(b)c)", "%b()", Some((1, 8))),
        ("abcabc", "(abc)%1", Some((0, 6))),
        ("a]b", "[]]", Some((1, 2))),
        ("a-b", "[a%-]+$", None),
        ("key = value", "(%w+)%s*=%s*(%w+)$", Some((0, 11))),
        ("", "", Some((0, 0))),
        ("ab\0c", "%z", Some((2, 3))),
        ("abc", "a\0zzz", Some((0, 1))),
        ("^x", "[x^]", Some((0, 1))),
    ] {
        let found = first(text.as_bytes(), pattern.as_bytes()).unwrap();
        assert_eq!(found.map(|(start, end, _)| (start, end)), want, "{text} {pattern}");
    }
}

#[test]
fn captures_hold_bytes_or_places() {
    let (_, _, captures) = first(b"hello world", b"()(o) ()").unwrap().unwrap();
    assert_eq!(captures, [Capture::Position(5), Capture::Bytes(4, 5), Capture::Position(7)]);
    let (_, _, captures) = first(b"aXbY", b"((%l)(%u))$").unwrap().unwrap();
    assert_eq!(captures, [Capture::Bytes(2, 4), Capture::Bytes(2, 3), Capture::Bytes(3, 4)]);
}

#[test]
fn bad_patterns_are_told_in_the_order_of_attempts() {
    use PatternError::*;
    let many = "()".repeat(33);
    for (text, pattern, want) in [
        ("a", "%", EndsWithPercent),
        ("a", "[a", MissingBracket),
        ("a", "[]", MissingBracket),
        ("a", "[%", MissingBracket),
        ("a", "%f", MissingSet),
        ("a", "%b", Unbalanced),
        ("a", "%bx", Unbalanced),
        ("a", "%1", CaptureIndex),
        ("a", "(%1)", CaptureIndex),
        ("a", "%0", CaptureIndex),
        ("a", ")", PatternCapture),
        ("a", "(a", UnfinishedCapture),
        ("a", many.as_str(), TooManyCaptures),
    ] {
        assert_eq!(first(text.as_bytes(), pattern.as_bytes()), Err(want), "{pattern}");
    }
    // The bad end is never reached.
    assert_eq!(first(b"a", b"b[a"), Ok(None));
}

#[test]
fn a_deep_pattern_uses_no_stack() {
    let text = vec![b'a'; 200_000];
    let pattern = b"a?".repeat(200_000);
    let mut matcher = Matcher::new(0, 0);
    assert_eq!(matcher.run(&text, &pattern, &mut { u64::MAX }), Ok(Progress::Matched(200_000)));
    let pattern = b"a-".repeat(MAX_OPEN + 1);
    let mut matcher = Matcher::new(0, 0);
    assert_eq!(matcher.run(b"", &pattern, &mut { u64::MAX }), Err(PatternError::TooComplex));
}

#[test]
fn an_endless_search_stops_when_its_steps_are_used_up() {
    let text = vec![b'a'; 60];
    let pattern = b"a-".repeat(30).into_iter().chain(*b"b").collect::<Vec<_>>();
    let mut matcher = Matcher::new(0, 0);
    assert_eq!(matcher.run(&text, &pattern, &mut 100_000), Ok(Progress::Spent));
    assert_eq!(matcher.clone().run(&text, &pattern, &mut 100_000), Ok(Progress::Spent));
}
