//! Finds the module in which a path's item is defined.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Module, ModulePath};

#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Module(ModulePath),
    /// An item, by the module that defines it.
    Item(ModulePath),
}

type Modules = BTreeMap<ModulePath, Module>;
/// Names that are being looked up: imports may lead to each other.
type OpenLookups = BTreeSet<(ModulePath, String)>;

/// The target of a path in a module, through all re-exports; `None` if it is in another crate.
pub fn resolve(modules: &Modules, from: &ModulePath, path: &[String]) -> Option<Target> {
    resolve_open(modules, from, path, &mut OpenLookups::new())
}

fn resolve_open(
    modules: &Modules,
    from: &ModulePath,
    path: &[String],
    open: &mut OpenLookups,
) -> Option<Target> {
    let mut at = Target::Module(from.clone());
    for (place, name) in path.iter().enumerate() {
        let Target::Module(module) = &at else { break };
        let is_last = place + 1 == path.len();
        at = match name.as_str() {
            "crate" => Target::Module(Vec::new()),
            "self" => continue,
            "super" => Target::Module(module[..module.len().checked_sub(1)?].to_vec()),
            name => match look_up(modules, module, name, is_last, open) {
                Some(found) => found,
                // A macro has defined it.
                None if place > 0 => Target::Item(module.clone()),
                None => return None,
            },
        };
    }
    Some(at)
}

/// A name in a module. At the end of a path an item is meant rather than a module of the same name.
fn look_up(
    modules: &Modules,
    module: &ModulePath,
    name: &str,
    is_last: bool,
    open: &mut OpenLookups,
) -> Option<Target> {
    let content = modules.get(module)?;
    let child = [module.as_slice(), &[name.to_owned()]].concat();
    let child = modules.contains_key(&child).then_some(Target::Module(child));
    if let Some(child) = child.clone().filter(|_| !is_last) {
        return Some(child);
    }
    if content.items.contains(name) {
        return Some(Target::Item(module.clone()));
    }
    if !open.insert((module.clone(), name.to_owned())) {
        return child;
    }
    let named = content.imports.iter().filter(|import| import.name.as_deref() == Some(name));
    let mut found: Vec<Target> =
        named.filter_map(|import| resolve_open(modules, module, &import.path, open)).collect();
    if found.is_empty() {
        for glob in content.imports.iter().filter(|import| import.name.is_none()) {
            if let Some(Target::Module(behind)) = resolve_open(modules, module, &glob.path, open) {
                found.extend(look_up(modules, &behind, name, is_last, open));
            }
        }
    }
    open.remove(&(module.clone(), name.to_owned()));
    found.into_iter().find(|target| is_last == matches!(target, Target::Item(_))).or(child)
}
