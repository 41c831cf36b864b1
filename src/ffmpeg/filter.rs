//! Frames through a chain of filters: scaling, rotation, deinterlacing.

use std::ffi::{CStr, CString};

use rsmpeg::avfilter::{AVFilter, AVFilterGraph, AVFilterInOut};
use rsmpeg::error::RsmpegError;

use super::error::{code_of, failed};
use super::filters;
use super::frame::{ChromaPosition, Frame};
use crate::base::{Error, ErrorKind, Result};

/// A chain of filters in FFmpeg's filter syntax. Its graph is built for the first frame, and again whenever the
/// frames change size or format. It has one thread unless told otherwise, because segments are made in parallel.
pub(crate) struct FilterChain {
    description: String,
    threads: usize,
    graph: Option<(FrameFormat, AVFilterGraph)>,
}

/// The properties of frames that a graph is built for.
#[derive(Clone, Copy, PartialEq)]
struct FrameFormat {
    width: i32,
    height: i32,
    format: i32,
    aspect: (i32, i32),
    matrix: u32,
    range: u32,
    alpha: bool,
    /// See [`Frame::has_fewer_rows_of_chroma`].
    fewer_rows: Option<bool>,
    chroma: ChromaPosition,
}

impl FrameFormat {
    fn of(frame: &Frame) -> Self {
        let aspect = frame.0.sample_aspect_ratio;
        Self {
            width: frame.0.width,
            height: frame.0.height,
            format: frame.0.format,
            aspect: if aspect.num > 0 && aspect.den > 0 { (aspect.num, aspect.den) } else { (1, 1) },
            matrix: frame.0.colorspace,
            range: frame.0.color_range,
            alpha: frame.has_alpha(),
            fewer_rows: frame.has_fewer_rows_of_chroma(),
            chroma: frame.chroma_position(),
        }
    }

    fn buffer_arguments(&self) -> String {
        let Self { width, height, format, aspect, .. } = self;
        let mut text = format!(
            "video_size={width}x{height}:pix_fmt={format}:time_base=1/1:pixel_aspect={}/{}",
            aspect.0, aspect.1
        );
        // FFmpeg 6 has no such options and takes both from the frames.
        if cfg!(feature = "ffmpeg7") {
            text.push_str(&format!(":colorspace={}:range={}", self.matrix, self.range));
        }
        text
    }
}

impl FrameFormat {
    /// A description of filters with what these frames need.
    fn complete(&self, description: &str) -> String {
        let (h, v) = self.chroma;
        let siting = &format!(":in_h_chr_pos={h}:in_v_chr_pos={v}");
        let (before, siting_after) = match self.alpha {
            true => (filters::ON_BLACK, ""),
            false if self.keeps_its_chroma(description) => (filters::TO_FULL_CHROMA, ""),
            false => ("", siting.as_str()),
        };
        let before = before.replace(filters::SITING, siting);
        let rgb = if self.is_filtered_in_height(description) { "gbrp" } else { "rgb24" };
        description.replace(filters::BEFORE, &before).replace(filters::SITING, siting_after).replace(filters::RGB, rgb)
    }

    /// Whether these are planes of luma and colour differences whose rows are mixed of several by a bicubic filter: pixels and planes
    /// of red, green and blue are then reckoned in the same way. Of one or two rows pixels are rounded otherwise.
    fn is_filtered_in_height(&self, description: &str) -> bool {
        let bicubic = filters::BICUBIC;
        let keeps_height = description.contains(&format!(":{}:{bicubic}", self.height));
        description.contains(bicubic) && self.fewer_rows.is_some_and(|fewer| fewer || !keeps_height)
    }

    /// Whether FFmpeg's scaler would leave chroma samples where they are, which are to lie elsewhere: at the same size it
    /// copies them.
    fn keeps_its_chroma(&self, description: &str) -> bool {
        let Self { width, height, chroma: (h, v), .. } = self;
        let is_same_size = description.contains(&format!("scale={width}:{height}:"));
        let is_moved = !description.contains(&filters::chroma_out(*h, *v));
        is_same_size && is_moved && self.chroma != (0, 0) && description.contains(filters::CHROMA_OUT)
    }
}

impl FilterChain {
    /// A chain such as `"scale=1280:720,format=yuv420p"`.
    pub(crate) fn new(description: &str) -> Result<Self> {
        if description.contains('\0') {
            return Err(Error::invalid("a filter's description contains a zero byte"));
        }
        Ok(Self { description: description.to_owned(), threads: 1, graph: None })
    }

    /// Filters each frame with so many threads. What comes out is the same.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        self.threads = threads;
    }

    /// Filters one frame, and passes each that comes out to `receive`.
    pub(crate) fn push(&mut self, frame: Frame, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        let format = FrameFormat::of(&frame);
        if self.graph.as_ref().is_some_and(|(built_for, _)| *built_for != format) {
            self.feed(None, &mut receive)?;
            self.graph = None;
        }
        if self.graph.is_none() {
            self.graph = Some((format, self.build(&format)?));
        }
        self.feed(Some(frame), &mut receive)
    }

    /// Drains the filters: passes the frames that they still hold to `receive`.
    pub(crate) fn finish(&mut self, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        if self.graph.is_some() { self.feed(None, &mut receive) } else { Ok(()) }
    }

    fn feed(&mut self, frame: Option<Frame>, receive: &mut impl FnMut(Frame) -> Result<()>) -> Result<()> {
        let Some((_, graph)) = &self.graph else { return Ok(()) };
        let (Some(mut source), Some(mut sink)) = (graph.get_filter(c"in"), graph.get_filter(c"out")) else {
            return Err(Error::new(ErrorKind::Internal, "a filter graph has no source or no sink"));
        };
        source.buffersrc_add_frame(frame.map(|frame| frame.0), None).map_err(|error| filter_error(&error))?;
        loop {
            match sink.buffersink_get_frame(None) {
                Ok(frame) => receive(Frame(frame))?,
                Err(RsmpegError::BufferSinkDrainError | RsmpegError::BufferSinkEofError) => return Ok(()),
                Err(error) => return Err(filter_error(&error)),
            }
        }
    }

    fn build(&self, format: &FrameFormat) -> Result<AVFilterGraph> {
        let mut graph = AVFilterGraph::new();
        // SAFETY: a plain option of a graph that has no filters yet.
        unsafe { &mut *graph.as_mut_ptr() }.nb_threads = self.threads as i32;
        let text = |text: String| CString::new(text).unwrap_or_default();
        let description = text(format.complete(&self.description));
        let arguments = text(format.buffer_arguments());
        connect(&graph, &description, &arguments).map_err(|error| filter_error(&error))?;
        Ok(graph)
    }
}

fn connect(graph: &AVFilterGraph, description: &CStr, arguments: &CStr) -> Result<(), RsmpegError> {
    let missing = RsmpegError::AVError(rsmpeg::ffi::AVERROR_FILTER_NOT_FOUND);
    let (Some(buffer), Some(buffersink)) = (AVFilter::get_by_name(c"buffer"), AVFilter::get_by_name(c"buffersink"))
    else {
        return Err(missing);
    };
    let mut source = graph.create_filter_context(&buffer, c"in", Some(arguments))?;
    let mut sink = graph.create_filter_context(&buffersink, c"out", None)?;
    let outputs = AVFilterInOut::new(c"in", &mut source, 0);
    let inputs = AVFilterInOut::new(c"out", &mut sink, 0);
    graph.parse_ptr(description, Some(inputs), Some(outputs))?;
    graph.config()
}

fn filter_error(error: &RsmpegError) -> Error {
    failed(ErrorKind::Encode, "the video frames could not be converted", code_of(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(chain: &str, frame: &Frame) -> Frame {
        let mut made = None;
        FilterChain::new(chain)
            .unwrap()
            .push(frame.clone(), |frame| {
                made = Some(frame);
                Ok(())
            })
            .unwrap();
        made.unwrap()
    }

    /// All values of luma, and colours that change with each sample.
    fn colourful() -> Frame {
        let mut frame = Frame::black(322, 182).unwrap();
        for plane in 0..3 {
            for (y, row) in frame.plane_mut(plane).unwrap().enumerate() {
                row.iter_mut().enumerate().for_each(|(x, value)| *value = (x * (7 + 4 * plane) + y * 13) as u8);
            }
        }
        frame
    }

    #[test]
    fn threads_make_of_a_frame_what_one_does() {
        let description = crate::ffmpeg::filters::BICUBIC;
        for size in ["322:182", "161:91", "1000:701"] {
            let made = [1, 5].map(|threads| {
                let mut chain = FilterChain::new(&format!("scale={size}:{description},format=gbrp")).unwrap();
                chain.set_threads(threads);
                let mut made = None;
                let keep = |frame: Frame| {
                    made = frame.pixels(Vec::new());
                    Ok(())
                };
                chain.push(colourful(), keep).unwrap();
                made.unwrap()
            });
            assert!(made[0] == made[1], "{size}");
        }
    }

    #[test]
    fn planes_of_red_green_and_blue_hold_what_pixels_do() {
        for format in ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuv420p10le", "yuv444p12le", "nv12"] {
            let frame = through(&format!("format={format}"), &colourful());
            for size in ["322:182", "160:90", "163:91", "640:300"] {
                for flags in ["bicubic", "area"] {
                    let scale = format!("scale={size}:flags={flags}+accurate_rnd+full_chroma_int+bitexact");
                    for turn in ["", ",hflip,vflip", ",transpose=clock"] {
                        let convert = |to: &str| {
                            through(&format!("{scale},format={to}{turn}"), &frame).pixels(Vec::new()).unwrap()
                        };
                        assert!(convert(filters::RGB) == convert("rgb24"), "{format} to {size}, {flags}{turn}");
                    }
                }
            }
        }
    }
}
