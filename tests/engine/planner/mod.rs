//! What a ladder makes of a source.

mod clips;
mod first_segment;
mod left_out;
mod odd_sources;
mod presentation;
mod switched_off;
