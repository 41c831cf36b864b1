//! What the first picture of an MP4 says of all, where its index is all that is read.

use super::keyframes::head;
use crate::base::Result;
use crate::codec;
use crate::ffmpeg::Input;
use crate::media::TrackIndex;

/// Bytes of a picture that are read: Exif, and what else may come before what is drawn, has 64 KiB a piece.
const DRAWN: usize = 256 << 10;
/// Of one that has messages before its slices.
const CODED: usize = 4096;

/// Looks into the first picture of a track: JPEG and PNG say which way up it is, H.264 and its like
/// whether there is one for each eye, VP9 how large the last of its layers is.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let stream = input.stream(track.track)?;
    let (Some(first), codec) = (track.packets.first(), stream.codec()) else { return Ok(()) };
    match codec.as_str() {
        "mjpeg" | "png" => {
            track.orientation = codec::stated(&codec, &[], &head(input, first, DRAWN)?).orientation;
        }
        "h264" | "hevc" | "mpeg2video" => {
            track.is_stereo = codec::stated(&codec, stream.extradata(), &head(input, first, CODED)?).is_stereo;
        }
        // How many layers there are stands at its end.
        "vp9" => track.size = codec::stated(&codec, &[], &head(input, first, DRAWN)?).size,
        _ => {}
    }
    Ok(())
}
