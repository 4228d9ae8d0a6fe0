//! Packages that a test writes, and builds with the cargo and the locked versions of this one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A package below `target/`, with a target directory apart from ours, which the running `cargo test` holds.
pub(crate) struct Package {
    folder: PathBuf,
}

impl Package {
    /// Writes the package; `dependency` is what stands behind `mlflow-trace = { path = …`, and `more` ends the manifest.
    pub(crate) fn new(name: &str, dependency: &str, more: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages").join(name);
        std::fs::create_dir_all(folder.join("src")).expect("target can be written");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nmlflow-trace = \
             {{ path = {root:?}{dependency} }}\n\n{more}\n\n[lints.rust]\nunexpected_cfgs = \"allow\"\n\n[workspace]\n"
        );
        let package = Self { folder };
        package.write("Cargo.toml", &manifest);
        std::fs::copy(root.join("Cargo.lock"), package.folder.join("Cargo.lock"))
            .expect("the lock file is there");
        package
    }

    /// Writes a file, but leaves it alone when nothing changes, so that cargo builds nothing twice.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.folder.join(path);
        if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return self;
        }
        std::fs::write(&path, text).expect("target can be written");
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages/target")
    }

    /// Runs cargo in the package, without the network.
    pub(crate) fn cargo(&self, args: &[&str]) -> Output {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.folder).args(args);
        for inherited in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
            command.env_remove(inherited);
        }
        // All such packages share what they depend on.
        command.env("CARGO_TARGET_DIR", self.target());
        command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never");
        command.output().expect("cargo runs")
    }

    /// [`Package::cargo`], which must succeed.
    #[track_caller]
    pub(crate) fn built(&self, args: &[&str]) {
        let output = self.cargo(args);
        assert!(output.status.success(), "cargo {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
