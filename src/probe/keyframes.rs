//! Whether keyframes are whole, and are keyframes at all: of an MP4 whose index is all that is read, by one of them.

use crate::base::Result;
use crate::codec::{self, Configuration};
use crate::ffmpeg::{Input, Stream};
use crate::media::{Packet, TrackIndex};

/// Codecs whose keyframes are looked into.
const KNOWN: [&str; 4] = ["h264", "hevc", "mpeg4", "vp8"];

/// Bytes of a keyframe that are read.
const HEAD: usize = 4096;

/// Looks into the second keyframe. An encoder that refreshes its pictures bit by bit makes no whole one but the first, so what
/// that one says holds for all that follow. If it is none, the index says nothing, and each is looked into.
pub(super) fn sample(input: &Input, track: &mut TrackIndex) -> Result<()> {
    let known = Keyframes::of(&input.stream(track.track)?);
    let mut keyframes = track.packets.iter_mut().filter(|packet| packet.key).skip(1).peekable();
    let Some(second) = keyframes.peek().filter(|_| KNOWN.contains(&known.codec.as_str())) else { return Ok(()) };
    let look = |packet: &Packet| Ok(known.recovery(&head(input, packet, HEAD)?));
    let of_all = look(second)?;
    for packet in keyframes {
        let recovery = if of_all.is_none() { look(packet)? } else { of_all };
        (packet.key, packet.recovery) = (recovery.is_some(), recovery.unwrap_or(0));
    }
    Ok(())
}

/// What it takes to look into the keyframes of a track.
pub(crate) struct Keyframes {
    pub(super) codec: String,
    pub(super) extradata: Vec<u8>,
    /// Of H.264.
    configuration: Option<Configuration>,
}

impl Keyframes {
    pub(crate) fn of(stream: &Stream<'_>) -> Self {
        let (codec, extradata) = (stream.codec(), stream.extradata().to_vec());
        let configuration = (codec == "h264").then(|| Configuration::read(&extradata).ok()).flatten();
        Self { codec, extradata, configuration }
    }

    /// Whether a keyframe says that no picture behind it refers to one before it, where a decoder would make those up.
    pub(crate) fn begins_anew(&self, picture: &[u8]) -> bool {
        codec::begins_anew(&self.codec, &self.extradata, picture)
    }

    /// What a keyframe says of its recovery, as [`Configuration::recovery`] has it: `None` if it is none.
    pub(crate) fn recovery(&self, picture: &[u8]) -> Option<u16> {
        match &self.configuration {
            Some(configuration) => configuration.recovery(picture),
            None => (!codec::is_predicted(&self.codec, &self.extradata, picture)).then_some(0),
        }
    }
}

/// The first bytes of a packet, so many at most; none where its place is not in the source.
pub(super) fn head(input: &Input, packet: &Packet, most: usize) -> Result<Vec<u8>> {
    let mut head = vec![0; (packet.size as usize).min(most)];
    let position = packet.point.pos.and_then(|pos| u64::try_from(pos).ok());
    match position.filter(|position| position.saturating_add(head.len() as u64) <= input.source().len()) {
        Some(position) => input.context().read_exact_at(position, &mut head)?,
        None => head.clear(),
    }
    Ok(head)
}
