//! What is told in the end: JSON and tables.

use serde::Serialize;
use vodkit::Plan;

use super::measure::Preset;
use super::quality::Metric;
use super::workers::Workers;
use super::{BenchOptions, SEGMENT_SECONDS};
use crate::output;

#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) vodkit: String,
    pub(crate) input: String,
    pub(crate) cores: usize,
    pub(crate) processor: Option<String>,
    pub(crate) crf: f64,
    pub(crate) segment_seconds: i64,
    pub(crate) frame_rate: f64,
    /// What quality is measured in, if it is.
    pub(crate) metric: Option<Metric>,
    pub(crate) presets: Vec<Preset>,
    /// By preset, in the same order.
    pub(crate) costs: Vec<Option<Cost>>,
    pub(crate) workers: Vec<Workers>,
}

/// What an hour of video takes: all renditions, without sound, with all cores busy.
#[derive(Serialize, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) core_hours: f64,
    pub(crate) price: Option<f64>,
}

impl Report {
    pub(crate) fn new(
        options: &BenchOptions,
        plan: &Plan,
        presets: Vec<Preset>,
        workers: Vec<Workers>,
        metric: Option<Metric>,
    ) -> Self {
        let frame_rate = plan.source_video().map_or(0.0, |video| video.frame_rate.to_f64());
        // Cores that share caches and memory are slower than one alone.
        let efficiency = workers.last().and_then(|most| most.efficiency).unwrap_or(1.0).clamp(0.01, 1.0);
        let cost = |preset: &Preset| {
            let core_hours = frame_rate / preset.ladder?.frames_per_second / efficiency;
            Some(Cost { core_hours, price: options.price_per_core_hour.map(|price| price * core_hours) })
        };
        Self {
            vodkit: env!("CARGO_PKG_VERSION").into(),
            input: options.input.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
            cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            processor: processor(),
            crf: options.crf,
            segment_seconds: SEGMENT_SECONDS,
            frame_rate,
            metric,
            costs: presets.iter().map(cost).collect(),
            presets,
            workers,
        }
    }

    /// Tables for people.
    pub(crate) fn text(&self) -> String {
        let machine = self.processor.as_deref().unwrap_or("unknown processor");
        let note = match self.metric {
            Some(metric) => format!("{} against the same pictures at crf 1", metric.name()),
            None => "no quality: --ffmpeg names none with libvmaf or xpsnr".into(),
        };
        let heading = format!("{}, crf {}, on {} x {machine}; {note}", self.input, self.crf, self.cores);
        format!("{heading}\n\n{}\n{}", self.preset_table(), self.worker_table())
    }

    fn preset_table(&self) -> String {
        let quality = self.metric.map_or("quality", Metric::name);
        let words =
            ["preset", "rendition", "frames/s on a core", "x real time", quality, "bit rate", "core hours/hour"];
        let mut rows = vec![words.map(str::to_owned).to_vec()];
        let has_price = self.costs.iter().flatten().any(|cost| cost.price.is_some());
        rows.iter_mut().filter(|_| has_price).for_each(|row| row.push("price/hour".into()));
        for (preset, cost) in self.presets.iter().zip(&self.costs) {
            for rung in &preset.rungs {
                let speed = rung.speed.map(|speed| speed.frames_per_second);
                let mut row = vec![preset.preset.clone(), rung.id.clone()];
                row.extend(self.speed(speed));
                row.push(known(rung.quality, |quality| format!("{quality:.2}")));
                row.push(known(rung.bit_rate, output::rate));
                rows.push(row);
            }
            let mut row = vec![preset.preset.clone(), "all".into()];
            row.extend(self.speed(preset.ladder.map(|speed| speed.frames_per_second)));
            row.extend([String::new(), String::new(), known(*cost, |cost| format!("{:.2}", cost.core_hours))]);
            row.extend(cost.and_then(|cost| cost.price).map(|price| format!("{price:.3}")));
            rows.push(row);
        }
        output::table(&rows)
    }

    fn speed(&self, frames_per_second: Option<f64>) -> [String; 2] {
        let times = frames_per_second.map(|rate| rate / self.frame_rate.max(1e-9));
        [known(frames_per_second, |rate| format!("{rate:.1}")), known(times, |times| format!("{times:.2}"))]
    }

    fn worker_table(&self) -> String {
        let mut rows = vec![["workers", "x real time", "efficiency", "peak memory"].map(str::to_owned).to_vec()];
        for each in &self.workers {
            let efficiency = known(each.efficiency, |efficiency| format!("{:.0} %", efficiency * 100.0));
            let memory = known(each.peak_memory, output::size);
            rows.push(vec![each.workers.to_string(), format!("{:.2}", each.times_real_time), efficiency, memory]);
        }
        output::table(&rows)
    }
}

/// A dash for what there was no time for.
fn known<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
