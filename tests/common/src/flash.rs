//! Sources with a white flash and a beep at the same moments, and what `ffmpeg` shows and plays of a file:
//! every picture and every sample at the time that it is presented, never at a time that is only assumed.
//! And rich sound, in which each seam and each shift shows.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use vodkit::plan::Rendition;

use super::{ffmpeg, folder, make};

/// Width and height of the pictures.
pub const SIDE: usize = 64;
/// Seconds that a beep lasts.
const BEEP: f64 = 0.02;

/// Pictures and sound of a source, before they are encoded. A fraction is a frame rate.
#[derive(Clone, Copy)]
pub struct Clip {
    pub rate: (i64, i64),
    pub frames: i64,
    pub sample_rate: i64,
    pub samples: i64,
    /// Samples that the sound comes early by.
    pub early: i64,
}

impl Clip {
    /// `frames` pictures, and sound that lasts as long.
    pub fn new(rate: (i64, i64), frames: i64, sample_rate: i64) -> Self {
        let samples = (frames * rate.1 * sample_rate + rate.0 / 2) / rate.0;
        Self { rate, frames, sample_rate, samples, early: 0 }
    }

    fn time(&self, frame: i64) -> f64 {
        (frame * self.rate.1) as f64 / self.rate.0 as f64
    }

    /// The frame nearest to the middle of each second: moments at whole seconds would lie on the seams.
    fn flashes(&self) -> Vec<i64> {
        let nearest = |half: i64| (half * self.rate.0 + self.rate.1) / (2 * self.rate.1);
        (0..).map(|second| nearest(2 * second + 1)).take_while(|frame| frame + 2 < self.frames).collect()
    }

    /// When each flash begins, in seconds from the first picture's start; each beep begins then too.
    pub fn moments(&self) -> Vec<f64> {
        self.flashes().into_iter().map(|frame| self.time(frame)).collect()
    }

    /// Writes the pictures and the sound into `folder`, raw; gives the options with which ffmpeg reads them.
    pub fn raw(&self, folder: &Path) -> (String, String) {
        let mut pictures = vec![16_u8; self.frames as usize * SIDE * SIDE];
        for frame in self.flashes() {
            pictures[frame as usize * SIDE * SIDE..][..SIDE * SIDE].fill(235);
        }
        let mut sound = vec![0_i16; self.samples as usize];
        for moment in self.moments() {
            let first = (moment * self.sample_rate as f64).ceil() as i64 - self.early;
            for sample in first.max(0)..(first + self.sample_rate / 10).min(self.samples) {
                let time = (sample + self.early) as f64 / self.sample_rate as f64 - moment;
                sound[sample as usize] = (beep(time) * 24_000.0).round() as i16;
            }
        }
        let (pictures_path, sound_path) = (folder.join("pictures.gray"), folder.join("sound.pcm"));
        std::fs::write(&pictures_path, pictures).unwrap();
        std::fs::write(&sound_path, sound.into_iter().flat_map(i16::to_le_bytes).collect::<Vec<_>>()).unwrap();
        let (num, den) = self.rate;
        (
            format!(
                "-f rawvideo -pix_fmt gray -video_size {SIDE}x{SIDE} -framerate {num}/{den} -i {}",
                pictures_path.display()
            ),
            format!("-f s16le -ar {} -ac 1 -i {}", self.sample_rate, sound_path.display()),
        )
    }

    /// Makes a source of it: `arguments` are what stands between ffmpeg's inputs and the output's name.
    pub fn write(&self, path: &Path, arguments: &str) -> PathBuf {
        let raw = folder();
        let (pictures, sound) = self.raw(raw.path());
        make(path, &format!("{pictures} {sound} {arguments}"))
    }
}

/// A chirp from 600 to 4600 Hz that begins hard: unlike a steady tone it fits itself at one place alone.
fn beep(time: f64) -> f64 {
    let inside = (0.0..BEEP).contains(&time);
    if inside { (TAU * (600.0 + 2000.0 * time / BEEP) * time + 1.0).sin() } else { 0.0 }
}

/// Seconds that a container may round the times of sound by.
const WOBBLE: f64 = 0.002;

/// Decoded sound: samples of all channels interleaved, and when each run of them is played.
pub struct Heard {
    pub rate: f64,
    pub channels: usize,
    pub samples: Vec<f32>,
    /// First position (counted in samples of one channel) and time in seconds of each run of frames.
    pub runs: Vec<(usize, f64)>,
}

/// What a player shows and plays of a file.
pub struct Seen {
    /// When each flash begins.
    pub flashes: Vec<f64>,
    /// When each beep begins.
    pub beeps: Vec<f64>,
}

/// Plays a file with the `ffmpeg` command, both tracks together; `options` stand before `-i`.
pub fn watch(path: &Path, options: &str) -> Seen {
    let out = folder();
    let (sound, heard) = sound_outputs(out.path(), "");
    let (pictures, list) = picture_output(out.path());
    play(path, options, &format!("{pictures} {sound}"));
    Seen { flashes: flashes(&list), beeps: heard().beeps() }
}

/// When the flashes of a file without sound begin.
pub fn flashes_of(path: &Path) -> Vec<f64> {
    let out = folder();
    let (pictures, list) = picture_output(out.path());
    play(path, "", &pictures);
    flashes(&list)
}

/// Plays the sound of a file with the `ffmpeg` command; `filter` is what is done with it.
pub fn hear(path: &Path, filter: &str) -> Heard {
    let out = folder();
    let (sound, heard) = sound_outputs(out.path(), filter);
    play(path, "", &sound);
    heard()
}

fn play(path: &Path, options: &str, outputs: &str) {
    let mut arguments: Vec<&str> = "-v error -copyts -y".split(' ').chain(options.split_whitespace()).collect();
    arguments.extend(["-i", path.to_str().unwrap()]);
    arguments.extend(outputs.split_whitespace());
    ffmpeg(&arguments);
}

/// An output of ffmpeg that lists when each picture is shown and how bright it is, and the list's path.
fn picture_output(folder: &Path) -> (String, PathBuf) {
    let list = folder.join("pictures.txt");
    let filter = format!("settb=AVTB,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file={}", list.display());
    (format!("-map 0:v:0 -fps_mode passthrough -vf {filter} -f null -"), list)
}

/// Two outputs of ffmpeg, of samples and of the times of their frames, and how to read them.
fn sound_outputs(folder: &Path, filter: &str) -> (String, impl Fn() -> Heard + use<>) {
    let (samples, times) = (folder.join("sound.pcm"), folder.join("sound.txt"));
    let sound = format!("-map 0:a:0 -c:a pcm_f32le {filter}");
    let outputs = format!("{sound} -f f32le {} {sound} -f framecrc {}", samples.display(), times.display());
    (outputs, move || read_sound(&samples, &times))
}

/// Reads what the metadata filter prints: a line with the time in microseconds, a line with the brightness.
fn flashes(list: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(list).unwrap();
    let field = |line: &str, name: &str| Some(line.split_once(name)?.1.split_whitespace().next()?.to_owned());
    let (mut flashes, mut time, mut bright) = (Vec::new(), 0.0, false);
    for line in text.lines() {
        if let Some(pts) = field(line, " pts:") {
            time = pts.parse::<f64>().unwrap() / 1e6;
        }
        if let Some(brightness) = field(line, "YAVG=") {
            let now = brightness.parse::<f64>().unwrap() > 128.0;
            if now && !bright {
                flashes.push(time);
            }
            bright = now;
        }
    }
    flashes
}

/// Reads raw samples, and the muxer's list of frames: stream, decoding time, time, duration, size, checksum.
fn read_sound(samples: &Path, times: &Path) -> Heard {
    let bytes = std::fs::read(samples).unwrap();
    let text = std::fs::read_to_string(times).unwrap();
    let samples = bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).expect(name).trim();
    let rate: f64 = value("#sample_rate 0:").parse().unwrap();
    let (num, den) = value("#tb 0:").split_once('/').unwrap();
    let tick = num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap();
    let (mut heard, mut position) = (Heard { rate, channels: 1, samples, runs: Vec::new() }, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<i64> = line.split(',').map_while(|field| field.trim().parse().ok()).collect();
        let (time, duration, size) = (fields[2] as f64 * tick, fields[3] as f64 * tick, fields[4] as usize);
        // Rounded times wobble about where the samples follow each other; only a real jump begins a run.
        if heard.runs.is_empty() || (heard.time(position) - time).abs() > WOBBLE {
            heard.runs.push((position, time));
        }
        let count = (duration * rate).round() as usize;
        heard.channels = size / 4 / count;
        position += count;
    }
    heard
}

impl Heard {
    /// When a sample (of one channel) is played.
    pub fn time(&self, position: usize) -> f64 {
        let run = self.runs.partition_point(|(first, _)| *first <= position).saturating_sub(1);
        let (first, time) = self.runs[run];
        time + (position - first) as f64 / self.rate
    }

    /// Samples of one channel where they are played, from time `from` on; silence where there are none.
    pub fn timeline(&self, channel: usize, from: f64) -> Vec<f32> {
        let mut line = Vec::new();
        let ends = self.runs.iter().skip(1).map(|run| run.0).chain([self.samples.len() / self.channels]);
        for ((first, time), end) in self.runs.iter().zip(ends) {
            let place = ((time - from) * self.rate).round() as i64;
            for position in *first..end {
                let Ok(place) = usize::try_from(place + (position - first) as i64) else { continue };
                line.resize(line.len().max(place + 1), 0.0);
                line[place] = self.samples[position * self.channels + channel];
            }
        }
        line
    }

    /// When each beep begins: roughly by its loudness, then where the beep as it was made fits best.
    pub fn beeps(&self) -> Vec<f64> {
        let channel: Vec<f32> = self.samples.iter().step_by(self.channels).copied().collect();
        let loudest = channel.iter().fold(0.1_f32, |loudest, sample| loudest.max(sample.abs()));
        let pause = (self.rate * 0.3) as usize;
        let (mut beeps, mut last) = (Vec::new(), None);
        for (position, sample) in channel.iter().enumerate() {
            if sample.abs() > loudest / 3.0 {
                if last.is_none_or(|last| position - last > pause) {
                    beeps.push(self.fit(&channel, position));
                }
                last = Some(position);
            }
        }
        beeps
    }

    fn fit(&self, channel: &[f32], near: usize) -> f64 {
        let form: Vec<f64> = (0..(BEEP * self.rate) as usize).map(|sample| beep(sample as f64 / self.rate)).collect();
        let reach = (0.02 * self.rate) as usize;
        let likeness = |start: usize| {
            let samples = channel[start..].iter().zip(&form);
            samples.map(|(sample, form)| f64::from(*sample) * form).sum::<f64>()
        };
        let starts = near.saturating_sub(reach)..(near + reach).min(channel.len());
        let best = starts.map(|start| (start, likeness(start))).max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        self.time(best.0)
    }
}

/// Stereo samples of `seconds`: three sweeps for each side and pink noise, different on the two sides. What
/// is played does not depend on the rate, only how it is sampled.
pub fn rich(rate: usize, seconds: f64) -> Vec<[f64; 2]> {
    let count = (seconds * rate as f64).round() as usize;
    let mut noise = [Pink::new(1), Pink::new(2)];
    let sweep = |time: f64, low: f64, wide: f64, period: f64| {
        (TAU * (low * time - wide * period / TAU * (TAU * time / period).cos())).sin()
    };
    (0..count)
        .map(|sample| {
            let time = sample as f64 / rate as f64;
            [0, 1].map(|side| {
                let (shift, noise) = (1.0 + side as f64 * 0.3, noise[side].next());
                let tones = sweep(time, 300.0 * shift, 150.0, 2.3)
                    + sweep(time, 1100.0 * shift, 600.0, 3.7)
                    + sweep(time, 3100.0 * shift, 1500.0, 5.1);
                0.11 * tones + 0.1 * noise
            })
        })
        .collect()
}

/// Pink noise as three filtered streams of a linear congruential generator (Paul Kellet's economy filter).
struct Pink {
    state: u64,
    poles: [f64; 3],
}

impl Pink {
    fn new(seed: u64) -> Self {
        Self { state: seed, poles: [0.0; 3] }
    }

    fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let white = (self.state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0;
        let coefficients = [(0.997_65, 0.099_046), (0.963, 0.296_516_4), (0.57, 1.052_691_3)];
        for (pole, (keep, add)) in self.poles.iter_mut().zip(coefficients) {
            *pole = keep * *pole + add * white;
        }
        (self.poles.iter().sum::<f64>() + 0.1848 * white) * 0.25
    }
}

/// Writes samples and gives the options with which ffmpeg reads them.
pub fn stereo(folder: &Path, rate: usize, samples: &[[f64; 2]]) -> String {
    let path = folder.join(format!("{rate}-{}.pcm", samples.len()));
    let bytes: Vec<u8> =
        samples.iter().flatten().flat_map(|sample| ((sample * 32_000.0).round() as i16).to_le_bytes()).collect();
    std::fs::write(&path, bytes).unwrap();
    format!("-f s16le -ar {rate} -ac 2 -i {}", path.display())
}

/// One segment alone, as a player has it that begins there.
pub fn alone(out: &Path, rendition: &Rendition, index: u32) -> PathBuf {
    let read = |key: String| std::fs::read(out.join(key)).unwrap();
    let path = out.join(format!("{}-{index}.mp4", rendition.id));
    std::fs::write(&path, [read(rendition.init_key().unwrap()), read(rendition.segment_key(index))].concat()).unwrap();
    path
}

pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}
