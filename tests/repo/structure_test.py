#!/usr/bin/env python3
"""Tests structure.py with small trees."""

import unittest

import structure


class Files:
    """A tree of a few files with their includes."""

    def __init__(self, files):
        self.files = {
            path: "".join(f'#include "{header}"\n' for header in headers)
            for path, headers in files.items()
        }

    def below(self, *prefixes, ends):
        return {p: t for p, t in self.files.items() if p.startswith(prefixes) and p.endswith(ends)}


def graph_of(files):
    return structure.includes(Files(files))


class StructureTest(unittest.TestCase):
    def test_folders_know_the_includes_of_their_files(self):
        graph = graph_of(
            {
                "server/core/text.h": [],
                "server/domain/member/member.h": ["server/core/text.h"],
                "server/domain/member/member.cpp": ["server/domain/member/member.h"],
                "server/main.cpp": ["server/domain/member/member.h"],
            }
        )
        self.assertEqual(
            graph, {"core": set(), "domain/member": {"core"}, "server": {"domain/member"}}
        )
        self.assertEqual(structure.circles(graph), [])
        self.assertEqual(structure.arrows_up(graph), [])
        self.assertIn("domain/member            → core", list(structure.drawing(graph)))

    def test_a_circle_of_folders_without_one_of_files_is_found(self):
        graph = graph_of(
            {
                "server/domain/a/one.h": ["server/domain/b/one.h"],
                "server/domain/b/one.h": [],
                "server/domain/b/two.h": ["server/domain/c/one.h"],
                "server/domain/c/one.h": ["server/domain/a/two.h"],
                "server/domain/a/two.h": [],
                "server/domain/d/one.h": ["server/domain/a/one.h"],
            }
        )
        self.assertEqual(structure.circles(graph), [["domain/a", "domain/b", "domain/c"]])

    def test_an_arrow_up_is_found(self):
        graph = graph_of({"server/ports/store.h": ["server/services/call.h"], "server/services/call.h": []})
        self.assertEqual(structure.arrows_up(graph), [("ports", "services")])


if __name__ == "__main__":
    unittest.main()
