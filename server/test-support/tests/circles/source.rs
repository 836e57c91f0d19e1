//! Reads the modules of a crate: their definitions, imports and paths.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Expr, Item, ItemMod, Meta, UseTree,
    visit::{self, Visit},
};

/// Names of modules from the root of the crate, which is empty itself.
pub type ModulePath = Vec<String>;

/// The files of a crate by path.
pub type Files = BTreeMap<PathBuf, String>;

#[derive(Default)]
pub struct Module {
    /// The module whose file it is written in: itself, or one above.
    pub file_module: ModulePath,
    pub items: BTreeSet<String>,
    /// Those of the items that are types or traits.
    pub types: BTreeSet<String>,
    pub imports: Vec<Import>,
    /// Paths that the code names, outside of `use`.
    pub paths: BTreeSet<Vec<String>>,
}

pub struct Import {
    /// Absent for `*`.
    pub name: Option<String>,
    pub path: Vec<String>,
    /// Whether it is re-exported: then it is a use only if the module's own code names it.
    pub re_exported: bool,
}

/// Reads a crate from its `lib.rs`, without what is compiled for its unit tests only.
///
/// # Panics
/// A file is missing or cannot be parsed.
pub fn read_crate(files: &Files, root: &Path) -> BTreeMap<ModulePath, Module> {
    let mut reader = Reader { files, modules: BTreeMap::new() };
    reader.file(root, root.with_file_name(""), Vec::new());
    reader.modules
}

struct Reader<'a> {
    files: &'a Files,
    modules: BTreeMap<ModulePath, Module>,
}

/// File and folder of a module's items.
struct Place<'a> {
    file: &'a Path,
    file_module: &'a ModulePath,
    /// The files of children.
    folder: PathBuf,
}

impl Reader<'_> {
    fn file(&mut self, file: &Path, folder: PathBuf, module: ModulePath) {
        let text = self.files.get(file).unwrap_or_else(|| panic!("{} is missing", file.display()));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.items(&parsed.items, &Place { file, file_module: &module, folder }, &module);
    }

    fn items(&mut self, items: &[Item], place: &Place<'_>, module: &ModulePath) {
        // Another file may have been read for it, under another condition.
        let mut content = Content(self.modules.remove(module).unwrap_or_default());
        content.0.file_module.clone_from(place.file_module);
        for item in items {
            match item {
                Item::Mod(child) if is_for_tests(&child.attrs) => {}
                Item::Mod(child) => self.child(child, place, module),
                item => content.visit_item(item),
            }
        }
        self.modules.insert(module.clone(), content.0);
    }

    fn child(&mut self, child: &ItemMod, place: &Place<'_>, parent: &ModulePath) {
        let name = child.ident.to_string();
        let module = [parent.as_slice(), std::slice::from_ref(&name)].concat();
        let folder = place.folder.join(&name);
        if let Some((_, items)) = &child.content {
            return self.items(items, &Place { folder, ..*place }, &module);
        }
        let beside = place.folder.join(format!("{name}.rs"));
        if let Some(path) = path_attribute(&child.attrs) {
            self.file(&place.file.with_file_name(path), folder, module);
        } else if self.files.contains_key(&beside) {
            self.file(&beside, folder, module);
        } else {
            self.file(&folder.join("mod.rs"), folder, module);
        }
    }
}

struct Content(Module);

impl<'ast> Visit<'ast> for Content {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        if let Some(name) = name(item) {
            if is_type(item) {
                self.0.types.insert(name.clone());
            }
            self.0.items.insert(name);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let re_exported = !matches!(item.vis, syn::Visibility::Inherited);
        self.import(&item.tree, &[], re_exported);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }
}

impl Content {
    fn import(&mut self, tree: &UseTree, before: &[String], re_exported: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (name, path) = match tree {
            UseTree::Path(path) => return self.import(&path.tree, &with(&path.ident), re_exported),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, before, re_exported));
            }
            UseTree::Name(name) if name.ident == "self" => (before.last().cloned(), before.to_vec()),
            UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            UseTree::Rename(renamed) => (Some(renamed.rename.to_string()), with(&renamed.ident)),
            UseTree::Glob(_) => (None, before.to_vec()),
        };
        self.0.imports.push(Import { name, path, re_exported });
    }

    /// The paths in the body of a macro, whose grammar is its own. A name after a point is a field or a method.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons, mut after_point) = (Vec::new(), 0, false);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end_path(&mut path);
                    }
                    // `_` is no name, though a trait may be imported as it.
                    if !after_point && ident != "_" {
                        path.push(ident.to_string());
                    }
                    (colons, after_point) = (0, false);
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) => (colons, after_point) = (0, punct.as_char() == '.'),
                TokenTree::Group(group) => {
                    (colons, after_point) = (0, false);
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => (colons, after_point) = (0, false),
            }
            if colons == 0 {
                self.end_path(&mut path);
            }
        }
        self.end_path(&mut path);
    }

    fn end_path(&mut self, path: &mut Vec<String>) {
        if !path.is_empty() {
            self.0.paths.insert(std::mem::take(path));
        }
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let Meta::List(condition) = &attribute.meta else { return false };
        let text = condition.tokens.to_string();
        text == "test" || text.starts_with("all (test")
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("path")).find_map(|attribute| {
        let Expr::Lit(literal) = &attribute.meta.require_name_value().ok()?.value else { return None };
        let syn::Lit::Str(path) = &literal.lit else { return None };
        Some(path.value())
    })
}

fn is_type(item: &Item) -> bool {
    matches!(item, Item::Enum(_) | Item::Struct(_) | Item::Trait(_) | Item::Type(_) | Item::Union(_))
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(ident.to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
