//! How good the renditions are: VMAF or XPSNR, by the `ffmpeg` command.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use vodkit::{CancelToken, Error, ErrorKind, Plan, Result, Rung, SegmentMaker, Source};

use super::measure::{Preset, within};
use super::{BenchOptions, Steps};

/// What quality is measured in.
#[derive(Serialize, Clone, Copy, PartialEq)]
pub(crate) enum Metric {
    #[serde(rename = "VMAF")]
    Vmaf,
    /// Of luma, in decibels.
    #[serde(rename = "XPSNR")]
    Xpsnr,
}

impl Metric {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Vmaf => "VMAF",
            Self::Xpsnr => "XPSNR",
        }
    }

    /// The best that this ffmpeg has.
    fn of(ffmpeg: &Path) -> Option<Self> {
        let output = Command::new(ffmpeg).args(["-hide_banner", "-filters"]).stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let has = |name| text.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
        [("libvmaf", Self::Vmaf), ("xpsnr", Self::Xpsnr)]
            .into_iter()
            .find(|(name, _)| has(name))
            .map(|(_, metric)| metric)
    }

    fn filter(self) -> String {
        let threads = thread::available_parallelism().map_or(1, |cores| cores.get());
        match self {
            // Every third frame tells the mean as well.
            Self::Vmaf => format!("libvmaf=n_threads={threads}:n_subsample=3"),
            Self::Xpsnr => "xpsnr".into(),
        }
    }

    /// The mean in what ffmpeg says in the end.
    fn read(self, said: &str) -> Option<f64> {
        let before = match self {
            Self::Vmaf => "VMAF score: ",
            Self::Xpsnr => "y: ",
        };
        let line = said.lines().rev().find(|line| line.contains(before) && line.contains(self.name()))?;
        line.split(before).nth(1)?.split_whitespace().next()?.parse().ok()
    }
}

/// Measures each rendition against the same pictures encoded at constant rate factor 1: so both have the same size, colours
/// and frames, whatever the video is. `None` if this ffmpeg has no filter for it.
pub(crate) fn measure(
    options: &BenchOptions,
    source: &Source,
    presets: &mut [Preset],
    steps: &Steps,
) -> Result<Option<Metric>> {
    let Some(metric) = Metric::of(&options.ffmpeg) else { return Ok(None) };
    let unwritable = |cause| Error::new(ErrorKind::SinkWrite, "cannot write temporary files").with_cause(cause);
    let folder = tempfile::tempdir().map_err(unwritable)?;
    let (made, reference) = (folder.path().join("made.mp4"), folder.path().join("reference.mp4"));
    let rungs = options.rungs.iter().map(|side| Rung::new(*side).max_rate(100_000_000));
    let fine = vodkit::plan(source, &options.ladder_of(rungs, "ultrafast", 1.0))?;
    let ids: Vec<_> = fine.videos().map(|(rendition, _)| rendition.id.clone()).collect();
    for id in &ids {
        let mut referred: Vec<u32> = Vec::new();
        for preset in presets.iter_mut() {
            let Some(rung) = preset.rungs.iter_mut().find(|rung| rung.id == *id && !rung.segments.is_empty()) else {
                continue;
            };
            steps.begin(&format!("{} of {}, {id}", metric.name(), preset.preset));
            rung.segments.sort_by_key(|(index, ..)| *index);
            let plan = vodkit::plan(source, &options.ladder(&preset.preset))?;
            let indexes: Vec<_> = rung.segments.iter().map(|(index, ..)| *index).collect();
            if indexes != referred {
                let parts = within(steps.until(1.0), |cancel| segments(source, cancel, &fine, id, &indexes))?;
                let Some(parts) = parts else { return Ok(Some(metric)) };
                std::fs::write(&reference, parts).map_err(unwritable)?;
                referred = indexes;
            }
            let mut parts = vodkit::init_segment(&plan, id)?.to_vec();
            rung.segments.iter().for_each(|(_, _, segment)| parts.extend_from_slice(segment));
            std::fs::write(&made, parts).map_err(unwritable)?;
            rung.quality = compare(&options.ffmpeg, metric, &made, &reference, steps.until(1.0));
        }
    }
    Ok(Some(metric))
}

/// A rendition's init segment and these media segments.
fn segments(source: &Source, cancel: &CancelToken, plan: &Plan, id: &str, indexes: &[u32]) -> Result<Vec<u8>> {
    let mut maker = SegmentMaker::new(&source.clone().with_cancel(cancel), plan)?;
    let mut bytes = maker.init(id)?.to_vec();
    for index in indexes {
        bytes.extend_from_slice(&maker.segment(id, *index)?);
    }
    Ok(bytes)
}

fn compare(ffmpeg: &Path, metric: Metric, made: &Path, reference: &Path, limit: Duration) -> Option<f64> {
    let filter = format!("[0:v][1:v]{}", metric.filter());
    let arguments = ["-nostdin", "-hide_banner", "-i"].map(OsStr::new).into_iter();
    let arguments = arguments.chain([made.as_os_str(), OsStr::new("-i"), reference.as_os_str()]);
    let mut command = Command::new(ffmpeg);
    command.args(arguments).args(["-filter_complex", &filter, "-f", "null", "-"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
    let mut stderr = child.stderr.take()?;
    let reader = thread::spawn(move || {
        let mut said = Vec::new();
        let _ = stderr.read_to_end(&mut said);
        said
    });
    let is_done = wait(&mut child, limit);
    let said = reader.join().ok()?;
    is_done.then(|| metric.read(&String::from_utf8_lossy(&said))).flatten()
}

/// Whether a command ends well in this time; afterwards it has ended.
fn wait(child: &mut Child, limit: Duration) -> bool {
    let started = Instant::now();
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            Err(_) => break,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_from_what_ffmpeg_says() {
        let said = "frame=  50 fps=0.0\n[Parsed_libvmaf_0 @ 0x5581] VMAF score: 93.251432\n";
        assert_eq!(Metric::Vmaf.read(said), Some(93.251432));
        let said = "[Parsed_xpsnr_0 @ 0x5581] XPSNR  y: 38.2310  u: 42.0100  v: 43.9000  (minimum: 38.2310)\n";
        assert_eq!(Metric::Xpsnr.read(said), Some(38.231));
        assert_eq!(Metric::Vmaf.read("[Parsed_libvmaf_0] could not load model"), None);
    }
}
