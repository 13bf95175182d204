"""`python -m educore_web` is the same as `educore`."""

from educore_web.cli import main

if __name__ == "__main__":
    main(prog_name="educore")
