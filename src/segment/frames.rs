//! Decoding the source's video onto the plan's frame grid.

use std::collections::VecDeque;

use super::decoding::{Decoding, EXACT, TimedFrame};
use super::deinterlace::Deinterlacer;
use super::error::out_of_range;
use super::fitted::Fitting;
use super::group::Group;
use super::packets::{Editing, PacketReader};
use super::target::{TargetFrame, Wanted};
use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::ffmpeg::{Decoder, Frame, colour_tags};
use crate::media::{DecoderParameters, SeekPoint, TrackIndex};
use crate::plan::SourceVideo;
use crate::probe::Keyframes;
use crate::source::Context;

/// Decodes the source and finds the source frame for each frame of the grid.
///
/// Consecutive windows that begin with the same packet share one decoder. It would pass through the same packets for
/// each of them, so the frames are the same as if it had started for each window alone.
pub(crate) struct FrameReader {
    packets: PacketReader,
    origin: Rational,
    decoding: Option<Decoding>,
    /// Whether there are pictures that are shown before a keyframe and decoded after it.
    has_open_groups: bool,
}

/// How much more than its share of all bytes is expected of a window.
const SPARE: f64 = 1.25;

impl FrameReader {
    pub(crate) fn open(context: &Context, source: &SourceVideo, origin: Rational) -> Result<Self> {
        let packets = PacketReader::open(context, source.track, &source.clock, &Editing::of(&source.edits))?;
        Ok(Self { packets, origin, decoding: None, has_open_groups: false })
    }

    pub(super) fn watch(&self) -> &Watch {
        self.packets.watch()
    }

    /// Has another watch say when to pause or to end.
    pub(crate) fn set_watch(&mut self, watch: &Watch) {
        self.packets.set_watch(watch);
    }

    /// Goes to the beginning of segment `index`.
    pub(super) fn begin(&mut self, source: &SourceVideo, index: u32) -> Result<()> {
        self.decoding = Some(self.take_decoding(source, index)?);
        Ok(())
    }

    /// The source frame for frame `number` of the complete video. Of the segment that was begun, they are read in order.
    pub(super) fn frame(&mut self, source: &SourceVideo, number: u64) -> Result<TimedFrame> {
        let time = source.time_of(number);
        // Only put back if that succeeds: after an error the next window starts with a new decoder.
        let mut decoding = self.decoding.take().ok_or_else(|| self.no_frame_at(time))?;
        decoding.advance(&mut self.packets, source, self.origin, time)?;
        let frame = decoding.current.clone().ok_or_else(|| self.no_frame_at(time))?;
        if frame.frame.is_damaged() {
            self.packets.damage().note(source.track, frame.time);
        }
        self.decoding = Some(decoding);
        Ok(frame)
    }

    /// Ends segment `index`, all frames of which were read: a decoder that the next one needs too stays as it is.
    pub(super) fn end(&mut self, source: &SourceVideo, index: u32) {
        if let Some(mut decoding) = self.decoding.take() {
            self.note_refused(&mut decoding, source, index);
            decoding.next_window = index + 1;
            self.decoding = Some(decoding);
        }
    }

    /// The frame nearest to a presentation time in seconds, of which is known which frame that is.
    pub(crate) fn frame_at(
        &mut self,
        source: &SourceVideo,
        seek: &SeekPoint,
        time: Rational,
        target: &TargetFrame,
    ) -> Result<Frame> {
        let mut decoding = self.decode_from(source, seek, 0, Wanted::Frame(target))?;
        decoding.advance(&mut self.packets, source, self.origin, time)?;
        if decoding.group.is_later(target.time) {
            // Whether a picture of an open group can be shown tells one thread alone, which skips nothing.
            decoding = self.decode_from(source, seek, 0, Wanted::Window)?;
            decoding.advance(&mut self.packets, source, self.origin, time)?;
        }
        decoding.current.map(|current| current.frame).ok_or_else(|| self.no_frame_at(time))
    }

    /// The packets around the frame at a time in seconds, from `seek` on, by which where to begin for it can be found; or for
    /// the nearest keyframe.
    pub(crate) fn packets_around(
        &mut self,
        source: &SourceVideo,
        seek: &SeekPoint,
        time: Rational,
        nearest_keyframe: bool,
    ) -> Result<TrackIndex> {
        // Seeking takes the packets away from a decoder that is running.
        self.decoding = None;
        self.packets.around(seek, source.time_base.ticks(time + self.origin), nearest_keyframe)
    }

    /// The frame nearest to a time, if the running decoder comes there within so many seconds and can tell what is shown.
    pub(crate) fn frame_within(
        &mut self,
        source: &SourceVideo,
        time: Rational,
        seconds: Rational,
    ) -> Result<Option<Frame>> {
        let is_near = |decoding: &Decoding| {
            let current = decoding.current.as_ref().map(|current| current.time);
            current.is_some_and(|current| current <= time && time - current <= seconds)
        };
        match self.decoding.take().filter(is_near) {
            Some(decoding) => self.go_on(decoding, source, time),
            None => Ok(None),
        }
    }

    /// As [`frame_at`](Self::frame_at), for the first of a series: decoding goes on from there, on all cores if it can.
    pub(crate) fn begin_series(&mut self, source: &SourceVideo, seek: &SeekPoint, time: Rational) -> Result<Frame> {
        if !self.has_open_groups {
            let decoding = self.decode_from(source, seek, 0, Wanted::Series)?;
            if let Some(frame) = self.go_on(decoding, source, time)? {
                return Ok(frame);
            }
        }
        self.next_frame_at(source, seek, time)
    }

    /// As [`frame_at`](Self::frame_at), for a series of frames: continues with the last decoder if that is before
    /// `time` and started at the same packet.
    pub(crate) fn next_frame_at(&mut self, source: &SourceVideo, seek: &SeekPoint, time: Rational) -> Result<Frame> {
        let passed = |decoding: &Decoding| decoding.current.as_ref().is_none_or(|current| current.time > time);
        let decoding = match self.decoding.take() {
            Some(decoding) if decoding.seek == *seek && !passed(&decoding) => decoding,
            _ => self.decode_from(source, seek, 0, Wanted::Window)?,
        };
        self.go_on(decoding, source, time)?.ok_or_else(|| self.no_frame_at(time))
    }

    /// The frame nearest to a time; `None` if one thread has to find out which that is.
    fn go_on(&mut self, mut decoding: Decoding, source: &SourceVideo, time: Rational) -> Result<Option<Frame>> {
        decoding.advance(&mut self.packets, source, self.origin, time)?;
        if decoding.has_open_groups {
            self.has_open_groups = true;
            return Ok(None);
        }
        let frame = decoding.current.as_ref().map(|current| current.frame.clone());
        self.decoding = Some(decoding);
        frame.ok_or_else(|| self.no_frame_at(time)).map(Some)
    }

    /// The frame of a packet that is decoded by itself; `None` if it gives none. The decoder, if there is none yet, is
    /// opened once the packet is found: its track may appear no sooner. `set_up` prepares it.
    pub(super) fn keyframe(
        &mut self,
        source: &SourceVideo,
        decoder: &mut Option<Decoder>,
        set_up: impl FnOnce(&mut Decoder),
        point: &SeekPoint,
    ) -> Result<Option<Frame>> {
        // Seeking takes the packets away from a decoder that is running.
        self.decoding = None;
        let packet = self.packets.start_at(point)?;
        let decoder = match decoder {
            Some(decoder) => decoder,
            None => {
                let decoder =
                    decoder.insert(Decoder::open(self.packets.input(), source.track, &DecoderParameters::OWN)?);
                set_up(decoder);
                decoder
            }
        };
        decoder.set_up(source.parameters_at(point))?;
        let mut found = None;
        decoder.decode_alone(&packet, |mut frame| {
            frame.set_colour(&colour_tags(&source.colour));
            // Of layers of one picture the last is the best.
            if found.as_ref().is_none_or(|found: &Frame| found.time() == frame.time()) {
                found = Some(frame);
            }
            Ok(())
        })?;
        let mut fitting = Fitting::new(source, &self.packets.input().stream(source.track)?);
        found.map(|frame| fitting.fit(frame)).transpose()
    }

    /// Notes packets of segment `index` that could not be decoded. Those of later ones stay, and those before it count
    /// where they belong.
    fn note_refused(&self, decoding: &mut Decoding, source: &SourceVideo, index: u32) {
        let time = |ticks: i64| source.time_base.times(ticks) - self.origin;
        let begin = |index: u32| Rational::from(source.window_start(index) as i64) / source.frame_rate;
        let (start, end) =
            (begin(index), begin(index) + Rational::from(source.window_frames(index) as i64) / source.frame_rate);
        let refused = decoding.refused.extract_if(.., |ticks| time(*ticks) < end);
        refused.map(time).filter(|time| *time >= start).for_each(|time| self.packets.damage().note(source.track, time));
    }

    fn no_frame_at(&self, time: Rational) -> Error {
        let name = self.packets.input().source().name();
        let message =
            format!("no frame of {name} could be decoded at {:.3} seconds: its data is corrupt there", time.to_f64());
        Error::new(ErrorKind::Corrupt, message)
    }

    /// The running decoder if it is going to reach segment `index`, otherwise a new one.
    fn take_decoding(&mut self, source: &SourceVideo, index: u32) -> Result<Decoding> {
        let window = source.windows.get(index as usize);
        let window = window.ok_or_else(|| out_of_range(index, source.windows.len() as u32))?;
        let reaches = |decoding: &Decoding| decoding.seek == window.seek && decoding.next_window <= index;
        match self.decoding.take().filter(reaches) {
            Some(decoding) => Ok(decoding),
            None => {
                self.expect_window(source, &window.seek, index);
                self.decode_from(source, &window.seek, index, Wanted::Window)
            }
        }
    }

    /// Says of a remote source what is about to be read for a window: its share of all, and to spare, as rates vary.
    fn expect_window(&self, source: &SourceVideo, seek: &SeekPoint, index: u32) {
        let begin = seek.pts.map(|ticks| source.time_base.times(ticks) - self.origin);
        let end = source.time_of(source.window_start(index.saturating_add(1)));
        if let (Some(place), Some(begin)) = (seek.pos.and_then(|pos| u64::try_from(pos).ok()), begin) {
            self.packets.expect(place, (end - begin).to_f64() / source.duration().to_f64() * SPARE);
        }
    }

    /// A new decoder that starts at `seek` and has decoded that packet.
    fn decode_from(
        &mut self,
        source: &SourceVideo,
        seek: &SeekPoint,
        next_window: u32,
        wanted: Wanted<'_>,
    ) -> Result<Decoding> {
        let packet = self.packets.start_at(seek)?;
        let (input, threads) = (self.packets.input(), wanted.threads(source));
        let mut decoder = Decoder::with_threads(input, source.track, source.parameters_at(seek), threads)?;
        if let Some(first) = source.deinterlace {
            decoder.mark_fields(first);
        }
        let stream = input.stream(source.track)?;
        let mut decoding = Decoding {
            seek: *seek,
            next_window,
            decoder,
            threaded: (threads > 1).then(|| Keyframes::of(&stream)),
            has_open_groups: false,
            deinterlacer: Deinterlacer::new(source.deinterlace.is_some()),
            fitting: Fitting::new(source, &stream),
            is_exact: EXACT.contains(&stream.codec().as_str()),
            is_layered: stream.codec() == "vp9",
            // A deinterlacer needs the frames around the target too.
            target: wanted.target().filter(|_| source.deinterlace.is_none()),
            queue: VecDeque::new(),
            current: None,
            ahead: None,
            refused: Vec::new(),
            group: Group::default(),
            finished: false,
            serial: 0,
        };
        decoding.decode(Some(&packet), source)?;
        Ok(decoding)
    }
}
