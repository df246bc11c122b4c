"""Holds documents against JSON Schemas: schemas.py FOLDER (SCHEMA DOCUMENT)...

FOLDER holds the schemas that a schema may refer to by their `$id`. A document is JSON, or TOML by its name. What does not
fit is printed, a line each, and the exit code is 1.
"""

import json
import pathlib
import sys
import tomllib

import jsonschema
import regex
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7


def pattern(_validator, wanted, instance, _schema):
    """Patterns as ECMA 262 has them: `\\p{L}` is a letter, which Python's own expressions do not know."""
    if isinstance(instance, str) and not regex.search(wanted, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {wanted!r}")


def read(path):
    if path.endswith(".toml"):
        return tomllib.loads(pathlib.Path(path).read_text())
    return json.loads(pathlib.Path(path).read_text())


def resource(path):
    return Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT7)


def validator(path, registry):
    wanted = json.loads(pathlib.Path(path).read_text())
    base = jsonschema.validators.validator_for(wanted)
    base.check_schema(wanted, format_checker=jsonschema.FormatChecker(formats=()))
    extended = jsonschema.validators.extend(base, {"pattern": pattern})
    return extended(wanted, registry=registry, format_checker=jsonschema.FormatChecker())


folder, *pairs = sys.argv[1:]
known = [resource(path) for path in pathlib.Path(folder).glob("*.json")]
registry = Registry().with_resources((it.id(), it) for it in known if it.id())
validators = {schema: validator(schema, registry) for schema in set(pairs[::2])}
failed = False
for schema, path in zip(pairs[::2], pairs[1::2]):
    for error in validators[schema].iter_errors(read(path)):
        failed = True
        print(f"{path}: {error.json_path}: {error.message[:300]}")
sys.exit(failed)
