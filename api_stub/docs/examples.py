"""Examples for the API's description, made of the examples of each field; and requests to copy into a shell."""

import json
from collections.abc import Mapping
from typing import Any, Final

_MOMENT: Final = "2026-11-23T02:17:04.218000Z"
_PLAIN: Final[Mapping[str, Any]] = {"integer": 1, "number": 0.5, "boolean": False, "object": {}, "string": "text"}

Schema = Mapping[str, Any]


def of(schema: Schema, known: Mapping[str, Schema]) -> Any:
    """Return an example of what a JSON Schema describes; ``known`` are the schemas that it may refer to."""
    if "$ref" in schema:
        return of(known[schema["$ref"].rpartition("/")[2]], known)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return of(schema["anyOf"][0], known)
    if "properties" in schema:
        return {name: of(one, known) for name, one in schema["properties"].items()}
    if "items" in schema:
        return [of(schema["items"], known)]
    return _of_plain(schema)


def _of_plain(schema: Schema) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return _MOMENT
    return schema["default"] if "default" in schema else _PLAIN.get(schema.get("type", ""))


def curl(method: str, path: str, operation: Mapping[str, Any], known: Mapping[str, Schema]) -> str:
    """Return a request as a command; $NOLAPSE is the address, $TOKEN an API token."""
    for one in operation.get("parameters", ()):
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", str(of(one["schema"], known)))
    command = ["curl" if method == "GET" else f"curl -X {method}", f'"$NOLAPSE{path}"']
    if {"token": []} in operation.get("security", ()):
        command.append('-H "Authorization: Bearer $TOKEN"')
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        command.append(f"--json {_quoted(json.dumps(of(body['schema'], known), ensure_ascii=False))}")
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        command.append("-F file=@november.xml")
    if "application/octet-stream" in operation.get("requestBody", {}).get("content", {}):
        command.append("--data-binary @contract.pdf -H 'Content-Type: application/pdf'")
    return " ".join(command)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
