//! Reading a source once.

mod index;
mod info;
mod rates;
mod tracks;
