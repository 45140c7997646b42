//! What a lesson is made of, in the order in which it is written.

use super::code::{pack_enum, pack_struct};
use crate::check::{At, Check, Fact, Holder, Moment, Pattern, When, Word};
use crate::format::{
    Block, Choice, Inline, Lesson, Level, Message, Scenario, Script, Start, Step, StepKind, Texts,
};
use crate::map::{Chapter, CourseMap, Entry};

pack_struct!(CourseMap { chapters, entries });
pack_struct!(Chapter { id, title, lessons });
pack_struct!(Entry { id, minutes, challenge_of, titles });

pack_struct!(Lesson {
    id,
    minutes,
    level,
    prerequisites,
    objectives,
    misconceptions,
    sources,
    rules,
    commands,
    recall,
    challenge_of,
    start,
    bindings,
    steps,
    solutions,
    counters,
    texts,
});
pack_enum!(Level { 0 = Beginner, 1 = Intermediate, 2 = Advanced });
pack_enum!(Scenario { 0 = Formed, 1 = Met, 2 = Started, 3 = Bare });
pack_struct!(Start { scenario, seed, script, variants });
pack_struct!(Step { id, kind, hints, choices, answer, checks });
pack_enum!(StepKind {
    0 = Read,
    1 = Predict,
    2 = Do,
    3 = Break,
    4 = Observe,
    5 = Quiz,
    6 = Explain,
    7 = Free,
});
pack_struct!(Choice { id, misconception });
pack_struct!(Script { id, fails, lines });

pack_struct!(Check { id, when, within_ms, since, until });
pack_enum!(When {
    0 = Eventually(fact),
    1 = Holds(fact),
    2 = Always(fact),
    3 = Happens { pattern, at_least, at_most },
});
pack_enum!(Moment { 0 = Event(pattern), 1 = So(fact) });
pack_struct!(Pattern { event, fields });
pack_enum!(Word { 0 = Text(text), 1 = Number(number), 2 = Truth(truth) });
pack_enum!(At {
    0 = EveryNode,
    1 = EveryMaster,
    2 = EveryReplica,
    3 = AnyNode,
    4 = AnyMaster,
    5 = AnyReplica,
    6 = Node(node),
});
pack_enum!(Holder { 0 = Owner, 1 = Importer, 2 = Node(node) });
pack_enum!(Fact {
    0 = Running { node },
    1 = Down { count },
    2 = ClusterOk { at },
    3 = Master { node },
    4 = Replica { node, of },
    5 = Masters { count },
    6 = Replicas { of, at_least, at_most },
    7 = Apart,
    8 = OneMasterAHost,
    9 = LinkUp { at },
    10 = Owns { node, key },
    11 = OwnerChanged { key },
    12 = Slots { at, at_least, at_most },
    13 = Covered { at },
    14 = Stored { key, at, value },
    15 = Keys { at, at_least, at_most },
    16 = TotalKeys { at_least, at_most },
    17 = Together { at_least },
    18 = SlotOpen { key },
    19 = NoOpenSlot,
    20 = Agreed,
    21 = NoSuspicion,
    22 = Knows { at, count },
    23 = Forgotten { node },
    24 = MembersAgreed,
    25 = Suspects { at, of },
    26 = Failed { at, of },
    27 = Address { at, of, ip, port, bus_port },
    28 = NewerEpoch { node, than },
    29 = EpochsDiffer,
    30 = CurrentEpoch { at, at_least },
    31 = Setting { at, name, value },
    32 = Called { at, command, at_least },
    33 = Cut { from, to },
    34 = All { of },
    35 = Any { of },
    36 = Not { of },
});

pack_struct!(Texts { language, title, messages });
pack_struct!(Message { line, blocks });
pack_enum!(Block {
    0 = Heading(level, words),
    1 = Paragraph(words),
    2 = List { start, items },
    3 = Code { info, text },
    4 = Quote(blocks),
});
pack_enum!(Inline {
    0 = Text(text),
    1 = Code(text),
    2 = Emphasis(words),
    3 = Strong(words),
    4 = Link { to, text },
});
