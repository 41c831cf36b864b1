//! Transport streams whose tracks change their PIDs midway, as where parts are joined or advertisements come: what is read of them
//! is looked at for their tables, and then read as if they did not.

mod numbered;
mod packet;
mod roles;
mod stated;
mod survey;
mod table;
#[cfg(test)]
mod tests;

pub(super) use numbered::Numbered;
pub(super) use packet::is_beginning;
pub(crate) use stated::stream_descriptors;
pub(crate) use survey::Survey;
pub(super) use survey::Watched;
pub(crate) use table::descriptors;
