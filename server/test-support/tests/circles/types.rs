//! Names of types that a crate defines twice.

use std::collections::BTreeMap;

use super::{
    graph::path_text,
    source::{Module, ModulePath},
};

/// Each name that several modules give a type, with these modules. An associated type has its trait's name.
pub fn types_named_twice(modules: &BTreeMap<ModulePath, Module>) -> Vec<String> {
    let mut defined = BTreeMap::<&str, Vec<String>>::new();
    for (module, content) in modules {
        for name in &content.types {
            defined.entry(name).or_default().push(path_text(module));
        }
    }
    let twice = defined.into_iter().filter(|(_, places)| places.len() > 1);
    twice.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}
