//! The source's pictures on the plan's frame grid.

use std::collections::VecDeque;
use std::num::NonZero;
use std::thread;

use super::error::out_of_range;
use super::packets::PacketReader;
use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::ffmpeg::{Decoder, FilterChain, Frame, MediaPacket, colour_tags, filters};
use crate::media::SeekPoint;
use crate::plan::SourceVideo;
use crate::source::Context;

/// A decoded picture of the source, and when it is shown, in seconds of the presentation.
pub(super) struct TimedFrame {
    pub(super) frame: Frame,
    time: Rational,
    /// Counts the pictures of a reader, so that a picture shown twice is known again.
    pub(super) serial: u64,
}

/// A single picture that is wanted, and how far it is from where decoding begins.
pub(crate) struct WantedFrame {
    /// Its time in ticks of the source.
    pub(crate) time: i64,
    /// Packets to decode until it is there.
    pub(crate) distance: usize,
}

impl WantedFrame {
    /// Pixels to decode from which on threads are worth their start, and the pictures more that they keep.
    const MANY: u64 = 8 << 20;
    /// Each picture waits for those it refers to: only with several threads a core all cores are busy.
    const THREADS_A_CORE: usize = 3;
    /// More than these FFmpeg advises against.
    const MAX_THREADS: usize = 16;

    fn threads(&self, source: &SourceVideo) -> i32 {
        let pixels = u64::from(source.width) * u64::from(source.height) * self.distance as u64;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = if pixels > Self::MANY { cores * Self::THREADS_A_CORE } else { 1 };
        threads.min(Self::MAX_THREADS) as i32
    }
}

/// Decodes the source and says which picture each frame of the grid shows.
///
/// Windows that begin with the same packet of the source are read one after the other without decoding
/// anything twice: the decoder comes by there on the same way in any case, so the pictures are the same
/// as if it had begun for each window alone.
pub(crate) struct FrameReader {
    packets: PacketReader,
    origin: Rational,
    decoding: Option<Decoding>,
}

/// A decoder on its way, from one packet on.
struct Decoding {
    seek: SeekPoint,
    next_window: u32,
    decoder: Decoder,
    deinterlacer: Option<FilterChain>,
    /// Where only one picture is wanted: its time in ticks.
    wanted: Option<i64>,
    /// Decoded, not looked at yet.
    queue: VecDeque<Frame>,
    current: Option<TimedFrame>,
    ahead: Option<TimedFrame>,
    finished: bool,
    serial: u64,
}

impl FrameReader {
    pub(crate) fn open(context: &Context, source: &SourceVideo, origin: Rational) -> Result<Self> {
        Ok(Self { packets: PacketReader::open(context, source.track)?, origin, decoding: None })
    }

    pub(super) fn watch(&self) -> &Watch {
        self.packets.watch()
    }

    /// Calls `show` for each frame of segment `index`, in order, with the picture it shows and the frame's
    /// number in the whole video.
    pub(super) fn read_window(
        &mut self,
        source: &SourceVideo,
        index: u32,
        mut show: impl FnMut(&TimedFrame, u64) -> Result<()>,
    ) -> Result<()> {
        // Put back when the window is done: after a failure the next window begins afresh.
        let mut decoding = self.begin(source, index)?;
        let first = source.window_start(index);
        for number in first..first + u64::from(source.window_frames(index)) {
            let time = Rational::from(number as i64) / source.frame_rate;
            decoding.advance(&mut self.packets, source, self.origin, time)?;
            let picture = decoding.current.as_ref().ok_or_else(|| self.nothing_at(time))?;
            show(picture, number)?;
        }
        decoding.next_window = index + 1;
        self.decoding = Some(decoding);
        Ok(())
    }

    /// The one picture that is shown nearest to `time`, in seconds of the presentation; faster where it is
    /// `known` which one that is.
    pub(crate) fn picture_at(
        &mut self,
        source: &SourceVideo,
        seek: &SeekPoint,
        time: Rational,
        known: Option<&WantedFrame>,
    ) -> Result<Frame> {
        let mut decoding = self.decode_from(source, seek, 0, known)?;
        decoding.advance(&mut self.packets, source, self.origin, time)?;
        decoding.current.map(|picture| picture.frame).ok_or_else(|| self.nothing_at(time))
    }

    /// As [`picture_at`](Self::picture_at), of several that are asked for one after the other: where the last one
    /// lies on the way, decoding goes on from there.
    pub(crate) fn next_picture_at(&mut self, source: &SourceVideo, seek: &SeekPoint, time: Rational) -> Result<Frame> {
        let passed = |decoding: &Decoding| decoding.current.as_ref().is_none_or(|current| current.time > time);
        let mut decoding = match self.decoding.take() {
            Some(decoding) if decoding.seek == *seek && !passed(&decoding) => decoding,
            _ => self.decode_from(source, seek, 0, None)?,
        };
        decoding.advance(&mut self.packets, source, self.origin, time)?;
        let frame = decoding.current.as_ref().map(|picture| picture.frame.clone());
        self.decoding = Some(decoding);
        frame.ok_or_else(|| self.nothing_at(time))
    }

    /// A decoder for [`keyframe`](Self::keyframe).
    pub(super) fn keyframe_decoder(&self, source: &SourceVideo) -> Result<Decoder> {
        Decoder::open(self.packets.input(), source.track)
    }

    /// The picture of a packet that needs no other; `None` where nothing comes of it alone.
    pub(super) fn keyframe(
        &mut self,
        source: &SourceVideo,
        decoder: &mut Decoder,
        point: &SeekPoint,
    ) -> Result<Option<Frame>> {
        // Its packets are not the next ones any more.
        self.decoding = None;
        let packet = self.packets.start_at(point)?;
        let mut found = None;
        decoder.decode_alone(&packet, |mut frame| {
            frame.set_colour(&colour_tags(&source.colour));
            found.get_or_insert(frame);
            Ok(())
        })?;
        Ok(found)
    }

    fn nothing_at(&self, time: Rational) -> Error {
        let name = self.packets.input().source().name();
        let message =
            format!("no picture of {name} could be decoded at {:.3} seconds: its data is broken there", time.to_f64());
        Error::new(ErrorKind::Corrupt, message)
    }

    /// Whether segment `index` lies on the way that the decoder is on.
    fn leads_to(&self, source: &SourceVideo, index: u32) -> bool {
        let seek = source.windows.get(index as usize).map(|window| &window.seek);
        self.decoding.as_ref().is_some_and(|decoding| Some(&decoding.seek) == seek && decoding.next_window <= index)
    }

    /// The decoder that is on its way to segment `index`, or a new one.
    fn begin(&mut self, source: &SourceVideo, index: u32) -> Result<Decoding> {
        let on_its_way = self.leads_to(source, index);
        if let Some(decoding) = self.decoding.take().filter(|_| on_its_way) {
            return Ok(decoding);
        }
        let window = source.windows.get(index as usize);
        let window = window.ok_or_else(|| out_of_range(index, source.windows.len() as u32))?;
        self.decode_from(source, &window.seek, index, None)
    }

    fn decode_from(
        &mut self,
        source: &SourceVideo,
        seek: &SeekPoint,
        next_window: u32,
        known: Option<&WantedFrame>,
    ) -> Result<Decoding> {
        let packet = self.packets.start_at(seek)?;
        let threads = known.map_or(1, |known| known.threads(source));
        let mut decoding = Decoding {
            seek: *seek,
            next_window,
            decoder: Decoder::with_threads(self.packets.input(), source.track, threads)?,
            deinterlacer: source.deinterlace.map(|first| FilterChain::new(&filters::deinterlace(first))).transpose()?,
            // What makes frames of fields looks at their neighbours.
            wanted: known.map(|known| known.time).filter(|_| source.deinterlace.is_none()),
            queue: VecDeque::new(),
            current: None,
            ahead: None,
            finished: false,
            serial: 0,
        };
        decoding.decode(Some(&packet), source)?;
        Ok(decoding)
    }
}

impl Decoding {
    /// Moves on until the current picture is the one nearest to `time`; of two, the earlier.
    fn advance(
        &mut self,
        packets: &mut PacketReader,
        source: &SourceVideo,
        origin: Rational,
        time: Rational,
    ) -> Result<()> {
        loop {
            // Whatever comes is later still.
            if self.current.as_ref().is_some_and(|current| current.time >= time) {
                return Ok(());
            }
            if self.ahead.is_none() {
                self.ahead = self.next_picture(packets, source, origin)?;
            }
            match (&self.current, &self.ahead) {
                (_, None) => return Ok(()),
                (Some(current), Some(ahead)) if (current.time - time).abs() <= (ahead.time - time).abs() => {
                    return Ok(());
                }
                _ => self.current = self.ahead.take(),
            }
        }
    }

    /// The next decoded picture that is shown later than all before it.
    fn next_picture(
        &mut self,
        packets: &mut PacketReader,
        source: &SourceVideo,
        origin: Rational,
    ) -> Result<Option<TimedFrame>> {
        loop {
            while let Some(frame) = self.queue.pop_front() {
                let Some(ticks) = frame.time() else { continue };
                // What precedes the access point has nothing to stand on.
                let leading = self.seek.pts.is_some_and(|start| ticks < start);
                let time = source.time_base.times(ticks) - origin;
                let late = self.current.as_ref().is_some_and(|current| time <= current.time);
                if !leading && !late {
                    self.serial += 1;
                    return Ok(Some(TimedFrame { frame, time, serial: self.serial }));
                }
            }
            if self.finished {
                return Ok(None);
            }
            let packet = packets.next()?;
            self.finished = packet.is_none();
            self.decode(packet.as_ref(), source)?;
        }
    }

    fn decode(&mut self, packet: Option<&MediaPacket>, source: &SourceVideo) -> Result<()> {
        let tags = colour_tags(&source.colour);
        let Self { decoder, deinterlacer, queue, wanted, .. } = self;
        if let (Some(wanted), Some(packet)) = (*wanted, packet) {
            decoder.skip_unreferenced(packet.entry.point.pts.is_some_and(|time| time < wanted));
        }
        let Some(filter) = deinterlacer else {
            let mut keep = |mut frame: Frame| {
                frame.set_colour(&tags);
                queue.push_back(frame);
                Ok(())
            };
            decoder.decode(packet, &mut keep)?;
            if wanted.is_some() && packet.is_some_and(|packet| packet.entry.point.pts == *wanted) {
                // All that it needs is in the decoder: what follows would only push it out.
                self.finished = true;
                decoder.decode(None, &mut keep)?;
            }
            return Ok(());
        };
        // The filter counts time in halves.
        let mut keep = |mut frame: Frame| {
            frame.set_number(frame.number() / 2);
            queue.push_back(frame);
            Ok(())
        };
        decoder.decode(packet, |mut frame| {
            let Some(time) = frame.time() else { return Ok(()) };
            frame.set_colour(&tags);
            frame.set_number(time);
            filter.push(frame, &mut keep)
        })?;
        if packet.is_none() { filter.finish(&mut keep) } else { Ok(()) }
    }
}
