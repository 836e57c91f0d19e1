/// The text is not the JSON that was promised, or the value has none. Nobody reads more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadableJson;

impl std::fmt::Display for UnreadableJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unreadable")
    }
}

impl std::error::Error for UnreadableJson {}
