//! A gzip file (RFC 1952) whose content is stored, not squeezed: any reader of gzip takes it, and nothing has to be learned for it.

const LARGEST_BLOCK: usize = 65_535;

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(content.len() + content.len() / LARGEST_BLOCK * 5 + 32);
    // Method deflate, no name, no time, unknown system: the same content always makes the same file.
    file.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    let mut blocks = content.chunks(LARGEST_BLOCK).peekable();
    if blocks.peek().is_none() {
        file.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(0);
        file.push(u8::from(blocks.peek().is_none()));
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
    file.extend(crc32(content).to_le_bytes());
    let size = u32::try_from(content.len() & 0xffff_ffff).unwrap_or(0);
    file.extend(size.to_le_bytes());
    file
}

fn crc32(content: &[u8]) -> u32 {
    let mut table = [0_u32; 256];
    for (byte, slot) in (0_u32..).zip(&mut table) {
        *slot = (0..8).fold(byte, |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 });
    }
    let step = |crc: u32, byte: &u8| table[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ (crc >> 8);
    !content.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn long_content_is_cut_into_blocks() {
        let file = gzip(&vec![b'a'; LARGEST_BLOCK + 1]);
        assert_eq!(file.len(), 10 + (5 + LARGEST_BLOCK) + (5 + 1) + 8);
        assert_eq!((file[10], file[10 + 5 + LARGEST_BLOCK]), (0, 1), "only the last block says that it is the last");
        assert_eq!(gzip(b"").len(), 10 + 5 + 8);
    }
}
