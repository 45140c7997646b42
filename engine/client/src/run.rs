//! `main` of redis-cli.c.

use crate::args::{self, Mode, Options};
use crate::platform::Platform;
use crate::session::{Exit, Session};
use crate::{bigkeys, cluster, oneshot, pipe, repl, scan};

/// Runs the program with these arguments (without its own name); the exit code.
pub async fn run<P: Platform>(platform: &P, args: &[String]) -> i32 {
    let parsed = match args::parse(args) {
        Ok(parsed) => parsed,
        Err(stop) => {
            platform.out(stop.out.as_bytes());
            platform.err(stop.err.as_bytes());
            return stop.code;
        }
    };
    platform.err(parsed.warnings.as_bytes());
    let mut options = parsed.options;
    from_environment(platform, &mut options);
    ask_passwords(platform, &mut options).await;
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

/// `--askpass` and its brother of `--cluster import`. Nothing typed is an empty password.
async fn ask_passwords<P: Platform>(platform: &P, options: &mut Options) {
    if options.ask_pass {
        let typed = platform.read_password("Please input password: ").await;
        options.auth = Some(typed.unwrap_or_default());
    }
    if options.cluster.from_ask_pass {
        let typed = platform.read_password("Please input import source node password: ").await;
        options.cluster.from_pass = Some(typed.unwrap_or_default());
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
