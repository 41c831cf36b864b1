//! What a job does around its segments: the plan first, the manifests last.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::output::Output;
use super::update;
use crate::base::{Error, ErrorKind, Result};
use crate::layout::{self, DASH_KEY, HLS_KEY, PLAN_KEY, THUMBNAIL_KEY};
use crate::manifest::{self, Bandwidth};
use crate::plan::{self, Captions, Plan, Track, TrackKind};
use crate::segment;

/// What a finished job made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// One entry for each track of the plan.
    pub tracks: Vec<TrackSummary>,
    /// Seconds of the video.
    pub duration: f64,
    /// Time that the job took; in JSON in seconds.
    #[serde(serialize_with = "as_seconds")]
    pub elapsed: Duration,
    /// Segments that an earlier run had left and that were kept.
    pub segments_resumed: u64,
}

fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
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
pub(crate) type Sizes = Vec<Vec<Option<u64>>>;

/// Makes the sink ready for the plan, and says which segments an earlier run left there, and which files go when the
/// manifests are written that do not name them any more.
pub(crate) fn prepare(plan: &Plan, output: &Output, overwrite: bool) -> Result<(Sizes, Vec<String>)> {
    let mut stale = Vec::new();
    let found = output.get(PLAN_KEY)?;
    let json = plan.to_json();
    let mut same = found.as_ref().is_some_and(|found| *found == json.as_bytes());
    if !same && let Some(old) = found.as_ref().and_then(|found| update::sibling(plan, found)) {
        stale = update::change_plan(&old, plan, output)?;
        same = true;
    } else if !same {
        let old = found.as_ref().map(|bytes| OldPlan::read(bytes, plan));
        if overwrite {
            clear(plan, old.as_ref(), output)?;
            output.put(PLAN_KEY, json)?;
        } else {
            check_free(plan, old.as_ref(), output)?;
            if !output.put_new(PLAN_KEY, json.clone())? {
                // Another job has begun here in this very moment: one of the same plan makes the same bytes.
                same = output.get(PLAN_KEY)?.is_some_and(|found| found == json.as_bytes());
                if !same {
                    return Err(conflict(output, "a package that another job has just begun"));
                }
            }
        }
    }
    for track in &plan.tracks {
        let Some(key) = track.init_key() else { continue };
        if !same || output.size(&key)?.is_none() {
            output.put(&key, segment::init(plan, track)?)?;
        }
    }
    if !same {
        // Nothing is there that can be believed, whoever wrote into the folder just now.
        return Ok((plan.tracks.iter().map(|track| vec![None; track.segments as usize]).collect(), stale));
    }
    let sizes = |track: &Track| (0..track.segments).map(|index| output.size(&track.segment_key(index))).collect();
    Ok((plan.tracks.iter().map(sizes).collect::<Result<_>>()?, stale))
}

/// More segments than any limit on sources lets a track have.
const MOST_SEGMENTS: u32 = 1 << 20;

/// As much of the plan of a package that is there as tells its files, whatever version wrote it.
#[derive(Default, Deserialize)]
struct OldJson {
    #[serde(default)]
    build: serde_json::Value,
    #[serde(default)]
    tracks: Vec<serde_json::Value>,
    #[serde(default)]
    captions: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct OldTrack {
    id: String,
    segments: u32,
    #[serde(default, rename = "type")]
    kind: String,
}

/// What is known of the package that is there.
struct OldPlan {
    other_build: bool,
    tracks: Vec<OldTrack>,
    captions: Vec<Captions>,
}

impl OldPlan {
    fn read(json: &[u8], plan: &Plan) -> Self {
        let old: OldJson = serde_json::from_slice(json).unwrap_or_default();
        let other_build =
            old.build.is_object() && serde_json::to_value(&plan.build).is_ok_and(|build| build != old.build);
        let tracks = old.tracks.into_iter().filter_map(|track| serde_json::from_value::<OldTrack>(track).ok());
        // Whatever the file says, only what can be part of a package is looked for.
        let tracks = tracks.filter(|track| layout::is_track_id(&track.id)).take(plan::MOST_TRACKS);
        let bounded = |track: OldTrack| OldTrack { segments: track.segments.min(MOST_SEGMENTS), ..track };
        let captions =
            old.captions.into_iter().filter_map(|captions| serde_json::from_value::<Captions>(captions).ok());
        let captions = captions.filter(|captions| plan::is_tag(&captions.language)).collect();
        Self { other_build, tracks: tracks.map(bounded).collect(), captions }
    }
}

/// Refuses to write among files that this job did not make.
fn check_free(plan: &Plan, old: Option<&OldPlan>, output: &Output) -> Result<()> {
    if let Some(old) = old {
        let what = if old.other_build {
            "a package that another version of vodkit made"
        } else {
            "another package, of another source or with other settings"
        };
        return Err(conflict(output, what));
    }
    // The plan is the first file that is written and the last that is taken away: without one, these are
    // somebody else's.
    let captions = caption_keys(&plan.captions);
    for key in top_keys().into_iter().chain(plan.tracks.iter().flat_map(track_keys)).chain(captions) {
        if output.size(&key)?.is_some() {
            return Err(conflict(output, &format!("a {key} that is not of this package")));
        }
    }
    Ok(())
}

pub(crate) fn conflict(output: &Output, what: &str) -> Error {
    let message = format!("{} holds {what}: choose another folder or allow overwriting", output.name());
    Error::new(ErrorKind::OutputConflict, message)
}

/// Takes away the package that is there, the manifests first, so that at no moment one names files that are
/// gone. The plan stays until another takes its place: it tells the next run what is left.
fn clear(plan: &Plan, old: Option<&OldPlan>, output: &Output) -> Result<()> {
    let (tracks, captions) = old.map_or((&[][..], &[][..]), |old| (&old.tracks, &old.captions));
    let old = tracks.iter().flat_map(|track| keys(&track.id, track.segments, track.kind == "images"));
    let old = old.chain(caption_keys(captions)).chain(caption_keys(&plan.captions));
    for key in top_keys().into_iter().chain(old).chain(plan.tracks.iter().flat_map(track_keys)) {
        output.remove(&key)?;
    }
    Ok(())
}

/// What a package has beside its tracks and its plan.
fn top_keys() -> [String; 3] {
    [HLS_KEY, DASH_KEY, THUMBNAIL_KEY].map(str::to_owned)
}

fn caption_keys(captions: &[Captions]) -> impl Iterator<Item = String> {
    captions.iter().flat_map(|captions| [captions.playlist_key(), captions.key()])
}

/// What a package has of a track.
fn track_keys(track: &Track) -> impl Iterator<Item = String> {
    keys(&track.id, track.segments, track.is_images())
}

fn keys(id: &str, segments: u32, images: bool) -> impl Iterator<Item = String> {
    let first = if images { layout::cues_key(id) } else { layout::init_key(id) };
    let segment = if images { layout::sheet_key } else { layout::segment_key };
    [layout::playlist_key(id), first].into_iter().chain((0..segments).map(move |index| segment(id, index)))
}

/// Writes the manifests, with what the segments measure.
pub(crate) fn finish(
    plan: &Plan,
    output: &Output,
    sizes: &[Vec<u64>],
    resumed: u64,
    elapsed: impl FnOnce() -> Duration,
) -> Result<Summary> {
    let bandwidth = Bandwidth::measured(plan, sizes);
    put_manifests(plan, output, &bandwidth)?;
    let tracks = plan.tracks.iter().zip(sizes).zip(bandwidth.rates());
    Ok(Summary {
        tracks: tracks
            .map(|((track, sizes), rate)| TrackSummary {
                id: track.id.clone(),
                segments: track.segments,
                bytes: sizes.iter().copied().fold(0, u64::saturating_add),
                average_rate: rate.average,
                peak_rate: rate.peak,
            })
            .collect(),
        duration: plan.duration.to_f64(),
        elapsed: elapsed(),
        segments_resumed: resumed,
    })
}

pub(crate) fn put_manifests(plan: &Plan, output: &Output, bandwidth: &Bandwidth) -> Result<()> {
    manifest::all(plan, bandwidth).into_iter().try_for_each(|(key, text)| output.put(&key, text))
}

/// What playing begins with: the first segments of the smallest rendition and of the sound that plays by default, by
/// the track's position.
pub(crate) fn first_segments(plan: &Plan) -> Vec<(usize, u32)> {
    let tracks = || plan.tracks.iter().enumerate();
    let video = tracks().filter_map(|(position, track)| match &track.kind {
        // What is copied is the largest.
        TrackKind::Video(video) => {
            Some((track.is_copied(), u64::from(video.width) * u64::from(video.height), position))
        }
        _ => None,
    });
    let audio = tracks().find(|(_, track)| matches!(&track.kind, TrackKind::Audio(audio) if audio.default));
    let positions = video.min().map(|(_, _, position)| position).into_iter().chain(audio.map(|(position, _)| position));
    positions.map(|position| (position, 0)).collect()
}

/// A sample of sound is about as dear as so many pixels of x264's quick presets.
const SOUND_WEIGHT: u64 = 20;

/// How much work a segment is, in pixels.
pub(crate) fn work(plan: &Plan, track: &Track, index: u32) -> u64 {
    match (&track.kind, &plan.video) {
        (TrackKind::Video(_), Some(pictures)) if track.is_copied() => pictures.window_frames(index).into(),
        (TrackKind::Audio(audio), _) if track.is_copied() => {
            audio.windows.get(index as usize).map_or(0, |window| window.frames.into())
        }
        (TrackKind::Video(video), Some(pictures)) => {
            u64::from(video.width) * u64::from(video.height) * u64::from(pictures.window_frames(index))
        }
        (TrackKind::Audio(audio), _) => {
            let frames = audio.windows.get(index as usize).map_or(0, |window| window.frames);
            u64::from(frames) * u64::from(audio.channels) * 1024 * SOUND_WEIGHT
        }
        (TrackKind::Images(images), Some(pictures)) => {
            let tiles = images.sheet(index).map_or(0, <[_]>::len) as u64;
            tiles * u64::from(pictures.width) * u64::from(pictures.height)
        }
        (TrackKind::Video(_) | TrackKind::Images(_), None) => 0,
    }
}
