//! The plan of a package, read from `plan.json` without the code that wrote it.
//!
//! This is the only file that knows the JSON. The types have the fields that are checked and no others; fields that
//! are not listed here are ignored, but count for the hash.

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::rational::{self, Rational};

/// The version of the JSON that is read.
const SCHEMA: u32 = 3;

/// What was decided about a package.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Plan {
    /// SHA-256 in hexadecimal of the compact JSON with this field empty.
    hash: String,
    /// Seconds from 0 to the end of the longest rendition.
    #[serde(deserialize_with = "rational::deserialize")]
    pub(crate) duration: Rational,
    pub(crate) renditions: Vec<Rendition>,
    /// The video that all video renditions and the storyboard are made from.
    pub(crate) source_video: Option<SourceVideo>,
    #[serde(default)]
    pub(crate) captions: Vec<Captions>,
    #[serde(default)]
    pub(crate) chapters: Vec<Chapter>,
}

/// One rendition.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rendition {
    /// Its name, and that of its folder.
    pub(crate) id: String,
    /// Number of media segments, or of sheets.
    pub(crate) segments: u32,
    /// Codec string of RFC 6381; `"webvtt"` for text, `"jpeg"` for a storyboard.
    pub(crate) codecs: String,
    /// Ticks per second of its media times.
    pub(crate) timescale: u32,
    #[serde(flatten)]
    pub(crate) kind: RenditionKind,
}

/// What belongs to a rendition's kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum RenditionKind {
    Video(VideoRendition),
    Audio(AudioRendition),
    Text(TextRendition),
    Storyboard(Storyboard),
}

/// H.264 video.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct VideoRendition {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) profile: Profile,
    /// Ten times the H.264 level.
    pub(crate) level: u32,
    /// The highest bit rate over the time that the decoder's buffer holds.
    pub(crate) max_rate: u64,
    /// Bits that the decoder's buffer holds.
    pub(crate) buffer_size: u64,
    pub(crate) coding: VideoCoding,
}

/// An H.264 profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    Baseline,
    Main,
    High,
}

/// Where the samples of a video rendition come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VideoCoding {
    Encode {},
    /// Stream copy.
    Passthrough {},
}

/// AAC-LC audio.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AudioRendition {
    pub(crate) channels: u32,
    pub(crate) sample_rate: u32,
    pub(crate) language: Option<String>,
    /// The name to show to people.
    pub(crate) name: String,
    /// Whether it plays unless the viewer chooses another.
    pub(crate) default: bool,
    pub(crate) coding: AudioCoding,
    /// Samples by which the last frame is stated to be shorter.
    #[serde(default)]
    pub(crate) padding: u32,
    /// Frames of encoded audio that the edit list cuts off.
    #[serde(default)]
    pub(crate) priming_frames: u32,
    /// One per segment.
    pub(crate) windows: Vec<AudioWindow>,
}

/// Where the frames of an audio rendition come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AudioCoding {
    Encode,
    /// Stream copy.
    Passthrough {
        /// Samples at the beginning that the edit list cuts off.
        priming: u32,
    },
}

/// The audio of one segment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AudioWindow {
    /// Number of AAC frames.
    pub(crate) frames: u32,
}

/// Text in WebVTT.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TextRendition {
    pub(crate) language: Option<String>,
    /// The name to show to people.
    pub(crate) name: String,
    /// Whether it is shown to those too who want no subtitles.
    #[serde(default)]
    pub(crate) forced: bool,
    /// One per segment.
    pub(crate) windows: Vec<TextWindow>,
}

/// The text of one segment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct TextWindow {
    /// Milliseconds.
    pub(crate) duration: u32,
}

/// Sheets of tiles, in JPEG.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Storyboard {
    /// Width of a tile in pixels.
    pub(crate) width: u32,
    /// Height of a tile in pixels.
    pub(crate) height: u32,
    /// Tiles in a row of a sheet.
    pub(crate) columns: u32,
    /// Rows of a sheet.
    pub(crate) rows: u32,
    /// Seconds from one tile to the next.
    #[serde(deserialize_with = "rational::deserialize")]
    pub(crate) interval: Rational,
    /// Seconds up to the end of the last tile, where that is not the end of the video.
    #[serde(default, deserialize_with = "rational::deserialize_some")]
    pub(crate) end: Option<Rational>,
    /// Only their number matters here.
    pub(crate) tiles: Vec<IgnoredAny>,
}

/// The source video, as far as it shows in the package.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SourceVideo {
    /// Frames per second of all video renditions.
    #[serde(deserialize_with = "rational::deserialize")]
    pub(crate) frame_rate: Rational,
    /// Number of frames in each of them.
    pub(crate) frames: u64,
    /// Frames from one keyframe to the next in what is encoded.
    pub(crate) keyframe_interval: u32,
    /// One per segment.
    pub(crate) windows: Vec<VideoWindow>,
}

/// The video of one segment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct VideoWindow {
    /// The number of its first frame.
    pub(crate) first_frame: u64,
}

/// A part of the video that has a name.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Chapter {
    /// Seconds.
    #[serde(deserialize_with = "rational::deserialize")]
    pub(crate) start: Rational,
    #[serde(deserialize_with = "rational::deserialize")]
    pub(crate) end: Rational,
    pub(crate) title: Option<String>,
}

/// Captions in one language.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Captions {
    /// A language tag of RFC 5646.
    pub(crate) language: String,
    /// The name to show to people.
    pub(crate) name: String,
    /// The text in WebVTT.
    pub(crate) webvtt: String,
}

/// What all versions of the JSON have.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

impl Plan {
    /// Reads a plan from JSON and checks its hash. What it says may still contradict itself.
    pub(crate) fn from_json(json: &str) -> Result<Self, String> {
        let Version { schema } = serde_json::from_str(json).map_err(|error| format!("it is not a plan: {error}"))?;
        if schema != SCHEMA {
            return Err(format!("it has schema {schema}, but this build reads {SCHEMA}: verify it with its own build"));
        }
        let plan: Self = serde_json::from_str(json).map_err(|error| format!("it cannot be read: {error}"))?;
        if plan.hash != hash_of(json, &plan.hash) {
            return Err("it was changed after it was made: its hash does not fit".to_owned());
        }
        Ok(plan)
    }

    /// The audio renditions.
    pub(crate) fn audio(&self) -> impl Iterator<Item = &AudioRendition> {
        self.renditions.iter().filter_map(|rendition| match &rendition.kind {
            RenditionKind::Audio(audio) => Some(audio),
            _ => None,
        })
    }

    /// The text renditions.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&Rendition, &TextRendition)> {
        self.renditions.iter().filter_map(|rendition| match &rendition.kind {
            RenditionKind::Text(text) => Some((rendition, text)),
            _ => None,
        })
    }

    /// The storyboard, if there is one.
    pub(crate) fn storyboard(&self) -> Option<(&Rendition, &Storyboard)> {
        self.renditions.iter().find_map(|rendition| match &rendition.kind {
            RenditionKind::Storyboard(storyboard) => Some((rendition, storyboard)),
            _ => None,
        })
    }
}

/// SHA-256 in hexadecimal of the compact JSON with `hash` taken out.
///
/// It works on the text: numbers and the order of fields stay as they were written, unknown fields too.
fn hash_of(json: &str, hash: &str) -> String {
    // Quotation marks in a string are escaped, so that this is found in no string.
    let unhashed = compact(json).replacen(&format!("\"hash\":\"{hash}\""), "\"hash\":\"\"", 1);
    Sha256::digest(unhashed).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON without the whitespace between its tokens.
fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let kept = json.chars().filter(|&char| {
        if char == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = char == '\\' && !escaped;
        in_string || !char.is_ascii_whitespace()
    });
    kept.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A plan that vodkit wrote: video, audio, a storyboard, and captions with all that JSON escapes.
    const JSON: &str = include_str!("../tests/plan.json");

    /// That plan.
    pub(crate) fn plan() -> Plan {
        Plan::from_json(JSON).unwrap()
    }

    fn refusal(from: &str, to: &str) -> String {
        assert!(JSON.contains(from), "{from}");
        Plan::from_json(&JSON.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn a_real_plan_is_read() {
        let plan = plan();
        let kinds: Vec<_> = plan.renditions.iter().map(|rendition| (rendition.id.as_str(), &rendition.kind)).collect();
        let [
            ("120p", RenditionKind::Video(video)),
            ("audio", RenditionKind::Audio(audio)),
            ("storyboard", RenditionKind::Storyboard(storyboard)),
        ] = kinds.as_slice()
        else {
            panic!("{kinds:?}")
        };
        assert_eq!((video.width, video.height, video.level), (160, 120, 11));
        assert_eq!((audio.channels, audio.windows.len()), (1, 3));
        assert_eq!((storyboard.tiles.len(), storyboard.interval), (4, 1.into()));
        let source = plan.source_video.unwrap();
        assert_eq!((source.frame_rate, source.frames), (Rational::new(24_000, 1001), 72));
        assert!(plan.captions[0].webvtt.contains("\"Grüße\\n\",  \t{ }"));
    }

    #[test]
    fn any_change_breaks_the_hash() {
        let cases =
            [("23.7", "23.70"), ("Grüße", "Grüsse"), ("\"origin\": \"0\"", "\"origin\": \"1\""), ("  \\t", " \\t")];
        for (from, to) in cases {
            assert!(refusal(from, to).contains("its hash does not fit"), "{from}");
        }
        // Layout is no change.
        assert!(Plan::from_json(&JSON.replace('\n', "\r\n\t")).is_ok());
    }

    #[test]
    fn other_schemas_and_other_json_are_refused() {
        assert!(refusal("\"schema\": 3", "\"schema\": 9").contains("it has schema 9, but this build reads 3"));
        assert!(refusal("{", "").contains("it is not a plan"));
        assert!(refusal("\"frame_rate\": \"24000/1001\"", "\"frame_rate\": \"24/0\"").contains("no fraction"));
        assert!(refusal("\"type\": \"audio\"", "\"type\": \"smell\"").contains("cannot be read"));
    }

    #[test]
    fn new_fields_are_ignored_but_count_for_the_hash() {
        let extended = JSON.replacen("\"schema\"", "\"new\": [1, {\"a\": 1.50}], \"schema\"", 1);
        let old = plan().hash;
        assert!(Plan::from_json(&extended).is_err());
        let sealed = extended.replace(&old, &hash_of(&extended, &old));
        assert!(Plan::from_json(&sealed).is_ok());
    }
}
