//! Where the pictures of a storyboard are: for WebVTT, HLS and DASH.

use dash_mpd::{AdaptationSet, EssentialProperty, Representation, SegmentTemplate};
use m3u8_rs::{ExtTag, MediaSegment, QuotedOrUnquoted};

use super::bandwidth::Bandwidth;
use super::hls::{self, file_name, text};
use crate::base::Rational;
use crate::plan::{ImageTrack, Plan, Track};

/// What DASH-IF's guidelines (IOP 4.3, 6.2.6) call images of tiles.
const THUMBNAIL_TILE: &str = "http://dashif.org/guidelines/thumbnail_tile";

/// The storyboard as WebVTT thumbnails, for players that know these: for each picture the time that it stands
/// for, and the file and the place in it (a media fragment, `#xywh=` in pixels). It lies beside the sheets as
/// `storyboard.vtt`. `None` where the plan has no storyboard.
pub fn storyboard_vtt(plan: &Plan) -> Option<String> {
    let ((track, images), pictures) = (plan.storyboard()?, plan.video.as_ref()?);
    let mut vtt = String::from("WEBVTT\n");
    for ((start, end), number) in images.times(pictures).zip(0_u32..) {
        let (sheet, place) = (number / images.tiles_a_sheet(), number % images.tiles_a_sheet());
        let (x, y) = (place % images.columns * images.width, place / images.columns * images.height);
        let file = file_name(&track.segment_key(sheet));
        let (from, to) = (timestamp(start), timestamp(end));
        vtt += &format!("\n{from} --> {to}\n{file}#xywh={x},{y},{},{}\n", images.width, images.height);
    }
    Some(vtt)
}

/// Hours, minutes, seconds and thousandths.
fn timestamp(ticks: u64) -> String {
    let (seconds, thousandths) = (ticks / 1000, ticks % 1000);
    format!("{:02}:{:02}:{:02}.{thousandths:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// An image media playlist: what Roku and others read. Players that do not know it never ask for it.
pub(super) fn image_playlist(plan: &Plan, track: &Track, images: &ImageTrack) -> String {
    let durations = plan.segment_durations(track);
    let segments = durations.iter().zip(0..).map(|(ticks, index)| {
        let size = format!("RESOLUTION={}x{}", images.width, images.height);
        let layout = format!("LAYOUT={}x{}", images.columns, images.rows_of(index));
        let tiles = ExtTag {
            tag: "X-TILES".into(),
            rest: Some(format!("{size},{layout},DURATION={}", images.interval.to_f64())),
        };
        // The library keeps unknown tags with segments alone; this one belongs to the whole playlist.
        let whole = (index == 0).then(|| ExtTag { tag: "X-IMAGES-ONLY".into(), rest: None });
        MediaSegment { unknown_tags: whole.into_iter().chain([tiles]).collect(), ..hls::segment(track, index, *ticks) }
    });
    let playlist = hls::whole_playlist(&durations, track.timescale, segments.collect());
    text(|bytes| playlist.write_to(bytes))
}

/// The multivariant playlist's line about the storyboard.
pub(super) fn image_stream(plan: &Plan, bandwidth: &Bandwidth) -> Option<ExtTag> {
    let (track, images) = plan.storyboard()?;
    let quoted = |text: &str| QuotedOrUnquoted::Quoted(text.to_owned());
    let attributes = [
        format!("BANDWIDTH={}", bandwidth.of(plan, &track.id).peak),
        format!("RESOLUTION={}x{}", images.width, images.height),
        format!("CODECS={}", quoted(&track.codecs)),
        format!("URI={}", quoted(&track.playlist_key())),
    ];
    Some(ExtTag { tag: "X-IMAGE-STREAM-INF".into(), rest: Some(attributes.join(",")) })
}

/// The adaptation set of the storyboard.
pub(super) fn image_set(plan: &Plan, id: usize, bandwidth: &Bandwidth) -> Option<AdaptationSet> {
    let (track, images) = plan.storyboard()?;
    let sheet = images.interval * Rational::from(images.tiles_a_sheet()) * Rational::from(track.timescale);
    let representation = Representation {
        id: Some(track.id.clone()),
        bandwidth: Some(bandwidth.of(plan, &track.id).peak),
        width: Some((images.columns * images.width).into()),
        height: Some((images.rows * images.height).into()),
        essential_property: vec![EssentialProperty {
            schemeIdUri: THUMBNAIL_TILE.into(),
            value: Some(format!("{}x{}", images.columns, images.rows)),
            ..Default::default()
        }],
        ..Default::default()
    };
    Some(AdaptationSet {
        id: Some(id.to_string()),
        contentType: Some("image".into()),
        mimeType: Some("image/jpeg".into()),
        SegmentTemplate: Some(SegmentTemplate {
            timescale: Some(track.timescale.into()),
            duration: Some(sheet.to_f64()),
            media: Some("$RepresentationID$/$Number%05d$.jpg".into()),
            startNumber: Some(0),
            // Sound may last longer, and by its end there would be more.
            endNumber: Some(u64::from(track.segments.saturating_sub(1))),
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
    fn times_have_hours_and_thousandths() {
        assert_eq!(timestamp(0), "00:00:00.000");
        assert_eq!(timestamp(3_723_046), "01:02:03.046");
        assert_eq!(timestamp(360_000_000), "100:00:00.000");
    }
}
