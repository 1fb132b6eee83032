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
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{unavailable, wait};
use super::encryption::Address;
use crate::error::Error;
use crate::store::Connections;

/// Connections that one process holds at most: a server takes 100 by default.
const MOST_CONNECTIONS: usize = 16;

/// How long a caller waits for one of them, or for the server to take a new one.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a server may be silent, its machine gone or the way to it broken, before a caller who waits
/// for its answer is told so: by default a client would wait for hours.
const MOST_SILENCE: Duration = Duration::from_secs(30);

/// What to connect by: what the address says, and where it says nothing, bounds on every wait.
fn configured(url: &str) -> Result<Config, Error> {
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
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(MOST_SILENCE);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(MOST_SILENCE);
    }
    Ok(config)
}

pub(super) struct Server {
    pool: Pool,
    /// Absent only while it is dropped.
    runtime: Option<Runtime>,
    pub(super) process: u32,
}

impl Server {
    pub(super) fn at(url: &str) -> Result<Self, Error> {
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let Address { url, encryption } = Address::read(url)?;
        let config = configured(&url)?;
        let manager = match encryption {
            None => Manager::from_config(config, NoTls, manager),
            Some(encryption) => Manager::from_config(config, MakeRustlsConnect::new(encryption), manager),
        };
        let pool = Pool::builder(manager)
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

    /// Refuses a process that was forked from the one that connected, in which no lock may ever be free.
    pub(super) fn require_own_process(&self) -> Result<(), Error> {
        if std::process::id() == self.process {
            return Ok(());
        }
        let what = "this process was forked from the one that opened the store, and may not share its connections";
        Err(Error::unavailable("store_unavailable", what).with_hint("open it in each process"))
    }

    pub(super) fn connections(&self) -> Connections {
        let status = self.pool.status();
        let [open, idle, max] = [status.size, status.available, status.max_size].map(|count| count as u64);
        Connections { idle, busy: open.saturating_sub(idle), max }
    }

    /// A connection that nobody else uses until it is dropped.
    pub(super) fn client(&self) -> Result<Object, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wait_is_without_bound_and_the_address_has_the_last_word() {
        let waits = |url: &str| {
            let config = configured(url).unwrap();
            let (connect, silence) = (config.get_connect_timeout().copied(), config.get_tcp_user_timeout().copied());
            (connect, silence, config.get_keepalives_idle())
        };
        assert_eq!(waits("postgresql://valor@localhost/valor"), (Some(PATIENCE), Some(MOST_SILENCE), MOST_SILENCE));
        let own = "postgresql://valor@localhost/valor?connect_timeout=7&tcp_user_timeout=8&keepalives_idle=9";
        let [connect, silence, idle] = [7, 8, 9].map(Duration::from_secs);
        assert_eq!(waits(own), (Some(connect), Some(silence), idle));
    }
}
