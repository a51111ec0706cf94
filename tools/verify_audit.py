#!/usr/bin/env python3
"""Checks an export of lotgraph's audit trail ("lotgraph audit export --to DIR") without lotgraph and without a database.

    python3 verify_audit.py DIR [--anchor FILE]

It needs nothing but Python 3. What it checks:
  1. The files have the SHA-256 of the manifest.
  2. Blocks are numbered without a gap. Each contains the hash of the block before; the first one contains 64 zeros.
  3. Positions continue without a gap through all blocks, and there is one line of entries for each.
  4. The hash of a block is the SHA-256 of one text: previous hash, number, and the SHA-256 of each of its lines, in order.
  5. Entries may be absent only up to the block that a later entry of audit_archives names with its hash: they were
     removed after their time of retention, and that entry was sealed before.
  6. With --anchor: each block in that file exists and has the hash given there.
It prints one JSON object. Exit code: 0 intact, 1 broken, 2 the export cannot be read.
"""
import argparse
import hashlib
import json
import os
import re
import sys

NO_HASH = "0" * 64


class Broken(Exception):
    def __init__(self, kind, block, position, message):
        super().__init__(message)
        self.verdict = {"kind": kind, "blockNumber": block, "position": position, "message": message}


def sha256_of_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def archive_of(line, block):
    """Returns what the entry of an archive says, or None for any other entry."""
    if b'"audit_archives"' not in line:
        return None
    entry = json.loads(line)
    values = entry.get("new_values") or {}
    if entry.get("entity") != "audit_archives" or entry.get("operation") != "INSERT":
        return None
    if not re.fullmatch("[0-9a-f]{64}", str(values.get("export_sha256"))) or not isinstance(values.get("last_block"), int):
        return None
    return {"sealedIn": block["number"], "lastBlock": values["last_block"], "lastHash": values.get("last_hash"), "exportSha256": values["export_sha256"]}


def newest_archive(archives, hashes):
    """Returns the archive that covers the most blocks, of those that name the hash of an earlier block."""
    valid = [each for each in archives if each["sealedIn"] > each["lastBlock"] and hashes.get(each["lastBlock"]) == each["lastHash"]]
    return max(valid, key=lambda each: each["lastBlock"], default=None)


def check(directory, anchors):
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    if manifest.get("format") != "lotgraph-audit/2":
        raise ValueError("manifest.json is not of the format lotgraph-audit/2")
    with open(os.path.join(directory, "blocks.jsonl"), encoding="utf-8") as file:
        blocks = [json.loads(line) for line in file]

    previous, next_number, next_position, hashes = NO_HASH, 1, 1, {}
    archives, absent, absent_count = [], {}, 0
    with open(os.path.join(directory, "entries.jsonl"), "rb") as entries:
        for block in blocks:
            number = block["number"]
            if number != next_number:
                raise Broken("BLOCK_MISSING", next_number, next_position, "Block %d follows block %d." % (number, next_number - 1))
            if block["previousHash"] != previous:
                raise Broken("CHAIN_BROKEN", number, block["firstPosition"], "The block was chained to another one than the block before it.")
            if block["firstPosition"] != next_position or block["lastPosition"] != next_position + block["entryCount"] - 1:
                raise Broken("BLOCK_ALTERED", number, next_position, "The positions of the block do not follow those of the block before it.")
            digest = hashlib.sha256((previous + str(number)).encode())
            for position in range(next_position, block["lastPosition"] + 1):
                line = entries.readline()
                if not line.endswith(b"\n"):
                    raise Broken("ENTRY_MISSING", number, position, "The entries end before the block does.")
                if line.startswith(b'{"entryHash"'):
                    digest.update(json.loads(line)["entryHash"].encode())
                    absent.setdefault(number, position)
                    absent_count += 1
                    continue
                digest.update(hashlib.sha256(line[:-1]).hexdigest().encode())
                archive = archive_of(line[:-1], block)
                if archive:
                    archives.append(archive)
            if digest.hexdigest() != block["hash"]:
                raise Broken("BLOCK_ALTERED", number, block["firstPosition"], "The entries of the block do not give its hash.")
            hashes[number] = previous = block["hash"]
            next_number, next_position = number + 1, block["lastPosition"] + 1
        if entries.readline():
            raise Broken("POSITION_ADDED", next_number - 1, next_position, "There are more entries than the blocks hold.")

    if manifest["lastHash"] != (previous if blocks else None) or manifest["blockCount"] != len(blocks):
        raise Broken("BLOCK_MISSING", next_number, next_position, "The blocks end before the manifest says.")
    archive = newest_archive(archives, hashes)
    for number, position in absent.items():
        if archive is None or number > archive["lastBlock"]:
            raise Broken("ENTRY_MISSING", number, position, "The entry is absent, and no archive covers its block.")
    for name, expected in manifest["sha256"].items():
        if sha256_of_file(os.path.join(directory, name)) != expected:
            raise Broken("FILE_ALTERED", None, None, "%s is not the file of the manifest." % name)
    for anchor in anchors:
        known = hashes.get(anchor["number"])
        if known != anchor["hash"]:
            kind = "ANCHOR_MISSING" if known is None else "ANCHOR_DIFFERS"
            raise Broken(kind, anchor["number"], None, "The block of an anchor is not there, or is another one.")
    return {"isIntact": True, "checkedBlocks": len(blocks), "checkedEntries": next_position - 1, "absentEntries": absent_count, "archive": archive and {"lastBlock": archive["lastBlock"], "exportSha256": archive["exportSha256"]}, "lastHash": manifest["lastHash"], "firstBreak": None}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--anchor", help="a file of anchors, one JSON object a line")
    arguments = parser.parse_args()
    try:
        anchors = []
        if arguments.anchor:
            with open(arguments.anchor, encoding="utf-8") as file:
                anchors = [json.loads(line) for line in file if line.strip()]
        print(json.dumps(check(arguments.directory, anchors)))
    except Broken as broken:
        print(json.dumps({"isIntact": False, "firstBreak": broken.verdict}))
        sys.exit(1)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print("The export cannot be read: %s" % error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
