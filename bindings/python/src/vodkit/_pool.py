"""Pools of workers."""

from ._call import UINT32, owned, whole
from ._native import lib


class Pool:
    """Workers that several jobs share, so that together they make no more segments at a time than there are of them.

    What ``Job.get`` waits for is made at once all the same; a worker of that job pauses meanwhile.
    """

    def __init__(self, workers: int = 0) -> None:
        """A pool of so many workers; 0: one for each core, and more than 1024 count as 1024."""
        self._handle = owned("vodkit_pool", lib.vodkit_pool_new(whole(workers, "workers", UINT32)))

    @property
    def workers(self) -> int:
        """The number of workers."""
        return int(lib.vodkit_pool_workers(self._handle))

    def __repr__(self) -> str:
        return f"<vodkit.Pool of {self.workers}>"
