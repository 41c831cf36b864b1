//! Reads a source once: what is in it, and the time and place of each packet.

mod bounds;
mod boxes;
mod caption_services;
mod clock;
mod closed_captions;
mod damage;
mod edit_list;
mod edits;
mod elements;
mod encrypted;
mod enhanced;
mod extent;
mod fragments;
mod joined;
mod line;
mod loudness;
mod matroska_chapters;
mod missing;
mod open;
mod parameters;
mod passthrough;
mod presentation;
mod rate;
mod read;
mod recovery;
mod references;
mod scan;
mod switched_off;
mod track_name;
mod upright;

pub(crate) use loudness::loudness;
pub(crate) use passthrough::{Passthrough, PassthroughVideo, read_passthrough};
pub(crate) use rate::grid_start;
pub(crate) use read::is_indexed;
pub use scan::probe;
pub(crate) use scan::{count_samples, first_frame, scan};
