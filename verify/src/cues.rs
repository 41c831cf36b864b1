//! WebVTT files of thumbnails.

/// The rule of their syntax.
pub(super) const WEBVTT: &str = "WebVTT 4.1";

/// A cue of WebVTT thumbnails.
#[derive(Debug, PartialEq)]
pub(super) struct Cue {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) file: String,
    /// Left, top, width, height.
    pub(super) place: [u32; 4],
}

/// The cues of a WebVTT file of thumbnails, or the rule that it breaks and how.
pub(super) fn cues(text: &str) -> Result<Vec<Cue>, (&'static str, String)> {
    let mut blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    if blocks.next() != Some("WEBVTT") {
        return Err((WEBVTT, "it does not begin with WEBVTT".to_owned()));
    }
    let read = |block: &str| {
        let (times, payload) = block.split_once('\n')?;
        let (start, end) = times.split_once(" --> ")?;
        let (file, place) = payload.split_once("#xywh=")?;
        let place: Vec<u32> = place.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
        Some(Cue { start: time(start)?, end: time(end)?, file: file.to_owned(), place: place.try_into().ok()? })
    };
    blocks.map(|block| read(block).ok_or_else(|| (WEBVTT, format!("\"{block}\" is no cue of a thumbnail")))).collect()
}

/// Thousandths of a second.
fn time(text: &str) -> Option<u64> {
    let (clock, thousandths) = text.split_once('.')?;
    let mut fields = clock.split(':').map(|field| field.parse::<u64>().ok().filter(|_| field.len() >= 2));
    let (hours, minutes, seconds) = (fields.next()??, fields.next()??, fields.next()??);
    let thousandths: u64 = thousandths.parse().ok().filter(|_| thousandths.len() == 3)?;
    let whole = fields.next().is_none() && minutes < 60 && seconds < 60 && hours < 1_000_000;
    whole.then_some(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths)
}
