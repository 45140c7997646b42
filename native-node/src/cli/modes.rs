//! The options of redis-cli that need real sockets, files, signals or clocks: which of them were
//! given, and what runs then (`main` of redis-cli.c).

use engine_client::args::Mode as Shared;
use engine_client::{Exit, Options, Session, Stop, Tell, leading_int};

use super::{Terminal, eval, hotkeys, interrupt, intrinsic, latency, lru, pipe, rdb, replica};
use super::{spectrum, stat};

/// What was given.
#[derive(Default)]
pub(super) struct Given {
    latency: bool,
    history: bool,
    spectrum: bool,
    mono: bool,
    replica: bool,
    rdb: Option<String>,
    functions_rdb: Option<String>,
    hotkeys: bool,
    stat: bool,
    lru_keys: Option<i64>,
    intrinsic_seconds: Option<i64>,
    eval: Option<String>,
}

impl Given {
    /// Whether this is one of them. Its value is taken from `rest`.
    pub(super) fn option(&mut self, option: &str, rest: &mut &[String]) -> Result<bool, Stop> {
        match option {
            "--latency" => self.latency = true,
            "--latency-history" => (self.latency, self.history) = (true, true),
            "--latency-dist" => self.spectrum = true,
            "--mono" => self.mono = true,
            "--replica" | "--slave" => self.replica = true,
            "--hotkeys" => self.hotkeys = true,
            "--stat" => self.stat = true,
            "--rdb" => self.rdb = Some(value(option, rest)?),
            "--functions-rdb" => self.functions_rdb = Some(value(option, rest)?),
            "--lru-test" => self.lru_keys = Some(leading_int(&value(option, rest)?)),
            "--intrinsic-latency" => {
                self.intrinsic_seconds = Some(leading_int(&value(option, rest)?));
            }
            "--eval" => self.eval = Some(value(option, rest)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What cannot be wanted together.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        let both = self.rdb.is_some() && self.functions_rdb.is_some();
        both.then_some("Option --functions-rdb and --rdb are mutually exclusive.\n")
    }

    /// Whether lines are typed: Ctrl-C ends what is waited for, and not the program.
    pub(super) fn is_interactive(&self, options: &Options) -> bool {
        self.eval.is_none() && options.command.is_empty() && self.first(options) == Mode::Commands
    }

    /// What is done when several are given.
    fn first(&self, options: &Options) -> Mode {
        if options.cluster.name.is_some() {
            Mode::Cluster
        } else if self.latency {
            Mode::Latency
        } else if self.spectrum {
            Mode::Spectrum
        } else if self.replica {
            Mode::Replica
        } else if self.rdb.is_some() || self.functions_rdb.is_some() {
            Mode::Rdb
        } else if options.mode == Shared::Pipe {
            Mode::Pipe
        } else if matches!(options.mode, Shared::BigKeys | Shared::MemKeys(_)) {
            Mode::Keys
        } else if self.hotkeys {
            Mode::HotKeys
        } else if self.stat {
            Mode::Stat
        } else if options.mode == Shared::Scan {
            Mode::Keys
        } else if self.lru_keys.is_some() {
            Mode::Lru
        } else if self.intrinsic_seconds.is_some() {
            Mode::Intrinsic
        } else {
            Mode::Commands
        }
    }

    /// Runs it; the exit code.
    pub(super) async fn run(&self, platform: &Terminal, options: Options) -> i32 {
        let mode = self.first(&options);
        if matches!(mode, Mode::Keys | Mode::HotKeys | Mode::Intrinsic) {
            interrupt::watch(|| {});
        }
        match mode {
            Mode::Cluster | Mode::Keys => {
                return engine_client::run_prepared(platform, options).await;
            }
            Mode::Intrinsic => {
                return intrinsic::run(platform, self.intrinsic_seconds.unwrap_or(0));
            }
            Mode::Commands if self.eval.is_none() => {
                return engine_client::run_prepared(platform, options).await;
            }
            _ => {}
        }
        let mut session = Session::new(platform, options);
        if !session.connect(false, Tell::Errors).await {
            return 1;
        }
        let done = self.run_connected(mode, platform, &mut session).await;
        let (Ok(code) | Err(Exit(code))) = done;
        code
    }

    async fn run_connected(
        &self,
        mode: Mode,
        platform: &Terminal,
        session: &mut Session<'_, Terminal>,
    ) -> Result<i32, Exit> {
        match mode {
            Mode::Latency => latency::run(platform, session, self.history).await,
            Mode::Spectrum => spectrum::run(platform, session, self.mono).await,
            Mode::Replica => replica::run(platform, session).await,
            Mode::Rdb => match (&self.rdb, &self.functions_rdb) {
                (Some(file), _) => rdb::run(platform, session, file, false).await,
                (None, file) => {
                    let file = file.as_deref().unwrap_or_default();
                    rdb::run(platform, session, file, true).await
                }
            },
            Mode::Pipe => pipe::run(platform, session).await,
            Mode::HotKeys => hotkeys::run(platform, session).await,
            Mode::Stat => stat::run(platform, session).await,
            Mode::Lru => lru::run(platform, session, self.lru_keys.unwrap_or(0)).await,
            _ => eval::run(platform, session, self.eval.as_deref().unwrap_or_default()).await,
        }
    }
}

/// In the order in which redis-cli looks for them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Cluster,
    Latency,
    Spectrum,
    Replica,
    Rdb,
    Pipe,
    /// Those that are in the shared program: they walk over the keys.
    Keys,
    HotKeys,
    Stat,
    Lru,
    Intrinsic,
    Commands,
}

fn value(option: &str, rest: &mut &[String]) -> Result<String, Stop> {
    let (first, behind) = rest.split_first().ok_or_else(|| Stop::unrecognized(option))?;
    *rest = behind;
    Ok(first.clone())
}
