//! The report as a picture: bars of speed with quality, rate and cost beside them.

use std::fmt::Write;

use super::report::Report;
use crate::output;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
/// Where bars end.
const RIGHT: f64 = 560.0;
const ROW: f64 = 20.0;

/// A bar, and the words on both sides of it.
struct Row {
    name: String,
    value: f64,
    words: String,
    colour: &'static str,
}

pub(crate) fn draw(report: &Report) -> String {
    let groups = [
        (format!("frames per second on one core (crf {})", report.crf), speeds(report)),
        ("times real time with so many workers".to_owned(), workers(report)),
    ];
    let height = groups.iter().map(|(_, rows)| (rows.len() + 2) as f64 * ROW).sum::<f64>() + 2.0 * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let machine = report.processor.as_deref().unwrap_or("unknown processor");
    let title = format!("{} on {} x {machine}, vodkit {}", report.input, report.cores, report.vodkit);
    let _ = writeln!(svg, "<text x=\"10\" y=\"16\">{}</text>", escaped(&title));
    let mut top = 1.5 * ROW;
    for (title, rows) in groups {
        let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">{}</text>", top + 14.0, escaped(&title));
        top += ROW;
        let most = rows.iter().map(|row| row.value).fold(1e-9, f64::max);
        for row in rows {
            let width = (RIGHT - LEFT) * row.value / most;
            let (text, name, words) = (top + 14.0, escaped(&row.name), escaped(&row.words));
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{name}</text>\
                 <rect x=\"{LEFT}\" y=\"{}\" width=\"{width:.1}\" height=\"14\" fill=\"{}\"/>\
                 <text x=\"{:.1}\" y=\"{text}\">{words}</text>",
                LEFT - 8.0,
                top + 3.0,
                row.colour,
                LEFT + width + 6.0,
            );
            top += ROW;
        }
        top += ROW;
    }
    svg + "</svg>\n"
}

fn speeds(report: &Report) -> Vec<Row> {
    let mut rows = Vec::new();
    for (preset, cost) in report.presets.iter().zip(&report.costs) {
        for rung in &preset.rungs {
            let Some(speed) = rung.speed else { continue };
            let quality = report.metric.zip(rung.quality);
            let quality = quality.map(|(metric, value)| format!(", {} {value:.1}", metric.name())).unwrap_or_default();
            let rate = rung.bit_rate.map(|rate| format!(", {}", output::rate(rate))).unwrap_or_default();
            let words = format!("{:.0}{quality}{rate}", speed.frames_per_second);
            let name = format!("{} {}", preset.preset, rung.id);
            rows.push(Row { name, value: speed.frames_per_second, words, colour: "#7fb3d5" });
        }
        let Some((speed, cost)) = preset.ladder.zip(*cost) else { continue };
        let price = cost.price.map(|price| format!(", {price:.3} to pay")).unwrap_or_default();
        let words = format!("{:.0}, {:.2} core hours per hour{price}", speed.frames_per_second, cost.core_hours);
        let name = format!("{} all", preset.preset);
        rows.push(Row { name, value: speed.frames_per_second, words, colour: "#2a7f62" });
    }
    rows
}

fn workers(report: &Report) -> Vec<Row> {
    let row = |each: &super::workers::Workers| {
        let efficiency = each.efficiency.map(|efficiency| format!(", {:.0} % of as many alone", efficiency * 100.0));
        let memory = each.peak_memory.map(|bytes| format!(", {}", output::size(bytes)));
        let words =
            format!("{:.2}{}{}", each.times_real_time, efficiency.unwrap_or_default(), memory.unwrap_or_default());
        Row { name: each.workers.to_string(), value: each.times_real_time, words, colour: "#2a7f62" }
    };
    report.workers.iter().map(row).collect()
}

fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
