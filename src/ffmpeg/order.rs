//! Times of pictures whose container states none, or no more than when they are decoded: by counting, and by the order
//! in which the codec says that they are shown.

use std::collections::VecDeque;
use std::ptr;

use rsmpeg::avcodec::{AVCodec, AVCodecContext, AVCodecParserContext};
use rsmpeg::ffi;

use super::packet::MediaPacket;
use super::stream::Stream;
use crate::base::Rational;
use crate::media::MAX_TIME;

/// Pictures that a decoder reorders at most (ITU-T H.264 A.3.1).
const REORDERED: usize = 16;

/// Seconds that browsers show a picture of a GIF whose own time is a hundredth or none.
const UNTIMED_GIF: (i64, i64) = (1, 10);

/// How a packet is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seeking {
    /// By its decoding time, which the container states.
    Time,
    /// By its position; counting goes on from the time that it had.
    Position,
    /// By reading all before it.
    Read,
}

/// Gives the packets of one track their times, some packets later.
pub(super) struct Order {
    pub(super) track: u32,
    pub(super) seeking: Seeking,
    pictures: Option<Pictures>,
    /// How many pictures later than the first is decoded it is shown.
    delay: usize,
    /// If the times that are stated are kept: how much later they are than those that are counted, once that is known.
    lateness: Option<Option<i64>>,
    /// The time at which the next packet is decoded, if the container does not say.
    next: i64,
    /// How long a picture lasts for which FFmpeg gives a tick or nothing: it takes a raw stream's rate for that of its clock
    /// where it cannot tell.
    usual: i64,
    /// Where the next packet should be, after a seek.
    sought: Option<i64>,
    waiting: VecDeque<Waiting>,
    /// The order of the last packets that were given out, all of one sequence.
    given: VecDeque<i64>,
    /// When packets of that sequence are decoded; the last of these is that of the last packet that was given out.
    slots: VecDeque<i64>,
}

struct Waiting {
    packet: MediaPacket,
    order: i64,
    /// Whether the pictures from here on are all shown after those before.
    begins: bool,
    slot: i64,
}

impl Order {
    /// For a stream of `container` that needs it. `is_timeless`: whether the times that the container states are all 0.
    pub(super) fn of(stream: &Stream<'_>, container: &str, is_timeless: bool) -> Option<Self> {
        let (codec, has_times) = (stream.codec(), stream.index_len() > 0);
        let seeking = match (container, codec.as_str()) {
            ("avi" | "asf", "h264" | "hevc") => Seeking::Time,
            ("gxf", "mpeg1video" | "mpeg2video") => Seeking::Time,
            ("h264" | "hevc" | "mpegvideo", _) => Seeking::Position,
            ("ivf", _) if is_timeless => Seeking::Position,
            // From 7.1 on FFmpeg has times of a hundredth of a second, which browsers take for none.
            ("gif", _) => Seeking::Position,
            // Their demuxers do not say where a packet is.
            ("mjpeg" | "obu", _) => Seeking::Read,
            // What of it has times is in the index. Where others have some, FFmpeg gives it their start.
            ("mpeg", "mpeg1video" | "mpeg2video" | "h264" | "hevc") if !has_times => Seeking::Read,
            // Of several pictures in a packet of the stream only the first has times, which FFmpeg makes up for in MPEG-2.
            ("mpeg", "h264" | "hevc") => Seeking::Time,
            _ => return None,
        };
        let pictures = Pictures::of(stream, &codec);
        let (waiting, given, slots) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        // A tick is a picture where no time says otherwise.
        let rate = stream.mean_rate().filter(|_| !is_timeless);
        let usual = match container {
            "gif" => stream.time_base().ticks(Rational::new(UNTIMED_GIF.0, UNTIMED_GIF.1)),
            _ => rate.map_or(1, |rate| stream.time_base().ticks(rate.recip())).max(1),
        };
        // In ASF the times of sound are as late as those of pictures that were reordered; in AVI they are not.
        let delay = if container == "asf" { usize::try_from(stream.0.codecpar().video_delay).unwrap_or(0) } else { 0 };
        let (track, next) = (stream.index(), stream.start_ticks().unwrap_or(0));
        let lateness = (container == "mpeg" && has_times).then_some(None);
        Some(Self {
            track,
            seeking,
            pictures,
            delay: delay.min(REORDERED),
            lateness,
            next,
            usual,
            sought: None,
            waiting,
            given,
            slots,
        })
    }

    /// Begins anew at a packet that is decoded at `time`, and is at `pos` unless that is `None`.
    pub(super) fn restart(&mut self, time: i64, pos: Option<i64>) {
        (self.next, self.sought) = (time, pos);
        self.lateness = self.lateness.map(|_| None);
        self.waiting.clear();
        self.given.clear();
        self.slots.clear();
    }

    pub(super) fn push(&mut self, mut packet: MediaPacket) {
        if packet.entry.duration <= 1 && self.seeking != Seeking::Time {
            packet.entry.duration = self.usual;
        }
        let (order, begins) = match &mut self.pictures {
            Some(pictures) => pictures.read(packet.data(), packet.entry.key),
            None => (0, true),
        };
        // A seek may lead elsewhere. What follows is then later than all that is looked for.
        if self.sought.take().is_some_and(|pos| packet.entry.point.pos != Some(pos)) {
            self.next = MAX_TIME;
        }
        // After a seek by position a demuxer counts from anywhere.
        let stated = packet.entry.point.dts.filter(|_| self.seeking != Seeking::Position);
        let slot = stated.unwrap_or(self.next);
        self.next = slot.saturating_add(packet.entry.duration.max(1)).min(MAX_TIME);
        self.waiting.push_back(Waiting { packet, order, begins, slot });
    }

    /// The next packet, if all that may be shown before it are known, or if none is to come.
    pub(super) fn pop(&mut self, is_end: bool) -> Option<MediaPacket> {
        let same = self.waiting.iter().skip(1).take_while(|waiting| !waiting.begins).count();
        let is_ordered = same >= REORDERED || same + 1 < self.waiting.len();
        let is_known = is_end || is_ordered && self.waiting.len() > same.min(REORDERED) + self.delay;
        let Waiting { mut packet, order, begins, slot } = self.waiting.pop_front_if(|_| is_known)?;
        if begins {
            self.given.clear();
            self.slots.clear();
        }
        self.slots.push_back(slot);
        let ahead = self.waiting.iter().take(same).filter(|waiting| waiting.order < order).count();
        let behind = self.given.iter().filter(|given| **given > order).count();
        // Shown as much later than decoded as packets ahead are shown before it, less those that were decoded too early.
        let place = (self.slots.len() + ahead + self.delay).checked_sub(1 + behind);
        let time = place.map_or(slot, |place| self.slot(place, packet.entry.duration));
        self.given.push_back(order);
        for queue in [&mut self.given, &mut self.slots] {
            queue.drain(..queue.len().saturating_sub(2 * REORDERED));
        }
        if self.lateness.is_some() {
            self.fill(&mut packet, time, slot);
        } else {
            (packet.entry.point.pts, packet.entry.point.dts, packet.entry.time) = (Some(time), Some(slot), time);
        }
        packet.take_times();
        Some(packet)
    }

    /// When the packet at this place among those that were given out and those that wait is decoded. Behind the last, each lasts
    /// `duration`.
    fn slot(&self, place: usize, duration: i64) -> i64 {
        let (mut last, mut missing) = (0, place as i64 + 1);
        for slot in self.slots.iter().copied().chain(self.waiting.iter().map(|waiting| waiting.slot)).take(place + 1) {
            (last, missing) = (slot, missing - 1);
        }
        last.saturating_add(missing.saturating_mul(duration)).min(MAX_TIME)
    }

    /// Gives a packet without times those that were counted, as late as those that are stated around it.
    fn fill(&mut self, packet: &mut MediaPacket, time: i64, slot: i64) {
        let entry = &mut packet.entry;
        if let Some(stated) = entry.point.pts {
            self.lateness = Some(Some(stated.saturating_sub(time)));
            return;
        }
        if let Some(lateness) = self.lateness.flatten() {
            let time = time.saturating_add(lateness);
            (entry.point.pts, entry.point.dts, entry.time) = (Some(time), Some(slot), time);
        }
        // How late it is would not be known after a seek.
        entry.key = false;
    }
}

/// Reads from pictures in which order they are shown.
enum Pictures {
    /// By FFmpeg's parser, which knows the picture order count.
    Counted { parser: AVCodecParserContext, context: AVCodecContext, highest: i64 },
    /// MPEG-1 and -2 number the pictures of each group.
    Numbered,
}

impl Pictures {
    /// `None` for codecs that show pictures in the order of decoding.
    fn of(stream: &Stream<'_>, codec: &str) -> Option<Self> {
        match codec {
            "mpeg1video" | "mpeg2video" => Some(Self::Numbered),
            "h264" | "hevc" => {
                let id = stream.0.codecpar().codec_id;
                let mut parser = AVCodecParserContext::init(id)?;
                // SAFETY: a plain field of a parser that is ours alone.
                unsafe { (*parser.as_mut_ptr()).flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES as i32 };
                let decoder = AVCodec::find_decoder(id)?;
                let mut context = AVCodecContext::new(&decoder);
                context.apply_codecpar(&stream.0.codecpar()).ok()?;
                Some(Self::Counted { parser, context, highest: i64::MAX })
            }
            _ => None,
        }
    }

    /// A number that is higher the later the picture is shown, and whether all before are shown before.
    fn read(&mut self, data: &[u8], key: bool) -> (i64, bool) {
        match self {
            Self::Numbered => {
                let place = |code: u8| data.windows(4).position(|word| word == [0, 0, 1, code]).map(|place| place + 4);
                let number =
                    place(0).and_then(|place| data.get(place..place + 2)).and_then(|bytes| bytes.try_into().ok());
                let number = number.map_or(0, |bytes| i64::from(u16::from_be_bytes(bytes) >> 6));
                (number, place(0xb8).is_some())
            }
            Self::Counted { parser, context, highest } => {
                let (mut out, mut size) = (ptr::null_mut(), 0);
                let (len, none) = (i32::try_from(data.len()).unwrap_or(0), ffi::AV_NOPTS_VALUE);
                // SAFETY: parser and context live; the data of a packet is followed by the padding that parsers want.
                // What they give is the data itself, which is left aside.
                let number = unsafe {
                    let (parser, context) = (parser.as_mut_ptr(), context.as_mut_ptr());
                    ffi::av_parser_parse2(parser, context, &mut out, &mut size, data.as_ptr(), len, none, none, -1);
                    i64::from((*parser).output_picture_number)
                };
                // The count begins anew with an IDR picture, and only there.
                let begins = key && number <= *highest;
                *highest = if begins { number } else { number.max(*highest) };
                (number, begins)
            }
        }
    }
}
