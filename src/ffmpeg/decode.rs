//! Packets to frames.

use rsmpeg::avcodec::{AVCodec, AVCodecContext};
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;

use super::error::{code_of, failed};
use super::frame::{Crop, Frame};
use super::input::{Input, MediaPacket};
use crate::base::{Error, ErrorKind, Result};

/// More frames than any packet or decoder holds: the longest delay, of H.264, is 16 frames and one for each thread.
const MAX_FRAMES_PER_PACKET: usize = 4096;

/// A decoder of one track. Usually with one thread, because segments are made in parallel.
pub(crate) struct Decoder {
    context: AVCodecContext,
    crop: Crop,
    name: String,
}

impl Decoder {
    /// A decoder for the track at `position` of `input`.
    pub(crate) fn open(input: &Input, position: u32) -> Result<Self> {
        Self::with_threads(input, position, 1)
    }

    /// As [`open`](Self::open), with `threads` threads.
    pub(crate) fn with_threads(input: &Input, position: u32, threads: i32) -> Result<Self> {
        let stream = input.stream(position)?;
        input.check_pixels(&stream)?;
        let name = format!("track {position} ({}) of {}", stream.codec(), input.source().name());
        let codec = AVCodec::find_decoder(stream.0.codecpar().codec_id)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("this build has no decoder for {name}")))?;
        let mut context = AVCodecContext::new(&codec);
        let open_error = |error: &RsmpegError| {
            failed(ErrorKind::Unsupported, format!("the decoder for {name} could not be started"), code_of(error))
        };
        context.apply_codecpar(&stream.0.codecpar()).map_err(|error| open_error(&error))?;
        context.set_pkt_timebase(stream.0.time_base);
        // SAFETY: plain options of a context that is not open yet.
        let options = unsafe { &mut *context.as_mut_ptr() };
        options.thread_count = threads;
        options.max_pixels = i64::try_from(input.context().limits().pixels).unwrap_or(i64::MAX);
        context.open(None).map_err(|error| open_error(&error))?;
        Ok(Self { context, crop: stream.crop(), name })
    }

    /// Whether to skip frames that no other frame refers to. All others come out the same.
    pub(crate) fn skip_unreferenced(&mut self, skip: bool) {
        let discard = if skip { ffi::AVDISCARD_NONREF } else { ffi::AVDISCARD_DEFAULT };
        // SAFETY: a plain field that decoders read before each frame.
        unsafe { (*self.context.as_mut_ptr()).skip_frame = discard };
    }

    /// Skips the loop filter, for frames that are scaled down so far that it makes no visible difference.
    pub(crate) fn skip_loop_filter(&mut self) {
        // SAFETY: a plain field that decoders read before each frame.
        unsafe { (*self.context.as_mut_ptr()).skip_loop_filter = ffi::AVDISCARD_ALL };
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
        match self.context.send_packet(packet.map(|packet| &packet.packet)) {
            Ok(()) | Err(RsmpegError::DecoderFlushedError) => {}
            Err(error) => return self.tolerate(&error),
        }
        // After an error for a damaged frame a decoder goes on; the bound stops one that repeats it forever.
        for _ in 0..MAX_FRAMES_PER_PACKET {
            match self.context.receive_frame() {
                Ok(frame) => {
                    let mut frame = Frame(frame);
                    frame.crop(self.crop)?;
                    receive(frame)?;
                }
                Err(RsmpegError::DecoderDrainError | RsmpegError::DecoderFlushedError) => return Ok(()),
                Err(error) => self.tolerate(&error)?,
            }
        }
        Ok(())
    }

    /// Ignores an error of the data, but not a lack of memory.
    fn tolerate(&self, error: &RsmpegError) -> Result<()> {
        let code = code_of(error);
        if code == ffi::AVERROR(ffi::ENOMEM) {
            return Err(failed(ErrorKind::Internal, format!("no memory to decode {}", self.name), code));
        }
        tracing::debug!(track = self.name, code, "a packet could not be decoded");
        Ok(())
    }
}
