//! The server, and a pool of connections to it.
//!
//! The client is asynchronous and lives on a thread of its own, so that the store, which is not, may be
//! called from anywhere: also from inside a host's asynchronous runtime, where starting another one, as
//! the client's synchronous sibling does, would panic.

use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime as PoolRuntime, TimeoutType,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Config, NoTls};

use super::connection::{unavailable, wait};
use crate::error::Error;

/// Connections that one process holds at most: a server takes 100 by default.
const MOST_CONNECTIONS: usize = 16;

/// How long a caller waits for one of them, or for the server to take a new one.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Server {
    pool: Pool,
    /// Absent only while it is dropped.
    runtime: Option<Runtime>,
    process: u32,
}

impl Server {
    pub(super) fn at(url: &str) -> Result<Self, Error> {
        let mut config: Config = url.parse().map_err(|cause: tokio_postgres::Error| {
            // The address itself may hold a password.
            Error::invalid_input("url", "postgresql://…", format!("an address of a database ({cause})"))
        })?;
        if config.get_application_name().is_none() {
            config.application_name("valor-ivx");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager))
            .max_size(MOST_CONNECTIONS)
            .wait_timeout(Some(PATIENCE))
            .runtime(PoolRuntime::Tokio1)
            .build()
            .map_err(|cause| Error::internal("pool", cause.to_string()))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("valor-ivx-postgres")
            .enable_all()
            .build()
            .map_err(|cause| Error::unavailable("store_unavailable", format!("a thread for the store: {cause}")))?;
        Ok(Self { pool, runtime: Some(runtime), process: std::process::id() })
    }

    /// A connection that nobody else uses until it is dropped.
    pub(super) fn client(&self) -> Result<Object, Error> {
        if std::process::id() != self.process {
            let what = "this process was forked from the one that opened the store, and may not share its connections";
            return Err(Error::unavailable("store_unavailable", what).with_hint("open it in each process"));
        }
        let _reactor = self.runtime.as_ref().map(Runtime::enter);
        wait(self.pool.get()).map_err(|cause| match cause {
            PoolError::Backend(cause) => unavailable(cause),
            PoolError::Timeout(TimeoutType::Wait) => Error::unavailable("busy", "every connection is in use"),
            cause => Error::unavailable("store_unavailable", cause.to_string()),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Waiting for the thread would panic inside a host's asynchronous runtime, and hang after a fork.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
