//! What passthrough needs to know that only the samples themselves tell.

use std::collections::HashSet;

use super::read::is_indexed;
use crate::base::Result;
use crate::codec::Configuration;
use crate::ffmpeg::Input;
use crate::media::{FrameIndex, MediaInfo, Packet, TrackIndex, is_same};
use crate::source::{ByteRange, Context};

/// What passthrough needs to know beyond the source's index.
pub(crate) struct Passthrough {
    /// The main video track, or why it cannot be copied.
    pub(crate) video: Result<PassthroughVideo, String>,
    /// The AudioSpecificConfigs of the AAC tracks, by the track's position.
    pub(crate) audio: Vec<(u32, Vec<u8>)>,
}

/// An H.264 track that can be copied.
pub(crate) struct PassthroughVideo {
    pub(crate) configuration: Configuration,
    /// Times of its IDR pictures, in ticks.
    pub(crate) idr: HashSet<i64>,
}

/// Reads the keyframes of the track `video`, and the AudioSpecificConfigs of the AAC tracks. An `Err` in `video` is
/// the reason why it is not copied, and is passed on.
pub(crate) fn read_passthrough(
    context: &Context,
    info: &MediaInfo,
    index: &FrameIndex,
    video: std::result::Result<u32, String>,
) -> Result<Passthrough> {
    let selected = video.as_ref().copied().ok();
    let open = || {
        let mut input = Input::open_known(context)?;
        input.select(selected.as_slice());
        for track in &index.tracks {
            input.set_clock(track.track, &track.clock);
        }
        Ok(input)
    };
    let mut setup = Input::open_setup(context)?;
    setup.iter_mut().for_each(|input| input.select(selected.as_slice()));
    // Where the index lists all, no packet is read.
    let is_enough = setup.as_ref().map_or(Ok(false), is_indexed)?;
    let input = setup.filter(|_| is_enough).map_or_else(open, Ok)?;
    let mut audio = Vec::new();
    for (track, _) in info.audio().into_iter().filter(|(track, _)| track.codec == "aac") {
        // What appears later has none beside it.
        let configuration = input.stream(track.index).map(|stream| stream.extradata().to_vec()).unwrap_or_default();
        if !configuration.is_empty() {
            audio.push((track.index, configuration));
        }
    }
    let video = match &video {
        Ok(track) => match index.track(*track) {
            Some(index) => read_video(input, open, index)?,
            None => Err("it has no frames".into()),
        },
        Err(reason) => Err(reason.clone()),
    };
    Ok(Passthrough { video, audio })
}

/// Inspects the track's keyframes; the inner `Err` is the reason why it cannot be copied.
fn read_video(
    input: Input,
    open: impl Fn() -> Result<Input>,
    index: &TrackIndex,
) -> Result<std::result::Result<PassthroughVideo, String>> {
    let Ok(stream) = input.stream(index.track) else {
        return Ok(Err("it appears after the beginning of the source".into()));
    };
    let configuration = match Configuration::read(stream.extradata()) {
        Ok(configuration) => configuration,
        Err(fault) => return Ok(Err(fault)),
    };
    if !index.parameters.is_empty() {
        return Ok(Err("its parameter sets change".into()));
    }
    if !index.edits.is_empty() {
        return Ok(Err("its edit list shows parts of it".into()));
    }
    let access = if is_indexed(&input)? { Access::Index(configuration.length_size()) } else { Access::Seek };
    let mut video = PassthroughVideo { configuration, idr: HashSet::new() };
    let mut keyframes = Keyframes { input, open, track: index.track, access };
    for keyframe in index.packets.iter().filter(|packet| packet.key) {
        keyframes.input.context().watch.check()?;
        let data = keyframes.data(keyframe)?.ok_or("its keyframes cannot be found".into());
        match data.and_then(|data| video.configuration.inspect(&data)) {
            Ok(access_unit) if access_unit.idr => {
                video.idr.insert(keyframe.time);
            }
            Ok(_) => {}
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(video))
}

/// How to get at keyframes.
enum Access {
    /// Directly at their positions, which the source's index lists, where their units have lengths of so many bytes before them.
    Index(Option<usize>),
    /// By seeking to each.
    Seek,
    /// By reading from the start, because seeking did not lead to them.
    Read,
}

/// Reads the keyframes of one track, in order.
struct Keyframes<Open> {
    input: Input,
    open: Open,
    track: u32,
    access: Access,
}

impl<Open: Fn() -> Result<Input>> Keyframes<Open> {
    /// The data of a keyframe; `None` if it is not found.
    fn data(&mut self, keyframe: &Packet) -> Result<Option<Vec<u8>>> {
        if let Access::Index(length_size) = self.access {
            let (context, size) = (self.input.context(), u64::from(keyframe.size));
            let start = keyframe.point.pos.and_then(|pos| u64::try_from(pos).ok()).unwrap_or(u64::MAX);
            let all = ByteRange { start, end: start.saturating_add(size) };
            let outline = length_size.map_or(Ok(None), |length_size| outline(context, all, length_size))?;
            return Ok(Some(match outline {
                Some(outline) => outline,
                None => {
                    let mut data = vec![0; keyframe.size as usize];
                    context.read_exact_at(all.start, &mut data)?;
                    data
                }
            }));
        }
        if let Access::Seek = self.access {
            if self.input.seek_to(self.track, &keyframe.point, 0)
                && let Some(data) = self.read_to(keyframe)?
            {
                return Ok(Some(data));
            }
            self.input = (self.open)()?;
            self.access = Access::Read;
        }
        self.read_to(keyframe)
    }

    /// Reads up to a keyframe; `None` once a later one comes.
    fn read_to(&mut self, keyframe: &Packet) -> Result<Option<Vec<u8>>> {
        while let Some(packet) = self.input.read()? {
            if packet.track != self.track {
                continue;
            }
            if is_same(&packet.entry, &keyframe.point) {
                return Ok(Some(packet.data().to_vec()));
            }
            if packet.entry.key && packet.entry.time > keyframe.time {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// An access unit of which there are the parameter sets, and of other units no more than how they begin; `None` if its units do
/// not make it up.
fn outline(context: &Context, access_unit: ByteRange, length_size: usize) -> Result<Option<Vec<u8>>> {
    /// nal_unit_type of parameter sets (ITU-T H.264 table 7-1).
    const SETS: [u8; 2] = [7, 8];
    let (mut outline, mut rest) = (Vec::new(), access_unit);
    while rest.start < rest.end {
        let Some(head) = rest.read::<5>(context, 0)? else { return Ok(None) };
        let Some((length, &[header, ..])) = head.split_at_checked(length_size) else { return Ok(None) };
        let length = length.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
        let start = rest.start + length_size as u64;
        let unit = ByteRange { start, end: rest.end.min(start + length) };
        if length == 0 || unit.end - unit.start != length {
            return Ok(None);
        }
        let kept = if SETS.contains(&(header & 0x1f)) { unit.bytes(context)? } else { vec![header] };
        outline.extend((kept.len() as u32).to_be_bytes().get(4 - length_size..).unwrap_or_default());
        outline.extend(kept);
        rest.start = unit.end;
    }
    Ok(Some(outline))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn outlined(bytes: &[u8], length_size: usize) -> Option<Vec<u8>> {
        let context = Context::new(&Source::bytes(bytes.to_vec()));
        outline(&context, ByteRange { start: 0, end: bytes.len() as u64 }, length_size).unwrap()
    }

    #[test]
    fn parameter_sets_alone_are_read_whole() {
        let unit = [&[0, 0, 0, 3, 0x67, 1, 2][..], &[0, 0, 0, 2, 0x68, 3], &[0, 0, 0, 9, 0x65], &[7; 8]].concat();
        let kept = [&[0, 0, 0, 3, 0x67, 1, 2][..], &[0, 0, 0, 2, 0x68, 3], &[0, 0, 0, 1, 0x65]].concat();
        assert_eq!(outlined(&unit, 4), Some(kept));
        assert_eq!(outlined(&[0, 5, 0x65, 1, 2, 3, 4], 2), Some(vec![0, 1, 0x65]));
    }

    #[test]
    fn what_is_no_row_of_units_is_read_whole() {
        for bytes in [&[0, 0, 0, 9, 0x65, 1][..], &[0, 0, 0, 0, 0x65], &[0, 0, 0, 1, 0x65, 0, 0], &[0, 0, 0]] {
            assert_eq!(outlined(bytes, 4), None, "{bytes:?}");
        }
    }
}
