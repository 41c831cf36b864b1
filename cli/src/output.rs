//! What the command prints: text, JSON, times, sizes, tables, progress.

use std::io::{ErrorKind::BrokenPipe, IsTerminal, Write, stderr, stdout};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use vodkit::{Error, ErrorKind, Progress, Result};

/// Prints to stdout. If the reader has gone, as `head` does, that is not an error.
pub(crate) fn print(text: impl AsRef<[u8]>) -> Result<()> {
    let mut out = stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != BrokenPipe => {
            Err(Error::new(ErrorKind::SinkWrite, "cannot write to stdout").with_cause(cause))
        }
        _ => Ok(()),
    }
}

/// Prints JSON to stdout, indented.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(serde_json::to_string_pretty(value).map_err(not_json)? + "\n")
}

/// JSON on one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(not_json)
}

fn not_json(cause: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "the result could not be written as JSON").with_cause(cause)
}

/// Prints a line to stderr; errors are ignored.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// "1:02:03.5", or "2:03.5" below an hour.
pub(crate) fn time(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}

/// "1.2 MB", in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    unit(bytes as f64, &["B", "kB", "MB", "GB", "TB"])
}

/// "1.2 Mb/s".
pub(crate) fn rate(bits: u64) -> String {
    unit(bits as f64, &["b/s", "kb/s", "Mb/s", "Gb/s"])
}

fn unit(mut value: f64, units: &[&str]) -> String {
    let mut name = units.first().copied().unwrap_or_default();
    for next in units.iter().skip(1) {
        if value < 1000.0 {
            break;
        }
        (value, name) = (value / 1000.0, next);
    }
    if value < 10.0 && name != "B" && name != "b/s" {
        format!("{value:.1} {name}")
    } else {
        format!("{value:.0} {name}")
    }
}

/// A table with aligned columns: the first to the left, the others to the right.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("  {}\n", cells.collect::<Vec<_>>().join("   ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Reports the progress of a job: with a bar on a terminal, else with a line every few seconds, or not at all.
pub(crate) enum Reporter {
    Bar(ProgressBar),
    Lines(Mutex<Instant>),
    Quiet,
}

/// Time between two lines.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

impl Reporter {
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        if !stderr().is_terminal() {
            return Self::Lines(Mutex::new(Instant::now()));
        }
        let bar = ProgressBar::new(1000);
        let style = ProgressStyle::with_template("{bar:40.cyan/black.bright} {percent:>3}%  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    pub(crate) fn show(&self, progress: &Progress) {
        let left = progress.time_left.map_or_else(|| "?".to_owned(), |left| time(left.as_secs_f64()));
        let text = format!(
            "{} of {} segments, {:.1}x, {left} left",
            progress.segments_done, progress.segments_total, progress.speed
        );
        match self {
            Self::Bar(bar) => {
                bar.set_position((progress.fraction() * 1000.0) as u64);
                bar.set_message(text);
            }
            Self::Lines(last) => {
                let Ok(mut last) = last.lock() else { return };
                if last.elapsed() >= LINE_INTERVAL {
                    *last = Instant::now();
                    warn(&format!("{:3.0}%  {text}", progress.fraction() * 100.0));
                }
            }
            Self::Quiet => {}
        }
    }

    /// Runs what writes to the standard error, without the bar in its way.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        match self {
            Self::Bar(bar) => bar.suspend(write),
            _ => write(),
        }
    }

    pub(crate) fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_units() {
        assert_eq!(time(3723.46), "1:02:03.5");
        assert_eq!(time(55.0), "0:55.0");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_234_567), "1.2 MB");
        assert_eq!(rate(128_000), "128 kb/s");
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["long".to_owned(), "100".to_owned()]];
        assert_eq!(table(&rows), "  a        1\n  long   100\n");
    }
}
