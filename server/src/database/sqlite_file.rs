//! The file of a SQLite database: it holds payers and plates, and belongs to this process's user alone.

use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// Permissions of the file: its owner reads and writes it.
const OWNER_ONLY: u32 = 0o600;
/// Files that SQLite keeps beside it; they get its permissions when they are made.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];

/// Makes the file of this address, where it is missing and may be made, and takes the rights of others away. What cannot be
/// changed is logged: the file may belong to somebody else on purpose.
pub(super) fn keep_to_ourselves(url: &str) {
    let Some(path) = path_of(url) else { return };
    if may_make(url) {
        make(&path);
    }
    for companion in COMPANIONS {
        let mut name = path.clone().into_os_string();
        name.push(companion);
        restrict(Path::new(&name));
    }
}

/// The path in an address such as `sqlite://data/kolonka.db?mode=rwc`; `None` for a database in memory.
fn path_of(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = rest.split('?').next().filter(|path| !path.is_empty() && *path != ":memory:")?;
    Some(PathBuf::from(percent_decode_str(path).decode_utf8().ok()?.into_owned()))
}

fn may_make(url: &str) -> bool {
    url.split_once('?').is_some_and(|(_, query)| query.split('&').any(|part| part == "mode=rwc"))
}

#[cfg(unix)]
fn make(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;

    // One that exists stays as it is; why one cannot be made, the database itself says better.
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path);
}

#[cfg(unix)]
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let Ok(file) = std::fs::metadata(path) else { return };
    if file.permissions().mode() & 0o077 == 0 {
        return;
    }
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(OWNER_ONLY)) {
        tracing::warn!(path = %path.display(), %error, "others may read the database: its rights cannot be changed");
    }
}

#[cfg(not(unix))]
fn make(_: &Path) {}

#[cfg(not(unix))]
fn restrict(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_read_as_the_database_reads_it() {
        for (url, path) in [
            ("sqlite://data/kolonka.db?mode=rwc", Some("data/kolonka.db")),
            ("sqlite:///var/lib/a%20b.db", Some("/var/lib/a b.db")),
            ("sqlite:kolonka.db", Some("kolonka.db")),
            ("sqlite::memory:", None),
            ("sqlite://", None),
            ("postgres://kolonka@db/kolonka", None),
        ] {
            assert_eq!(path_of(url).as_deref(), path.map(Path::new), "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_a_new_database_nor_an_old_one() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let (new, old) = (folder.path().join("new.db"), folder.path().join("old.db"));
        for name in ["old.db", "old.db-wal"] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").expect("a file");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("its rights");
        }
        for path in [&new, &old] {
            keep_to_ourselves(&format!("sqlite://{}?mode=rwc", path.display()));
        }
        let mode = |name: &str| {
            std::fs::metadata(folder.path().join(name)).expect("a file").permissions().mode() & 0o777
        };
        assert_eq!(["new.db", "old.db", "old.db-wal"].map(mode), [OWNER_ONLY; 3]);
        let missing = folder.path().join("missing.db");
        keep_to_ourselves(&format!("sqlite://{}?mode=ro", missing.display()));
        assert!(!missing.exists());
    }
}
