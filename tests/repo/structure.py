#!/usr/bin/env python3
"""Draws the structure of the server from its includes, and finds circles and arrows that point up.

usage: structure.py ROOT. Prints each folder with the folders it includes, layer by layer, then the
circles between folders and the arrows that point up. Fails if there is a circle or such an arrow.
"""

import os
import sys

import check_tree

# From the ground up. Layers on the same level do not know each other.
LAYERS = ("core", "domain", "ports", "use_cases", "services", "jobs", "adapters", "runtime", "server")
HEIGHT = {"core": 0, "domain": 1, "ports": 2, "use_cases": 3, "services": 4, "jobs": 4, "adapters": 4,
          "runtime": 4, "server": 5}


def folder_of(path):
    """`domain/ledger` of server/domain/ledger/lot.h; a file right in a layer stands for the layer."""
    return os.path.dirname(path).removeprefix("server").lstrip("/") or "server"


def layer_of(folder):
    return folder.split("/")[0]


def includes(tree):
    """The folders that each folder includes, without itself."""
    graph = {}
    for path, text in tree.below("server/", ends=check_tree.CODE).items():
        known = graph.setdefault(folder_of(path), set())
        for line in text.split("\n"):
            match = check_tree.INCLUDE.match(line)
            if match and match[2].startswith("server/"):
                known.add(folder_of(match[2]))
    return {folder: known - {folder} for folder, known in graph.items()}


def circles(graph):
    """Sets of folders that reach each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(folder):
        index[folder] = low[folder] = len(index)
        stack.append(folder)
        for other in graph.get(folder, ()):
            if other not in index:
                visit(other)
                low[folder] = min(low[folder], low[other])
            elif other in stack:
                low[folder] = min(low[folder], index[other])
        if low[folder] == index[folder]:
            at = stack.index(folder)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for folder in sorted(graph):
        if folder not in index:
            visit(folder)
    return [together for together in found if len(together) > 1]


def arrows_up(graph):
    return [
        (folder, other)
        for folder, known in sorted(graph.items())
        for other in sorted(known)
        if HEIGHT[layer_of(other)] > HEIGHT[layer_of(folder)]
    ]


def drawing(graph):
    for layer in LAYERS:
        for folder in sorted(f for f in graph if layer_of(f) == layer):
            below = {}
            for other in sorted(graph[folder]):
                below.setdefault(layer_of(other), []).append(other.partition("/")[2] or ".")
            shown = "  ".join(
                name if areas == ["."] else f"{name}({' '.join(areas)})"
                for name, areas in sorted(below.items(), key=lambda item: LAYERS.index(item[0]))
            )
            yield f"{folder:24} → {shown}" if shown else folder


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    graph = includes(check_tree.Tree(sys.argv[1]))
    print("\n".join(drawing(graph)))
    bad = [f"circle: {' '.join(circle)}" for circle in circles(graph)]
    bad += [f"arrow up: {folder} includes {other}" for folder, other in arrows_up(graph)]
    print("\n".join(bad) or "no circle, no arrow up")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
