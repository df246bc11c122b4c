"""Reads messages from standard input, one a line as JSON ({"name", "version", "text"}), with two libraries that share no code with medseal, and
checks that both find the same segments and values and that hl7apy's grammar of that version of HL7 accepts the message. Prints one line a
message: name, number of OBX, the values."""

import json
import sys

import hl7
from hl7apy.parser import parse_message

for line in sys.stdin:
    given = json.loads(line)
    text = given["text"]
    first = hl7.parse(text)
    rows = [segment for segment in first if str(segment[0][0]) == "OBX"]
    # Without a group's own name python cannot say where an NTE belongs; hl7apy finds the groups by its tables.
    second = parse_message(text, find_groups=True)
    assert second.version == given["version"], second.version
    values = []

    def walk(element):
        for child in element.children:
            if child.classname == "Segment":
                if child.name == "OBX":
                    values.append((child.obx_3.to_er7(), child.obx_5.to_er7(), child.obx_11.to_er7()))
            else:
                walk(child)

    walk(second)
    found = [(str(row[3]), str(row[5]), str(row[11])) for row in rows]
    assert values == found, (values, found)
    second.validate()
    print(given["name"], len(rows), " ".join(value for _, value, _ in found))
