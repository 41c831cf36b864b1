//! AAC-LC: its configuration, its frames, its codec string.

/// Samples per channel in one AAC frame (ISO/IEC 14496-3, AAC-LC).
pub(crate) const AAC_FRAME: u64 = 1024;

/// The sampling frequencies of ISO/IEC 14496-3 table 1.18, by their index.
const FREQUENCIES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// Sample rate and channels by an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1), where it is plain AAC-LC with
/// frames of 1024 samples.
pub(crate) fn aac_lc(configuration: &[u8]) -> Option<(u32, u32)> {
    let (&[first, second], extension) = configuration.split_first_chunk::<2>()?;
    let (object_type, flags) = (first >> 3, second & 7);
    let frequency = *FREQUENCIES.get(usize::from((first & 7) << 1 | second >> 7))?;
    let channels = u32::from(second >> 3 & 15);
    // What may follow says that there is no spectral band replication, or that there is.
    let plain = match extension {
        [] => true,
        [0x56, 0xe5, replication, ..] => replication & 0x80 == 0,
        _ => false,
    };
    (object_type == 2 && flags == 0 && plain && (1..=6).contains(&channels)).then_some((frequency, channels))
}

/// The codec string of RFC 6381 for AAC-LC.
pub(crate) const AAC_STRING: &str = "mp4a.40.2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_aac_lc_is_told_from_what_came_later() {
        assert_eq!(aac_lc(&[0x11, 0x90]), Some((48_000, 2)));
        assert_eq!(aac_lc(&[0x12, 0x08, 0x56, 0xe5, 0x00]), Some((44_100, 1)));
        assert_eq!(aac_lc(&[0x13, 0x90, 0x56, 0xe5, 0xa0]), None, "with band replication");
        assert_eq!(aac_lc(&[0x2b, 0x92, 0x08, 0x00]), None, "HE-AAC by its object type");
        assert_eq!(aac_lc(&[0x11, 0x94]), None, "frames of 960 samples");
        assert_eq!(aac_lc(&[0x11]), None);
    }
}
