//! Opens a source, or says why it cannot be played.

use super::{bounds, encrypted, extent, missing, references};
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Input, Mend, Stream};
use crate::source::{Context, named_refusal};

/// Opens a source, unless it is encrypted, a picture in tiles, or its index is impossible.
pub(super) fn open(context: &Context) -> Result<Input> {
    bounds::check(context)?;
    checked(context, Input::open(context))
}

/// The same, but FFmpeg reads something else of an MP4's tables.
pub(super) fn open_begun(context: &Context, cut: Vec<Mend>) -> Result<Input> {
    bounds::check(context)?;
    checked(context, Input::open_begun(context, cut))
}

/// The same for what the header says; whether FFmpeg knows no more of an MP4's tables than their beginnings is told too.
pub(super) fn open_header(context: &Context) -> Result<(Input, bool)> {
    match Input::open_header(context) {
        // Tables that are cut need no bound.
        Ok(Some(input)) => Ok((checked(context, Ok(input))?, true)),
        Ok(None) => Ok((open(context)?, false)),
        Err(error) => Ok((checked(context, Err(error))?, false)),
    }
}

fn checked(context: &Context, opened: Result<Input>) -> Result<Input> {
    let input = match opened {
        Ok(input) => input,
        Err(error) => return Err(reason(context, error)?),
    };
    if encrypted::is_encrypted(&input)? {
        return Err(encrypted::refusal(context));
    }
    if input.is_mp4() {
        references::check(context)?;
    }
    // Each of them would be taken for a video.
    if input.is_mp4() && input.streams().iter().any(Stream::is_tile) {
        let message =
            format!("{} is a picture in tiles (HEIF), not a video: make a video of it first", context.source.name());
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    check_streams(&input)?;
    Ok(input)
}

/// Checks how many streams there are, and how large their pictures.
pub(super) fn check_streams(input: &Input) -> Result<()> {
    let limits = input.context().limits();
    let streams = input.streams();
    let name = input.source().name();
    if streams.len() > limits.tracks as usize {
        let message = format!("{name} has {} tracks, more than the limit of {}", streams.len(), limits.tracks);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    streams.iter().try_for_each(|stream| input.check_pixels(stream))
}

/// What says best why a source was not opened, with `error`.
fn reason(context: &Context, error: Error) -> Result<Error> {
    // FFmpeg takes all that begins as an MP4 does for one.
    if !matches!(error.kind(), ErrorKind::NotMedia | ErrorKind::Truncated) {
        return Ok(error);
    }
    // It may find nothing in what is scrambled.
    if encrypted::is_scrambled(context)? {
        return Ok(encrypted::refusal(context));
    }
    if let Some(refusal) = named_refusal(context)? {
        return Ok(refusal);
    }
    // What it needs may be at the end.
    let needed = extent::stated(context, 0)?.filter(|needed| *needed > context.source.len());
    Ok(needed.map_or(error, |needed| missing::truncated(&context.source, needed)))
}
