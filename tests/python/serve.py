"""A real MLflow server of one kind (sqlite, postgresql, basic-auth, workspaces) in a folder: `serve.py KIND FOLDER`.

Prints its address. Then `stop` on standard input kills it and `start` starts it again at the same address; each is
answered by a line. It ends with its standard input.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request

from server import Server

USER, PASSWORD = "admin", "a password of the tests"


@contextlib.contextmanager
def postgresql():
    """A cluster of its own, whose processes belong to `postgres` where we are root, which it refuses to be."""
    versions = sorted(os.listdir("/usr/lib/postgresql")) if os.path.isdir("/usr/lib/postgresql") else []
    if not versions:
        raise SystemExit("this needs PostgreSQL: install Debian's package postgresql")
    programs = f"/usr/lib/postgresql/{versions[-1]}/bin"
    folder = tempfile.mkdtemp(prefix="mlflow-trace-pg-")
    is_root = os.geteuid() == 0
    if is_root:
        shutil.chown(folder, "postgres")

    def run(*command):
        command = ["runuser", "-u", "postgres", "--", *command] if is_root else command
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit(f"{command} failed:\n{done.stdout}")

    # By its socket alone: there is no port that could be taken.
    run(f"{programs}/initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "--no-sync")
    options = f"-c listen_addresses= -k {folder} -c fsync=off"
    run(f"{programs}/pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
    try:
        run(f"{programs}/createdb", "-h", folder, "-U", "postgres", "mlflow")
        yield f"postgresql+psycopg2://postgres@/mlflow?host={folder}"
    finally:
        run(f"{programs}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def make_workspace(server):
    request = urllib.request.Request(
        server.address + "/api/3.0/mlflow/workspaces", json.dumps({"name": "team-a"}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).close()


def kind_of(kind, folder, stack):
    """The arguments of the server."""
    if kind == "postgresql":
        return {"backend": stack.enter_context(postgresql()), "workers": 2}
    if kind == "basic-auth":
        settings = os.path.join(folder, "auth.ini")
        with open(settings, "w") as file:
            file.write(
                f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{folder}/auth.db\n"
                f"admin_username = {USER}\nadmin_password = {PASSWORD}\n"
                "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
            )
        environment = {"MLFLOW_AUTH_CONFIG_PATH": settings, "MLFLOW_FLASK_SERVER_SECRET_KEY": "of the tests"}
        return {"more": ["--app-name", "basic-auth"], "environment": environment}
    if kind == "workspaces":
        return {"more": ["--enable-workspaces"]}
    return {}


def main(kind, folder):
    # Whoever ends us ends what we have started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with contextlib.ExitStack() as stack:
        arguments = kind_of(kind, folder, stack)
        server = Server(os.path.join(folder, "server.db"), **arguments)
        running = contextlib.ExitStack()
        with running:
            running.enter_context(server)
            if kind == "workspaces":
                make_workspace(server)
            print(server.address, flush=True)
            for line in sys.stdin:
                if line.strip() == "stop":
                    running.close()
                else:
                    running.enter_context(server)
                print(line.strip(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
