//! `--latency-dist`: how many PINGs took how long, as colours (`latencyDistMode` in redis-cli.c).

use std::time::Instant;

use engine_client::{Exit, Platform as _, Session};

use super::Terminal;
use super::reconnecting::Reconnecting;

/// The pause between two samples.
const PAUSE_MS: u64 = 10;
/// How long a line is measured.
const LINE_MS: u64 = 1000;
/// So many lines follow one legend.
const LINES: u64 = 20;

/// The longest time that belongs to a letter, in microseconds; what takes longer than all is a `?`.
const LETTERS: [(u64, char); 30] = [
    (10, '.'),
    (125, '-'),
    (250, '*'),
    (500, '#'),
    (1000, '1'),
    (2000, '2'),
    (3000, '3'),
    (4000, '4'),
    (5000, '5'),
    (6000, '6'),
    (7000, '7'),
    (8000, '8'),
    (9000, '9'),
    (10_000, 'A'),
    (20_000, 'B'),
    (30_000, 'C'),
    (40_000, 'D'),
    (50_000, 'E'),
    (100_000, 'F'),
    (200_000, 'G'),
    (300_000, 'H'),
    (400_000, 'I'),
    (500_000, 'J'),
    (1_000_000, 'K'),
    (2_000_000, 'L'),
    (4_000_000, 'M'),
    (8_000_000, 'N'),
    (16_000_000, 'O'),
    (30_000_000, 'P'),
    (60_000_000, 'Q'),
];

/// Places among the 256 colours of a terminal, from none to all.
const COLOURS: &[u8] =
    &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 144, 143, 142, 184, 226, 214, 208, 202, 196];
/// The same without a hue (`--mono`).
const GREYS: &[u8] = &[0, 233, 234, 235, 237, 239, 241, 243, 245, 247, 249, 251, 253];

/// Measures until it is ended.
pub(super) async fn run(
    platform: &Terminal,
    session: &mut Session<'_, Terminal>,
    mono: bool,
) -> Result<i32, Exit> {
    let palette = if mono { GREYS } else { COLOURS };
    let interval = session.options.interval_ms;
    let interval = u128::from(if interval == 0 { LINE_MS } else { interval });
    let mut server = Reconnecting::new(platform, session);
    let mut counts = [0_u64; LETTERS.len() + 1];
    let mut lines = 0;
    let mut line_start = Instant::now();
    loop {
        let start = Instant::now();
        server.call("PING").await?;
        let us = start.elapsed().as_micros();
        let place = LETTERS.iter().position(|(most, _)| us <= u128::from(*most));
        counts[place.unwrap_or(LETTERS.len())] += 1;
        if line_start.elapsed().as_millis() > interval {
            if lines % LINES == 0 {
                platform.print(&legend(palette));
            }
            lines += 1;
            platform.print(&line(palette, &counts));
            counts.fill(0);
            line_start = Instant::now();
        }
        platform.sleep(PAUSE_MS).await;
    }
}

/// Each letter on the colour of its share.
fn line(palette: &[u8], counts: &[u64]) -> String {
    let total: u64 = counts.iter().sum();
    let mut out = "\x1b[38;5;0m".to_owned();
    let letters = LETTERS.iter().map(|(_, letter)| *letter).chain(['?']);
    for (letter, count) in letters.zip(counts) {
        let share = *count as f64 / total as f64;
        let place = (share * (palette.len() - 1) as f64).ceil() as usize;
        let colour = palette.get(place).copied().unwrap_or_default();
        out.push_str(&format!("\x1b[48;5;{colour}m{letter}"));
    }
    out + "\x1b[0m\n"
}

fn legend(palette: &[u8]) -> String {
    let rule = "-".repeat(45);
    let colours: String = palette.iter().map(|colour| format!("\x1b[48;5;{colour}m ")).collect();
    format!(
        "{rule}\n\
         . - * #          .01 .125 .25 .5 milliseconds\n\
         1,2,3,...,9      from 1 to 9     milliseconds\n\
         A,B,C,D,E        10,20,30,40,50  milliseconds\n\
         F,G,H,I,J        .1,.2,.3,.4,.5       seconds\n\
         K,L,M,N,O,P,Q,?  1,2,4,8,16,30,60,>60 seconds\n\
         From 0 to 100%: {colours}\x1b[0m\n{rule}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_letter_is_its_colour() {
        let mut counts = [0; LETTERS.len() + 1];
        (counts[0], counts[2], counts[30]) = (1, 98, 1);
        let text = line(COLOURS, &counts);
        assert!(
            text.starts_with("\x1b[38;5;0m\x1b[48;5;233m.\x1b[48;5;0m-\x1b[48;5;196m*"),
            "{text:?}"
        );
        assert!(text.ends_with("\x1b[48;5;233m?\x1b[0m\n"), "{text:?}");
    }
}
