//! Cargo watches the files that a crate names, no folders: without this a new migration would be left out.

#![expect(clippy::print_stdout, reason = "a build script speaks to Cargo by its output")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
