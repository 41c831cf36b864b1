//! Demuxing: a container, read packet by packet.

use std::time::Instant;

use rsmpeg::avformat::{AVFormatContextInput, AVIOContextCustom};
use rsmpeg::ffi;

use super::chained::Chained;
use super::editing::Editing;
use super::first_frames::Setups;
use super::io::{self, SharedByteStream};
use super::ivf;
use super::layered::Layered;
use super::log;
use super::mend::Mend;
use super::open::{Container, Tables, check_size, open_container, open_error};
use super::order::Order;
use super::parts::Parts;
use super::reckoned;
use super::stream::{MediaType, Stream};
use super::unstated::Unstated;
use crate::base::{Error, ErrorKind, Rational, Result};
use crate::media::Clock;
use crate::source::{Context, Source};

/// A time before any track's first packet, in ticks: 141 days at 90 kHz.
const FAR_BEFORE: i64 = -(1 << 40);
/// Microseconds of an MP4 that FFmpeg looks at to know its streams, where it cannot know all; its default is 5 seconds.
const LOOK_PAST_UNKNOWN: i64 = 1_000_000;

/// An open container.
pub(crate) struct Input {
    pub(super) format: AVFormatContextInput,
    /// What `format` reads from; dropped after it, as fields are dropped in order.
    _bytes: AVIOContextCustom,
    pub(super) io: SharedByteStream,
    pub(super) context: Context,
    /// Tracks with a [packed bitstream](Stream::is_packed).
    pub(super) packed: Vec<u32>,
    /// For tracks whose times have to be found.
    pub(super) orders: Vec<Order>,
    /// The tracks of which FFmpeg knows enough to count their times.
    pub(super) known: Vec<u32>,
    /// Seconds of priming by the container, for each stream that it states. Later FFmpeg may find another sample rate.
    primings: Vec<Rational>,
    pub(super) unstated: Unstated,
    pub(super) is_at_end: bool,
    pub(super) chained: Chained,
    /// Of FLAC without a container.
    pub(super) parts: Option<Parts>,
    /// Of IVF with VP9.
    pub(super) layered: Option<Layered>,
    /// Why packets end before the source does.
    pub(super) damage: Option<Error>,
    /// Whether the last packet that was read is part of one, as the source ends within it.
    pub(super) ends_in_part: bool,
    /// Whether a page of an Ogg had a wrong checksum.
    pub(super) has_damaged_pages: bool,
    /// The clocks of tracks whose times are moved.
    pub(super) clocks: Vec<(u32, Clock)>,
    /// Where the fragments of an MP4 begin, of which FFmpeg leaves out what goes back in time.
    pub(super) fragments_from: Option<i64>,
    /// If a track is read edit by edit.
    pub(super) editing: Option<Editing>,
}

impl Input {
    /// Opens the source and finds out all about its streams.
    pub(crate) fn open(context: &Context) -> Result<Self> {
        Self::open_container(context, Tables::Edited)?.with_stream_info()
    }

    /// The same of an MP4 whose tables are written over, so that FFmpeg knows the first samples of long tracks alone.
    pub(crate) fn open_begun(context: &Context, cut: Vec<Mend>) -> Result<Self> {
        Self::open_container(context, Tables::Begun(cut))?.with_stream_info()
    }

    /// Opens a source that was probed before, for reading packets. What an MP4 states about its streams is enough for
    /// decoders, so FFmpeg need not decode frames to find out more.
    pub(crate) fn open_known(context: &Context) -> Result<Self> {
        Self::open_container(context, Tables::Edited)?.complete()
    }

    /// As [`open_known`](Self::open_known), but the edit lists of an MP4 are left aside.
    pub(crate) fn open_unedited(context: &Context) -> Result<Self> {
        Self::open_container(context, Tables::Unedited)?.complete()
    }

    pub(super) fn complete(self) -> Result<Self> {
        let is_complete = |stream: &Stream<'_>| stream.is_framed_by_mp4() && stream.index_len() > 0;
        if self.is_mp4() && self.streams().iter().all(is_complete) { Ok(self) } else { self.with_stream_info() }
    }

    /// Finds out what the container does not state about its streams, by reading and decoding its beginning.
    fn with_stream_info(self) -> Result<Self> {
        self.with_stream_info_by(|_| Setups::default())
    }

    /// The same with decoders that are set up so.
    pub(super) fn with_stream_info_by(mut self, setups: impl FnOnce(&Self) -> Setups) -> Result<Self> {
        // That of another source.
        log::take_damaged_page();
        self.primings = self.streams().iter().map(Stream::priming).collect();
        let mut setups = setups(&self);
        if self.is_mp4() && self.streams().iter().any(Stream::is_of_unknown_codec) {
            // FFmpeg would go on reading for what no data tells.
            // SAFETY: a plain field of a context that is ours alone.
            unsafe { (*self.format.as_mut_ptr()).max_analyze_duration = LOOK_PAST_UNKNOWN };
        }
        // SAFETY: the context is open and ours alone; there is a setup for each stream, or none at all.
        let code = unsafe { ffi::avformat_find_stream_info(self.format.as_mut_ptr(), setups.as_mut_ptr()) };
        if code < 0 {
            return Err(open_error(&self.context.source, &self.io, code));
        }
        let failure = io::lock(&self.io).take_failure();
        self.keep_channels_separate();
        self.packed = self.streams().iter().filter(|stream| stream.is_packed()).map(Stream::index).collect();
        self.known = self.streams().iter().filter(|stream| !stream.is_incomplete()).map(Stream::index).collect();
        let container = self.container();
        if reckoned::is_reckoned(&container) {
            reckoned::correct_rates(&mut self.format);
        }
        if container == "flac" && self.format.nb_streams > 0 {
            self.parts = self.streams().first().map(Parts::of);
            Parts::allow_any_length(&mut self.format);
        }
        let is_timeless = container == "ivf" && ivf::is_timeless(&self.context)?;
        let is_vp9 = |stream: &Stream<'_>| stream.codec() == "vp9";
        if container == "ivf" && !is_timeless && self.streams().iter().any(is_vp9) {
            self.layered = Some(Layered::default());
        }
        self.orders = self.streams().iter().filter_map(|stream| Order::of(stream, &container, is_timeless)).collect();
        failure.map_or(Ok(self), Err)
    }

    pub(super) fn open_container(context: &Context, tables: Tables) -> Result<Self> {
        let source = &context.source;
        log::init();
        let _ = log::take_last_error();
        check_size(source)?;
        let started = Instant::now();
        let opened = open_container(context, tables)?;
        tracing::debug!(source = source.name(), elapsed = ?started.elapsed(), "opened");
        if let Some(failure) = io::lock(&opened.io).take_failure() {
            return Err(failure);
        }
        let Container { format, bytes, io } = opened;
        Ok(Self {
            format,
            _bytes: bytes,
            io,
            context: context.clone(),
            packed: Vec::new(),
            orders: Vec::new(),
            known: Vec::new(),
            primings: Vec::new(),
            unstated: Unstated::default(),
            is_at_end: false,
            chained: Chained::default(),
            parts: None,
            layered: None,
            damage: None,
            ends_in_part: false,
            has_damaged_pages: false,
            clocks: Vec::new(),
            fragments_from: None,
            editing: None,
        })
    }

    /// The container format by libavformat's names.
    pub(crate) fn container(&self) -> String {
        self.format.iformat().name().to_string_lossy().into_owned()
    }

    /// Whether it is an MP4 or QuickTime file.
    pub(crate) fn is_mp4(&self) -> bool {
        self.container().split(',').any(|name| name == "mp4")
    }

    /// All streams, in the container's order.
    pub(crate) fn streams(&self) -> Vec<Stream<'_>> {
        // Without streams the pointer is null, of which rsmpeg must not make a slice.
        if self.format.nb_streams == 0 { Vec::new() } else { self.format.streams().iter().map(Stream).collect() }
    }

    /// Checks the stream's coded size.
    ///
    /// # Errors
    /// [`LimitExceeded`](ErrorKind::LimitExceeded) above [`Limits::pixels`](crate::Limits::pixels).
    pub(crate) fn check_pixels(&self, stream: &Stream<'_>) -> Result<()> {
        let ((width, height), limit) = (stream.coded_size(), self.context.limits().pixels);
        if u64::from(width) * u64::from(height) <= limit {
            return Ok(());
        }
        let name = self.context.source.name();
        let message = format!("{name} has frames of {width}x{height}, more than the limit of {limit} pixels");
        Err(Error::new(ErrorKind::LimitExceeded, message))
    }

    /// The stream at `position`.
    pub(crate) fn stream(&self, position: u32) -> Result<Stream<'_>> {
        self.streams().into_iter().nth(position as usize).ok_or_else(|| {
            let message = format!(
                "{} has no track {position}: it is not the source that was planned",
                self.context.source.name()
            );
            Error::new(ErrorKind::SourceChanged, message)
        })
    }

    /// Seconds of audio priming at the start of a track, which are not presented; zero for video.
    pub(crate) fn priming(&self, stream: &Stream<'_>) -> Rational {
        let stated = self.primings.get(stream.index() as usize).copied().filter(|priming| *priming > Rational::ZERO);
        stated.unwrap_or_else(|| stream.priming())
    }

    /// Whether streams can appear while packets are read. Of a transport stream FFmpeg says so only until it has found some.
    pub(crate) fn may_grow(&self) -> bool {
        self.is_transport_stream() || self.format.ctx_flags & ffi::AVFMTCTX_NOHEADER as i32 != 0
    }

    pub(crate) fn is_transport_stream(&self) -> bool {
        self.format.iformat().name() == c"mpegts"
    }

    /// What is known of a stream, to be written to.
    pub(super) fn parameters_mut(&mut self, track: u32) -> Result<*mut ffi::AVCodecParameters> {
        self.stream(track)?;
        let stream = self.format.streams_mut().get_mut(track as usize);
        // SAFETY: the stream belongs to a context that we borrow mutably.
        Ok(stream.map_or(std::ptr::null_mut(), |stream| unsafe { (*stream.as_mut_ptr()).codecpar }))
    }

    /// Has a stream have another bit rate, in bits per second.
    pub(crate) fn set_bit_rate(&mut self, track: u32, rate: u64) -> Result<()> {
        let parameters = self.parameters_mut(track)?;
        // SAFETY: they are a stream's of a context that we borrow mutably.
        if let Some(parameters) = unsafe { parameters.as_mut() } {
            parameters.bit_rate = i64::try_from(rate).unwrap_or(0);
        }
        Ok(())
    }

    /// Limits reading to the packets of these tracks; the demuxer skips the data of others where it can.
    pub(crate) fn select(&mut self, tracks: &[u32]) {
        if self.format.nb_streams == 0 {
            return;
        }
        for (position, stream) in self.format.streams_mut().iter_mut().enumerate() {
            let selected = tracks.contains(&(position as u32));
            let discard = if selected { ffi::AVDISCARD_DEFAULT } else { ffi::AVDISCARD_ALL };
            // SAFETY: the stream belongs to a context that we borrow mutably.
            unsafe { (*stream.as_mut_ptr()).discard = discard };
        }
        if tracks.len() == 1 {
            self.read_small_blocks();
        }
    }

    /// Undoes that FFmpeg reads blocks of megabytes, anew after each seek, where tracks lie apart in the source.
    fn read_small_blocks(&mut self) {
        // SAFETY: a plain field; the byte stream lives as long as the context, and its buffer is not smaller than it states.
        unsafe {
            if let Some(stream) = (*self.format.as_mut_ptr()).pb.as_mut() {
                stream.buffer_size = stream.buffer_size.min(io::BUFFER_SIZE as i32);
            }
        }
    }

    /// The positions of the tracks of these kinds.
    pub(crate) fn of_kinds(&self, kinds: &[MediaType]) -> Vec<u32> {
        self.streams().iter().filter(|stream| kinds.contains(&stream.media_type())).map(Stream::index).collect()
    }

    /// The positions of the tracks that are read.
    pub(crate) fn selected(&self) -> Vec<u32> {
        self.streams().iter().filter(|stream| !stream.is_discarded()).map(Stream::index).collect()
    }

    /// Whether an MP4's samples are packets in all tracks that are read, see [`Stream::is_framed_by_mp4`].
    pub(crate) fn is_framed_by_mp4(&self) -> bool {
        self.streams().iter().all(|stream| stream.is_discarded() || stream.is_framed_by_mp4())
    }

    /// From now on gives the packets of an MP4's index from the start, without their data. Returns whether that
    /// works. Afterwards only [`read`](Self::read) and [`seek`](Self::seek) may be called.
    pub(crate) fn index_only(&mut self) -> bool {
        // Seeking in one track moves the others to the same time, so it has to be the one that starts first.
        let streams = self.streams().into_iter().filter(|stream| !stream.is_discarded());
        let earliest = streams.filter_map(|stream| Some((stream.first_index_time()?, stream.index()))).min();
        // SAFETY: a plain field of a context that we borrow mutably.
        unsafe { (*self.format.as_mut_ptr()).flags |= ffi::AVFMT_FLAG_NOPARSE as i32 };
        // Seeking also removes the parsers, which would read the data.
        let at_start = earliest.is_some_and(|(_, track)| self.seek(track, FAR_BEFORE));
        io::lock(&self.io).stop_fetching();
        // Direct mode skips the byte stream's buffer, so that data which is not fetched is not copied either.
        // SAFETY: plain fields; the byte stream lives as long as the context.
        unsafe {
            if let Some(stream) = (*self.format.as_mut_ptr()).pb.as_mut() {
                stream.direct = 1;
            }
        }
        at_start
    }

    /// Whether pages of an Ogg had a wrong checksum so far, and were left out.
    pub(crate) fn has_damaged_pages(&self) -> bool {
        self.has_damaged_pages
    }

    /// Why packets ended before the source did, if they have.
    pub(crate) fn take_damage(&mut self) -> Option<Error> {
        self.damage.take()
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn source(&self) -> &Source {
        &self.context.source
    }
}
