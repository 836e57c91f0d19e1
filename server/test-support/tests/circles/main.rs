//! Modules without circles: a reader can begin at the lowest and never has to know those above.
//!
//! At each level, from the root of a crate down to the last folder, the children of a module and the code in its own file
//! use each other in one direction only; nested modules count as their child. So a module may call its children
//! or give them what they share, not both. A file is one, whatever modules are written inside it. What is compiled for
//! unit tests is left out.
//!
//! A use is a path that a module names, followed through re-exports to the module that defines the item: to pass on the
//! items of its children makes no module a user of them. Paths in macros count. What a method's call reaches is not
//! known without types, and does not count.
//!
//! A crate defines each name of a type once, so that a search for it finds one definition.

#![expect(clippy::expect_used, reason = "an unreadable file is a failed test")]

mod graph;
mod names;
mod source;
mod types;

use std::path::{Path, PathBuf};

use graph::{Circle, circles};
use source::{Files, read_crate};
use types::types_named_twice;
use walkdir::{DirEntry, WalkDir};

#[test]
fn the_modules_of_each_crate_are_free_of_circles() {
    let files = files_of_workspace();
    for root in crate_roots(&files) {
        let found: String =
            circles(&read_crate(&files, root)).iter().map(|circle| format!("{circle}\n")).collect();
        assert!(found.is_empty(), "{}\n{found}", root.display());
    }
}

#[test]
fn each_crate_defines_a_type_name_once() {
    let files = files_of_workspace();
    for root in crate_roots(&files) {
        let found = types_named_twice(&read_crate(&files, root));
        assert!(found.is_empty(), "{}\n{}", root.display(), found.join("\n"));
    }
}

fn crate_roots(files: &Files) -> Vec<&PathBuf> {
    let roots: Vec<&PathBuf> = files.keys().filter(|path| path.ends_with("src/lib.rs")).collect();
    assert!(roots.len() >= 5, "only {roots:?} found");
    roots
}

fn files_of_workspace() -> Files {
    let is_ours = |entry: &DirEntry| {
        !entry.file_type().is_dir()
            || !["target", "node_modules", ".git"].map(Some).contains(&entry.file_name().to_str())
    };
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let entries = WalkDir::new(root).into_iter().filter_entry(is_ours);
    let paths = entries.map(|entry| entry.expect("a folder can be read").into_path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a file can be read");
            (path.strip_prefix(root).map(Path::to_owned).expect("a path below the root"), text)
        })
        .collect()
}

/// The circles in a made tree of files.
fn circles_of(files: &[(&str, &str)]) -> Vec<Circle> {
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    circles(&read_crate(&files, Path::new("lib.rs")))
}

/// The parts of the only circle in a made tree, after its module.
fn only_circle(files: &[(&str, &str)]) -> String {
    let found = circles_of(files);
    let [circle] = found.as_slice() else { panic!("not one circle: {found:?}") };
    let parts: Vec<&str> = circle.parts.iter().map(String::as_str).collect();
    format!("{}: {}", circle.inside.join("::"), parts.join(" "))
}

#[test]
fn siblings_that_use_each_other_are_a_circle() {
    let found = only_circle(&[
        ("lib.rs", "mod shop;"),
        ("shop/mod.rs", "mod draft; mod desk; mod price;"),
        ("shop/draft.rs", "use super::desk::Desk; pub struct Draft(Desk);"),
        ("shop/desk.rs", "pub struct Desk; fn first() -> super::price::Price {}"),
        ("shop/price.rs", "pub struct Price; fn of(draft: &crate::shop::draft::Draft) {}"),
    ]);
    assert_eq!(found, "shop: desk draft price");
}

#[test]
fn a_re_export_does_not_hide_a_circle() {
    let found = only_circle(&[
        ("lib.rs", "mod shop { mod draft; mod desk; pub use {draft::*, desk::Desk as Counter}; }"),
        ("shop/draft.rs", "use super::Counter; pub struct Draft;"),
        ("shop/desk.rs", "pub struct Desk(super::Draft);"),
    ]);
    assert_eq!(found, "shop: desk draft");
}

#[test]
fn nested_modules_count_as_their_folder() {
    let found = only_circle(&[
        ("lib.rs", "mod shop; mod bank;"),
        ("shop.rs", "mod pay; pub mod goods;"),
        ("shop/pay.rs", "use crate::bank; fn pay() { bank::pay() }"),
        ("shop/goods.rs", "pub const ALL: u8 = 1;"),
        ("bank.rs", "pub fn pay() {} fn lend() { use crate::shop::goods; goods::ALL; }"),
    ]);
    assert_eq!(found, ": bank shop");
}

#[test]
fn a_child_that_uses_its_user_is_a_circle() {
    let found = only_circle(&[
        ("lib.rs", "mod shop;"),
        ("shop.rs", "mod desk; pub struct Draft; fn open(draft: Draft) { desk::sell(draft) }"),
        ("shop/desk.rs", "use super::Draft; pub fn sell(draft: Draft) {}"),
    ]);
    assert_eq!(found, "shop: desk its own code");
}

#[test]
fn what_a_macro_names_is_used() {
    let found = only_circle(&[
        ("lib.rs", "mod shop; mod bank;"),
        ("shop.rs", "fn page() { view! { <p on:click=move |_| crate::bank::pay()>{total.shop}</p> } }"),
        ("bank.rs", "pub fn pay() {} fn lend() { crate::shop::page() }"),
    ]);
    assert_eq!(found, ": bank shop");
}

#[test]
fn one_direction_is_no_circle() {
    let found = circles_of(&[
        ("lib.rs", "mod shop; mod bank; mod clock; pub use shop::Draft; "),
        ("shop/mod.rs", "mod draft; pub use draft::Draft; use crate::bank::Account;"),
        ("shop/draft.rs", "use crate::{bank, clock::now}; pub struct Draft(bank::Account);"),
        (
            "bank.rs",
            "use std::clock; pub struct Account { shop: u8 } fn of(shop: u8) { dbg!(shop, self.shop) }",
        ),
        (
            "clock.rs",
            "pub fn now() { hands::turn() } #[cfg(test)] mod tests { use crate::Draft; } mod hands { use super::now; pub fn turn() {} }",
        ),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_type_name_of_two_modules_is_found() {
    let files = [
        ("lib.rs", "mod shop; mod bank; struct Draft;"),
        ("shop.rs", "pub enum Answer { Yes } pub fn Desk() {} trait Price { type Sum; }"),
        (
            "bank.rs",
            "pub use crate::shop::Answer as Reply; pub trait Desk {} mod pay { type Answer = u8; }
             #[cfg(test)] mod tests { struct Draft; } impl Price for u8 { type Sum = u8; }",
        ),
    ];
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let found = types_named_twice(&read_crate(&files, Path::new("lib.rs")));
    assert_eq!(found, ["Answer: crate::bank::pay, crate::shop"]);
}
