#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests differences.py."""

import unittest

from differences import problems

PAGE = r"""
    \table
    \header
        \li What
        \li Qt
    \row
        \li a code
        \li one
        \li two, in
            two lines
        \li because
    %s
    \endtable
"""


class Differences(unittest.TestCase):
    def check(self, more_rows, test, *expected):
        self.assertEqual(list(problems(PAGE % more_rows, {"tst_a.cpp": test})), list(expected))

    def test_a_row_that_is_used(self):
        self.check("", 'if (compatDiffers("a code")) return;')

    def test_a_row_that_no_test_names(self):
        self.check("", "", 'the table: no test names "a code"')

    def test_a_name_without_a_row(self):
        self.check("", 'compatDiffers("a code") compatDiffers( "other")', 'tst_a.cpp: the table has no row "other"')

    def test_a_row_that_is_there_twice(self):
        self.check(r"\row \li a code \li 1 \li 2 \li 3", 'compatDiffers("a code")',
                   'the table: "a code" is there more than once')

    def test_a_row_that_is_incomplete(self):
        self.check(r"\row \li b \li 1 \li \li 3", 'compatDiffers("a code") compatDiffers("b")',
                   "the table: a row has to have four cells: ['b', '1', '', '3']")


if __name__ == "__main__":
    unittest.main()
