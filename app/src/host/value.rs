//! Data from the host as plain Rust values, read under limits.
//!
//! A structured clone may be cyclic, sparse or enormous, and its property order matters to the
//! metadata search, so foreign data is never walked without a budget and never sorted.

/// Largest payload that is read, in bytes of its text form (docs/host-messages.md).
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// Deepest nesting that is read, in levels (docs/host-messages.md).
pub const MAX_PAYLOAD_DEPTH: usize = 64;

/// Property names that are never copied: they would reach a prototype if the data went back to a script.
const FORBIDDEN_KEYS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// A JavaScript value without behaviour.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, and `undefined` inside a list.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as the script sees it; never money.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// A plain object: names and values in the order in which a script enumerates them.
    Object(Vec<(String, Self)>),
}

/// Reason why foreign data was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadableValue {
    /// More than [`MAX_PAYLOAD_BYTES`].
    TooLarge,
    /// More than [`MAX_PAYLOAD_DEPTH`] levels, or a cycle.
    TooDeep,
    /// Text that is not JSON, or a value without a JSON form (function, symbol, …).
    NotData,
}

/// Bytes that remain of [`MAX_PAYLOAD_BYTES`] while a value is read.
#[derive(Debug)]
pub struct PayloadBudget(usize);

impl PayloadBudget {
    /// Subtracts `bytes`.
    ///
    /// # Errors
    /// [`UnreadableValue::TooLarge`] when nothing is left.
    pub fn spend(&mut self, bytes: usize) -> Result<(), UnreadableValue> {
        self.0 = self.0.checked_sub(bytes).ok_or(UnreadableValue::TooLarge)?;
        Ok(())
    }
}

/// One level of a foreign value.
pub enum ValueLevel<N> {
    /// A value without children.
    Leaf(Value),
    /// An array's elements.
    List(Vec<N>),
    /// An object's own properties in enumeration order.
    Object(Vec<(String, N)>),
}

/// A script's value, read one level at a time.
pub trait ForeignValue: Sized {
    /// Reads this level; spends the budget *before* copying text or collecting children.
    ///
    /// # Errors
    /// `TooLarge` when the budget is used up, `NotData` when the value has no JSON form.
    fn read_level(&self, budget: &mut PayloadBudget) -> Result<ValueLevel<Self>, UnreadableValue>;
}

/// Reads a foreign value under the limits of size and depth.
///
/// # Errors
/// [`UnreadableValue`]: the whole value is refused, never a part of it.
pub fn read<N: ForeignValue>(node: &N) -> Result<Value, UnreadableValue> {
    read_node(node, &mut PayloadBudget(MAX_PAYLOAD_BYTES), MAX_PAYLOAD_DEPTH)
}

fn read_node<N: ForeignValue>(
    node: &N,
    budget: &mut PayloadBudget,
    levels: usize,
) -> Result<Value, UnreadableValue> {
    let children = |levels: usize| levels.checked_sub(1).ok_or(UnreadableValue::TooDeep);
    match node.read_level(budget)? {
        ValueLevel::Leaf(value) => Ok(value),
        ValueLevel::List(items) => {
            let levels = children(levels)?;
            items
                .iter()
                .map(|item| read_node(item, budget, levels))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        ValueLevel::Object(entries) => {
            let levels = children(levels)?;
            entries
                .into_iter()
                .filter(|(key, _)| !FORBIDDEN_KEYS.contains(&key.as_str()))
                .map(|(key, item)| Ok((key, read_node(&item, budget, levels)?)))
                .collect::<Result<_, _>>()
                .map(Value::Object)
        }
    }
}

impl Value {
    /// The property `key` of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Deep equality: types strict, order of keys irrelevant, order of elements relevant, `NaN` equals `NaN`.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| other.get(key) == Some(value))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH, UnreadableValue};
    use crate::host::testing::{json, read_json};

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn nesting_is_read_to_the_limit_and_refused_beyond() {
        assert!(read_json(&nested(MAX_PAYLOAD_DEPTH)).is_ok());
        assert_eq!(read_json(&nested(MAX_PAYLOAD_DEPTH + 1)), Err(UnreadableValue::TooDeep));
        assert_eq!(read_json(&nested(100)), Err(UnreadableValue::TooDeep));
    }

    #[test]
    fn a_value_over_the_size_limit_is_refused() {
        let text = |length: usize| format!("\"{}\"", "x".repeat(length));
        assert!(read_json(&text(MAX_PAYLOAD_BYTES)).is_ok());
        assert_eq!(read_json(&text(MAX_PAYLOAD_BYTES + 1)), Err(UnreadableValue::TooLarge));
    }

    #[test]
    fn keys_that_reach_a_prototype_are_dropped_at_every_level() {
        let value = json(r#"{"a":{"__proto__":{"x":1},"b":2},"constructor":1,"prototype":2}"#);
        assert_eq!(value, json(r#"{"a":{"b":2}}"#));
    }

    #[test]
    fn missing_differs_from_null() {
        assert_ne!(json(r#"{"a":null}"#), json("{}"));
        assert_ne!(json(r#"{"a":null}"#), json(r#"{"b":null}"#));
    }
}
