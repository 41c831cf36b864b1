//! Encoded video: what an encoder is told, and what becomes of its packets.

use bytes::Bytes;

use super::buffer::SegmentCap;
use crate::base::{Error, ErrorKind, Result, Watch};
use crate::codec;
use crate::ffmpeg::{EncodedPacket, Frame, VideoEncoder, VideoSettings, colour_tags};
use crate::media::PictureColour;
use crate::mux::{self, Sample, SampleTimes};
use crate::plan::{Rendition, SourceVideo, VideoCoding, VideoRendition};

/// One encode of a segment of one of several renditions.
pub(crate) struct Attempt<'plan> {
    /// Which of the renditions.
    place: usize,
    rendition: &'plan Rendition,
    video: &'plan VideoRendition,
    cap: SegmentCap,
}

/// What an attempt comes to.
pub(super) enum Outcome<'plan> {
    Made(usize, Bytes),
    /// It does not keep the cap: the next one.
    Again(Attempt<'plan>),
}

impl<'plan> Attempt<'plan> {
    /// The first ones for segment `index` of each of `renditions`.
    pub(super) fn first(
        source: &SourceVideo,
        renditions: &[(&'plan Rendition, &'plan VideoRendition)],
        index: u32,
    ) -> Result<Vec<Self>> {
        let attempt = |(place, &(rendition, video)): (usize, &(&'plan Rendition, &'plan VideoRendition))| {
            let VideoCoding::Encode { buffer, .. } = &video.coding else { return Err(not_encoded()) };
            let cap = SegmentCap::new(video, buffer, source.frame_rate, source.window_frames(index));
            Ok(Self { place, rendition, video, cap })
        };
        renditions.iter().enumerate().map(attempt).collect()
    }

    /// Which of the renditions it is for.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.video.width, self.video.height)
    }

    pub(super) fn open(&self, source: &SourceVideo) -> Result<RenditionEncoder> {
        let (max_rate, buffer_size, initial_fill) = self.cap.told();
        let settings = VideoSettings { max_rate, buffer_size, initial_fill, ..settings(self.video, source)? };
        RenditionEncoder::open(&settings)
    }

    /// The segment, if it keeps the cap. The encoder has got all of its frames.
    pub(super) fn finish(
        mut self,
        encoder: RenditionEncoder,
        source: &SourceVideo,
        index: u32,
        watch: &Watch,
    ) -> Result<Outcome<'plan>> {
        let samples = encoder.finish(self.rendition, source, index, watch)?;
        if self.cap.is_exceeded_by(&samples) {
            return Ok(Outcome::Again(self));
        }
        let bytes = mux::media_segment(index, &times(source, self.rendition, index), &samples)?;
        Ok(Outcome::Made(self.place, bytes))
    }
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
pub(super) fn output_colour(source: &SourceVideo) -> PictureColour {
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
pub(super) struct RenditionEncoder {
    encoder: VideoEncoder,
    packets: Vec<EncodedPacket>,
    parameter_sets: Bytes,
}

impl RenditionEncoder {
    fn open(settings: &VideoSettings) -> Result<Self> {
        let encoder = VideoEncoder::open(settings)?;
        let parameter_sets = encoder.parameter_sets();
        Ok(Self { encoder, packets: Vec::new(), parameter_sets })
    }

    /// Encodes a frame of the rendition's size.
    pub(super) fn encode(&mut self, frame: &Frame, number: u64) -> Result<()> {
        self.encoder.encode(frame, number as i64, &mut self.packets)
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
