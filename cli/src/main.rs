//! The `vodkit` command.

mod captions;
mod input;
mod output;
mod package;
mod plan;
mod probe;
mod serve;
mod simple;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Turn any video into an adaptive stream: HLS and DASH, thumbnails, all from one set of segments.
#[derive(Parser)]
#[command(name = "vodkit", version, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what is in a video.
    #[command(after_help = "Example:\n  vodkit probe holiday.mp4 --json | jq .duration")]
    Probe {
        #[command(flatten)]
        input: input::Input,
        /// As JSON: all that was found, with exact times as fractions.
        #[arg(long)]
        json: bool,
    },
    /// Decide how a video becomes a stream, without making it.
    #[command(after_help = "Example:\n  vodkit plan holiday.mp4 -o plan.json --rungs 720,480")]
    Plan(plan::PlanOptions),
    /// Make a video into a folder that any web server can serve as HLS and DASH.
    ///
    /// Run the same command again to go on after it was stopped: finished segments are kept.
    #[command(after_help = "Example:\n  vodkit package holiday.mp4 -o holiday --rungs 720,480 --preset fast")]
    Package(package::PackageOptions),
    /// Play a video at once, in any browser: a file, a link, or a package.
    ///
    /// Segments are made when a player asks for them, and the rest meanwhile. What is made ends as the same package
    /// as `vodkit package` makes with the same options; segments have 2 seconds here if not told otherwise.
    #[command(after_help = "Example:\n  vodkit serve holiday.mp4 --rungs 720,360")]
    Serve(serve::ServeOptions),
    /// Make one segment of a plan: the same bytes as a whole run makes.
    #[command(
        after_help = "Example:\n  vodkit segment plan.json --source holiday.mp4 --track 720p --index 3 -o 00003.m4s"
    )]
    Segment(simple::SegmentOptions),
    /// Take a still picture: the exact frame that is shown at a time.
    #[command(after_help = "Example:\n  vodkit thumbnail holiday.mp4 -o cover.jpg --pct 0.5 --height 360")]
    Thumbnail(simple::ThumbnailOptions),
    /// Write a finished package as one MP4, with its index first: nothing is encoded again.
    #[command(after_help = "Example:\n  vodkit download holiday -o holiday-720p.mp4 --track 720p")]
    Download(simple::DownloadOptions),
    /// Put captions into a finished package, take them out, or list them: no segment is made again.
    #[command(after_help = "Example:\n  vodkit captions holiday en:English=holiday.en.vtt")]
    Captions(captions::CaptionsOptions),
    /// Read a package back and report each rule that it breaks.
    #[command(after_help = "Example:\n  vodkit verify holiday && echo fine")]
    Verify {
        /// The package's folder.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Probe { input, json } => probe::run(&input, json),
        Command::Plan(options) => plan::run(&options),
        Command::Package(options) => package::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Segment(options) => simple::segment(&options),
        Command::Thumbnail(options) => simple::thumbnail(&options),
        Command::Download(options) => simple::download(&options),
        Command::Captions(options) => captions::run(&options),
        Command::Verify { folder } => simple::verify(&folder),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::warn(&format!("vodkit: {}", error.full_message()));
            ExitCode::FAILURE
        }
    }
}
