//! Media segments of one fragment each.

use bytes::Bytes;
use shiguredo_mp4::boxes::{MfhdBox, MoofBox, TfdtBox, TfhdBox, TrafBox, TrunBox, TrunSample};
use shiguredo_mp4::{Encode, SampleFlags};

use super::error::{TRACK_ID, mux_error};
use super::init::plain_box;
use crate::base::{Error, ErrorKind, Result};

/// Sample flags (ISO/IEC 14496-12 8.8.3.1): sample_depends_on 2, depends on no other sample.
const SYNC: SampleFlags = SampleFlags::new(0x0200_0000);
/// sample_depends_on 1, depends on others; sample_is_non_sync_sample.
const NOT_SYNC: SampleFlags = SampleFlags::new(0x0101_0000);

/// A sample of a segment. Samples are in decoding order.
pub(crate) struct Sample {
    pub(crate) data: Bytes,
    /// Presentation time minus decoding time, in frames; decoding times are one frame apart.
    pub(crate) composition_frames: u32,
    pub(crate) key: bool,
}

/// What a segment's index says about a sample.
pub(crate) struct SampleEntry {
    /// Size in bytes.
    pub(crate) size: u32,
    /// As [`Sample::composition_frames`].
    pub(crate) composition_frames: u32,
    pub(crate) key: bool,
}

/// The times of a segment, in ticks of the track.
pub(crate) struct SampleTimes {
    /// Decoding time of the first sample.
    pub(crate) start: u64,
    /// Ticks from one sample to the next.
    pub(crate) frame: u32,
    /// Ticks at the end of the last sample that are not presented.
    pub(crate) padding: u32,
}

/// A media segment: `styp`, `moof` and `mdat`.
pub(crate) fn media_segment(index: u32, times: &SampleTimes, samples: &[Sample]) -> Result<Bytes> {
    let entry = |sample: &Sample| SampleEntry {
        size: u32::try_from(sample.data.len()).unwrap_or(u32::MAX),
        composition_frames: sample.composition_frames,
        key: sample.key,
    };
    let mut bytes = segment_head(index, times, &samples.iter().map(entry).collect::<Vec<_>>())?;
    bytes.reserve_exact(samples.iter().map(|sample| sample.data.len()).sum());
    for sample in samples {
        bytes.extend_from_slice(&sample.data);
    }
    Ok(bytes.into())
}

/// A media segment up to its samples, which have to follow without gaps.
pub(crate) fn segment_head(index: u32, times: &SampleTimes, samples: &[SampleEntry]) -> Result<Vec<u8>> {
    let payload: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    // Brands of DASH media segments (ISO/IEC 23009-1) and CMAF segments (ISO/IEC 23000-19).
    let styp = plain_box(*b"styp", [*b"msdh", [0; 4], *b"msdh", *b"cmfs"].concat());
    let mut bytes = styp.encode_to_vec().map_err(mux_error)?;
    let mut moof = fragment(index, times, samples);
    // The data offset counts from the start of the moof box, whose size does not depend on it.
    let size = moof.encode_to_vec().map_err(mux_error)?.len();
    for run in moof.traf_boxes.iter_mut().flat_map(|traf| &mut traf.trun_boxes) {
        run.data_offset = i32::try_from(size + 8).ok();
    }
    bytes.extend(moof.encode_to_vec().map_err(mux_error)?);
    let length = u32::try_from(payload + 8).map_err(|_| {
        Error::new(ErrorKind::Encode, format!("segment {index} has more than 4 GiB: make segments shorter"))
    })?;
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"mdat");
    Ok(bytes)
}

fn fragment(index: u32, times: &SampleTimes, samples: &[SampleEntry]) -> MoofBox {
    let reordered = samples.iter().any(|sample| sample.composition_frames != 0);
    let all_sync = samples.iter().all(|sample| sample.key);
    let last = samples.len().saturating_sub(1);
    let duration = |number| times.frame.saturating_sub(if number == last { times.padding } else { 0 });
    let run = samples.iter().enumerate().map(|(number, sample)| TrunSample {
        duration: (times.padding > 0).then(|| duration(number)),
        size: Some(sample.size),
        flags: (!all_sync).then_some(if sample.key { SYNC } else { NOT_SYNC }),
        composition_time_offset: reordered.then_some(i64::from(sample.composition_frames) * i64::from(times.frame)),
    });
    MoofBox {
        mfhd_box: MfhdBox { sequence_number: index.saturating_add(1) },
        traf_boxes: vec![TrafBox {
            tfhd_box: TfhdBox {
                track_id: TRACK_ID,
                base_data_offset: None,
                sample_description_index: None,
                default_sample_duration: Some(times.frame),
                default_sample_size: None,
                default_sample_flags: all_sync.then_some(SYNC),
                duration_is_empty: false,
                default_base_is_moof: true,
            },
            tfdt_box: Some(TfdtBox { version: 1, base_media_decode_time: times.start }),
            trun_boxes: vec![TrunBox { data_offset: Some(0), first_sample_flags: None, samples: run.collect() }],
            unknown_boxes: Vec::new(),
        }],
        unknown_boxes: Vec::new(),
    }
}
