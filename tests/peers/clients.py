"""The programs that `run` compares: the same program with each client, generated and built."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

OPENAPI_GENERATOR = "7.26.0"
OPENAPI_TO_RUST = "0.23.0"

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCUMENT = ROOT / "openapi/partner-api.json"


def run(*command, cwd=ROOT, env=None):
    """Runs a command and returns its output, or ends the program with it if the command fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}{done.stderr}\nerror: {command} failed")
    return done.stdout


METADATA = json.loads(run("cargo", "metadata", "--format-version", "1", "--no-deps"))
TARGET = Path(METADATA["target_directory"])
FOLDER = TARGET / "peers"


def timed(work):
    """What `work` returns, and the seconds of time and of CPU of the programs that it runs."""

    def cpu():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start, before = time.monotonic(), cpu()
    result = work()
    return result, (time.monotonic() - start, cpu() - before)


class Peer:
    """A program with one of the clients."""

    def __init__(self, name, version, dependencies, system_tls):
        self.name, self.version = name, version
        self.dependencies, self.system_tls = dependencies, system_tls
        self.folder = FOLDER / name
        self.binary = self.folder / "target/release/program"

    def write(self, dependencies):
        """Writes the program, with these dependencies."""
        (self.folder / "src").mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / f"programs/{self.name}.rs", self.folder / "src/main.rs")
        # All programs use the versions that this project tests with.
        shutil.copy(ROOT / "Cargo.lock", self.folder)
        tokio = 'tokio = { version = "1", features = ["macros", "rt"] }'
        (self.folder / "Cargo.toml").write_text(
            f'[package]\nname = "program"\nedition = "2024"\n[workspace]\n[dependencies]\n{dependencies}\n{tokio}\n'
        )
        run("cargo", "fetch", cwd=self.folder)

    def crates(self):
        """The number of crates in the program, beside its own."""
        tree = ("cargo", "tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe")
        lines = run(*tree, cwd=self.folder).splitlines()
        return len({line.split(" (")[0] for line in lines if line}) - 1

    def clean_build(self, *options):
        """Seconds of time and of CPU of a clean build."""
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        # As anybody would build it: settings of the shell, such as CARGO_INCREMENTAL, do not count.
        env = {name: value for name, value in os.environ.items() if name in ("CARGO_HOME", "HOME", "PATH")}
        return timed(lambda: run("cargo", "build", "--offline", *options, cwd=self.folder, env=env))[1]

    def call(self, work, count=1, under=(), timeout=600, **env):
        """Runs the program, `under` another if given; the result has `returncode`, `stdout` and `stderr`."""
        # A proxy in the environment would change where requests go.
        env = {**env, "PATH": os.environ["PATH"]}
        command = [*under, self.binary, work, str(count)]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout)


def partner_api():
    path = f'path = "{ROOT / "partner-api"}"'
    version = next(package["version"] for package in METADATA["packages"] if package["name"] == "partner-api")
    system_tls = f'{path}, default-features = false, features = ["native-tls", "workflows"]'
    return Peer("partner-api", version, f"partner-api = {{ {path} }}", f"partner-api = {{ {system_tls} }}")


def openapi_generator():
    venv = FOLDER / f"openapi-generator-{OPENAPI_GENERATOR}"
    if not venv.exists():
        run(sys.executable, "-m", "venv", venv)
        package = f"openapi-generator-cli=={OPENAPI_GENERATOR}"
        run(venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", package)
    client = FOLDER / "openapi"
    shutil.rmtree(client, ignore_errors=True)
    generate = ("generate", "-i", DOCUMENT, "-g", "rust", "--library", "reqwest", "-o", client)
    run(venv / "bin/openapi-generator-cli", *generate)
    path = f'path = "{client}"'
    rustls = f'openapi = {{ {path}, default-features = false, features = ["rustls"] }}'
    return Peer("openapi-generator", OPENAPI_GENERATOR, rustls, f"openapi = {{ {path} }}")


def openapi_to_rust():
    tools = FOLDER / f"openapi-to-rust-{OPENAPI_TO_RUST}"
    if not (tools / "bin/openapi-to-rust").exists():
        run("cargo", "install", "--locked", "--root", tools, f"openapi-to-rust@{OPENAPI_TO_RUST}")
    generated = FOLDER / "openapi-to-rust/src/generated"
    shutil.rmtree(generated, ignore_errors=True)
    run(tools / "bin/openapi-to-rust", "generate", DOCUMENT, "--output-dir", generated)
    rustls = (generated / "REQUIRED_DEPS.toml").read_text().split("[dependencies]\n")[1]
    return Peer("openapi-to-rust", OPENAPI_TO_RUST, rustls, rustls.replace('"rustls"', '"native-tls"'))
