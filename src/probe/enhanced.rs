//! The sound of Enhanced RTMP in FLV, which FFmpeg 7.1 takes for an unknown codec of telephone quality.

use crate::base::Result;
use crate::media::{AudioInfo, Track, TrackKind};
use crate::source::Context;

/// Tags at the beginning among which the first of sound is looked for.
const MAX_TAGS: usize = 1024;
/// The kind of a tag of sound, and the format that says that a FourCC follows (Enhanced RTMP v2, ExAudioTagHeader).
const SOUND: u8 = 8;
const EXTENDED: u8 = 9;
/// Kinds of packets: what the channels are, also of sound whose other tags are plain, one of several tracks, and one with more before
/// its kind.
const CHANNELS: u8 = 4;
const SEVERAL_TRACKS: u8 = 5;
const MORE: u8 = 7;
/// FourCCs, and the codecs by FFmpeg's names.
const CODECS: [(&[u8; 4], &str); 6] =
    [(b"Opus", "opus"), (b"fLaC", "flac"), (b"ac-3", "ac3"), (b"ec-3", "eac3"), (b".mp3", "mp3"), (b"mp4a", "aac")];

/// Gives tracks of sound that are unknown the name that the file has for them, and takes back what is not known of them. One that is
/// no more than what the channels of another are is no sound.
pub(super) fn name_sound(context: &Context, tracks: &mut [Track]) -> Result<()> {
    let is_unknown = |track: &&mut Track| track.codec == "unknown" && matches!(track.kind, TrackKind::Audio(_));
    let mut unknown: Vec<&mut Track> = tracks.iter_mut().filter(is_unknown).collect();
    let (name, has_channels) = unknown.first().map(|_| fourcc(context)).transpose()?.unwrap_or_default();
    let Some(name) = name else {
        unknown.iter_mut().filter(|_| has_channels).for_each(|track| track.kind = TrackKind::Other);
        return Ok(());
    };
    let codec = CODECS.iter().find(|(fourcc, _)| **fourcc == name).map_or("unknown", |(_, codec)| codec);
    for track in &mut unknown {
        track.codec = codec.to_owned();
        track.kind = TrackKind::Audio(AudioInfo { channels: 0, layout: "unknown".to_owned(), sample_rate: 0 });
    }
    Ok(())
}

/// The FourCC of the first tag of sound that has one, and whether there is one that says what the channels are.
fn fourcc(context: &Context) -> Result<(Option<[u8; 4]>, bool)> {
    let (mut place, mut has_channels) = (9 + 4, false);
    for _ in 0..MAX_TAGS {
        // What is read: the tag's header of 11 bytes, and the first six of its data.
        if place + 17 > context.source.len() {
            break;
        }
        let mut bytes = [0; 17];
        context.read_exact_at(place, &mut bytes)?;
        let [kind, a, b, c, _, _, _, _, _, _, _, first, data @ ..] = bytes;
        if kind == SOUND && first >> 4 == EXTENDED {
            let [one, two, three, four, five] = data;
            match first & 15 {
                CHANNELS => has_channels = true,
                MORE => break,
                SEVERAL_TRACKS => return Ok((Some([two, three, four, five]), has_channels)),
                _ => return Ok((Some([one, two, three, four]), has_channels)),
            }
        }
        // Behind each tag stands its size.
        place += 11 + u64::from(u32::from_be_bytes([0, a, b, c])) + 4;
    }
    Ok((None, has_channels))
}
