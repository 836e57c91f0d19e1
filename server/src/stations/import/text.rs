use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1251};

/// The text of a file, with a note on its encoding.
pub(super) struct DecodedText<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) note: Option<&'static str>,
}

/// Decodes a file: by the byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1251, which is what
/// spreadsheets in Russia write. The mark itself is left out.
pub(super) fn decode(bytes: &[u8]) -> DecodedText<'_> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return DecodedText { text: encoding.decode(bytes).0, note: None };
    }
    if let Some(encoding) = utf_16(bytes) {
        let text = encoding.decode_without_bom_handling(bytes).0;
        return DecodedText {
            text,
            note: Some("the file is in UTF-16 without a byte order mark; read as such"),
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return DecodedText { text: Cow::Borrowed(text), note: None };
    }
    let damaged = String::from_utf8_lossy(bytes);
    if is_mostly_readable(&damaged) {
        let note = "the file is in UTF-8 with damaged letters; the rows that have them are rejected";
        return DecodedText { text: damaged, note: Some(note) };
    }
    let text = WINDOWS_1251.decode_without_bom_handling(bytes).0;
    DecodedText { text, note: Some("the file is not in UTF-8; read as Windows-1251") }
}

/// Commas, digits and line ends are two bytes in UTF-16, of which one is zero; no other encoding of a text has zeros.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..bytes.len().min(1024))?;
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match even.max(odd) * 10 > start.len() {
        true if odd > even => Some(UTF_16LE),
        true => Some(UTF_16BE),
        false => None,
    }
}

/// A Russian text in another encoding has hardly a letter that is one in UTF-8 by chance.
fn is_mostly_readable(text: &str) -> bool {
    let (mut damaged, mut letters) = (0_usize, 0_usize);
    for letter in text.chars().filter(|letter| !letter.is_ascii()) {
        match letter {
            char::REPLACEMENT_CHARACTER => damaged += 1,
            _ => letters += 1,
        }
    }
    damaged * 10 < letters
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1251;

    use super::decode;

    const TEXT: &str = "id,lat,lon,name\ns1,59.8,30.3,«Север» на Пулковском\n";

    #[test]
    fn a_text_is_read_in_whatever_encoding_it_is() {
        let utf_16 = |bytes: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let with_mark = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
        let files = [
            TEXT.as_bytes().to_vec(),
            with_mark(&[0xEF, 0xBB, 0xBF], TEXT.as_bytes().to_vec()),
            WINDOWS_1251.encode(TEXT).0.into_owned(),
            utf_16(u16::to_le_bytes),
            utf_16(u16::to_be_bytes),
            with_mark(&[0xFF, 0xFE], utf_16(u16::to_le_bytes)),
            with_mark(&[0xFE, 0xFF], utf_16(u16::to_be_bytes)),
        ];
        for (number, file) in files.iter().enumerate() {
            assert_eq!(decode(file).text, TEXT, "file {number}");
        }
        let has_note: Vec<bool> = files.iter().map(|file| decode(file).note.is_some()).collect();
        assert_eq!(has_note, [false, false, true, true, true, false, false]);
    }

    #[test]
    fn one_damaged_letter_does_not_make_a_file_windows_1251() {
        let mut bytes = TEXT.as_bytes().to_vec();
        let last = bytes.len() - 2;
        bytes[last] = b'.';
        let decoded = decode(&bytes);
        assert!(decoded.text.contains("«Север»") && decoded.text.contains('\u{FFFD}'), "{}", decoded.text);
        assert!(decoded.note.is_some());
    }
}
