//! Where video comes from.

mod http;
mod limits;
