//! Packets to frames.

use rsmpeg::avcodec::{AVCodec, AVCodecContext, AVCodecParameters, AVCodecRef, AVPacket};
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;

use super::begins::Begins;
use super::error::{code_of, failed};
use super::frame::{Crop, Frame};
use super::input::Input;
use super::log::take_missing_picture;
use super::packet::MediaPacket;
use super::processor::with_common_code;
use super::quirks::x264_build;
use super::setup::{palette, set_extradata, speex_header, speex_rate, with_palette};
use super::slice::ffi_slice;
use super::stream::{Stream, valid_time};
use crate::base::{Error, ErrorKind, Result, hex};
use crate::media::{DecoderParameters, FieldParity};

/// More frames than any packet or decoder holds: the longest delay, of H.264, is 16 frames and one for each thread.
const MAX_FRAMES_PER_PACKET: usize = 4096;

/// Packets with which decoders may still set up parts of themselves: AAC can have no header.
const PACKETS_THAT_SET_UP: u64 = 4;

/// A decoder of one track. Usually with one thread, because segments are made in parallel.
pub(crate) struct Decoder {
    context: AVCodecContext,
    setup: Setup,
    crop: Crop,
    /// The extradata that the next packet needs.
    extradata: Vec<u8>,
    /// Whether the next packet is the first, and which palette it needs.
    begins_with: Option<Option<Vec<u8>>>,
    /// The times of the last two packets of a packed bitstream, the later first.
    packet_times: [i64; 2],
    /// Packets since it was opened.
    fed: u64,
    begins: Begins,
    coded_size: crate::codec::mpeg2::CodedSize,
    /// Whether data was refused since the last time that somebody asked.
    refused: bool,
    /// Whether pictures were missing that come before the last packet.
    missing: bool,
}

/// What it takes to open a decoder anew.
struct Setup {
    name: String,
    codec: AVCodecRef<'static>,
    stream: AVCodecParameters,
    time_base: ffi::AVRational,
    threads: i32,
    max_pixels: i64,
    skip_loop_filter: bool,
    /// See [`Stream::is_packed`].
    is_packed: bool,
    /// Whether the values that come out count, and not only their number.
    is_exact: bool,
    /// See [`x264_build`].
    x264_build: Option<i64>,
    /// Which field comes first in all frames, if only the container says that they have two.
    fields: Option<FieldParity>,
}

impl Decoder {
    /// A decoder for the track at `position` of `input`, from a packet on that needs these parameters.
    pub(crate) fn open(input: &Input, position: u32, parameters: &DecoderParameters) -> Result<Self> {
        Self::with_threads(input, position, parameters, 1)
    }

    /// As [`open`](Self::open), with `threads` threads.
    pub(crate) fn with_threads(
        input: &Input,
        position: u32,
        parameters: &DecoderParameters,
        threads: i32,
    ) -> Result<Self> {
        let stream = input.stream(position)?;
        Self::begin(Setup::new(input, &stream, threads)?, &stream, parameters)
    }

    /// A decoder that samples are counted with: their values may be what this processor's own code gives.
    pub(crate) fn to_count(input: &Input, position: u32) -> Result<Self> {
        let stream = input.stream(position)?;
        let setup = Setup { is_exact: false, ..Setup::new(input, &stream, 1)? };
        Self::begin(setup, &stream, &DecoderParameters::OWN)
    }

    fn begin(setup: Setup, stream: &Stream<'_>, parameters: &DecoderParameters) -> Result<Self> {
        let extradata = setup.extradata(parameters);
        let context = setup.open(&extradata)?;
        let (crop, begins_with) = (stream.crop(), Some(palette(parameters)));
        let begins = Begins::new(setup.stream.codec_id == ffi::AV_CODEC_ID_WMALOSSLESS);
        Ok(Self {
            context,
            setup,
            crop,
            extradata,
            begins_with,
            packet_times: [ffi::AV_NOPTS_VALUE; 2],
            begins,
            coded_size: Default::default(),
            fed: 0,
            refused: false,
            missing: false,
        })
    }

    /// Sets it up to go on with another packet, which needs these parameters.
    pub(crate) fn set_up(&mut self, parameters: &DecoderParameters) -> Result<()> {
        self.begins_with = Some(palette(parameters));
        let extradata = self.setup.extradata(parameters);
        if extradata != self.extradata {
            self.reopen(extradata)?;
        }
        Ok(())
    }

    /// Has the next packet decoded as if nothing had been before it. Frames of what was are passed to `receive`.
    pub(crate) fn restart(&mut self, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        self.feed(None, &mut receive)?;
        self.reopen(self.extradata.clone())
    }

    fn reopen(&mut self, extradata: Vec<u8>) -> Result<()> {
        self.context = self.setup.open(&extradata)?;
        (self.extradata, self.fed) = (extradata, 0);
        Ok(())
    }

    /// Whether a packet could not be decoded since the last call.
    pub(crate) fn take_refused(&mut self) -> bool {
        std::mem::take(&mut self.refused)
    }

    /// Whether pictures were missing that come before the last packet, of H.264, HEVC or VVC with one thread.
    pub(crate) fn misses_pictures(&self) -> bool {
        self.missing
    }

    /// Whether to skip frames that no other frame refers to. All others come out the same.
    pub(crate) fn skip_unreferenced(&mut self, skip: bool) {
        let discard = if skip { ffi::AVDISCARD_NONREF } else { ffi::AVDISCARD_DEFAULT };
        // SAFETY: a plain field that decoders read before each frame.
        unsafe { (*self.context.as_mut_ptr()).skip_frame = discard };
    }

    /// Marks all frames as ones of two fields where the codec itself has no word for it, but the container.
    pub(crate) fn mark_fields(&mut self, first: FieldParity) {
        self.setup.fields = Some(first).filter(|_| !self.setup.states_fields());
    }

    /// Skips the loop filter, for frames that are scaled down so far that it makes no visible difference.
    pub(crate) fn skip_loop_filter(&mut self) {
        self.setup.skip_loop_filter = true;
        // SAFETY: a plain field that decoders read before each frame.
        unsafe { (*self.context.as_mut_ptr()).skip_loop_filter = ffi::AVDISCARD_ALL };
    }

    /// Has the stream at `track` of `input` state what this decoder has found out of its frames.
    pub(crate) fn complete(&self, input: &mut Input, track: u32) -> Result<()> {
        let parameters = input.parameters_mut(track)?;
        if parameters.is_null() {
            return Ok(());
        }
        // SAFETY: the stream's parameters live as long as the input, which is borrowed mutably, and the decoder lives.
        let code = unsafe { ffi::avcodec_parameters_from_context(parameters, self.context.as_ptr()) };
        if code >= 0 { Ok(()) } else { Err(failed(ErrorKind::Internal, "no memory for a stream's parameters", code)) }
    }

    /// Decodes a packet on its own, without what came before or follows, and passes each frame to `receive`.
    pub(crate) fn decode_alone(
        &mut self,
        packet: &MediaPacket,
        mut receive: impl FnMut(Frame) -> Result<()>,
    ) -> Result<()> {
        self.decode(Some(packet), &mut receive)?;
        self.decode(None, &mut receive)?;
        self.context.flush_buffers();
        Ok(())
    }

    /// Decodes one packet, or with `None` drains the decoder, and passes each frame to `receive`.
    ///
    /// Damaged packets are skipped, as players do; neighbouring frames take their place.
    pub(crate) fn decode(
        &mut self,
        packet: Option<&MediaPacket>,
        mut receive: impl FnMut(Frame) -> Result<()>,
    ) -> Result<()> {
        let is_mpeg = matches!(self.setup.stream.codec_id, ffi::AV_CODEC_ID_MPEG1VIDEO | ffi::AV_CODEC_ID_MPEG2VIDEO);
        // Where the size changes, FFmpeg's decoder of both forgets the picture that would come last.
        let resizes = packet.is_some_and(|packet| is_mpeg && self.coded_size.changes_with(packet.data()));
        if (resizes || packet.is_some_and(|packet| packet.begins_alone)) && self.fed > 0 {
            // What comes next refers to nothing that was before, even where no picture of it says so.
            self.restart(&mut receive)?;
        }
        let changed = packet.map(|packet| self.follow(packet, &mut receive)).transpose()?.flatten();
        // Of another decoder.
        take_missing_picture();
        self.feed(changed.as_ref().or(packet.map(|packet| &packet.packet)), &mut receive)?;
        // Before the first there is nothing to miss.
        self.missing = take_missing_picture() && self.fed > 1;
        Ok(())
    }

    /// Follows a change of parameters that comes with a packet, and returns the packet to decode in its place, if it is
    /// another. Frames of the decoder before are passed to `receive`.
    fn follow(
        &mut self,
        packet: &MediaPacket,
        receive: &mut impl FnMut(Frame) -> Result<()>,
    ) -> Result<Option<AVPacket>> {
        if let Some(own) = self.begins_with.take() {
            // After seeking, a demuxer may give parameters late or not at all.
            let is_right = packet.extradata().is_none() && packet.palette() == own.as_deref();
            return if is_right { Ok(None) } else { with_palette(packet, own.as_deref()).map(Some) };
        }
        match packet.extradata() {
            None => return Ok(None),
            Some(extradata) if extradata == self.extradata => {}
            Some(extradata) if self.setup.follows_side_data() => {
                self.extradata = extradata.to_vec();
                return Ok(None);
            }
            Some(extradata) => {
                self.feed(None, receive)?;
                self.reopen(extradata.to_vec())?;
            }
        }
        with_palette(packet, packet.palette()).map(Some)
    }

    fn feed(&mut self, packet: Option<&AVPacket>, receive: &mut impl FnMut(Frame) -> Result<()>) -> Result<()> {
        self.begins.packet(packet.and_then(|packet| valid_time(packet.pts)));
        self.packet_times = [packet.map_or(ffi::AV_NOPTS_VALUE, |packet| packet.dts), self.packet_times[0]];
        self.fed += 1;
        let sets_up =
            self.setup.needs_common_code() && (self.fed <= PACKETS_THAT_SET_UP || self.setup.is_speech(packet));
        let context = &mut self.context;
        let sent = if sets_up { with_common_code(|| context.send_packet(packet)) } else { context.send_packet(packet) };
        match sent {
            Ok(()) | Err(RsmpegError::DecoderFlushedError) => {}
            Err(error) => return self.tolerate(&error),
        }
        // After an error for a damaged frame a decoder goes on; the bound stops one that repeats it forever.
        for _ in 0..MAX_FRAMES_PER_PACKET {
            match self.context.receive_frame() {
                Ok(frame) => {
                    let mut frame = Frame(frame);
                    frame.crop(self.crop)?;
                    if self.setup.stream.codec_id == ffi::AV_CODEC_ID_MPEG2VIDEO {
                        frame.leave_out_blanking()?;
                    }
                    if let Some(first) = self.setup.fields {
                        frame.set_fields(first);
                    }
                    if self.setup.stream.codec_type == ffi::AVMEDIA_TYPE_AUDIO {
                        let stated = frame.time();
                        if let Some(time) = self.begins.frame(stated).filter(|time| Some(*time) != stated) {
                            frame.set_number(time);
                        }
                    }
                    if self.setup.is_packed {
                        // It is shown at the time of the packet that it came with; with B-frames it comes one later.
                        let [now, before] = self.packet_times;
                        frame.set_number(if self.context.has_b_frames > 0 { before } else { now });
                    }
                    receive(frame)?;
                }
                Err(RsmpegError::DecoderDrainError | RsmpegError::DecoderFlushedError) => return Ok(()),
                Err(error) => self.tolerate(&error)?,
            }
        }
        Ok(())
    }

    /// Ignores an error of the data, but not a lack of memory.
    fn tolerate(&mut self, error: &RsmpegError) -> Result<()> {
        let code = code_of(error);
        if code == ffi::AVERROR(ffi::ENOMEM) {
            return Err(failed(ErrorKind::Internal, format!("no memory to decode {}", self.setup.name), code));
        }
        tracing::debug!(track = self.setup.name, code, "a packet could not be decoded");
        self.refused = true;
        Ok(())
    }
}

impl Setup {
    fn new(input: &Input, stream: &Stream<'_>, threads: i32) -> Result<Self> {
        input.check_pixels(stream)?;
        let name = format!("track {} ({}) of {}", stream.index(), stream.codec(), input.source().name());
        let codec = AVCodec::find_decoder(stream.0.codecpar().codec_id)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("this build has no decoder for {name}")))?;
        let max_pixels = i64::try_from(input.context().limits().pixels).unwrap_or(i64::MAX);
        let (is_packed, time_base, x264_build) = (stream.is_packed(), stream.0.time_base, x264_build(input, stream)?);
        // Threads would delay frames by more packets.
        let threads = if is_packed { 1 } else { threads };
        let stream = stream.0.codecpar().clone();
        Ok(Self {
            name,
            codec,
            stream,
            time_base,
            threads,
            max_pixels,
            skip_loop_filter: false,
            is_packed,
            is_exact: true,
            x264_build,
            fields: None,
        })
    }

    /// The extradata of these parameters: the container's own where they have none.
    fn extradata(&self, parameters: &DecoderParameters) -> Vec<u8> {
        let own = || {
            // SAFETY: pointer and size belong to the codec parameters, which live as long as `self`.
            unsafe { ffi_slice(self.stream.extradata, self.stream.extradata_size) }.to_vec()
        };
        parameters.extradata.as_deref().and_then(hex::decode).unwrap_or_else(own)
    }

    fn open(&self, extradata: &[u8]) -> Result<AVCodecContext> {
        let failed = |error: &RsmpegError| {
            let message = format!("the decoder for {} could not be started", self.name);
            failed(ErrorKind::Unsupported, message, code_of(error))
        };
        let mut context = AVCodecContext::new(&self.codec);
        context.apply_codecpar(&self.stream).map_err(|error| failed(&error))?;
        context.set_pkt_timebase(self.time_base);
        // SAFETY: plain options of a context that is not open yet.
        let options = unsafe { &mut *context.as_mut_ptr() };
        options.thread_count = self.threads;
        options.max_pixels = self.max_pixels;
        if self.skip_loop_filter {
            options.skip_loop_filter = ffi::AVDISCARD_ALL;
        }
        // Without it WMV and MPEG-4 are rounded otherwise on other processors.
        options.flags |= ffi::AV_CODEC_FLAG_BITEXACT as i32;
        // Without it less is cut off at the left than the codec says, so that rows begin at round addresses.
        options.flags |= ffi::AV_CODEC_FLAG_UNALIGNED as i32;
        let is_speex = self.stream.codec_id == ffi::AV_CODEC_ID_SPEEX;
        if let Some(rate) = speex_rate(extradata).filter(|_| is_speex) {
            options.sample_rate = rate;
        }
        set_extradata(options, if is_speex { speex_header(extradata) } else { extradata })?;
        if self.stream.codec_id == ffi::AV_CODEC_ID_OPUS && !extradata.is_empty() {
            // The extradata has them too, and may be that of a later Ogg.
            // SAFETY: the layout belongs to the context.
            unsafe { ffi::av_channel_layout_uninit(&raw mut options.ch_layout) };
        }
        if let Some(build) = self.x264_build {
            // SAFETY: the private options of a context of the H.264 decoder, which has this one.
            unsafe { ffi::av_opt_set_int(options.priv_data, c"x264_build".as_ptr(), build, 0) };
        }
        let opened =
            if self.needs_common_code() { with_common_code(|| context.open(None)) } else { context.open(None) };
        opened.map_err(|error| failed(&error))?;
        Ok(context)
    }

    /// Whether its samples depend on the processor otherwise.
    fn needs_common_code(&self) -> bool {
        self.is_exact && self.stream.codec_type == ffi::AVMEDIA_TYPE_AUDIO
    }

    /// Whether Opus codes the packet as speech (RFC 6716 3.1), which its decoder resamples.
    fn is_speech(&self, packet: Option<&AVPacket>) -> bool {
        // SAFETY: a packet's data has its size, and lives as long as the packet.
        let data = packet.map_or(&[][..], |packet| unsafe { ffi_slice(packet.data, packet.size) });
        self.stream.codec_id == ffi::AV_CODEC_ID_OPUS && data.first().is_some_and(|toc| toc >> 3 < 16)
    }

    /// Whether the codec says of each frame whether it has two fields.
    fn states_fields(&self) -> bool {
        // Their frames are whole pictures, in which two fields may be woven.
        const SILENT: [ffi::AVCodecID; 10] = [
            ffi::AV_CODEC_ID_MJPEG,
            ffi::AV_CODEC_ID_RAWVIDEO,
            ffi::AV_CODEC_ID_V210,
            ffi::AV_CODEC_ID_HUFFYUV,
            ffi::AV_CODEC_ID_FFVHUFF,
            ffi::AV_CODEC_ID_UTVIDEO,
            ffi::AV_CODEC_ID_CFHD,
            ffi::AV_CODEC_ID_QTRLE,
            ffi::AV_CODEC_ID_PNG,
            ffi::AV_CODEC_ID_SVQ3,
        ];
        !SILENT.contains(&self.stream.codec_id)
    }

    /// Whether the codec's decoder takes new extradata with a packet, and keeps the frames that others refer to.
    fn follows_side_data(&self) -> bool {
        matches!(self.stream.codec_id, ffi::AV_CODEC_ID_H264 | ffi::AV_CODEC_ID_HEVC)
    }
}
