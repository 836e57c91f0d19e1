//! JSON between server and pages: values in a page, and answers of calls.
//!
//! The server writes it by `serde_json`. In the browser the reader of the browser itself takes it apart ([`script`]):
//! a second one inside the WebAssembly would be a good part of what every visitor loads.

mod error;
#[cfg(not(feature = "ssr"))]
mod script;
#[cfg(not(feature = "ssr"))]
mod write;

pub use error::UnreadableJson;

use bytes::Bytes;
use leptos::server::codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};
use server_fn::{ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

/// The JSON of this application, in a page and in an answer.
pub struct Json;

/// JSON in the body of the answer to a `POST`.
pub type AnswerJson = Post<Json>;

/// A resource whose first value is in the page.
pub type Resource<T> = leptos::prelude::Resource<T, Json>;

/// A value that the server puts into the page.
pub type SharedValue<T> = leptos::prelude::SharedValue<T, Json>;

/// Reads a value from its text.
///
/// # Errors
/// [`UnreadableJson`] for text that is not the JSON of this type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableJson> {
    #[cfg(feature = "ssr")]
    return serde_json::from_str(text).map_err(|_| UnreadableJson);
    #[cfg(not(feature = "ssr"))]
    script::read(text)
}

/// Writes a value.
///
/// # Errors
/// [`UnreadableJson`] for a map whose keys are not text.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, UnreadableJson> {
    #[cfg(feature = "ssr")]
    let written = serde_json::to_vec(value);
    #[cfg(not(feature = "ssr"))]
    let written = write::write(value);
    written.map_err(|_| UnreadableJson)
}

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = UnreadableJson;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        write(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = UnreadableJson;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        std::str::from_utf8(&bytes).map_err(|_| UnreadableJson).and_then(read)
    }
}

impl<T: Serialize> Encoder<T> for Json {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Json {
    type Error = UnreadableJson;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        read(text)
    }
}
