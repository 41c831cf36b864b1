//! The paths of a package's files.

use std::fmt;

/// The path of the plan in a package.
pub const PLAN_KEY: &str = "plan.json";
/// The path of the thumbnail in a package.
pub const THUMBNAIL_KEY: &str = "thumbnail.jpg";
/// The path of the HLS multivariant playlist in a package.
pub const HLS_KEY: &str = "master.m3u8";
/// The path of the DASH manifest in a package.
pub const DASH_KEY: &str = "manifest.mpd";

/// The path, in a package, of what of the source could not be decoded.
pub const DAMAGE_KEY: &str = "damage.json";

/// The folder of all captions. No rendition may have this id.
const CAPTIONS: &str = "captions";
const INIT: &str = "init.mp4";
const PLAYLIST: &str = "playlist.m3u8";
const CUES: &str = "storyboard.vtt";

/// A file of a package. [`Display`](fmt::Display) gives its path, [`parse`](Self::parse) reads one.
///
/// ```
/// use vodkit::layout::Key;
/// assert_eq!(Key::parse("720p/00003.m4s"), Some(Key::Segment("720p", 3)));
/// assert_eq!(Key::Sheet("storyboard", 0).to_string(), "storyboard/00001.jpg");
/// assert_eq!(Key::Captions("en").to_string(), "captions/en.vtt");
/// assert_eq!(Key::parse("../720p/00003.m4s"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Key<'a> {
    /// The plan.
    Plan,
    /// The thumbnail.
    Thumbnail,
    /// The HLS multivariant playlist.
    Hls,
    /// The DASH manifest.
    Dash,
    /// The chapters.
    Chapters,
    /// The chapters in the format that HLS has for them.
    HlsChapters,
    /// What of the source could not be decoded, for jobs that go on: by each track's position, the moments in microseconds.
    Damage,
    /// The HLS media playlist of a rendition.
    Playlist(&'a str),
    /// The init segment of a rendition.
    Init(&'a str),
    /// A media segment of a rendition, by its index.
    Segment(&'a str, u32),
    /// A segment of text, by its index.
    Text(&'a str, u32),
    /// A sheet of a storyboard, by its index. In its path it has its number, from 1: players of DASH take the number of the
    /// last one for how many there are.
    Sheet(&'a str, u32),
    /// The WebVTT thumbnails of a storyboard.
    Cues(&'a str),
    /// The captions in a language.
    Captions(&'a str),
    /// The HLS media playlist of the captions in a language.
    CaptionsPlaylist(&'a str),
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str(PLAN_KEY),
            Self::Thumbnail => f.write_str(THUMBNAIL_KEY),
            Self::Hls => f.write_str(HLS_KEY),
            Self::Dash => f.write_str(DASH_KEY),
            Self::Chapters => f.write_str("chapters.json"),
            Self::HlsChapters => f.write_str("chapters-hls.json"),
            Self::Damage => f.write_str(DAMAGE_KEY),
            Self::Playlist(id) => write!(f, "{id}/{PLAYLIST}"),
            Self::Init(id) => write!(f, "{id}/{INIT}"),
            Self::Segment(id, index) => write!(f, "{id}/{index:05}.m4s"),
            Self::Text(id, index) => write!(f, "{id}/{index:05}.vtt"),
            Self::Sheet(id, index) => write!(f, "{id}/{:05}.jpg", u64::from(*index) + 1),
            Self::Cues(id) => write!(f, "{id}/{CUES}"),
            Self::Captions(language) => write!(f, "{CAPTIONS}/{language}.vtt"),
            Self::CaptionsPlaylist(language) => write!(f, "{CAPTIONS}/{language}.m3u8"),
        }
    }
}

impl<'a> Key<'a> {
    /// Whether it is a segment, of any kind: made of the source, and never written again with another content.
    pub fn is_segment(self) -> bool {
        matches!(self, Self::Segment(..) | Self::Text(..) | Self::Sheet(..))
    }

    /// The file at this path; `None` where no package has one.
    pub fn parse(path: &'a str) -> Option<Self> {
        let Some((folder, name)) = path.split_once('/') else {
            let top = [Self::Plan, Self::Thumbnail, Self::Hls, Self::Dash];
            let other = [Self::Chapters, Self::HlsChapters, Self::Damage];
            return top.into_iter().chain(other).find(|key| key.to_string() == path);
        };
        let (stem, extension) = name.rsplit_once('.')?;
        let key = match (folder, name, extension) {
            (CAPTIONS, _, "vtt") => Self::Captions(stem),
            (CAPTIONS, _, "m3u8") => Self::CaptionsPlaylist(stem),
            (CAPTIONS, ..) => return None,
            (_, PLAYLIST, _) => Self::Playlist(folder),
            (_, INIT, _) => Self::Init(folder),
            (_, CUES, _) => Self::Cues(folder),
            (_, _, "m4s") => Self::Segment(folder, stem.parse().ok()?),
            (_, _, "vtt") => Self::Text(folder, stem.parse().ok()?),
            (_, _, "jpg") => Self::Sheet(folder, stem.parse::<u32>().ok()?.checked_sub(1)?),
            _ => return None,
        };
        let named = folder == CAPTIONS && is_name(stem) || is_rendition_id(folder);
        // Each file has exactly one path: not `+3.m4s`, nor `3.m4s`.
        (named && key.to_string() == path).then_some(key)
    }
}

/// Whether `id` can be a rendition's id, and so the name of its folder.
pub(crate) fn is_rendition_id(id: &str) -> bool {
    is_name(id) && id != CAPTIONS
}

/// 1 to 64 letters, digits and hyphens: safe in URLs and in file names of every system.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        let top = [Key::Plan, Key::Thumbnail, Key::Hls, Key::Dash, Key::Chapters, Key::HlsChapters, Key::Damage];
        let rendition =
            [Key::Playlist("720p"), Key::Init("audio-2"), Key::Segment("720p", 0), Key::Segment("a", 123_456)];
        let other = [
            Key::Text("text-2", 7),
            Key::Sheet("storyboard", 7),
            Key::Cues("storyboard"),
            Key::Captions("pt-BR"),
            Key::CaptionsPlaylist("en"),
        ];
        for key in top.into_iter().chain(rendition).chain(other) {
            assert_eq!(Key::parse(&key.to_string()), Some(key), "{key}");
        }
    }

    #[test]
    fn other_paths_are_not_keys() {
        let indexes = [
            "720p/3.m4s",
            "720p/+0003.m4s",
            "720p/000003.m4s",
            "720p/-0001.m4s",
            "720p/99999999999.m4s",
            "a/x.jpg",
            "a/00000.jpg",
        ];
        let folders =
            ["", "/", "a", "plan.json/", "/plan.json", "../720p/init.mp4", "a/b/init.mp4", "a//init.mp4", "720p/"];
        let names = [
            "captions/init.mp4",
            "captions/.vtt",
            "captions/../x.vtt",
            "7 20p/init.mp4",
            ".x/init.mp4",
            "a/host.sqlite",
            "text/3.vtt",
            "text/x.vtt",
        ];
        for path in indexes.into_iter().chain(folders).chain(names) {
            assert_eq!(Key::parse(path), None, "{path}");
        }
    }
}
