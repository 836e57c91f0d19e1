//! JSON text to [`Value`] for tests, through the same reader as the browser's values.

use crate::host::value::{ForeignValue, PayloadBudget, UnreadableValue, Value, ValueLevel, read};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// JSON that keeps the order of its properties.
#[derive(Clone)]
pub struct OrderedJson(Value);

/// Reads JSON text; panics on malformed JSON.
pub fn json(text: &str) -> Value {
    read_json(text).expect("readable")
}

/// Reads JSON text under the limits of foreign values.
pub fn read_json(text: &str) -> Result<Value, UnreadableValue> {
    let mut parser = serde_json::Deserializer::from_str(text);
    read(&OrderedJson::deserialize(&mut parser).expect("JSON"))
}

impl ForeignValue for OrderedJson {
    fn read_level(&self, budget: &mut PayloadBudget) -> Result<ValueLevel<Self>, UnreadableValue> {
        Ok(match &self.0 {
            Value::List(items) => {
                budget.spend(items.len())?;
                ValueLevel::List(items.iter().cloned().map(Self).collect())
            }
            Value::Object(entries) => {
                budget.spend(entries.iter().map(|(key, _)| key.len()).sum())?;
                // A script enumerates integer-like names first, ascending.
                let mut entries: Vec<_> = entries.clone();
                entries.sort_by_key(|(key, _)| key.parse::<u32>().map_or((1, 0), |n| (0, n)));
                ValueLevel::Object(entries.into_iter().map(|(key, value)| (key, Self(value))).collect())
            }
            leaf => {
                budget.spend(leaf.as_text().map_or(1, str::len))?;
                ValueLevel::Leaf(leaf.clone())
            }
        })
    }
}

impl<'de> Deserialize<'de> for OrderedJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OrderedVisitor)
    }
}

struct OrderedVisitor;

impl<'de> Visitor<'de> for OrderedVisitor {
    type Value = OrderedJson;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Null))
    }
    fn visit_bool<E>(self, value: bool) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Bool(value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Number(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Number(value as f64)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Number(value as f64)))
    }
    fn visit_str<E>(self, value: &str) -> Result<OrderedJson, E> {
        Ok(OrderedJson(Value::Text(value.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<OrderedJson, A::Error> {
        let mut items = Vec::new();
        while let Some(OrderedJson(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(OrderedJson(Value::List(items)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<OrderedJson, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, OrderedJson(value))) = access.next_entry::<String, _>()? {
            entries.push((key, value));
        }
        Ok(OrderedJson(Value::Object(entries)))
    }
}
