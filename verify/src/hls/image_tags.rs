//! The HLS tags of images, which the parser does not know.

use m3u8_rs::{ExtTag, MediaPlaylist};

/// The playlist that an image stream of the multivariant playlist names; `None` for other tags.
pub(crate) fn image_uri(tag: &ExtTag) -> Option<&str> {
    (tag.tag == "X-IMAGE-STREAM-INF").then(|| attribute(tag, "URI")).flatten()
}

/// Whether it is a playlist of images.
pub(crate) fn is_images(playlist: &MediaPlaylist) -> bool {
    let mut tags = playlist.segments.iter().flat_map(|segment| &segment.unknown_tags);
    tags.any(|tag| tag.tag == "X-IMAGES-ONLY")
}

/// An attribute of such a tag, without its quotes.
pub(crate) fn attribute<'a>(tag: &'a ExtTag, name: &str) -> Option<&'a str> {
    let mut rest = tag.rest.as_deref()?;
    loop {
        let (found, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(',').unwrap_or(value.len())),
        };
        if found.trim() == name {
            return Some(value);
        }
        rest = after.strip_prefix(',')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_may_be_quoted() {
        let rest = Some("RESOLUTION=16x8, CODECS=\"a,b=c\",URI=\"x\"".to_owned());
        let tag = ExtTag { tag: "X-IMAGE-STREAM-INF".to_owned(), rest };
        assert_eq!(attribute(&tag, "RESOLUTION"), Some("16x8"));
        assert_eq!(attribute(&tag, "CODECS"), Some("a,b=c"));
        assert_eq!(image_uri(&tag), Some("x"));
        assert_eq!(attribute(&tag, "BANDWIDTH"), None);
    }
}
