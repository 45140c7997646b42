//! `--stat`: a line of figures a second (`statMode` in redis-cli.c).

use engine_client::{Exit, Platform as _, Reply, Session};

use super::Terminal;
use super::reconnecting::Reconnecting;

/// So many lines follow one heading.
const LINES: u64 = 20;
/// Keys are counted in so many databases.
const DATABASES: u32 = 20;
const HEADING: &str = "\
------- data ------ --------------------- load -------------------- - child -
keys       mem      clients blocked requests            connections          
";

/// Asks until it is ended.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
) -> Result<i32, Exit> {
    let interval = session.options.interval_ms;
    let interval = if interval == 0 { 1000 } else { interval };
    let mut server = Reconnecting::new(platform, session);
    let mut requests = 0;
    let mut lines = 0;
    loop {
        let info = match server.call("INFO").await? {
            Reply::Error(text) => {
                platform.complain(&format!("ERROR: {}\n", String::from_utf8_lossy(&text)));
                return Ok(1);
            }
            reply => reply.to_text().unwrap_or_default(),
        };
        let heading = if lines % LINES == 0 { HEADING } else { "" };
        lines += 1;
        platform.print(&format!("{heading}{}", line(&info, &mut requests)));
        platform.sleep(interval).await;
    }
}

/// One line; `requests`: those of the line before, 0 when there is none.
fn line(info: &str, requests: &mut i64) -> String {
    let field = |name: &str| field(info, name).unwrap_or(i64::MIN);
    let keys: i64 =
        (0..DATABASES).filter_map(|db| self::field(info, &format!("db{db}:keys"))).sum();
    let total = field("total_commands_processed");
    let more = if *requests == 0 { 0 } else { total.wrapping_sub(*requests) };
    *requests = total;
    let busy =
        field("bgsave_in_progress") | field("aof_rewrite_in_progress") << 1 | field("loading") << 2;
    let child = match busy {
        1 => "SAVE",
        2 => "AOF",
        3 => "SAVE+AOF",
        4 => "LOAD",
        _ => "",
    };
    format!(
        "{keys:<11}{:<8} {:<8}{:<8}{:<19} {:<12}{child}\n",
        human(field("used_memory")),
        field("connected_clients"),
        field("blocked_clients"),
        format!("{total} (+{more})"),
        field("total_connections_received"),
    )
}

/// The number behind the first place where this name stands, be it the end of a longer one:
/// `bgsave_in_progress` of `rdb_bgsave_in_progress`.
fn field(info: &str, name: &str) -> Option<i64> {
    let (_, behind) = info.split_once(name)?;
    let number = behind.get(1..)?;
    let end = number.find(['\r', ',']).unwrap_or(number.len());
    Some(engine_client::leading_int(&number[..end]))
}

/// Bytes for people.
fn human(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    let size = bytes.unsigned_abs();
    let (unit, letter) = match size {
        0..1024 => return format!("{sign}{size}B"),
        1024..0x10_0000 => (1024.0, 'K'),
        0x10_0000..0x4000_0000 => (1024.0 * 1024.0, 'M'),
        _ => (1024.0 * 1024.0 * 1024.0, 'G'),
    };
    format!("{sign}{:.2}{letter}", size as f64 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_made_of_what_info_says() {
        let info = "used_memory:1572864\r\nconnected_clients:3\r\nblocked_clients:1\r\n\
                    loading:0\r\nrdb_bgsave_in_progress:1\r\naof_rewrite_in_progress:0\r\n\
                    total_connections_received:9\r\ntotal_commands_processed:100\r\n\
                    db0:keys=2,expires=0,avg_ttl=0\r\ndb3:keys=40,expires=0,avg_ttl=0\r\n";
        let mut requests = 0;
        let first = line(info, &mut requests);
        assert_eq!(
            first,
            "42         1.50M    3       1       100 (+0)            9           SAVE\n"
        );
        let next = line(&info.replace(":100", ":104"), &mut requests);
        assert!(next.contains(" 104 (+4) "), "{next}");
    }
}
