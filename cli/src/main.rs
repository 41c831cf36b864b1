//! The `vodkit` command.

mod bench;
mod captions;
mod download;
mod input;
mod memory;
mod output;
mod package;
mod plan;
mod probe;
mod remove;
mod segment;
mod serve;
mod sheets;
mod target;
mod tasks;
mod thumbnail;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turn any video into an adaptive stream: HLS and DASH from one set of segments, with thumbnails.
#[derive(Parser)]
#[command(name = "vodkit", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what is in a video.
    #[command(after_help = "Example:\n  vodkit probe holiday.mp4 --json | jq .duration")]
    Probe(probe::ProbeOptions),
    /// Turn a video into a folder that any web server can serve as HLS and DASH.
    ///
    /// If it is stopped, run the same command again to continue: finished segments are kept.
    #[command(after_help = "Example:\n  vodkit package holiday.mp4 -o holiday --rungs 720,480 --preset fast")]
    Package(package::PackageOptions),
    /// Play a file, a link or a package in any browser, at once.
    ///
    /// Segments are made when a player asks for them, and the rest in the meantime. The result is the package that
    /// `vodkit package` makes with the same options, but by default the first segment lasts 1 second and the others 2.
    #[command(after_help = "Example:\n  vodkit serve holiday.mp4 --rungs 720,360")]
    Serve(serve::ServeOptions),
    /// Take a still image, exactly the frame that is shown at a time, or a GIF.
    #[command(after_help = "Example:\n  vodkit thumbnail holiday.mp4 -o cover.jpg --pct 0.5 --height 360")]
    Thumbnail(thumbnail::ThumbnailOptions),
    /// Measure how fast and how good presets are, on this machine and for a video of your own.
    #[command(after_help = "Example:\n  vodkit bench holiday.mp4 --presets veryfast,medium --svg bench.svg")]
    Bench(bench::BenchOptions),
    /// Decide how to package a video, without encoding anything.
    #[command(after_help = "Example:\n  vodkit plan holiday.mp4 -o plan.json --rungs 720,480")]
    Plan(plan::PlanOptions),
    /// List the tasks of a plan as JSON, with their costs: to be shared among machines.
    #[command(after_help = "Example:\n  vodkit tasks plan.json | jq 'sort_by(-.cost)'")]
    Tasks(tasks::TasksOptions),
    /// Make segments of a plan: the same bytes as `vodkit package` makes.
    #[command(after_help = "\
Examples:
  vodkit segment plan.json --source holiday.mp4 --rendition 720p --index 3 -o 00003.m4s
  vodkit segment plan.json --source holiday.mp4 --rendition 720p --index init,0-9 --directory holiday
  vodkit tasks plan.json | jq -c '.[]' | xargs -d '\\n' -P 4 -I {} \\
    vodkit segment plan.json --source holiday.mp4 --task {} --directory holiday")]
    Segment(segment::SegmentOptions),
    /// Write a finished package as one MP4 with its index first. Nothing is encoded again.
    #[command(after_help = "Example:\n  vodkit download holiday -o holiday-720p.mp4 --rendition 720p")]
    Download(download::DownloadOptions),
    /// Add captions to a finished package, remove or list them. No segment is made again.
    #[command(after_help = "Example:\n  vodkit captions holiday en:English=holiday.en.vtt")]
    Captions(captions::CaptionsOptions),
    /// Check a package against the standards, and report each rule that it breaks.
    #[command(after_help = "Example:\n  vodkit verify holiday --json | jq '.findings[].file'")]
    Verify(verify::VerifyOptions),
    /// Delete a package. Other files in its folder stay.
    #[command(after_help = "Example:\n  vodkit remove holiday")]
    Remove(remove::RemoveOptions),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // Where nothing is encoded in parallel it saves nothing, and costs a planning 3 MB.
    if matches!(command, Command::Package(_) | Command::Serve(_) | Command::Bench(_)) {
        memory::map_large_pieces();
    }
    let done = match command {
        Command::Probe(options) => probe::run(&options),
        Command::Package(options) => package::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Thumbnail(options) => thumbnail::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Plan(options) => plan::run(&options),
        Command::Tasks(options) => tasks::run(&options),
        Command::Segment(options) => segment::run(&options),
        Command::Download(options) => download::run(&options),
        Command::Captions(options) => captions::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Remove(options) => remove::run(&options),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::warn(&format!("vodkit: {}", error.full_message()));
            ExitCode::FAILURE
        }
    }
}
