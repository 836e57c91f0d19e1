//! Form bodies and query strings.

use percent_encoding::percent_decode_str;

/// The decoded pairs of `name=value&…`, in order.
pub fn pairs(raw: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    raw.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    })
}

/// The fields of a submitted form.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a request's body.
    pub fn from_body(body: &[u8]) -> Self {
        Self(pairs(&String::from_utf8_lossy(body)).collect())
    }

    /// All fields, in order.
    pub fn fields(&self) -> &[(String, String)] {
        &self.0
    }

    /// Whether the form has a field, also a blank one.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(field, _)| field == name)
    }

    /// A field without spaces around it; `None` when it is missing or blank.
    pub fn given(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}
