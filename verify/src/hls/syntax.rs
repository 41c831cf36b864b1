//! The syntax of HLS playlists, RFC 8216 4.1.

use m3u8_rs::{ExtTag, Playlist};

use crate::guard::guarded;
use crate::notes::Notes;

/// The rule of the syntax.
pub(crate) const SYNTAX: &str = "RFC 8216 4.1";

/// Tags that may occur once (RFC 8216 4.3.1.2 and 4.3.3).
const ONCE: [&str; 7] = [
    "#EXTM3U",
    "#EXT-X-VERSION",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    "#EXT-X-TARGETDURATION",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-PLAYLIST-TYPE",
    "#EXT-X-ENDLIST",
];
/// The other tags that vodkit writes.
const OFTEN: [&str; 6] =
    ["#EXTINF", "#EXT-X-MAP", "#EXT-X-MEDIA", "#EXT-X-STREAM-INF", "#EXT-X-DISCONTINUITY", "#EXT-X-SESSION-DATA"];
/// Those of images, which the parser does not know.
const IMAGES: [&str; 3] = ["#EXT-X-IMAGE-STREAM-INF", "#EXT-X-IMAGES-ONLY", "#EXT-X-TILES"];

/// Checks what the parser ignores: repeated and misspelt tags, and control characters.
pub(crate) fn check_text(text: &str, notes: &mut Notes) {
    let control = text.chars().any(|char| char.is_control() && !matches!(char, '\r' | '\n'));
    notes.check(!control, SYNTAX, || "it has control characters".into());
    let tags = text.lines().filter(|line| line.starts_with("#EXT")).map(|line| line.split(':').next().unwrap_or(line));
    let tags: Vec<_> = tags.map(str::trim_end).collect();
    let repeated = ONCE.iter().filter(|once| tags.iter().filter(|tag| tag == once).count() > 1);
    notes.add_first("RFC 8216 4.3.3", &repeated.map(|tag| format!("it has {tag} twice")).collect::<Vec<_>>());
    let unknown = tags.iter().filter(|tag| !ONCE.contains(tag) && !OFTEN.contains(tag) && !IMAGES.contains(tag));
    notes.add_first(
        SYNTAX,
        &unknown.map(|tag| format!("it has the tag {tag}, which is never written")).collect::<Vec<_>>(),
    );
}

/// Parses a playlist of either kind. All of its text must be understood.
pub(crate) fn parse(text: &str) -> Result<Playlist, String> {
    guarded(|| match m3u8_rs::parse_playlist(text.as_bytes()) {
        Ok((rest, playlist)) if rest.trim_ascii().is_empty() => Ok(playlist),
        Ok((rest, _)) => {
            let understood = text.get(..text.len().saturating_sub(rest.len())).unwrap_or(text);
            Err(format!("line {} is not understood", understood.lines().count() + 1))
        }
        Err(_) => Err("it is not a playlist".to_owned()),
    })
}

/// A tag that the parser does not know, although vodkit writes it, has an invalid value.
pub(crate) fn check_understood<'a>(unknown: impl IntoIterator<Item = &'a ExtTag>, notes: &mut Notes) {
    let names = unknown.into_iter().map(|tag| format!("#EXT-{}", tag.tag));
    let known = names.filter(|name| ONCE.contains(&name.as_str()) || OFTEN.contains(&name.as_str()));
    notes.add_first(SYNTAX, &known.map(|name| format!("its {name} cannot be understood")).collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;

    const GOOD: &str = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:1\n\
        #EXTINF:0.042667,\n00000.m4s\n#EXT-X-ENDLIST\n";

    #[test]
    fn what_is_no_playlist_is_found() {
        assert_eq!(parse("hello").unwrap_err(), "it is not a playlist");
        assert!(parse("").is_err());
    }

    #[test]
    fn text_is_plain_and_tags_are_known() {
        assert!(noted(|notes| check_text(GOOD, notes)).is_empty());
        let twice = GOOD.replace("#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-VERSION:7");
        assert_eq!(noted(|notes| check_text(&twice, notes)), ["RFC 8216 4.3.3: it has #EXT-X-VERSION twice"]);
        let misspelt = GOOD.replace("INDEPENDENT", "INDEPENDEMT");
        assert!(noted(|notes| check_text(&misspelt, notes))[0].contains("INDEPENDEMT"));
        assert!(noted(|notes| check_text("#EXTM3U\n\0", notes))[0].contains("control"));
    }
}
