#!/usr/bin/env python3
"""Checks an export of lotgraph's audit trail ("lotgraph audit export --to DIR") without lotgraph and without a database.

    python3 verify_audit.py DIR [--anchor FILE [--public-key FILE]]

It needs nothing but Python 3. What it checks:
  1. The files have the SHA-256 of the manifest.
  2. Blocks are numbered without a gap. Each contains the hash of the block before; the first one contains 64 zeros.
  3. Positions continue without a gap through all blocks, and there is one line of entries for each.
  4. The hash of a block is the SHA-256 of one text: previous hash, number, and the SHA-256 of each of its lines, in order.
  5. Entries may be absent only up to the block that a later entry of audit_archives names with its hash: they were
     removed after their time of retention, and that entry was sealed before.
  6. With --anchor: each block in that file exists and has the hash given there.
  7. With --public-key: each of these anchors has a valid Ed25519 signature by a key in that file (PEM, one block for each
     key) of the text "lotgraph-anchor/1", number, hash, lastPosition and sealedAt, joined by line feeds. The keyId of an
     anchor is the first 16 hexadecimal digits of the SHA-256 of the public key (SPKI, DER).
It prints one JSON object. Exit code: 0 intact, 1 broken, 2 the export cannot be read.
"""
import argparse
import base64
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


# Ed25519 (RFC 8032) for verification only, where nothing is secret: the arithmetic need not take constant time.
# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z.
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
NEUTRAL = (0, 1, 1, 0)
SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


def add(one, other):
    a = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c = 2 * one[3] * other[3] * CURVE % PRIME
    d = 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def point_of(data):
    """Returns the point of 32 bytes, or None when there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if y >= PRIME or x * x % PRIME != square or (x == 0 and sign == 1):
        return None
    x = x if x & 1 == sign else PRIME - x
    return (x, y, 1, x * y % PRIME)


def bytes_of(point):
    inverse = pow(point[2], PRIME - 2, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def multiples_of(point):
    """Returns, for each of the 64 hexadecimal digits of a number, the point times 0 to 15 times the digit's value."""
    rows = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(add(row[-1], point))
        rows.append(row)
        point = add(row[-1], point)
    return rows


def times(multiples, number):
    result = NEUTRAL
    for row in multiples:
        result = add(result, row[number & 15])
        number >>= 4
    return result


BASE = multiples_of(point_of(bytes.fromhex("58" + "66" * 31)))


class PublicKey:
    def __init__(self, data):
        point = point_of(data)
        if len(data) != 32 or point is None:
            raise ValueError("a public key is not a point of Ed25519")
        self.data = data
        self.negative = multiples_of((PRIME - point[0], point[1], 1, PRIME - point[3]))

    def verifies(self, signature, text):
        number = int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or number >= ORDER:
            return False
        digest = int.from_bytes(hashlib.sha512(signature[:32] + self.data + text).digest(), "little") % ORDER
        return bytes_of(add(times(BASE, number), times(self.negative, digest))) == signature[:32]


def public_keys_in(text):
    """Returns the keys of a PEM file by their ids."""
    keys = {}
    for block in re.findall("-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----", text):
        der = base64.b64decode(block)
        if not der.startswith(SPKI_PREFIX):
            raise ValueError("a public key is not an Ed25519 key")
        keys[hashlib.sha256(der).hexdigest()[:16]] = PublicKey(der[len(SPKI_PREFIX):])
    if not keys:
        raise ValueError("there is no public key in the file of public keys")
    return keys


def signature_problem(anchor, keys):
    key_id, signature = anchor.get("keyId"), anchor.get("signature")
    if not isinstance(key_id, str) or not re.fullmatch("[0-9a-f]{16}", key_id) or not isinstance(signature, str):
        return "ANCHOR_UNSIGNED", "has no signature"
    if key_id not in keys:
        return "ANCHOR_KEY_UNKNOWN", "is signed with the key %s, which is not one of the public keys" % key_id
    fields = [anchor.get(name) for name in ("number", "hash", "lastPosition", "sealedAt")]
    text = "\n".join(["lotgraph-anchor/1"] + [str(field) for field in fields])
    is_valid = (
        [type(field) for field in fields] == [int, str, int, str]
        and re.fullmatch("[A-Za-z0-9+/]{85}[AQgw]==", signature)
        and keys[key_id].verifies(base64.b64decode(signature), text.encode())
    )
    return None if is_valid else ("ANCHOR_FORGED", "was not signed like this with the key %s" % key_id)


def check_signatures(anchors, keys):
    if not anchors:
        raise ValueError("the file of anchors contains none")
    for line, anchor in anchors:
        problem = signature_problem(anchor, keys)
        if problem:
            raise Broken(problem[0], anchor["number"], None, "Line %d of the anchors %s." % (line, problem[1]))


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
    for _, anchor in anchors:
        known = hashes.get(anchor["number"])
        if known != anchor["hash"]:
            kind = "ANCHOR_MISSING" if known is None else "ANCHOR_DIFFERS"
            raise Broken(kind, anchor["number"], None, "The block of an anchor is not there, or is another one.")
    return {"isIntact": True, "checkedBlocks": len(blocks), "checkedEntries": next_position - 1, "absentEntries": absent_count, "archive": archive and {"lastBlock": archive["lastBlock"], "exportSha256": archive["exportSha256"]}, "lastHash": manifest["lastHash"], "firstBreak": None}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--anchor", help="a file of anchors, one JSON object a line")
    parser.add_argument("--public-key", help="a file of public keys (PEM); each anchor must be signed with one of them")
    arguments = parser.parse_args()
    if arguments.public_key and not arguments.anchor:
        parser.error("--public-key needs --anchor, the file whose signatures it checks")
    try:
        anchors = []
        if arguments.anchor:
            with open(arguments.anchor, encoding="utf-8") as file:
                anchors = [(number, json.loads(line)) for number, line in enumerate(file, 1) if line.strip()]
        if arguments.public_key:
            with open(arguments.public_key, encoding="utf-8") as file:
                check_signatures(anchors, public_keys_in(file.read()))
        print(json.dumps(check(arguments.directory, anchors)))
    except Broken as broken:
        print(json.dumps({"isIntact": False, "firstBreak": broken.verdict}))
        sys.exit(1)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print("The export cannot be read: %s" % error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
