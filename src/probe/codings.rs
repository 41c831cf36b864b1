//! What samples are like inside, as far as copying them has to know.

use std::collections::HashSet;

use super::scan::is_same;
use super::{FrameIndex, MediaInfo, Packet, TrackIndex};
use crate::av::{Input, MediaPacket};
use crate::avc::Configuration;
use crate::cancel::Watch;
use crate::plan::{OwnCodings, OwnVideo, check_pictures};
use crate::source::SharedSource;
use crate::{Limits, Result};

/// Looks into the main video's keyframes, and for the configurations of AAC.
pub(crate) fn own_codings(
    source: &SharedSource,
    info: &MediaInfo,
    index: &FrameIndex,
    limits: &Limits,
) -> Result<OwnCodings> {
    let watch = Watch::within(limits.wall_time);
    let input = Input::open(source, limits, &watch)?;
    let mut audio = Vec::new();
    for (track, _) in info.audio().into_iter().filter(|(track, _)| track.codec == "aac") {
        let configuration = input.stream(track.index)?.codec_data().to_vec();
        if !configuration.is_empty() {
            audio.push((track.index, configuration));
        }
    }
    let Some((track, video)) = info.main_video() else {
        return Ok(OwnCodings { video: Err("it has no video".into()), audio });
    };
    let fault = check_pictures(video, &track.codec).err();
    let video = match (fault, index.track(track.index)) {
        (None, Some(index)) => {
            let open = || {
                let mut input = Input::open(source, limits, &watch)?;
                input.keep_only(&[index.track]);
                Ok(input)
            };
            own_video(open, index, &watch)?
        }
        (fault, _) => Err(fault.unwrap_or_else(|| "it has no pictures".into())),
    };
    Ok(OwnCodings { video, audio })
}

/// What its keyframes are, or why it cannot be copied.
fn own_video(
    open: impl Fn() -> Result<Input>,
    index: &TrackIndex,
    watch: &Watch,
) -> Result<std::result::Result<OwnVideo, String>> {
    let mut input = open()?;
    let configuration = match Configuration::read(input.stream(index.track)?.codec_data()) {
        Ok(configuration) => configuration,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut own = OwnVideo { configuration, idr: HashSet::new() };
    let mut by_seeking = true;
    for keyframe in index.packets.iter().filter(|packet| packet.key) {
        watch.check()?;
        let found = if by_seeking { enter(&mut input, index.track, keyframe)? } else { None };
        let packet = match found {
            Some(packet) => Some(packet),
            None => {
                if by_seeking {
                    // Containers without an index are read through from the start.
                    input = open()?;
                    by_seeking = false;
                }
                read_to(&mut input, index.track, keyframe)?
            }
        };
        if let Err(fault) = own.look_into(packet, keyframe) {
            return Ok(Err(fault));
        }
    }
    Ok(Ok(own))
}

impl OwnVideo {
    fn look_into(&mut self, packet: Option<MediaPacket>, keyframe: &Packet) -> std::result::Result<(), String> {
        let packet = packet.ok_or("its keyframes cannot be reached")?;
        if packet.changes_codec_data() {
            return Err("its parameter sets change".into());
        }
        if self.configuration.look_at(packet.data())?.idr {
            self.idr.insert(keyframe.time);
        }
        Ok(())
    }
}

/// Enters the track at a keyframe; `None` where that leads elsewhere.
fn enter(input: &mut Input, track: u32, keyframe: &Packet) -> Result<Option<MediaPacket>> {
    let time = keyframe.point.dts.unwrap_or(keyframe.time);
    if input.seek(track, time) { read_to(input, track, keyframe) } else { Ok(None) }
}

/// Reads on to a keyframe; `None` where it does not come.
fn read_to(input: &mut Input, track: u32, keyframe: &Packet) -> Result<Option<MediaPacket>> {
    let behind = |packet: &Packet| packet.key && packet.time > keyframe.time;
    while let Some(packet) = input.read()? {
        if packet.track == track && is_same(&packet.entry, &keyframe.point) {
            return Ok(Some(packet));
        }
        if packet.track == track && behind(&packet.entry) {
            return Ok(None);
        }
    }
    Ok(None)
}
