//! What the page loads is what stands in the lesson files.

#![allow(clippy::unwrap_used, reason = "a test")]

use lessons::Course;
use lessons::pack::{self, Unreadable};

#[test]
fn a_packed_lesson_is_the_lesson() {
    let course = Course::embedded().unwrap();
    for lesson in &course.lessons {
        assert_eq!(pack::read_lesson(&pack::lesson(lesson)).as_ref(), Ok(lesson));
        // A learner can be shown one way through it.
        let learners = pack::read_lesson(&pack::lesson(&lesson.for_learners())).unwrap();
        assert_eq!((learners.solutions.len(), learners.counters.len()), (1, 0), "{}", lesson.id);
        assert_eq!(learners.steps, lesson.steps);
    }
}

#[test]
fn the_map_leads_from_lesson_to_lesson() {
    let course = Course::embedded().unwrap();
    let map = pack::read_map(&pack::map(&course.map())).unwrap();
    assert_eq!(map, course.map());
    let first = map.guided().next().unwrap();
    assert_eq!(first.id, map.chapters[0].lessons[0]);
    let second = map.after(&first.id).unwrap();
    assert_eq!(second.id, map.chapters[0].lessons[1]);
    let challenge = map.challenge_of("slots").unwrap();
    assert_eq!(challenge.challenge_of.as_deref(), Some("slots"));
    assert_ne!(challenge.titles["en"], challenge.titles["zh-CN"]);
}

#[test]
fn whatever_comes_over_the_network_is_read_or_refused() {
    let course = Course::embedded().unwrap();
    let lesson = course.lesson("slots").unwrap();
    let bytes = pack::lesson(lesson);
    for length in 0..bytes.len() {
        assert_eq!(pack::read_lesson(&bytes[..length]), Err(Unreadable::Broken), "{length} bytes");
    }
    for place in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[place] ^= 0x95;
        let _ = pack::read_lesson(&broken);
    }
    let mut newer = bytes.clone();
    newer["slotlab lesson ".len()] += 1;
    assert_eq!(pack::read_lesson(&newer), Err(Unreadable::OtherVersion));
    assert_eq!(pack::read_lesson(b"<!doctype html>"), Err(Unreadable::Broken));
    assert!(pack::read_lesson(&[bytes.clone(), vec![0]].concat()).is_err());
}
