//! How a body is kept: cut at [`LIMIT`], packed with LZ4 when that is worth it. The first byte tells which.

use crate::error::{Result, StorageError};

/// Bytes of a body that are kept.
pub const LIMIT: usize = 256 * 1024;
/// Smaller bodies are not worth packing.
const WORTH_PACKING: usize = 1024;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;

/// `None` for an empty body.
pub(crate) fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let body = &body[..body.len().min(LIMIT)];
    if body.is_empty() {
        return None;
    }
    let (marker, content) = if body.len() > WORTH_PACKING {
        (LZ4, &lz4_flex::block::compress_prepend_size(body)[..])
    } else {
        (PLAIN, body)
    };
    let mut packed = Vec::with_capacity(1 + content.len());
    packed.push(marker);
    packed.extend_from_slice(content);
    Some(packed)
}

/// Never takes more memory than [`LIMIT`], whatever is stored.
pub(crate) fn unpack(packed: Option<Vec<u8>>) -> Result<Vec<u8>> {
    let Some(packed) = packed else { return Ok(Vec::new()) };
    let damaged = |why: String| StorageError::Damaged(format!("the body of an exchange cannot be unpacked: {why}"));
    match packed.split_first() {
        Some((&PLAIN, body)) => Ok(body.to_vec()),
        Some((&LZ4, body)) => {
            let (size, body) = lz4_flex::block::uncompressed_size(body).map_err(|e| damaged(e.to_string()))?;
            if size > LIMIT {
                return Err(damaged(format!("it says {size} bytes, allowed: up to {LIMIT}")));
            }
            lz4_flex::block::decompress(body, size).map_err(|e| damaged(e.to_string()))
        }
        _ => Err(damaged("unknown form".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_body_comes_back_as_it_was(unit in prop::collection::vec(any::<u8>(), 0..50), times in 0usize..100) {
            let body = unit.repeat(times);
            prop_assert_eq!(unpack(pack(&body)).unwrap(), body);
        }

        #[test]
        fn any_stored_bytes_are_survived(bytes: Vec<u8>) {
            let _ = unpack(Some(bytes));
        }
    }

    #[test]
    fn a_body_is_cut_at_the_limit_and_takes_little_room() {
        let packed = pack(&vec![b'x'; LIMIT + 5]);
        assert!(packed.as_ref().unwrap().len() < 4096);
        assert_eq!(unpack(packed).unwrap().len(), LIMIT);
    }

    #[test]
    fn a_size_that_cannot_be_is_refused_before_memory_is_taken() {
        let error = unpack(Some(vec![LZ4, 0xff, 0xff, 0xff, 0x7f, 0])).unwrap_err();
        assert!(error.to_string().contains("allowed: up to"), "{error}");
    }
}
