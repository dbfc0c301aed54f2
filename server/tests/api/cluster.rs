//! Postgres for tests: a cluster of this process's own, in a folder of its own, without a port. A
//! shell keeps it, and stops and removes it when the tests end, however they end.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, Row};

use crate::waiting::until;

/// The cluster that all tests share. It forgets everything when the machine loses power.
static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(&["fsync=off"]));

/// Whether the tests are to run on Postgres.
pub fn is_wanted() -> bool {
    std::env::var("PLI_TEST_DATABASE").is_ok_and(|database| database == "postgres")
}

const KEEP: &str = r#"
    set -e
    trap '' INT TERM
    bin=$1 folder=$2 options=$3
    [ -d "$folder/data" ] || "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1
    "$bin/pg_ctl" start --wait --silent --pgdata="$folder/data" --log="$folder/log" \
        --options="-c listen_addresses= -c unix_socket_directories=$folder $options"
    echo ready
    read -r next || next=
    mode=fast
    [ "$next" != crash ] || mode=immediate
    "$bin/pg_ctl" stop --wait --silent --mode=$mode --pgdata="$folder/data"
    [ -n "$next" ] || rm -rf "$folder"
"#;

/// A Postgres cluster.
pub struct Cluster {
    folder: PathBuf,
    options: String,
    keeper: Option<Child>,
}

impl Cluster {
    /// Makes a cluster with settings of its own, and starts it.
    pub fn start(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("pli-postgres-").tempdir().unwrap().keep();
        // For three servers, of 16 each, in each of the tests that run at once.
        let connections = 100 + 50 * thread::available_parallelism().unwrap().get();
        let connections = format!("max_connections={connections}");
        let settings = ["autovacuum=off", &connections, "shared_buffers=32MB"]
            .into_iter()
            .chain(settings.iter().copied())
            .map(|setting| format!("-c {setting}"));
        let options = settings.collect::<Vec<_>>().join(" ");
        if is_root() {
            let owned = Command::new("chown").arg("nobody").arg(&folder).status().unwrap();
            assert!(owned.success());
        }
        let mut cluster = Self { folder, options, keeper: None };
        cluster.go_on();
        cluster
    }

    /// Starts a cluster that was stopped.
    pub fn go_on(&mut self) {
        let mut command = match is_root() {
            // Postgres refuses to run as root.
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        let (bin, folder) = (programs(), &self.folder);
        command.current_dir(folder).arg("-c").arg(KEEP).arg("sh").args([&bin, folder]);
        let command = command.arg(&self.options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut keeper = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(line, "ready\n", "{}", log());
        self.keeper = Some(keeper);
    }

    /// Stops the cluster, to go on later.
    pub fn pause(&mut self) {
        self.stop(b"keep\n");
    }

    /// Stops the cluster without giving it time for anything, to go on later.
    pub fn crash(&mut self) {
        self.stop(b"crash\n");
    }

    fn stop(&mut self, how: &[u8]) {
        let mut keeper = self.keeper.take().unwrap();
        keeper.stdin.as_mut().unwrap().write_all(how).unwrap();
        assert!(keeper.wait().unwrap().success());
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Makes an empty database and returns its address.
    pub fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("pli_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        run(&self.url("postgres"), format!("CREATE DATABASE {name}"));
        self.url(&name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        match self.keeper.take() {
            Some(mut keeper) => {
                drop(keeper.stdin.take());
                drop(keeper.wait());
            }
            None => drop(std::fs::remove_dir_all(&self.folder)),
        }
    }
}

/// A database in the shared cluster, removed when dropped.
pub struct Database(pub String);

impl Database {
    /// Makes an empty one.
    pub fn fresh() -> Self {
        Self(SHARED.database())
    }

    /// All that it holds, as SQL.
    pub fn dump(&self) -> Vec<u8> {
        let output = Command::new(programs().join("pg_dump")).arg(&self.0).output().unwrap();
        assert!(output.status.success());
        output.stdout
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = self.0.rsplit('/').find_map(|part| part.split_once("?host=")).unwrap().0;
        run(&SHARED.url("postgres"), format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

/// The address of the database that belongs to a folder, made when first asked for.
pub fn url_for(folder: &Path) -> String {
    let note = folder.join("database-url");
    std::fs::read_to_string(&note).unwrap_or_else(|_| {
        let url = SHARED.database();
        std::fs::write(note, &url).unwrap();
        url
    })
}

/// Runs a statement, in or outside a runtime.
pub fn run(url: &str, statement: String) {
    sqlx::any::install_default_drivers();
    let work = async {
        let mut connection = AnyConnection::connect(url).await.unwrap();
        connection.execute(AssertSqlSafe(statement)).await.unwrap();
        connection.close().await.unwrap();
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    thread::scope(|scope| scope.spawn(move || runtime.block_on(work)).join().unwrap());
}

/// The number that a query gives as `it`.
pub async fn number(url: &str, query: &str) -> i64 {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let query = sqlx::query(AssertSqlSafe(query.to_owned()));
    query.fetch_one(&mut connection).await.unwrap().get("it")
}

/// Waits until nobody else is connected to a database: what a killed process had begun may still be
/// done for it.
pub async fn until_left(url: &str) {
    let others = "SELECT COUNT(*) AS it FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until(async || number(url, others).await == 0).await;
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// The folder of Postgres' own programs: Debian keeps them off the PATH.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let version =
        |bin: &Path| bin.parent().and_then(|path| path.file_name()?.to_str()?.parse::<u32>().ok());
    found.sort_by_key(|bin| std::cmp::Reverse(version(bin)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    let has_programs = |bin: &PathBuf| bin.join("initdb").is_file() && bin.join("pg_ctl").is_file();
    found.into_iter().find(has_programs).expect("install Postgres: Debian's package is postgresql")
}
