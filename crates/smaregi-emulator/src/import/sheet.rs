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

/// Counts lines as an editor does. The reader's own count stands before the line break when lines end with two characters.
struct Counter {
    byte: usize,
    line: u64,
}

impl Counter {
    /// The line on which the record at this place really begins. Places come in ascending order.
    fn line_of(&mut self, text: &str, byte: u64) -> u64 {
        let bytes = text.as_bytes();
        let mut start = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
        while bytes.get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            start += 1;
        }
        let passed = bytes.get(self.byte..start).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.byte = start;
        self.line
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, CsvError> {
    let text = decode(bytes)?;
    // Unequal lines are refused below, with a text of our own.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut counter = Counter { byte: 0, line: 1 };
    let (mut headings, mut lines, mut problems) = (None::<Vec<String>>, Vec::new(), Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| CsvError::whole(error.to_string()))?;
        let number = counter.line_of(&text, record.position().map_or(0, csv::Position::byte));
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
        let error = read(b"a,b\r\n\"1\n1\",2\r\n\r\n1,2,3\r\n").err().unwrap();
        assert_eq!(error.problems[0].line, 5, "a cell of two lines and an empty line count too");
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
