//! `multipart/form-data`, as browsers send a form with a file (RFC 7578). Lenient, and bounded by the body it reads.

/// Fields by name; a file is a field like any other.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let boundary = content_type.strip_prefix("multipart/form-data")?.split(';').find_map(|part| {
        let value = part.trim().strip_prefix("boundary=")?;
        Some(value.trim_matches('"'))
    })?;
    if boundary.is_empty() || boundary.len() > 200 {
        return None;
    }
    let border = format!("--{boundary}");
    let mut parts = split(body, border.as_bytes()).into_iter();
    parts.next();
    Some(parts.map_while(field).collect())
}

/// The last border is followed by `--` instead of a line.
fn field(part: &[u8]) -> Option<(String, String)> {
    let part = part.strip_prefix(b"\r\n")?;
    let end = part.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(part.get(..end)?);
    let content = part.get(end + 4..)?;
    let content = content.strip_suffix(b"\r\n").unwrap_or(content);
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some((name.trim_matches('"').to_owned(), String::from_utf8_lossy(content).into_owned()))
}

fn split<'b>(body: &'b [u8], border: &[u8]) -> Vec<&'b [u8]> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(window) = body.get(at..at + border.len()) {
        if window == border {
            parts.push(&body[start..at]);
            at += border.len();
            start = at;
        } else {
            at += 1;
        }
    }
    parts.push(&body[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: &str = "multipart/form-data; boundary=----x";

    #[test]
    fn a_form_with_a_file_is_read() {
        let body = "------x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n------x\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.json\"\r\nContent-Type: application/json\r\n\r\n{\"見本\":\r\n1}\r\n------x--\r\n";
        let read = fields(KIND, body.as_bytes()).unwrap();
        assert_eq!(read, [("token".into(), "abc".into()), ("file".into(), "{\"見本\":\r\n1}".into())]);
        assert_eq!(fields("text/plain", body.as_bytes()), None);
        assert_eq!(fields("multipart/form-data", body.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn any_body_is_survived(kind in ".*", body in prop::collection::vec(any::<u8>(), 0..300)) {
            fields(&kind, &body);
            fields(&format!("multipart/form-data; boundary={kind}"), &body);
            fields(KIND, &body);
        }
    }
}
