//! Packets on their way over the stage: at most thirty, each long enough to be seen.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::model::Flight;

/// More than this moves at no time: the oldest lands at once.
pub(crate) const MOST: usize = 30;

/// No flight is drawn for less than this, in real milliseconds.
const LEAST_MS: f64 = 520.0;

/// Nor for more.
const LONGEST_MS: f64 = 4000.0;

/// A flight on the stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Aloft {
    /// The packet.
    pub flight: Flight,
    /// When it set out, in real milliseconds of the deck's own clock.
    pub start_ms: f64,
    /// How long it is drawn.
    pub takes_ms: f64,
}

impl Aloft {
    /// How far it is, 0 to 1.
    pub(crate) fn part(&self, now_ms: f64) -> f64 {
        ((now_ms - self.start_ms) / self.takes_ms).clamp(0.0, 1.0)
    }
}

/// Where a packet was drawn: pixels from the layer's corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drawn {
    /// The packet.
    pub id: u64,
    /// Left, top, right, bottom.
    pub rect: [f64; 4],
}

impl Flights {
    /// The packet whose name is drawn there.
    pub(crate) fn at(&self, x: f64, y: f64) -> Option<u64> {
        let [left, top, right, bottom] = [0, 1, 2, 3];
        let inside = |d: &&Drawn| {
            let r = &d.rect;
            (r[left]..=r[right]).contains(&x) && (r[top]..=r[bottom]).contains(&y)
        };
        self.drawn.iter().rev().find(inside).map(|d| d.id)
    }
}

/// All flights, on a clock of their own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flights {
    /// The deck's clock.
    pub now_ms: f64,
    /// In order of departure.
    pub aloft: VecDeque<Aloft>,
    /// Where names of packets were last drawn, for those who point at them.
    pub drawn: Vec<Drawn>,
}

impl Flights {
    /// A packet sets out; `speed` is virtual seconds a real second.
    pub(crate) fn depart(&mut self, flight: Flight, speed: f64) {
        if self.aloft.len() >= MOST {
            self.aloft.pop_front();
        }
        let real = flight.takes_us as f64 / 1000.0 / speed.max(1e-6);
        // Packets of one burst set out a little apart, or they would hide each other.
        let crowd = self.aloft.iter().filter(|a| a.start_ms >= self.now_ms).count();
        self.aloft.push_back(Aloft {
            flight,
            start_ms: self.now_ms + crowd as f64 * 45.0,
            takes_ms: real.clamp(LEAST_MS, LONGEST_MS),
        });
    }

    /// Real time passes.
    pub(crate) fn advance(&mut self, ms: f64) {
        self.now_ms += ms;
        let now = self.now_ms;
        self.aloft.retain(|a| a.start_ms + a.takes_ms > now);
    }
}

/// The flights, shared by the driver that adds them and the layer that draws them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deck(pub(crate) Rc<RefCell<Flights>>);

impl PartialEq for Deck {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::model::Tone;

    fn flight(takes_us: u64) -> Flight {
        Flight {
            id: 1,
            from: Some(0),
            to: Some(1),
            label: "FAIL".into(),
            tone: Tone::Bad,
            takes_us,
        }
    }

    #[test]
    fn never_more_than_thirty_move() {
        let mut deck = Flights::default();
        for _ in 0..200 {
            deck.depart(flight(500), 1.0);
        }
        assert_eq!(deck.aloft.len(), MOST);
        deck.advance(60_000.0);
        assert!(deck.aloft.is_empty());
    }

    #[test]
    fn slowed_down_a_packet_takes_its_true_time() {
        let mut deck = Flights::default();
        deck.depart(flight(1_000), 0.001);
        assert!((deck.aloft[0].takes_ms - 1000.0).abs() < 1e-9);
        deck.depart(flight(1_000), 1.0);
        assert!((deck.aloft[1].takes_ms - LEAST_MS).abs() < 1e-9);
        deck.advance(500.0);
        assert!((deck.aloft[0].part(deck.now_ms) - 0.5).abs() < 1e-9);
    }
}
