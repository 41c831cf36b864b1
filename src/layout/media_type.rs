//! The media types of a package's files, for hosts that serve them.

use super::key::Key;

impl Key<'_> {
    /// The media type, for a server's `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Plan | Self::Chapters | Self::HlsChapters | Self::Damage => "application/json",
            // RFC 8216 4.
            Self::Hls | Self::Playlist(_) | Self::CaptionsPlaylist(_) => "application/vnd.apple.mpegurl",
            // ISO/IEC 23009-1 Annex C.
            Self::Dash => "application/dash+xml",
            // ISO/IEC 14496-12 Annex C, as ISO/IEC 23009-1 uses it.
            Self::Init(_) => "video/mp4",
            Self::Segment(..) => "video/iso.segment",
            // W3C WebVTT, 8.
            Self::Text(..) | Self::Cues(_) | Self::Captions(_) => "text/vtt; charset=utf-8",
            Self::Thumbnail | Self::Sheet(..) => "image/jpeg",
        }
    }
}

/// The media type of the file at `path` in a package; `None` if no package has such a file. A host that serves only
/// paths with a media type cannot be led out of the package's folder.
///
/// ```
/// use vodkit::layout::media_type;
///
/// assert_eq!(media_type("master.m3u8"), Some("application/vnd.apple.mpegurl"));
/// assert_eq!(media_type("720p/00000.m4s"), Some("video/iso.segment"));
/// assert_eq!(media_type("../host.sqlite"), None);
/// ```
pub fn media_type(path: &str) -> Option<&'static str> {
    Key::parse(path).map(Key::media_type)
}
