//! How a source says that it is to be presented, as far as no package of ours follows that.

use super::matroska_chapters;
use crate::base::Result;
use crate::ffmpeg::{Input, MediaType};
use crate::media::{FrameIndex, NotFollowed};
use crate::source::{Context, first_movie};

/// What is stated of the whole source, and of tracks of pictures.
pub(super) fn not_followed(input: &Input, index: &FrameIndex) -> Result<Vec<(Option<u32>, NotFollowed)>> {
    let (streams, context) = (input.streams(), input.context());
    let pictures = streams.iter().filter(|stream| stream.media_type() == MediaType::Video);
    let stated = pictures.flat_map(|stream| {
        let is_stereo = stream.is_stereo() || index.track(stream.index()).is_some_and(|track| track.is_stereo);
        let found = [(stream.is_spherical(), NotFollowed::Spherical), (is_stereo, NotFollowed::Stereo)];
        found.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, what)| (Some(stream.index()), what))
    });
    let mut stated: Vec<_> = stated.collect();
    if input.is_mp4() && has_rate(context)? {
        stated.push((None, NotFollowed::Rate));
    }
    if input.container().contains("matroska") {
        let order = matroska_chapters::order(context, !input.chapters().is_empty())?;
        let found = [(order.is_of_chapters, NotFollowed::OrderedChapters), (order.is_linked, NotFollowed::Linked)];
        stated.extend(found.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, what)| (None, what)));
    }
    Ok(stated)
}

/// Whether an MP4's header prefers another speed than its own (ISO/IEC 14496-12 8.2.2); 0 is that of who leaves it out.
fn has_rate(context: &Context) -> Result<bool> {
    let movie = first_movie(context)?;
    let Some(header) = movie.map(|movie| movie.child(context, b"mvhd")).transpose()?.flatten() else {
        return Ok(false);
    };
    let version = header.read_u32(context, 0)?.map(|version_and_flags| version_and_flags >> 24);
    let rate = header.read_u32(context, if version == Some(1) { 32 } else { 20 })?;
    Ok(rate.is_some_and(|rate| rate != 1 << 16 && rate != 0))
}
