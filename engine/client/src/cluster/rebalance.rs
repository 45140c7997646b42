//! `--cluster rebalance`: equal shares, or shares by weight (`clusterManagerCommandRebalance`).

use engine_base::SLOT_COUNT;

use super::slots::Move;
use super::{Failed, Level, Manager};
use crate::number::leading_float;
use crate::platform::Platform;

/// Differences below so many percent are left alone.
const THRESHOLD: f64 = 2.0;

/// A master with what it has too much, or too little of.
struct Scale {
    node: usize,
    weight: f32,
    balance: i64,
}

impl<P: Platform> Manager<'_, P> {
    pub(crate) async fn rebalance(&mut self) -> Result<(), Failed> {
        self.load_named().await?;
        let weights = self.weights()?;
        let use_empty = self.options.cluster.empty_masters;
        let mut scales: Vec<Scale> = (0..self.nodes.len())
            .filter(|n| !self.nodes[*n].is_replica() && self.nodes[*n].replicate.is_none())
            .filter(|n| use_empty || !self.nodes[*n].slots.is_empty())
            .map(|node| Scale { node, weight: weights[node], balance: 0 })
            .collect();
        let total: f32 = scales.iter().map(|s| s.weight).sum();
        self.check(true).await?;
        if !self.errors.is_empty() {
            self.log(Level::Error, "*** Please fix your cluster problems before rebalancing\n");
            return Err(Failed);
        }
        if !self.weigh(&mut scales, total) {
            let threshold = self.options.cluster.threshold.unwrap_or(THRESHOLD);
            self.log(
                Level::Warning,
                &format!(
                    "*** No rebalancing needed! All nodes are within the {threshold:.2}% \
                     threshold.\n"
                ),
            );
            return Ok(());
        }
        scales.sort_by_key(|s| s.balance);
        self.log(
            Level::Info,
            &format!(">>> Rebalancing across {} nodes. Total weight = {total:.2}\n", scales.len()),
        );
        if self.options.verbose {
            for scale in &scales {
                let address = self.nodes[scale.node].address();
                self.out(&format!("{address} balance is {} slots\n", scale.balance));
            }
        }
        self.level(&mut scales).await
    }

    fn weights(&self) -> Result<Vec<f32>, Failed> {
        let mut weights = vec![1.0; self.nodes.len()];
        for input in &self.options.cluster.weights {
            let Some((name, weight)) = input.split_once('=') else {
                self.log(Level::Error, &format!("*** invalid input {input}\n"));
                return Err(Failed);
            };
            let id = name.to_ascii_lowercase();
            let found = self.nodes.iter().position(|n| n.name.starts_with(&id));
            let Some(node) = found else {
                self.log(Level::Error, &format!("*** No such master node {name}\n"));
                return Err(Failed);
            };
            weights[node] = leading_float(weight) as f32;
        }
        Ok(weights)
    }

    /// Works out the balances; whether any is over the threshold.
    fn weigh(&self, scales: &mut [Scale], total: f32) -> bool {
        let threshold = self.options.cluster.threshold.unwrap_or(THRESHOLD) as f32;
        let mut over = false;
        let mut sum = 0;
        for scale in scales.iter_mut() {
            let slots = self.nodes[scale.node].slots.len() as i64;
            let expected = (SLOT_COUNT as f32 / total * scale.weight) as i64;
            scale.balance = slots - expected;
            sum += scale.balance;
            if threshold > 0.0 {
                over |= if slots > 0 {
                    (100.0 - 100.0 * expected as f64 / slots as f64).abs() as f32 > threshold
                } else {
                    expected > 1
                };
            }
        }
        // Rounding leaves a few slots over: whoever has too little gets one more.
        while sum > 0 && scales.iter().any(|s| s.balance <= 0) {
            for scale in scales.iter_mut() {
                if scale.balance <= 0 && sum > 0 {
                    scale.balance -= 1;
                    sum -= 1;
                }
            }
        }
        over
    }

    /// Moves slots from the end of the list to its beginning.
    async fn level(&mut self, scales: &mut [Scale]) -> Result<(), Failed> {
        let (mut low, mut high) = (0, scales.len().saturating_sub(1));
        while low < high {
            let (to, from) = (scales[low].node, scales[high].node);
            let count = scales[low].balance.abs().min(scales[high].balance.abs());
            if count > 0 {
                let (a, b) = (self.nodes[from].address(), self.nodes[to].address());
                self.out(&format!("Moving {count} slots from {a} to {b}\n"));
                self.carry(from, to, count).await?;
                self.out("\n");
            }
            scales[low].balance += count;
            scales[high].balance -= count;
            if scales[low].balance == 0 {
                low += 1;
            }
            if scales[high].balance == 0 {
                high -= 1;
            }
        }
        Ok(())
    }

    async fn carry(&mut self, from: usize, to: usize, count: i64) -> Result<(), Failed> {
        let wanted = usize::try_from(count).unwrap_or(0);
        let table = self.reshard_table(&[from], wanted);
        if table.len() != wanted {
            self.log(Level::Error, "*** Assertion failed: Reshard table != number of slots");
            return Err(Failed);
        }
        if self.options.cluster.simulate {
            self.out(&"#".repeat(wanted));
            return Ok(());
        }
        let how = Move { update: true, quiet: true, ..Move::default() };
        if self.options.cluster.atomic {
            return self.move_whole(&table, to, how).await;
        }
        for (source, slot) in table {
            if let Err(error) = self.move_slot(source, to, slot, how).await {
                let error = error.unwrap_or_default();
                self.log(Level::Error, &format!("*** clusterManagerMoveSlot: {error}\n"));
                return Err(Failed);
            }
            self.out("#");
        }
        Ok(())
    }
}
