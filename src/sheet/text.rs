//! Bytes to text, in the encodings in which spreadsheets save CSV.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

use super::SheetError;

/// Longest text that is decoded to say where it fails.
const STEP: usize = 8 * 1024;

pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, SheetError> {
    let (encoding, content) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None if std::str::from_utf8(bytes).is_ok() => (UTF_8, bytes),
        None => (GB18030, bytes),
    };
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(content)
        .ok_or_else(|| no_text(encoding, content))?;
    // No table has zero bytes; a picture, a database and UTF-16 without a mark have.
    if let Some(at) = text.find('\0') {
        let (line, column) = place_behind(text.get(..at).unwrap_or_default());
        return Err(SheetError::NoText { line, column });
    }
    let start: String = text.trim_start().chars().take(16).collect::<String>().to_ascii_lowercase();
    if ["<html", "<!doctype", "<?xml", "<table", "<meta"].iter().any(|mark| start.starts_with(mark)) {
        return Err(SheetError::Markup);
    }
    Ok(text)
}

/// Where the first bytes stand that mean nothing.
fn no_text(encoding: &'static Encoding, mut bytes: &[u8]) -> SheetError {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut line, mut column) = (1, 1);
    let mut buffer = vec![0; STEP];
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut buffer, true);
        let decoded = buffer.get(..written).map_or(Cow::Borrowed(""), String::from_utf8_lossy);
        let (lines, columns) = place_behind(&decoded);
        (line, column) = if lines > 1 { (line + lines - 1, columns) } else { (line, column + columns - 1) };
        bytes = bytes.get(read..).unwrap_or_default();
        if !matches!(result, DecoderResult::OutputFull) {
            return SheetError::NoText { line, column };
        }
    }
}

/// Line and column of what comes behind a text.
pub(super) fn place_behind(text: &str) -> (usize, usize) {
    let lines = text.matches('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    (lines + 1, last.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;

    use super::*;

    const TEXT: &str = "实例ID,用量\n7f14,99\n";

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_is_read() {
        let gbk = GBK.encode(TEXT).0;
        let table: [(&str, Vec<u8>); 6] = [
            ("UTF-8", TEXT.into()),
            ("UTF-8 with a mark", format!("\u{feff}{TEXT}").into()),
            ("UTF-16LE", utf16(TEXT, u16::to_le_bytes)),
            ("UTF-16BE", utf16(TEXT, u16::to_be_bytes)),
            ("GBK", gbk.to_vec()),
            ("GB 18030", GB18030.encode(TEXT).0.to_vec()),
        ];
        for (name, bytes) in table {
            assert_eq!(decode(&bytes).unwrap(), TEXT, "{name}");
        }
        let rare = "𠮷野家,1\n";
        assert_eq!(decode(&GB18030.encode(rare).0).unwrap(), rare, "four bytes of GB 18030");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let place = |bytes: &[u8]| match decode(bytes) {
            Err(SheetError::NoText { line, column }) => (line, column),
            other => panic!("{other:?}"),
        };
        assert_eq!(place(b"a,b\nc,\xff\xff\n"), (2, 3));
        assert_eq!(place("\u{feff}a\nb\nüx".as_bytes().get(..8).unwrap()), (3, 1), "cut within a character");
        assert_eq!(place(b"a\0b"), (1, 2));
        let long =
            [GBK.encode(&"实".repeat(20_000)).0.as_ref(), b"\n\n", GBK.encode("例").0.as_ref(), b"\xff"].concat();
        assert_eq!(place(&long), (3, 2));
    }

    #[test]
    fn a_web_page_under_another_name_is_told() {
        for page in
            ["<html><table>", "\n <!DOCTYPE html>", "<?xml version=\"1.0\"?>", "<TABLE>", "\u{feff}<meta charset"]
        {
            assert_eq!(decode(page.as_bytes()), Err(SheetError::Markup), "{page}");
        }
    }
}
