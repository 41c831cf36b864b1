//! The blocks of a remote file that were read last.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Bytes of a block; the last one of a file may be shorter.
pub(super) const BLOCK: u64 = 64 * 1024;
/// Blocks that are fetched where reading begins anew.
const FIRST: u64 = 2;
/// Blocks that are fetched at once at most: enough that the way there and back does not count.
const MOST: u64 = 32;
/// Positions at which reading goes on: video and sound of several workers.
const PLACES: usize = 16;

/// A bounded set of blocks; those used longest ago go first.
pub(super) struct Cache {
    blocks: BTreeMap<u64, Block>,
    room: usize,
    uses: u64,
    /// Where somebody read on last: the next block, and how many were fetched then.
    positions: Vec<(u64, u64)>,
}

struct Block {
    bytes: Bytes,
    used: u64,
}

impl Cache {
    /// A cache of `room` bytes, of what is fetched at once at least.
    pub(super) fn new(room: u64) -> Self {
        let room = usize::try_from((room / BLOCK).max(2 * MOST)).unwrap_or(usize::MAX);
        Self { blocks: BTreeMap::new(), room, uses: 0, positions: Vec::new() }
    }

    /// The bytes of a block from `offset` in the file on.
    pub(super) fn get(&mut self, offset: u64) -> Option<Bytes> {
        self.uses += 1;
        let block = self.blocks.get_mut(&(offset / BLOCK))?;
        block.used = self.uses;
        let skip = usize::try_from(offset % BLOCK).ok()?;
        (skip < block.bytes.len()).then(|| block.bytes.slice(skip..))
    }

    /// Keeps what was fetched from block `first` on.
    pub(super) fn put(&mut self, first: u64, bytes: &Bytes) {
        let size = BLOCK as usize;
        for (number, start) in (first..).zip((0..bytes.len()).step_by(size)) {
            self.uses += 1;
            // A copy of its own: a slice would keep all that was fetched with it.
            let own = bytes.get(start..bytes.len().min(start + size)).unwrap_or_default();
            self.blocks.insert(number, Block { bytes: Bytes::copy_from_slice(own), used: self.uses });
        }
        while self.blocks.len() > self.room {
            let oldest = self.blocks.iter().min_by_key(|(_, block)| block.used).map(|(number, _)| *number);
            oldest.and_then(|number| self.blocks.remove(&number));
        }
    }

    /// How many blocks to fetch from `first` on, of a file of `blocks`: more each time that somebody reads on.
    pub(super) fn run(&mut self, first: u64, blocks: u64) -> u64 {
        let place = self.positions.iter().position(|(next, _)| *next == first);
        let wanted = place.map_or(FIRST, |place| (self.positions.remove(place).1 * 2).min(MOST));
        let end = (first + wanted).min(blocks).max(first);
        let held = self.blocks.range(first..end).next().map_or(end, |(number, _)| *number);
        let run = held.saturating_sub(first).max(1);
        if self.positions.len() >= PLACES {
            self.positions.remove(0);
        }
        self.positions.push((first + run, wanted));
        run
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(count: u64) -> Bytes {
        vec![7; (count * BLOCK) as usize].into()
    }

    #[test]
    fn reading_on_fetches_more_and_more_up_to_what_is_there() {
        let mut cache = Cache::new(0);
        let mut runs = Vec::new();
        let mut next = 0;
        for _ in 0..6 {
            let run = cache.run(next, 100);
            runs.push(run);
            cache.put(next, &blocks(run));
            next += run;
        }
        assert_eq!(runs, [2, 4, 8, 16, 32, 32]);
        cache.put(97, &blocks(1));
        assert_eq!(cache.run(next, 100), 3, "what is held is not fetched again");
        assert_eq!(cache.run(98, 100), 2, "nor what is behind the end");
    }

    #[test]
    fn two_readers_do_not_disturb_each_other() {
        let mut cache = Cache::new(0);
        assert_eq!([cache.run(0, 1000), cache.run(500, 1000)], [2, 2]);
        assert_eq!([cache.run(2, 1000), cache.run(502, 1000)], [4, 4]);
    }

    #[test]
    fn the_blocks_used_longest_ago_make_room() {
        let mut cache = Cache::new(64 * BLOCK);
        cache.put(0, &blocks(64));
        assert!(cache.get(0).is_some());
        cache.put(64, &blocks(1));
        assert!(cache.get(0).is_some() && cache.get(BLOCK).is_none() && cache.get(64 * BLOCK).is_some());
    }

    #[test]
    fn bytes_begin_where_they_are_asked_for() {
        let mut cache = Cache::new(0);
        cache.put(3, &Bytes::from_static(b"end"));
        assert_eq!(cache.get(3 * BLOCK + 1).unwrap(), "nd");
        assert_eq!(cache.get(3 * BLOCK + 3), None);
    }
}
