//! Where video comes from.

mod http;
