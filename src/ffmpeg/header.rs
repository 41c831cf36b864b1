//! Opening a source for what its header says: of an MP4 the tables that list all samples are read as far as the first one.

use super::first_frames::Setups;
use super::input::Input;
use super::mend::Mend;
use super::open::Tables;
use super::stream::Stream;
use crate::base::{Rational, Result};
use crate::source::{ByteRange, Context, first_movie};

/// The samples that are left of a track of neither pictures nor sound: its text may be the titles of chapters.
const TEXTS: u32 = 4096;

impl Input {
    /// Opens an MP4 without fragments so that FFmpeg knows no more of each track of pictures and sound than its first sample, and
    /// leaves edit lists aside; `None` for all other sources.
    pub(crate) fn open_header(context: &Context) -> Result<Option<Self>> {
        let cut = first_samples(context)?;
        let open = |cut| Self::open_container(context, Tables::Cut(cut));
        cut.map(|cut| open(cut)?.with_stream_info_by(|input| Setups::of(&input.streams()))).transpose()
    }

    /// Opens an MP4 without fragments, which was probed before, for what its decoders are set up with: the same without decoding.
    pub(crate) fn open_setup(context: &Context) -> Result<Option<Self>> {
        let cut = first_samples(context)?;
        cut.map(|cut| Self::open_container(context, Tables::Cut(cut))?.complete()).transpose()
    }

    /// Seconds that a track lasts, or all for `None`, by the header or by the times at its end: never an estimate by the bit rate.
    pub(crate) fn known_duration(&self, stream: Option<&Stream<'_>>) -> Option<Rational> {
        let duration = self.duration_of(stream).filter(|duration| *duration > Rational::ZERO);
        duration.filter(|_| !self.guesses_duration())
    }
}

/// What cuts the tables of an MP4 without fragments; `None` for all other sources.
fn first_samples(context: &Context) -> Result<Option<Vec<Mend>>> {
    let Some(movie) = first_movie(context)? else { return Ok(None) };
    let boxes = movie.children(context)?.unwrap_or_default();
    let is_fragmented = boxes.iter().any(|(name, _)| name == b"mvex");
    let mut tracks = boxes.iter().filter(|(name, _)| name == b"trak").map(|(_, track)| *track).peekable();
    if is_fragmented || tracks.peek().is_none() {
        return Ok(None);
    }
    let mut cut = Vec::new();
    for track in tracks {
        let Some(media) = track.child(context, b"mdia")? else { continue };
        let kind = media.child(context, b"hdlr")?.map(|handler| handler.read::<4>(context, 8)).transpose()?.flatten();
        let is_played = matches!(kind.as_ref(), Some(b"vide" | b"soun"));
        if let Some(table) = media.descend(context, [b"minf", b"stbl"])? {
            cut_table(context, table, if is_played { 1 } else { TEXTS }, &mut cut)?;
        }
    }
    Ok(Some(cut))
}

/// Has each part of a sample table say that it has no more than so many entries.
fn cut_table(context: &Context, table: ByteRange, most: u32, cut: &mut Vec<Mend>) -> Result<()> {
    for (name, content) in table.children(context)?.unwrap_or_default() {
        // Where the numbers are that bound it, behind version and flags (ISO/IEC 14496-12 8.6 and 8.7).
        let places: &[u64] = match &name {
            b"stts" | b"ctts" | b"stss" | b"stps" | b"stco" | b"co64" => &[4],
            // The last one is how many samples the first chunk has.
            b"stsc" => &[4, 12],
            b"stsz" | b"stz2" => &[8],
            _ => continue,
        };
        for &place in places {
            if content.read_u32(context, place)?.is_some_and(|number| number > most) {
                cut.push(Mend { place: content.start.saturating_add(place), bytes: most.to_be_bytes() });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, boxed, words};

    /// What FFmpeg reads of a film with one track of this kind.
    fn read(kind: &[u8; 4], more: &str) -> Option<Vec<u8>> {
        let handler = boxed("hdlr", &[&[0; 8], &kind[..]].concat());
        let table = [
            words("stts", &[0, 2, 9000, 1, 1, 1]),
            words("stsc", &[0, 2, 1, 5000, 1, 2, 5000, 1]),
            words("stsz", &[0, 0, 9001, 7]),
            words("stco", &[0, 1, 8]),
        ];
        let media = [handler, boxed("minf", &boxed("stbl", &table.concat()))].concat();
        let movie = boxed("moov", &[boxed("trak", &boxed("mdia", &media)), boxed(more, &[])].concat());
        let mut file = [boxed("ftyp", b"isom"), movie].concat();
        let cut = first_samples(&Context::new(&Source::bytes(file.clone()))).unwrap()?;
        for mend in cut {
            file[mend.place as usize..][..4].copy_from_slice(&mend.bytes);
        }
        Some(file)
    }

    fn has(file: &[u8], part: &[u8]) -> bool {
        file.windows(part.len()).any(|found| found == part)
    }

    #[test]
    fn one_sample_is_left_of_pictures_and_sound() {
        for kind in [b"vide", b"soun"] {
            let file = read(kind, "free").unwrap();
            for table in [
                words("stts", &[0, 1, 9000, 1, 1, 1]),
                words("stsc", &[0, 1, 1, 1, 1, 2, 5000, 1]),
                words("stsz", &[0, 0, 1, 7]),
                words("stco", &[0, 1, 8]),
            ] {
                // The box keeps its length, and all else.
                assert!(has(&file, &table), "{:?}", &table[4..8]);
            }
        }
    }

    #[test]
    fn texts_keep_more() {
        let file = read(b"text", "free").unwrap();
        assert!(has(&file, &words("stts", &[0, 2, 9000, 1, 1, 1])) && has(&file, &words("stsz", &[0, 0, TEXTS, 7])));
    }

    #[test]
    fn what_has_fragments_is_left_as_it_is() {
        assert_eq!(read(b"vide", "mvex"), None);
    }
}
