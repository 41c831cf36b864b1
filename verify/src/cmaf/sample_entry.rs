//! Rules of sample entries, which configure the decoder.

use mp4_atom::{Avc1, Avcc, Mp4a};

use crate::notes::Notes;
use crate::plan::{AudioRendition, VideoRendition};

const ENTRY: &str = "ISO/IEC 14496-12 8.5.2";
const AVC: &str = "ISO/IEC 14496-15 5.3.3";
const AAC: &str = "ISO/IEC 14496-3 1.6.2.1";

/// Checks the sample entry of a video rendition and gives its codec string.
pub(crate) fn check_avc1(avc1: &Avc1, video: &VideoRendition, notes: &mut Notes) -> String {
    let (width, height) = (u32::from(avc1.visual.width), u32::from(avc1.visual.height));
    notes.check((width, height) == (video.width, video.height), ENTRY, || {
        format!("its frames have {width}x{height} pixels, but the plan says {}x{}", video.width, video.height)
    });
    check_reference(avc1.visual.data_reference_index, notes);
    check_avcc(&avc1.avcc, notes);
    avc_string(&avc1.avcc)
}

fn check_reference(index: u16, notes: &mut Notes) {
    notes.check(index == 1, ENTRY, || format!("its samples are in the data reference {index}, which does not exist"));
}

/// RFC 6381 3.3: the three bytes of the record that follow its version.
fn avc_string(avcc: &Avcc) -> String {
    let (profile, constraints, level) =
        (avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication);
    format!("avc1.{profile:02x}{constraints:02x}{level:02x}")
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

/// Checks the sample entry of an audio rendition and gives its codec string.
pub(crate) fn check_mp4a(mp4a: &Mp4a, audio: &AudioRendition, notes: &mut Notes) -> String {
    let entry = (u32::from(mp4a.audio.channel_count), u32::from(mp4a.audio.sample_rate.integer()));
    // The field has 16 bits; higher rates do not fit.
    let rate = u16::try_from(audio.sample_rate).map_or(entry.1, u32::from);
    notes.check(entry == (audio.channels, rate), ENTRY, || {
        format!(
            "its entry says {} channels at {} Hz, but the plan {} at {}",
            entry.0, entry.1, audio.channels, audio.sample_rate
        )
    });
    check_reference(mp4a.audio.data_reference_index, notes);
    let decoder = &mp4a.esds.es_desc.dec_config;
    let Some(config) = &decoder.dec_specific else {
        notes.add(AAC, "it has no configuration for the decoder");
        return format!("mp4a.{:x}", decoder.object_type_indication);
    };
    let frequency = FREQUENCIES.get(usize::from(config.freq_index)).copied();
    let channels = channels(config.chan_conf.into());
    notes.check(frequency == Some(audio.sample_rate) && channels == Some(audio.channels), AAC, || {
        let channels = channels.map_or("an unknown number of".to_owned(), |channels| channels.to_string());
        let frequency = frequency.map_or("an unknown rate".to_owned(), |hertz| format!("{hertz} Hz"));
        let planned = format!("{} at {} Hz", audio.channels, audio.sample_rate);
        format!("its decoder is configured for {channels} channels at {frequency}, but the plan says {planned}")
    });
    format!("mp4a.{:x}.{}", decoder.object_type_indication, config.profile)
}

/// The number of channels of a channel configuration (ISO/IEC 23001-8 table 8).
pub(crate) fn channels(configuration: u32) -> Option<u32> {
    match configuration {
        1..=6 => Some(configuration),
        8 => Some(2),
        9 => Some(3),
        10 => Some(4),
        11 => Some(7),
        7 | 12 | 14 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::tests::noted;

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

    #[test]
    fn configurations_are_not_counts() {
        assert_eq!([1, 2, 6, 7, 11, 0].map(channels), [Some(1), Some(2), Some(6), Some(8), Some(7), None]);
    }
}
