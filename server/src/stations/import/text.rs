use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1251};

/// The text of a file: by its byte order mark, else UTF-8, else Windows-1251, which is what spreadsheets in Russia
/// write. The mark itself is left out.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1251.decode_without_bom_handling(bytes).0,
    }
}
