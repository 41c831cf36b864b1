//! CMAF init and media segments, down to their samples.

pub(crate) mod avc;
pub(crate) mod boxes;
pub(crate) mod fragment;
pub(crate) mod init;
pub(crate) mod sample_entry;
pub(crate) mod samples;
