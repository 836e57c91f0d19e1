/// Text that is not the JSON of the type, or a value without a JSON form. Carries no details, which nobody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadableJson;

impl std::fmt::Display for UnreadableJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("unreadable")
    }
}

impl std::error::Error for UnreadableJson {}
