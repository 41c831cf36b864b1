//! The names that authors give the tracks of an MP4 or QuickTime file, of which FFmpeg says nothing.

use super::boxes;
use crate::base::Result;
use crate::ffmpeg::Input;
use crate::media::Track;
use crate::source::{ByteRange, Context};

/// The most bytes of a name that are read.
const MAX_NAME: u64 = 1024;

/// Gives tracks the names that they have, where FFmpeg gives none.
pub(super) fn complete(input: &Input, tracks: &mut [Track]) -> Result<()> {
    let unnamed = tracks.iter_mut().zip(input.streams()).filter(|(track, _)| input.is_mp4() && track.title.is_none());
    for (track, stream) in unnamed {
        track.title = read(input.context(), stream.id())?;
    }
    Ok(())
}

/// The name of the track with this ID (the user data `name`, QuickTime File Format, "User Data Atoms").
fn read(context: &Context, id: u32) -> Result<Option<String>> {
    let Some((_, track)) = boxes::movie_and_track(context, id)? else { return Ok(None) };
    let Some(name) = track.descend(context, [b"udta", b"name"])? else { return Ok(None) };
    let end = name.end.min(name.start.saturating_add(MAX_NAME));
    Ok(text(&ByteRange { end, ..name }.bytes(context)?))
}

/// What a name says, with its length and language before it, as other texts of QuickTime have, or without.
fn text(bytes: &[u8]) -> Option<String> {
    let bytes = match bytes.split_at_checked(4) {
        Some(([high, low, ..], text)) if usize::from(u16::from_be_bytes([*high, *low])) == text.len() => text,
        _ => bytes,
    };
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let text = text.trim_end_matches('\0').trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_header_or_none() {
        assert_eq!(text(b"Boom").as_deref(), Some("Boom"));
        assert_eq!(text(b"\0\x04\x15\xc7Boom").as_deref(), Some("Boom"));
        assert_eq!(text("Für alle\0".as_bytes()).as_deref(), Some("Für alle"));
        for none in [&b""[..], b"\0\0\0\0", b"\0", b"\xff\xfe"] {
            assert_eq!(text(none), None);
        }
    }
}
