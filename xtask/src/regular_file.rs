//! Reading regular files only: a FIFO in the folder of the pages would block for ever.

use std::fs::{self, File};
use std::io::{Error, Read as _, Result};
use std::path::Path;

/// Reads a file. A FIFO, a device or a folder is an error.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file of UTF-8 text.
pub(crate) fn read_to_string(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|_| Error::other("it is not UTF-8 text"))
}
