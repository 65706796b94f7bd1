#!/usr/bin/env python3
"""Draws the figures of `perigee-bench --scale`, and prints the laws that they follow.

usage: scale_figure.py STAGES.json FIGURE.svg
"""

import json
import math
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # The back end must be chosen first.

import scale_laws

# This ink is readable on white and on near-black.
INK = "#7d8590"
COLOURS = {"page": "#2f81f7", "rank": "#bc6ff1", "around": "#3fa34d", "transfer": "#db6d28"}
ENGINES = {"sqlite": ("-", "o", "SQLite"), "postgres": ("--", "s", "PostgreSQL")}
ENGINE_COLOURS = {"sqlite": "#2f81f7", "postgres": "#db6d28"}
# The axes of growth: the name of the axis, and one unit of it.
AXES = {
    "members": ("members, in 1 programme", "a member"),
    "programmes": ("programmes, with the same members in all", "a programme"),
    "entries": ("journal entries, in 1 programme", "an entry"),
}
TARGET = 75


def plot(panel, engine, size, values, colour):
    style, marker, _ = ENGINES[engine]
    panel.plot(size, values, style, marker=marker, ms=3, lw=1.3, color=colour)


def note(panel, place, text, colour=INK):
    panel.annotate(text, (0.03, place), xycoords="axes fraction", va="center", fontsize=6.5, color=colour)


def decades(panel, values):
    """A logarithmic axis with room for notes above."""
    panel.set_yscale("log")
    panel.set_ylim(10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(3 * max(values))))
    panel.yaxis.set_major_formatter(lambda value, _: scale_laws.say_count(value))


def draw_rates(panel, grown, laws):
    exponents = {}
    for engine, size, stages in grown:
        for work, colour in COLOURS.items():
            percent = [100 * share for share in scale_laws.shares(stages, f"{work}_rate")]
            plot(panel, engine, size, percent, colour)
            kind = "transfers" if work == "transfer" else "reads"
            exponents.setdefault(kind, []).append(scale_laws.power(size, percent)[1])
            laws.append(f"rate of {work}, {ENGINES[engine][2]}: {scale_laws.say_power(size, percent)}")
    panel.set_ylim(0, 130)
    panel.axhline(TARGET, lw=0.8, ls=":", color=INK)
    for place, kind in zip((0.16, 0.07), exponents):
        note(panel, place, f"{kind} ∝ {scale_laws.say_powers(exponents[kind])}")


def draw_latencies(panel, grown, laws):
    all_micros = []
    for engine, size, stages in grown:
        for work in ("page", "rank", "transfer"):
            micros = [stage[f"{work}_p50_us"] for stage in stages]
            plot(panel, engine, size, micros, COLOURS[work])
            all_micros += micros
            laws.append(f"p50 of {work} alone, {ENGINES[engine][2]}: {scale_laws.say_power(size, micros)}")
    decades(panel, all_micros)


def draw_bytes(panel, grown, laws, field, what, one):
    all_mebibytes = []
    for place, (engine, size, stages) in zip((0.92, 0.82), grown):
        mebibytes = [stage[field] for stage in stages]
        plot(panel, engine, size, mebibytes, ENGINE_COLOURS[engine])
        all_mebibytes += mebibytes
        said = scale_laws.say_line(size, mebibytes, one)
        note(panel, place, said, ENGINE_COLOURS[engine])
        laws.append(f"{what}, {ENGINES[engine][2]}: {said}")
    decades(panel, all_mebibytes)


def finish(panel, sizes, xlabel, title):
    panel.set_xscale("log")
    panel.set_xticks(sizes, [scale_laws.say_count(size) for size in sizes])
    panel.minorticks_off()
    panel.set_xlabel(xlabel, fontsize=7.5, color=INK)
    panel.set_title(title, fontsize=8.5, color=INK)
    panel.tick_params(labelsize=7, colors=INK)
    panel.grid(True, lw=0.4, color=INK, alpha=0.35)
    for spine in panel.spines.values():
        spine.set_color(INK)


def legend(figure):
    handles = [plt.Line2D([], [], color=c, lw=1.5, label=work) for work, c in COLOURS.items()]
    handles += [
        plt.Line2D([], [], color=INK, ls=style, marker=marker, ms=3, lw=1.3, label=label)
        for style, marker, label in ENGINES.values()
    ]
    figure.legend(handles=handles, loc="upper center", ncol=6, fontsize=8, frameon=False, labelcolor=INK)


def draw_row(panels, axis, stages, laws):
    xlabel, one = AXES[axis]
    laws.append(f"\nAs {axis} grow:")
    grown = []
    for engine in ENGINES:
        own = [s for s in stages if s["engine"] == engine and s["axis"] == axis]
        if len(own) > 1:
            grown.append((engine, [stage[axis] for stage in own], own))
    draw_rates(panels[0], grown, laws)
    draw_latencies(panels[1], grown, laws)
    draw_bytes(panels[2], grown, laws, "memory_mib", "memory", one)
    draw_bytes(panels[3], grown, laws, "disk_mib", "disk", one)
    titles = ("rate, % of the smallest", "p50 of one call alone, µs", "server's memory, MiB", "store on disk, MiB")
    for panel, title in zip(panels, titles):
        finish(panel, grown[0][1], xlabel, title)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        stages = json.load(file)["stages"]
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "perigee", "font.family": "sans-serif"})
    plt.rcParams.update({"font.sans-serif": ["DejaVu Sans"], "axes.linewidth": 0.6})
    axes = [axis for axis in AXES if any(stage["axis"] == axis for stage in stages)]
    figure, panels = plt.subplots(len(axes), 4, figsize=(11, 0.5 + 2.3 * len(axes)), squeeze=False)
    laws = []
    for row, axis in zip(panels, axes):
        draw_row(row, axis, stages, laws)
    legend(figure)
    figure.tight_layout(rect=(0, 0, 1, 0.96))
    figure.savefig(sys.argv[2], transparent=True, metadata={"Date": None})
    print("\n".join(laws).strip())


if __name__ == "__main__":
    main()
