//! What samples are like inside, as far as copying them has to know.

use std::collections::HashSet;

use super::read::is_indexed;
use crate::base::Result;
use crate::codec::Configuration;
use crate::ffmpeg::Input;
use crate::media::{FrameIndex, MediaInfo, Packet, TrackIndex, is_same};
use crate::source::Context;

/// What copying has to know beyond the source's index: it stands in the samples.
pub(crate) struct Passthrough {
    /// The main video track's, or why it cannot be taken as it is.
    pub(crate) video: Result<PassthroughVideo, String>,
    /// The AudioSpecificConfigs of tracks with AAC, by the track's position.
    pub(crate) audio: Vec<(u32, Vec<u8>)>,
}

/// A video track in H.264.
pub(crate) struct PassthroughVideo {
    pub(crate) configuration: Configuration,
    /// Times of its packets, in ticks, that decoding can begin with whatever came before.
    pub(crate) idr: HashSet<i64>,
}

/// Looks into the keyframes of the track `video`, or passes on why they do not matter, and for the configurations of
/// AAC.
pub(crate) fn read_passthrough(
    context: &Context,
    info: &MediaInfo,
    index: &FrameIndex,
    video: std::result::Result<u32, String>,
) -> Result<Passthrough> {
    let open = || {
        let mut input = Input::open_known(context)?;
        input.select(video.as_ref().copied().ok().as_slice());
        Ok(input)
    };
    let input = open()?;
    let mut audio = Vec::new();
    for (track, _) in info.audio().into_iter().filter(|(track, _)| track.codec == "aac") {
        let configuration = input.stream(track.index)?.codec_data().to_vec();
        if !configuration.is_empty() {
            audio.push((track.index, configuration));
        }
    }
    let video = match &video {
        Ok(track) => match index.track(*track) {
            Some(index) => read_video(input, open, index)?,
            None => Err("it has no pictures".into()),
        },
        Err(reason) => Err(reason.clone()),
    };
    Ok(Passthrough { video, audio })
}

/// What its keyframes are, or why it cannot be copied.
fn read_video(
    input: Input,
    open: impl Fn() -> Result<Input>,
    index: &TrackIndex,
) -> Result<std::result::Result<PassthroughVideo, String>> {
    let configuration = match Configuration::read(input.stream(index.track)?.codec_data()) {
        Ok(configuration) => configuration,
        Err(fault) => return Ok(Err(fault)),
    };
    if index.changes {
        return Ok(Err("its parameter sets change".into()));
    }
    let mut own = PassthroughVideo { configuration, idr: HashSet::new() };
    let way = if is_indexed(&input)? { Way::Index } else { Way::Seek };
    let mut keyframes = Keyframes { input, open, track: index.track, way };
    for keyframe in index.packets.iter().filter(|packet| packet.key) {
        keyframes.input.context().watch.check()?;
        let data = keyframes.data(keyframe)?.ok_or("its keyframes cannot be reached".into());
        match data.and_then(|data| own.configuration.inspect(&data)) {
            Ok(look) if look.idr => {
                own.idr.insert(keyframe.time);
            }
            Ok(_) => {}
            Err(fault) => return Ok(Err(fault)),
        }
    }
    Ok(Ok(own))
}

/// How keyframes are come by.
enum Way {
    /// The source's index tells where each is.
    Index,
    Seek,
    /// From the start on, where seeking does not lead to them.
    Read,
}

/// Gives the data of one track's keyframes, in order.
struct Keyframes<Open> {
    input: Input,
    open: Open,
    track: u32,
    way: Way,
}

impl<Open: Fn() -> Result<Input>> Keyframes<Open> {
    /// The data of a keyframe; `None` where it is not to be found.
    fn data(&mut self, keyframe: &Packet) -> Result<Option<Vec<u8>>> {
        if let Way::Index = self.way {
            let place = keyframe.point.pos.and_then(|place| u64::try_from(place).ok()).unwrap_or(u64::MAX);
            let mut data = vec![0; keyframe.size as usize];
            self.input.context().read_exact_at(place, &mut data)?;
            return Ok(Some(data));
        }
        if let Way::Seek = self.way {
            let time = keyframe.point.dts.unwrap_or(keyframe.time);
            if self.input.seek(self.track, time)
                && let Some(data) = self.read_to(keyframe)?
            {
                return Ok(Some(data));
            }
            self.input = (self.open)()?;
            self.way = Way::Read;
        }
        self.read_to(keyframe)
    }

    /// Reads on to a keyframe; `None` where it does not come.
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
