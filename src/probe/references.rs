//! Whether the pictures or the sound of an MP4 or QuickTime file are in another file.

use crate::base::{Error, ErrorKind, Result};
use crate::source::{ByteRange, Context, first_movie};

/// Checks where media is. FFmpeg would take what is at its place in this file for it.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported).
pub(super) fn check(context: &Context) -> Result<()> {
    let Some(movie) = first_movie(context)? else { return Ok(()) };
    for (_, track) in movie.children(context)?.unwrap_or_default().into_iter().filter(|(name, _)| name == b"trak") {
        if is_played(context, track)? && is_elsewhere(context, track)? {
            let message = format!(
                "{} has its pictures or its sound in another file (a reference movie): use the whole film",
                context.source.name()
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    }
    Ok(())
}

/// Whether a track is one of pictures or sound (ISO/IEC 14496-12 8.4.3).
fn is_played(context: &Context, track: ByteRange) -> Result<bool> {
    let handler = track.descend(context, [b"mdia", b"hdlr"])?;
    let kind = handler.map(|handler| handler.read::<4>(context, 8)).transpose()?.flatten();
    Ok(matches!(kind.as_ref(), Some(b"vide" | b"soun")))
}

/// Whether what a track's first description says of where its samples are (8.5.2.2, 8.7.2) names another file.
fn is_elsewhere(context: &Context, track: ByteRange) -> Result<bool> {
    let Some(media) = track.descend(context, [b"mdia", b"minf"])? else { return Ok(false) };
    let (Some(references), Some(descriptions)) =
        (media.descend(context, [b"dinf", b"dref"])?, media.descend(context, [b"stbl", b"stsd"])?)
    else {
        return Ok(false);
    };
    // Version and flags, and the number of entries.
    let entries = |list: ByteRange| ByteRange { start: list.start.saturating_add(8), ..list }.children(context);
    let Some((_, description)) = entries(descriptions)?.and_then(|all| all.into_iter().next()) else {
        return Ok(false);
    };
    let number = description.read::<2>(context, 6)?.map_or(0, u16::from_be_bytes);
    let references = entries(references)?.unwrap_or_default();
    let Some((_, reference)) = usize::from(number).checked_sub(1).and_then(|place| references.get(place)) else {
        return Ok(false);
    };
    let is_here = reference.read_u32(context, 0)?.is_none_or(|flags| flags & 1 == 1);
    // Some forget the flag, and name nothing.
    let has_name = reference.read::<1>(context, 4)?.is_some_and(|[first]| first != 0)
        || reference.end.saturating_sub(reference.start) > 8;
    Ok(!is_here && has_name)
}
