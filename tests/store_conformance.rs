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
    fn threat_42_a_file_of_a_newer_schema_or_another_history_is_refused() {
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

#[cfg(feature = "postgres")]
mod postgres {
    use postgres_cluster::Cluster;
    use valor_ivx::store::PostgresStore;

    use super::*;

    fn database() -> String {
        Cluster::shared().database(|owner| PostgresStore::migrate(owner).unwrap())
    }

    fn open(database: &str) -> Result<PostgresStore, valor_ivx::Error> {
        PostgresStore::open(&Cluster::shared().url("valor", database))
    }

    fn store() -> Box<dyn Store> {
        Box::new(open(&database()).unwrap())
    }

    valor_ivx::store_conformance!(store);

    #[test]
    fn threat_42_a_database_of_a_newer_schema_or_another_history_is_refused() {
        let database = database();
        let owner = Cluster::shared().url("valor_owner", &database);
        let tamper = |sql: &str| Cluster::shared().run(&database, sql).map(drop).unwrap();
        let reason = || {
            let told = [open(&database).map(drop), PostgresStore::migrate(&owner)].map(|told| told.unwrap_err());
            assert_eq!(told[0].reason(), told[1].reason());
            told[0].reason().unwrap().to_owned()
        };
        tamper("INSERT INTO valor.schema_version VALUES (99, 'x')");
        assert_eq!(reason(), "schema_newer");
        tamper("DELETE FROM valor.schema_version WHERE version = 99; UPDATE valor.schema_version SET checksum = 'y'");
        assert_eq!(reason(), "schema_differs");
    }

    #[test]
    fn a_database_is_opened_only_after_its_owner_has_migrated_it_and_twice_changes_nothing() {
        let cluster = Cluster::shared();
        let database = cluster.empty_database();
        assert_eq!(open(&database).unwrap_err().reason(), Some("schema_older"));
        let owner = cluster.url("valor_owner", &database);
        std::thread::scope(|scope| {
            let migrating = [0; 4].map(|_| scope.spawn(|| PostgresStore::migrate(&owner)));
            for thread in migrating {
                thread.join().unwrap().unwrap();
            }
        });
        open(&database).unwrap();
        cluster.run(&database, "DELETE FROM valor.schema_version").unwrap();
        assert_eq!(open(&database).unwrap_err().reason(), Some("schema_older"));
    }

    #[test]
    fn a_connection_is_encrypted_and_its_server_is_who_it_says_or_there_is_none() {
        let cluster = Cluster::encrypted();
        let database = cluster.database(|owner| PostgresStore::migrate(owner).unwrap());
        let open = |host, trusted| PostgresStore::open(&cluster.encrypted_url("valor", &database, [host, trusted]));
        let store = open("localhost", "server").unwrap();
        let encrypted =
            "SELECT count(*), bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'valor'";
        assert_eq!(cluster.run(&database, encrypted).unwrap(), "1|t");
        assert_eq!(store.global_routing_version().unwrap(), 0);
        // Signed by somebody else, and a name that is not in the certificate.
        for (host, trusted) in [("localhost", "stranger"), ("127.0.0.1", "server")] {
            let error = open(host, trusted).unwrap_err();
            assert_eq!(error.reason(), Some("store_unavailable"), "{host}, {trusted}: {error}");
            assert!(error.to_string().contains("certificate"), "{error}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused_without_telling_a_password() {
        let error = PostgresStore::open("postgresql://valor:secret@%2Fnowhere/x").unwrap_err();
        assert_eq!(error.reason(), Some("store_unavailable"));
        let malformed = PostgresStore::open("postgresql://valor:secret@host/x?colour=blue").unwrap_err();
        assert_eq!(malformed.field(), Some("url"));
        let encrypted = format!("{}?sslmode=require", Cluster::shared().url("valor", &database()));
        let encrypted = PostgresStore::open(&encrypted).unwrap_err();
        assert_eq!(encrypted.field(), Some("url"), "it names nobody whom it trusts");
        for error in [error, malformed, encrypted] {
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
