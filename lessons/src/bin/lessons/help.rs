//! What `--help` says.

const USAGE: &str = "\
usage: lessons list                what there is
       lessons new ID [--challenge-of LESSON]
                                   a folder with a lesson to begin from
       lessons console ...         type on simulated hosts
       lessons check [--seeds N] [--quick] [LESSON...]
                                   is it right? Does every solution solve it?
       lessons play LESSON [--seed N] [--language L] [SOLUTION]
                                   walk through a lesson
       lessons pack FOLDER         the files that the page loads

lessons COMMAND --help says more. How to write a good lesson: lessons/content/AUTHORS.md.
Lessons are read from lessons/content of the checkout: after a change of words there is nothing
to build.
";

const LIST: &str = "\
usage: lessons list

One line a lesson, chapter by chapter: id, minutes, steps, languages, title; * is a challenge.
";

const NEW: &str = "\
usage: lessons new ID [--challenge-of LESSON]

Makes lessons/content/ID with lesson.toml, en.md and zh-CN.md: a small lesson that works, to be
rewritten. ID has small letters, digits and hyphens. With --challenge-of it is the challenge of
that lesson.
";

const CHECK: &str = "\
usage: lessons check [--seeds N] [--quick] [LESSON...]

Reads the lessons (all, or those named) and says every mistake with file, line and what to write
instead. Then walks them: each solution must solve its lesson, each counter-solution must fail at
the check it names, and the beginning must solve nothing; in N different worlds (50; --quick: 2).
Asks for a second way of every step in which something is done, and prints which lessons meet
which misconceptions. Much quicker with cargo run --release.
";

const PLAY: &str = "\
usage: lessons play LESSON [--seed N] [--language L] [SOLUTION]

Shows the lesson step by step, with its checks as they change. You type what a learner would type,
and besides: @next (go on), @choose ANSWER, @hint, @host db02, @wait 10s. With the id of a
solution or counter-solution its lines are typed for you. Languages: en, zh-CN.
";

const PACK: &str = "\
usage: lessons pack FOLDER

Writes the course as the page loads it: course.bin, the map, and one file a lesson.
cargo xtask build and trunk call it; nobody else has to.
";

/// What is said to these arguments.
pub(crate) fn of(args: &[String]) -> &'static str {
    match args.first().map(String::as_str) {
        Some("list") => LIST,
        Some("new") => NEW,
        Some("check") => CHECK,
        Some("play") => PLAY,
        Some("pack") => PACK,
        _ => USAGE,
    }
}
