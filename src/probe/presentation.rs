//! How a source says that it is to be presented, as far as no package of ours follows that.

use crate::ffmpeg::{Input, MediaType};
use crate::media::NotFollowed;

/// What is stated of tracks of pictures.
pub(super) fn not_followed(input: &Input) -> Vec<(Option<u32>, NotFollowed)> {
    let streams = input.streams();
    let pictures = streams.iter().filter(|stream| stream.media_type() == MediaType::Video);
    let stated = pictures.flat_map(|stream| {
        let found = [(stream.is_spherical(), NotFollowed::Spherical), (stream.is_stereo(), NotFollowed::Stereo)];
        found.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, what)| (Some(stream.index()), what))
    });
    stated.collect()
}
