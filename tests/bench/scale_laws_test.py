#!/usr/bin/env python3
"""Tests the fits with figures that follow a law exactly."""

import unittest

import scale_laws


class ScaleLawsTest(unittest.TestCase):
    def test_a_line_is_found_again(self):
        base, slope = scale_laws.line([1, 2, 10], [5, 7, 23])
        self.assertAlmostEqual(base, 3)
        self.assertAlmostEqual(slope, 2)

    def test_a_power_is_found_again(self):
        factor, exponent = scale_laws.power([10, 100, 1000], [4 * n**-0.5 for n in (10, 100, 1000)])
        self.assertAlmostEqual(factor, 4)
        self.assertAlmostEqual(exponent, -0.5)

    def test_a_power_is_said_for_tenfold_growth(self):
        said = scale_laws.say_power([1, 10, 100], [100, 50, 25])
        self.assertEqual(said, "∝ n^-0.30 (-50 % each time n is tenfold)")

    def test_memory_is_said_as_its_base_and_its_growth(self):
        mebibytes = [100 + n * 200 / 2**20 for n in (10_000, 1_000_000)]
        self.assertEqual(
            scale_laws.say_line([10_000, 1_000_000], mebibytes, "a member"),
            "100 MiB + 200 B a member",
        )

    def test_a_shrinking_figure_is_said_with_a_minus(self):
        mebibytes = [100 - n * 200 / 2**20 for n in (10_000, 100_000)]
        said = scale_laws.say_line([10_000, 100_000], mebibytes, "an entry")
        self.assertEqual(said, "100 MiB - 200 B an entry")

    def test_exponents_are_said_from_the_least_to_the_most(self):
        self.assertEqual(scale_laws.say_powers([0.01, -0.2, -0.1]), "n^-0.20 to n^+0.01")
        self.assertEqual(scale_laws.say_powers([-0.101, -0.1]), "n^-0.10")

    def test_counts_are_said_shortly(self):
        said = [scale_laws.say_count(count) for count in (1, 1000, 30_000, 2_000_000)]
        self.assertEqual(said, ["1", "1 k", "30 k", "2 M"])

    def test_reads_are_shares_of_the_echo_and_writes_are_not(self):
        stages = [
            {"echo_rate": 100, "page_rate": 50, "transfer_rate": 10},
            {"echo_rate": 50, "page_rate": 20, "transfer_rate": 9},
        ]
        self.assertEqual(scale_laws.shares(stages, "page_rate"), [1, 0.8])
        self.assertEqual(scale_laws.shares(stages, "transfer_rate"), [1, 0.9])


if __name__ == "__main__":
    unittest.main()
