//! What a decoder is set up with: extradata and palettes.

use rsmpeg::avcodec::AVPacket;
use rsmpeg::ffi;

use super::error::failed;
use super::packet::MediaPacket;
use crate::base::{Error, ErrorKind, Result, hex};
use crate::media::DecoderParameters;

/// Replaces the extradata of a context that is not open yet. Without any it has none: for some decoders an empty one is
/// damaged.
pub(super) fn set_extradata(context: &mut ffi::AVCodecContext, extradata: &[u8]) -> Result<()> {
    if extradata.is_empty() && context.extradata_size == 0 {
        return Ok(());
    }
    let size = extradata.len().saturating_add(ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize);
    let length = i32::try_from(extradata.len());
    // SAFETY: the context owns its extradata, which is null or was allocated by FFmpeg; the new memory is zeroed, and
    // longer than what is copied to it by the padding that decoders read.
    unsafe {
        let memory = ffi::av_mallocz(size).cast::<u8>();
        let (false, Ok(length)) = (memory.is_null(), length) else {
            ffi::av_free(memory.cast());
            return Err(Error::new(ErrorKind::Internal, "no memory for a decoder's extradata"));
        };
        std::ptr::copy_nonoverlapping(extradata.as_ptr(), memory, extradata.len());
        ffi::av_free(context.extradata.cast());
        (context.extradata, context.extradata_size) = (memory, length);
    }
    Ok(())
}

/// The header of a Speex, if its decoder needs it. By the header FFmpeg 7.1 takes frames of wide band for twice as long as they are,
/// and overwrites each second one of a packet; without it, it knows them by their sample rate.
pub(super) fn speex_header(extradata: &[u8]) -> &[u8] {
    let number = |place: usize| extradata.get(place..place + 4)?.try_into().ok().map(u32::from_le_bytes);
    match (number(36), number(40)) {
        (Some(16_000), Some(1)) | (Some(32_000), Some(2)) => &[],
        _ => extradata,
    }
}

/// Its sample rate, which may be that of a later Ogg.
pub(super) fn speex_rate(extradata: &[u8]) -> Option<i32> {
    let rate = i32::from_le_bytes(extradata.get(36..40)?.try_into().ok()?);
    (rate > 0).then_some(rate)
}

pub(super) fn palette(parameters: &DecoderParameters) -> Option<Vec<u8>> {
    parameters.palette.as_deref().and_then(hex::decode)
}

/// The packet without new extradata and with this palette, or none.
pub(super) fn with_palette(packet: &MediaPacket, palette: Option<&[u8]>) -> Result<AVPacket> {
    let kinds = [ffi::AV_PKT_DATA_NEW_EXTRADATA, ffi::AV_PKT_DATA_PALETTE];
    let mut copy = AVPacket::new();
    // SAFETY: the new packet gets references to the data of a packet that lives, and is ours alone; its side data is
    // listed in its own array. The palette's memory belongs to the packet and has the size that was asked for.
    unsafe {
        let code = ffi::av_packet_ref(copy.as_mut_ptr(), packet.packet.as_ptr());
        if code < 0 {
            return Err(failed(ErrorKind::Internal, "no memory for a packet", code));
        }
        let fields = &mut *copy.as_mut_ptr();
        for kind in kinds {
            ffi::av_packet_side_data_remove(fields.side_data, &mut fields.side_data_elems, kind);
        }
        if let Some(palette) = palette {
            let memory = ffi::av_packet_new_side_data(fields, ffi::AV_PKT_DATA_PALETTE, palette.len());
            if memory.is_null() {
                return Err(Error::new(ErrorKind::Internal, "no memory for a palette"));
            }
            std::ptr::copy_nonoverlapping(palette.as_ptr(), memory, palette.len());
        }
    }
    Ok(copy)
}
