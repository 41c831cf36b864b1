//! Packages a video into a folder: `cargo run --release --example package -- INPUT FOLDER`.

use std::ops::ControlFlow;
use std::sync::Arc;

use vodkit::{DirSink, Job, JobOptions, Ladder, Source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: package INPUT FOLDER".into());
    };
    let source = Source::file(&input)?;
    let plan = vodkit::plan(&source, &Ladder::default())?;

    let options = JobOptions::default().on_progress(|progress| {
        println!("{:3.0}% at {:.1} times playing speed", progress.fraction() * 100.0, progress.speed);
        ControlFlow::Continue(())
    });
    let summary = Job::start(&source, &plan, Arc::new(DirSink::open(&folder)?), options)?.wait()?;
    for rendition in &summary.renditions {
        println!("{}: {} segments, {} kb/s", rendition.id, rendition.segments, rendition.average_rate / 1000);
    }
    Ok(())
}
