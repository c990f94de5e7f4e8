//! From bytes to lines of cells.

use super::{CsvError, CsvProblem};
use std::borrow::Cow;

/// One row of a file. Empty cells and columns that are passed over are left out.
pub(super) struct Line {
    /// Of the file, counted from 1.
    pub(super) number: u64,
    /// Field and value.
    pub(super) cells: Vec<(usize, String)>,
}

/// The headings and the rows.
pub(super) struct Sheet {
    pub(super) headings: Vec<String>,
    pub(super) lines: Vec<Line>,
}

/// Reads UTF-8, with or without byte order mark, or Shift_JIS (which is Windows-31J, as spreadsheets write it).
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, CsvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let (text, broken) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes);
    if !broken {
        return Ok(text);
    }
    let line = text.lines().position(|line| line.contains(char::REPLACEMENT_CHARACTER)).unwrap_or(0) as u64 + 1;
    let reason = "the text is neither UTF-8 nor Shift_JIS".to_owned();
    Err(CsvError::of(vec![CsvProblem { line, field: String::new(), reason }]))
}

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, CsvError> {
    let text = decode(bytes)?;
    // Unequal lines are refused below, with a text of our own.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let (mut headings, mut lines, mut problems) = (None::<Vec<String>>, Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| CsvError::whole(error.to_string()))?;
        let number = record.position().map_or(0, csv::Position::line);
        let Some(headings) = &headings else {
            headings = Some(record.iter().map(str::to_owned).collect());
            continue;
        };
        if record.len() != headings.len() {
            let reason = format!("has {} cells, the first line has {}", record.len(), headings.len());
            problems.push(CsvProblem { line: number, field: String::new(), reason });
            continue;
        }
        let cells = record.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        lines.push(Line { number, cells: cells.map(|(place, cell)| (place, cell.to_owned())).collect() });
    }
    match headings {
        None => Err(CsvError::whole("the file is empty; its first line has to name the fields")),
        Some(_) if !problems.is_empty() => Err(CsvError::of(problems)),
        Some(headings) => Ok(Sheet { headings, lines }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spreadsheet_of_a_japanese_shop_is_read_in_any_of_its_encodings() {
        let text = "商品コード,商品名\r\nA-1,\"髙島①, 傘\"\r\n";
        let (shift_jis, _, lost) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!lost);
        let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &shift_jis, &with_mark] {
            let sheet = read(bytes).unwrap();
            assert_eq!(sheet.headings, ["商品コード", "商品名"]);
            assert_eq!((sheet.lines[0].number, sheet.lines[0].cells[1].1.as_str()), (2, "髙島①, 傘"));
        }
    }

    #[test]
    fn a_line_with_a_cell_too_many_is_named() {
        let error = read(b"a,b\n1,2\n1,2,3\n").err().unwrap();
        assert_eq!(error.problems[0].line, 3);
        let error = read(b"a,b\n1,2\n1,\xff\xff\n").err().unwrap();
        assert_eq!((error.problems[0].line, error.problems.len()), (3, 1), "{error}");
        assert!(read(b"").err().unwrap().to_string().contains("empty"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
