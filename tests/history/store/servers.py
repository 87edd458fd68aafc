"""A PostgreSQL server of one's own, to be stopped and killed, from the binaries that Debian installs."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path


def binaries() -> Path | None:
    """The folder of the newest server on this machine."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


class OwnServer:
    """A server on a free port, in a folder of its own; it may be killed and started again.

    As root it runs as the user ``postgres``, since a server refuses to run as root.
    """

    def __init__(self, largest_file_bytes: int | None = None) -> None:
        bin_ = binaries()
        assert bin_ is not None
        self._bin = bin_
        self._user = "postgres" if os.geteuid() == 0 else None
        self._largest_file_bytes = largest_file_bytes
        self.folder = Path(tempfile.mkdtemp(prefix="mas2tering-pg-"))
        if self._user:
            shutil.chown(self.folder, self._user, self._user)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self._run(
            [
                self._bin / "initdb",
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--wal-segsize=1",
                "--encoding=UTF8",
                "--no-locale",
                "-D",
                self.folder / "data",
            ]
        )
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def location(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it answers; after a kill it recovers by itself."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "shared_buffers": "16MB",
            "max_wal_size": "16MB",
            "min_wal_size": "2MB",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = [self._bin / "postgres", "-D", self.folder / "data", *options]
        # In blocks of 512 bytes; what does not fit ends in the error that a full disk ends in.
        limit = f"ulimit -f {self._largest_file_bytes // 512}; " if self._largest_file_bytes else ""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f'{limit}exec "$0" "$@"', *command],
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )
        for _ in range(600):
            ready = [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError((self.folder / "log").read_text())

    def kill(self) -> None:
        """End every process of the server with SIGKILL, as a machine that loses power would."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        # What is left of a killed server holds its shared memory until the last process is gone.
        while any(Path(f"/proc/{pid}/stat").exists() for pid in children):
            time.sleep(0.01)

    def close(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: Sequence[str | Path]) -> None:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd="/",
        )
