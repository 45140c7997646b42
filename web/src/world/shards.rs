//! Which colour a node wears: a shard keeps its colour, whoever leads it.

use super::model::NodeIx;

/// How many colours there are.
pub(crate) const COLOURS: u8 = 7;

/// What the choice depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Whom it copies.
    pub master: Option<NodeIx>,
    /// Whether it owns slots now.
    pub owns: bool,
}

/// The colours after a change, given those before it (shorter when nodes are new).
///
/// A replica wears its master's colour and keeps it when it takes over. Two owners of slots never
/// share one while colours are left: the one that came to it later changes.
pub(crate) fn recolour(before: &[Option<u8>], members: &[Member]) -> Vec<Option<u8>> {
    let mut colours: Vec<Option<u8>> =
        (0..members.len()).map(|ix| before.get(ix).copied().flatten()).collect();
    let mut taken = Vec::new();
    for (ix, member) in members.iter().enumerate() {
        if member.owns && member.master.is_none() {
            let colour = match colours[ix] {
                // With more shards than colours, nobody changes because somebody else came or went.
                Some(own) if !taken.contains(&own) || taken.len() >= usize::from(COLOURS) => own,
                _ => free(&taken, &colours),
            };
            taken.push(colour);
            colours[ix] = Some(colour);
        }
    }
    for (ix, member) in members.iter().enumerate() {
        if let Some(of_master) = member.master.and_then(|m| colours.get(m).copied().flatten()) {
            colours[ix] = Some(of_master);
        }
    }
    colours
}

fn free(taken: &[u8], worn: &[Option<u8>]) -> u8 {
    let unworn = (0..COLOURS).find(|c| !taken.contains(c) && !worn.contains(&Some(*c)));
    unworn
        .or_else(|| (0..COLOURS).find(|c| !taken.contains(c)))
        .unwrap_or((taken.len() % usize::from(COLOURS)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn owner() -> Member {
        Member { master: None, owns: true }
    }
    const fn replica(of: usize) -> Member {
        Member { master: Some(of), owns: false }
    }

    #[test]
    fn a_shard_keeps_its_colour_through_a_failover_and_back() {
        let start = recolour(&[], &[owner(), replica(2), owner(), replica(0)]);
        assert_eq!(start, [Some(0), Some(1), Some(1), Some(0)]);
        let dead = Member { master: None, owns: false };
        let after = recolour(&start, &[dead, replica(2), owner(), owner()]);
        assert_eq!(after[3], Some(0), "the new master leads the same shard");
        let back = recolour(&after, &[replica(3), replica(2), owner(), owner()]);
        assert_eq!(back, start);
    }

    #[test]
    fn two_owners_never_share_a_colour() {
        let worn = [Some(0), Some(0)];
        assert_eq!(recolour(&worn, &[owner(), owner()]), [Some(0), Some(1)]);
    }

    #[test]
    fn with_more_shards_than_colours_the_end_of_one_changes_no_other() {
        let mut members = vec![owner(); 20];
        members.push(replica(9));
        let before = recolour(&[], &members);
        assert!(before.windows(2).take(19).all(|pair| pair[0] != pair[1]), "neighbours differ");
        members[9] = Member { master: None, owns: false };
        members[20] = owner();
        assert_eq!(recolour(&before, &members), before);
    }

    #[test]
    fn a_master_without_slots_has_none() {
        assert_eq!(recolour(&[], &[Member { master: None, owns: false }]), [None]);
    }
}
