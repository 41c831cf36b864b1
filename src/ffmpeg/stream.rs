//! What a container and its codec parameters state about a stream.

use std::ffi::CStr;

use rsmpeg::avformat::AVStreamRef;
use rsmpeg::avutil::{AVChannelLayout, AVDictionaryRef};
use rsmpeg::ffi;

use super::frame::Crop;
use super::slice::ffi_slice;
use crate::base::Rational;
use crate::codec::mpeg4;
use crate::media::{Disposition, MAX_TIME};

/// A stream of an open input.
pub(crate) struct Stream<'input>(pub(super) &'input AVStreamRef<'input>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Video,
    Audio,
    Subtitle,
    Other,
}

pub(super) fn rational(value: ffi::AVRational) -> Rational {
    Rational::new(value.num.into(), value.den.into())
}

/// A string from FFmpeg's tables; `None` for null.
///
/// # Safety
/// `text` is null or a C string that lives for the whole program.
pub(super) unsafe fn static_text(text: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: as the caller promises.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// An entry of a dictionary, trimmed; `None` if it is missing or empty.
///
/// # Safety
/// `metadata` is null or a live dictionary.
pub(super) unsafe fn tag(metadata: *mut ffi::AVDictionary, key: &CStr) -> Option<String> {
    // SAFETY: as the caller promises.
    let metadata = unsafe { AVDictionaryRef::from_raw(std::ptr::NonNull::new(metadata)?) };
    let value = metadata.get(key, None, 0)?.value().to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// A time from FFmpeg, if it is in range. AV_NOPTS_VALUE is not.
pub(super) fn valid_time(time: i64) -> Option<i64> {
    (-MAX_TIME..=MAX_TIME).contains(&time).then_some(time)
}

impl Stream<'_> {
    pub(crate) fn index(&self) -> u32 {
        self.0.index.max(0) as u32
    }

    pub(crate) fn media_type(&self) -> MediaType {
        match self.0.codecpar().codec_type {
            _ if self.is_boxed_webvtt() => MediaType::Subtitle,
            ffi::AVMEDIA_TYPE_VIDEO => MediaType::Video,
            ffi::AVMEDIA_TYPE_AUDIO => MediaType::Audio,
            ffi::AVMEDIA_TYPE_SUBTITLE => MediaType::Subtitle,
            _ => MediaType::Other,
        }
    }

    /// Whether the demuxer skips it.
    pub(crate) fn is_discarded(&self) -> bool {
        self.0.discard >= ffi::AVDISCARD_ALL
    }

    /// Whether FFmpeg does not know what the container says of its codec.
    pub(super) fn is_of_unknown_codec(&self) -> bool {
        self.0.codecpar().codec_id == ffi::AV_CODEC_ID_NONE
    }

    /// Whether each sample of an MP4 is one packet of this stream. With other codecs (MP3, AC-3) FFmpeg parses the data
    /// to find packets.
    pub(crate) fn is_framed_by_mp4(&self) -> bool {
        const FRAMED: [&str; 13] =
            ["h264", "hevc", "av1", "vp8", "vp9", "mpeg4", "mjpeg", "png", "prores", "aac", "opus", "flac", "mov_text"];
        let codec = self.codec();
        FRAMED.contains(&codec.as_str())
            || codec.starts_with("pcm_")
            || self.is_boxed_webvtt()
            || self.is_of_unknown_codec()
    }

    /// Whether it is text that becomes WebVTT. Other subtitles are pictures, or text in codings of television.
    pub(crate) fn is_text(&self) -> bool {
        const TEXT: [&str; 6] = ["subrip", "ass", "ssa", "mov_text", "webvtt", "text"];
        self.media_type() == MediaType::Subtitle && TEXT.contains(&self.codec().as_str())
    }

    /// Whether it is WebVTT in the boxes of MP4 (ISO/IEC 14496-30 7), of which FFmpeg knows nothing.
    pub(crate) fn is_boxed_webvtt(&self) -> bool {
        self.0.codecpar().codec_tag.to_le_bytes() == *b"wvtt"
    }

    /// Whether it is a track of closed captions (CEA-608), as QuickTime has it.
    pub(crate) fn is_captions(&self) -> bool {
        self.codec() == "eia_608"
    }

    /// Whether what has to be known of its frames is not, as it began after what FFmpeg looked at.
    pub(crate) fn is_incomplete(&self) -> bool {
        match self.media_type() {
            MediaType::Audio => self.audio().0 == 0 || self.audio().2 == 0,
            MediaType::Video => self.coded_size().0 == 0 || self.pixel_format().is_none(),
            _ => false,
        }
    }

    /// The container's ID of the stream; in MP4 the track_ID.
    pub(crate) fn id(&self) -> u32 {
        self.0.id as u32
    }

    /// Whether this build can decode it, or, if it is subtitles, turn it into WebVTT.
    pub(crate) fn has_decoder(&self) -> bool {
        if self.media_type() == MediaType::Subtitle {
            return self.is_text() || self.is_captions();
        }
        rsmpeg::avcodec::AVCodec::find_decoder(self.0.codecpar().codec_id).is_some()
    }

    /// Whether Matroska states that its packets are encrypted (ContentEncryption, RFC 9559 5.1.4.1.31.8).
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tag(c"enc_key_id").is_some()
    }

    pub(crate) fn codec(&self) -> String {
        // SAFETY: avcodec_get_name returns a static string for any id.
        let name = unsafe { static_text(ffi::avcodec_get_name(self.0.codecpar().codec_id)) };
        match name.as_deref() {
            _ if self.is_boxed_webvtt() => "webvtt".into(),
            None | Some("none" | "unknown_codec") => "unknown".into(),
            Some(name) => name.into(),
        }
    }

    pub(crate) fn profile(&self) -> Option<String> {
        let codecpar = self.0.codecpar();
        // SAFETY: avcodec_profile_name returns null or a static string.
        unsafe { static_text(ffi::avcodec_profile_name(codecpar.codec_id, codecpar.profile)) }
    }

    pub(crate) fn time_base(&self) -> Rational {
        rational(self.0.time_base)
    }

    /// Start of the stream as the container states it, in seconds.
    pub(crate) fn start(&self) -> Option<Rational> {
        self.start_ticks().map(|ticks| self.time_base().times(ticks))
    }

    /// The same in ticks.
    pub(super) fn start_ticks(&self) -> Option<i64> {
        valid_time(self.0.start_time)
    }

    /// When the track ends by what the container states, in ticks.
    pub(crate) fn stated_end(&self) -> Option<i64> {
        Some(self.start_ticks()? + self.stated_length()?)
    }

    /// How long the track is by what the container states, in ticks.
    pub(crate) fn stated_length(&self) -> Option<i64> {
        valid_time(self.0.duration).filter(|duration| *duration > 0)
    }

    /// Seconds of audio priming at the start, which are not presented; zero for video.
    pub(crate) fn priming(&self) -> Rational {
        let codecpar = self.0.codecpar();
        match (codecpar.initial_padding, codecpar.sample_rate) {
            (padding, rate) if padding > 0 && rate > 0 => Rational::new(padding.into(), rate.into()),
            _ => Rational::ZERO,
        }
    }

    /// What the decoder is set up with; empty if the container has none.
    pub(crate) fn extradata(&self) -> &[u8] {
        let codecpar = self.0.codecpar();
        // SAFETY: pointer and size belong to the codec parameters, which live as long as `self`.
        unsafe { ffi_slice(codecpar.extradata, codecpar.extradata_size) }
    }

    /// Whether MPEG-4 has B-frames in the packet of the frame that follows them, as DivX and XviD write AVI: packets then
    /// have the times of the frames that are shown, in order, and those that the demuxer derives are wrong.
    pub(crate) fn is_packed(&self) -> bool {
        self.codec() == "mpeg4" && mpeg4::is_packed(self.extradata())
    }

    /// The frame rate that the container or the codec states.
    pub(crate) fn stated_rate(&self) -> Option<Rational> {
        [self.0.r_frame_rate, self.0.avg_frame_rate].into_iter().find(|rate| rate.num > 0 && rate.den > 0).map(rational)
    }

    /// The mean frame rate that the container states, or FFmpeg takes for it.
    pub(crate) fn mean_rate(&self) -> Option<Rational> {
        Some(self.0.avg_frame_rate).filter(|rate| rate.num > 0 && rate.den > 0).map(rational)
    }

    pub(crate) fn bit_rate(&self) -> Option<u64> {
        u64::try_from(self.0.codecpar().bit_rate).ok().filter(|rate| *rate > 0)
    }

    /// A metadata entry, trimmed; `None` if it is missing or empty.
    pub(crate) fn tag(&self, key: &CStr) -> Option<String> {
        // SAFETY: the dictionary belongs to the stream that we borrow.
        unsafe { tag(self.0.metadata, key) }
    }

    pub(crate) fn disposition(&self) -> Disposition {
        let has = |flag: u32| self.0.disposition & flag as i32 != 0;
        Disposition {
            default: has(ffi::AV_DISPOSITION_DEFAULT),
            forced: has(ffi::AV_DISPOSITION_FORCED),
            attached_picture: has(ffi::AV_DISPOSITION_ATTACHED_PIC),
            commentary: has(ffi::AV_DISPOSITION_COMMENT),
            audio_description: has(ffi::AV_DISPOSITION_VISUAL_IMPAIRED),
            hearing_impaired: has(ffi::AV_DISPOSITION_HEARING_IMPAIRED) || has(ffi::AV_DISPOSITION_CAPTIONS),
            dub: has(ffi::AV_DISPOSITION_DUB),
            original: has(ffi::AV_DISPOSITION_ORIGINAL),
            disabled: false,
        }
    }

    /// Whether it is a part of a larger picture, if it is one of an MP4.
    pub(crate) fn is_tile(&self) -> bool {
        self.media_type() == MediaType::Video && self.0.disposition & ffi::AV_DISPOSITION_DEPENDENT as i32 != 0
    }

    pub(crate) fn coded_size(&self) -> (u32, u32) {
        let codecpar = self.0.codecpar();
        (codecpar.width.max(0) as u32, codecpar.height.max(0) as u32)
    }

    /// The shape of pixels in all frames, where the container states it; elsewhere each frame may.
    pub(crate) fn container_pixel_aspect(&self) -> Option<Rational> {
        let stated = Some(self.0.sample_aspect_ratio).filter(|ratio| ratio.num > 0 && ratio.den > 0);
        stated.map(|ratio| self.picture_aspect(rational(ratio)))
    }

    pub(crate) fn pixel_aspect(&self) -> Rational {
        let codec = self.0.codecpar().sample_aspect_ratio;
        let of_codec = || Some(codec).filter(|ratio| ratio.num > 0 && ratio.den > 0).map(rational);
        let stated = || of_codec().map(|stated| self.picture_aspect(stated));
        self.container_pixel_aspect().or_else(stated).unwrap_or(Rational::from(1))
    }

    /// Clockwise rotation in degrees (0, 90, 180 or 270), and whether to mirror left to right before it.
    pub(crate) fn orientation(&self) -> (u32, bool) {
        let Some(bytes) = self.side_data(ffi::AV_PKT_DATA_DISPLAYMATRIX) else { return (0, false) };
        let mut matrix = [0_i32; 9];
        if bytes.len() < 36 {
            return (0, false);
        }
        for (value, bytes) in matrix.iter_mut().zip(bytes.chunks_exact(4)) {
            *value = bytes.try_into().map(i32::from_ne_bytes).unwrap_or(0);
        }
        let [a, b, _, c, d, ..] = matrix.map(i64::from);
        // ISO/IEC 14496-12 8.3.2: the matrix maps (x, y) to (ax + cy, bx + dy). A negative determinant mirrors.
        let mirrored = a.saturating_mul(d).saturating_sub(b.saturating_mul(c)) < 0;
        let (a, b) = if mirrored { (-a, -b) } else { (a, b) };
        let rotation = match (a.abs() >= b.abs(), a >= 0, b >= 0) {
            (true, true, _) => 0,
            (true, false, _) => 180,
            (false, _, true) => 90,
            (false, _, false) => 270,
        };
        (rotation, mirrored)
    }

    /// What the container leaves out of each frame. FFmpeg tells that from 7.1 on.
    pub(crate) fn crop(&self) -> Crop {
        let found = self.side_data_kinds().find(|&kind| {
            // SAFETY: the function returns null or a pointer to a constant string.
            let name = unsafe { ffi::av_packet_side_data_name(kind) };
            // SAFETY: as above, and it is not null.
            !name.is_null() && unsafe { CStr::from_ptr(name) } == c"Frame Cropping"
        });
        let bytes = found.and_then(|kind| self.side_data(kind)).unwrap_or_default();
        let mut numbers = bytes.chunks_exact(4).map(|bytes| bytes.try_into().map_or(0, u32::from_le_bytes));
        let mut next = || numbers.next().unwrap_or(0);
        let crop = Crop { top: next(), bottom: next(), left: next(), right: next() };
        crop.apply(self.coded_size()).map_or(Crop::default(), |_| crop)
    }

    /// Whether pictures are around the viewer: AVSphericalMapping begins with their projection, of which 4 is a plane.
    pub(crate) fn is_spherical(&self) -> bool {
        self.first_number(ffi::AV_PKT_DATA_SPHERICAL).is_some_and(|projection| projection != 4)
    }

    /// Whether there is a picture for each eye: AVStereo3D begins with where they are, of which 0 is a single picture.
    pub(crate) fn is_stereo(&self) -> bool {
        self.first_number(ffi::AV_PKT_DATA_STEREO3D).is_some_and(|places| places != 0)
    }

    fn first_number(&self, kind: ffi::AVPacketSideDataType) -> Option<u32> {
        let bytes = self.side_data(kind)?.get(..4)?;
        bytes.try_into().ok().map(u32::from_ne_bytes)
    }

    fn side_data_kinds(&self) -> impl Iterator<Item = ffi::AVPacketSideDataType> {
        let codecpar = self.0.codecpar();
        let count = usize::try_from(codecpar.nb_coded_side_data).unwrap_or(0);
        // SAFETY: array and length belong to the codec parameters; the array is null only if it is empty.
        (0..count).map(move |place| unsafe { (*codecpar.coded_side_data.add(place)).type_ })
    }

    pub(super) fn side_data(&self, kind: ffi::AVPacketSideDataType) -> Option<&[u8]> {
        let codecpar = self.0.codecpar();
        // SAFETY: array and length belong to the codec parameters, and so does the data.
        unsafe {
            let found = ffi::av_packet_side_data_get(codecpar.coded_side_data, codecpar.nb_coded_side_data, kind);
            let found = found.as_ref()?;
            (!found.data.is_null()).then(|| std::slice::from_raw_parts(found.data, found.size))
        }
    }

    /// Number of channels, channel layout and sample rate.
    pub(crate) fn audio(&self) -> (u32, String, u32) {
        let codecpar = self.0.codecpar();
        let channels = codecpar.ch_layout.nb_channels.max(0) as u32;
        let count = codecpar.ch_layout.nb_channels;
        // Channels in a custom order are called after the same channels in native order.
        let mask = codecpar.ch_layout().subset(u64::MAX);
        let native = AVChannelLayout::from_mask(mask).filter(|layout| layout.nb_channels == count);
        let layout = match (codecpar.ch_layout.order, native) {
            // The layout does not say which channel is which; the default for their number is taken.
            (ffi::AV_CHANNEL_ORDER_UNSPEC, _) => AVChannelLayout::from_nb_channels(count).describe(),
            (ffi::AV_CHANNEL_ORDER_CUSTOM, Some(native)) => native.describe(),
            _ => codecpar.ch_layout().describe(),
        };
        let layout = layout.map(|name| name.to_string_lossy().into_owned());
        (channels, layout.unwrap_or_default(), codecpar.sample_rate.max(0) as u32)
    }
}
