//! The conformance suite on each store.

use valor_ivx::store::{MemoryStore, Store};

mod memory {
    use super::*;

    fn store() -> Box<dyn Store> {
        Box::new(MemoryStore::new())
    }

    valor_ivx::store_conformance!(store);
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use valor_ivx::store::SqliteStore;

    /// A file of its own for each test, in a folder that goes with the machine's temporary files.
    fn path() -> std::path::PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!("valor-ivx-conformance-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(format!("{}.db", COUNT.fetch_add(1, Ordering::Relaxed)))
    }

    fn store() -> Box<dyn Store> {
        Box::new(SqliteStore::open(path()).unwrap())
    }

    valor_ivx::store_conformance!(store);

    #[test]
    fn a_file_of_a_newer_schema_or_another_history_is_refused() {
        let path = path();
        drop(SqliteStore::open(&path).unwrap());
        let file = rusqlite::Connection::open(&path).unwrap();
        file.execute("INSERT INTO schema_version (version, checksum) VALUES (99, 'x')", []).unwrap();
        assert_eq!(SqliteStore::open(&path).unwrap_err().reason(), Some("schema_newer"));
        file.execute_batch("DELETE FROM schema_version WHERE version = 99; UPDATE schema_version SET checksum = 'y'")
            .unwrap();
        assert_eq!(SqliteStore::open(&path).unwrap_err().reason(), Some("schema_differs"));
    }

    #[test]
    fn what_is_no_database_is_refused() {
        let path = path();
        std::fs::write(&path, "this is a text, and a long enough one to be taken for a header of a file").unwrap();
        assert_eq!(SqliteStore::open(&path).unwrap_err().reason(), Some("store_unavailable"));
    }
}
