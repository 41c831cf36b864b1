//! Pictures through a chain of filters: scaling, turning, deinterlacing, tone mapping.

use std::ffi::CString;

use rsmpeg::avfilter::{AVFilter, AVFilterGraph, AVFilterInOut};
use rsmpeg::error::RsmpegError;

use super::error::{code_of, failed};
use super::frame::Frame;
use crate::base::{Error, ErrorKind, Result};

/// A chain of filters, described in FFmpeg's filter language. It is built for the first picture, and anew
/// where the source's pictures change their size or format.
pub(crate) struct FilterChain {
    description: CString,
    graph: Option<(Shape, AVFilterGraph)>,
}

/// What a graph is built for.
#[derive(Clone, Copy, PartialEq)]
struct Shape {
    width: i32,
    height: i32,
    format: i32,
    aspect: (i32, i32),
    matrix: u32,
    range: u32,
}

impl Shape {
    fn of(frame: &Frame) -> Self {
        let aspect = frame.0.sample_aspect_ratio;
        Self {
            width: frame.0.width,
            height: frame.0.height,
            format: frame.0.format,
            aspect: if aspect.num > 0 && aspect.den > 0 { (aspect.num, aspect.den) } else { (1, 1) },
            matrix: frame.0.colorspace,
            range: frame.0.color_range,
        }
    }

    fn buffer_arguments(&self) -> String {
        let Self { width, height, format, aspect, .. } = self;
        let mut text = format!(
            "video_size={width}x{height}:pix_fmt={format}:time_base=1/1:pixel_aspect={}/{}",
            aspect.0, aspect.1
        );
        // FFmpeg 6 takes these from the frames alone.
        if cfg!(feature = "ffmpeg7") {
            text.push_str(&format!(":colorspace={}:range={}", self.matrix, self.range));
        }
        text
    }
}

impl FilterChain {
    /// A chain such as `"scale=1280:720,format=yuv420p"`.
    pub(crate) fn new(description: &str) -> Result<Self> {
        let description =
            CString::new(description).map_err(|_| Error::invalid("a filter has a zero byte in its text"))?;
        Ok(Self { description, graph: None })
    }

    /// Filters one picture, and gives each that comes out to `receive`.
    pub(crate) fn push(&mut self, frame: Frame, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        let shape = Shape::of(&frame);
        if self.graph.as_ref().is_some_and(|(built_for, _)| *built_for != shape) {
            self.feed(None, &mut receive)?;
            self.graph = None;
        }
        if self.graph.is_none() {
            self.graph = Some((shape, self.build(&shape)?));
        }
        self.feed(Some(frame), &mut receive)
    }

    /// Gives what the filters still hold to `receive`.
    pub(crate) fn finish(&mut self, mut receive: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        if self.graph.is_some() { self.feed(None, &mut receive) } else { Ok(()) }
    }

    fn feed(&mut self, frame: Option<Frame>, receive: &mut impl FnMut(Frame) -> Result<()>) -> Result<()> {
        let Some((_, graph)) = &self.graph else { return Ok(()) };
        let (Some(mut source), Some(mut sink)) = (graph.get_filter(c"in"), graph.get_filter(c"out")) else {
            return Err(Error::new(ErrorKind::Internal, "a filter graph lost its ends"));
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

    fn build(&self, shape: &Shape) -> Result<AVFilterGraph> {
        let mut graph = AVFilterGraph::new();
        // SAFETY: a plain option of a graph that has no filters yet. One thread: segments run side by side.
        unsafe { &mut *graph.as_mut_ptr() }.nb_threads = 1;
        let arguments = CString::new(shape.buffer_arguments()).unwrap_or_default();
        self.connect(&graph, &arguments).map_err(|error| filter_error(&error))?;
        Ok(graph)
    }

    fn connect(&self, graph: &AVFilterGraph, arguments: &CString) -> Result<(), RsmpegError> {
        let missing = RsmpegError::AVError(rsmpeg::ffi::AVERROR_FILTER_NOT_FOUND);
        let (Some(buffer), Some(buffersink)) = (AVFilter::get_by_name(c"buffer"), AVFilter::get_by_name(c"buffersink"))
        else {
            return Err(missing);
        };
        let mut source = graph.create_filter_context(&buffer, c"in", Some(arguments))?;
        let mut sink = graph.create_filter_context(&buffersink, c"out", None)?;
        let outputs = AVFilterInOut::new(c"in", &mut source, 0);
        let inputs = AVFilterInOut::new(c"out", &mut sink, 0);
        graph.parse_ptr(&self.description, Some(inputs), Some(outputs))?;
        graph.config()
    }
}

fn filter_error(error: &RsmpegError) -> Error {
    failed(ErrorKind::Encode, "the pictures could not be converted", code_of(error))
}
