//! A PostgreSQL cluster for the tests of one process: made in a temporary folder, reached by a unix
//! socket alone, and gone with the process however that ends.
//!
//! Start at [`Cluster::shared`]. The server's programs are those of the machine; where there are none,
//! Debian's package is installed.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A server with databases of its own.
pub struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    databases: AtomicU32,
    template: OnceLock<()>,
    /// Where it listens beside its socket, encrypted.
    port: Option<u16>,
    /// Its standard input is what keeps the server up.
    _keeper: Child,
}

impl Cluster {
    /// The cluster of this process.
    ///
    /// # Panics
    /// When there can be none, saying why and what to do.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
        match SHARED.get_or_init(|| Self::start(None)) {
            Ok(cluster) => cluster,
            Err(problem) => panic!("these tests need PostgreSQL: {problem}"),
        }
    }

    /// A cluster of its own that also listens at `localhost`, encrypted by a certificate that it signed itself.
    ///
    /// # Panics
    /// When there can be none, saying why and what to do.
    #[must_use]
    pub fn encrypted() -> Self {
        let free = std::net::TcpListener::bind(("localhost", 0)).and_then(|listener| listener.local_addr());
        let started = free.map_err(|cause| cause.to_string()).and_then(|free| Self::start(Some(free.port())));
        match started {
            Ok(cluster) => cluster,
            Err(problem) => panic!("these tests need PostgreSQL: {problem}"),
        }
    }

    /// The address of a database for a role at `host`, encrypted, where the certificate of `trusted` is: `server`
    /// is its own, `stranger` another's.
    #[must_use]
    pub fn encrypted_url(&self, role: &str, database: &str, [host, trusted]: [&str; 2]) -> String {
        let (port, folder) = (self.port.unwrap_or_default(), self.folder.display());
        format!("postgresql://{role}@{host}:{port}/{database}?sslmode=require&sslrootcert={folder}/{trusted}.crt")
    }

    fn start(port: Option<u16>) -> Result<Self, String> {
        let programs = programs()?;
        let mut keeper = as_ordinary_user();
        keeper.args(["sh", "-c", include_str!("cluster.sh"), "cluster"]).arg(&programs).current_dir("/");
        keeper.args(port.map(|port| port.to_string()));
        let mut keeper = keeper
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| format!("no shell for the cluster: {cause}"))?;
        let mut folder = String::new();
        let told = keeper.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut folder));
        if folder.is_empty() {
            let mut why = format!("{told:?}\n");
            if let Some(mut stderr) = keeper.stderr.take() {
                // Whatever it says is more than nothing.
                let _ = stderr.read_to_string(&mut why);
            }
            return Err(format!("the cluster does not start\n{why}"));
        }
        let cluster = Self {
            folder: PathBuf::from(folder.trim()),
            programs,
            databases: AtomicU32::new(0),
            template: OnceLock::new(),
            port,
            _keeper: keeper,
        };
        cluster.run("postgres", include_str!("../../../src/store/postgres/roles.sql"))?;
        Ok(cluster)
    }

    /// The address of a database for a role.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("postgresql://{role}@{}{port}/{database}", self.folder.display().to_string().replace('/', "%2F"))
    }

    /// A new and empty database that `valor_owner` owns; its name.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn empty_database(&self) -> String {
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.create(&format!("{name} OWNER valor_owner"));
        name
    }

    /// A new database with the tables that `migrate` makes, which is called once with the owner's address;
    /// its name.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn database(&self, migrate: impl FnOnce(&str)) -> String {
        self.template.get_or_init(|| {
            self.create("migrated OWNER valor_owner");
            migrate(&self.url("valor_owner", "migrated"));
        });
        let name = format!("d{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.create(&format!("{name} TEMPLATE migrated OWNER valor_owner"));
        name
    }

    fn create(&self, what: &str) {
        if let Err(problem) = self.run("postgres", &format!("CREATE DATABASE {what}")) {
            panic!("a database for a test: {problem}");
        }
    }

    /// Carries out statements as the superuser; what they print, columns parted by `|`.
    pub fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        self.run_as("postgres", database, sql)
    }

    /// Carries out statements as `role`; what they print, or what the server says against it.
    pub fn run_as(&self, role: &str, database: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
            .arg("--command")
            .arg(sql)
            .arg(self.url(role, database))
            .output()
            .map_err(|cause| format!("psql does not start: {cause}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// PostgreSQL refuses to run as root.
fn as_ordinary_user() -> Command {
    if !is_root() {
        return Command::new("env");
    }
    let known = Command::new("id").arg("postgres").output().is_ok_and(|output| output.status.success());
    let mut command = Command::new("runuser");
    command.args(["-u", if known { "postgres" } else { "nobody" }, "--"]);
    command
}

/// The folder of the newest server's programs, installed where there is none.
fn programs() -> Result<PathBuf, String> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(if is_root() { "apt-get" } else { "sudo" });
        if !is_root() {
            command.args(["-n", "apt-get"]);
        }
        command.args(["-q", "-y", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).output()
    };
    let tried = apt(&["update"]).and_then(|_| apt(&["install", "--no-install-recommends", "postgresql"]));
    installed().ok_or_else(|| {
        let why = tried
            .map_or_else(|cause| cause.to_string(), |output| String::from_utf8_lossy(&output.stderr).trim().to_owned());
        format!("neither found nor installed ({why}); install Debian's package `postgresql`, or put `initdb` on PATH")
    })
}

fn installed() -> Option<PathBuf> {
    let version = |folder: &Path| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok().into_iter().flatten().flatten();
    let newest = debian.map(|version| version.path().join("bin")).filter(|bin| version(bin) >= Some(14));
    let newest = newest.filter(|bin| bin.join("initdb").exists()).max_by_key(|bin| version(bin));
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest.or_else(|| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()))
}
