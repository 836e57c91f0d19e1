//! The graph of modules, and its circles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use petgraph::{algo::tarjan_scc, graphmap::DiGraphMap};

use super::{
    names::{Target, resolve},
    source::{Module, ModulePath},
};

/// The part of a module that is in its own file, beside its children.
pub const OWN_CODE: &str = "its own code";

/// Parts of one module that use each other: its children, and its own code as [`OWN_CODE`].
#[derive(Debug)]
pub struct Circle {
    pub inside: ModulePath,
    pub parts: BTreeSet<String>,
    uses: Vec<String>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        writeln!(f, "{} use each other in {}:", parts.join(", "), path_text(&self.inside))?;
        self.uses.iter().try_for_each(|one| writeln!(f, "    {one}"))
    }
}

/// A use: a module names an item of another one.
struct Use {
    from: ModulePath,
    to: ModulePath,
    path: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} names {}, of {}", path_text(&self.from), self.path, path_text(&self.to))
    }
}

/// All circles of a crate, each at the lowest module that holds the whole of it.
pub fn circles(modules: &BTreeMap<ModulePath, Module>) -> Vec<Circle> {
    let uses = uses(modules);
    modules.keys().flat_map(|inside| circles_inside(inside, &uses)).collect()
}

/// The uses among modules. All modules of one file count as one.
fn uses(modules: &BTreeMap<ModulePath, Module>) -> Vec<Use> {
    let mut uses = Vec::new();
    for (module, content) in modules {
        let own_imports =
            content.imports.iter().filter(|import| !import.re_exported && import.name.is_some());
        for path in own_imports.map(|import| &import.path).chain(&content.paths) {
            if let Some(Target::Item(target)) = resolve(modules, module, path) {
                let (from, to) = (content.file_module.clone(), modules[&target].file_module.clone());
                uses.push(Use { from, to, path: path.join("::") });
            }
        }
    }
    uses
}

fn circles_inside(inside: &ModulePath, uses: &[Use]) -> Vec<Circle> {
    // An edge is explained by one use.
    let mut graph = DiGraphMap::<&str, &Use>::new();
    for one in uses {
        match (part(inside, &one.from), part(inside, &one.to)) {
            (Some(from), Some(to)) if from != to => drop(graph.add_edge(from, to, one)),
            _ => {}
        }
    }
    let circles = tarjan_scc(&graph).into_iter().filter(|parts| parts.len() > 1);
    circles
        .map(|parts| {
            let edges = graph.all_edges().filter(|(from, to, _)| parts.contains(from) && parts.contains(to));
            Circle {
                inside: inside.clone(),
                uses: edges.map(|(from, to, one)| format!("{from} → {to}: {one}")).collect(),
                parts: parts.into_iter().map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// The part of `inside` that holds a module.
fn part<'a>(inside: &ModulePath, module: &'a ModulePath) -> Option<&'a str> {
    let below = module.strip_prefix(inside.as_slice())?;
    Some(below.first().map_or(OWN_CODE, String::as_str))
}

pub fn path_text(module: &ModulePath) -> String {
    std::iter::once("crate").chain(module.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}
