//! Takes a picture from the middle of a video: `cargo run --release --example thumbnail -- INPUT out.jpg`.

use vodkit::thumbnail::Position;
use vodkit::{Source, ThumbnailOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: thumbnail INPUT OUTPUT.jpg".into());
    };
    let source = Source::file(&input)?;
    let options = ThumbnailOptions::default().at(Position::Fraction(0.5)).height(360);
    let picture = vodkit::thumbnail(&source, &options)?;
    std::fs::write(&output, &picture.bytes)?;
    println!("{output}: {}x{}, shown at {:.3} s", picture.width, picture.height, picture.time.to_f64());
    Ok(())
}
