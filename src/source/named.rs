//! What a file is by its first bytes, where it is none that can be played.

use super::context::Context;
use crate::base::{Error, ErrorKind, Result};

/// Bytes at the beginning that are looked at.
const BEGINNING: usize = 4096;
/// Where the name of a disc image's first descriptor stands (ECMA-119 8.1.2, ECMA-167 2/9.1.2).
const DISC: u64 = 32_769;
const DISCS: [&[u8; 5]; 2] = [b"CD001", b"BEA01"];

/// What people have beside videos, or take for some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Picture(&'static str),
    Subtitles(&'static str),
    Playlist(&'static str),
    Archive(&'static str),
    Document(&'static str),
    Page,
    Disc,
    Score,
    Flash,
    Fragment,
}

use Named::{Archive, Disc, Document, Flash, Fragment, Page, Picture, Playlist, Score, Subtitles};

/// By bytes at a place.
const MARKS: [(usize, &[u8], Named); 29] = [
    (0, b"\x89PNG\r\n\x1a\n", Picture("PNG")),
    (0, b"BM", Picture("BMP")),
    (0, b"II*\0", Picture("TIFF")),
    (0, b"MM\0*", Picture("TIFF")),
    (0, b"8BPS", Picture("Photoshop")),
    (0, b"\x76\x2f\x31\x01", Picture("OpenEXR")),
    (0, b"SDPX", Picture("DPX")),
    (0, b"\xff\x0a", Picture("JPEG XL")),
    (4, b"JXL ", Picture("JPEG XL")),
    (4, b"jP  ", Picture("JPEG 2000")),
    (4, b"ftyphei", Picture("HEIC")),
    (4, b"ftypmif1", Picture("HEIF")),
    (4, b"ftypavif", Picture("AVIF")),
    (4, b"styp", Fragment),
    (4, b"moof", Fragment),
    (4, b"sidx", Fragment),
    (0, b"PK\x03\x04", Archive("ZIP")),
    (0, b"Rar!", Archive("RAR")),
    (0, b"7z\xbc\xaf", Archive("7z")),
    (0, b"\x1f\x8b", Archive("gzip")),
    (0, b"\xfd7zXZ", Archive("xz")),
    (0, b"BZh", Archive("bzip2")),
    (257, b"ustar", Archive("tar")),
    (0, b"%PDF", Document("PDF")),
    (0, b"{\\rtf", Document("RTF")),
    (0, b"\xd0\xcf\x11\xe0", Document("Microsoft Office")),
    (0, b"MThd", Score),
    (0, b"FWS", Flash),
    (0, b"CWS", Flash),
];

/// By how text begins, in small letters.
const TEXTS: [(&str, Named); 8] = [
    ("#extm3u", Playlist("M3U")),
    ("[playlist]", Playlist("PLS")),
    ("webvtt", Subtitles("WebVTT")),
    ("[script info]", Subtitles("ASS")),
    ("<sami", Subtitles("SAMI")),
    ("<!doctype html", Page),
    ("<html", Page),
    ("<svg", Picture("SVG")),
];

/// By an element of XML, in small letters.
const ELEMENTS: [(&str, Named); 5] = [
    ("<mpd", Playlist("DASH")),
    ("<smoothstreamingmedia", Playlist("Smooth Streaming")),
    ("<smil", Playlist("SMIL")),
    ("<tt", Subtitles("TTML")),
    ("<svg", Picture("SVG")),
];

/// What is to be said of a source that cannot be played because of what it is.
pub(crate) fn refusal(context: &Context) -> Result<Option<Error>> {
    let mut bytes = vec![0; BEGINNING.min(usize::try_from(context.source.len()).unwrap_or(BEGINNING))];
    context.read_exact_at(0, &mut bytes)?;
    let named = match by_mark(&bytes).or_else(|| by_text(&bytes)) {
        None if is_disc(context)? => Some(Disc),
        named => named,
    };
    Ok(named.map(|named| named.refusal(&context.source.name())))
}

/// What subtitles are in, if that is not WebVTT.
pub(crate) fn other_subtitles(text: &str) -> Option<&'static str> {
    match by_text(text.as_bytes().get(..BEGINNING).unwrap_or(text.as_bytes())) {
        Some(Subtitles(format)) if format != "WebVTT" => Some(format),
        _ => None,
    }
}

impl Named {
    fn refusal(self, name: &str) -> Error {
        let kind = if let Picture(_) = self { ErrorKind::Unsupported } else { ErrorKind::NotMedia };
        let what = match self {
            Picture(format) => format!("a picture ({format}), not a video: make a video of it first"),
            Subtitles(format) => {
                format!("a file of subtitles ({format}), not a video: add them to a package as captions, in WebVTT")
            }
            Playlist(format) => format!("a playlist ({format}), not a video: use the video that it lists"),
            Archive(format) => format!("an archive ({format}), not a video: unpack it first"),
            Document(format) => format!("a document ({format}), not a video"),
            Page => "a web page, not a video: use the file itself".into(),
            Disc => "an image of a disc, not a video: use the videos that are on it".into(),
            Score => "notes for instruments (MIDI), not sound: record it first".into(),
            Flash => "a Flash program (SWF), not a video".into(),
            Fragment => "a fragment of an MP4, not a whole one: put its beginning (the init segment) before it".into(),
        };
        Error::new(kind, format!("{name} is {what}"))
    }
}

fn by_mark(bytes: &[u8]) -> Option<Named> {
    let has = |place: &usize, mark: &[u8]| bytes.get(*place..).is_some_and(|rest| rest.starts_with(mark));
    let found = MARKS.iter().find(|(place, mark, _)| has(place, mark)).map(|(.., named)| *named);
    match bytes {
        // An animated one is damaged if it cannot be read (RFC 9649 2.7.1).
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', chunk @ ..] => {
            let is_animated = chunk.starts_with(b"VP8X") && chunk.get(8).is_some_and(|flags| flags & 2 != 0);
            (!is_animated).then_some(Picture("WebP"))
        }
        // A PNG that says that it is animated is damaged if it cannot be read.
        _ => found.filter(|_| !(has(&0, b"\x89PNG") && bytes.windows(4).any(|name| name == b"acTL"))),
    }
}

fn by_text(bytes: &[u8]) -> Option<Named> {
    // Of UTF-16 every other byte is zero; a mark of the byte order is no ASCII.
    let ascii = bytes.iter().skip_while(|byte| !byte.is_ascii()).filter(|byte| **byte != 0);
    let text: String = ascii.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let text = text.trim_start();
    if let Some((_, named)) = TEXTS.iter().find(|(start, _)| text.starts_with(start)) {
        return Some(*named);
    }
    let mut lines = text.lines().map(str::trim);
    let (first, second) = (lines.next()?, lines.next().unwrap_or_default());
    if !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()) && second.contains("-->") {
        return Some(Subtitles("SubRip"));
    }
    // The name ends where its attributes or its content begin; TTML's may have a prefix.
    let begins = |element: &str| {
        text.match_indices(element).any(|(place, _)| {
            text.get(place + element.len()..).is_some_and(|rest| rest.starts_with([' ', '\n', '\r', '\t', '>', ':']))
        })
    };
    let is_xml = text.starts_with('<');
    ELEMENTS.iter().find(|(element, _)| is_xml && begins(element)).map(|(_, named)| *named)
}

fn is_disc(context: &Context) -> Result<bool> {
    let mut name = [0; 5];
    if context.source.len() < DISC + name.len() as u64 {
        return Ok(false);
    }
    context.read_exact_at(DISC, &mut name)?;
    Ok(DISCS.contains(&&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn said(bytes: &[u8]) -> String {
        let refusal = refusal(&Context::new(&Source::bytes(bytes.to_vec()))).unwrap();
        refusal.map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn files_are_called_what_they_are() {
        for (bytes, words) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], "a picture (PNG)"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "a picture (WebP)"),
            (b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10", "a picture (WebP)"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "a picture (HEIC)"),
            (b"\xef\xbb\xbf#EXTM3U\n", "a playlist (M3U)"),
            (b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"x\"/>", "a playlist (DASH)"),
            (b"\n1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n", "subtitles (SubRip)"),
            (b"\xff\xfe<\0t\0t\0 \0x\0m\0l\0n\0s\0", "subtitles (TTML)"),
            (b"<?xml?><tt:tt xmlns:tt=\"x\">", "subtitles (TTML)"),
            (b"<!DOCTYPE HTML><title>", "a web page"),
            (b"PK\x03\x04", "an archive (ZIP)"),
            (b"%PDF-1.7", "a document (PDF)"),
            (b"MThd\0\0\0\x06", "notes for instruments"),
            (b"\0\0\0\x18styp", "a fragment of an MP4"),
            (&[&[0; 32_769][..], b"CD001"].concat(), "an image of a disc"),
        ] {
            assert!(said(bytes).contains(words), "{}, not {words}", said(bytes));
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_not_known() {
        let animations: [&[u8]; 2] = [b"\x89PNG\r\n\x1a\n acTL", b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02"];
        let others: [&[u8]; 6] = [b"", b"B", b"hello", b"\0\0\0", b"<?xml?><title>", &[0xff; 40_000]];
        for bytes in animations.into_iter().chain(others) {
            assert_eq!(said(bytes), "");
        }
    }
}
