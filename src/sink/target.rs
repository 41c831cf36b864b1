//! What takes the bytes of one file.

use crate::base::Result;

/// Takes the bytes of a file in their order.
pub(crate) trait Target {
    /// Begins the file, which will have about `len` bytes. What was written before is dropped.
    fn begin(&mut self, len: usize) -> Result<()>;

    fn write(&mut self, bytes: &[u8]) -> Result<()>;
}

impl Target for Vec<u8> {
    fn begin(&mut self, len: usize) -> Result<()> {
        self.clear();
        self.reserve_exact(len);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}
