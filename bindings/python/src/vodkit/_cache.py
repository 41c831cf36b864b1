"""Thumbnails that are kept."""

import os

from ._call import UINT64, make, path_bytes, take_bytes, whole
from ._cancel import CancelToken
from ._native import lib
from ._plan import Plan
from ._thumbnail import ImageFormat, ThumbnailOptions, format_number, options_handle


class ThumbnailCache:
    """Keeps pictures in a folder of its own, which may grow to ``max_bytes``: those that were not asked for longest go
    first. They are still there when the folder is opened anew. Of threads that ask for the same picture at a time the
    first makes it. The folder is for one process at a time.

        cache = vodkit.ThumbnailCache("stills", 500_000_000)
        data = cache.thumbnail(plan, vodkit.ThumbnailOptions(at=5, height=270))
    """

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int) -> None:
        """Opens a folder, which need not exist yet. Raises SinkWriteError where it is something else."""
        arguments = (path_bytes(folder), whole(max_bytes, "max_bytes", UINT64))
        self._handle = make("vodkit_thumbnail_cache", lib.vodkit_thumbnail_cache_open, *arguments)

    def thumbnail(
        self,
        plan: Plan,
        options: ThumbnailOptions | None = None,
        *,
        format: ImageFormat = "jpeg",
        cancel: CancelToken | None = None,
    ) -> bytes:
        """The picture that ``Plan.thumbnail`` takes, as an image file. Where it is kept it is not made anew, and the
        source is not looked at. Raises as that does."""
        if not isinstance(plan, Plan):
            raise TypeError(f"plan must be a vodkit.Plan, not {type(plan).__name__}")
        handle, taken = options_handle(options or ThumbnailOptions(), format_number(format)), lib.vodkit_thumbnail_cache_take
        source, before = plan._opened(), (self._handle, plan._handle)
        return take_bytes(source._make("vodkit_bytes", taken, handle, before=before, cancel=cancel))

    def __repr__(self) -> str:
        return "<vodkit.ThumbnailCache>"
