//! A container that is read packet by packet.

use std::ffi::CStr;
use std::ptr::NonNull;
use std::time::Instant;

use rsmpeg::avcodec::AVPacket;
use rsmpeg::avformat::{AVFormatContextInput, AVIOContextCustom};
use rsmpeg::avutil::AVDictionary;
use rsmpeg::ffi;

use super::error::{code_of, failed};
use super::held::held;
use super::io::{self, SharedStream};
use super::log;
use super::stream::{Stream, known};
use crate::base::{Error, ErrorKind, Result};
use crate::media::{Packet, SeekPoint};
use crate::source::{Context, Source};

/// The demuxers that may look at a source: none that opens another resource (playlists, image sequences,
/// scripts), none for formats that nobody uploads, and none whose pictures have no times (bare H.264).
const DEMUXERS: &CStr = c"aac,ac3,aiff,asf,avi,caf,dv,eac3,flac,flv,gif,ivf,m4v,matroska,webm,mov,mp4,mp3,\
mpeg,mpegts,mpegvideo,mxf,ogg,wav,w64";

/// Earlier than anything starts, in ticks.
const FAR_BEFORE: i64 = -(1 << 40);

/// An open container.
pub(crate) struct Input {
    format: AVFormatContextInput,
    /// What the context reads from: to be dropped after it.
    _bytes: AVIOContextCustom,
    io: SharedStream,
    context: Context,
}

/// A packet's data as FFmpeg holds it, with its description.
pub(crate) struct MediaPacket {
    pub(crate) packet: AVPacket,
    pub(crate) track: u32,
    pub(crate) entry: Packet,
}

impl MediaPacket {
    /// The data.
    pub(crate) fn data(&self) -> &[u8] {
        // SAFETY: a packet's data has its size, and lives as long as the packet.
        unsafe { held(self.packet.data, self.packet.size) }
    }

    /// Whether from here on the decoder is to be set up in another way than the container said at first.
    pub(crate) fn changes_codec_data(&self) -> bool {
        let kind = ffi::AV_PKT_DATA_NEW_EXTRADATA;
        // SAFETY: the packet lives; what is found is not looked at.
        unsafe { !ffi::av_packet_get_side_data(self.packet.as_ptr(), kind, std::ptr::null_mut()).is_null() }
    }
}

impl Input {
    /// Opens `source` and finds out all about its streams.
    pub(crate) fn open(context: &Context) -> Result<Self> {
        Self::open_bare(context)?.described()
    }

    /// Opens a `source` of which is known what its streams are, for reading packets. What an MP4 says of them is
    /// enough for decoders; FFmpeg would decode some pictures to find out more.
    pub(crate) fn open_known(context: &Context) -> Result<Self> {
        let input = Self::open_bare(context)?;
        let known = |stream: &Stream<'_>| stream.is_framed_by_mp4() && stream.indexed() > 0;
        let is_mp4 = input.container().split(',').any(|name| name == "mp4");
        if is_mp4 && input.streams().iter().all(known) { Ok(input) } else { input.described() }
    }

    /// Finds out what the container does not say of its streams.
    fn described(mut self) -> Result<Self> {
        // SAFETY: the context is open and ours alone; there are no options for its decoders.
        let code = unsafe { ffi::avformat_find_stream_info(self.format.as_mut_ptr(), std::ptr::null_mut()) };
        if code < 0 {
            return Err(open_error(&self.context.source, &self.io, code));
        }
        let failure = io::lock(&self.io).take_failure();
        failure.map_or(Ok(self), Err)
    }

    fn open_bare(context: &Context) -> Result<Self> {
        let source = &context.source;
        log::init();
        let _ = log::take_last_error();
        check_size(source)?;
        let (mut bytes, io) = io::open(context);
        let options = AVDictionary::new(c"format_whitelist", DEMUXERS, 0)
            .set(c"protocol_whitelist", c"", 0)
            // Presentation times that a container leaves out (AVI, MPEG program streams) are found from the
            // order of decoding, for the scan and the decoder alike.
            .set(c"fflags", c"+genpts", 0);
        let started = Instant::now();
        let format = open_context(&mut bytes, options).map_err(|code| open_error(source, &io, code))?;
        tracing::debug!(source = source.name(), elapsed = ?started.elapsed(), "opened");
        if let Some(failure) = io::lock(&io).take_failure() {
            return Err(failure);
        }
        Ok(Self { format, _bytes: bytes, io, context: context.clone() })
    }

    /// The demuxer's short names.
    pub(crate) fn container(&self) -> String {
        self.format.iformat().name().to_string_lossy().into_owned()
    }

    /// All streams, in the container's order.
    pub(crate) fn streams(&self) -> Vec<Stream<'_>> {
        // rsmpeg makes a slice of the pointer as it is, and with no streams it is null.
        if self.format.nb_streams == 0 { Vec::new() } else { self.format.streams().iter().map(Stream).collect() }
    }

    /// Refuses pictures above the limit.
    pub(crate) fn check_pixels(&self, stream: &Stream<'_>) -> Result<()> {
        let ((width, height), limit) = (stream.coded_size(), self.context.limits().pixels);
        if u64::from(width) * u64::from(height) <= limit {
            return Ok(());
        }
        let name = self.context.source.name();
        let message = format!("{name} has pictures of {width}x{height}, more than the limit of {limit} pixels");
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

    /// Reads packets of the given tracks alone; the demuxer skips the others' data where it can.
    pub(crate) fn select(&mut self, tracks: &[u32]) {
        if self.format.nb_streams == 0 {
            return;
        }
        for (position, stream) in self.format.streams_mut().iter_mut().enumerate() {
            let selected = tracks.contains(&(position as u32));
            let discard = if selected { ffi::AVDISCARD_DEFAULT } else { ffi::AVDISCARD_ALL };
            // SAFETY: the stream belongs to a context that we hold exclusively.
            unsafe { (*stream.as_mut_ptr()).discard = discard };
        }
    }

    /// Positions of the tracks that are read.
    pub(crate) fn selected(&self) -> Vec<u32> {
        self.streams().iter().filter(|stream| !stream.is_discarded()).map(Stream::index).collect()
    }

    /// Whether an MP4 tells where each packet of the tracks that are read is; packets of some codecs FFmpeg finds
    /// by looking into the data.
    pub(crate) fn is_framed_by_mp4(&self) -> bool {
        self.streams().iter().all(|stream| stream.is_discarded() || stream.is_framed_by_mp4())
    }

    /// Gives the packets that an MP4's index tells of, from the start on, without fetching their data; whether
    /// that works. Nothing but [`read`](Self::read) and [`seek`](Self::seek) may follow.
    pub(crate) fn index_only(&mut self) -> bool {
        // Where the demuxer enters one track it moves the others to.
        let streams = self.streams().into_iter().filter(|stream| !stream.is_discarded());
        let earliest = streams.filter_map(|stream| Some((stream.first_indexed()?, stream.index()))).min();
        // SAFETY: a plain field of a context that we hold exclusively.
        unsafe { (*self.format.as_mut_ptr()).flags |= ffi::AVFMT_FLAG_NOPARSE as i32 };
        // Seeking takes away the parsers, which look into the data; far before the start is the start.
        let at_start = earliest.is_some_and(|(_, track)| self.seek(track, FAR_BEFORE));
        io::lock(&self.io).stop_fetching();
        // SAFETY: plain fields; the byte stream is there as long as the context. Read directly, what is not fetched
        // is not copied either.
        unsafe {
            if let Some(stream) = (*self.format.as_mut_ptr()).pb.as_mut() {
                stream.direct = 1;
            }
        }
        at_start
    }

    /// The next packet, or `None` at the end.
    pub(crate) fn read(&mut self) -> Result<Option<MediaPacket>> {
        let packet = match self.format.read_packet() {
            Ok(packet) => packet,
            Err(error) => {
                let failure = io::lock(&self.io).take_failure();
                return Err(failure.unwrap_or_else(|| {
                    let message = format!("{} is broken and cannot be read further", self.context.source.name());
                    failed(ErrorKind::Corrupt, message, code_of(&error))
                }));
            }
        };
        // A demuxer may take a failed read for the end of the file.
        if let Some(failure) = io::lock(&self.io).take_failure() {
            return Err(failure);
        }
        Ok(packet.map(describe))
    }

    /// Moves to the key packet at or before `time` (in the track's ticks, decoding time); whether it worked.
    pub(crate) fn seek(&mut self, track: u32, time: i64) -> bool {
        self.format.seek(track as i32, time, ffi::AVSEEK_FLAG_BACKWARD as i32).is_ok()
    }

    /// Where the last byte lies that the container's own index promises.
    pub(crate) fn promised_end(&self) -> u64 {
        let ends = self.streams().into_iter().filter_map(|stream| stream.promised_end());
        ends.max().unwrap_or(0)
    }

    /// What it is read with.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn source(&self) -> &Source {
        &self.context.source
    }
}

fn check_size(source: &Source) -> Result<()> {
    let (name, len) = (source.name(), source.len());
    if len == 0 {
        return Err(Error::new(ErrorKind::NotMedia, format!("{name} is empty: it has no bytes at all")));
    }
    if len > source.limits().source_bytes {
        let message = format!("{name} has {len} bytes, more than the limit of {}", source.limits().source_bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    Ok(())
}

/// Opens a container that reads from `bytes`, which has to live as long as it. rsmpeg's own way would look for more
/// about the streams at once, and frees options twice where opening fails.
fn open_context(
    bytes: &mut AVIOContextCustom,
    options: AVDictionary,
) -> std::result::Result<AVFormatContextInput, i32> {
    // SAFETY: the context is allocated here, and given its byte stream before anybody else sees it; where opening
    // fails it has been freed. The options are ours to free, whatever of them is left.
    unsafe {
        let mut context = ffi::avformat_alloc_context();
        let Some(fields) = context.as_mut() else { return Err(ffi::AVERROR(ffi::ENOMEM)) };
        fields.pb = bytes.as_mut_ptr();
        let mut left = options.into_raw().as_ptr();
        let code = ffi::avformat_open_input(&mut context, std::ptr::null(), std::ptr::null(), &mut left);
        ffi::av_dict_free(&mut left);
        match NonNull::new(context).filter(|_| code >= 0) {
            Some(context) => Ok(AVFormatContextInput::from_raw(context)),
            None => Err(code),
        }
    }
}

fn open_error(source: &Source, io: &SharedStream, code: i32) -> Error {
    if let Some(failure) = io::lock(io).take_failure() {
        return failure;
    }
    let name = source.name();
    let last = log::take_last_error().unwrap_or_default();
    if last.contains("moov atom not found") {
        let message = format!("{name} is a truncated MP4: its index (the moov box) is missing, so it cannot be read");
        return Error::new(ErrorKind::Truncated, message);
    }
    let message = format!("{name} is not a media file that vodkit can read, or its beginning is broken");
    failed(ErrorKind::NotMedia, message, code)
}

fn describe(mut packet: AVPacket) -> MediaPacket {
    let (pts, dts) = (known(packet.pts), known(packet.dts));
    // The decoder is not told more than the scan.
    packet.set_pts(pts.unwrap_or(ffi::AV_NOPTS_VALUE));
    packet.set_dts(dts.unwrap_or(ffi::AV_NOPTS_VALUE));
    let flag = |flag: u32| packet.flags & flag as i32 != 0;
    let entry = Packet {
        point: SeekPoint { pts, dts, pos: (packet.pos >= 0).then_some(packet.pos) },
        time: pts.or(dts).unwrap_or(0),
        duration: known(packet.duration).unwrap_or(0).max(0),
        key: flag(ffi::AV_PKT_FLAG_KEY),
        discard: flag(ffi::AV_PKT_FLAG_DISCARD),
        size: packet.size.max(0) as u32,
    };
    MediaPacket { track: packet.stream_index.max(0) as u32, entry, packet }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::MAX_TIME;

    #[test]
    fn times_that_nobody_can_mean_count_as_not_told() {
        let described = |time: i64| {
            let mut packet = AVPacket::new();
            packet.set_pts(time);
            packet.set_dts(time);
            packet.set_duration(time);
            describe(packet)
        };
        for time in [i64::MIN, i64::MIN + 1, -MAX_TIME - 1, MAX_TIME + 1, i64::MAX] {
            let MediaPacket { packet, entry, .. } = described(time);
            assert_eq!((entry.point.pts, entry.point.dts, entry.time, entry.duration), (None, None, 0, 0), "{time}");
            assert_eq!((packet.pts, packet.dts), (ffi::AV_NOPTS_VALUE, ffi::AV_NOPTS_VALUE), "{time}");
        }
        let MediaPacket { packet, entry, .. } = described(MAX_TIME);
        assert_eq!(
            (entry.point.pts, entry.time, entry.duration, packet.pts),
            (Some(MAX_TIME), MAX_TIME, MAX_TIME, MAX_TIME)
        );
    }
}
