//! Rules of init segments.

use mp4_atom::{Avcc, Codec, Ftyp, Moov, Mp4a, Trak, Trex};

use super::boxes::{boxes, name, read};
use super::report::Notes;
use crate::plan::{AudioTrack, Track, TrackKind, VideoTrack};

const FILE: &str = "ISO/IEC 14496-12";
const HEADER: &str = "ISO/IEC 23000-19 7.3.2.1";
const EDITS: &str = "ISO/IEC 14496-12 8.6.6";
const ENTRY: &str = "ISO/IEC 14496-12 8.5.2";
const CODEC: &str = "RFC 6381 3.3";
const AVC: &str = "ISO/IEC 14496-15 5.3.3";
const AAC: &str = "ISO/IEC 14496-3 1.6.2.1";

/// What an init segment says.
#[derive(Debug, Clone, Default)]
pub(super) struct Init {
    pub(super) track_id: u32,
    /// Ticks per second of the media.
    pub(super) timescale: u32,
    /// What samples have unless their fragment says otherwise.
    pub(super) defaults: Trex,
    /// Media time that is presented at 0.
    pub(super) first_presented: u64,
    /// Length of all fragments, in ticks of the movie, and those in a second.
    pub(super) whole: Option<(u64, u32)>,
    /// Codec string by what the sample entry says.
    pub(super) codecs: String,
    /// The configuration of a video track's decoder.
    pub(super) avcc: Option<Avcc>,
}

/// Checks an init segment against its track in the plan. `None` where too little of it can be read.
pub(super) fn check(data: &[u8], track: &Track, notes: &mut Notes) -> Option<Init> {
    let (ftyp, moov) = parse(data).map_err(|message| notes.add(FILE, message)).ok()?;
    check_brands(&ftyp, notes);
    let [trak] = moov.trak.as_slice() else {
        notes.add(HEADER, format!("it has {} tracks instead of one", moov.trak.len()));
        return None;
    };
    check_tables(trak, notes);
    let mut init = Init {
        track_id: trak.tkhd.track_id,
        timescale: trak.mdia.mdhd.timescale,
        defaults: defaults(&moov, trak.tkhd.track_id, notes)?,
        first_presented: check_edits(trak, notes),
        whole: moov
            .mvex
            .as_ref()
            .and_then(|mvex| mvex.mehd.as_ref())
            .map(|mehd| (mehd.fragment_duration, moov.mvhd.timescale)),
        ..Default::default()
    };
    notes.check(init.timescale == track.timescale, "ISO/IEC 14496-12 8.4.2", || {
        format!("its timescale is {}, but the plan's is {}", init.timescale, track.timescale)
    });
    check_entry(trak, track, &mut init, notes)?;
    notes.check(init.codecs == track.codecs, CODEC, || {
        format!("its sample entry is {}, but the plan says {}", init.codecs, track.codecs)
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

/// Samples are in the fragments alone, so that the tables are there and empty.
fn check_tables(trak: &Trak, notes: &mut Notes) {
    let stbl = &trak.mdia.minf.stbl;
    let offsets = stbl.stco.as_ref().is_some_and(|stco| stco.entries.is_empty());
    let empty = stbl.stts.entries.is_empty() && stbl.stsc.entries.is_empty() && offsets && stbl.co64.is_none();
    let sizes = matches!(&stbl.stsz.samples, mp4_atom::StszSamples::Different { sizes } if sizes.is_empty());
    notes.check(empty && sizes, HEADER, || "stts, stsc, stsz and stco are not all there and empty".into());
}

fn defaults(moov: &Moov, track_id: u32, notes: &mut Notes) -> Option<Trex> {
    notes.check(track_id != 0, "ISO/IEC 14496-12 8.3.2", || "its track has the id 0".into());
    let entries = moov.mvex.as_ref().map(|mvex| mvex.trex.as_slice());
    match entries {
        Some([trex]) if trex.track_id == track_id => Some(trex.clone()),
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

fn check_entry(trak: &Trak, track: &Track, init: &mut Init, notes: &mut Notes) -> Option<()> {
    let handler: [u8; 4] = trak.mdia.hdlr.handler.into();
    let media = &trak.mdia.minf;
    let (wanted, header) = match &track.kind {
        TrackKind::Video(_) => (*b"vide", media.vmhd.is_some()),
        TrackKind::Audio(_) => (*b"soun", media.smhd.is_some()),
    };
    notes.check(handler == wanted && header, "ISO/IEC 14496-12 8.4.3", || {
        format!("its handler is {} or its media header another's, where the plan has {}", name(&handler), name(&wanted))
    });
    match (media.stbl.stsd.codecs.as_slice(), &track.kind) {
        ([Codec::Avc1(avc1)], TrackKind::Video(video)) => {
            init.codecs = avc_string(&avc1.avcc);
            init.avcc = Some(avc1.avcc.clone());
            check_size(trak, (avc1.visual.width, avc1.visual.height), video, notes);
            check_avcc(&avc1.avcc, notes);
        }
        ([Codec::Mp4a(mp4a)], TrackKind::Audio(audio)) => {
            init.codecs = check_mp4a(mp4a, audio, notes);
        }
        (entries, _) => {
            notes.add(
                ENTRY,
                format!("it does not have the one sample entry of its track's type, but {}", entries.len()),
            );
            return None;
        }
    }
    Some(())
}

/// RFC 6381 3.3: the bytes of the record behind its version.
fn avc_string(avcc: &Avcc) -> String {
    let (profile, constraints, level) =
        (avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication);
    format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
}

fn check_size(trak: &Trak, (width, height): (u16, u16), video: &VideoTrack, notes: &mut Notes) {
    let planned = (video.width, video.height);
    notes.check((width.into(), height.into()) == planned, ENTRY, || {
        format!("its pictures have {width}x{height} pixels, but the plan says {}x{}", planned.0, planned.1)
    });
    let shown = (trak.tkhd.width.integer(), trak.tkhd.height.integer());
    notes.check(shown == (width, height), "ISO/IEC 14496-12 8.3.2", || {
        format!("its track is shown at {}x{}, but its pictures have {width}x{height} pixels", shown.0, shown.1)
    });
}

fn check_avcc(avcc: &Avcc, notes: &mut Notes) {
    notes.check(avcc.length_size != 3, AVC, || "its NAL units have lengths of 3 bytes".into());
    let kind = |unit: &Vec<u8>| unit.first().map(|byte| byte & 0x1f);
    let (sequence, picture) = (&avcc.sequence_parameter_sets, &avcc.picture_parameter_sets);
    let whole = !sequence.is_empty() && !picture.is_empty();
    let kinds = sequence.iter().all(|unit| kind(unit) == Some(7)) && picture.iter().all(|unit| kind(unit) == Some(8));
    notes.check(whole && kinds, AVC, || "its avcC does not have sequence and picture parameter sets".into());
    let stated = [avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication];
    let same = sequence.iter().all(|unit| unit.get(1..4).is_some_and(|bytes| bytes == stated));
    notes.check(same, AVC, || "its avcC states another profile or level than its sequence parameter set".into());
}

/// The sampling frequencies of ISO/IEC 14496-3 table 1.18, by their index.
const FREQUENCIES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Checks the entry of an audio track and gives its codec string.
fn check_mp4a(mp4a: &Mp4a, audio: &AudioTrack, notes: &mut Notes) -> String {
    let entry = (u32::from(mp4a.audio.channel_count), u32::from(mp4a.audio.sample_rate.integer()));
    // The field's 16 bits do not hold higher rates.
    let rate = u16::try_from(audio.sample_rate).map_or(entry.1, u32::from);
    notes.check(entry == (audio.channels, rate), ENTRY, || {
        format!(
            "its entry says {} channels at {} Hz, but the plan {} at {}",
            entry.0, entry.1, audio.channels, audio.sample_rate
        )
    });
    let decoder = &mp4a.esds.es_desc.dec_config;
    let Some(config) = &decoder.dec_specific else {
        notes.add(AAC, "it has no configuration for the decoder");
        return format!("mp4a.{:x}", decoder.object_type_indication);
    };
    let frequency = FREQUENCIES.get(usize::from(config.freq_index)).copied();
    // Eight channels are configuration 7 (table 1.19).
    let channels = if config.chan_conf == 7 { 8 } else { u32::from(config.chan_conf) };
    notes.check(frequency == Some(audio.sample_rate) && channels == audio.channels, AAC, || {
        let frequency = frequency.map_or("an unknown rate".to_owned(), |hertz| format!("{hertz} Hz"));
        let planned = format!("{} at {} Hz", audio.channels, audio.sample_rate);
        format!("its decoder is configured for {channels} channels at {frequency}, but the plan says {planned}")
    });
    format!("mp4a.{:x}.{}", decoder.object_type_indication, config.profile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::boxes::tests::boxed;
    use crate::verify::report::tests::noted;
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

    #[test]
    fn avcc_and_its_parameter_sets_agree() {
        let good = Avcc::new(&[0x67, 0x64, 0, 0x1f, 0xac], &[0x68, 0xeb]).unwrap();
        assert_eq!(avc_string(&good), "avc1.64001f");
        assert!(noted(|notes| check_avcc(&good, notes)).is_empty());
        let other_level = Avcc { avc_level_indication: 0x28, ..good.clone() };
        assert_eq!(noted(|notes| check_avcc(&other_level, notes)).len(), 1);
        let no_sets = Avcc { picture_parameter_sets: Vec::new(), length_size: 3, ..good };
        assert_eq!(noted(|notes| check_avcc(&no_sets, notes)).len(), 2);
    }
}
