//! Where hosts and nodes stand on the map, and where an arrow key or a pointer leads.

use crate::world::model::{NodeIx, WorldView};

/// No host has more nodes side by side: with ten masters and ten replicas, a row of each.
const ACROSS: usize = 10;
/// The side of a node's square, in pixels: at least and at most.
const SIDE: (f64, f64) = (9.0, 15.0);
/// Between two squares.
const GAP: f64 = 2.0;
/// Between a host's frame and its squares.
const PAD: f64 = 6.0;
/// The line with the host's name.
const LABEL: f64 = 17.0;
/// Between two hosts, at least.
const APART: f64 = 6.0;

/// A host's frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tile {
    /// Left and top, in pixels.
    pub at: (f64, f64),
    /// Width and height.
    pub size: (f64, f64),
    /// Its nodes: the first and the one after the last of [`Plan::cells`].
    pub cells: (usize, usize),
}

/// A node's square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    /// Which node.
    pub ix: NodeIx,
    /// Left and top, in pixels.
    pub at: (f64, f64),
}

/// What lies under a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    /// A node: its place in [`Plan::cells`], and its host.
    Node(usize, usize),
    /// A host beside its nodes.
    Host(usize),
}

/// The map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// The side of a square.
    pub side: f64,
    /// How high it all is.
    pub height: f64,
    /// The hosts.
    pub tiles: Vec<Tile>,
    /// The nodes by host and port.
    pub cells: Vec<Cell>,
}

impl Plan {
    /// In so many pixels from left to right.
    pub(crate) fn of(view: &WorldView, width: f64) -> Self {
        let mut on: Vec<Vec<NodeIx>> = vec![Vec::new(); view.hosts.len()];
        for ix in view.order() {
            if let Some(nodes) = on.get_mut(view.nodes[ix].host) {
                nodes.push(ix);
            }
        }
        let most = on.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let (across, down) = (most.min(ACROSS), most.div_ceil(ACROSS));
        let wide =
            |side: f64| 2.0f64.mul_add(PAD, across as f64 * side + (across - 1) as f64 * GAP);
        let fit = ((width + APART) / (wide(SIDE.0) + APART)).floor();
        let columns = fit.clamp(1.0, on.len().max(1) as f64);
        let room = (width - (columns - 1.0) * APART) / columns;
        let side = ((room - wide(0.0)) / across as f64).floor().clamp(SIDE.0, SIDE.1);
        let size = (wide(side), LABEL + PAD + down as f64 * (side + GAP) - GAP);
        let spare = (width - columns * size.0) / (columns - 1.0).max(1.0);
        let apart = spare.floor().clamp(APART, 4.0 * APART);
        let mut made = Self { side, ..Self::default() };
        for (host, nodes) in on.into_iter().enumerate() {
            let (column, row) =
                ((host % columns as usize) as f64, (host / columns as usize) as f64);
            let at = (column * (size.0 + apart), row * (size.1 + APART));
            let first = made.cells.len();
            made.cells.extend(nodes.into_iter().enumerate().map(|(nth, ix)| {
                let (x, y) = ((nth % across) as f64, (nth / across) as f64);
                let at = (at.0 + PAD + x * (side + GAP), at.1 + LABEL + y * (side + GAP));
                Cell { ix, at }
            }));
            made.tiles.push(Tile { at, size, cells: (first, made.cells.len()) });
            made.height = at.1 + size.1;
        }
        made
    }

    /// The host of a square.
    pub(crate) fn host_of(&self, place: usize) -> Option<usize> {
        self.tiles.iter().position(|tile| (tile.cells.0..tile.cells.1).contains(&place))
    }

    /// What lies at a point; between two squares the one that is nearer.
    pub(crate) fn at(&self, x: f64, y: f64) -> Option<Hit> {
        let inside = |at: (f64, f64), size: (f64, f64), margin: f64| {
            (at.0 - margin..at.0 + size.0 + margin).contains(&x)
                && (at.1 - margin..at.1 + size.1 + margin).contains(&y)
        };
        let host = self.tiles.iter().position(|tile| inside(tile.at, tile.size, 0.0))?;
        let (first, end) = self.tiles[host].cells;
        let square = (self.side, self.side);
        let node = (first..end).find(|&n| inside(self.cells[n].at, square, GAP / 2.0));
        Some(node.map_or(Hit::Host(host), |node| Hit::Node(node, host)))
    }

    /// The square that a key leads to.
    pub(crate) fn step(&self, from: usize, key: &str) -> Option<usize> {
        let last = self.cells.len().checked_sub(1)?;
        let from = from.min(last);
        Some(match key {
            "ArrowLeft" => from.saturating_sub(1),
            "ArrowRight" => (from + 1).min(last),
            "ArrowUp" => self.beyond(from, -1.0),
            "ArrowDown" => self.beyond(from, 1.0),
            "PageUp" => self.on_host(from, -1),
            "PageDown" => self.on_host(from, 1),
            "Home" => 0,
            "End" => last,
            _ => return None,
        })
    }

    /// The nearest square above (-1) or below (1): in the same column, if there is one.
    fn beyond(&self, from: usize, way: f64) -> usize {
        let here = self.cells[from].at;
        let far = |cell: &Cell| (cell.at.1 - here.1) * way;
        let aside = |cell: &Cell| (cell.at.0 - here.0).abs();
        let there = self.cells.iter().enumerate().filter(|(_, cell)| far(cell) > 0.5);
        let nearer = |a: &Cell, b: &Cell| {
            let off = |cell: &Cell| aside(cell) > self.side;
            off(a).cmp(&off(b)).then(far(a).total_cmp(&far(b))).then(aside(a).total_cmp(&aside(b)))
        };
        there.min_by(|a, b| nearer(a.1, b.1)).map_or(from, |found| found.0)
    }

    /// The same place on the host before or after; hosts without nodes are left out.
    fn on_host(&self, from: usize, way: isize) -> usize {
        let Some(host) = self.host_of(from) else { return from };
        let nth = from - self.tiles[host].cells.0;
        let mut next = host;
        while let Some(other) = next.checked_add_signed(way) {
            let Some(tile) = self.tiles.get(other) else { break };
            if tile.cells.1 > tile.cells.0 {
                return (tile.cells.0 + nth).min(tile.cells.1 - 1);
            }
            next = other;
        }
        from
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::crowd;

    #[test]
    fn a_thousand_nodes_stand_in_their_hosts_without_touching() {
        for width in [320.0, 366.0, 700.0, 1400.0] {
            let plan = Plan::of(&crowd(50, 20), width);
            assert_eq!((plan.tiles.len(), plan.cells.len()), (50, 1000));
            for tile in &plan.tiles {
                assert!(tile.at.0 + tile.size.0 <= width + 0.01, "{width}: {tile:?}");
                for cell in &plan.cells[tile.cells.0..tile.cells.1] {
                    assert!(cell.at.0 >= tile.at.0 && cell.at.1 >= tile.at.1 + LABEL);
                    assert!(cell.at.0 + plan.side <= tile.at.0 + tile.size.0);
                    assert!(cell.at.1 + plan.side <= tile.at.1 + tile.size.1);
                }
            }
            let apart = |a: &Cell, b: &Cell| {
                (a.at.0 - b.at.0).abs() >= plan.side || (a.at.1 - b.at.1).abs() >= plan.side
            };
            assert!(plan.cells.windows(2).all(|pair| apart(&pair[0], &pair[1])));
        }
    }

    #[test]
    fn a_pointer_finds_the_node_it_is_on_and_else_the_host() {
        let plan = Plan::of(&crowd(50, 20), 700.0);
        for (nth, cell) in plan.cells.iter().enumerate() {
            let middle = (cell.at.0 + plan.side / 2.0, cell.at.1 + plan.side / 2.0);
            assert_eq!(plan.at(middle.0, middle.1), Some(Hit::Node(nth, nth / 20)));
        }
        let tile = plan.tiles[7];
        assert_eq!(plan.at(tile.at.0 + 2.0, tile.at.1 + 2.0), Some(Hit::Host(7)));
        assert_eq!(plan.at(-5.0, 3.0), None);
    }

    #[test]
    fn arrow_keys_reach_every_node_and_stay_on_the_map() {
        let plan = Plan::of(&crowd(12, 13), 366.0);
        let mut seen = std::collections::BTreeSet::from([0]);
        let mut edge = vec![0];
        while let Some(from) = edge.pop() {
            for key in ["ArrowDown", "ArrowUp", "PageDown", "ArrowRight"] {
                let to = plan.step(from, key).unwrap();
                if seen.insert(to) {
                    edge.push(to);
                }
            }
        }
        assert_eq!(seen.len(), plan.cells.len());
        let down = plan.step(0, "ArrowDown").unwrap();
        assert!((plan.cells[down].at.0 - plan.cells[0].at.0).abs() < 1e-9);
        assert_eq!(plan.step(down, "ArrowUp"), Some(0));
        assert_eq!(plan.step(0, "ArrowUp"), Some(0));
        assert_eq!(plan.step(3, "PageDown"), Some(16));
        assert_eq!(plan.step(155, "PageDown"), Some(155));
        assert_eq!(plan.step(0, "Tab"), None);
        assert_eq!(Plan::default().step(0, "Home"), None);
    }

    #[test]
    fn a_host_without_nodes_is_a_frame_that_keys_pass_over() {
        let mut view = crowd(3, 2);
        view.nodes.retain(|n| n.host != 1);
        let plan = Plan::of(&view, 500.0);
        assert_eq!(plan.tiles[1].cells, (2, 2));
        assert_eq!(plan.step(1, "PageDown"), Some(3));
    }
}
