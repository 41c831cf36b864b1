//! `vodkit probe`

use std::process::ExitCode;

use clap::Args;
use vodkit::media::{AudioInfo, FieldOrder, Track, TrackKind, VideoInfo};
use vodkit::{MediaInfo, Result};

use crate::input::Input;
use crate::output;

#[derive(Args)]
pub(crate) struct ProbeOptions {
    #[command(flatten)]
    input: Input,
    /// Print everything that was found as JSON, with exact times as fractions.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &ProbeOptions) -> Result<ExitCode> {
    let source = options.input.open()?;
    let info = vodkit::probe(&source)?;
    if options.json {
        output::print_json(&info)?;
    } else {
        output::print(describe(&source.name(), &info))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn describe(input: &str, info: &MediaInfo) -> String {
    let container = info.container.split(',').next().unwrap_or_default();
    let mut text = format!(
        "{}: {container}, {}, {}, {}\n",
        input,
        output::time(info.duration.to_f64()),
        output::size(info.size),
        output::rate(info.bit_rate)
    );
    for track in &info.tracks {
        text.push_str(&format!("  {}: {}\n", track.index, describe_track(track)));
    }
    text
}

fn describe_track(track: &Track) -> String {
    let mut words = vec![match &track.kind {
        TrackKind::Video(_) => "video".to_owned(),
        TrackKind::Audio(_) => "audio".to_owned(),
        TrackKind::Subtitle => "subtitles".to_owned(),
        _ => "other".to_owned(),
    }];
    words.push(match &track.profile {
        Some(profile) => format!("{} ({profile})", track.codec),
        None => track.codec.clone(),
    });
    match &track.kind {
        TrackKind::Video(video) => words.extend(describe_video(video)),
        TrackKind::Audio(audio) => words.extend(describe_audio(audio)),
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

fn describe_video(video: &VideoInfo) -> Vec<String> {
    let variable = if video.variable_frame_rate { "about " } else { "" };
    let mut words = vec![
        format!("{}x{}", video.width, video.height),
        format!("{variable}{:.3} frames/s", video.frame_rate.to_f64()),
        format!("{} {} bit", video.pixel_format, video.bit_depth),
    ];
    if video.rotation != 0 {
        words.push(format!("rotated by {} degrees", video.rotation));
    }
    if video.field_order != FieldOrder::Progressive {
        words.push("interlaced".to_owned());
    }
    if let Some(hdr) = video.colour.hdr {
        words.push(format!("HDR {hdr:?}"));
    }
    words.push(format!("{} keyframes", video.keyframes.len()));
    words
}

fn describe_audio(audio: &AudioInfo) -> Vec<String> {
    vec![audio.layout.clone(), format!("{} Hz", audio.sample_rate)]
}
