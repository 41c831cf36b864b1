//! Rules of a storyboard: its sheets, and what WebVTT, HLS and DASH say of them.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use m3u8_rs::{MasterPlaylist, MediaPlaylist, MediaSegment};

use crate::bit_rate::{is_near, measure};
use crate::dash::manifest::Dash;
use crate::dash::representation::View;
use crate::files::is_whole_jpeg;
use crate::folder::{Folder, resolve};
use crate::guard::guarded;
use crate::hls::image_tags::{attribute, image_uri, is_images};
use crate::hls::playlists::Hls;
use crate::layout::{LAYOUT, MANIFEST, MULTIVARIANT};
use crate::notes::Notes;
use crate::plan::{Plan, Rendition, Storyboard};
use crate::rational::to_f64;
use crate::rendition::Span;
use crate::report::Finding;
use crate::webvtt::{Cue, WEBVTT, thumbnail_cues};

const JPEG: &str = "ITU-T T.81";
const FRAGMENT: &str = "Media Fragments URI 1.0 4.2.2";
const HLS: &str = "HLS image media playlists";
const DASH: &str = "DASH-IF IOP 6.2.6";
const THUMBNAIL_TILE: &str = "http://dashif.org/guidelines/thumbnail_tile";

/// The storyboard of the plan, and what was found of it.
struct StoryboardReading<'plan> {
    rendition: &'plan Rendition,
    storyboard: &'plan Storyboard,
    /// Ticks of each sheet by the plan.
    planned: Vec<u64>,
    /// Bytes of each sheet that could be read.
    sizes: Vec<Option<u64>>,
}

/// Checks the storyboard, if the plan has one, and gives the number of sheets that could be read.
pub(crate) fn check(folder: &Folder, plan: &Plan, hls: &Hls, dash: &Dash, findings: &mut Vec<Finding>) -> usize {
    let streams = hls.multivariant().map_or(0, |playlist| playlist.unknown_tags.iter().filter_map(image_uri).count());
    let expected = usize::from(plan.storyboard().is_some());
    Notes::new(MULTIVARIANT, findings).check(hls.multivariant().is_none() || streams == expected, HLS, || {
        format!("it has {streams} image streams, but the plan {expected} storyboards")
    });
    let Some((rendition, storyboard)) = plan.storyboard() else { return 0 };
    let sizes =
        (0..rendition.segments).map(|index| read_sheet(folder, rendition, storyboard, index, findings)).collect();
    let reading = StoryboardReading { rendition, storyboard, planned: plan.segment_durations(rendition), sizes };
    reading.check_cues(folder, findings);
    if let Some(playlist) = hls.multivariant() {
        reading.compare_stream(playlist, &mut Notes::new(MULTIVARIANT, findings));
    }
    let key = rendition.playlist_key();
    if let Some(playlist) = hls.media(&key) {
        reading.compare_playlist(playlist, &mut Notes::new(&key, findings));
    }
    for view in dash.views().iter().filter(|view| view.id() == rendition.id) {
        reading.compare_representation(view, &mut Notes::new(MANIFEST, findings));
    }
    reading.sizes.iter().flatten().count()
}

/// Decodes a sheet and gives its size in bytes.
fn read_sheet(
    folder: &Folder,
    rendition: &Rendition,
    storyboard: &Storyboard,
    index: u32,
    findings: &mut Vec<Finding>,
) -> Option<u64> {
    let key = rendition.segment_key(index);
    let mut notes = Notes::new(&key, findings);
    let bytes = folder.read(&key).map_err(|message| notes.add(LAYOUT, message)).ok()?;
    let decode = || {
        let decoded = ImageReader::with_format(Cursor::new(&bytes), ImageFormat::Jpeg).decode();
        decoded.map_err(|error| format!("it is not a JPEG image: {error}"))
    };
    let image = guarded(decode).map_err(|message| notes.add(JPEG, message)).ok()?;
    notes.check(is_whole_jpeg(&bytes), JPEG, || "it is not a whole JPEG image".into());
    let (width, height) = (storyboard.columns * storyboard.width, storyboard.rows * storyboard.height);
    notes.check((image.width(), image.height()) == (width, height), LAYOUT, || {
        format!("it has {}x{} pixels, but the plan {width}x{height}", image.width(), image.height())
    });
    Some(bytes.len() as u64)
}

impl StoryboardReading<'_> {
    fn check_cues(&self, folder: &Folder, findings: &mut Vec<Finding>) {
        let key = self.rendition.cues_key();
        let mut notes = Notes::new(&key, findings);
        match folder.text(&key).map_err(|message| (LAYOUT, message)).and_then(|text| thumbnail_cues(&text)) {
            Ok(cues) => self.compare_cues(&key, &cues, &mut notes),
            Err((rule, message)) => notes.add(rule, message),
        }
    }

    /// The cues are contiguous up to the end of the last sheet, and each shows its own tile.
    fn compare_cues(&self, key: &str, cues: &[Cue], notes: &mut Notes) {
        let tiles = self.storyboard.tiles.len();
        notes.check(cues.len() == tiles, LAYOUT, || format!("it has {} cues for {tiles} tiles", cues.len()));
        let ends = std::iter::once(0).chain(cues.iter().map(|cue| cue.end));
        let gaps = cues.iter().zip(ends).filter(|(cue, before)| cue.start != *before || cue.end <= cue.start);
        let gaps: Vec<_> =
            gaps.map(|(cue, end)| format!("a cue begins at {} ms instead of {end} ms", cue.start)).collect();
        notes.add_first(WEBVTT, &gaps);
        let end = cues.last().map_or(0, |cue| cue.end);
        let planned: u64 = self.planned.iter().sum();
        notes.check(end == planned, LAYOUT, || format!("its last cue ends at {end} ms, but the plan at {planned} ms"));
        let Storyboard { width, height, columns, .. } = *self.storyboard;
        let misplaced = cues.iter().zip(0..).filter_map(|(cue, number)| {
            let (sheet, place) =
                (number / self.storyboard.tiles_per_sheet(), number % self.storyboard.tiles_per_sheet());
            let expected = [place % columns * width, place / columns * height, width, height];
            let file = self.rendition.segment_key(sheet);
            let same = cue.area == expected && resolve(key, &cue.file).as_ref() == Some(&file);
            (!same)
                .then(|| format!("cue {number} shows {:?} of {} instead of {expected:?} of {file}", cue.area, cue.file))
        });
        notes.add_first(FRAGMENT, &misplaced.collect::<Vec<_>>());
    }

    fn tile_size(&self) -> String {
        format!("{}x{}", self.storyboard.width, self.storyboard.height)
    }

    fn compare_stream(&self, playlist: &MasterPlaylist, notes: &mut Notes) {
        let Some(tag) = playlist.unknown_tags.iter().find(|tag| image_uri(tag).is_some()) else { return };
        let key = self.rendition.playlist_key();
        let uri = image_uri(tag).unwrap_or("");
        notes.check(resolve(MULTIVARIANT, uri).as_ref() == Some(&key), HLS, || {
            format!("its image stream is {uri} instead of {key}")
        });
        for (name, expected) in [("RESOLUTION", self.tile_size()), ("CODECS", self.rendition.codecs.clone())] {
            let stated = attribute(tag, name).unwrap_or("none");
            notes.check(stated == expected, HLS, || {
                format!("its image stream has {name} {stated}, but the plan {expected}")
            });
        }
        let stated = attribute(tag, "BANDWIDTH").and_then(|rate| rate.parse().ok());
        self.compare_rate(stated, HLS, notes);
    }

    fn compare_rate(&self, stated: Option<u64>, rule: &str, notes: &mut Notes) {
        let span = |(size, ticks): (&Option<u64>, &u64)| Some(((*size)?, Span { start: 0, ticks: (*ticks).into() }));
        let sheets: Option<Vec<_>> = self.sizes.iter().zip(&self.planned).map(span).collect();
        let Some(measured) = sheets.and_then(|sheets| measure(&sheets, self.rendition.timescale)) else { return };
        let stated = stated.unwrap_or(0);
        notes.check(is_near(stated, measured.peak), rule, || {
            format!("its storyboard has the bandwidth {stated}, but its sheets peak at {}", measured.peak)
        });
    }

    fn compare_playlist(&self, playlist: &MediaPlaylist, notes: &mut Notes) {
        notes.check(is_images(playlist), HLS, || "it has no EXT-X-IMAGES-ONLY".into());
        let (found, planned) = (playlist.segments.len(), self.rendition.segments);
        notes.check(found == planned as usize, LAYOUT, || format!("it has {found} sheets, but the plan has {planned}"));
        let wrong: Vec<_> =
            playlist.segments.iter().zip(0..).filter_map(|(one, index)| self.mistake(one, index)).collect();
        notes.add_first(HLS, &wrong);
    }

    /// What a playlist gets wrong about a sheet.
    fn mistake(&self, segment: &MediaSegment, index: u32) -> Option<String> {
        let key = self.rendition.segment_key(index);
        if resolve(&self.rendition.playlist_key(), &segment.uri).as_ref() != Some(&key) {
            return Some(format!("sheet {index} is {} instead of {key}", segment.uri));
        }
        let seconds = *self.planned.get(index as usize)? as f64 / f64::from(self.rendition.timescale);
        if (f64::from(segment.duration) - seconds).abs() > 0.001 {
            return Some(format!("EXTINF of sheet {index} is {}, but it lasts {seconds} s", segment.duration));
        }
        let tag = segment.unknown_tags.iter().find(|tag| tag.tag == "X-TILES");
        let stated = |name| tag.and_then(|tag| attribute(tag, name)).unwrap_or("none");
        let layout = format!("{}x{}", self.storyboard.columns, self.storyboard.rows);
        let interval = to_f64(self.storyboard.interval).to_string();
        let expected = [("RESOLUTION", self.tile_size()), ("LAYOUT", layout), ("DURATION", interval)];
        let (name, value) = expected.into_iter().find(|(name, value)| stated(name) != value)?;
        Some(format!("EXT-X-TILES of sheet {index} has {name} {} instead of {value}", stated(name)))
    }

    fn compare_representation(&self, view: &View, notes: &mut Notes) {
        let names = view.names();
        let planned: Vec<_> = (0..self.rendition.segments).map(|index| self.rendition.segment_key(index)).collect();
        notes.check(names == planned, DASH, || {
            let (first, last) =
                (names.first().map_or("none", String::as_str), names.last().map_or("none", String::as_str));
            format!("its storyboard has {} sheets, {first} to {last}, but the plan {}", names.len(), planned.len())
        });
        let representation = view.representation;
        let kind = representation.mimeType.as_ref().or(view.set.mimeType.as_ref());
        notes.check(kind.is_some_and(|kind| kind == "image/jpeg"), DASH, || "its storyboard is not image/jpeg".into());
        let &Storyboard { width, height, columns, rows, interval, .. } = self.storyboard;
        let size = (representation.width.unwrap_or(0), representation.height.unwrap_or(0));
        let expected = (u64::from(columns * width), u64::from(rows * height));
        notes.check(size == expected, DASH, || {
            format!("its storyboard has {}x{} pixels, but the plan {}x{}", size.0, size.1, expected.0, expected.1)
        });
        let mut properties = representation.essential_property.iter().chain(&view.set.essential_property);
        let layout = properties.find(|property| property.schemeIdUri == THUMBNAIL_TILE);
        let layout = layout.and_then(|property| property.value.as_deref()).unwrap_or("none");
        notes.check(layout == format!("{columns}x{rows}"), DASH, || {
            format!("its storyboard has the layout {layout}, but the plan {columns}x{rows}")
        });
        let planned = to_f64(interval) * f64::from(self.storyboard.tiles_per_sheet());
        let sheet = view.numbered.map(|ticks| ticks / view.timescale as f64).unwrap_or(0.0);
        notes.check((sheet - planned).abs() < 0.001, DASH, || {
            format!("a sheet of its storyboard lasts {sheet} s, but {planned} s by the plan")
        });
        self.compare_rate(representation.bandwidth, DASH, notes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;
    use crate::plan::RenditionKind;
    use serde::de::IgnoredAny;

    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:20\n#EXT-X-PLAYLIST-TYPE:VOD\n\
        #EXT-X-IMAGES-ONLY\n#EXT-X-TILES:RESOLUTION=16x8,LAYOUT=2x1,DURATION=10\n#EXTINF:20,\n00001.jpg\n\
        #EXT-X-TILES:RESOLUTION=16x8,LAYOUT=2x1,DURATION=10\n#EXTINF:5,\n00002.jpg\n#EXT-X-ENDLIST\n";
    const CUES: &str = "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n00001.jpg#xywh=0,0,16,8\n\n\
        00:00:10.000 --> 00:00:20.000\n00001.jpg#xywh=16,0,16,8\n\n00:00:20.000 --> 00:00:25.000\n00002.jpg#xywh=0,0,16,8\n";
    const STREAM: &str = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n\
        #EXT-X-IMAGE-STREAM-INF:BANDWIDTH=400,RESOLUTION=16x8,CODECS=\"jpeg\",URI=\"storyboard/playlist.m3u8\"\n";
    const MPD: &str = "<MPD><Period><AdaptationSet contentType=\"image\" mimeType=\"image/jpeg\">\
        <SegmentTemplate timescale=\"1000\" duration=\"20000\" media=\"$RepresentationID$/$Number%05d$.jpg\" \
        startNumber=\"1\" endNumber=\"2\"/><Representation id=\"storyboard\" bandwidth=\"400\" width=\"32\" height=\"8\">\
        <EssentialProperty schemeIdUri=\"http://dashif.org/guidelines/thumbnail_tile\" value=\"2x1\"/>\
        </Representation></AdaptationSet></Period></MPD>";

    /// Three tiles on two sheets, 25 seconds.
    fn rendition() -> Rendition {
        let tiles = vec![IgnoredAny; 3];
        let storyboard =
            Storyboard { width: 16, height: 8, columns: 2, rows: 1, interval: 10.into(), end: None, tiles };
        let (id, codecs) = ("storyboard".to_owned(), "jpeg".to_owned());
        Rendition { id, segments: 2, codecs, timescale: 1000, kind: RenditionKind::Storyboard(storyboard) }
    }

    fn found(check: impl FnOnce(&StoryboardReading, &mut Notes)) -> String {
        let rendition = rendition();
        let RenditionKind::Storyboard(storyboard) = &rendition.kind else { panic!("no storyboard") };
        let sizes = vec![Some(1000), Some(100)];
        let reading = StoryboardReading { rendition: &rendition, storyboard, planned: vec![20_000, 5000], sizes };
        noted(|notes| check(&reading, notes)).join("\n")
    }

    /// What is found where `part` of a good text is replaced, or of the good text itself.
    fn each(good: &str, found: impl Fn(&str) -> String, cases: &[(&str, &str, &str)]) {
        assert_eq!(found(good), "");
        for (part, by, words) in cases {
            assert!(good.contains(part), "{part}");
            let found = found(&good.replacen(part, by, 1));
            assert!(found.contains(words), "{part} as {by}: {found}");
        }
    }

    #[test]
    fn cues_are_contiguous_and_show_their_tiles() {
        let check = |text: &str| {
            found(|reading, notes| match thumbnail_cues(text) {
                Ok(cues) => reading.compare_cues("storyboard/storyboard.vtt", &cues, notes),
                Err((rule, message)) => notes.add(rule, message),
            })
        };
        each(
            CUES,
            check,
            &[
                ("WEBVTT", "WEB", "does not begin"),
                ("xywh=16,0", "xywh=0,16", "cue 1 shows [0, 16, 16, 8]"),
                ("16,8\n", "16\n", "no cue"),
                ("00002.jpg", "../00002.jpg", "of storyboard/00002.jpg"),
                ("10.000 -->", "10.001 -->", "a cue begins at 10001 ms instead of 10000 ms"),
                ("--> 00:00:25", "--> 00:00:26", "ends at 26000 ms"),
                ("00:00:25.000", "00:61:25.000", "no cue"),
            ],
        );
    }

    #[test]
    fn playlists_describe_the_tiles_of_the_plan() {
        let check = |text: &str| {
            let playlist = m3u8_rs::parse_media_playlist_res(text.as_bytes()).unwrap();
            found(|reading, notes| reading.compare_playlist(&playlist, notes))
        };
        each(
            PLAYLIST,
            check,
            &[
                ("#EXT-X-IMAGES-ONLY\n", "", "no EXT-X-IMAGES-ONLY"),
                ("LAYOUT=2x1", "LAYOUT=2x2", "has LAYOUT 2x2 instead of 2x1"),
                ("RESOLUTION=16x8,", "", "has RESOLUTION none"),
                ("DURATION=10", "DURATION=6", "has DURATION 6"),
                ("EXTINF:5", "EXTINF:6", "EXTINF of sheet 1 is 6, but it lasts 5 s"),
                ("00002.jpg", "00003.jpg", "sheet 1 is 00003.jpg"),
            ],
        );
    }

    #[test]
    fn the_image_stream_is_that_of_the_plan() {
        let check = |text: &str| {
            let playlist = m3u8_rs::parse_master_playlist_res(text.as_bytes()).unwrap();
            found(|reading, notes| reading.compare_stream(&playlist, notes))
        };
        each(
            STREAM,
            check,
            &[
                ("RESOLUTION=16x8", "RESOLUTION=32x8", "RESOLUTION 32x8, but the plan 16x8"),
                ("\"jpeg\"", "\"jpeg,x\"", "CODECS jpeg,x"),
                ("storyboard/", "", "is playlist.m3u8"),
                ("=400,", "=500,", "bandwidth 500, but its sheets peak at 400"),
            ],
        );
    }

    #[test]
    fn the_representation_is_that_of_the_plan() {
        let check = |text: &str| {
            let mpd = dash_mpd::parse(text).unwrap();
            let set = &mpd.periods[0].adaptations[0];
            let view = View::new(&mpd.periods[0], set, &set.representations[0]);
            found(|reading, notes| {
                view.check(notes);
                reading.compare_representation(&view, notes);
            })
        };
        each(
            MPD,
            check,
            &[
                ("endNumber=\"2\"", "endNumber=\"3\"", "has 3 sheets"),
                ("endNumber=\"2\"", "endNumber=\"18446744073709551615\"", "more than"),
                ("endNumber=\"2\"", "", "no endNumber"),
                ("duration=\"20000\"", "duration=\"10000\"", "lasts 10 s, but 20 s"),
                ("image/jpeg", "image/png", "not image/jpeg"),
                ("value=\"2x1\"", "value=\"1x2\"", "the layout 1x2"),
                ("thumbnail_tile", "thumbnail", "the layout none"),
                ("height=\"8\"", "height=\"16\"", "has 32x16 pixels"),
                ("bandwidth=\"400\"", "bandwidth=\"200\"", "bandwidth 200"),
            ],
        );
    }
}
