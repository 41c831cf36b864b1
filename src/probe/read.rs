//! The times and positions of all packets: from an MP4's index if it is complete, else by reading the whole source.

use super::edit_list::{self, Followed};
use super::fragments::{self, Survey};
use super::listed::Listed;
use super::reading::{self, Reading};
use super::{
    behind, boxes, bursts, caf, caption_services, clock, closed_captions, damage, fact, first_picture, fragment_times,
    joined, keyframes, leading, missing, open, presentation,
};
use crate::base::{Error, ErrorKind, Result};
use crate::ffmpeg::{Decoder, Input, MediaType, Stream};
use crate::media::{DecoderParameters, FrameIndex, Missing, NotFollowed, Packet, Shown, TrackIndex};
use crate::source::Context;

/// Bytes of packets that are read for each byte of a source at most: an index can point any number at the same.
const MAX_READ: u64 = 4;
/// Packets from which no frame comes, before a track is given up.
const MAX_UNDECODED: usize = 256;

/// The index of all tracks of video, audio and text, and the input it was read from.
pub(super) fn read_index(context: &Context) -> Result<(Input, FrameIndex)> {
    let is_mp4 = boxes::is_indexed_mp4(context)?;
    let listed = if is_mp4 { Listed::read(context)? } else { Listed::default() };
    let (mut input, mut index, missing) = read_selected(is_mp4, listed, |listed| open_selected(listed, context))?;
    let is_whole_mp4 = is_mp4 && missing.is_none();
    if input.is_mp4() && missing.is_none() {
        // An edit list may end it sooner.
        end_sound(&input, &mut index, i64::min)?;
    }
    index.missing = missing::missing(&input, &index, is_whole_mp4, missing.as_ref())?;
    if index.packets() == 0 {
        let truncated = missing::nothing_left(&input, index.missing);
        missing.or(truncated).map_or(Ok(()), Err)?;
    }
    if matches!(index.missing, None | Some(Missing::Damaged)) {
        index.missing = behind::behind(&input, &index)?.or(index.missing);
    }
    let is_fragmented = input.is_mp4() && !is_mp4;
    if is_fragmented {
        let survey = correct_fragments(&input, &mut index)?;
        index.missing = index.missing.or(survey.another.map(|place| Missing::Film { place }));
        // Their edit lists are for the clock that goes on.
        run_on(&input, &mut index);
    }
    if input.is_mp4() {
        follow_edits(&input, is_mp4, &mut index)?;
    }
    caf::follow(&input, &mut index)?;
    fact::follow(&input, &mut index)?;
    for track in index.tracks.iter_mut().filter(|track| is_whole_mp4 && track.edits.is_empty()) {
        end_as_stated(track, input.stream(track.track)?.stated_end());
    }
    index.tracks.retain(|track| input.stream(track.track).is_ok_and(|stream| is_played(&stream)));
    index.tracks.sort_unstable_by_key(|track| track.track);
    for track in &mut index.tracks {
        complete(&mut input, track)?;
        last_a_frame(track, &input.stream(track.track)?);
    }
    index.programmes = input.programmes();
    let not_followed = presentation::not_followed(&input, &index)?;
    index.not_followed.extend(not_followed);
    for (track, captions) in index.captions.iter_mut().filter(|_| input.container() == "mpegts") {
        captions.languages = caption_services::languages(context, input.stream(*track)?.id())?;
    }
    if !is_fragmented {
        run_on(&input, &mut index);
    }
    let pictures = input.of_kinds(&[MediaType::Video]);
    let pictures = index.tracks.iter().filter(|track| pictures.contains(&track.track));
    let joints: Vec<i64> = pictures.flat_map(damage::joints).collect();
    index.tracks.iter_mut().for_each(|track| damage::settle(track, &joints));
    if input.is_joined() || joined::is_joined(context)? || bursts::is_in_bursts(&input, &index)? {
        index.tracks.iter_mut().for_each(clock::read_from_start);
    }
    Ok((input, index))
}

/// The index of the tracks that an input has selected, the input or one like it, and what is to be said if the source ends
/// early.
fn read_selected(
    is_mp4: bool,
    listed: Listed,
    open: impl Fn(&Listed) -> Result<Input>,
) -> Result<(Input, FrameIndex, Option<Error>)> {
    let mut input = open(&listed)?;
    let mut missing = missing::truncation(&input);
    let mut remaining = input.selected();
    let mut index = FrameIndex::default();
    if is_mp4 && missing.is_none() {
        read_mp4_index(&mut input, &listed, &mut index)?;
        remaining.retain(|&track| index.track(track).is_none());
        if !remaining.is_empty() {
            // `index_only` cannot be undone.
            input = open(&listed)?;
        }
    }
    let is_cut = |track: &u32| input.stream(*track).is_ok_and(|stream| listed.cuts(&stream));
    if remaining.iter().any(is_cut) {
        drop(input);
        return read_selected(is_mp4, listed.whole(), open);
    }
    // Reading ends with the first packet that is missing, so each track of what is truncated is read alone.
    let alone = if missing.is_some() { 1 } else { remaining.len().max(1) };
    for (number, tracks) in remaining.chunks(alone).enumerate() {
        if number > 0 {
            input = open(&listed)?;
        }
        input.select(tracks);
        let stopped = read_packets(&mut input, &mut index)?;
        index.has_damaged_pages |= input.has_damaged_pages();
        missing = missing.or_else(|| input.take_damage()).or(stopped);
    }
    Ok((input, index, missing))
}

/// Has the tracks of an MP4 as their edit lists show them where FFmpeg does not follow those: they are read anew without that, or
/// what is hidden is left out.
fn follow_edits(input: &Input, is_indexed: bool, index: &mut FrameIndex) -> Result<()> {
    for stream in input.streams().iter().filter(|stream| is_played(stream)) {
        let Some(known) = index.tracks.iter_mut().find(|track| track.track == stream.index()) else { continue };
        let Some(list) = edit_list::read(input.context(), stream.id())? else { continue };
        if list.is_retimed() {
            index.not_followed.push((Some(stream.index()), NotFollowed::Rate));
        }
        match list.followed(stream, known) {
            Followed::Exactly => continue,
            Followed::InTime => known.shown = Some(Shown { parts: list.parts(known, true), is_unedited: false }),
            Followed::Wrongly => {
                let Some(mut media) = read_media(input, is_indexed, stream.index())? else { continue };
                let is_followed = if stream.media_type() == MediaType::Video {
                    list.apply(&mut media, input.context().limits().packets)
                } else {
                    media.shown = Some(Shown { parts: list.parts(&media, false), is_unedited: true });
                    true
                };
                if is_followed {
                    *known = media;
                }
            }
        }
        check_count(input, index.packets())?;
    }
    Ok(())
}

/// The index of a track's media, whatever its edit list shows.
fn read_media(input: &Input, is_indexed: bool, track: u32) -> Result<Option<TrackIndex>> {
    let listed = if is_indexed { Listed::read(input.context())?.whole() } else { Listed::default() };
    let (unedited, mut media, missing) = read_selected(is_indexed, listed, |_| {
        let mut input = Input::open_unedited(input.context())?;
        input.select(&[track]);
        Ok(input)
    })?;
    if !is_indexed {
        correct_fragments(&unedited, &mut media)?;
    }
    if missing.is_none() {
        end_sound(&unedited, &mut media, |_, stated| stated)?;
    }
    Ok(media.tracks.into_iter().next())
}

/// Gives what is in fragments of an MP4 the times that they state, where FFmpeg does not.
fn correct_fragments(input: &Input, index: &mut FrameIndex) -> Result<Survey> {
    let survey = fragments::survey(input.context())?;
    for track in &mut index.tracks {
        let stream = input.stream(track.track)?;
        if stream.media_type() == MediaType::Video {
            fragments::correct(input.context(), &survey.fragments, stream.id(), track)?;
        }
        fragment_times::mend(input.context(), &survey.fragments, stream.id(), track)?;
    }
    Ok(survey)
}

/// Finds out what FFmpeg does not know of a track that appears later than it looks: from its first frame.
fn complete(input: &mut Input, track: &TrackIndex) -> Result<()> {
    let (Some(first), true) = (track.packets.first(), input.stream(track.track)?.is_incomplete()) else {
        return Ok(());
    };
    // What cannot be decoded stays unknown.
    let Ok(mut decoder) = Decoder::open(input, track.track, &DecoderParameters::OWN) else { return Ok(()) };
    let mut own = Input::open(input.context())?;
    own.seek_to(track.track, &first.point, 0);
    own.select(&[track.track]);
    let mut tried = 0;
    while let Some(packet) = own.read()?.filter(|_| tried < MAX_UNDECODED) {
        if packet.track != track.track {
            continue;
        }
        tried += 1;
        let mut is_known = false;
        decoder.decode(Some(&packet), |_| {
            is_known = true;
            Ok(())
        })?;
        if is_known {
            return decoder.complete(input, track.track);
        }
    }
    Ok(())
}

/// Puts together tracks whose clock jumps, but those that were read by an edit list.
fn run_on(input: &Input, index: &mut FrameIndex) {
    let leader = leader(input, index);
    let is_plain = |track: &TrackIndex| track.edits.is_empty() && track.shown.is_none();
    let is_moved = |track: &u32| index.track(*track).is_some_and(is_plain);
    let moved = |kind| input.of_kinds(&[kind]).into_iter().filter(is_moved).collect::<Vec<_>>();
    let (pictures, sound) = (moved(MediaType::Video), moved(MediaType::Audio));
    clock::put_together(index, [&pictures, &sound], leader, input.clock_may_jump());
}

/// The track whose clock the others follow: the video with most packets, or else the audio.
fn leader(input: &Input, index: &FrameIndex) -> Option<u32> {
    let packets = |track: &u32| index.track(*track).map_or(0, |index| index.packets.len());
    let longest = |kind| input.of_kinds(&[kind]).into_iter().filter(|track| packets(track) > 1).max_by_key(packets);
    longest(MediaType::Video).or(longest(MediaType::Audio))
}

/// Ends the frame that is presented last when an MP4's track does, if frames are reordered: its sample's duration is then
/// not its own, but the time until the next one is decoded (ISO/IEC 14496-12 8.6.1.2), and FFmpeg 7.1 guesses it
/// (findings/mp4-durations-with-b-frames.sh).
fn end_as_stated(track: &mut TrackIndex, stated_end: Option<i64>) {
    let last =
        track.packets.iter().enumerate().filter(|(_, packet)| !packet.discard).max_by_key(|(_, packet)| packet.time);
    let (Some((place, _)), Some(end)) = (last, stated_end) else { return };
    let is_reordered = place + 1 < track.packets.len();
    if let Some(packet) = track.packets.get_mut(place).filter(|packet| is_reordered && packet.time < end) {
        packet.duration = packet.duration.min(end - packet.time);
    }
}

/// Ends the sound of an MP4 with its last sample, which may be shorter than a frame of its codec; FFmpeg makes it whole where
/// samples have composition offsets. `end` has what FFmpeg says of it and what is stated.
fn end_sound(input: &Input, index: &mut FrameIndex, end: fn(i64, i64) -> i64) -> Result<()> {
    for stream in input.streams().iter().filter(|stream| stream.media_type() == MediaType::Audio) {
        let Some(track) = index.tracks.iter_mut().find(|track| track.track == stream.index()) else { continue };
        let stated = boxes::last_sample(input.context(), stream.id())?;
        let duration = stated.filter(|(count, _)| *count == track.packets.len()).map(|(_, duration)| duration);
        if let Some((duration, last)) = duration.filter(|duration| *duration > 0).zip(track.packets.last_mut()) {
            last.duration = end(last.duration, duration);
        }
    }
    Ok(())
}

/// Has a lone picture of unknown length last as long as a frame does at the rate that is stated.
fn last_a_frame(track: &mut TrackIndex, stream: &Stream<'_>) {
    let rate = stream.stated_rate().filter(|_| stream.media_type() == MediaType::Video);
    if let ([packet], Some(rate)) = (track.packets.as_mut_slice(), rate)
        && packet.duration == 0
    {
        packet.duration = track.time_base.ticks(rate.recip());
    }
}

/// Adds the tracks whose packets an MP4's index lists completely, without reading their data.
fn read_mp4_index(input: &mut Input, listed: &Listed, index: &mut FrameIndex) -> Result<()> {
    let mut demuxed = Vec::new();
    let is_listed = |stream: &&Stream<'_>| stream.is_framed_by_mp4() || stream.is_captions();
    for stream in input.streams().iter().filter(|stream| !stream.is_discarded()).filter(is_listed) {
        let packets = listed.packets(input, stream)?.filter(|packets| can_be_listed(input, stream, packets));
        match packets {
            Some(packets) => {
                let track = reading::listed(stream, packets);
                if stream.is_captions() {
                    index.captions.push((track.track, closed_captions::sample_bare(input.context(), &track)?));
                }
                index.tracks.push(track);
            }
            // Captions are taken out of their boxes, for which their data is needed.
            None if stream.is_captions() || listed.cuts(stream) => {}
            None => demuxed.push(stream.index()),
        }
    }
    check_count(input, index.packets())?;
    input.select(&demuxed);
    if !demuxed.is_empty() && input.index_only() {
        read_packets(input, index)?;
        // Where the demuxer leaves out packets of the index, the track is read again with its data.
        let known = |track: u32| input.stream(track).map_or(0, |stream| stream.index_len());
        index.tracks.retain(|track| track.packets.len() >= known(track.track));
    }
    for track in &mut index.tracks {
        keyframes::sample(input, track)?;
        leading::sample(input, track)?;
        first_picture::sample(input, track)?;
        if closed_captions::is_known(&input.stream(track.track)?.codec()) {
            let found = closed_captions::sample(input.context(), track)?;
            index.captions.extend(found.map(|found| (track.track, found)));
        }
    }
    Ok(())
}

/// Whether the demuxer would give all packets that the tables of an MP4's track list.
fn can_be_listed(input: &Input, stream: &Stream<'_>, packets: &[Packet]) -> bool {
    let bytes = || packets.iter().map(|packet| u64::from(packet.size)).sum::<u64>();
    let is_there = || packets.iter().all(|packet| packet.size > 0) && bytes() <= most_read(input);
    stream.media_type() != MediaType::Video || is_there()
}

/// Adds the selected tracks of `input`, by reading all their packets. Returns why it has read no further, if it stopped.
fn read_packets(input: &mut Input, index: &mut FrameIndex) -> Result<Option<Error>> {
    let (mut count, mut read, mut stopped) = (index.packets(), 0_u64, None);
    let most = most_read(input);
    let streams = input.streams();
    let opened = streams.len();
    let selected = streams.iter().filter(|stream| !stream.is_discarded());
    let mut tracks: Vec<_> = selected.map(Reading::new).collect();
    while let Some(packet) = input.read()? {
        count += 1;
        check_count(input, count)?;
        read = read.saturating_add(packet.data().len() as u64);
        if read > most {
            let message = format!("the index of {} is damaged: packets lie one over the other", input.source().name());
            stopped = Some(Error::new(ErrorKind::Corrupt, message));
            break;
        }
        if count.is_multiple_of(1024) {
            input.context().watch.check()?;
        }
        let known = tracks.iter().position(|reading| reading.track.track == packet.track);
        if known.is_none() {
            // A stream that nothing was known of when the container was opened.
            if (packet.track as usize) < opened {
                continue;
            }
            open::check_streams(input)?;
            tracks.push(Reading::new(&input.stream(packet.track)?));
        }
        let place = known.unwrap_or(tracks.len() - 1);
        if let Some(reading) = tracks.get_mut(place) {
            reading.add(&packet)?;
        }
    }
    for mut reading in tracks {
        if input.counts_times() && reading.rate > 0 && reading.edges.are_torn(input.context())? {
            clock::read_from_start(&mut reading.track);
        }
        index.captions.extend(reading.captions.finish().map(|found| (reading.track.track, found)));
        index.tracks.push(reading.track);
    }
    Ok(stopped)
}

/// Bytes of packets that are read at most.
fn most_read(input: &Input) -> u64 {
    if input.is_mp4() { input.source().len().saturating_mul(MAX_READ) } else { u64::MAX }
}

/// Whether the source's index lists all packets that `input` reads.
pub(crate) fn is_indexed(input: &Input) -> Result<bool> {
    Ok(boxes::is_indexed_mp4(input.context())? && input.is_framed_by_mp4())
}

/// Opens the source and selects its tracks of video, audio and text.
fn open_selected(listed: &Listed, context: &Context) -> Result<Input> {
    let mut input = listed.open(context)?;
    let positions: Vec<u32> = input.streams().iter().filter(|stream| is_played(stream)).map(Stream::index).collect();
    input.select(&positions);
    Ok(input)
}

fn is_played(stream: &Stream<'_>) -> bool {
    matches!(stream.media_type(), MediaType::Video | MediaType::Audio) || stream.is_text() || stream.is_captions()
}

fn check_count(input: &Input, count: u64) -> Result<()> {
    let limits = input.context().limits();
    if count <= limits.packets {
        return Ok(());
    }
    let message = format!("{} has more than the limit of {} packets", input.source().name(), limits.packets);
    Err(Error::new(ErrorKind::LimitExceeded, message))
}
