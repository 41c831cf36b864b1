//! What is stated about a stream's pixels: format, colours and fields.

use rsmpeg::avutil::get_pix_fmt_name;
use rsmpeg::ffi;

use super::stream::{Stream, static_text};
use crate::media::{Colour, FieldOrder, Hdr, MAX_PEAK};

impl Stream<'_> {
    /// The pixel format's name and its bits per component.
    pub(crate) fn pixel_format(&self) -> Option<(String, u32)> {
        let format = self.0.codecpar().format;
        let name = get_pix_fmt_name(format)?.to_string_lossy().into_owned();
        // SAFETY: returns null or a pointer into a static table.
        let description = unsafe { ffi::av_pix_fmt_desc_get(format).as_ref()? };
        let depth = description.comp.first().map_or(8, |component| component.depth.max(1) as u32);
        Some((name, depth))
    }

    pub(crate) fn colour(&self) -> Colour {
        let codecpar = self.0.codecpar();
        // SAFETY: these return null or static strings for any value.
        let (primaries, transfer, matrix, range) = unsafe {
            (
                static_text(ffi::av_color_primaries_name(codecpar.color_primaries)),
                static_text(ffi::av_color_transfer_name(codecpar.color_trc)),
                static_text(ffi::av_color_space_name(codecpar.color_space)),
                static_text(ffi::av_color_range_name(codecpar.color_range)),
            )
        };
        let hdr = self.dolby_vision().or(match codecpar.color_trc {
            ffi::AVCOL_TRC_SMPTE2084 => Some(Hdr::Pq),
            ffi::AVCOL_TRC_ARIB_STD_B67 => Some(Hdr::Hlg),
            _ => None,
        });
        let stated = |name: Option<String>| name.filter(|name| !matches!(name.as_str(), "unknown" | "reserved"));
        Colour {
            primaries: stated(primaries),
            transfer: stated(transfer),
            matrix: stated(matrix),
            range: stated(range),
            hdr,
            peak: self.peak(),
        }
    }

    /// The kind of Dolby Vision, by its configuration: four bytes up to the profile and its level, three flags, and which
    /// other players its pictures are for, where 0 stands for none (AVDOVIDecoderConfigurationRecord).
    fn dolby_vision(&self) -> Option<Hdr> {
        let configuration = self.side_data(ffi::AV_PKT_DATA_DOVI_CONF)?;
        let (profile, others) = (configuration.get(2)?, configuration.get(7)?);
        Some(if *profile == 5 || *others == 0 { Hdr::DolbyVisionAlone } else { Hdr::DolbyVision })
    }

    /// The brightest pixel in cd/m²: by AVContentLightMetadata, else by AVMasteringDisplayMetadata, which has ten rational
    /// numbers, the last of them its greatest luminance, and two flags, the last of them for luminance.
    fn peak(&self) -> Option<u32> {
        let numbers = |kind| -> Vec<i64> {
            let bytes = self.side_data(kind).unwrap_or_default().chunks_exact(4);
            bytes.map(|bytes| bytes.try_into().map_or(0, i32::from_ne_bytes).into()).collect()
        };
        let valid = |peak: i64| u32::try_from(peak).ok().filter(|peak| (1..=MAX_PEAK).contains(peak));
        let content = numbers(ffi::AV_PKT_DATA_CONTENT_LIGHT_LEVEL).first().copied().and_then(valid);
        content.or_else(|| match numbers(ffi::AV_PKT_DATA_MASTERING_DISPLAY_METADATA).get(18..22)? {
            [luminance, per, _, has_luminance] if *has_luminance != 0 && *per > 0 => valid(luminance / per),
            _ => None,
        })
    }

    /// Whether pixels can be transparent: by their format, or for WebM by another picture beside each (AlphaMode, RFC 9559
    /// 5.1.4.1.28.4).
    pub(crate) fn has_alpha(&self) -> bool {
        // SAFETY: returns null or a pointer into a static table.
        let format = unsafe { ffi::av_pix_fmt_desc_get(self.0.codecpar().format).as_ref() };
        // FFmpeg counts all palettes among what can be transparent; few formats have such.
        let is_opaque = self.0.codecpar().format == ffi::AV_PIX_FMT_PAL8
            && !["gif", "png", "apng", "targa"].contains(&self.codec().as_str());
        format.is_some_and(|format| !is_opaque && format.flags & u64::from(ffi::AV_PIX_FMT_FLAG_ALPHA) != 0)
            || self.tag(c"alpha_mode").as_deref() == Some("1")
    }

    pub(crate) fn field_order(&self) -> FieldOrder {
        match self.0.codecpar().field_order {
            ffi::AV_FIELD_TT | ffi::AV_FIELD_TB => FieldOrder::TopFirst,
            ffi::AV_FIELD_BB | ffi::AV_FIELD_BT => FieldOrder::BottomFirst,
            // DV has two fields, the lower one first (IEC 61834-2), of which containers say nothing. Its frames say
            // whether they are two.
            ffi::AV_FIELD_UNKNOWN if self.codec() == "dvvideo" => FieldOrder::BottomFirst,
            _ => FieldOrder::Progressive,
        }
    }
}
