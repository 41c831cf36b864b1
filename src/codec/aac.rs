//! AAC-LC: frame length, AudioSpecificConfig, codec string.

use memchr::memmem;

use crate::base::Rational;

/// The name of an encoder whose first frame decoders leave out, as it is all priming and containers do not say so.
const LEFT_OUT: &[u8] = b"libfaac";

/// Samples per channel in one AAC-LC frame (ISO/IEC 14496-3).
pub(crate) const AAC_FRAME: u64 = 1024;

/// Sampling frequencies by samplingFrequencyIndex (ISO/IEC 14496-3 table 1.18).
const FREQUENCIES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Sample rate and channels from an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1); `None` unless it is plain AAC-LC
/// with frames of 1024 samples and 1 to 6 channels.
pub(crate) fn aac_lc(configuration: &[u8]) -> Option<(u32, u32)> {
    let (&[first, second], extension) = configuration.split_first_chunk::<2>()?;
    // The flags: frameLengthFlag, dependsOnCoreCoder, extensionFlag.
    let (object_type, flags) = (first >> 3, second & 7);
    let frequency = *FREQUENCIES.get(usize::from((first & 7) << 1 | second >> 7))?;
    let channels = u32::from(second >> 3 & 15);
    // syncExtensionType 0x2b7 with audioObjectType 5 (SBR); the next bit is sbrPresentFlag.
    let no_sbr = match extension {
        [] => true,
        [0x56, 0xe5, sbr, ..] => sbr & 0x80 == 0,
        _ => false,
    };
    (object_type == 2 && flags == 0 && no_sbr && (1..=6).contains(&channels)).then_some((frequency, channels))
}

/// Seconds that a frame with a header of its own (ADTS, ISO/IEC 14496-3 1.A.2.2) lasts; `None` if it has none.
pub(crate) fn adts_seconds(frame: &[u8]) -> Option<Rational> {
    let &[0xff, second, third, _, _, _, seventh, ..] = frame else { return None };
    let frequency = *FREQUENCIES.get(usize::from(third >> 2 & 15)).filter(|_| second & 0xf6 == 0xf0)?;
    let blocks = i64::from(seventh & 3) + 1;
    Some(Rational::new(blocks * AAC_FRAME as i64, frequency.into()))
}

/// Seconds that a packet lasts by what its decoder is set up with, or, without that, by its own header: 0 if it has none that is
/// right. `None` where that is not all that it takes to know.
pub(crate) fn aac_seconds(configuration: &[u8], packet: &[u8]) -> Option<Rational> {
    if memmem::find(packet, LEFT_OUT).is_some() {
        return None;
    }
    if !configuration.is_empty() {
        let (frequency, _) = aac_lc(configuration)?;
        return Some(Rational::new(AAC_FRAME as i64, frequency.into()));
    }
    let Some((seconds, &[_, _, _, fourth, fifth, sixth, ..])) = adts_seconds(packet).zip(packet.first_chunk::<7>())
    else {
        return Some(Rational::ZERO);
    };
    let stated = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    (packet.len() <= stated).then_some(seconds)
}

/// The codec string for AAC-LC (RFC 6381 3.3).
pub(crate) const AAC_STRING: &str = "mp4a.40.2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_say_how_long_they_are() {
        let of = |bytes: [u8; 7]| adts_seconds(&bytes);
        assert_eq!(of([0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc]), Some(Rational::new(1024, 44_100)));
        assert_eq!(of([0xff, 0xf1, 0x4c, 0x80, 0x2e, 0x7f, 0xfd]), Some(Rational::new(2048, 48_000)));
        assert_eq!(of([0xff, 0xf1, 0x74, 0x80, 0x2e, 0x7f, 0xfc]), None, "a reserved frequency");
        assert_eq!(of([0xff, 0xfd, 0x4c, 0x80, 0x2e, 0x7f, 0xfc]), None, "MPEG audio of layer 2");
        assert_eq!(adts_seconds(&[0xff, 0xf1, 0x50]), None);
    }

    #[test]
    fn packets_say_how_long_they_are_if_they_are_one_frame() {
        let header = [0xff, 0xf1, 0x4c, 0x80, 0x01, 0x1f, 0xfc];
        let frame = Some(Rational::new(1024, 48_000));
        assert_eq!(aac_seconds(&[0x11, 0x90], &[0x21]), frame);
        assert_eq!(aac_seconds(&[0x2b, 0x92, 0x08, 0x00], &[0x21]), None, "with SBR");
        assert_eq!(aac_seconds(&[0x11, 0x90], b"\xde\x04\0\0\0libfaac 1.28\0\0"), None, "which decoders leave out");
        assert_eq!(aac_seconds(&[], &[&header[..], &[0]].concat()), frame);
        assert_eq!(aac_seconds(&[], &[&header[..], &[0; 2]].concat()), None, "more than a frame");
        assert_eq!(aac_seconds(&[], &[0x21; 8]), Some(Rational::ZERO), "without a header");
        assert_eq!(aac_seconds(&[], &[0xff, 0xf1, 0x74, 0x80, 0x01, 0x1f, 0xfc]), Some(Rational::ZERO), "reserved");
    }

    #[test]
    fn only_plain_aac_lc_is_accepted() {
        assert_eq!(aac_lc(&[0x11, 0x90]), Some((48_000, 2)));
        assert_eq!(aac_lc(&[0x12, 0x08, 0x56, 0xe5, 0x00]), Some((44_100, 1)));
        assert_eq!(aac_lc(&[0x13, 0x90, 0x56, 0xe5, 0xa0]), None, "with SBR");
        assert_eq!(aac_seconds(&[0x11, 0x90], b"\xde\x04\0\0\0libfaac 1.28\0\0"), None, "which decoders leave out");
        assert_eq!(aac_lc(&[0x2b, 0x92, 0x08, 0x00]), None, "HE-AAC by its object type");
        assert_eq!(aac_lc(&[0x11, 0x94]), None, "frames of 960 samples");
        assert_eq!(aac_lc(&[0x11]), None);
    }
}
