//! Files as gzip.

use flate2::{Compression, GzBuilder};
use std::io::{self, Write};

/// Without name and time, so that the same content always makes the same file.
///
/// # Errors
/// None that can happen: it writes to memory.
pub(super) fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = GzBuilder::new().write(Vec::new(), Compression::fast());
    file.write_all(content)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_packed_can_be_unpacked_and_is_always_the_same_file() {
        let content = "取引ID,商品名\n".repeat(10_000);
        let file = gzip(content.as_bytes()).unwrap();
        assert!(file.len() < content.len() / 20, "{}", file.len());
        assert_eq!(file, gzip(content.as_bytes()).unwrap());
        let mut read = String::new();
        flate2::read::GzDecoder::new(&file[..]).read_to_string(&mut read).unwrap();
        assert_eq!(read, content);
    }
}
