#!/usr/bin/python3
"""schema.py SCHEMA DEFINITION FILE: each object in FILE, by the definition of
that name and by the schema as a whole. The definition must also refuse each
object when it has one member more, one that is required less, or another
version."""

import copy
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1], encoding="utf-8"))
one = dict(schema, **{"$ref": "#/$defs/" + sys.argv[2]})
del one["anyOf"]
text = open(sys.argv[3], encoding="utf-8").read()
jsonschema.Draft202012Validator.check_schema(schema)
whole = jsonschema.Draft202012Validator(schema)
part = jsonschema.Draft202012Validator(one)
decoder, at, n = json.JSONDecoder(), 0, 0
while text[at:].strip():
    at += len(text[at:]) - len(text[at:].lstrip())
    value, at = decoder.raw_decode(text, at)
    n += 1
    part.validate(value)
    whole.validate(value)
    for key in schema["$defs"][sys.argv[2]]["required"]:
        less = copy.deepcopy(value)
        del less[key]
        assert not part.is_valid(less), "without " + key
    assert not part.is_valid(dict(value, other=1)), "with another member"
    assert not part.is_valid(dict(value, version=2)), "with another version"
assert n > 0, "nothing was printed"
