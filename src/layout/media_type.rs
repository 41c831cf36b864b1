//! What the files of a package are, for whoever serves them.

/// Bytes of a file's or folder's name.
const LONGEST_NAME: usize = 100;

/// The media type of the file at `key` in a package, for a server's `Content-Type`. `None` for what is no place in any
/// package: whoever serves nothing else never leaves the package's folder, whatever is asked for.
///
/// ```
/// use vodkit::manifest::media_type;
///
/// assert_eq!(media_type("master.m3u8"), Some("application/vnd.apple.mpegurl"));
/// assert_eq!(media_type("720p/00000.m4s"), Some("video/iso.segment"));
/// assert_eq!(media_type("../host.sqlite"), None);
/// ```
pub fn media_type(key: &str) -> Option<&'static str> {
    let name = |part: &str| {
        (1..=LONGEST_NAME).contains(&part.len())
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    };
    // Tracks and captions are folders of files.
    if key.split('/').count() > 2 || !key.split('/').all(name) {
        return None;
    }
    Some(match key.rsplit_once('.')?.1 {
        // RFC 8216 4.
        "m3u8" => "application/vnd.apple.mpegurl",
        // ISO/IEC 23009-1 Annex C.
        "mpd" => "application/dash+xml",
        // ISO/IEC 14496-12 Annex C, as ISO/IEC 23009-1 uses it.
        "m4s" => "video/iso.segment",
        "mp4" => "video/mp4",
        // W3C WebVTT, 8.
        "vtt" => "text/vtt; charset=utf-8",
        "jpg" => "image/jpeg",
        "json" => "application/json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_packages_have_a_type_and_nothing_else_has() {
        for key in ["720p/00000.m4s", "master.m3u8", "captions/pt-BR.vtt", "storyboard/00000.jpg", "plan.json"] {
            assert!(media_type(key).is_some(), "{key}");
        }
        let strange = ["/a.m4s", "a/../b.m4s", "..", "", ".", "a//b.m4s", "a/b/c.m4s", ".x.m4s", "a/.m4s", "a\\b.m4s"];
        for key in strange.into_iter().chain(["/etc/passwd", "a", "a.sqlite", "a\0.m4s", "c:a.m4s", "é.m4s", "a/"]) {
            assert_eq!(media_type(key), None, "{key}");
        }
        assert_eq!(media_type(&format!("{}.mp4", "a".repeat(300))), None);
    }
}
