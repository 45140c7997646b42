//! `main` of redis-cli.c.

use crate::args::{self, Mode, Options, Parsed, Stop};
use crate::platform::Platform;
use crate::session::{Exit, Session};
use crate::{bigkeys, cluster, oneshot, pipe, repl, scan};

/// Runs the program with these arguments (without its own name); the exit code.
pub async fn run<P: Platform>(platform: &P, args: &[String]) -> i32 {
    match prepare(platform, args::parse(args)).await {
        Ok(options) => run_prepared(platform, options).await,
        Err(code) => code,
    }
}

/// What is to be done before anything else: warnings are shown, the environment is looked at, and
/// passwords are asked for.
///
/// # Errors
/// The exit code, when nothing else is to be done.
pub async fn prepare<P: Platform>(
    platform: &P,
    parsed: Result<Parsed, Stop>,
) -> Result<Options, i32> {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(stop) => {
            platform.out(stop.out.as_bytes());
            platform.err(stop.err.as_bytes());
            return Err(stop.code);
        }
    };
    platform.err(parsed.warnings.as_bytes());
    let mut options = parsed.options;
    from_environment(platform, &mut options);
    ask_passwords(platform, &mut options).await;
    Ok(options)
}

/// Runs the program with options that are [`prepare`]d; the exit code.
pub async fn run_prepared<P: Platform>(platform: &P, options: Options) -> i32 {
    if options.cluster.name.is_some() {
        return cluster::run(platform, options).await;
    }
    let mut session = Session::new(platform, options);
    match dispatch(&mut session).await {
        Ok(code) | Err(Exit(code)) => code,
    }
}

fn from_environment<P: Platform>(platform: &P, options: &mut Options) {
    if options.auth.is_none() {
        options.auth = platform.env("REDISCLI_AUTH");
    }
    if platform.env("REDISCLI_CLUSTER_YES").as_deref() == Some("1") {
        options.cluster.yes = true;
    }
}

/// `--askpass` and its brother of `--cluster import`. Who gives up has no password.
async fn ask_passwords<P: Platform>(platform: &P, options: &mut Options) {
    if options.ask_pass {
        let typed = platform.read_password("Please input password: ").await;
        options.auth = typed;
    }
    if options.cluster.from_ask_pass {
        let typed = platform.read_password("Please input import source node password: ").await;
        options.cluster.from_pass = typed;
    }
}

async fn dispatch<P: Platform>(session: &mut Session<'_, P>) -> Result<i32, Exit> {
    match session.options.mode {
        Mode::Commands if session.options.command.is_empty() => {
            repl::run(session).await?;
            Ok(0)
        }
        Mode::Commands => oneshot::run(session).await,
        Mode::Scan => scan::run(session).await,
        Mode::BigKeys | Mode::MemKeys(_) => bigkeys::run(session).await,
        Mode::Pipe => pipe::run(session).await,
    }
}
