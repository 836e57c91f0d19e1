use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

/// JSON arguments of which every key must be known: a typing error in a field name is reported, not ignored.
///
/// Request shapes are flat structs for this reason: inside tagged enums and flattened fields serde buffers, and
/// nothing is reported.
pub struct StrictJsonEncoding;

/// Strict JSON in the body of a `POST`.
pub type StrictJson = Post<StrictJsonEncoding>;

impl ContentType for StrictJsonEncoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for StrictJsonEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for StrictJsonEncoding {
    type Error = super::json::UnreadableJson;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        super::json::write(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for StrictJsonEncoding {
    type Error = String;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        decode(&bytes)
    }
}

#[cfg(feature = "ssr")]
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    from_slice(bytes)
}

/// The browser never decodes arguments, only answers, and those may grow new fields.
#[cfg(not(feature = "ssr"))]
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    std::str::from_utf8(bytes).ok().and_then(|text| super::json::read(text).ok()).ok_or_else(String::new)
}

/// Reads JSON and refuses unknown keys at any depth, and text after the value.
///
/// # Errors
/// A sentence for developers that names the key's path or the place of the mistake.
#[cfg(feature = "ssr")]
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut unknown = None;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_ignored::deserialize(&mut reader, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    })
    .map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    match unknown {
        Some(path) => Err(format!("unknown field `{path}`")),
        None => Ok(value),
    }
}
