"""The laws that figures follow while a store grows: fitted by least squares, and written in words."""

import math


def line(xs, ys):
    """(a, b) of y = a + b x."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread
    return mean_y - slope * mean_x, slope


def power(xs, ys):
    """(a, b) of y = a x^b."""
    a, b = line([math.log(x) for x in xs], [math.log(y) for y in ys])
    return math.exp(a), b


def say_power(xs, ys):
    """`∝ n^-0.03`, and the change for tenfold growth."""
    _, exponent = power(xs, ys)
    return f"∝ n^{exponent:+.2f} ({100 * (10**exponent - 1):+.0f} % each time n is tenfold)"


def say_powers(exponents):
    """`n^-0.03 to n^+0.01`."""
    said = [f"n^{exponent:+.2f}" for exponent in (min(exponents), max(exponents))]
    return said[0] if said[0] == said[1] else " to ".join(said)


def say_bytes(count):
    for unit in ("B", "KiB", "MiB"):
        if abs(count) < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"


def say_line(xs, mebibytes, one):
    """`120 MiB + 210 B a member`, if `one` is `a member`."""
    base, slope = (part * 2**20 for part in line(xs, mebibytes))
    sign = "-" if slope < 0 else "+"
    return f"{say_bytes(base)} {sign} {say_bytes(abs(slope))} {one}"


def say_count(count):
    """`10 k`, `2 M`."""
    for unit in ("", " k"):
        if count < 999.5:
            return f"{count:.3g}{unit}"
        count /= 1000
    return f"{count:.3g} M"


def shares(stages, key):
    """A rate as parts of the rate at the first size. Reads are shares of the echo, which a busy machine slows too."""
    rates = [s[key] / (1 if key == "transfer_rate" else s["echo_rate"]) for s in stages]
    return [rate / rates[0] for rate in rates]
