#!/usr/bin/env python3
"""Computes boards again from the ledger's transfers alone, and compares the server's answers with them.

usage: recompute_boards.py --perigee BIN --db FILE --program ID BOARD...

Reads the transfers, members and boards of the SQLite store with plain SQL, but no table that the server keeps for
boards. The ids and facets of members are sealed there, so it asks the server for these, and finds the members' rows by
the keyed hash of the id. Computes periods with Python's zoneinfo, and ranks by the definitions in protos/perigee/v1/board.proto. Compares
the top 20 and the whole board, entry by entry, with the answer of `perigee boards`, for every period in which a
transfer took effect. It knows boards of days, weeks and all time. Exits 1 at the first difference.
"""

import argparse
import collections
import datetime
import hashlib
import json
import sqlite3
import subprocess
import sys
import zoneinfo

PERSON, GOOD = 1, 1
MOVES_BALANCE = {1, 3, 6, 7}  # posted, capture, reversal, lot expiry
NEVER_COUNTS = {"spent", "expired", "forfeited"}
ALL_TIME, DAY, WEEK, MONTH, QUARTER, YEAR, ROLLING = range(1, 8)
COMPETITION, DENSE, ORDINAL = 1, 2, 3


def start_of(day, zone):
    """The first instant of a civil day in microseconds. Fold 0 takes the first pass of a repeated midnight. It reads a
    skipped midnight by the offset before the change, which gives the instant of the change."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1_000_000


def interval(board, period, zone):
    """[start, end) in microseconds of a period named by its first day (rolling: its last)."""
    if board["cadence"] == ALL_TIME:
        return None
    day = datetime.date.fromisoformat(period)
    if board["cadence"] == ROLLING:
        first, after = day - datetime.timedelta(days=board["rolling_days"] - 1), day + datetime.timedelta(days=1)
    elif board["cadence"] in (DAY, WEEK):
        first, after = day, day + datetime.timedelta(days=1 if board["cadence"] == DAY else 7)
    else:
        months = {MONTH: 1, QUARTER: 3, YEAR: 12}[board["cadence"]]
        index = day.year * 12 + day.month - 1 + months
        first, after = day, datetime.date(index // 12, index % 12 + 1, 1)
    return start_of(first, zone), start_of(after, zone)


def scores(db, program, asset, bounds):
    """member key -> (score, reach time), from the transfers alone. Merged members count as their heads."""
    heads = dict(db.execute(
        "SELECT member_key, merged_into FROM member WHERE program = ? AND merged_into <> x''", (program,)))
    effects = collections.defaultdict(int)  # (member, root transfer) -> standing score
    effective = {}
    rows = db.execute(
        "SELECT revision, idx, debit_member, debit_account, credit_member, credit_account, amount, kind,"
        " effective_time, original_revision, original_idx FROM transfer WHERE program = ? AND asset = ?",
        (program, asset))
    for rev, idx, debit, debit_account, credit, credit_account, amount, kind, time, root_rev, root_idx in rows:
        if kind not in MOVES_BALANCE or debit_account in NEVER_COUNTS or credit_account in NEVER_COUNTS:
            continue
        if bounds and not bounds[0] <= time < bounds[1]:
            continue
        root = (root_rev, root_idx) if kind == 6 else (rev, idx)
        effective[root] = time
        if credit:
            effects[heads.get(credit, credit), root] += amount
        if debit:
            effects[heads.get(debit, debit), root] -= amount
    result = {}
    for (member, root), score in effects.items():
        if score != 0:
            total, reached = result.get(member, (0, effective[root]))
            result[member] = (total + score, max(reached, effective[root]))
    return result


def rank(places, scheme):
    """places: (id, score, reach) in order -> ranks."""
    ranks = []
    for position, (_, score, _) in enumerate(places, 1):
        if scheme == ORDINAL or not ranks or score != places[position - 2][1]:
            step = {COMPETITION: position, ORDINAL: position, DENSE: (ranks[-1] if ranks else 0) + 1}[scheme]
            ranks.append(step)
        else:
            ranks.append(ranks[-1])
    return ranks


def read_members(perigee, db, program):
    """member key -> (row, id, facets)"""
    owner = b""
    (key,) = db.execute(
        "SELECT key FROM text_key JOIN keys.sealing_key USING (slot) WHERE program = ? AND owner = ?", (program, owner)
    ).fetchone()

    def index(member_id):
        inner = hashlib.sha256(key + b"member.id\0" + member_id.encode()).digest()
        return hashlib.sha256(key + inner).digest()[:16]

    command = [perigee, "--json", "members", "list", "-p", program]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rows = {row["id_index"]: row for row in db.execute("SELECT * FROM member WHERE program = ?", (program,))}
    members = {}
    for member in answer.get("members", []):
        member_id = member["name"].rsplit("/", 1)[1]
        row = rows[index(member_id)]
        members[row["member_key"]] = (row, member_id, member.get("facets", []))
    return members


def recompute(db, program, board, period, members):
    zone = zoneinfo.ZoneInfo(board["time_zone"])
    places = []
    for key, (score, reached) in scores(db, program, board["asset"], interval(board, period, zone)).items():
        member, member_id, facets = members[key]
        eligible = member["type"] == PERSON and member["standing"] == GOOD and not member["board_opt_out"]
        eligible &= not board["facet"] or board["facet"] in facets
        eligible &= board["kind"] is None or bool(member["kinds"] >> board["kind"] & 1)
        if eligible:
            places.append((member_id, score, reached))
    places.sort(key=lambda p: (-p[1], p[2], p[0].encode()))
    return [(r, *p) for r, p in zip(rank(places, board["scheme"]), places)]


def micros(timestamp):
    whole, _, fraction = timestamp.rstrip("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc).timestamp()
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def served(perigee, program, arguments):
    """The entries that the server answers."""
    command = [perigee, "--json", "boards", *arguments, "-p", program]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [(int(e["rank"]), e["member"].rsplit("/", 1)[1], int(e.get("score", 0)), micros(e["reach_time"]))
            for e in answer.get("entries", [])]


def periods(db, program, board):
    """The ids of all periods in which a transfer of the board's asset took effect."""
    if board["cadence"] == ALL_TIME:
        return ["all-time"]
    zone = zoneinfo.ZoneInfo(board["time_zone"])
    rows = db.execute("SELECT DISTINCT effective_time FROM transfer WHERE program = ? AND asset = ?",
                      (program, board["asset"]))
    days = {datetime.datetime.fromtimestamp(time / 1_000_000, zone).date() for (time,) in rows}
    if board["cadence"] == WEEK:
        days = {day - datetime.timedelta(days=day.weekday()) for day in days}
    elif board["cadence"] != DAY:
        raise SystemExit(f"{board['id']}: only day, week and all-time boards are recomputed")
    return sorted(str(day) for day in days)


def compare(args, db, board, members):
    """(periods, entries): how many are equal; None at the first difference."""
    entries = 0
    names = periods(db, args.program, board)
    for period in names:
        want = recompute(db, args.program, board, period, members)
        have = served(args.perigee, args.program, ["entries", board["id"], "--period", period])
        top = served(args.perigee, args.program, ["top", board["id"], "--period", period, "--limit", "20"])
        if have != want or top != want[:20]:
            wrong = next((pair for pair in zip(have, want) if pair[0] != pair[1]), (len(have), len(want)))
            print(f"{board['id']}/{period}: {wrong[0]} served, {wrong[1]} recomputed", file=sys.stderr)
            return None
        entries += len(want)
    return len(names), entries


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--perigee", required=True)
    parser.add_argument("--db", required=True)
    parser.add_argument("--program", required=True)
    parser.add_argument("boards", nargs="+")
    args = parser.parse_args()
    db = sqlite3.connect(f"file:{args.db}?mode=ro", uri=True)
    db.execute("ATTACH ? AS keys", (f"file:{args.db}-keys?mode=ro",))
    db.row_factory = sqlite3.Row
    members = read_members(args.perigee, db, args.program)
    for board_id in args.boards:
        board = db.execute("SELECT * FROM board WHERE program = ? AND id = ?", (args.program, board_id)).fetchone()
        equal = compare(args, db, board, members)
        if equal is None:
            return 1
        scheme = {COMPETITION: "competition", DENSE: "dense", ORDINAL: "ordinal"}[board["scheme"]]
        print(f"{board_id}: {equal[1]} entries of {equal[0]} periods equal ({scheme}, {board['time_zone']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
