//! JSON as services write it that are not careful. Only the properties that are used may make a body unreadable, so
//! what strict JSON forbids is mended in place: it then concerns the value that it stands in, and no other.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// What stands for text that cannot be read: an alien byte, half a surrogate pair.
pub const UNREADABLE: char = '\u{fffd}';

/// Parses JSON. A byte order mark is skipped; alien bytes and lone surrogates become [`UNREADABLE`]; bare words like
/// `NaN` become text; control characters and unknown escapes inside of text are kept.
///
/// # Errors
/// [`serde_json::Error`] where the structure itself is broken, as in a body that was cut.
pub fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(body).or_else(|_| serde_json::from_str(&mend(&String::from_utf8_lossy(body))))
}

fn mend(text: &str) -> String {
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut mended = String::with_capacity(rest.len());
    let mut in_text = false;
    while let Some(first) = rest.chars().next() {
        let (taken, written) = match (in_text, first) {
            (_, '"') => {
                in_text = !in_text;
                (1, Cow::Borrowed("\""))
            }
            (true, '\\') => mend_escape(rest),
            (true, '\0'..='\x1f') => (1, Cow::Owned(format!("\\u{:04x}", u32::from(first)))),
            (false, first) if is_of_word(first) => mend_word(rest),
            _ => (first.len_utf8(), Cow::Borrowed(rest.get(..first.len_utf8()).unwrap_or_default())),
        };
        mended.push_str(&written);
        rest = rest.get(taken..).unwrap_or_default();
    }
    mended
}

/// The escape at the beginning of a text: how many bytes it takes, and what is written for it.
fn mend_escape(text: &str) -> (usize, Cow<'_, str>) {
    let as_it_is = |length: usize| (length, Cow::Borrowed(text.get(..length).unwrap_or_default()));
    match (text.as_bytes().get(1), code_unit(text)) {
        (Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), _) => as_it_is(2),
        (Some(b'u'), Some(0xd800..=0xdbff)) if is_low_surrogate(text.get(6..)) => as_it_is(12),
        (Some(b'u'), Some(0xd800..=0xdfff)) => (6, Cow::Owned(UNREADABLE.to_string())),
        (Some(b'u'), Some(_)) => as_it_is(6),
        // A backslash that escapes nothing is one.
        _ => (1, Cow::Borrowed("\\\\")),
    }
}

fn is_low_surrogate(text: Option<&str>) -> bool {
    text.and_then(code_unit).is_some_and(|unit| (0xdc00..=0xdfff).contains(&unit))
}

/// The code unit of `\uXXXX` at the beginning of a text.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

fn is_of_word(first: char) -> bool {
    first.is_ascii_alphanumeric() || matches!(first, '+' | '-' | '.' | '_')
}

/// The bare word or number at the beginning of a text.
fn mend_word(text: &str) -> (usize, Cow<'_, str>) {
    let length = text.find(|next| !is_of_word(next)).unwrap_or(text.len());
    let word = text.get(..length).unwrap_or_default();
    let is_json = matches!(word, "true" | "false" | "null") || word.parse::<Number>().is_ok();
    (length, if is_json { Cow::Borrowed(word) } else { Cow::Owned(format!("\"{word}\"")) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_with_one_value_leaves_the_others_readable() {
        let cases: [(&[u8], Value); 12] = [
            (b"\xef\xbb\xbf{\"a\":1}", json!({"a": 1})),
            (br#"{"a":1,"b":"\ud83d"}"#, json!({"a": 1, "b": "\u{fffd}"})),
            (br#"{"a":1,"b":"\udc00x\ud83d\u0041"}"#, json!({"a": 1, "b": "\u{fffd}x\u{fffd}A"})),
            (br#"{"b":"\ud83d\ude00 \u0416 \" \\","a":NaN}"#, json!({"a": "NaN", "b": "\u{1f600} Ж \" \\"})),
            (br#"{"a":[NaN,-Infinity,undefined,1.5e3,true,null]}"#, {
                let float: Value = serde_json::from_str("1.5e3").expect("a number");
                json!({"a": ["NaN", "-Infinity", "undefined", float, true, null]})
            }),
            (b"{\"b\":\"\xc0\xc7\xd1 12\",\"a\":1}", json!({"a": 1, "b": "\u{fffd}\u{fffd}\u{fffd} 12"})),
            (b"{\"b\":\"\xd0\",\"a\":1}", json!({"a": 1, "b": "\u{fffd}"})),
            (b"{\"b\":\"x\ny\x01\",\"a\":1}", json!({"a": 1, "b": "x\ny\u{1}"})),
            (br#"{"b":"\x41 \u12","a":1}"#, json!({"a": 1, "b": "\\x41 \\u12"})),
            (br#"{"b":01,"a":+5}"#, json!({"a": "+5", "b": "01"})),
            ("{\"b\":\"Ж\",\"a\":NaN}".as_bytes(), json!({"a": "NaN", "b": "Ж"})),
            (br#"{"b":"https:\/\/pay","a":NaN}"#, json!({"a": "NaN", "b": "https://pay"})),
        ];
        for (body, expected) in cases {
            let case = String::from_utf8_lossy(body);
            assert_eq!(parse(body).expect(&case), expected, "{case}");
        }
    }

    #[test]
    fn a_broken_structure_is_no_json() {
        for body in
            ["", "{\"id\":", "{\"id\":\"AB", "{\"id\":\"AB\\", "<html>NaN</html>", "{\"a\":1}}", "{\"a\" 1}"]
        {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
