//! Writing in the browser: numbers with a fraction are spelt by the script engine, which has the tables for it.

use std::io;

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};

pub(super) fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, ScriptNumbers))?;
    Ok(bytes)
}

struct ScriptNumbers;

impl Formatter for ScriptNumbers {
    /// Writes a number as the script does. Only finite ones come here; the others are `null` already.
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let text = js_sys::Number::from(value).to_string_with_radix(10).map(String::from).unwrap_or_default();
        writer.write_all(text.as_bytes())
    }
}
