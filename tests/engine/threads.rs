//! What hosts may hand from thread to thread, which the compiler asserts.

use std::sync::Arc;

use vodkit::manifest::Bandwidth;
use vodkit::plan::Task;
use vodkit::{
    CancelToken, DirSink, Error, Job, JobOptions, Ladder, MemorySink, Package, Plan, Pool, ReadAt, SegmentMaker,
    SharedSink, Sink, Source, Summary, ThumbnailMaker,
};

const fn is_send<T: Send + 'static>() {}

const fn is_shared<T: Send + Sync + 'static>() {}

const _: () = {
    is_shared::<Job>();
    is_shared::<Plan>();
    is_shared::<Source>();
    is_shared::<Pool>();
    is_shared::<Package>();
    is_shared::<CancelToken>();
    is_shared::<JobOptions>();
    is_shared::<Ladder>();
    is_shared::<Task>();
    is_shared::<Bandwidth>();
    is_shared::<Summary>();
    is_shared::<Error>();
    is_shared::<SharedSink>();
    is_shared::<DirSink>();
    is_shared::<MemorySink>();
    is_shared::<Box<dyn ReadAt>>();
    is_shared::<Arc<dyn Sink>>();
    // A decoder works for one thread at a time, on whichever it is.
    is_send::<SegmentMaker>();
    is_send::<ThumbnailMaker>();
};
