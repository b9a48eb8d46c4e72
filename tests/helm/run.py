#!/usr/bin/env python3
"""Runs one file of chart tests: run.py test_jobs. Exit code 77, with the reason, where helm cannot be had."""

import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77


def tools():
    fetched = subprocess.run([HERE.parents[1] / "tools/install/helm.sh"], capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        print(f"skipped: {fetched.stderr.strip()}")
        sys.exit(SKIPPED)
    return fetched.stdout.strip()


def main():
    os.environ["ORDERFLOW_CHART_TOOLS"] = tools()
    sys.path.insert(0, str(HERE))
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
