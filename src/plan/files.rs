//! Which files a track of a plan has.

use super::plan::Plan;
use super::track::{Track, TrackKind};
use crate::layout::{cues_key, init_key, playlist_key, segment_key, sheet_key};
/// What a file of a track is.
#[derive(Debug, PartialEq)]
pub(crate) enum TrackFile<'plan> {
    /// A text that follows from the plan.
    Text,
    Init(&'plan Track),
    /// A media segment, by the track's position in the plan and its index.
    Segment(usize, u32),
}

impl Plan {
    /// Which file of a track lies at `key`; `None` where none does.
    pub(crate) fn track_file(&self, key: &str) -> Option<TrackFile<'_>> {
        let (id, name) = key.split_once('/')?;
        let (position, track) = self.tracks.iter().enumerate().find(|(_, track)| track.id == id)?;
        let is = |found: Option<String>| found.as_deref() == Some(key);
        if is(Some(track.playlist_key())) || is(track.cues_key()) {
            return Some(TrackFile::Text);
        }
        if is(track.init_key()) {
            return Some(TrackFile::Init(track));
        }
        let index = name.split('.').next()?.parse().ok().filter(|index| *index < track.segments)?;
        is(Some(track.segment_key(index))).then_some(TrackFile::Segment(position, index))
    }
}

impl Track {
    /// Whether it consists of images, which stand for themselves: there is no init segment.
    pub fn is_images(&self) -> bool {
        matches!(self.kind, TrackKind::Images(_))
    }

    /// The init segment's place in a package; `None` for images.
    pub fn init_key(&self) -> Option<String> {
        (!self.is_images()).then(|| init_key(&self.id))
    }

    /// The place of media segment `index` in a package.
    pub fn segment_key(&self, index: u32) -> String {
        if self.is_images() { sheet_key(&self.id, index) } else { segment_key(&self.id, index) }
    }

    /// The place in a package of the WebVTT file that tells where each picture is; `None` but for images.
    pub fn cues_key(&self) -> Option<String> {
        self.is_images().then(|| cues_key(&self.id))
    }

    /// The HLS media playlist's place in a package.
    pub fn playlist_key(&self) -> String {
        playlist_key(&self.id)
    }
}
