#!/usr/bin/env python3
"""Django's command line; the console script `integrity` is the same thing."""

from config.command import main

if __name__ == "__main__":
    main()
