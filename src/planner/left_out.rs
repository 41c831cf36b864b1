//! What of the source the package does not have, and why.

use super::audio::has_own_sounds;
use super::audio_source::{AudioSource, MAX_OVERLAP, is_mixable};
use super::error::unsupported;
use crate::base::{Error, ErrorKind, Rational};
use crate::media::{FrameIndex, MediaInfo, Missing, NotFollowed, Track, TrackIndex, TrackKind};
use crate::plan::Warning;

/// A warning for each track of pictures or sound that is not in the package, for transparency, and for a source that ends
/// early. Covers are its thumbnail.
pub(super) fn warnings(
    info: &MediaInfo,
    index: &FrameIndex,
    video: Option<&Track>,
    audio: &[AudioSource<'_>],
) -> Vec<Warning> {
    let is_played = |track: &Track| {
        let is_same = |other: &Track| other.index == track.index;
        let is_channel = |audio: &AudioSource<'_>| audio.others.iter().any(|other| other.track == track.index);
        video.is_some_and(is_same) || audio.iter().any(|audio| is_same(audio.track) || is_channel(audio))
    };
    let left_out = info.tracks.iter().filter(|track| !is_played(track)).filter_map(|track| {
        let other = video.filter(|video| !index.goes_together(video.index, track.index));
        let reason = match other.filter(|_| has_sound(track)) {
            Some(video) => format!("it is of another programme than the main video, track {}", video.index),
            None => {
                let own = reason(&info.container, track).or_else(|| hidden(track, index));
                own.or_else(|| another_video(track, video.filter(|video| !is_apart(video, track))?))?
            }
        };
        Some(Warning::track_left_out(track.index, format!("track {} of the source is left out: {reason}", track.index)))
    });
    let channels = audio.iter().filter_map(separate_channels);
    let not_followed = index.not_followed.iter().filter(|(track, _)| {
        let Some(track) = track else { return true };
        info.tracks.iter().any(|own| own.index == *track && is_played(own))
    });
    let not_followed = not_followed.map(|(track, what)| not_followed_warning(*track, *what));
    let left_out = left_out.chain(channels);
    left_out.chain(video.and_then(transparency)).chain(index.missing.map(incomplete)).chain(not_followed).collect()
}

fn separate_channels(audio: &AudioSource<'_>) -> Option<Warning> {
    let (track, channels) = (audio.track.index, audio.info.channels);
    let message = format!(
        "track {track} of the source has {channels} channels that are sounds of their own: the first two are played as left and \
         right, and the others are left out"
    );
    has_own_sounds(&audio.info.layout).then(|| Warning::track_left_out(track, message))
}

/// A warning if the sound that players begin with is silent where another track has some in its place, and if the pictures end where
/// those of another track begin. `origin` is the source's time that is presented at 0.
pub(super) fn goes_on(
    info: &MediaInfo,
    video: Option<&Track>,
    audio: &[AudioSource<'_>],
    origin: Rational,
) -> Vec<Warning> {
    let when = |track: &Track, start: Option<Rational>, end: Option<Rational>| {
        let [start, end] = [start, end].map(|time| time.map_or(0.0, |time| (time - origin).to_f64()));
        format!("track {} ({}) is there from {start:.3} to {end:.3} seconds", track.index, track.codec)
    };
    let sound = audio.split_first().and_then(|(first, others)| {
        let other = others.iter().find(|other| other.is_apart(first))?;
        let [one, two] = [first, other].map(|source| when(source.track, source.start, source.end));
        let message = format!(
            "the sound of the source goes on in another track: {one}, {two}; each is a sound of its own, silent besides, and \
             players begin with the former"
        );
        Some(Warning::presentation_not_followed(Some(first.track.index), message))
    });
    let videos = info.tracks.iter().filter_map(|track| {
        let shown = video.filter(|shown| shown.index != track.index && is_apart(shown, track))?;
        another_video(track, shown)?;
        let [one, two] = [shown, track].map(|track| when(track, track.start, end(track)));
        let message = format!(
            "the pictures of the source go on in another track: {one}, {two}; a package has one video, and the latter is left out"
        );
        Some(Warning::presentation_not_followed(Some(track.index), message))
    });
    sound.into_iter().chain(videos).collect()
}

/// Whether there are no pictures of both at any time but for a moment.
fn is_apart(one: &Track, other: &Track) -> bool {
    let latest = one.start.max(other.start);
    let earliest = [one, other].into_iter().filter_map(end).min();
    latest.zip(earliest).is_some_and(|(start, end)| end - start <= Rational::new(MAX_OVERLAP.0, MAX_OVERLAP.1))
}

fn end(track: &Track) -> Option<Rational> {
    track.start.zip(track.duration).map(|(start, duration)| start + duration)
}

fn not_followed_warning(track: Option<u32>, what: NotFollowed) -> Warning {
    let of = track.map_or("the source".to_owned(), |track| format!("track {track} of the source"));
    let message = match what {
        NotFollowed::Pids(place) => {
            let message = format!(
                "{of} gives its tracks other numbers (PIDs) midway, from byte {place} on in ways that are not followed: pictures \
                 and sound may be wrong or missing there"
            );
            return Warning::presentation_not_followed(track, message);
        }
        NotFollowed::Spherical => {
            "is all around its viewer (360°), which the package does not tell players: they show it flat"
        }
        NotFollowed::Stereo => {
            "has a picture for each eye (3D), which the package does not tell players: they show what is stored, flat"
        }
        NotFollowed::Rate => "states another speed, and is played at its own",
        NotFollowed::OrderedChapters => {
            "states an order of its own for its chapters (ordered chapters), and is played from its beginning to its end"
        }
        NotFollowed::Linked => {
            "is one of several files that are to be played together (linked segments), and the package has it alone"
        }
    };
    Warning::presentation_not_followed(track, format!("{of} {message}"))
}

/// A warning for each of these tracks that is damaged, and for pages that belong to none.
pub(super) fn damaged(index: &FrameIndex, tracks: &[u32], origin: Rational) -> Vec<Warning> {
    let of_track = |track: &TrackIndex| {
        let times = track.damaged.iter().filter_map(|place| track.packets.get(*place)).map(|packet| packet.time);
        let first = (track.time_base.times(times.min()?) - origin).to_f64();
        let (number, count) = (track.track, track.damaged.len());
        let message = format!(
            "track {number} of the source is damaged: its container says so of {count} packets, the first near {first:.3} \
             seconds, and what is made of them may be wrong or missing"
        );
        Some(Warning::source_damaged(Some(number), message))
    };
    let pages = index.has_damaged_pages.then(|| {
        let message = "pages of the source are damaged, as their checksums say, and what is in them is left out";
        Warning::source_damaged(None, message.into())
    });
    let damaged = index.tracks.iter().filter(|track| tracks.contains(&track.track)).filter_map(of_track);
    damaged.chain(pages).collect()
}

fn incomplete(missing: Missing) -> Warning {
    Warning::source_incomplete(match missing {
        Missing::Bytes { stated, found } => format!(
            "the source is truncated: it should have at least {stated} bytes, but has only {found}, of which the package is \
             made; copy it again"
        ),
        Missing::Packet => {
            "the source is truncated: it ends in the middle of a picture or a packet of sound, and what follows is \
             missing; copy it again"
                .into()
        }
        Missing::Seconds { stated, found } => format!(
            "the source is truncated or damaged: it states {:.3} seconds, of which {:.3} are there; copy it again",
            stated.to_f64(),
            found.to_f64()
        ),
        Missing::Film { place } => format!(
            "the source is several films, one after the other: the package has the first, and not the one whose index is at \
             byte {place}; make a file of each"
        ),
        Missing::File { place } => format!(
            "the source is several files, one after the other: the package has the first, and not what begins at byte {place}; \
             join them with a program for it, or make a package of each"
        ),
        Missing::Behind { place, bytes } => format!(
            "the source ends at byte {place} by its own word, and {bytes} bytes follow that the package does not have: its header \
             is wrong, or something else was put behind it"
        ),
        Missing::Damaged => {
            "the source is damaged and cannot be read to its end: what follows the damage is missing".into()
        }
    })
}

/// A package's pictures have no alpha.
fn transparency(track: &Track) -> Option<Warning> {
    let TrackKind::Video(video) = &track.kind else { return None };
    // FFmpeg's decoders of VP8 and VP9 leave the second picture aside.
    let is_aside = matches!(track.codec.as_str(), "vp8" | "vp9");
    let done = if is_aside { "left aside: all pixels are opaque" } else { "laid on black" };
    let message = format!("what can be transparent in track {} of the source is {done}", track.index);
    video.alpha.then(|| Warning::transparency_lost(track.index, message))
}

/// What is said of a source of which nothing can be played.
pub(super) fn refusal(info: &MediaInfo) -> Error {
    let lost = info.tracks.iter().find_map(|track| Some((track.index, reason(&info.container, track)?)));
    let is_played = |track: &Track| matches!(track.kind, TrackKind::Video(_) | TrackKind::Audio(_));
    match lost {
        Some((track, reason)) => unsupported(format!("track {track} of the source cannot be played: {reason}")),
        None if info.tracks.iter().any(is_played) => Error::new(
            ErrorKind::NothingToPlay,
            "the source has tracks, but no picture and no sound in them: it is truncated, or no more than the beginning of a \
             video (an init segment)",
        ),
        None => Error::new(ErrorKind::NothingToPlay, "the source has no video and no audio that this build can decode"),
    }
}

/// Why a track cannot be played; `None` if it can be, or has nothing to play.
fn reason(container: &str, track: &Track) -> Option<String> {
    let codec = &track.codec;
    let has_data = track.duration.is_some() && !track.disposition.attached_picture;
    match &track.kind {
        TrackKind::Video(_) | TrackKind::Audio(_) if !has_data => None,
        _ if track.disposition.disabled => Some("it is switched off, and no alternative to what is on".into()),
        TrackKind::Video(video) if video.keyframes.is_empty() && !track.decodable => {
            Some(format!("it cannot be decoded, as it has no keyframe, or this build has no decoder for {codec}"))
        }
        TrackKind::Video(_) | TrackKind::Audio(_) if !track.decodable => Some(match codec.as_str() {
            "unknown" => "this build does not know its codec".to_owned(),
            codec if is_enhanced(container, track) => {
                format!("this build does not read {codec} in FLV (Enhanced RTMP): put it into MP4 or Matroska")
            }
            codec => format!("this build cannot decode {codec}, or what its decoder needs is damaged or missing"),
        }),
        TrackKind::Audio(audio) if !is_mixable(audio) => {
            let layout = &audio.layout;
            Some(format!(
                "its channel layout \"{layout}\" cannot be mixed down: change it to a standard one, such as stereo"
            ))
        }
        TrackKind::Audio(_) => Some(format!("nothing of it could be decoded, as {codec}")),
        TrackKind::Other if container == "mpegts" && codec == "bin_data" => {
            Some("the source does not say what it is: pictures, sound, text or other data".into())
        }
        _ => None,
    }
}

/// Whether it is sound of an FLV of which no more than its codec is known.
fn is_enhanced(container: &str, track: &Track) -> bool {
    container == "flv" && matches!(&track.kind, TrackKind::Audio(audio) if audio.channels == 0)
}

/// If there are packets, and none of them is to be presented.
fn hidden(track: &Track, index: &FrameIndex) -> Option<String> {
    let is_played = matches!(track.kind, TrackKind::Video(_) | TrackKind::Audio(_));
    let has_packets = index.track(track.index).is_some_and(|own| !own.packets.is_empty());
    let is_hidden = is_played && has_packets && track.duration.is_none() && !track.disposition.attached_picture;
    is_hidden.then(|| "nothing of it is to be presented, as the source says, by an edit list for example".into())
}

fn has_sound(track: &Track) -> bool {
    matches!(&track.kind, TrackKind::Audio(audio) if audio.channels > 0) && track.duration.is_some()
}

fn another_video(track: &Track, shown: &Track) -> Option<String> {
    let is_video = matches!(&track.kind, TrackKind::Video(video) if video.frames > 0);
    (is_video && !track.disposition.attached_picture)
        .then(|| format!("a package has one video, and track {} is the main one", shown.index))
}
