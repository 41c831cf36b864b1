//! The most recently used blocks of a remote file, and read-ahead.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Bytes in a block, as many as the demuxer reads at once; the last block of a file may be shorter.
pub(super) const BLOCK: u64 = 64 * 1024;
/// Blocks to fetch where no reader is known. A demuxer's read seldom begins at a block's start, so it needs two.
const MIN_RUN: u64 = 2;
/// The most blocks to fetch in one request: 2 MiB take 170 ms at 100 Mbit/s, several round trips' worth.
const MAX_RUN: u64 = 32;
/// Positions that are followed for read-ahead: video and audio of eight workers.
const MAX_READERS: usize = 16;

/// A bounded set of blocks; the least recently used one is dropped first.
pub(super) struct Cache {
    blocks: BTreeMap<u64, Block>,
    /// The most blocks to hold.
    capacity: usize,
    /// Counts accesses, as the clock of [`Block::used`].
    uses: u64,
    /// Where sequential readers will go on, least recently used first.
    readers: Vec<Reader>,
}

struct Block {
    bytes: Bytes,
    used: u64,
}

struct Reader {
    /// The block after the last run.
    next: u64,
    /// The length that was aimed at for that run.
    run: u64,
}

impl Cache {
    /// A cache of `size` bytes, but at least two of the longest runs (4 MiB), so that one does not push out another.
    pub(super) fn new(size: u64) -> Self {
        let capacity = usize::try_from((size / BLOCK).max(2 * MAX_RUN)).unwrap_or(usize::MAX);
        Self { blocks: BTreeMap::new(), capacity, uses: 0, readers: Vec::new() }
    }

    /// The bytes from `offset` in the file to the end of its block.
    pub(super) fn get(&mut self, offset: u64) -> Option<Bytes> {
        self.uses += 1;
        let block = self.blocks.get_mut(&(offset / BLOCK))?;
        block.used = self.uses;
        let skip = usize::try_from(offset % BLOCK).ok()?;
        (skip < block.bytes.len()).then(|| block.bytes.slice(skip..))
    }

    /// Stores the bytes of the blocks from `first` on.
    pub(super) fn put(&mut self, first: u64, bytes: &Bytes) {
        let size = BLOCK as usize;
        for (number, start) in (first..).zip((0..bytes.len()).step_by(size)) {
            self.uses += 1;
            // Copied, because a slice would keep the whole run in memory.
            let block = bytes.get(start..bytes.len().min(start + size)).unwrap_or_default();
            self.blocks.insert(number, Block { bytes: Bytes::copy_from_slice(block), used: self.uses });
        }
        while self.blocks.len() > self.capacity {
            let oldest = self.blocks.iter().min_by_key(|(_, block)| block.used).map(|(number, _)| *number);
            oldest.and_then(|number| self.blocks.remove(&number));
        }
    }

    /// How many blocks to fetch from `first` on, in a file of `blocks`: twice as many each time that reading goes on
    /// where it stopped, up to the first block that is cached already.
    pub(super) fn run_length(&mut self, first: u64, blocks: u64) -> u64 {
        let reader = self.readers.iter().position(|reader| reader.next == first);
        let wanted = reader.map_or(MIN_RUN, |reader| (self.readers.remove(reader).run * 2).min(MAX_RUN));
        let end = (first + wanted).min(blocks).max(first);
        let cached = self.blocks.range(first..end).next().map_or(end, |(number, _)| *number);
        let length = cached.saturating_sub(first).max(1);
        if self.readers.len() >= MAX_READERS {
            self.readers.remove(0);
        }
        self.readers.push(Reader { next: first + length, run: wanted });
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(count: u64) -> Bytes {
        vec![7; (count * BLOCK) as usize].into()
    }

    #[test]
    fn sequential_reading_doubles_the_run_up_to_cached_blocks_and_the_end() {
        let mut cache = Cache::new(0);
        let mut runs = Vec::new();
        let mut next = 0;
        for _ in 0..6 {
            let run = cache.run_length(next, 100);
            runs.push(run);
            cache.put(next, &blocks(run));
            next += run;
        }
        assert_eq!(runs, [2, 4, 8, 16, 32, 32]);
        cache.put(97, &blocks(1));
        assert_eq!(cache.run_length(next, 100), 3, "cached blocks are not fetched again");
        assert_eq!(cache.run_length(98, 100), 2, "nor is anything past the end");
    }

    #[test]
    fn two_sequential_readers_are_followed_separately() {
        let mut cache = Cache::new(0);
        assert_eq!([cache.run_length(0, 1000), cache.run_length(500, 1000)], [2, 2]);
        assert_eq!([cache.run_length(2, 1000), cache.run_length(502, 1000)], [4, 4]);
    }

    #[test]
    fn the_least_recently_used_block_is_dropped_first() {
        let mut cache = Cache::new(64 * BLOCK);
        cache.put(0, &blocks(64));
        assert!(cache.get(0).is_some());
        cache.put(64, &blocks(1));
        assert!(cache.get(0).is_some() && cache.get(BLOCK).is_none() && cache.get(64 * BLOCK).is_some());
    }

    #[test]
    fn bytes_begin_at_the_offset() {
        let mut cache = Cache::new(0);
        cache.put(3, &Bytes::from_static(b"end"));
        assert_eq!(cache.get(3 * BLOCK + 1).unwrap(), "nd");
        assert_eq!(cache.get(3 * BLOCK + 3), None);
    }
}
