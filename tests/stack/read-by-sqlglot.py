"""Statements of Snowflake, one JSON text a line: how many sqlglot reads as a tree, and what it says of the others."""

import json
import logging
import sys

import sqlglot
from sqlglot import exp

# It warns where it keeps a statement as a text; that is told by the node.
logging.disable(logging.CRITICAL)

read, unread = 0, []
for line in sys.stdin:
    sql = json.loads(line)
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="snowflake") if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        unread.append([sql, str(error)])
        continue
    kept = [tree for tree in trees if isinstance(tree, exp.Command) or tree.find(exp.Command)]
    if kept or not trees:
        unread.append([sql, "kept as a text"])
    else:
        read += 1
json.dump({"read": read, "unread": unread}, sys.stdout)
