//! What passthrough needs to know that only the samples themselves tell.

use std::collections::HashSet;

use super::read::is_indexed;
use crate::base::Result;
use crate::codec::Configuration;
use crate::ffmpeg::Input;
use crate::media::{FrameIndex, MediaInfo, Packet, TrackIndex, is_same};
use crate::source::Context;

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
    let open = || {
        let mut input = Input::open_known(context)?;
        input.select(video.as_ref().copied().ok().as_slice());
        for track in &index.tracks {
            input.set_clock(track.track, &track.clock);
        }
        Ok(input)
    };
    let input = open()?;
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
    let mut video = PassthroughVideo { configuration, idr: HashSet::new() };
    let access = if is_indexed(&input)? { Access::Index } else { Access::Seek };
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
    /// Directly at their positions, which the source's index lists.
    Index,
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
        if let Access::Index = self.access {
            let offset = keyframe.point.pos.and_then(|pos| u64::try_from(pos).ok()).unwrap_or(u64::MAX);
            let mut data = vec![0; keyframe.size as usize];
            self.input.context().read_exact_at(offset, &mut data)?;
            return Ok(Some(data));
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
