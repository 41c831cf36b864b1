//! The times and positions of all packets: from a container's index where that tells them, else by reading all.

use super::boxes;
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Input, MediaType, Stream};
use crate::media::{FrameIndex, TrackIndex};
use crate::source::Context;

/// The index of all tracks with pictures or sound, and `source` as it was opened for that.
pub(super) fn read_index(context: &Context) -> Result<(Input, FrameIndex)> {
    let mut input = open(context)?;
    check_complete(&input)?;
    let mut rest = input.selected();
    let mut index = FrameIndex::default();
    if boxes::is_indexed_mp4(context)? {
        read_samples(&mut input, &mut index)?;
        rest.retain(|&track| index.track(track).is_none());
        if !rest.is_empty() {
            input = open(context)?;
        }
    }
    if !rest.is_empty() {
        input.select(&rest);
        read_packets(&mut input, &mut index)?;
    }
    index.tracks.sort_unstable_by_key(|track| track.track);
    Ok((input, index))
}

/// Adds the tracks of which an MP4's index tells all packets.
fn read_samples(input: &mut Input, index: &mut FrameIndex) -> Result<()> {
    let plain = boxes::plain_tracks(input.context())?;
    let mut demuxed = Vec::new();
    for stream in input.streams().iter().filter(|stream| !stream.is_discarded() && stream.is_framed_by_mp4()) {
        // Where pictures come out of order, FFmpeg alone knows when they are shown.
        let is_told = stream.media_type() == MediaType::Audio && plain.contains(&stream.id());
        match is_told.then(|| stream.samples()).flatten() {
            Some(packets) => index.tracks.push(TrackIndex { packets, ..empty(stream) }),
            None => demuxed.push(stream.index()),
        }
    }
    check_count(input, index.packets())?;
    input.select(&demuxed);
    if !demuxed.is_empty() && input.index_only() {
        read_packets(input, index)?;
        let indexed = |track: u32| input.stream(track).map_or(0, |stream| stream.indexed());
        index.tracks.retain(|track| track.packets.len() >= indexed(track.track));
    }
    Ok(())
}

/// Adds the tracks that `input` keeps, from all their packets.
fn read_packets(input: &mut Input, index: &mut FrameIndex) -> Result<()> {
    let mut count = index.packets();
    let mut tracks: Vec<TrackIndex> =
        input.streams().iter().filter(|stream| !stream.is_discarded()).map(empty).collect();
    while let Some(packet) = input.read()? {
        count += 1;
        check_count(input, count)?;
        if count.is_multiple_of(1024) {
            input.context().watch.check()?;
        }
        if let Some(track) = tracks.iter_mut().find(|track| track.track == packet.track) {
            track.changes |= packet.changes_codec_data();
            track.packets.push(packet.entry);
        }
    }
    index.tracks.append(&mut tracks);
    Ok(())
}

fn empty(stream: &Stream<'_>) -> TrackIndex {
    TrackIndex { track: stream.index(), time_base: stream.time_base(), packets: Vec::new(), changes: false }
}

/// Whether the index of `source` tells of all packets that `input` gives.
pub(crate) fn is_indexed(input: &Input) -> Result<bool> {
    Ok(boxes::is_indexed_mp4(input.context())? && input.is_framed_by_mp4())
}

/// `source` with the tracks alone that have pictures or sound.
fn open(context: &Context) -> Result<Input> {
    let mut input = Input::open(context)?;
    check_streams(&input)?;
    let played = |stream: &Stream<'_>| matches!(stream.media_type(), MediaType::Video | MediaType::Audio);
    let positions: Vec<u32> = input.streams().iter().filter(|stream| played(stream)).map(Stream::index).collect();
    input.select(&positions);
    Ok(input)
}

/// An index that points behind the end tells that the file was cut off while it was copied.
fn check_complete(input: &Input) -> Result<()> {
    let source = input.source();
    let (promised, len) = (input.promised_end(), source.len());
    if promised <= len {
        return Ok(());
    }
    let name = source.name();
    let message = format!("{name} is truncated: its index needs {promised} bytes but it has only {len}; copy it again");
    Err(Error::new(ErrorKind::Truncated, message))
}

fn check_count(input: &Input, count: u64) -> Result<()> {
    let limits = input.context().limits();
    if count <= limits.packets {
        return Ok(());
    }
    let message = format!("{} has more than the limit of {} packets", input.source().name(), limits.packets);
    Err(Error::new(ErrorKind::LimitExceeded, message))
}

fn check_streams(input: &Input) -> Result<()> {
    let limits = input.context().limits();
    let streams = input.streams();
    let name = input.source().name();
    if streams.len() > limits.tracks as usize {
        let message = format!("{name} has {} tracks, more than the limit of {}", streams.len(), limits.tracks);
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    streams.iter().try_for_each(|stream| input.check_pixels(stream))
}
