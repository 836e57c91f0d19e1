//! Search in the metadata of the orders that are already in the payer's invoice.
//!
//! The rules are those of the official client: depth first, own properties in enumeration order, list
//! indices are property names too, names are compared with case, a match by name does not stop the descent.

use super::value::Value;

/// `metaData` of the `init` message. Personal data of somebody else's order: search it, never store or send it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(Option<Value>);

impl Metadata {
    /// Wraps the tree; `null` counts as missing.
    #[must_use]
    pub fn new(tree: Option<Value>) -> Self {
        Self(tree.filter(|tree| *tree != Value::Null))
    }

    /// Whether a property named `key` anywhere in the tree deeply equals one of the candidates.
    #[must_use]
    pub fn matches(&self, key: &str, candidates: &[Value]) -> bool {
        let mut found = false;
        self.visit(key, &mut |value| found = found || candidates.contains(value));
        found
    }

    /// All values of these properties, key by key in the order given, each distinct value once.
    #[must_use]
    pub fn values(&self, keys: &[&str]) -> Vec<&Value> {
        let mut found: Vec<&Value> = Vec::new();
        for key in keys {
            self.visit(key, &mut |value| {
                if !found.contains(&value) {
                    found.push(value);
                }
            });
        }
        found
    }

    /// Whether fuel can be added to this invoice: it is in roubles, and has no fuel yet. One invoice fills one car at
    /// one pump, so that its documents and its refund belong to one fuelling.
    #[must_use]
    pub fn takes_fuel(&self) -> bool {
        let roubles = Value::Text("RUB".to_owned());
        let in_roubles =
            self.values(&["priceCurrency", "currencyId"]).into_iter().all(|currency| *currency == roubles);
        in_roubles && !self.matches("category", &[Value::Text("fuel".to_owned())])
    }

    fn visit<'a>(&'a self, key: &str, seen: &mut dyn FnMut(&'a Value)) {
        if let Some(tree) = &self.0 {
            walk(tree, key, seen);
        }
    }
}

fn walk<'a>(node: &'a Value, key: &str, seen: &mut dyn FnMut(&'a Value)) {
    let mut property = |name: &str, value: &'a Value| {
        if name == key {
            seen(value);
        }
        walk(value, key, seen);
    };
    match node {
        Value::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| property(&index.to_string(), item));
        }
        Value::Object(entries) => entries.iter().for_each(|(name, value)| property(name, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
