"""Plans: everything that was decided about a video, and what is made from them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from ._call import UINT32, c_text, check, exact, make, make_text, owned, take_bytes, take_text, whole
from ._cancel import CancelToken
from ._chapter import Chapter, chapters_of
from ._errors import InvalidArgumentError, OutOfRangeError
from ._ladder import Ladder, ladder_handle
from ._limits import Limits
from ._native import ffi, lib
from ._rendition import Rendition, rendition_id, rendition_of
from ._sources import Source, SourceLike, as_source
from ._thumbnail import (
    Animation,
    Chroma,
    Fit,
    Frame,
    ImageFormat,
    PlannedFrames,
    Thumbnail,
    ThumbnailOptions,
    animate_planned,
    frame_planned,
    take_planned,
)
from ._warning import SourceWarning, warnings_of


@dataclass(frozen=True)
class Task:
    """Consecutive segments of a plan that are cheaper made together than apart, as they share a decoder: for hosts that
    spread the work themselves. Whatever the order, and wherever they are done, the bytes are the same.

    Attributes:
        renditions: The ids of the renditions.
        first: Index of the first segment, of each of the renditions.
        count: Number of segments, of each of the renditions.
        cost: What it costs, to be compared with other tasks of the same plan: who takes the most expensive first ends
            soonest.
    """

    renditions: tuple[str, ...]
    first: int
    count: int
    cost: int

    def to_json(self) -> str:
        """The task as JSON, to be sent to another machine."""
        return make_text(lib.vodkit_task_to_json, self._make())

    @classmethod
    def from_json(cls, text: str) -> "Task":
        """Reads a task that ``to_json`` wrote. Raises InvalidArgumentError where it is none. Whether a plan has its
        segments is found out where they are made."""
        handle = make("vodkit_task", lib.vodkit_task_from_json, c_text(text, "the task"))
        return _task(json.loads(make_text(lib.vodkit_task_to_json, handle)))

    def _make(self) -> Any:
        return make("vodkit_task", lib.vodkit_task_from_json, c_text(json.dumps(asdict(self)), "the task"))


@dataclass(frozen=True)
class Captions:
    """Captions of a plan in one language.

    Attributes:
        language: Language as a tag of RFC 5646, such as ``"en"`` or ``"pt-BR"``.
        name: Name to show to people.
        webvtt: The text in WebVTT; in a package ``captions/LANGUAGE.vtt``.
    """

    language: str
    name: str
    webvtt: str

    def check(self) -> None:
        """Raises InvalidArgumentError where ``Plan.with_captions`` would for any plan."""
        texts = (c_text(self.language, "language"), c_text(self.name, "name"), c_text(self.webvtt, "webvtt"))
        check(lib.vodkit_captions_check, *texts)


class Plan:
    """Everything that was decided about a video. It never changes; any number of threads may use it at once.

    Its segments depend on the source and the plan alone: the plan's JSON may be kept, or sent to other
    machines, and any segment be made from it anywhere, in any order, with the same bytes. A plan whose source is
    a path or a link can be pickled, and its path is then absolute. It keeps its source open.

    Attributes:
        renditions: What is made: video from the largest to the smallest, audio with the default first, text, a
            storyboard.
        captions: Captions, one language each; see ``with_captions``.
        duration: Seconds from the start to the end of the longest rendition, exact. That can be a little more than the
            video lasts, as sound is encoded in whole frames of 1024 samples.
        hash: What tells this plan from others: a SHA-256 in hexadecimal.
        source: The video that was planned, for making segments; None where only the plan is known.
        warnings: What of the video the renditions do not have, or not as it was.
        chapters: The video's chapters, by the presentation's time.
    """

    renditions: tuple[Rendition, ...]
    captions: tuple[Captions, ...]
    duration: Fraction
    hash: str

    source: Source | None
    warnings: tuple[SourceWarning, ...]
    chapters: tuple[Chapter, ...]

    def __init__(self, handle: Any, source: Source | None) -> None:
        """Plans come from ``vodkit.plan``, ``from_json`` and packages."""
        self._handle = handle
        self.source = source
        self._json = make_text(lib.vodkit_plan_to_json, handle)
        plan = json.loads(self._json)
        self.renditions = tuple(rendition_of(handle, index, each) for index, each in enumerate(plan["renditions"]))
        self.captions = tuple(Captions(**captions) for captions in plan.get("captions", ()))
        self.duration = Fraction(plan["duration"])
        self.hash = plan["hash"]
        self.warnings = warnings_of(plan.get("warnings", ()))
        self.chapters = chapters_of(plan.get("chapters", ()))

    def __repr__(self) -> str:
        renditions = ", ".join(rendition.id for rendition in self.renditions)
        return f"<vodkit.Plan {self.hash[:12]}: {renditions}; {float(self.duration):.3f} s>"

    def __eq__(self, other: object) -> bool:
        return self._json == other._json if isinstance(other, Plan) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return Plan.from_json, (self._json, self.source)

    @classmethod
    def from_json(cls, text: str, source: SourceLike | None = None) -> "Plan":
        """Reads a plan that ``to_json`` wrote. ``source`` is the video that was planned, for making segments.

        Raises InvalidPlanError where it is no plan, is of another version, or was changed.
        """
        opened = None if source is None else as_source(source, None, None)
        return cls(make("vodkit_plan", lib.vodkit_plan_from_json, c_text(text, "the plan")), opened)

    def to_json(self) -> str:
        """The plan as JSON, always the same text for the same plan."""
        return self._json

    def with_source(self, source: SourceLike) -> "Plan":
        """The same plan with the video that was planned, for making segments."""
        return Plan(self._handle, as_source(source, None, None))

    def rendition(self, id: str) -> Rendition:
        """The rendition with this id. Raises OutOfRangeError."""
        for rendition in self.renditions:
            if rendition.id == id:
                return rendition
        ids = ", ".join(rendition.id for rendition in self.renditions)
        raise OutOfRangeError(f'the plan has no rendition "{id}": it has {ids}')

    def tasks(self) -> list[Task]:
        """All segments of the plan as tasks: of all video that is encoded those that share a decoder, of other
        renditions each segment alone."""
        return list(map(_task, json.loads(make_text(lib.vodkit_plan_tasks_to_json, self._handle))))

    def segment(self, rendition: str | Rendition, index: int, *, cancel: CancelToken | None = None) -> bytes:
        """Makes media segment ``index``, from 0, of a rendition; of text it is WebVTT, of a storyboard one sheet, a JPEG.
        ``cancel`` cancels this call. A SegmentMaker is quicker for many of them.

        Raises OutOfRangeError, BuildMismatchError where another build made the plan, SourceChangedError where the source
        is not the one that was planned (its length, first or last 64 KiB differ: what lies between is not looked
        at), CancelledError, and what reading and decoding the source can raise.
        """
        arguments = (rendition_id(rendition), segment_index(index))
        source = self._opened()
        made = source._make(
            "vodkit_bytes", lib.vodkit_plan_make_segment, *arguments, before=(self._handle,), cancel=cancel
        )
        return take_bytes(made)

    def init_segment(self, rendition: str | Rendition) -> bytes:
        """Makes the init segment of a rendition: what a player loads before any media segment. Needs no source.

        Raises OutOfRangeError, for text and a storyboard too, which have none, and BuildMismatchError where another
        build made the plan.
        """
        return take_bytes(make("vodkit_bytes", lib.vodkit_plan_make_init_segment, self._handle, rendition_id(rendition)))

    def thumbnail(
        self,
        *,
        fraction: float | None = None,
        pct: float | None = None,
        at: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        nearest_keyframe: bool = False,
        format: ImageFormat = "jpeg",
        quality: int | None = None,
        lossless: bool = False,
        chroma: Chroma = "4:2:0",
        cancel: CancelToken | None = None,
    ) -> Thumbnail:
        """Takes the picture that the renditions show at a position: of a clip with its own times, with its watermark.

        The arguments are those of ``vodkit.thumbnail``, which is slower, as the plan tells where the picture is.
        Raises as ``segment`` does, and NothingToPlayError where the plan has no video.
        """
        options = ThumbnailOptions(
            pct, at, width, height, fit, nearest_keyframe, fraction, quality, lossless, chroma
        )
        return take_planned(self._opened(), self._handle, options, format, cancel)

    def frame(
        self,
        *,
        fraction: float | None = None,
        pct: float | None = None,
        at: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        nearest_keyframe: bool = False,
        cancel: CancelToken | None = None,
    ) -> Frame:
        """Takes a picture as ``thumbnail`` does, as bare pixels for NumPy, Pillow and others."""
        options = ThumbnailOptions(pct, at, width, height, fit, nearest_keyframe, fraction)
        return frame_planned(self._opened(), self._handle, options, cancel)

    def frames(
        self,
        *,
        every: float | Fraction,
        start: float | Fraction = 0,
        end: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        nearest_keyframe: bool = False,
        cancel: CancelToken | None = None,
    ) -> Iterator[Frame]:
        """Takes pictures, one ``every`` so many seconds, from ``start`` on and before ``end``, or before the end of the
        plan: each when it is asked for, with one decoder for those that follow each other closely. The other arguments
        are those of ``frame``.

        Raises InvalidArgumentError where ``every`` is not above 0, and as ``frame`` does.
        """
        step, first = exact(every, "every"), exact(start, "start")
        stop = self.duration if end is None else min(exact(end, "end"), self.duration)
        if step <= 0:
            raise InvalidArgumentError(f"every is {every}, but must be above 0")
        options = ThumbnailOptions(None, first, width, height, fit, nearest_keyframe)
        return self._frames(step, first, stop, options, cancel)

    def _frames(
        self, step: Fraction, at: Fraction, stop: Fraction, options: ThumbnailOptions, cancel: CancelToken | None
    ) -> Iterator[Frame]:
        with PlannedFrames(self._opened(), self._handle, options, cancel) as frames:
            while at < stop:
                yield frames.take(at)
                at += step

    def animation(
        self,
        *,
        fraction: float | None = None,
        pct: float | None = None,
        at: float | Fraction | None = None,
        width: int | None = None,
        height: int | None = None,
        fit: Fit = "crop",
        seconds: float | Fraction = 5,
        frame_rate: float | Fraction = 8,
        cancel: CancelToken | None = None,
    ) -> Animation:
        """Makes a GIF, which plays over and over, of some seconds as the renditions show them.

        It begins with the picture that ``thumbnail`` would take; its sides have 1280 pixels at most, and 360 lines where
        no size is given. It lasts ``seconds``, 0.1 to 60, shorter where the video ends, and has ``frame_rate``
        pictures a second, 1 to 30. Raises as ``thumbnail`` does.
        """
        options = ThumbnailOptions(pct, at, width, height, fit, fraction=fraction)
        return animate_planned(self._opened(), self._handle, options, seconds, frame_rate, cancel)

    def with_captions(self, language: str, name: str, webvtt: str) -> "Plan":
        """Another plan: the same with captions, in the place of those in the same language.

        ``language`` is a tag of RFC 5646 such as ``"en"``, ``name`` is shown to people, ``webvtt`` is the text, whose
        times count from the package's 0. All segments stay what they are: a job of the plan goes on from a package
        without the captions, and ``Package.update`` brings them into one that is finished. Raises InvalidArgumentError
        where the language is no tag, another has the name, the text is not WebVTT or has more than 1 MiB, or there
        are 64 languages already.
        """
        texts = (c_text(language, "language"), c_text(name, "name"), c_text(webvtt, "webvtt"))
        return Plan(make("vodkit_plan", lib.vodkit_plan_with_captions, self._handle, *texts), self.source)

    def without_captions(self, language: str) -> "Plan":
        """Another plan: the same without the captions in a language. Raises OutOfRangeError where there are none."""
        tag = c_text(language, "language")
        return Plan(make("vodkit_plan", lib.vodkit_plan_without_captions, self._handle, tag), self.source)

    def hls(self, sizes: Iterable[int] | None = None) -> str:
        """The HLS multivariant playlist, which lies beside the renditions' folders as master.m3u8.

        ``sizes`` are the bytes of all media segments, those of the first rendition in order, then those of the
        second, and so on; without them the bit rates are estimates.
        """
        return make_text(lib.vodkit_plan_multivariant_playlist, self._handle, self._bandwidth(sizes))

    def hls_playlist(self, rendition: str | Rendition) -> str:
        """The HLS media playlist of a rendition, which lies in its folder as playlist.m3u8. Raises OutOfRangeError."""
        return make_text(lib.vodkit_plan_media_playlist, self._handle, rendition_id(rendition))

    def hls_captions(self, language: str) -> str:
        """The HLS media playlist of the captions in a language; in a package ``captions/LANGUAGE.m3u8``. Raises
        OutOfRangeError."""
        return make_text(lib.vodkit_plan_captions_playlist, self._handle, c_text(language, "language"))

    def dash(self, sizes: Iterable[int] | None = None) -> str:
        """The DASH manifest, which lies beside the renditions' folders as manifest.mpd; ``sizes`` as for ``hls``."""
        return make_text(lib.vodkit_plan_dash_manifest, self._handle, self._bandwidth(sizes))

    def storyboard_vtt(self) -> str:
        """The storyboard as WebVTT thumbnails: for each picture its time, the sheet and the place on it. It lies
        beside the sheets as storyboard.vtt. Raises OutOfRangeError where the plan has no storyboard."""
        return make_text(lib.vodkit_plan_storyboard_vtt, self._handle)

    def _opened(self) -> Source:
        if self.source is None:
            raise InvalidArgumentError("the plan has no source: give it to Plan.from_json or Plan.with_source")
        return self.source

    def _bandwidth(self, sizes: Iterable[int] | None) -> Any:
        if sizes is None:
            return ffi.NULL
        numbers = [whole(size, "a size") for size in sizes]
        return make("vodkit_bandwidth", lib.vodkit_bandwidth_new, self._handle, numbers, len(numbers))


def plan(
    source: SourceLike,
    ladder: Ladder | None = None,
    limits: Limits | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Plan:
    """Decides how a video becomes a stream, reading it once or twice, of an MP4 mostly its index alone; writes nothing.
    The plan remembers ``source``, with its limits. ``cancel`` cancels this call.

    Raises as ``probe`` does, and NothingToPlayError where there is neither video nor audio.
    """
    opened = as_source(source, limits, cancel)
    return Plan(opened._make("vodkit_plan", lib.vodkit_plan_new, ladder_handle(ladder), cancel=cancel), opened)


def manifest_within_bandwidth(manifest: str, bits_per_second: int) -> str:
    """An HLS multivariant playlist or a DASH manifest, of any packager, with only those qualities that a player with this
    bandwidth can play: a hint that all players obey, as they know of no others. Nothing else in the text changes.

    Left out are variants whose BANDWIDTH is above, and renditions that only those name; of DASH what is above together
    with the audio or the video beside it. What has the lowest rate always stays, of each codec if there are several.
    Raises InvalidArgumentError where the text is neither, cannot be read, or states no rate."""
    text, rate = c_text(manifest, "manifest"), whole(bits_per_second, "bits_per_second")
    return make_text(lib.vodkit_manifest_within_bandwidth, text, rate)


def media_type(key: str) -> str | None:
    """The media type of the file at ``key`` in a package, for a server's ``Content-Type``: ``"video/iso.segment"`` for
    ``"720p/00000.m4s"``. None for what is no place in any package: whoever serves nothing else never leaves the
    package's folder, whatever is asked for."""
    place = ffi.new("char **")
    check(lib.vodkit_key_media_type, c_text(key, "key"), place)
    return take_text(place[0]) if place[0] else None


def segment_index(index: int) -> int:
    """The index of a segment, for C."""
    try:
        return whole(index, "index", UINT32)
    except InvalidArgumentError as cause:
        raise OutOfRangeError(f"there is no segment {index}") from cause


def _task(told: dict[str, Any]) -> Task:
    return Task(**told | {"renditions": tuple(told["renditions"])})
