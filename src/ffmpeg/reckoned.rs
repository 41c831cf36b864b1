//! Formats that state no times: FFmpeg reckons those from where in the source it seeks to.

use rsmpeg::avformat::AVFormatContextInput;
use rsmpeg::ffi;

/// Their demuxers. A byte rate that is stated wrong, or a guess, lets them land elsewhere and give the time that was asked for.
const DEMUXERS: [&str; 24] = [
    "aac",
    "ac3",
    "aiff",
    "amr",
    "ape",
    "au",
    "caf",
    "dsf",
    "dts",
    "dtshd",
    "dv",
    "eac3",
    "gsm",
    "iff",
    "loas",
    "mlp",
    "mp3",
    "oma",
    "qcp",
    "truehd",
    "voc",
    "w64",
    "wav",
    "yuv4mpegpipe",
];

/// Whether a packet's place tells more than its time.
pub(super) fn is_reckoned(container: &str) -> bool {
    DEMUXERS.contains(&container)
}

/// Has the demuxer seek by the rate that samples of one size have, whatever the header says: FFmpeg's own muxer states
/// twice that of G.722.
pub(super) fn correct_rates(format: &mut AVFormatContextInput) {
    if format.nb_streams == 0 {
        return;
    }
    for stream in format.streams_mut() {
        // SAFETY: the stream belongs to a context that we borrow mutably, and its parameters to it.
        let Some(parameters) = (unsafe { (*stream.as_mut_ptr()).codecpar.as_mut() }) else { continue };
        // SAFETY: it looks the codec up in a table.
        let bits = unsafe { ffi::av_get_exact_bits_per_sample(parameters.codec_id) };
        let samples = i64::from(parameters.sample_rate).saturating_mul(parameters.ch_layout.nb_channels.into());
        let rate = samples.saturating_mul(bits.into());
        if rate > 0 {
            parameters.bit_rate = rate;
        }
    }
}
