//! Video segments: the pictures of a window, scaled and encoded for one rendition or for several at once.

use std::sync::Arc;

use bytes::Bytes;

use super::pictures::{Picture, PictureReader};
use super::watermark::{EncodedMark, Marks};
use crate::base::{Error, ErrorKind, Result, Watch};
use crate::codec;
use crate::ffmpeg::{EncodedPacket, FilterChain, Frame, VideoEncoder, VideoSettings, colour_tags, filters};
use crate::media::PictureColour;
use crate::mux::{self, Sample, SampleTimes};
use crate::plan::{Pictures, Track, VideoCoding, VideoTrack};

/// Makes segment `index` of each of `tracks`, decoding its window once.
pub(crate) fn segments(
    reader: &mut PictureReader,
    marks: &mut Marks,
    pictures: &Pictures,
    tracks: &[(&Track, &VideoTrack)],
    index: u32,
    watch: &Watch,
) -> Result<Vec<Bytes>> {
    let mut open = |(_, video): &(&Track, &VideoTrack)| {
        watch.check()?;
        let matrix = output_colour(pictures).matrix;
        RenditionEncoder::open(video, pictures, marks.of(pictures, (video.width, video.height), &matrix)?)
    };
    let mut encoders = tracks.iter().map(&mut open).collect::<Result<Vec<_>>>()?;
    reader.read_window(pictures, index, |picture, number| {
        for encoder in &mut encoders {
            watch.check()?;
            encoder.encode(picture, number)?;
        }
        Ok(())
    })?;
    let finished = encoders.into_iter().zip(tracks);
    finished.map(|(encoder, (track, _))| encoder.finish(track, pictures, index, watch)).collect()
}

/// The init segment of a video track.
pub(crate) fn init(track: &Track, video: &VideoTrack, pictures: &Pictures) -> Result<Bytes> {
    let settings = settings(video, pictures)?;
    let encoder = VideoEncoder::open(&settings)?;
    let frame = pictures.frame_ticks(track.timescale);
    let reorder = u64::from(encoder.reorder_frames()) * frame;
    let (duration, timescale) = (pictures.frames * frame, track.timescale);
    let (bytes, codecs) = mux::video_init(&encoder.parameter_sets(), &settings.colour, timescale, duration, reorder)?;
    if codecs != track.codecs {
        let message =
            format!("the encoder made {codecs} where the plan says {}: plan anew with this build", track.codecs);
        return Err(Error::new(ErrorKind::Encode, message));
    }
    Ok(bytes)
}

/// The colours of what is encoded: those of the source in the limited range, but for high dynamic range,
/// which becomes BT.709.
fn output_colour(pictures: &Pictures) -> PictureColour {
    if pictures.tone_map {
        let bt709 = || "bt709".to_owned();
        return PictureColour { primaries: bt709(), transfer: bt709(), matrix: bt709(), full_range: false };
    }
    PictureColour { full_range: false, ..pictures.colour.clone() }
}

fn settings(video: &VideoTrack, pictures: &Pictures) -> Result<VideoSettings> {
    let VideoCoding::Encode { preset, crf, references } = &video.coding else {
        return Err(Error::new(ErrorKind::Internal, "a track that is copied was to be encoded"));
    };
    let colour = output_colour(pictures);
    Ok(VideoSettings {
        width: video.width,
        height: video.height,
        frame_rate: pictures.frame_rate,
        keyframe_frames: pictures.keyframe_frames,
        preset: preset.clone(),
        profile: video.profile.name().into(),
        level: video.level,
        crf: *crf,
        max_rate: video.max_rate,
        buffer_size: video.buffer_size,
        max_references: *references,
        colour: colour_tags(&colour),
    })
}

/// One rendition's encoder for one segment.
struct RenditionEncoder {
    filters: FilterChain,
    mark: Option<Arc<EncodedMark>>,
    encoder: VideoEncoder,
    /// The last picture as the rendition has it, by its serial number.
    scaled: Option<(u64, Frame)>,
    packets: Vec<EncodedPacket>,
    parameter_sets: Bytes,
}

impl RenditionEncoder {
    fn open(video: &VideoTrack, pictures: &Pictures, mark: Option<Arc<EncodedMark>>) -> Result<Self> {
        let encoder = VideoEncoder::open(&settings(video, pictures)?)?;
        let parameter_sets = encoder.parameter_sets();
        let filters = FilterChain::new(&filters::to_encoder(pictures.format(), video.width, video.height))?;
        Ok(Self { filters, mark, encoder, scaled: None, packets: Vec::new(), parameter_sets })
    }

    fn encode(&mut self, picture: &Picture, number: u64) -> Result<()> {
        if self.scaled.as_ref().is_none_or(|(serial, _)| *serial != picture.serial) {
            let mut scaled = None;
            self.filters.push(picture.frame.clone(), |frame| {
                scaled = Some(frame);
                Ok(())
            })?;
            let mut frame = scaled.ok_or_else(|| Error::new(ErrorKind::Internal, "scaling gave no picture"))?;
            if let Some(mark) = &self.mark {
                mark.put_on(&mut frame)?;
            }
            self.scaled = Some((picture.serial, frame));
        }
        match &self.scaled {
            Some((_, frame)) => self.encoder.encode(frame, number as i64, &mut self.packets),
            None => Ok(()),
        }
    }

    fn finish(mut self, track: &Track, pictures: &Pictures, index: u32, watch: &Watch) -> Result<Bytes> {
        self.encoder.finish(watch, &mut self.packets)?;
        let (first, frames) = (pictures.window_start(index) as i64, pictures.window_frames(index) as usize);
        let whole = self.packets.len() == frames
            && self.packets.first().is_some_and(|packet| packet.key && packet.pts == first);
        // The init segment was made from the same settings; if this ever differs, no player could tell.
        if !whole || self.encoder.parameter_sets() != self.parameter_sets {
            let message = format!(
                "segment {index} of {} came out of the encoder with {} of {frames} frames",
                track.id,
                self.packets.len()
            );
            return Err(Error::new(ErrorKind::Internal, message));
        }
        // The init segment's edit list takes the reordering delay back. Offsets below zero would do without,
        // but FFmpeg's demuxer shows such tracks that much too late.
        let delay = i64::from(self.encoder.reorder_frames());
        let samples = self.packets.iter().zip(first..).map(|(packet, decoded)| {
            let composition_frames = u32::try_from(packet.pts - decoded + delay)
                .map_err(|_| Error::new(ErrorKind::Internal, format!("{} reorders more than it said", track.id)))?;
            let data = codec::encoded_sample(&packet.data).map_err(|fault| Error::new(ErrorKind::Internal, fault))?;
            Ok(Sample { data, composition_frames, key: packet.key })
        });
        let frame = pictures.frame_ticks(track.timescale);
        let times = SampleTimes { start: pictures.window_start(index) * frame, frame: frame as u32 };
        mux::media_segment(index, &times, &samples.collect::<Result<Vec<_>>>()?)
    }
}
