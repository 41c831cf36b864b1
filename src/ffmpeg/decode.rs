//! Packets to frames.

use rsmpeg::avcodec::{AVCodec, AVCodecContext};
use rsmpeg::error::RsmpegError;
use rsmpeg::ffi;

use super::error::{code_of, failed};
use super::frame::Frame;
use super::input::{Input, MediaPacket};
use crate::base::{Error, ErrorKind, Result};

/// More frames than any packet, or any decoder's delay, holds.
const MAX_FRAMES_A_PACKET: usize = 4096;

/// A decoder of one track. As a rule it has one thread: segments are what runs side by side.
pub(crate) struct Decoder {
    context: AVCodecContext,
    name: String,
}

impl Decoder {
    /// A decoder for the track at `position` of `input`.
    pub(crate) fn open(input: &Input, position: u32) -> Result<Self> {
        Self::with_threads(input, position, 1)
    }

    /// As [`open`](Self::open), with so many threads.
    pub(crate) fn with_threads(input: &Input, position: u32, threads: i32) -> Result<Self> {
        let stream = input.stream(position)?;
        input.check_pixels(&stream)?;
        let name = format!("track {position} ({}) of {}", stream.codec(), input.source().name());
        let codec = AVCodec::find_decoder(stream.0.codecpar().codec_id)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("this build has no decoder for {name}")))?;
        let mut context = AVCodecContext::new(&codec);
        let unusable = |error: &RsmpegError| {
            failed(ErrorKind::Unsupported, format!("the decoder for {name} could not be started"), code_of(error))
        };
        context.apply_codecpar(&stream.0.codecpar()).map_err(|error| unusable(&error))?;
        context.set_pkt_timebase(stream.0.time_base);
        // SAFETY: plain options of a context that is not open yet.
        let options = unsafe { &mut *context.as_mut_ptr() };
        options.thread_count = threads;
        options.max_pixels = i64::try_from(input.context().limits().pixels).unwrap_or(i64::MAX);
        context.open(None).map_err(|error| unusable(&error))?;
        Ok(Self { context, name })
    }

    /// Whether to leave out pictures that no other one refers to. What comes out else is the same.
    pub(crate) fn skip_unreferenced(&mut self, skip: bool) {
        let discard = if skip { ffi::AVDISCARD_NONREF } else { ffi::AVDISCARD_DEFAULT };
        // SAFETY: a plain field that decoders look at before each picture.
        unsafe { (*self.context.as_mut_ptr()).skip_frame = discard };
    }

    /// Leaves out what smooths the edges of blocks. What is then made much smaller does not show it.
    pub(crate) fn skip_loop_filter(&mut self) {
        // SAFETY: a plain field that decoders look at before each picture.
        unsafe { (*self.context.as_mut_ptr()).skip_loop_filter = ffi::AVDISCARD_ALL };
    }

    /// Decodes a packet as if nothing came before or behind it, and gives each frame to `receive`.
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

    /// Decodes one packet, or with `None` what is still inside, and gives each frame to `receive`.
    ///
    /// Broken packets are left out, as every player does: their neighbours take their place.
    pub(crate) fn decode(
        &mut self,
        packet: Option<&MediaPacket>,
        mut receive: impl FnMut(Frame) -> Result<()>,
    ) -> Result<()> {
        match self.context.send_packet(packet.map(|packet| &packet.packet)) {
            Ok(()) | Err(RsmpegError::DecoderFlushedError) => {}
            Err(error) => return self.tolerate(&error),
        }
        // A decoder gives one error for a broken frame and then goes on; the bound is against one that does not.
        for _ in 0..MAX_FRAMES_A_PACKET {
            match self.context.receive_frame() {
                Ok(frame) => receive(Frame(frame))?,
                Err(RsmpegError::DecoderDrainError | RsmpegError::DecoderFlushedError) => return Ok(()),
                Err(error) => self.tolerate(&error)?,
            }
        }
        Ok(())
    }

    fn tolerate(&self, error: &RsmpegError) -> Result<()> {
        let code = code_of(error);
        if code == ffi::AVERROR(ffi::ENOMEM) {
            return Err(failed(ErrorKind::Internal, format!("no memory to decode {}", self.name), code));
        }
        tracing::debug!(track = self.name, code, "a packet could not be decoded");
        Ok(())
    }
}
