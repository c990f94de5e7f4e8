//! The console's own style sheet, script and icon, part of the program. Their addresses carry a mark of the content, so browsers may keep them.

use super::reply::Reply;
use bytes::Bytes;
use std::sync::LazyLock;

const FILES: [(&str, &str, &str); 3] = [
    ("console.css", "text/css; charset=utf-8", include_str!("../../assets/console/console.css")),
    ("console.js", "text/javascript; charset=utf-8", include_str!("../../assets/console/console.js")),
    ("icon.svg", "image/svg+xml", include_str!("../../assets/console/icon.svg")),
];

/// A changed file gets another address (FNV-1a over all files).
static MARK: LazyLock<String> = LazyLock::new(|| {
    let bytes = FILES.iter().flat_map(|(_, _, content)| content.bytes());
    let mark =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{mark:016x}")
});

/// Where a page finds a file: `/console/assets/console.css?v=…`.
pub(super) fn address(name: &str) -> String {
    format!("/console/assets/{name}?v={}", *MARK)
}

pub(super) fn file(name: &str) -> Option<Reply> {
    let (_, kind, content) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some(Reply::Asset { kind, body: Bytes::from_static(content.as_bytes()) })
}
