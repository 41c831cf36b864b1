//! Reading the packets of one track, starting at one that a plan names.

use crate::base::{Damage, Error, ErrorKind, Result, Watch};
use crate::ffmpeg::{Input, MediaPacket};
use crate::media::{ClockPart, Edit, Packet, SeekPoint, is_same};
use crate::probe::is_indexed;
use crate::source::Context;

/// Seconds before the wanted packet to seek to, in the order of the attempts. Seeking may land too late: MPEG-TS and
/// Matroska without an index are searched by byte position, and some demuxers know timestamps only some packets after a
/// seek. 10 seconds is encoders' usual keyframe interval, 60 leaves room for sparse ones. If all fail the file is read
/// from the start, so that the values affect speed alone.
const SEEK_BACK: [i64; 3] = [0, 10, 60];

/// The most bytes to expect at once: more would keep the decoder waiting.
const MAX_EXPECTED: u64 = 2 << 20;

/// Reads one track's packets.
pub(super) struct PacketReader {
    context: Context,
    input: Input,
    track: u32,
    has_telling_places: bool,
    /// The stretches of the container's clock, if it jumps.
    clock: Vec<ClockPart>,
    editing: Editing,
    /// Whether the demuxer gives packets without data. [`fill`](Self::fill) then reads it from the source.
    by_index: bool,
}

/// Who follows the edit list of an MP4's track.
#[derive(Debug, Clone)]
pub(super) enum Editing {
    Demuxer,
    /// It is read edit by edit.
    Edits(Vec<Edit>),
    /// Packets are those of the media.
    Nobody,
}

impl Editing {
    /// Of pictures.
    pub(super) fn of(edits: &[Edit]) -> Self {
        if edits.is_empty() { Self::Demuxer } else { Self::Edits(edits.to_vec()) }
    }

    pub(super) fn unless(is_unedited: bool) -> Self {
        if is_unedited { Self::Nobody } else { Self::Demuxer }
    }
}

/// Whether a packet lies right behind another one in the source.
fn is_next(packet: &Packet, next: &Packet) -> bool {
    let end = packet.point.pos.and_then(|pos| pos.checked_add(packet.size.into()));
    end.is_some() && end == next.point.pos
}

fn wrong_size() -> Error {
    Error::new(ErrorKind::Internal, "a packet's data does not have the size that it states")
}

enum Search {
    Found(Box<MediaPacket>),
    /// The packet cannot follow any more.
    Passed,
}

impl PacketReader {
    pub(super) fn open(context: &Context, track: u32, clock: &[ClockPart], editing: &Editing) -> Result<Self> {
        let mut input = match editing {
            Editing::Demuxer => Input::open_known(context)?,
            Editing::Edits(edits) => Input::open_edited(context, track, edits)?,
            Editing::Nobody => Input::open_unedited(context)?,
        };
        if !input.may_grow() {
            input.stream(track)?;
        }
        input.select(&[track]);
        input.set_clock(track, clock);
        let has_telling_places = input.has_telling_places();
        let (clock, editing) = (clock.to_vec(), editing.clone());
        Ok(Self { context: context.clone(), input, track, clock, editing, has_telling_places, by_index: false })
    }

    /// As [`open`](Self::open), for callers that get data only through [`fill`](Self::fill). If the container has an
    /// index, data is then read straight into the caller's buffer.
    pub(super) fn open_index(context: &Context, track: u32, clock: &[ClockPart]) -> Result<Self> {
        let mut reader = Self::open(context, track, clock, &Editing::Demuxer)?;
        if !is_indexed(&reader.input)? {
            return Ok(reader);
        }
        if reader.input.index_only() {
            reader.by_index = true;
            return Ok(reader);
        }
        // That demuxer does not fetch data any more.
        Self::open(context, track, clock, &Editing::Demuxer)
    }

    /// Says of a remote source that about this share of it will be read from `place` on.
    pub(super) fn expect(&self, place: u64, share: f64) {
        let source = &self.context.source;
        let bytes = (source.len() as f64 * share.clamp(0.0, 1.0)) as u64;
        source.will_read(place..place.saturating_add(bytes.min(MAX_EXPECTED)));
    }

    /// Copies the data of packets into `buffer`, which has their size.
    pub(super) fn fill(&self, packets: &[MediaPacket], buffer: &mut [u8]) -> Result<()> {
        let mut rest = buffer;
        for run in packets.chunk_by(|packet, next| self.by_index && is_next(&packet.entry, &next.entry)) {
            let size = run.iter().map(|packet| packet.entry.size as usize).sum();
            let (data, after) = rest.split_at_mut_checked(size).ok_or_else(wrong_size)?;
            self.fill_run(run, data)?;
            rest = after;
        }
        Ok(())
    }

    /// Frees the memory for data that is read from the source.
    pub(super) fn release(&self, packet: &mut MediaPacket) {
        if self.by_index {
            packet.release();
        }
    }

    /// Copies the data of one packet, or of several that lie one after the other in the source.
    fn fill_run(&self, run: &[MediaPacket], buffer: &mut [u8]) -> Result<()> {
        let Some(first) = run.first() else { return Ok(()) };
        if self.by_index {
            let position = first.entry.point.pos.and_then(|pos| u64::try_from(pos).ok()).unwrap_or(u64::MAX);
            return self.context.read_exact_at(position, buffer);
        }
        if first.data().len() != buffer.len() {
            return Err(wrong_size());
        }
        buffer.copy_from_slice(first.data());
        Ok(())
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.context.watch
    }

    pub(super) fn set_watch(&mut self, watch: &Watch) {
        self.context.watch = watch.clone();
    }

    pub(super) fn damage(&self) -> &Damage {
        &self.context.damage
    }

    pub(super) fn track(&self) -> u32 {
        self.track
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// Seeks to the packet that `seek` names and returns it.
    pub(super) fn start_at(&mut self, seek: &SeekPoint) -> Result<MediaPacket> {
        for back in SEEK_BACK {
            if self.input.seek_to(self.track, seek, back)
                && let Search::Found(packet) = self.search(seek)?
            {
                return Ok(*packet);
            }
        }
        // Seeking does not find it: read from the start.
        *self = if self.by_index {
            Self::open_index(&self.context, self.track, &self.clock)?
        } else {
            Self::open(&self.context, self.track, &self.clock, &self.editing)?
        };
        while let Some(packet) = self.next()? {
            if self.is_same(&packet, seek) {
                return Ok(packet);
            }
        }
        let message = format!(
            "track {} of {} has no packet at {}, where the plan has one: it is not the source that was planned",
            self.track,
            self.context.source.name(),
            seek.pts.or(seek.dts).unwrap_or(0),
        );
        Err(Error::new(ErrorKind::SourceChanged, message))
    }

    /// Whether this is the packet that `seek` names.
    fn is_same(&self, packet: &MediaPacket, seek: &SeekPoint) -> bool {
        let is_elsewhere = self.has_telling_places && packet.entry.point.pos != seek.pos;
        is_same(&packet.entry, seek) && !is_elsewhere
    }

    /// The track's next packet if it is the one that `seek` names. Another one is consumed.
    pub(super) fn next_if(&mut self, seek: &SeekPoint) -> Result<Option<MediaPacket>> {
        Ok(self.next()?.filter(|packet| self.is_same(packet, seek)))
    }

    /// Reads until the packet is found, or a keyframe is later than it. Another packet may have the same time, so after a seek
    /// only a keyframe is taken for it.
    fn search(&mut self, seek: &SeekPoint) -> Result<Search> {
        while let Some(packet) = self.next()? {
            if packet.entry.key && self.is_same(&packet, seek) {
                return Ok(Search::Found(Box::new(packet)));
            }
            let times = packet.entry.point.pts.zip(seek.pts);
            if packet.entry.key && times.is_some_and(|(current, wanted)| current > wanted) {
                return Ok(Search::Passed);
            }
        }
        Ok(Search::Passed)
    }

    /// The track's next packet, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<MediaPacket>> {
        loop {
            self.context.watch.check()?;
            match self.input.read()? {
                Some(packet) if packet.track != self.track => {}
                packet => return Ok(packet),
            }
        }
    }
}
