//! What a job does around its segments: the plan first, the manifests last.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;

use super::PLAN_KEY;
use super::progress::Meter;
use crate::manifest::{self, Bandwidth, DASH_KEY, HLS_KEY};
use crate::plan::{Plan, Track, TrackKind};
use crate::sink::{Sink, write_error};
use crate::{Error, ErrorKind, Result, segment};

/// What a finished job made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// One entry for each track of the plan.
    pub tracks: Vec<TrackSummary>,
    /// Seconds of the video.
    pub duration: f64,
    /// Time that the job took.
    pub elapsed: Duration,
    /// Segments that an earlier run had left and that were kept.
    pub segments_resumed: u64,
}

/// What a finished job made of one track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrackSummary {
    /// The track's name.
    pub id: String,
    /// Number of media segments.
    pub segments: u32,
    /// Bytes of all media segments.
    pub bytes: u64,
    /// Mean bits per second.
    pub average_rate: u64,
    /// Bits per second of the fattest segment.
    pub peak_rate: u64,
}

/// Sizes of the media segments that a sink has, by track and index.
pub(super) type Sizes = Vec<Vec<Option<u64>>>;

/// Makes the sink ready for the plan, and says which segments an earlier run left there.
pub(super) fn prepare(plan: &Plan, sink: &dyn Sink, overwrite: bool) -> Result<Sizes> {
    let read_error = |cause| {
        Error::new(ErrorKind::SinkWrite, format!("cannot read {PLAN_KEY} in {}", sink.name())).with_cause(cause)
    };
    let found = sink.get(PLAN_KEY).map_err(read_error)?;
    let json = plan.to_json();
    let same = found.as_ref().is_some_and(|found| *found == json.as_bytes());
    if found.is_some() && !same && !overwrite {
        let message = format!(
            "{} holds another package, of another source or with other settings: choose another folder or allow overwriting",
            sink.name()
        );
        return Err(Error::new(ErrorKind::OutputConflict, message));
    }
    if !same {
        let old = found.and_then(|bytes| Plan::from_json(std::str::from_utf8(&bytes).ok()?).ok());
        // Segments are only ever trusted beside the plan they were made from, so those that are there go
        // before the new plan comes.
        for plan in old.iter().chain([plan]) {
            clear(plan, sink)?;
        }
        put(sink, PLAN_KEY, json)?;
    }
    for track in &plan.tracks {
        if size(sink, &track.init_key())?.is_none() {
            put(sink, &track.init_key(), segment::init(plan, track)?)?;
        }
    }
    let sizes = |track: &Track| (0..track.segments).map(|index| size(sink, &track.segment_key(index))).collect();
    plan.tracks.iter().map(sizes).collect()
}

fn clear(plan: &Plan, sink: &dyn Sink) -> Result<()> {
    let tracks = plan.tracks.iter().flat_map(|track| {
        let segments = (0..track.segments).map(|index| track.segment_key(index));
        segments.chain([track.playlist_key(), track.init_key()])
    });
    for key in [HLS_KEY.to_owned(), DASH_KEY.to_owned()].into_iter().chain(tracks).chain([PLAN_KEY.to_owned()]) {
        sink.remove(&key).map_err(|cause| write_error(sink, &key, cause))?;
    }
    Ok(())
}

fn size(sink: &dyn Sink, key: &str) -> Result<Option<u64>> {
    let size = sink.size(key).map_err(|cause| {
        Error::new(ErrorKind::SinkWrite, format!("cannot look for {key} in {}", sink.name())).with_cause(cause)
    })?;
    // No segment is empty: an empty file is none of ours.
    Ok(size.filter(|size| *size > 0))
}

pub(super) fn put(sink: &dyn Sink, key: &str, bytes: impl Into<Bytes>) -> Result<()> {
    sink.put(key, bytes.into()).map_err(|cause| write_error(sink, key, cause))
}

/// Writes the manifests, with what the segments measure.
pub(super) fn finish(plan: &Plan, sink: &dyn Sink, sizes: &[Vec<u64>], resumed: u64, meter: &Meter) -> Result<Summary> {
    let bandwidth = Bandwidth::measured(plan, sizes);
    for (key, text) in manifest::all(plan, &bandwidth) {
        put(sink, &key, text)?;
    }
    meter.finish();
    let tracks = plan.tracks.iter().zip(sizes).zip(bandwidth.rates());
    Ok(Summary {
        tracks: tracks
            .map(|((track, sizes), rate)| TrackSummary {
                id: track.id.clone(),
                segments: track.segments,
                bytes: sizes.iter().sum(),
                average_rate: rate.average,
                peak_rate: rate.peak,
            })
            .collect(),
        duration: plan.duration.to_f64(),
        elapsed: meter.progress().elapsed,
        segments_resumed: resumed,
    })
}

/// How much work a segment is, in samples.
pub(super) fn work(plan: &Plan, track: &Track, index: u32) -> u64 {
    match (&track.kind, &plan.video) {
        (TrackKind::Video(video), Some(pictures)) => {
            u64::from(video.width) * u64::from(video.height) * u64::from(pictures.window_frames(index))
        }
        (TrackKind::Audio(audio), _) => {
            let frames = audio.windows.get(index as usize).map_or(0, |window| window.frames);
            u64::from(frames) * u64::from(audio.channels) * 1024
        }
        (TrackKind::Video(_), None) => 0,
    }
}
