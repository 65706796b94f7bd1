#!/usr/bin/env python3
"""Compares an imported Stack Exchange site with the figures that the site published.

Usage:
    perigee boards entries reputation -p PROGRAM --period all-time --json > entries.json
    verify_stackexchange.py DUMP_DIR entries.json

Reads the dump itself, without the code of the importer. A reputation is equal if the difference
to the published one is 0, or 100 for the association bonus that dumps do not mark. Also recomputes
every rank (1224) from the scores. Ends with 1 if the site falls short of what the public part of the
beer.stackexchange.com dump of 2014 allows: 774 equal, and of those with votes 121 equal and 167
within 10.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

EQUAL_MIN = 774
VOTED_EQUAL_MIN = 121
VOTED_NEAR_MIN = 167
ASSOCIATION_BONUS = 100
NEAR = 10
COMMUNITY = "-1"
ACCEPT, UP, DOWN, BOUNTY_OFFER, BOUNTY_AWARD = "1", "2", "3", "8", "9"


def rows(path):
    for _, element in ElementTree.iterparse(path):
        if element.tag == "row":
            yield element.attrib
            element.clear()


def published(dump):
    return {row["Id"]: int(row["Reputation"]) for row in rows(dump / "Users.xml") if row["Id"] != COMMUNITY}


def users_with_votes(dump):
    posts = {row["Id"]: row for row in rows(dump / "Posts.xml")}
    users = set()
    for vote in rows(dump / "Votes.xml"):
        post = posts.get(vote["PostId"])
        if post is None or "CommunityOwnedDate" in post or post["PostTypeId"] not in ("1", "2"):
            continue
        if vote["VoteTypeId"] == BOUNTY_OFFER:
            users.add(vote.get("UserId"))
        elif vote["VoteTypeId"] in (UP, DOWN, BOUNTY_AWARD):
            users.add(post.get("OwnerUserId"))
        elif vote["VoteTypeId"] == ACCEPT:
            asker = posts.get(post.get("ParentId"), {}).get("OwnerUserId")
            if asker != post.get("OwnerUserId"):
                users.update((asker, post.get("OwnerUserId")))
    return users


def wrong_ranks(entries):
    scores = sorted((int(entry["score"]) for entry in entries), reverse=True)
    first = {}
    for place, score in enumerate(scores, start=1):
        first.setdefault(score, place)
    return [entry["member"] for entry in entries if int(entry["rank"]) != first[int(entry["score"])]]


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    dump = Path(arguments[1])
    entries = json.loads(Path(arguments[2]).read_text(encoding="utf-8"))["entries"]
    ours = {entry["member"].rsplit("/se-", 1)[1]: int(entry["score"]) for entry in entries}
    theirs = published(dump)
    voted = users_with_votes(dump) & set(theirs)
    gap = {user: theirs[user] - ours.get(user, 0) for user in theirs}
    equal = [user for user in gap if gap[user] in (0, ASSOCIATION_BONUS)]
    voted_equal = [user for user in voted if gap[user] in (0, ASSOCIATION_BONUS)]
    voted_near = [
        user for user in voted if abs(gap[user]) <= NEAR or abs(gap[user] - ASSOCIATION_BONUS) <= NEAR
    ]
    misranked = wrong_ranks(entries)
    print(f"members: {len(theirs)} published, {len(ours)} on the board")
    print(f"equal: {len(equal)} of {len(theirs)} (at least {EQUAL_MIN})")
    print(f"with votes, equal: {len(voted_equal)} of {len(voted)} (at least {VOTED_EQUAL_MIN})")
    print(f"with votes, within {NEAR}: {len(voted_near)} of {len(voted)} (at least {VOTED_NEAR_MIN})")
    print(f"ranks that differ from a recomputation: {len(misranked)}")
    good = (
        set(ours) == set(theirs)
        and len(equal) >= EQUAL_MIN
        and len(voted_equal) >= VOTED_EQUAL_MIN
        and len(voted_near) >= VOTED_NEAR_MIN
        and not misranked
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
