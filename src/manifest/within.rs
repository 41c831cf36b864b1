//! Manifests of what a bandwidth carries.

use super::{fewer_representations, fewer_variants};
use crate::base::{Error, Result};

/// A manifest with only those qualities that a player with a bandwidth of `bits_per_second` can play: a hint that all
/// players obey, as they know of no others. Nothing else in it changes. It is an HLS multivariant playlist or a DASH manifest
/// (MPD), which its text tells: from [`multivariant_playlist`](crate::manifest::multivariant_playlist),
/// [`dash_manifest`](crate::manifest::dash_manifest), a package, or another packager.
///
/// - Of HLS the variants whose `BANDWIDTH` is above `bits_per_second` are left out, those of I-frames too. It includes the
///   largest audio of the variant's group. Renditions that only those have named are left out with them.
/// - Of DASH the video is left out whose `bandwidth` is above, with that of the audio beside it: of stereo and mono if
///   there is some, in the most expensive language. So the same renditions stay as in HLS. The largest and smallest sizes and
///   rates that adaptation sets state are put right. Audio is left out that is above even with the smallest video, where
///   its set has less of it, or its language stereo.
/// - What has the lowest rate always stays, and with several codecs the lowest of each: a player may know one alone. So 0
///   leaves the lowest, and a bandwidth that carries all changes nothing.
///
/// Storyboard, captions and text stay, and their rates do not count.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if the text is neither, cannot be read, or states no rate.
///
/// ```
/// use vodkit::manifest::within_bandwidth;
///
/// let (small, large) = ("#EXT-X-STREAM-INF:BANDWIDTH=400000\n240p.m3u8\n", "#EXT-X-STREAM-INF:BANDWIDTH=900000\n480p.m3u8\n");
/// let playlist = within_bandwidth(&format!("#EXTM3U\n{small}{large}"), 500_000)?;
/// assert_eq!(playlist, format!("#EXTM3U\n{small}"));
/// # Ok::<(), vodkit::Error>(())
/// ```
pub fn within_bandwidth(manifest: &str, bits_per_second: u64) -> Result<String> {
    let text = manifest.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with("#EXTM3U") {
        fewer_variants::within(manifest, bits_per_second)
    } else if text.starts_with('<') {
        fewer_representations::within(manifest, bits_per_second)
    } else {
        Err(Error::invalid(
            "manifest: it is neither an HLS multivariant playlist, which begins with #EXTM3U, nor a DASH manifest, which is XML",
        ))
    }
}
