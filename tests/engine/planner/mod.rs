//! What a ladder makes of a source.

mod clips;
mod left_out;
mod odd_sources;
mod presentation;
mod switched_off;
