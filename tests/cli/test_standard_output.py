"""What writes to standard output beside a command's own lines spoils them for whoever reads them."""

import json
import subprocess
import sys


def test_a_bench_writes_one_json_object_a_line_and_nothing_else() -> None:
    command = [sys.executable, "-m", "mas2tering", "bench", "home", "--case", "battery", "--days", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    lines = done.stdout.splitlines()

    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)
