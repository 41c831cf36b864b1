//! What a container states of itself: its chapters, its length, and whether it ends where it should.

use rsmpeg::avcodec::AVPacket;
use rsmpeg::ffi;

use super::input::Input;
use super::reckoned::is_reckoned;
use super::slice::ffi_slice;
use super::stream::{MediaType, Stream, rational, tag, valid_time};
use crate::base::Rational;
use crate::media::Chapter;

/// Containers besides MP4 that state the size of each packet, which FFmpeg reads at once. In others it cuts packets by itself.
const SIZED: [&str; 7] = ["avi", "flv", "gxf", "ivf", "mxf", "tta", "voc"];

/// Chapters that are read at most.
const MAX_CHAPTERS: usize = 10_000;

impl Input {
    /// Whether it was several files of FLAC, or several Oggs, as far as it was read.
    pub(crate) fn is_joined(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.is_joined) || self.chained.is_joined()
    }

    /// Whether a packet is known by its place rather than its time. With an edit list FFmpeg gives packets of an MP4 that are
    /// hidden, and they may have the times of others.
    pub(crate) fn has_telling_places(&self) -> bool {
        self.is_mp4() || is_reckoned(&self.container())
    }

    /// The container's chapters, with the titles that they have. Those of ID3 are in times of playing, as those write and read
    /// them that make and play podcasts; FFmpeg's clock of an MP3 begins with what its encoder put before the sound.
    pub(crate) fn chapters(&self) -> Vec<Chapter> {
        let streams = self.streams();
        let sound = streams.iter().find(|stream| stream.media_type() == MediaType::Audio);
        let start = sound.filter(|_| self.container() == "mp3").and_then(Stream::start).unwrap_or(Rational::ZERO);
        let count = if self.format.chapters.is_null() { 0 } else { self.format.nb_chapters as usize };
        let chapter = |place: usize| {
            // SAFETY: the array has `nb_chapters` pointers to chapters that live as long as the context.
            let chapter = unsafe { (*self.format.chapters.add(place)).as_ref()? };
            let time = |ticks: i64| Some(rational(chapter.time_base).times(valid_time(ticks)?) + start);
            let is_timed = chapter.time_base.num > 0 && chapter.time_base.den > 0;
            let (start, end) = (time(chapter.start).filter(|_| is_timed)?, time(chapter.end)?);
            // SAFETY: the dictionary belongs to the chapter.
            Some(Chapter::new(start, end, unsafe { tag(chapter.metadata, c"title") }))
        };
        (0..count.min(MAX_CHAPTERS)).filter_map(chapter).collect()
    }

    /// The positions of the streams of each programme.
    pub(crate) fn programmes(&self) -> Vec<Vec<u32>> {
        // SAFETY: array and length belong to the context, and its programmes live as long.
        let programmes =
            unsafe { ffi_slice(self.format.programs, i32::try_from(self.format.nb_programs).unwrap_or(0)) };
        // SAFETY: as above.
        let programmes = programmes.iter().filter_map(|programme| unsafe { programme.as_ref() });
        // SAFETY: array and length belong to the programme.
        let streams = |own: &ffi::AVProgram| unsafe {
            ffi_slice(own.stream_index, i32::try_from(own.nb_stream_indexes).unwrap_or(0)).to_vec()
        };
        programmes.map(streams).collect()
    }

    /// The end of the last packet in the container's index, as a byte position; 0 without an index.
    pub(crate) fn index_end(&self) -> u64 {
        let ends = self.streams().into_iter().filter_map(|stream| stream.index_end());
        ends.max().unwrap_or(0)
    }

    /// Where the container's index comes last to, as a byte position; 0 without an index.
    pub(crate) fn last_index_place(&self) -> u64 {
        let places = self.streams().into_iter().filter_map(|stream| stream.last_index_place());
        places.max().unwrap_or(0)
    }

    /// Seconds that the container's header states of a track, or of all, if it is the header that does and nothing was guessed
    /// from the packets.
    pub(crate) fn stated_duration(&self, track: u32) -> Option<Rational> {
        // Ogg states none: FFmpeg takes the last time that is there. Of ASF it subtracts a preroll that may not be there. In AIFF
        // with GSM some count samples, some packets.
        let is_stated = self.format.duration_estimation_method == ffi::AVFMT_DURATION_FROM_STREAM
            && !matches!(self.container().as_str(), "ogg" | "asf" | "aiff");
        let stream = self.stream(track).ok().filter(|_| is_stated)?;
        self.duration_of(Some(&stream)).or_else(|| self.duration_of(None)).filter(|duration| *duration > Rational::ZERO)
    }

    /// Seconds that a stream lasts, or all for `None`, as FFmpeg has it.
    pub(super) fn duration_of(&self, stream: Option<&Stream<'_>>) -> Option<Rational> {
        match stream {
            Some(stream) => Some(stream.time_base().times(valid_time(stream.0.duration)?)),
            None => Some(Rational::new(valid_time(self.format.duration)?, ffi::AV_TIME_BASE.into())),
        }
    }

    /// Whether FFmpeg has found how long all lasts from its bit rate.
    pub(super) fn guesses_duration(&self) -> bool {
        self.format.duration_estimation_method == ffi::AVFMT_DURATION_FROM_BITRATE
    }

    /// Whether the source ended within a packet, as far as was read.
    pub(crate) fn ends_within_packet(&self) -> bool {
        self.ends_in_part
    }

    /// Whether a packet is only a part of one, as the source ends within it.
    pub(super) fn is_part(&self, packet: &AVPacket) -> bool {
        let is_short = packet.flags & ffi::AV_PKT_FLAG_CORRUPT as i32 != 0;
        is_short && (self.is_mp4() || SIZED.contains(&self.container().as_str()))
    }
}
