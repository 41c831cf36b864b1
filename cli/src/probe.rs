//! `vodkit probe`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use vodkit::media::{AudioInfo, FieldOrder, QuickTrack, QuickTrackKind, QuickVideo, Track, TrackKind};
use vodkit::{MediaInfo, QuickInfo, Result};

use crate::input::Input;
use crate::output;

#[derive(Args)]
pub(crate) struct ProbeOptions {
    #[command(flatten)]
    input: Input,
    /// Print everything that was found as JSON, with exact times as fractions.
    #[arg(long)]
    json: bool,
    /// Ask the file's header alone: milliseconds, however large the file is. What only the frames could tell, as where
    /// keyframes are, is left out.
    #[arg(long)]
    quick: bool,
}

pub(crate) fn run(options: &ProbeOptions) -> Result<ExitCode> {
    let source = options.input.open()?;
    let name = source.name();
    if options.quick {
        show(options, &vodkit::probe_quick(&source)?, |info| describe(&name, info, None))?;
    } else {
        show(options, &vodkit::probe(&source)?, |info| describe(&name, &info.clone().into(), Some(info)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show<T: Serialize>(options: &ProbeOptions, info: &T, describe: impl FnOnce(&T) -> String) -> Result<()> {
    if options.json { output::print_json(info) } else { output::print(describe(info)) }
}

/// In words; `whole` is what all frames say, where they were looked at.
fn describe(input: &str, info: &QuickInfo, whole: Option<&MediaInfo>) -> String {
    let container = info.container.split(',').next().unwrap_or_default();
    let mut words = vec![container.to_owned()];
    words.push(info.duration.map_or("duration unknown".to_owned(), |duration| output::time(duration.to_f64())));
    words.push(output::size(info.size));
    words.extend(info.bit_rate.map(output::rate));
    let mut text = format!("{input}: {}\n", words.join(", "));
    for (place, track) in info.tracks.iter().enumerate() {
        let whole = whole.and_then(|info| info.tracks.get(place));
        text.push_str(&format!("  {}: {}\n", track.index, describe_track(track, whole)));
    }
    text
}

fn describe_track(track: &QuickTrack, whole: Option<&Track>) -> String {
    let mut words = vec![match &track.kind {
        QuickTrackKind::Video(_) => "video".to_owned(),
        QuickTrackKind::Audio(_) => "audio".to_owned(),
        QuickTrackKind::Subtitle => "subtitles".to_owned(),
        _ => "other".to_owned(),
    }];
    words.push(match &track.profile {
        Some(profile) => format!("{} ({profile})", track.codec),
        None => track.codec.clone(),
    });
    match &track.kind {
        QuickTrackKind::Video(video) => {
            words.extend(describe_video(video));
            words.extend(whole.and_then(describe_keyframes));
        }
        QuickTrackKind::Audio(audio) => words.extend(describe_audio(audio)),
        _ => {}
    }
    words.extend(track.bit_rate.map(output::rate));
    words.extend(track.language.clone());
    words.extend(track.title.as_ref().map(|title| format!("\"{title}\"")));
    let flags = [
        (track.disposition.default, "default"),
        (track.disposition.forced, "forced"),
        (track.disposition.attached_picture, "cover picture"),
        (track.disposition.commentary, "commentary"),
        (track.disposition.audio_description, "audio description"),
        (track.disposition.hearing_impaired, "for the hard of hearing"),
        (track.disposition.dub, "dub"),
        (track.disposition.original, "original"),
        (track.disposition.disabled, "switched off"),
        (!track.decodable, "cannot be decoded by this build"),
    ];
    words.extend(flags.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned()));
    words.join(", ")
}

fn describe_keyframes(track: &Track) -> Option<String> {
    match &track.kind {
        TrackKind::Video(video) => Some(format!("{} keyframes", video.keyframes.len())),
        _ => None,
    }
}

fn describe_video(video: &QuickVideo) -> Vec<String> {
    let variable = if video.variable_frame_rate == Some(true) { "about " } else { "" };
    let mut words = vec![format!("{}x{}", video.width, video.height)];
    words.extend(video.frame_rate.map(|rate| format!("{variable}{:.3} frames/s", rate.to_f64())));
    words.extend(video.pixel_format.as_ref().zip(video.bit_depth).map(|(format, bits)| format!("{format} {bits} bit")));
    if video.rotation != 0 {
        words.push(format!("rotated by {} degrees", video.rotation));
    }
    if video.field_order != FieldOrder::Progressive {
        words.push("interlaced".to_owned());
    }
    if let Some(hdr) = video.colour.hdr {
        words.push(format!("HDR {hdr:?}"));
    }
    words
}

fn describe_audio(audio: &AudioInfo) -> Vec<String> {
    vec![audio.layout.clone(), format!("{} Hz", audio.sample_rate)]
}
