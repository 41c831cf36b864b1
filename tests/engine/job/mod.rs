//! Jobs.

mod requests;
mod run;
