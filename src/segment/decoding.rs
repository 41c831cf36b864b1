//! A running decoder, and which of its frames is shown at a time.

use std::collections::VecDeque;

use super::deinterlace::Deinterlacer;
use super::fitted::Fitting;
use super::group::Group;
use super::packets::PacketReader;
use crate::base::{Rational, Result};
use crate::ffmpeg::{Decoder, Frame, MediaPacket, colour_tags};
use crate::media::SeekPoint;
use crate::plan::SourceVideo;
use crate::probe::Keyframes;

/// Codecs whose pictures say whether they need what is before a keyframe that they are shown before, so that decoders leave those out
/// themselves: leading pictures of HEVC and VVC, closed groups of MPEG-1 and -2, which may begin with B-frames.
pub(super) const EXACT: [&str; 4] = ["hevc", "vvc", "mpeg1video", "mpeg2video"];

/// A decoded frame of the source with its presentation time in seconds.
#[derive(Clone)]
pub(super) struct TimedFrame {
    pub(super) frame: Frame,
    pub(super) time: Rational,
    /// Number within the decoder's run, by which a frame that is shown twice is recognised.
    pub(super) serial: u64,
}

/// A running decoder and the frames around its current position.
pub(super) struct Decoding {
    pub(super) seek: SeekPoint,
    pub(super) next_window: u32,
    pub(super) decoder: Decoder,
    /// If several threads decode, by which keyframes are looked into: nobody can tell then whether a picture of an open group can be
    /// shown.
    pub(super) threaded: Option<Keyframes>,
    pub(super) has_open_groups: bool,
    pub(super) deinterlacer: Deinterlacer,
    pub(super) fitting: Fitting,
    /// Whether frames that are shown before the packet that decoding began with come only if they are right.
    pub(super) is_exact: bool,
    /// Whether several frames of one packet are layers of one picture.
    pub(super) is_layered: bool,
    /// Timestamp in ticks of the only frame that is needed, if there is just one.
    pub(super) target: Option<i64>,
    /// Decoded frames after `ahead`.
    pub(super) queue: VecDeque<Frame>,
    pub(super) current: Option<TimedFrame>,
    pub(super) ahead: Option<TimedFrame>,
    /// Times in ticks of packets that could not be decoded.
    pub(super) refused: Vec<i64>,
    pub(super) group: Group,
    pub(super) finished: bool,
    pub(super) serial: u64,
}

impl Decoding {
    /// Decodes until the current frame is the one nearest to `time`; of two at the same distance, the earlier. One that
    /// would be presented too early does not take the place of the one before.
    pub(super) fn advance(
        &mut self,
        packets: &mut PacketReader,
        source: &SourceVideo,
        origin: Rational,
        time: Rational,
    ) -> Result<()> {
        loop {
            // All frames to come are later.
            if self.current.as_ref().is_some_and(|current| current.time >= time) {
                return Ok(());
            }
            if self.ahead.is_none() {
                self.ahead = self.next_frame(packets, source, origin)?;
            }
            match (&self.current, &self.ahead) {
                (_, None) => return Ok(()),
                (Some(current), Some(ahead))
                    if (current.time - time).abs() <= (ahead.time - time).abs()
                        || ahead.time - time > source.max_early() =>
                {
                    return Ok(());
                }
                _ => self.current = self.ahead.take(),
            }
        }
    }

    /// The next decoded frame with a later time than all before it.
    fn next_frame(
        &mut self,
        packets: &mut PacketReader,
        source: &SourceVideo,
        origin: Rational,
    ) -> Result<Option<TimedFrame>> {
        loop {
            while let Some(mut frame) = self.queue.pop_front() {
                // Of layers of one picture the last is the best.
                while let Some(better) =
                    self.queue.pop_front_if(|other| self.is_layered && other.time() == frame.time())
                {
                    frame = better;
                }
                let Some(ticks) = frame.time() else { continue };
                // Frames before the access point may refer to frames that were not decoded.
                let leading = !self.is_exact && self.seek.pts.is_some_and(|start| ticks < start);
                let time = source.time_base.times(ticks) - origin;
                let late = self.current.as_ref().is_some_and(|current| time <= current.time);
                if !leading && !late && !self.group.lost.contains(&ticks) {
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

    pub(super) fn decode(&mut self, packet: Option<&MediaPacket>, source: &SourceVideo) -> Result<()> {
        let tags = colour_tags(&source.colour);
        let Self { decoder, deinterlacer, fitting, queue, target, .. } = self;
        if let (Some(target), Some(packet)) = (*target, packet) {
            decoder.skip_unreferenced(packet.entry.point.pts.is_some_and(|time| time < target));
        }
        let mut keep = |frame: Frame| {
            queue.push_back(fitting.fit(frame)?);
            Ok(())
        };
        let mut take = |mut frame: Frame| {
            frame.set_colour(&tags);
            deinterlacer.push(frame, &mut keep)
        };
        decoder.decode(packet, &mut take)?;
        if let Some(packet) = packet {
            let misses = decoder.misses_pictures();
            let is_lost = self.group.loses(&packet.entry, misses);
            if let Some(keyframes) = &self.threaded {
                let goes_on = packet.entry.key && !self.group.is_first && !keyframes.begins_anew(packet.data());
                self.has_open_groups |= goes_on || self.group.is_later(packet.entry.time);
            }
            if misses && packet.entry.key && self.group.is_torn {
                // The decoder of H.264 makes up what it misses, and would not give some of what was before and comes next.
                let time = packet.entry.point.pts;
                decoder.restart(|frame| if frame.time() < time { take(frame) } else { Ok(()) })?;
                decoder.decode(Some(packet), &mut take)?;
            }
            self.refused.extend((decoder.take_refused() || is_lost).then_some(packet.entry.time));
        }
        let is_target = |packet: &MediaPacket| packet.entry.point.pts == *target && !packet.entry.discard;
        if target.is_some() && packet.is_some_and(is_target) {
            // The decoder has all that the target needs. Flushing it is quicker than feeding it the next packets.
            self.finished = true;
            decoder.decode(None, &mut take)?;
        }
        if packet.is_none() || self.finished { deinterlacer.finish(&mut keep) } else { Ok(()) }
    }
}
