//! Encoded video segments: the frames of a window, scaled and encoded for one or several renditions at once.

use std::sync::Arc;

use bytes::Bytes;

use super::buffer::SegmentCap;
use super::frames::{FrameReader, TimedFrame};
use super::scaler::Scaler;
use super::watermark::{Overlays, YuvOverlay};
use crate::base::{Error, ErrorKind, Result, Watch};
use crate::codec;
use crate::ffmpeg::{EncodedPacket, Frame, VideoEncoder, VideoSettings, colour_tags};
use crate::media::PictureColour;
use crate::mux::{self, Sample, SampleTimes};
use crate::plan::{Rendition, SourceVideo, VideoCoding, VideoRendition};

/// Makes segment `index` of each of `renditions`, decoding the window once.
pub(crate) fn segments<'a>(
    reader: &mut FrameReader,
    overlays: &mut Overlays,
    source: &SourceVideo,
    renditions: &[(&'a Rendition, &'a VideoRendition)],
    index: u32,
) -> Result<Vec<Bytes>> {
    let attempt = |(place, (rendition, video)): (usize, &(&'a Rendition, &'a VideoRendition))| {
        let VideoCoding::Encode { buffer, .. } = &video.coding else { return Err(not_encoded()) };
        let cap = SegmentCap::new(video, buffer, source.frame_rate, source.window_frames(index));
        Ok(Attempt { place, rendition, video, cap })
    };
    let mut attempts = renditions.iter().enumerate().map(attempt).collect::<Result<Vec<_>>>()?;
    let mut made = vec![Bytes::new(); renditions.len()];
    while !attempts.is_empty() {
        let encoded = encode(reader, overlays, source, &attempts, index)?;
        let mut again = Vec::new();
        for (mut attempt, samples) in attempts.into_iter().zip(encoded) {
            if attempt.cap.is_exceeded_by(&samples) {
                again.push(attempt);
            } else if let Some(bytes) = made.get_mut(attempt.place) {
                *bytes = mux::media_segment(index, &times(source, attempt.rendition, index), &samples)?;
            }
        }
        attempts = again;
    }
    Ok(made)
}

/// One encode of a segment of one of several renditions.
struct Attempt<'a> {
    /// Which of the renditions.
    place: usize,
    rendition: &'a Rendition,
    video: &'a VideoRendition,
    cap: SegmentCap,
}

/// Encodes segment `index` once for each attempt.
fn encode(
    reader: &mut FrameReader,
    overlays: &mut Overlays,
    source: &SourceVideo,
    attempts: &[Attempt<'_>],
    index: u32,
) -> Result<Vec<Vec<Sample>>> {
    let watch = &reader.watch().clone();
    let mut open = |attempt: &Attempt<'_>| {
        watch.check()?;
        let (video, matrix) = (attempt.video, output_colour(source).matrix);
        let (max_rate, buffer_size, initial_fill) = attempt.cap.told();
        let settings = VideoSettings { max_rate, buffer_size, initial_fill, ..settings(video, source)? };
        RenditionEncoder::open(&settings, source, overlays.of(source, (video.width, video.height), &matrix)?)
    };
    let mut encoders = attempts.iter().map(&mut open).collect::<Result<Vec<_>>>()?;
    reader.read_window(source, index, |frame, number| {
        for encoder in &mut encoders {
            watch.check()?;
            encoder.encode(frame, number)?;
        }
        Ok(())
    })?;
    let finished = encoders.into_iter().zip(attempts);
    finished.map(|(encoder, attempt)| encoder.finish(attempt.rendition, source, index, watch)).collect()
}

fn times(source: &SourceVideo, rendition: &Rendition, index: u32) -> SampleTimes {
    let frame = source.frame_ticks(rendition.timescale);
    SampleTimes { start: source.window_start(index) * frame, frame: frame as u32, padding: 0 }
}

/// The init segment of an encoded video rendition.
pub(crate) fn init(rendition: &Rendition, video: &VideoRendition, source: &SourceVideo) -> Result<Bytes> {
    let settings = settings(video, source)?;
    let encoder = VideoEncoder::open(&settings)?;
    let frame = source.frame_ticks(rendition.timescale);
    let reorder = u64::from(encoder.reorder_frames()) * frame;
    let (duration, timescale) = (source.frames * frame, rendition.timescale);
    let (bytes, codecs) = mux::video_init(&encoder.parameter_sets(), &settings.colour, timescale, duration, reorder)?;
    if codecs != rendition.codecs {
        let planned = &rendition.codecs;
        let message = format!("the encoder made {codecs}, but the plan says {planned}: plan the source again");
        return Err(Error::new(ErrorKind::Encode, message));
    }
    Ok(bytes)
}

/// The colour description of encoded video: that of the source in limited range, or BT.709 if it is tone mapped.
fn output_colour(source: &SourceVideo) -> PictureColour {
    if source.tone_map {
        let bt709 = || "bt709".to_owned();
        return PictureColour { primaries: bt709(), transfer: bt709(), matrix: bt709(), full_range: false };
    }
    PictureColour { full_range: false, ..source.colour.clone() }
}

fn not_encoded() -> Error {
    Error::new(ErrorKind::Internal, "a passthrough rendition was to be encoded")
}

fn settings(video: &VideoRendition, source: &SourceVideo) -> Result<VideoSettings> {
    let VideoCoding::Encode { preset, crf, references, buffer } = &video.coding else { return Err(not_encoded()) };
    let colour = output_colour(source);
    Ok(VideoSettings {
        width: video.width,
        height: video.height,
        frame_rate: source.frame_rate,
        keyframe_interval: source.keyframe_interval,
        preset: preset.clone(),
        profile: video.profile.name().into(),
        level: video.level,
        crf: *crf,
        max_rate: video.max_rate,
        buffer_size: video.buffer_size,
        initial_fill: buffer.initial_fill,
        max_references: *references,
        colour: colour_tags(&colour),
    })
}

/// One rendition's encoder for one segment.
struct RenditionEncoder {
    scaler: Scaler,
    overlay: Option<Arc<YuvOverlay>>,
    encoder: VideoEncoder,
    /// The last frame after scaling and watermark, with its serial number.
    scaled: Option<(u64, Frame)>,
    packets: Vec<EncodedPacket>,
    parameter_sets: Bytes,
}

impl RenditionEncoder {
    fn open(settings: &VideoSettings, source: &SourceVideo, overlay: Option<Arc<YuvOverlay>>) -> Result<Self> {
        let encoder = VideoEncoder::open(settings)?;
        let parameter_sets = encoder.parameter_sets();
        let scaler = Scaler::to_encoder(source, settings.width, settings.height)?;
        Ok(Self { scaler, overlay, encoder, scaled: None, packets: Vec::new(), parameter_sets })
    }

    fn encode(&mut self, source: &TimedFrame, number: u64) -> Result<()> {
        if self.scaled.as_ref().is_none_or(|(serial, _)| *serial != source.serial) {
            let mut frame = self.scaler.frame(source.frame.clone())?;
            if let Some(overlay) = &self.overlay {
                overlay.draw_on(&mut frame)?;
            }
            self.scaled = Some((source.serial, frame));
        }
        match &self.scaled {
            Some((_, frame)) => self.encoder.encode(frame, number as i64, &mut self.packets),
            None => Ok(()),
        }
    }

    fn finish(mut self, rendition: &Rendition, source: &SourceVideo, index: u32, watch: &Watch) -> Result<Vec<Sample>> {
        self.encoder.finish(watch, &mut self.packets)?;
        let (first, frames) = (source.window_start(index) as i64, source.window_frames(index) as usize);
        let is_complete = self.packets.len() == frames
            && self.packets.first().is_some_and(|packet| packet.key && packet.pts == first);
        if !is_complete {
            let (id, packets) = (&rendition.id, self.packets.len());
            let message = format!("the encoder returned {packets} of {frames} frames for segment {index} of {id}");
            return Err(Error::new(ErrorKind::Internal, message));
        }
        // The init segment was made from the same settings and has these parameter sets; segments have none.
        if self.encoder.parameter_sets() != self.parameter_sets {
            let message = format!("the encoder changed its parameter sets in segment {index} of {}", rendition.id);
            return Err(Error::new(ErrorKind::Internal, message));
        }
        // The init segment's edit list takes the reordering delay back. Negative offsets would need no edit list, but
        // FFmpeg's demuxer presents such tracks late by the delay.
        let delay = i64::from(self.encoder.reorder_frames());
        let samples = self.packets.iter().zip(first..).map(|(packet, decoded)| {
            let composition_frames = u32::try_from(packet.pts - decoded + delay).map_err(|_| {
                let message =
                    format!("the encoder exceeds its reordering delay in segment {index} of {}", rendition.id);
                Error::new(ErrorKind::Internal, message)
            })?;
            let data = codec::encoded_sample(&packet.data).map_err(|fault| Error::new(ErrorKind::Internal, fault))?;
            Ok(Sample { data, composition_frames, key: packet.key })
        });
        samples.collect()
    }
}
