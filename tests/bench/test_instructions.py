#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests instructions.py: that it fails unless it has compared everything. Nothing is counted."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import instructions

KEPT = {"plain, 16 KiB": 1000, "tls, 16 KiB": 2000}


class Instructions(unittest.TestCase):
    def run_with(self, counted, *options):
        """Runs it with what was counted; what is kept afterwards is in self.kept. Returns its problem, or None."""
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "instructions.json"
            kept.write_text(json.dumps(KEPT))
            with mock.patch.object(instructions, "KEPT", kept), \
                    mock.patch.object(instructions, "works", lambda program, wanted: [
                        name for name in counted if all(part in name for part in wanted)]), \
                    mock.patch.object(instructions, "instructions_a_message", lambda program, work: counted[work]), \
                    mock.patch("sys.argv", ["instructions.py", "bench", *options]), \
                    contextlib.redirect_stdout(io.StringIO()):
                try:
                    instructions.main()
                    return None
                except SystemExit as end:
                    return end.code
                finally:
                    self.kept = json.loads(kept.read_text())

    def test_the_same_is_good(self):
        self.assertIsNone(self.run_with({"plain, 16 KiB": 1020, "tls, 16 KiB": 1500}))

    def test_more_is_a_problem(self):
        self.assertIn("tls, 16 KiB takes more than 3%", self.run_with(KEPT | {"tls, 16 KiB": 2061}))

    def test_no_work_is_a_problem(self):
        self.assertIn("no work", self.run_with(KEPT, "--only", "typo"))
        self.assertIn("no work", self.run_with({}))

    def test_nothing_is_kept_of_no_work(self):
        self.assertIn("no work", self.run_with({}, "--update"))
        self.assertEqual(self.kept, KEPT)

    def test_new_work_is_a_problem(self):
        self.assertIn("local, 16 KiB is not in", self.run_with(KEPT | {"local, 16 KiB": 1}))

    def test_work_that_is_gone_is_a_problem(self):
        self.assertIn("tls, 16 KiB is in", self.run_with({"plain, 16 KiB": 1000}))

    def test_works_that_were_not_asked_for_may_be_missing(self):
        self.assertIsNone(self.run_with(KEPT, "--only", "plain"))

    def test_update_keeps_what_was_measured(self):
        figures = {"plain, 16 KiB": 5000, "local, 16 KiB": 1}
        self.assertIsNone(self.run_with(figures, "--update"))
        self.assertEqual(self.kept, figures)

    def test_update_of_some_leaves_the_others(self):
        self.assertIsNone(self.run_with({"plain, 16 KiB": 5000}, "--only", "plain", "--update"))
        self.assertEqual(self.kept, KEPT | {"plain, 16 KiB": 5000})


if __name__ == "__main__":
    unittest.main()
