//! What `--help` prints.

/// `cargo xtask --help`.
pub(crate) const OVERVIEW: &str = "\
cargo xtask: everything you do with Slotlab, from one door

Usage: cargo xtask COMMAND [OPTIONS]

Commands:
  serve   build the page and serve it on 127.0.0.1
  build   leave the finished site in dist/
  test    run every test: unit, simulation, wasm, lessons, browser
  ci      what the build machines run: fmt, clippy, tidy, then test
  fix     what ci complains about and a machine can mend: fmt, clippy --fix
  first-visit  note which code a first visit to the page runs
  tidy    the house rules that no compiler checks
  fuzz    feed every parser of foreign bytes with broken input for a while
  swarm   search for faults: random clusters, random load, everything that can go wrong
  compare  random commands to redis-server and native-node, side by side: who answers otherwise?
  peer-tests  Redis's own tests against native-node
  bench   native-node beside redis-server: speed, memory, latency
  setup   install what is missing (the other commands do this by themselves)

`cargo xtask COMMAND --help` says more.
";

/// `cargo xtask serve --help`.
pub(crate) const SERVE: &str = "\
Build the page and serve it on 127.0.0.1

Usage: cargo xtask serve [--port N] [--no-open] [--dev]

Options:
  --port N     the port to listen on [default: 8080; 0 lets the system choose]
  --no-open    do not open a browser
  --dev        a quick, large, unoptimised page, for those who work on it

Installs what is missing first: the wasm target (rustup) and wasm-opt (npm, into tools/).
Nothing is installed outside this folder but the wasm target.
Those who have trunk may use `trunk serve` instead: the page is the same.
";

/// `cargo xtask build --help`.
pub(crate) const BUILD: &str = "\
Build the finished site into dist/

Usage: cargo xtask build [--dev] [--single-file]

Options:
  --dev          a quick, large, unoptimised page
  --single-file  also dist-single/slotlab.html: everything in one file that works from disk

The site is static: any web server can hand it out, from any path. File names carry a hash of
their content, so everything but index.html may be cached for ever.
";

/// `cargo xtask test --help`.
pub(crate) const TEST: &str = "\
Install what is missing and run every test

Usage: cargo xtask test [--only PART]...

Options:
  --only PART  run this part alone; may be given more than once:
                 unit      unit, property and simulation tests, native-node beside real servers
                 doc       the examples in the documentation
                 wasm      the engine on wasm32: imports nothing, same bytes as here
                 lessons   every lesson's solution and counter-solutions
                 clients   client libraries (redis-py, redis-rs, ioredis, node-redis) on native-node
                 deploy    the Kubernetes manifests against the published types
                 browser   the page in headless Chromium

On Debian as root it installs redis-server, redis-tools, chromium, iproute2 and procps where they
are missing; elsewhere it says what to install. The last line tells how many tests passed.
";

/// `cargo xtask ci --help`.
pub(crate) const CI: &str = "\
What the build machines run: fmt --check, clippy with warnings denied, tidy, then `cargo xtask test`

Usage: cargo xtask ci

It never writes to a tracked file: `cargo xtask fix` does.
";

/// `cargo xtask fix --help`.
pub(crate) const FIX: &str = "\
Mend what a machine can mend: cargo clippy --fix, then cargo fmt

Usage: cargo xtask fix
";

/// `cargo xtask tidy --help`.
pub(crate) const TIDY: &str = "\
Check the house rules that no compiler checks

Usage: cargo xtask tidy

File length, which crate may know which, clocks and randomness in the engine, live links in the
documents, no traces of anybody's machine in tracked files.
`cargo test -p xtask` checks the same.
";

/// `cargo xtask first-visit --help`.
pub(crate) const FIRST_VISIT: &str = "\
Note which code a first visit to the page runs

Usage: cargo xtask first-visit

Walks through the first lesson, in both languages, in a page that notes which functions are run, and
writes the places of which nothing was run to web/cold.txt. The build moves them to the second part of
the module, which is fetched after the first prompt. Run it when the browser tests say that a first visit
loads too much.
";

/// `cargo xtask fuzz --help`.
pub(crate) const FUZZ: &str = "\
Feed every parser of foreign bytes with broken input for a while

Usage: cargo xtask fuzz [--seconds N | --runs N] [TARGET]

Options:
  --seconds N  how long, shared among the targets [default: 20]
  --runs N     so many inputs for each target, optimised
  TARGET       one target alone; a wrong name lists them

Works on stable Rust, with mutations of good input. For coverage-guided fuzzing of the same
bodies: `cargo +nightly fuzz run TARGET` (needs cargo-fuzz), see fuzz/.
";

/// `cargo xtask swarm --help`.
pub(crate) const SWARM: &str = "\
Search for faults: random clusters, random load, everything that can go wrong

Usage: cargo xtask swarm [--seeds A..B] [--nodes N] [--hours H] [--jobs N] [--minutes M]
                         [--no-shrink] [--tail SECONDS]
       cargo xtask swarm --planted NAME|all [--seeds A..B]
       cargo xtask swarm --speed [--nodes N,N…]

Options:
  --seeds A..B    seeds A to B-1 [default: 0..20; for planted bugs 0..200]
  --nodes N       clusters of N nodes [default: 3 to 30, by seed]
  --hours H       virtual hours of faults for each seed [default: ten minutes]
  --jobs N        so many seeds at once [default: 1]
  --minutes M     begin no more seeds after M real minutes, and say how far it came
  --no-shrink     do not look for a smaller plan that fails too
  --tail SECONDS  print what happened in the last virtual seconds of a failing run
  --planted NAME  wake a bug in the engine and expect that a rule catches it; a table
  --speed         virtual seconds a second of one core, and memory, of 6, 100 and 1,000 idle nodes,
                  or of as many as --nodes says; half of them are masters

Each seed forms a cluster in a simulated world and runs at least ten virtual minutes of faults
under load; then all is healed, and the cluster must agree and hold what it acknowledged. A
broken rule is printed with the command that replays it, and makes the exit code 1. At the end it
prints what was covered: rules at work, messages, faults, writes, and acknowledged writes that
were lost, each with the window of the specification that admits it.
";

/// `cargo xtask compare --help`.
pub(crate) const COMPARE: &str = "\
Ask redis-server 7.0.15 and native-node the same random commands, and compare

Usage: cargo xtask compare [--seeds A..B] [--commands N] [--mode MODE]... [--only COMMAND]...
                           [--most N] [--binary FILE]

Options:
  --seeds A..B    seeds A to B-1 [default: 0..4]
  --commands N    commands for each seed and mode [default: 5000]
  --mode MODE     this mode alone; may be given more than once:
                    standalone   RESP2
                    standalone3  RESP3
                    cluster      all slots of a cluster of one, RESP2
                    cluster3     the same, RESP3
                    slots        a node without slots, mostly CLUSTER's subcommands
                    config       CONFIG SET and GET
  --only COMMAND  draw this command alone ('client list'); may be given more than once
  --most N        end a run after N differences [default: 25]
  --binary FILE   this server in place of native-node

Commands are drawn from the real server's COMMAND DOCS, with bad numbers, wrong types, and missing and
surplus words mixed in; transactions, inline lines, subscriptions, short lives, users, refusals for want
of memory and DEBUG RELOAD among them. Compared are the bytes of every answer, the value and encoding of
every key that was named, keyspace events, and the append-only files. What may differ, and why, is listed
in oracle/src/random/allowed.rs. A difference is printed with the command, both answers and its seed, and
makes the exit code 1. Builds native-node first; needs redis-server 7.0.15.
";

/// `cargo xtask peer-tests --help`.
pub(crate) const PEER_TESTS: &str = "\
Run Redis 7.0's own Tcl tests against native-node, and write docs/peer-tests.md

Usage: cargo xtask peer-tests --suite DIR [--file UNIT]... [--mode MODE]...

Options:
  --suite DIR      the source of Redis at tag 7.0.15; it is not changed
  --file UNIT      this unit alone (unit/expire, integration/psync2*); may be given more than once
  --mode MODE      this mode alone: swapped, external or cluster; may be given more than once
  --only TEST      these tests alone, by name or /regex; the table is left alone
  --binary FILE    this server in place of native-node; the table is left alone
  --cli FILE       this native-node's `cli` in place of redis-cli; the table is left alone
  --base-port N    the first of 200 ports [default: 26100]
  --patience N     seconds after which a unit is taken to hang [default: 420]
  --slow           also the tests that the suite calls slow

Needs tcl, redis-tools and procps. What each unit printed is kept in target/peer-tests-logs.
";

/// `cargo xtask bench --help`.
pub(crate) const BENCH: &str = "\
Measure native-node beside redis-server 7.0.15

Usage: cargo xtask bench [--quick] [--only SECTION]... [--rounds N] [--port N]

Options:
  --quick         fewer lines, rounds and keys: about two minutes
  --only SECTION  one section alone; may be given more than once:
                    lines    redis-benchmark at P = 1, 16 and 64: throughput, CPU a request
                    aof      SET with the append-only file on: what its write and its fsync cost
                    memory   resident bytes a key
                    reshard  keys moved a second by redis-cli --cluster reshard
                    sync     full synchronisation of a replica
                    bgsave   latency while a snapshot is written
                    failover from kill -9 of a master to the first accepted write
  --rounds N      measure each number N times on both [default: 5; quick: 3]
  --port N        the first of ten free ports, and the same plus 10000 [default: 25100]

Builds native-node with --release first. Prints ratios with median and spread, and renews
docs/benchmarks.md from the sections measured so far. A quiet machine tells more.
";

/// `cargo xtask setup --help`.
pub(crate) const SETUP: &str = "\
Install what is missing

Usage: cargo xtask setup [--dry-run]

Options:
  --dry-run    only say what is missing

  wasm32-unknown-unknown   through rustup; where that is refused, Debian's rustc-web
  clippy, rustfmt          through rustup
  binaryen, playwright-core   through npm, into tools/ (ignored by git)
  redis-server redis-tools chromium iproute2 procps   through apt, as root; for tests only
";
