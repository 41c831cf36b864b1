//! The packets of one track, from a packet that a plan names.

use crate::base::{Error, ErrorKind, Rational, Result, Watch};
use crate::ffmpeg::{Input, MediaPacket};
use crate::media::{SeekPoint, is_same};
use crate::probe::is_indexed;
use crate::source::Context;

/// How far before the wanted packet to seek, in seconds, one after the other: containers without an index
/// are entered roughly, and some tell times only a little behind where they were entered.
const SEEK_BACK: [i64; 3] = [0, 10, 60];

/// Reads one track's packets.
pub(super) struct PacketReader {
    context: Context,
    input: Input,
    track: u32,
    time_base: Rational,
    /// Whether packets come without their data, which is read from the source when it is asked for.
    by_index: bool,
}

enum Search {
    Found(Box<MediaPacket>),
    Passed,
}

impl PacketReader {
    pub(super) fn open(context: &Context, track: u32) -> Result<Self> {
        let mut input = Input::open_known(context)?;
        let time_base = input.stream(track)?.time_base();
        input.select(&[track]);
        Ok(Self { context: context.clone(), input, track, time_base, by_index: false })
    }

    /// As [`open`](Self::open), but for those who want no more than [`fill`](Self::fill) gives: where a container's
    /// index tells where the data is, it goes straight to where it is wanted.
    pub(super) fn open_index(context: &Context, track: u32) -> Result<Self> {
        let mut reader = Self::open(context, track)?;
        if !is_indexed(&reader.input)? {
            return Ok(reader);
        }
        if reader.input.index_only() {
            reader.by_index = true;
            return Ok(reader);
        }
        // What could not be demuxed is of no more use.
        Self::open(context, track)
    }

    /// Writes a packet's data, which is as long as `buffer`.
    pub(super) fn fill(&self, packet: &MediaPacket, buffer: &mut [u8]) -> Result<()> {
        if self.by_index {
            let place = packet.entry.point.pos.and_then(|place| u64::try_from(place).ok()).unwrap_or(u64::MAX);
            return self.context.read_exact_at(place, buffer);
        }
        if packet.data().len() != buffer.len() {
            return Err(Error::new(ErrorKind::Internal, "a packet is not as long as it says"));
        }
        buffer.copy_from_slice(packet.data());
        Ok(())
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.context.watch
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// Moves to the packet that `seek` names, and returns it.
    pub(super) fn start_at(&mut self, seek: &SeekPoint) -> Result<MediaPacket> {
        if let Some(time) = seek.dts.or(seek.pts) {
            for back in SEEK_BACK {
                let target = time.saturating_sub(self.time_base.ticks(Rational::from(back)));
                if self.input.seek(self.track, target)
                    && let Search::Found(packet) = self.search(seek)?
                {
                    return Ok(*packet);
                }
            }
        }
        // No seeking leads there: from the very start then.
        let open = if self.by_index { Self::open_index } else { Self::open };
        *self = open(&self.context, self.track)?;
        match self.search(seek)? {
            Search::Found(packet) => Ok(*packet),
            Search::Passed => {
                let message = format!(
                    "{} has no packet at {} of track {} as planned: it is not the source that was planned",
                    self.context.source.name(),
                    seek.pts.or(seek.dts).unwrap_or(0),
                    self.track
                );
                Err(Error::new(ErrorKind::SourceChanged, message))
            }
        }
    }

    /// The track's next packet, where it is the one that `seek` names.
    pub(super) fn next_if(&mut self, seek: &SeekPoint) -> Result<Option<MediaPacket>> {
        Ok(self.next()?.filter(|packet| is_same(&packet.entry, seek)))
    }

    /// Reads until the packet is there or cannot come any more.
    fn search(&mut self, seek: &SeekPoint) -> Result<Search> {
        while let Some(packet) = self.next()? {
            if is_same(&packet.entry, seek) {
                return Ok(Search::Found(Box::new(packet)));
            }
            let (here, there) = (packet.entry.point.pts, seek.pts);
            if packet.entry.key && here.zip(there).is_some_and(|(here, there)| here > there) {
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
