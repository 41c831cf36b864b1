//! Rules of init segments.

use mp4_atom::{Avcc, Codec, DrefEntry, Ftyp, Matrix, Moov, Trak, Trex};

use crate::cmaf::boxes::{boxes, name, read};
use crate::cmaf::sample_entry;
use crate::notes::Notes;
use crate::plan::{Rendition, RenditionKind};

const FILE: &str = "ISO/IEC 14496-12";
const HEADER: &str = "ISO/IEC 23000-19 7.3.2.1";
const EDITS: &str = "ISO/IEC 14496-12 8.6.6";
const ENTRY: &str = "ISO/IEC 14496-12 8.5.2";
const CODEC: &str = "RFC 6381 3.3";
const TRACK: &str = "ISO/IEC 14496-12 8.3.2";

/// What an init segment says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Init {
    pub(crate) track_id: u32,
    /// Ticks per second of the media.
    pub(crate) timescale: u32,
    /// The defaults of samples where their fragment says nothing.
    pub(crate) defaults: Trex,
    /// Media time that is presented at 0.
    pub(crate) first_presented: u64,
    /// Duration of all fragments in ticks of the movie, and its timescale.
    pub(crate) total: Option<(u64, u32)>,
    /// Codec string of the sample entry.
    pub(crate) codecs: String,
    /// The decoder configuration of video.
    pub(crate) avcc: Option<Avcc>,
}

/// Checks an init segment against its rendition in the plan. `None` where too little of it can be read.
pub(crate) fn check(data: &[u8], rendition: &Rendition, notes: &mut Notes) -> Option<Init> {
    let (ftyp, moov) = parse(data).map_err(|message| notes.add(FILE, message)).ok()?;
    check_brands(&ftyp, notes);
    let [trak] = moov.trak.as_slice() else {
        notes.add(HEADER, format!("it has {} tracks instead of one", moov.trak.len()));
        return None;
    };
    check_headers(&moov, trak, notes);
    check_tables(trak, notes);
    let mut init = Init {
        track_id: trak.tkhd.track_id,
        timescale: trak.mdia.mdhd.timescale,
        defaults: defaults(&moov, trak.tkhd.track_id, notes)?,
        first_presented: check_edits(trak, notes),
        total: moov
            .mvex
            .as_ref()
            .and_then(|mvex| mvex.mehd.as_ref())
            .map(|mehd| (mehd.fragment_duration, moov.mvhd.timescale)),
        ..Default::default()
    };
    notes.check(init.timescale == rendition.timescale, "ISO/IEC 14496-12 8.4.2", || {
        format!("its timescale is {}, but the plan's is {}", init.timescale, rendition.timescale)
    });
    check_entry(trak, rendition, &mut init, notes)?;
    notes.check(init.codecs == rendition.codecs, CODEC, || {
        format!("its sample entry is {}, but the plan says {}", init.codecs, rendition.codecs)
    });
    Some(init)
}

fn parse(data: &[u8]) -> Result<(Ftyp, Moov), String> {
    let found = boxes(data)?;
    match found.as_slice() {
        [ftyp, moov] if ftyp.kind == *b"ftyp" && moov.kind == *b"moov" => Ok((read(ftyp)?, read(moov)?)),
        _ => {
            let names: Vec<_> = found.iter().map(|found| name(&found.kind)).collect();
            Err(format!("it has the boxes {} instead of ftyp and moov", names.join(", ")))
        }
    }
}

fn check_brands(ftyp: &Ftyp, notes: &mut Notes) {
    let cmaf = ftyp.compatible_brands.contains(&b"cmfc".into());
    notes.check(cmaf, HEADER, || "cmfc is not among its compatible brands".into());
}

/// Nothing is rotated, scaled or disabled, and the samples are in this stream.
fn check_headers(moov: &Moov, trak: &Trak, notes: &mut Notes) {
    let header = &trak.tkhd;
    notes.check(header.enabled, TRACK, || "its track is not enabled".into());
    let upright = header.matrix == Matrix::default() && moov.mvhd.matrix == Matrix::default();
    notes.check(upright, TRACK, || "its matrices rotate or scale the picture".into());
    let rate = (moov.mvhd.rate.integer(), moov.mvhd.rate.decimal());
    notes.check(rate == (1, 0), "ISO/IEC 14496-12 8.2.2", || "its movie is not played at normal speed".into());
    let data = trak.mdia.minf.dinf.dref.entries.as_slice();
    let own = matches!(data, [DrefEntry::Url(url)] if url.location.is_empty());
    notes.check(own, "ISO/IEC 14496-12 8.7.2", || "its samples are said to be in another file".into());
}

/// Samples are in the fragments alone, so the tables are present and empty.
fn check_tables(trak: &Trak, notes: &mut Notes) {
    let stbl = &trak.mdia.minf.stbl;
    let offsets = stbl.stco.as_ref().is_some_and(|stco| stco.entries.is_empty());
    let empty = stbl.stts.entries.is_empty() && stbl.stsc.entries.is_empty() && offsets && stbl.co64.is_none();
    let sizes = matches!(&stbl.stsz.samples, mp4_atom::StszSamples::Different { sizes } if sizes.is_empty());
    notes.check(empty && sizes, HEADER, || "stts, stsc, stsz and stco are not all present and empty".into());
}

fn defaults(moov: &Moov, track_id: u32, notes: &mut Notes) -> Option<Trex> {
    notes.check(track_id != 0, TRACK, || "its track has the id 0".into());
    let entries = moov.mvex.as_ref().map(|mvex| mvex.trex.as_slice());
    match entries {
        Some([trex]) if trex.track_id == track_id => {
            notes.check(trex.default_sample_description_index == 1, "ISO/IEC 14496-12 8.8.3", || {
                "its samples use a sample entry that it does not have".into()
            });
            Some(trex.clone())
        }
        _ => {
            notes.add("ISO/IEC 14496-12 8.8.3", format!("it does not have one trex for track {track_id}"));
            None
        }
    }
}

/// The media time that is presented at 0.
fn check_edits(trak: &Trak, notes: &mut Notes) -> u64 {
    let entries = trak.edts.as_ref().and_then(|edts| edts.elst.as_ref()).map(|elst| elst.entries.as_slice());
    match entries {
        None => 0,
        Some([edit]) => {
            let rate = (edit.media_rate.integer(), edit.media_rate.decimal());
            notes.check(rate == (1, 0), EDITS, || "its edit is not at normal speed".into());
            notes.check(edit.segment_duration == 0, EDITS, || {
                format!("its edit ends after {} ticks instead of going on to the end", edit.segment_duration)
            });
            notes.check(edit.media_time.is_some(), EDITS, || "its edit is empty and delays the track".into());
            edit.media_time.unwrap_or(0)
        }
        Some(entries) => {
            notes.add(EDITS, format!("it has {} edits instead of one", entries.len()));
            0
        }
    }
}

fn check_entry(trak: &Trak, rendition: &Rendition, init: &mut Init, notes: &mut Notes) -> Option<()> {
    let handler: [u8; 4] = trak.mdia.hdlr.handler.into();
    let media = &trak.mdia.minf;
    let (wanted, header) = match &rendition.kind {
        RenditionKind::Video(_) => (*b"vide", media.vmhd.is_some()),
        RenditionKind::Audio(_) => (*b"soun", media.smhd.is_some()),
        // It has no init segment.
        RenditionKind::Text(_) | RenditionKind::Storyboard(_) => return None,
    };
    notes.check(handler == wanted && header, "ISO/IEC 14496-12 8.4.3", || {
        format!(
            "its handler is {}, or its media header of another kind, but the plan has {}",
            name(&handler),
            name(&wanted)
        )
    });
    match (media.stbl.stsd.codecs.as_slice(), &rendition.kind) {
        ([Codec::Avc1(avc1)], RenditionKind::Video(video)) => {
            init.codecs = sample_entry::check_avc1(avc1, video, notes);
            init.avcc = Some(avc1.avcc.clone());
            let (width, height) = (avc1.visual.width, avc1.visual.height);
            let displayed = (trak.tkhd.width.integer(), trak.tkhd.height.integer());
            notes.check(displayed == (width, height), TRACK, || {
                format!(
                    "its track is displayed at {}x{}, but its frames have {width}x{height} pixels",
                    displayed.0, displayed.1
                )
            });
        }
        ([Codec::Mp4a(mp4a)], RenditionKind::Audio(audio)) => {
            init.codecs = sample_entry::check_mp4a(mp4a, audio, notes)
        }
        (entries, _) => {
            notes.add(ENTRY, format!("it has {} sample entries instead of the one of its kind", entries.len()));
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmaf::boxes::tests::boxed;
    use crate::notes::tests::noted;
    use mp4_atom::{Edts, Elst, ElstEntry};

    #[test]
    fn an_init_segment_is_ftyp_and_moov() {
        assert!(parse(&boxed(b"moov", b"")).unwrap_err().contains("boxes moov instead of"));
        assert!(parse(b"").is_err());
    }

    #[test]
    fn edits_are_one_open_end_at_normal_speed() {
        let with =
            |entries: Vec<ElstEntry>| Trak { edts: Some(Edts { elst: Some(Elst { entries }) }), ..Default::default() };
        let good = ElstEntry { segment_duration: 0, media_time: Some(1024), media_rate: 1.into() };
        let mut time = 0;
        assert!(noted(|notes| time = check_edits(&with(vec![good.clone()]), notes)).is_empty());
        assert_eq!(time, 1024);
        let bad = ElstEntry { segment_duration: 5, media_time: None, media_rate: 2.into() };
        assert_eq!(noted(|notes| time = check_edits(&with(vec![bad]), notes)).len(), 3);
        assert_eq!(noted(|notes| time = check_edits(&with(vec![good.clone(), good]), notes)).len(), 1);
    }
}
