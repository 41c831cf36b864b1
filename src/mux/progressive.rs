//! Progressive MP4 (ISO/IEC 14496-12): several tracks with the index first, from a package's segments.

use std::num::NonZeroU32;
use std::ops::Range;

use sha2::{Digest, Sha256};
use shiguredo_mp4::boxes::{
    Brand, Co64Box, CttsBox, CttsEntry, FtypBox, MoofBox, MoovBox, MvhdBox, StcoBox, StscBox, StscEntry, StssBox,
    StszBox, SttsBox, SttsEntry, TrakBox,
};
use shiguredo_mp4::{Decode, Either, Encode};

use super::error::mux_error;
use crate::base::{Error, ErrorKind, Result};
use crate::codec;

/// Ticks per second for durations and edit lists. Sample times keep their track's timescale.
const MOVIE_TIMESCALE: u32 = 90_000;

/// The samples of one track, as the index lists them.
pub(crate) struct ProgressiveTrack {
    header: TrakBox,
    timescale: u32,
    /// Seconds that are presented.
    presented: f64,
    deltas: Vec<SttsEntry>,
    offsets: Vec<CttsEntry>,
    sizes: Vec<u32>,
    /// Numbers of the sync samples, from 1.
    keys: Vec<NonZeroU32>,
    chunks: Vec<Chunk>,
    /// Duration of all samples, in ticks.
    ticks: u64,
}

/// The samples of one segment.
struct Chunk {
    /// Seconds.
    start: f64,
    samples: u32,
    bytes: u64,
    /// SHA-256 of the segment's moof box, which the index was made from.
    digest: [u8; 32],
}

/// A chunk, by the positions of its track and of the chunk in it.
pub(crate) type ChunkId = (usize, usize);

/// What is wrong with a segment, as a clause: the caller knows which one it is.
fn damaged(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, what.into())
}

fn unreadable(cause: shiguredo_mp4::Error) -> Error {
    damaged(format!("a box cannot be read, {}", codec::reason(&cause)))
}

/// The names and byte ranges of consecutive boxes.
fn boxes(bytes: &[u8]) -> Result<Vec<([u8; 4], Range<usize>)>> {
    let (mut found, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let head = rest.first_chunk::<8>().ok_or_else(|| damaged("it ends within a box"))?;
        let [a, b, c, d, name @ ..] = *head;
        let size = u32::from_be_bytes([a, b, c, d]) as usize;
        let start = bytes.len() - rest.len();
        rest = rest.get(size..).filter(|_| size >= 8).ok_or_else(|| damaged("a box extends past its end"))?;
        found.push((name, start..start + size));
    }
    Ok(found)
}

fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Result<&'a [u8]> {
    let range = boxes(bytes)?.into_iter().find(|(found, _)| found == name).map(|(_, range)| range);
    range
        .and_then(|range| bytes.get(range))
        .ok_or_else(|| damaged(format!("it has no {} box", String::from_utf8_lossy(name))))
}

/// The samples of a media segment: the content of its mdat box.
fn samples(segment: &[u8]) -> Result<&[u8]> {
    find(segment, b"mdat")?.get(8..).ok_or_else(|| damaged("it has no samples"))
}

/// The samples of a chunk, from the segment that was added for it.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) if it is not the same segment any more.
pub(crate) fn chunk_samples<'a>(tracks: &[ProgressiveTrack], id: ChunkId, segment: &'a [u8]) -> Result<&'a [u8]> {
    let digest: [u8; 32] = Sha256::digest(find(segment, b"moof")?).into();
    let samples = samples(segment)?;
    match chunk(tracks, id) {
        Some(chunk) if chunk.digest == digest && chunk.bytes == samples.len() as u64 => Ok(samples),
        _ => Err(damaged("it was replaced while it was read")),
    }
}

impl ProgressiveTrack {
    /// The track of an init segment, of which `presented` seconds are presented.
    pub(crate) fn new(init: &[u8], presented: f64) -> Result<Self> {
        let (movie, _) = MoovBox::decode(find(init, b"moov")?).map_err(unreadable)?;
        let header = movie.trak_boxes.into_iter().next().ok_or_else(|| damaged("it describes no track"))?;
        let timescale = header.mdia_box.mdhd_box.timescale.get();
        let (deltas, offsets, sizes, keys, chunks) = Default::default();
        Ok(Self { header, timescale, presented, deltas, offsets, sizes, keys, chunks, ticks: 0 })
    }

    /// Adds the samples of a media segment.
    pub(crate) fn add(&mut self, segment: &[u8]) -> Result<()> {
        let moof = find(segment, b"moof")?;
        let (fragment, _) = MoofBox::decode(moof).map_err(unreadable)?;
        let track = fragment.traf_boxes.first().ok_or_else(|| damaged("it has no track"))?;
        let delta = track.tfhd_box.default_sample_duration.ok_or_else(|| damaged("its samples have no duration"))?;
        let start = self.ticks as f64 / f64::from(self.timescale);
        let (mut count, mut bytes, mut ticks) = (0_u32, 0_u64, 0_u64);
        for sample in track.trun_boxes.iter().flat_map(|run| &run.samples) {
            let size = sample.size.ok_or_else(|| damaged("a sample has no size"))?;
            (count, bytes) = (count + 1, bytes + u64::from(size));
            self.sizes.push(size);
            let delta = sample.duration.unwrap_or(delta);
            ticks += u64::from(delta);
            match self.deltas.last_mut().filter(|last| last.sample_delta == delta) {
                Some(last) => last.sample_count += 1,
                None => self.deltas.push(SttsEntry { sample_count: 1, sample_delta: delta }),
            }
            let flags = sample.flags.or(track.tfhd_box.default_sample_flags);
            if flags.is_none_or(|flags| !flags.sample_is_non_sync_sample()) {
                self.keys.extend(u32::try_from(self.sizes.len()).ok().and_then(NonZeroU32::new));
            }
            let offset = sample.composition_time_offset.unwrap_or(0);
            match self.offsets.last_mut().filter(|last| last.sample_offset == offset) {
                Some(last) => last.sample_count += 1,
                None => self.offsets.push(CttsEntry { sample_count: 1, sample_offset: offset }),
            }
        }
        if bytes != samples(segment)?.len() as u64 {
            return Err(damaged("its samples do not have the sizes that its index states"));
        }
        self.ticks += ticks;
        self.chunks.push(Chunk { start, samples: count, bytes, digest: Sha256::digest(moof).into() });
        Ok(())
    }

    /// The track's box, with its chunks at these positions in the file.
    fn to_box(&self, id: u32, positions: Vec<u64>) -> TrakBox {
        let mut track = self.header.clone();
        let presented = (self.presented * f64::from(MOVIE_TIMESCALE)).round() as u64;
        track.tkhd_box.track_id = id;
        track.tkhd_box.duration = presented;
        track.mdia_box.mdhd_box.duration = self.ticks;
        for edit in track.edts_box.iter_mut().flat_map(|edits| &mut edits.elst_box).flat_map(|list| &mut list.entries) {
            edit.edit_duration = presented;
        }
        let table = &mut track.mdia_box.minf_box.stbl_box;
        table.stts_box = SttsBox { entries: self.deltas.clone() };
        let reordered = self.offsets.iter().any(|entry| entry.sample_offset != 0);
        table.ctts_box = reordered.then(|| CttsBox { version: 0, entries: self.offsets.clone() });
        let all_keys = self.keys.len() == self.sizes.len();
        table.stss_box = (!all_keys).then(|| StssBox { sample_numbers: self.keys.clone() });
        table.stsz_box = StszBox::Variable { entry_sizes: self.sizes.clone() };
        table.stsc_box = StscBox { entries: self.chunk_runs() };
        let offsets_32: Option<Vec<u32>> = positions.iter().map(|position| u32::try_from(*position).ok()).collect();
        table.stco_or_co64_box = match offsets_32 {
            Some(chunk_offsets) => Either::A(StcoBox { chunk_offsets }),
            None => Either::B(Co64Box { chunk_offsets: positions }),
        };
        track
    }

    /// One entry for each run of chunks with the same number of samples.
    fn chunk_runs(&self) -> Vec<StscEntry> {
        let mut runs: Vec<StscEntry> = Vec::new();
        for (chunk, number) in self.chunks.iter().zip(1..) {
            if runs.last().is_none_or(|last| last.sample_per_chunk != chunk.samples) {
                runs.extend(NonZeroU32::new(number).map(|first_chunk| StscEntry {
                    first_chunk,
                    sample_per_chunk: chunk.samples,
                    sample_description_index: NonZeroU32::MIN,
                }));
            }
        }
        runs
    }
}

/// The file up to its samples, and the order in which their chunks have to follow.
pub(crate) fn progressive_head(tracks: &[ProgressiveTrack]) -> Result<(Vec<u8>, Vec<ChunkId>)> {
    let order = interleaved(tracks);
    let brands = [b"isom", b"iso2", b"avc1", b"mp41"].map(|brand| Brand::new(*brand));
    // As FFmpeg writes it, which players know best.
    let ftyp = FtypBox { major_brand: Brand::new(*b"isom"), minor_version: 512, compatible_brands: brands.into() };
    let ftyp = ftyp.encode_to_vec().map_err(mux_error)?;
    let payload: u64 = tracks.iter().flat_map(|track| &track.chunks).map(|chunk| chunk.bytes).sum();
    let is_large = payload + 8 > u64::from(u32::MAX);
    let mdat_header = if is_large { 16 } else { 8 };
    let mut size = 0;
    // Chunk positions depend on the size of the index. In files above 4 GiB that depends on them in turn, as positions
    // may take 64 bits.
    let index = loop {
        let first_chunk = ftyp.len() as u64 + size + mdat_header;
        let index = movie(tracks, &order, first_chunk)?.encode_to_vec().map_err(mux_error)?;
        if index.len() as u64 == size {
            break index;
        }
        size = index.len() as u64;
    };
    let mut bytes = [ftyp, index].concat();
    if is_large {
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(b"mdat");
        bytes.extend((payload + 16).to_be_bytes());
    } else {
        bytes.extend((payload as u32 + 8).to_be_bytes());
        bytes.extend(b"mdat");
    }
    Ok((bytes, order))
}

/// All chunks by their start, so that what is played together lies together; at the same start by their track.
fn interleaved(tracks: &[ProgressiveTrack]) -> Vec<ChunkId> {
    let ids = |(number, track): (usize, &ProgressiveTrack)| (0..track.chunks.len()).map(move |chunk| (number, chunk));
    let mut order: Vec<ChunkId> = tracks.iter().enumerate().flat_map(ids).collect();
    order.sort_by(|one, other| {
        let start = |id: &ChunkId| chunk(tracks, *id).map_or(0.0, |chunk| chunk.start);
        start(one).total_cmp(&start(other)).then(one.cmp(other))
    });
    order
}

fn chunk(tracks: &[ProgressiveTrack], (track, chunk): ChunkId) -> Option<&Chunk> {
    tracks.get(track)?.chunks.get(chunk)
}

/// The index, with the chunks in this order from `position` on.
fn movie(tracks: &[ProgressiveTrack], order: &[ChunkId], mut position: u64) -> Result<MoovBox> {
    let mut positions: Vec<Vec<u64>> = tracks.iter().map(|track| vec![0; track.chunks.len()]).collect();
    for &(track, number) in order {
        if let Some(slot) = positions.get_mut(track).and_then(|positions| positions.get_mut(number)) {
            *slot = position;
        }
        position += chunk(tracks, (track, number)).map_or(0, |chunk| chunk.bytes);
    }
    let timescale = NonZeroU32::new(MOVIE_TIMESCALE).unwrap_or(NonZeroU32::MIN);
    let longest = tracks.iter().map(|track| track.presented).fold(0.0, f64::max);
    let time = tracks.first().map(|track| track.header.tkhd_box.creation_time).unwrap_or_default();
    let numbered = tracks.iter().zip(positions).zip(1..);
    Ok(MoovBox {
        mvhd_box: MvhdBox {
            creation_time: time,
            modification_time: time,
            timescale,
            duration: (longest * f64::from(MOVIE_TIMESCALE)).round() as u64,
            rate: MvhdBox::DEFAULT_RATE,
            volume: MvhdBox::DEFAULT_VOLUME,
            matrix: MvhdBox::DEFAULT_MATRIX,
            next_track_id: tracks.len() as u32 + 1,
        },
        trak_boxes: numbered.map(|((track, positions), id)| track.to_box(id, positions)).collect(),
        mvex_box: None,
        unknown_boxes: Vec::new(),
    })
}
