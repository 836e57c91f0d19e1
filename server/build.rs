//! Cargo watches the files that a crate names, no folders: without this a new migration would be left out.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
