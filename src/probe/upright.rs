//! Which way up the pictures of an MP4 are by their own word, where its index is all that is read.

use super::recovery::head;
use crate::base::Result;
use crate::codec;
use crate::ffmpeg::Input;
use crate::media::TrackIndex;

/// Bytes of the first picture that are read: Exif, and what else may come before what is drawn, has 64 KiB a piece.
const HEAD: usize = 256 << 10;

/// Looks into the first picture of a track of JPEG or PNG.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let codec = input.stream(track.track)?.codec();
    if let (Some(first), "mjpeg" | "png") = (track.packets.first(), codec.as_str()) {
        track.orientation = codec::stated(&codec, &[], &head(input, first, HEAD)?).orientation;
    }
    Ok(())
}
