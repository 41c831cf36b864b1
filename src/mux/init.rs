//! Init segments: what a decoder is set up with, without samples.

use std::num::NonZeroU32;

use bytes::Bytes;
use shiguredo_mp4::bitstream::aac::{Mp4aSampleEntryConfig, build_mp4a_box, parse_audio_specific_config};
use shiguredo_mp4::bitstream::h264::{H264SampleEntryConfig, LengthSize, build_avc1_box_from_annexb};
use shiguredo_mp4::boxes::{
    Brand, DinfBox, EdtsBox, ElstBox, ElstEntry, FtypBox, HdlrBox, MdhdBox, MdiaBox, MediaHeader, MehdBox, MinfBox,
    MoovBox, MvexBox, MvhdBox, SampleEntry, SmhdBox, StblBox, StcoBox, StscBox, StsdBox, StszBox, SttsBox, TkhdBox,
    TrakBox, TrexBox, UnknownBox, VmhdBox,
};
use shiguredo_mp4::descriptors::DecoderSpecificInfo;
use shiguredo_mp4::{
    BoxSize, BoxType, Either, Encode, FixedPointNumber, LanguageCode, Mp4FileTime, SampleFlags, Utf8String,
};

use super::error::{TRACK_ID, mux_error};
use crate::base::{Error, ErrorKind, Result};
use crate::media::{ColourTags, three_letters};

/// What differs between tracks.
struct Description {
    entry: SampleEntry,
    timescale: u32,
    /// Duration of all samples together, in ticks.
    duration: u64,
    /// Size in pixels; 0 for audio.
    width: u32,
    height: u32,
    language: LanguageCode,
    /// The media time that is presented at 0, in ticks: what comes before is decoded but not presented.
    first_presented: i64,
}

/// The init segment of a video track whose first frame is presented `reorder` ticks after it is decoded, and the codec
/// string from its parameter sets.
pub(crate) fn video_init(
    parameter_sets: &[u8],
    colour: &ColourTags,
    timescale: u32,
    duration: u64,
    reorder: u64,
) -> Result<(Bytes, String)> {
    let config = H264SampleEntryConfig { length_size: LengthSize::FourBytes };
    let mut entry = build_avc1_box_from_annexb(parameter_sets, &config).map_err(mux_error)?;
    let (width, height) = (entry.visual.width, entry.visual.height);
    let avcc = &entry.avcc_box;
    let codecs = format!(
        "avc1.{:02x}{:02x}{:02x}",
        avcc.avc_profile_indication, avcc.profile_compatibility, avcc.avc_level_indication
    );
    entry.unknown_boxes.push(colour_box(colour));
    let bytes = init(Description {
        entry: SampleEntry::Avc1(entry),
        timescale,
        duration,
        width: width.into(),
        height: height.into(),
        language: LanguageCode::UNDEFINED,
        first_presented: reorder as i64,
    })?;
    Ok((bytes, codecs))
}

/// The init segment of an AAC track whose first `priming` samples are not presented.
pub(crate) fn audio_init(
    config: &[u8],
    bit_rate: u64,
    sample_rate: u32,
    duration: u64,
    priming: u32,
    language: Option<&str>,
) -> Result<Bytes> {
    // The parser accepts only the first two bytes; FFmpeg appends a statement that there is no SBR.
    let core = config.get(..2).unwrap_or(config);
    let specific = parse_audio_specific_config(core).map_err(mux_error)?;
    let rate = u32::try_from(bit_rate).unwrap_or(u32::MAX);
    let entry_config = Mp4aSampleEntryConfig { es_id: 1, buffer_size_db: 0, max_bitrate: rate, avg_bitrate: rate };
    let mut entry = build_mp4a_box(&specific, &entry_config).map_err(mux_error)?;
    entry.esds_box.es.dec_config_descr.dec_specific_info = Some(DecoderSpecificInfo { payload: config.to_vec() });
    init(Description {
        entry: SampleEntry::Mp4a(entry),
        timescale: sample_rate,
        duration,
        width: 0,
        height: 0,
        language: language_code(language),
        first_presented: priming.into(),
    })
}

/// The language as mdhd has it: three lower-case letters (ISO 639-2/T), or "und" for all else.
fn language_code(language: Option<&str>) -> LanguageCode {
    language.and_then(three_letters).and_then(LanguageCode::new).unwrap_or(LanguageCode::UNDEFINED)
}

/// The colour information box (ISO/IEC 14496-12 12.1.5) with the code points of ITU-T H.273.
fn colour_box(colour: &ColourTags) -> UnknownBox {
    let mut payload = b"nclx".to_vec();
    for value in [colour.primaries, colour.transfer, colour.matrix] {
        payload.extend((value as u16).to_be_bytes());
    }
    payload.push(if colour.full_range { 0x80 } else { 0 });
    plain_box(*b"colr", payload)
}

pub(super) fn plain_box(name: [u8; 4], payload: Vec<u8>) -> UnknownBox {
    let size = BoxSize::with_payload_size(BoxType::Normal(name), payload.len() as u64);
    UnknownBox { box_type: BoxType::Normal(name), box_size: size, payload }
}

fn init(description: Description) -> Result<Bytes> {
    let brands = [b"iso6", b"cmfc", b"mp41"].map(|brand| Brand::new(*brand));
    let ftyp = FtypBox { major_brand: Brand::new(*b"cmfc"), minor_version: 0, compatible_brands: brands.into() };
    let mut bytes = ftyp.encode_to_vec().map_err(mux_error)?;
    bytes.extend(movie(description)?.encode_to_vec().map_err(mux_error)?);
    Ok(bytes.into())
}

fn movie(description: Description) -> Result<MoovBox> {
    let timescale = NonZeroU32::new(description.timescale)
        .ok_or_else(|| Error::new(ErrorKind::InvalidPlan, "a track's timescale is 0"))?;
    // Zero rather than the current time: the same plan always gives the same bytes.
    let time = Mp4FileTime::default();
    Ok(MoovBox {
        mvhd_box: MvhdBox {
            creation_time: time,
            modification_time: time,
            timescale,
            duration: 0,
            rate: MvhdBox::DEFAULT_RATE,
            volume: MvhdBox::DEFAULT_VOLUME,
            matrix: MvhdBox::DEFAULT_MATRIX,
            next_track_id: TRACK_ID + 1,
        },
        mvex_box: Some(MvexBox {
            mehd_box: Some(MehdBox { fragment_duration: description.duration }),
            trex_boxes: vec![TrexBox {
                track_id: TRACK_ID,
                default_sample_description_index: 1,
                default_sample_duration: 0,
                default_sample_size: 0,
                default_sample_flags: SampleFlags::empty(),
            }],
            unknown_boxes: Vec::new(),
        }),
        trak_boxes: vec![track(description, timescale, time)],
        unknown_boxes: Vec::new(),
    })
}

fn track(description: Description, timescale: NonZeroU32, time: Mp4FileTime) -> TrakBox {
    let video = matches!(description.entry, SampleEntry::Avc1(_));
    let side = |pixels: u32| FixedPointNumber::new(i16::try_from(pixels).unwrap_or(i16::MAX), 0);
    let edits = (description.first_presented > 0).then(|| EdtsBox {
        elst_box: Some(ElstBox {
            // Duration 0: to the end of all fragments (ISO/IEC 14496-12 8.6.6).
            entries: vec![ElstEntry {
                edit_duration: 0,
                media_time: description.first_presented,
                media_rate: FixedPointNumber::new(1, 0),
            }],
        }),
        unknown_boxes: Vec::new(),
    });
    let media_header =
        if video { MediaHeader::Vmhd(VmhdBox::default()) } else { MediaHeader::Smhd(SmhdBox::default()) };
    TrakBox {
        tkhd_box: TkhdBox {
            flag_track_enabled: true,
            flag_track_in_movie: true,
            flag_track_in_preview: false,
            flag_track_size_is_aspect_ratio: false,
            creation_time: time,
            modification_time: time,
            track_id: TRACK_ID,
            duration: 0,
            layer: TkhdBox::DEFAULT_LAYER,
            alternate_group: TkhdBox::DEFAULT_ALTERNATE_GROUP,
            volume: if video { TkhdBox::DEFAULT_VIDEO_VOLUME } else { TkhdBox::DEFAULT_AUDIO_VOLUME },
            matrix: TkhdBox::DEFAULT_MATRIX,
            width: side(description.width),
            height: side(description.height),
        },
        edts_box: edits,
        mdia_box: MdiaBox {
            mdhd_box: MdhdBox {
                creation_time: time,
                modification_time: time,
                timescale,
                duration: 0,
                language: description.language,
            },
            hdlr_box: HdlrBox {
                handler_type: if video { HdlrBox::HANDLER_TYPE_VIDE } else { HdlrBox::HANDLER_TYPE_SOUN },
                name: Utf8String::EMPTY.into_null_terminated_bytes(),
            },
            minf_box: MinfBox {
                media_header: Some(media_header),
                dinf_box: DinfBox::LOCAL_FILE,
                stbl_box: sample_table(description.entry),
                unknown_boxes: Vec::new(),
            },
            unknown_boxes: Vec::new(),
        },
        unknown_boxes: Vec::new(),
    }
}

/// A sample table with the sample entry and no samples, which are in the fragments.
fn sample_table(entry: SampleEntry) -> StblBox {
    StblBox {
        stsd_box: StsdBox { entries: vec![entry] },
        stts_box: SttsBox { entries: Vec::new() },
        ctts_box: None,
        cslg_box: None,
        stsc_box: StscBox { entries: Vec::new() },
        stsz_box: StszBox::Variable { entry_sizes: Vec::new() },
        stco_or_co64_box: Either::A(StcoBox { chunk_offsets: Vec::new() }),
        stss_box: None,
        sdtp_box: None,
        unknown_boxes: Vec::new(),
    }
}
