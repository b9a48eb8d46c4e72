"""Proves that the schema and the table say what values.yaml says, and that a value without a comment is noticed."""

import pathlib
import tempfile
import unittest

import chart_docs
import chart_values

VALUES = """
defaults:
  # -- How many
  # @schema {"minimum": 0}
  replicas: 2
  # -- Whatever Kubernetes has,
  # on two lines
  # @schema {"additionalProperties": true}
  resources: {limits: {memory: 1Mi}}
components:
  # -- The API
  order: {}
kafka:
  tls:
    # -- a | b
    mode: "off"
"""


def read(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "values.yaml"
        path.write_text(text)
        return chart_values.read(path)


class ChartDocs(unittest.TestCase):
    def test_values_are_read_with_their_comments(self):
        values = {".".join(value.path): value for value in read(VALUES)}

        self.assertEqual(list(values), ["defaults.replicas", "defaults.resources", "components.order", "kafka.tls.mode"])
        self.assertEqual(values["defaults.resources"].description, "Whatever Kubernetes has, on two lines")
        self.assertEqual(values["defaults.replicas"].schema, {"minimum": 0})

    def test_a_value_without_comment_is_refused(self):
        with self.assertRaisesRegex(chart_values.UndocumentedValue, "line 3: a.b has no comment"):
            read("\na:\n  b: 1\n")

    def test_the_schema_knows_no_other_keys(self):
        schema = chart_docs.schema_of(read(VALUES))

        self.assertIs(schema["additionalProperties"], False)
        self.assertIs(schema["properties"]["kafka"]["properties"]["tls"]["additionalProperties"], False)
        component = schema["definitions"]["component"]
        self.assertIs(component["additionalProperties"], False)
        self.assertEqual((component["properties"]["replicas"]["type"], component["properties"]["replicas"]["minimum"]),
                         ("integer", 0))
        self.assertIs(component["properties"]["resources"]["additionalProperties"], True)

    # A parent chart hands down keys that are for its other charts.
    def test_the_schema_takes_other_keys_in_global(self):
        schema = chart_docs.schema_of(read(VALUES + "global:\n  tls:\n    # -- c\n    on: false\n"))

        self.assertIs(schema["properties"]["global"]["additionalProperties"], True)
        self.assertIs(schema["properties"]["global"]["properties"]["tls"]["additionalProperties"], False)

    def test_components_take_the_keys_of_defaults(self):
        schema = chart_docs.schema_of(read(VALUES))

        reference = {"$ref": "#/definitions/component"}
        self.assertEqual(schema["properties"]["components"]["properties"], {"order": reference})
        self.assertEqual(schema["properties"]["defaults"], reference)

    def test_the_table_replaces_the_one_before(self):
        readme = f"head\n{chart_docs.BEGIN}\nold\n{chart_docs.END}\ntail\n"
        table = chart_docs.table_of(read(VALUES))

        written = chart_docs.readme_with(table, readme)
        self.assertIn('| `kafka.tls.mode` | `"off"` | a \\| b |', written)
        self.assertNotIn("old", written)
        self.assertTrue(written.startswith("head\n") and written.endswith("\ntail\n"))
        self.assertEqual(chart_docs.readme_with(table, written), written)


if __name__ == "__main__":
    unittest.main()
