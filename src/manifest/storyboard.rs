//! The storyboard in WebVTT, HLS and DASH.

use dash_mpd::{AdaptationSet, EssentialProperty, Representation, SegmentTemplate};
use m3u8_rs::{ExtTag, MediaSegment, QuotedOrUnquoted};

use super::bandwidth::Bandwidth;
use super::playlist::{self, file_name};
use crate::plan::{Plan, Rendition, Storyboard};

/// The scheme for tiled thumbnails (DASH-IF IOP 4.3, 6.2.6).
const THUMBNAIL_TILE: &str = "http://dashif.org/guidelines/thumbnail_tile";

/// The storyboard as WebVTT thumbnails, which many players read: a cue for each tile, with the sheet's file and the
/// tile's rectangle in pixels as a media fragment (`#xywh=`). In a package it is `storyboard.vtt`, in the folder of
/// the sheets. `None` for other renditions.
pub fn storyboard_vtt(rendition: &Rendition) -> Option<String> {
    let (source, storyboard) = rendition.storyboard()?;
    let mut vtt = String::from("WEBVTT\n");
    for ((start, end), number) in storyboard.times(source).zip(0_u32..) {
        let (sheet, tile) = (number / storyboard.tiles_per_sheet(), number % storyboard.tiles_per_sheet());
        let (x, y) = (tile % storyboard.columns * storyboard.width, tile / storyboard.columns * storyboard.height);
        let file = file_name(&rendition.segment_key(sheet));
        let (from, to) = (timestamp(start), timestamp(end));
        vtt += &format!("\n{from} --> {to}\n{file}#xywh={x},{y},{},{}\n", storyboard.width, storyboard.height);
    }
    Some(vtt)
}

/// A WebVTT timestamp.
fn timestamp(milliseconds: u64) -> String {
    let (seconds, milliseconds) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}.{milliseconds:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// An image media playlist, as Roku and others read it (Image Media Playlist Format 0.4). Other players ignore the tag
/// that refers to it. All sheets have one layout, because Shaka Player takes the first one's for the size of all.
pub(super) fn image_playlist(rendition: &Rendition, storyboard: &Storyboard) -> String {
    let durations = rendition.segment_durations();
    let segments = durations.iter().zip(0..).map(|(ticks, index)| {
        let size = format!("RESOLUTION={}x{}", storyboard.width, storyboard.height);
        let layout = format!("LAYOUT={}x{}", storyboard.columns, storyboard.rows);
        let tiles = ExtTag {
            tag: "X-TILES".into(),
            rest: Some(format!("{size},{layout},DURATION={}", storyboard.interval.to_f64())),
        };
        // A tag of the playlist, but the library has unknown tags only in segments.
        let images_only = (index == 0).then(|| ExtTag { tag: "X-IMAGES-ONLY".into(), rest: None });
        MediaSegment {
            unknown_tags: images_only.into_iter().chain([tiles]).collect(),
            ..playlist::segment(rendition, index, *ticks)
        }
    });
    let playlist = playlist::vod_playlist(&durations, rendition.timescale, segments.collect());
    playlist::media_text(&playlist, &durations, rendition.timescale)
}

/// The storyboard's EXT-X-IMAGE-STREAM-INF tag for the multivariant playlist.
pub(super) fn image_stream(plan: &Plan, bandwidth: &Bandwidth) -> Option<ExtTag> {
    let (rendition, storyboard) = plan.storyboard()?;
    let quoted = |text: &str| QuotedOrUnquoted::Quoted(text.to_owned());
    let attributes = [
        format!("BANDWIDTH={}", bandwidth.of(plan, &rendition.id).peak),
        format!("RESOLUTION={}x{}", storyboard.width, storyboard.height),
        format!("CODECS={}", quoted(&rendition.codecs)),
        format!("URI={}", quoted(&rendition.playlist_key())),
    ];
    Some(ExtTag { tag: "X-IMAGE-STREAM-INF".into(), rest: Some(attributes.join(",")) })
}

/// The adaptation set of the storyboard.
pub(super) fn image_set(plan: &Plan, id: usize, bandwidth: &Bandwidth) -> Option<AdaptationSet> {
    let (rendition, storyboard) = plan.storyboard()?;
    let representation = Representation {
        id: Some(rendition.id.clone()),
        bandwidth: Some(bandwidth.of(plan, &rendition.id).peak),
        width: Some((storyboard.columns * storyboard.width).into()),
        height: Some((storyboard.rows * storyboard.height).into()),
        essential_property: vec![EssentialProperty {
            schemeIdUri: THUMBNAIL_TILE.into(),
            value: Some(format!("{}x{}", storyboard.columns, storyboard.rows)),
            ..Default::default()
        }],
        ..Default::default()
    };
    Some(AdaptationSet {
        id: Some(id.to_string()),
        contentType: Some("image".into()),
        mimeType: Some("image/jpeg".into()),
        SegmentTemplate: Some(SegmentTemplate {
            timescale: Some(rendition.timescale.into()),
            duration: Some(storyboard.full_sheet_ticks() as f64),
            media: Some("$RepresentationID$/$Number%05d$.jpg".into()),
            // From 1, as video.js takes the number of the last sheet for how many there are.
            startNumber: Some(1),
            endNumber: Some(rendition.segment_count.into()),
            ..Default::default()
        }),
        representations: vec![representation],
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_hours_and_milliseconds() {
        assert_eq!(timestamp(0), "00:00:00.000");
        assert_eq!(timestamp(3_723_046), "01:02:03.046");
        assert_eq!(timestamp(360_000_000), "100:00:00.000");
    }
}
