"""Let `python -m mas2tering` be the same as the `mas2tering` command."""

from mas2tering.cli import main

if __name__ == "__main__":
    main()
