//! The most recently used blocks of a remote file, and read-ahead.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

/// Bytes in a block, as many as the demuxer reads at once; the last block of a file may be shorter.
pub(super) const BLOCK: u64 = 64 * 1024;
/// Blocks to fetch where no reader is known. A demuxer's read seldom begins at a block's start, so it needs two.
const MIN_RUN: u64 = 2;
/// The most blocks to fetch in one request: 2 MiB take 170 ms at 100 Mbit/s, several round trips' worth.
const MAX_RUN: u64 = 32;
/// Positions that are followed for read-ahead: video and audio of eight workers.
const MAX_READERS: usize = 16;

/// Ranges that are expected at once: one for each of eight workers.
const MAX_EXPECTED: usize = 8;

/// A bounded set of blocks; the least recently used one is dropped first.
pub(super) struct Cache {
    blocks: BTreeMap<u64, Block>,
    /// The most blocks to hold.
    capacity: usize,
    /// Counts accesses, as the clock of [`Block::used`].
    uses: u64,
    /// Where sequential readers will go on, least recently used first.
    readers: Vec<Reader>,
    /// Ranges of blocks of which all will be read, the oldest first.
    expected: Vec<Range<u64>>,
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
        Self { blocks: BTreeMap::new(), capacity, uses: 0, readers: Vec::new(), expected: Vec::new() }
    }

    /// Says that all of these bytes will be read.
    pub(super) fn expect(&mut self, bytes: Range<u64>) {
        let mut blocks = bytes.start / BLOCK..bytes.end.div_ceil(BLOCK);
        self.expected.retain(|other| {
            let touches = other.start <= blocks.end && blocks.start <= other.end;
            if touches {
                blocks = other.start.min(blocks.start)..other.end.max(blocks.end);
            }
            !touches
        });
        self.expected.push(blocks);
        if self.expected.len() > MAX_EXPECTED {
            self.expected.remove(0);
        }
    }

    /// Which blocks around `block` will be read, as far as that is known, they are not cached, and half of the cache holds
    /// them.
    fn expected_run(&mut self, block: u64) -> Option<Range<u64>> {
        let place = self.expected.iter().position(|range| range.contains(&block))?;
        let range = self.expected.remove(place);
        let cached = self.blocks.range(range.start..block).next_back();
        let start = cached.map_or(range.start, |(number, _)| number + 1);
        let most = self.capacity as u64 / 2;
        let start = if block - start < most { start } else { block };
        let end = self.first_cached(block..range.end.min(start + most));
        if end < range.end {
            self.expected.push(end..range.end);
        }
        Some(start..end)
    }

    /// The first block of `range` that is cached, or its end.
    fn first_cached(&self, range: Range<u64>) -> u64 {
        self.blocks.range(range.clone()).next().map_or(range.end, |(number, _)| *number)
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

    /// Which blocks to fetch when `first` is read, in a file of `blocks`: those that are expected around it, or twice as many
    /// each time that reading goes on where it stopped, up to the first block that is cached already.
    pub(super) fn run(&mut self, first: u64, blocks: u64) -> Range<u64> {
        let reader = self.readers.iter().position(|reader| reader.next == first);
        let wanted = reader.map_or(MIN_RUN, |reader| (self.readers.remove(reader).run * 2).min(MAX_RUN));
        let run = self.expected_run(first).unwrap_or_else(|| {
            let end = (first + wanted).min(blocks).max(first);
            first..self.first_cached(first..end)
        });
        let run = run.start..run.end.max(first + 1);
        if self.readers.len() >= MAX_READERS {
            self.readers.remove(0);
        }
        self.readers.push(Reader { next: run.end, run: wanted });
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
    fn sequential_reading_doubles_the_run_up_to_cached_blocks_and_the_end() {
        let mut cache = Cache::new(0);
        let mut runs = Vec::new();
        let mut next = 0;
        for _ in 0..6 {
            let run = cache.run(next, 100);
            runs.push(run.end - run.start);
            cache.put(next, &blocks(run.end - run.start));
            next = run.end;
        }
        assert_eq!(runs, [2, 4, 8, 16, 32, 32]);
        cache.put(97, &blocks(1));
        assert_eq!(cache.run(next, 100), 94..97, "cached blocks are not fetched again");
        assert_eq!(cache.run(98, 100), 98..100, "nor is anything past the end");
    }

    #[test]
    fn two_sequential_readers_are_followed_separately() {
        let mut cache = Cache::new(0);
        assert_eq!([cache.run(0, 1000), cache.run(500, 1000)], [0..2, 500..502]);
        assert_eq!([cache.run(2, 1000), cache.run(502, 1000)], [2..6, 502..506]);
    }

    #[test]
    fn what_is_expected_comes_at_once() {
        let mut cache = Cache::new(0);
        cache.expect(0..40 * BLOCK - 1);
        cache.put(0, &blocks(2));
        assert_eq!(cache.run(20, 1000), 2..34, "what is not cached, as much as half of the cache holds");
        cache.expect(100 * BLOCK + 1..110 * BLOCK);
        cache.put(107, &blocks(1));
        assert_eq!(cache.run(105, 1000), 100..107, "and only up to what is cached");
        assert_eq!(cache.run(109, 1000), 108..110, "the rest later");
        assert_eq!(cache.run(101, 1000), 101..103, "and nothing twice");
        cache.expect(200 * BLOCK..204 * BLOCK);
        cache.expect(203 * BLOCK..210 * BLOCK);
        assert_eq!(cache.run(201, 1000), 200..210, "what touches comes together");
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
