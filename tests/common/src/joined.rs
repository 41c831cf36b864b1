//! Files that are joined without encoding, and whose parts a decoder has to be set up for differently.

use std::fs;
use std::path::{Path, PathBuf};

use shiguredo_mp4::demux::{Input, Mp4FileDemuxer};
use shiguredo_mp4::mux::{Mp4FileMuxer, Sample};

/// Joins MP4s one after the other: each track gets a sample description for each of them.
pub fn join_mp4(parts: &[PathBuf], joined: &Path) -> PathBuf {
    let mut muxer = Mp4FileMuxer::new().unwrap();
    let mut bytes = muxer.initial_boxes_bytes().to_vec();
    for part in parts {
        let data = fs::read(part).unwrap();
        let mut demuxer = Mp4FileDemuxer::new();
        demuxer.handle_input(Input { position: 0, data: &data });
        demuxer.tracks().unwrap();
        while let Some(sample) = demuxer.next_sample().unwrap() {
            let written = Sample {
                track_kind: sample.track.kind,
                sample_entry: sample.sample_entry.cloned(),
                keyframe: sample.keyframe,
                timescale: sample.track.timescale,
                duration: sample.duration,
                composition_time_offset: sample.composition_time_offset,
                data_offset: bytes.len() as u64,
                data_size: sample.data_size,
            };
            bytes.extend(&data[sample.data_offset as usize..][..sample.data_size]);
            muxer.append_sample(&written).unwrap();
        }
    }
    let offsets: Vec<_> =
        muxer.finalize().unwrap().offset_and_bytes_pairs().map(|(at, part)| (at, part.to_vec())).collect();
    for (offset, part) in offsets {
        let end = offset as usize + part.len();
        bytes.resize(bytes.len().max(end), 0);
        bytes[offset as usize..end].copy_from_slice(&part);
    }
    fs::write(joined, bytes).unwrap();
    joined.to_owned()
}

/// Joins FLVs, of which each but the first has times that go on where those before it end.
pub fn join_flv(parts: &[PathBuf], joined: &Path) -> PathBuf {
    // Of all but the first without the header, and the size of no tag behind it (Adobe's specification, E.2 and E.3).
    let without_header =
        |(place, part): (usize, &PathBuf)| fs::read(part).unwrap().split_off(if place == 0 { 0 } else { 13 });
    fs::write(joined, parts.iter().enumerate().flat_map(without_header).collect::<Vec<_>>()).unwrap();
    joined.to_owned()
}
