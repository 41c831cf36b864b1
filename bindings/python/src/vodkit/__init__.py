"""vodkit: an embeddable video-on-demand engine. Probe any video, encode it to an adaptive ladder, cut it into
HLS and DASH, take thumbnails.

Any number of threads may call at once: the GIL is released for as long as the engine works. What fails raises
a subclass of VodkitError; wrong types raise TypeError. Ctrl-C is heard at once; a probe, plan, segment or picture
that was on its way ends in the background.

After ``os.fork`` the child may use the package, where no other thread was inside it at that moment; jobs stay
in the parent, and raise InvalidArgumentError in the child. ``multiprocessing`` is safest with its start methods
``spawn`` and ``forkserver``.
"""

from ._errors import (
    AddressRefusedError,
    BuildMismatchError,
    CancelledError,
    CorruptError,
    Encode,
    EncoderMissingError,
    VodkitError,
    Internal,
    InvalidArgumentError,
    InvalidPlanError,
    LimitExceededError,
    NoSpaceError,
    NotFoundError,
    NothingToPlayError,
    NotMediaError,
    OutOfRangeError,
    OutputConflictError,
    SinkWriteError,
    SourceChangedError,
    SourceReadError,
    TruncatedError,
    UnsupportedError,
)
from ._job import Job, OnProgress, Output, Progress, Put, Summary, TrackSummary, package, start
from ._ladder import Ladder, Limits, Rung, Storyboard, Watermark
from ._log import disable_logging, enable_logging
from ._media import AudioInfo, Colour, MediaInfo, Track, VideoInfo, probe
from ._native import ffi, lib
from ._plan import Captions, Plan, PlanTrack, hls_starting_at, media_type, plan
from ._sources import BinaryFile, Link, Source
from ._thumbnail import Fit, Frame, ImageFormat, Thumbnail, ThumbnailOptions, frame, thumbnail

__version__: str = ffi.string(lib.vodkit_version()).decode()
del ffi, lib

__all__ = [
    "AddressRefused",
    "AudioInfo",
    "BinaryFile",
    "BuildMismatch",
    "Cancelled",
    "Captions",
    "Colour",
    "Corrupt",
    "Encode",
    "EncoderMissing",
    "VodkitError",
    "Fit",
    "Frame",
    "ImageFormat",
    "Internal",
    "InvalidArgument",
    "InvalidPlan",
    "Job",
    "Ladder",
    "LimitExceeded",
    "Limits",
    "Link",
    "MediaInfo",
    "NoSpace",
    "NotFound",
    "NotMedia",
    "NothingToPlay",
    "OnProgress",
    "OutOfRange",
    "Output",
    "OutputConflict",
    "Plan",
    "PlanTrack",
    "Progress",
    "Put",
    "Rung",
    "SinkWrite",
    "Source",
    "SourceChanged",
    "SourceRead",
    "Storyboard",
    "Summary",
    "Thumbnail",
    "ThumbnailOptions",
    "Track",
    "TrackSummary",
    "Truncated",
    "Unsupported",
    "VideoInfo",
    "Watermark",
    "disable_logging",
    "enable_logging",
    "frame",
    "hls_starting_at",
    "media_type",
    "package",
    "plan",
    "probe",
    "start",
    "thumbnail",
]
